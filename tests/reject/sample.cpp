// A sample of this folder's files: what must not compile, and the words a reader gets to see.
// expect: instruction set
// errors: 1
// control
#include <rankwise/core/arch.hpp>

#if defined(RANKWISE_REJECT_CONTROL)
using expected = rankwise::arch::x86_64;
#else
using expected = rankwise::arch::x86_64_v3;
#endif

template <class Architecture>
void score() {
  static_assert(Architecture::extensions == rankwise::arch::x86_64::extensions,
                "another instruction set than the unit's");
}

void use() {
  score<expected>();
}
