// Labels in braces.
// expect: \[rankwise\] a braced list is no column
// errors: 2
// control
#include <rankwise/metric/ndcg.hpp>

#include <vector>

namespace rw = rankwise;

double use(std::vector<float> const& s, std::vector<int> const& o) {
#if defined(RANKWISE_REJECT_CONTROL)
  std::vector<int> const labels{1, 0, 2};
  return rw::metric::ndcg<10>{}(s, labels, rw::lists(o));
#else
  return rw::metric::ndcg<10>{}(s, {1, 0, 2}, rw::lists(o));
#endif
}
