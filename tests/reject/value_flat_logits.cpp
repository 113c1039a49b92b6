// Flat logits, without the number of columns.
// expect: \[rankwise\] not a matrix: flat numbers are rw::row_major\(numbers, columns\)
// control
#include "value.hpp"

void use(std::vector<float> const& logits, std::vector<float>& scores) {
  constexpr auto r = rw::ranker{rw::heads(relevance, click), rw::weight<"click">(1) * probability(click)};
#if defined(RANKWISE_REJECT_CONTROL)
  r.score(rw::row_major(logits, r.columns), scores);
#else
  r.score(logits, scores);
#endif
}
