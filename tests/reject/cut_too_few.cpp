// One threshold of two: the other would be 0.
// expect: \[rankwise\] cut<G> has G - 1 thresholds
// errors: 1
// control
#include <rankwise/label/cut.hpp>

#if defined(RANKWISE_REJECT_CONTROL)
constexpr rankwise::label::cut<3> policy{-0.5, 0.5};
#else
constexpr rankwise::label::cut<3> policy{-0.5};
#endif

auto const* use() {
  return &policy;
}
