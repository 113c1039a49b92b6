// A rollout with one ratio has one term: nothing to add up.
// expect: \[rankwise\] clipped_surrogate: a rollout with one ratio has one term
// control
#include <rankwise/reward/surrogate.hpp>

namespace reward = rankwise::reward;

#if defined(RANKWISE_REJECT_CONTROL)
using loss = reward::clipped_surrogate<reward::ratio::token, reward::average::sum>;
#else
using loss = reward::clipped_surrogate<reward::ratio::sequence, reward::average::sum>;
#endif

loss use() {
  return {};
}
