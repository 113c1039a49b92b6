// Offsets of a temporary container, which would be gone before the lists.
// expect: \[rankwise\] rw::lists refers to its offsets
// errors: 1
// control
#include <rankwise/core/lists.hpp>

#include <cstddef>
#include <vector>

namespace rw = rankwise;

std::size_t use(std::vector<int> const& offsets) {
#if defined(RANKWISE_REJECT_CONTROL)
  auto const lists = rw::lists(std::span(offsets)); // a temporary view is none of them
#else
  auto const lists = rw::lists(std::vector<int>(offsets));
#endif
  return lists.size();
}
