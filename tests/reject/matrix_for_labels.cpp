// A matrix of labels beside a column of scores.
// expect: \[rankwise\] a matrix stands where a column is meant
// errors: 2
// control
#include <rankwise/loss/softmax.hpp>

#include <vector>

namespace rw = rankwise;

double use(std::vector<float> const& s, std::vector<float> const& y, std::vector<int> const& o) {
#if defined(RANKWISE_REJECT_CONTROL)
  return rw::loss::softmax{}.value(s, y, rw::lists(o));
#else
  return rw::loss::softmax{}.value(s, rw::row_major(y, 2), rw::lists(o));
#endif
}
