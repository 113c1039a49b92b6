// The probability of an ordinal head.
// expect: \[rankwise\] probability\(head\) needs a binary head
// control
#include "value.hpp"

void use(std::vector<float> const& logits, std::vector<float>& scores) {
#if defined(RANKWISE_REJECT_CONTROL)
  constexpr auto r = rw::ranker{rw::heads(relevance, click), rw::at_least<1>(relevance)};
  r.score(rw::row_major(logits, 3), scores);
#else
  constexpr auto r = rw::ranker{rw::heads(relevance, click), probability(relevance)};
  r.score(rw::row_major(logits, 3), scores);
#endif
}
