// Evaluation of a metric that is no set.
// expect: \[rankwise\] evaluate takes a set, rw::metrics
// control
#include <rankwise/metric/evaluate.hpp>
#include <rankwise/metric/ndcg.hpp>

#include <vector>

namespace rw = rankwise;

double use(std::vector<float> const& s, std::vector<float> const& y, std::vector<int> const& o) {
#if defined(RANKWISE_REJECT_CONTROL)
  return rw::evaluate(rw::metrics(rw::metric::ndcg<10>{}), s, y, rw::lists(o)).value(0);
#else
  return rw::evaluate(rw::metric::ndcg<10>{}, s, y, rw::lists(o)).value(0);
#endif
}
