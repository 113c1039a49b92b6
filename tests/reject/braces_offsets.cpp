// Offsets in braces, which nobody would keep.
// expect: \[rankwise\] rw::lists refers to its offsets
// control
#include <rankwise/core/lists.hpp>

#include <cstddef>

namespace rw = rankwise;

std::size_t use() {
#if defined(RANKWISE_REJECT_CONTROL)
  return rw::lists_of_sizes({3, 2}).size();
#else
  return rw::lists({0, 3, 5}).size();
#endif
}
