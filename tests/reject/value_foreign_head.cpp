// The value model uses a head that the ranker does not have.
// expect: \[rankwise\] the value model uses a head that the ranker does not have
// control
#include "value.hpp"

void use(std::vector<float> const& logits, std::vector<float>& scores) {
#if defined(RANKWISE_REJECT_CONTROL)
  constexpr auto r = rw::ranker{rw::heads(relevance, click), probability(click)};
  r.score(rw::row_major(logits, 3), scores);
#else
  constexpr auto r = rw::ranker{rw::heads(relevance, click), probability(cart)};
  r.score(rw::row_major(logits, 3), scores);
#endif
}
