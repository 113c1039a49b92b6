// A logit is added to a probability.
// expect: \[rankwise\] a sum of different quantities \(number, logit, probability
// control
#include "value.hpp"

void use(std::vector<float> const& logits, std::vector<float>& scores) {
#if defined(RANKWISE_REJECT_CONTROL)
  constexpr auto r = rw::ranker{rw::heads(relevance, click), 0.5 * logit(click) + 2 * probability(click)};
  r.score(rw::row_major(logits, 3), scores);
#else
  constexpr auto r = rw::ranker{rw::heads(relevance, click), logit(click) + probability(click)};
  r.score(rw::row_major(logits, 3), scores);
#endif
}
