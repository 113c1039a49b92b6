// A number of items where offsets are meant.
// expect: \[rankwise\] rw::lists takes a column of offsets, not a number: one list of 5 items is rw::lists<>::single\(5\)
// errors: 1
// control
#include <rankwise/core/lists.hpp>

namespace rw = rankwise;

std::size_t use() {
#if defined(RANKWISE_REJECT_CONTROL)
  return rw::lists<>::single(5).items();
#else
  return rw::lists(5).items();
#endif
}
