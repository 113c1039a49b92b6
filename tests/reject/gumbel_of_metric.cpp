// Noise before a metric, which has no gradient.
// expect: \[rankwise\] gumbel takes a loss, and a metric has no gradient: gumbel<approx<Metric>>
// errors: 1
// control
#include <rankwise/loss/approx.hpp>
#include <rankwise/loss/gumbel.hpp>
#include <rankwise/metric/ndcg.hpp>

#include <vector>

namespace rw = rankwise;

double use(std::vector<float> const& s, std::vector<float> const& y, rw::lists<int> const& lists) {
#if defined(RANKWISE_REJECT_CONTROL)
  return rw::loss::gumbel<rw::loss::approx<rw::metric::ndcg<10>>>{}.value(s, y, lists);
#else
  return rw::loss::gumbel<rw::metric::ndcg<10>>{}.value(s, y, lists);
#endif
}
