// Scores of integers would lose everything behind the point.
// expect: \[rankwise\] scores are float, double
// control
#include "value.hpp"

#if defined(RANKWISE_REJECT_CONTROL)
using number = float;
#else
using number = int;
#endif

void use(std::vector<float> const& logits, std::vector<number>& scores) {
  constexpr auto r = rw::ranker{rw::heads(relevance, click), rw::weight<"click">(1) * probability(click)};
  r.score(rw::row_major(logits, 3), scores);
}
