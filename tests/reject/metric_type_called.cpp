// The type of a metric, called as if it were one.
// expect: \[rankwise\] this is the type of a metric: make one with \{\}
// errors: 2
// control
#include <rankwise/metric/ndcg.hpp>

#include <vector>

namespace rw = rankwise;

double use(std::vector<float> const& s, std::vector<float> const& y, std::vector<int> const& o) {
#if defined(RANKWISE_REJECT_CONTROL)
  return rw::metric::ndcg<10>{}(s, y, rw::lists(o));
#else
  return rw::metric::ndcg<10>(s, y, rw::lists(o));
#endif
}
