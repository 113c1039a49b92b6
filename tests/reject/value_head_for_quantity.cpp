// A head is multiplied, not a quantity of it.
// expect: \[rankwise\] a head is no value: say which quantity of it is meant
// control
#include "value.hpp"

void use(std::vector<float> const& logits, std::vector<float>& scores) {
#if defined(RANKWISE_REJECT_CONTROL)
  constexpr auto r = rw::ranker{rw::heads(relevance, click), 0.5 * probability(click)};
#else
  constexpr auto r = rw::ranker{rw::heads(relevance, click), 0.5 * click};
#endif
  r.score(rw::row_major(logits, 3), scores);
}
