// The value model yields a logit.
// expect: \[rankwise\] the value model yields a logit
// control
#include "value.hpp"

void use(std::vector<float> const& logits, std::vector<float>& scores) {
#if defined(RANKWISE_REJECT_CONTROL)
  constexpr auto r = rw::ranker{rw::heads(relevance, click), 0.7 * logit(click)};
  r.score(rw::row_major(logits, 3), scores);
#else
  constexpr auto r = rw::ranker{rw::heads(relevance, click), logit(click)};
  r.score(rw::row_major(logits, 3), scores);
#endif
}
