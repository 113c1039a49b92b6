// expect: \[rankwise\] offsets must be integers
// control
#include <rankwise/core/lists.hpp>

#include <cstddef>
#include <vector>

#if defined(RANKWISE_REJECT_CONTROL)
using offsets_type = std::vector<int>;
#else
using offsets_type = std::vector<double>;
#endif

std::size_t use(offsets_type const& offsets) {
  return rankwise::lists(offsets).size();
}
