// Labels prepared without lists.
// expect: \[rankwise\] the lists are missing: prepare
// errors: 1
// control
#include <rankwise/loss/softmax.hpp>

#include <vector>

namespace rw = rankwise;

void use(std::vector<float> const& y) {
#if defined(RANKWISE_REJECT_CONTROL)
  static_cast<void>(rw::loss::softmax{}.prepare(y, rw::lists<>::single(y.size())));
#else
  static_cast<void>(rw::loss::softmax{}.prepare(y));
#endif
}
