// A view of lists whose owner is a temporary.
// expect: \[rankwise\] rw::lists refers to the offsets of rw::owned_lists
// errors: 1
// control
#include <rankwise/core/lists.hpp>

#include <cstddef>

namespace rw = rankwise;

std::size_t use() {
#if defined(RANKWISE_REJECT_CONTROL)
  rw::owned_lists<> const lists = rw::lists_of_sizes({3, 2});
#else
  rw::lists<> const lists = rw::lists_of_sizes({3, 2});
#endif
  return lists.size();
}
