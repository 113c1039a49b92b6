// The gradient of a list-wise loss, without lists.
// expect: \[rankwise\] expected \(scores, prepared data, ...\) or \(scores, labels, lists, ...\)
// errors: 1
// control
#include <rankwise/loss/softmax.hpp>

#include <vector>

namespace rw = rankwise;

double use(std::vector<float> const& s, std::vector<float> const& y, std::vector<float>& g) {
#if defined(RANKWISE_REJECT_CONTROL)
  return rw::loss::softmax{}.gradient(s, y, rw::lists<>::single(s.size()), g);
#else
  return rw::loss::softmax{}.gradient(s, y, g);
#endif
}
