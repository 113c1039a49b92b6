// expect: \[rankwise\] this data was prepared by another loss or metric
// errors: 1
// control
#include <rankwise/loss/softmax.hpp>
#include <rankwise/metric/ndcg.hpp>

#include <vector>

double use(std::vector<double> const& s, std::vector<double> const& y, std::vector<int> const& offsets) {
#if defined(RANKWISE_REJECT_CONTROL)
  auto const data = rankwise::loss::softmax{}.prepare(y, rankwise::lists(offsets));
#else
  auto const data = rankwise::metric::ndcg<10>{}.prepare(y, rankwise::lists(offsets));
#endif
  return rankwise::loss::softmax{}.value(s, data);
}
