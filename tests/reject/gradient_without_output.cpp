// gradient(...) without a place for the gradient.
// expect: \[rankwise\] gradient\(...\) needs a column for the gradient
// control
#include <rankwise/loss/softmax.hpp>

#include <vector>

double use(std::vector<float> const& s, std::vector<float> const& y, std::vector<int> const& offsets) {
#if defined(RANKWISE_REJECT_CONTROL)
  return rankwise::loss::softmax{}.value(s, y, rankwise::lists(offsets));
#else
  return rankwise::loss::softmax{}.gradient(s, y, rankwise::lists(offsets));
#endif
}
