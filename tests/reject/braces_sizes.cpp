// Sizes in braces where lists are meant.
// expect: \[rankwise\] the lists are missing: \(scores, labels, lists, ...\), with rw::lists\(offsets\) or rw::lists_of_sizes
// control
#include <rankwise/loss/softmax.hpp>

#include <vector>

namespace rw = rankwise;

double use(std::vector<float> const& s) {
#if defined(RANKWISE_REJECT_CONTROL)
  return rw::loss::softmax{}.value(s, s, rw::lists_of_sizes({3, 2}));
#else
  return rw::loss::softmax{}.value(s, s, {3, 2});
#endif
}
