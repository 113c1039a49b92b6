// Columns of a temporary container.
// expect: \[rankwise\] rw::row_major and rw::column_major refer to their numbers
// errors: 1
// control
#include <rankwise/core/tensor.hpp>

#include <vector>

namespace rw = rankwise;

std::size_t use(std::vector<float> const& numbers) {
#if defined(RANKWISE_REJECT_CONTROL)
  return rw::column_major(std::span(numbers), 2).rows; // a temporary view is none of them
#else
  return rw::column_major(std::vector<float>(numbers), 2).rows;
#endif
}
