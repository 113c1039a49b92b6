// expect: \[rankwise\] cut<G>: at least two grades
// control
#include <rankwise/label/cut.hpp>

#if defined(RANKWISE_REJECT_CONTROL)
constexpr rankwise::label::cut<2> policy{0.5};
#else
constexpr rankwise::label::cut<1> policy{};
#endif

auto const* use() {
  return &policy;
}
