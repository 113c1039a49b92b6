// A loss that is called as a metric is.
// expect: \[rankwise\] a loss is no function
// errors: 1
// control
#include <rankwise/loss/softmax.hpp>

#include <vector>

namespace rw = rankwise;

double use(std::vector<float> const& s, std::vector<float> const& y, std::vector<int> const& o) {
#if defined(RANKWISE_REJECT_CONTROL)
  return rw::loss::softmax{}.value(s, y, rw::lists(o));
#else
  return rw::loss::softmax{}(s, y, rw::lists(o));
#endif
}
