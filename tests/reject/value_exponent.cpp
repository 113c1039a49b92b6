// A score as an exponent.
// expect: \[rankwise\] the exponent of pow\(x, y\) must be a number or a weight
// control
#include "value.hpp"

void use(std::vector<float> const& logits, std::vector<float>& scores) {
#if defined(RANKWISE_REJECT_CONTROL)
  constexpr auto r = rw::ranker{rw::heads(relevance, click), pow(probability(click), 2)};
  r.score(rw::row_major(logits, 3), scores);
#else
  constexpr auto r = rw::ranker{rw::heads(relevance, click), pow(probability(click), 2 * probability(click))};
  r.score(rw::row_major(logits, 3), scores);
#endif
}
