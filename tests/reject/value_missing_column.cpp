// A head without a column of its name.
// expect: \[rankwise\] a head of the ranker has no column of its name
// control
#include "value.hpp"

void use(std::vector<float> const& logits, std::vector<float>& scores) {
#if defined(RANKWISE_REJECT_CONTROL)
  constexpr auto r = rw::ranker{rw::heads(relevance, click), probability(click)};
  r.score(rw::columns(rw::named<"click">(logits), rw::named<"relevance">(logits, logits)), scores);
#else
  constexpr auto r = rw::ranker{rw::heads(relevance, click), probability(click)};
  r.score(rw::columns(rw::named<"click">(logits)), scores);
#endif
}
