// One number for all items, where an option is a column.
// expect: \[rankwise\] this option is a column
// errors: 1
// control
#include <rankwise/loss/softmax.hpp>

#include <vector>

namespace rw = rankwise;

double use(std::vector<float> const& s, std::vector<float> const& y, std::vector<float> const& w,
           std::vector<int> const& o) {
#if defined(RANKWISE_REJECT_CONTROL)
  return rw::loss::softmax{}.value(s, y, rw::lists(o), {.item_weights = w});
#else
  return rw::loss::softmax{}.value(s, y, rw::lists(o), {.item_weights = 2.0 * w[0]});
#endif
}
