// A measure of single items among metrics of a ranking.
// expect: \[rankwise\] metrics\(...\) takes metrics of a ranking
// errors: 1
// control
#include <rankwise/metric/evaluate.hpp>
#include <rankwise/metric/ndcg.hpp>
#include <rankwise/metric/probability.hpp>

#include <vector>

namespace rw = rankwise;

double use(std::vector<float> const& scores, std::vector<float> const& labels, rw::lists<> const& lists) {
#if defined(RANKWISE_REJECT_CONTROL)
  constexpr auto measures = rw::metrics(rw::metric::ndcg<10>{});
#else
  constexpr auto measures = rw::metrics(rw::metric::ndcg<10>{}, rw::metric::log_loss{});
#endif
  return rw::evaluate(measures, scores, labels, lists).value(0);
}
