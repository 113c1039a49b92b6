// expect: \[rankwise\] sizes must be integers
// control
#include <rankwise/core/lists.hpp>

#include <cstddef>
#include <vector>

#if defined(RANKWISE_REJECT_CONTROL)
using sizes_type = std::vector<int>;
#else
using sizes_type = std::vector<float>;
#endif

std::size_t use(sizes_type const& sizes) {
  return rankwise::lists_of_sizes(sizes).size();
}
