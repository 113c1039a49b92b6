// Tiers that begin at the same level, or at a lower one than the tier before.
// expect: \[rankwise\] decode::tiers<b1, b2, ...>: levels ascend
// control
#include <rankwise/head/decode.hpp>

#if defined(RANKWISE_REJECT_CONTROL)
using tiers = rankwise::decode::tiers<1, 2>;
#else
using tiers = rankwise::decode::tiers<1, 1>;
#endif

tiers use() {
  return {};
}
