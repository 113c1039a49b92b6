// A metric without lists.
// expect: \[rankwise\] the lists are missing
// control
#include <rankwise/metric/ndcg.hpp>

#include <vector>

namespace rw = rankwise;

double use(std::vector<float> const& s, std::vector<float> const& y) {
#if defined(RANKWISE_REJECT_CONTROL)
  return rw::metric::ndcg<10>{}(s, y, rw::lists<>::single(s.size()));
#else
  return rw::metric::ndcg<10>{}(s, y);
#endif
}
