// The weights of a call as names and numbers in braces.
// expect: \[rankwise\] weights of a call are a value of the ranker's: auto w = ranker.weights\(\)
// errors: 1
// control
#include "value.hpp"

void use(std::vector<float> const& logits, std::vector<float>& scores) {
  constexpr auto r = rw::ranker{rw::heads(click), rw::weight<"click">(2) * probability(click)};
#if defined(RANKWISE_REJECT_CONTROL)
  auto w = r.weights();
  w.set<"click">(3);
  r.score(rw::row_major(logits, 1), scores, w);
#else
  r.score(rw::row_major(logits, 1), scores, {{"click", 3.0}});
#endif
}
