// expect: \[rankwise\] -ffast-math \(and -Ofast\) makes results wrong: .*-fno-fast-math
// errors: 1
// control
// What the compilers define with that option.
#ifndef RANKWISE_REJECT_CONTROL
#define __FAST_MATH__ 1
#endif
#include <rankwise/core/lists.hpp>

int main() {
  return static_cast<int>(rankwise::lists<>{}.size());
}
