// A metric is flat almost everywhere: nothing to train on.
// expect: \[rankwise\] a metric has no gradient: train with loss::lambda<metric>, loss::approx<metric>
// errors: 1
// control
#include <rankwise/loss/approx.hpp>
#include <rankwise/loss/lambda.hpp>
#include <rankwise/metric/ndcg.hpp>
#include <rankwise/train/objective.hpp>

#include <vector>

namespace rw = rankwise;

double use(std::vector<float> const& labels, std::vector<int> const& offsets, std::vector<float>& z) {
#if defined(RANKWISE_REJECT_CONTROL)
  auto a = rw::train::objective(rw::loss::approx<rw::metric::ndcg<10>>{}, labels, rw::lists(offsets));
  auto b = rw::train::objective(rw::loss::lambda<rw::metric::ndcg<10>>{}, labels, rw::lists(offsets));
#else
  auto a = rw::train::objective(rw::metric::ndcg<10>{}, labels, rw::lists(offsets));
  auto b = rw::train::objective(rw::metric::ndcg<10>{}, labels, rw::lists(offsets));
#endif
  auto const m = rw::column_major(z, 1);
  return a.derive(m, m, m) + b.derive(m, m, m);
}
