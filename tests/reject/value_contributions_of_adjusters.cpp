// Contributions in one pass to scores that depend on whole lists.
// expect: \[rankwise\] contributions: the value model has list adjusters; explain single items by ranker.explain\(logits, lists, item\)
// errors: 1
// control
#include "value.hpp"

#include <rankwise/value/adjust.hpp>
#include <rankwise/value/contributions.hpp>

void use(std::vector<float> const& logits, std::vector<float>& to) {
#if defined(RANKWISE_REJECT_CONTROL)
  constexpr auto r = rw::ranker{rw::heads(relevance, click), 2 * probability(click)};
#else
  constexpr auto r = rw::ranker{rw::heads(relevance, click), z_score(probability(click))};
#endif
  rw::contributions(r).score(rw::row_major(logits, 3), to);
}
