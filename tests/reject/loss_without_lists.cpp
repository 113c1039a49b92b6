// A list-wise loss, without lists.
// expect: \[rankwise\] the lists are missing
// errors: 1
// control
#include <rankwise/loss/softmax.hpp>

#include <vector>

namespace rw = rankwise;

double use(std::vector<float> const& s, std::vector<float> const& y) {
#if defined(RANKWISE_REJECT_CONTROL)
  return rw::loss::softmax{}.value(s, y, rw::lists<>::single(s.size()));
#else
  return rw::loss::softmax{}.value(s, y);
#endif
}
