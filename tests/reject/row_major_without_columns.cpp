// How many columns has a flat array?
// expect: \[rankwise\] how many columns\?
// errors: 1
// control
#include "value.hpp"

void use(std::vector<float> const& logits, std::vector<float>& scores) {
  constexpr auto r = rw::ranker{rw::heads(relevance, click), rw::weight<"click">(1) * probability(click)};
#if defined(RANKWISE_REJECT_CONTROL)
  r.score(rw::row_major(logits, r.columns), scores);
#else
  r.score(rw::row_major(logits), scores);
#endif
}
