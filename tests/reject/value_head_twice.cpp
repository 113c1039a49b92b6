// Two heads of one name.
// expect: \[rankwise\] two heads of a ranker have the same name
// control
#include "value.hpp"

void use(std::vector<float> const& logits, std::vector<float>& scores) {
#if defined(RANKWISE_REJECT_CONTROL)
  constexpr auto r = rw::ranker{rw::heads(click, cart), probability(click)};
  r.score(rw::row_major(logits, 2), scores);
#else
  constexpr auto r = rw::ranker{rw::heads(click, click), probability(click)};
  r.score(rw::row_major(logits, 2), scores);
#endif
}
