// A function object that does not take the instruction set.
// expect: \[rankwise\] rw::dispatch\(f, arguments...\) calls f\(instruction set, arguments...\)
// control
#include <rankwise/core/dispatch.hpp>

namespace rw = rankwise;

void use() {
#if defined(RANKWISE_REJECT_CONTROL)
  rw::dispatch([](auto, int) {}, 1);
#else
  rw::dispatch([](int) {}, 1);
#endif
}
