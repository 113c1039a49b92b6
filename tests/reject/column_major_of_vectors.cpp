// A vector of vectors is no matrix.
// expect: \[rankwise\] a vector of vectors is no matrix: put the rows one behind the other
// errors: 1
// control
#include <rankwise/core/tensor.hpp>

#include <vector>

namespace rw = rankwise;

#if defined(RANKWISE_REJECT_CONTROL)
using numbers = std::vector<float>;
#else
using numbers = std::vector<std::vector<float>>;
#endif

std::size_t use(numbers const& all) {
  return rw::column_major(all, 2).rows;
}
