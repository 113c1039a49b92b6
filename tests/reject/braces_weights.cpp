// Item weights in braces.
// expect: \[rankwise\] a braced list is no column
// errors: 1
// control
#include <rankwise/loss/softmax.hpp>

#include <vector>

namespace rw = rankwise;

double use(std::vector<float> const& s, std::vector<int> const& o) {
#if defined(RANKWISE_REJECT_CONTROL)
  std::vector<float> const w{1, 2};
  return rw::loss::softmax{}.value(s, s, rw::lists(o), {.item_weights = w});
#else
  return rw::loss::softmax{}.value(s, s, rw::lists(o), {.item_weights = {1.0f, 2.0f}});
#endif
}
