// Sizes in braces where lists are meant.
// expect: \[rankwise\] expected \(scores, prepared data, ...\) or \(scores, labels, lists, ...\)
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
