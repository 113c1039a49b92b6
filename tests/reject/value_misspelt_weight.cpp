// A weight is set under a name that the value model does not have.
// expect: \[rankwise\] the value model has no weight of this name
// control
#include "value.hpp"

void use(std::vector<float> const& logits, std::vector<float>& scores) {
#if defined(RANKWISE_REJECT_CONTROL)
  constexpr auto r = rw::ranker{rw::heads(relevance, click), rw::weight<"click">(1) * probability(click)};
  auto w = r.weights();
  w.set<"click">(2);
  r.score(rw::row_major(logits, 3), scores, w);
#else
  constexpr auto r = rw::ranker{rw::heads(relevance, click), rw::weight<"click">(1) * probability(click)};
  auto w = r.weights();
  w.set<"clikc">(2);
  r.score(rw::row_major(logits, 3), scores, w);
#endif
}
