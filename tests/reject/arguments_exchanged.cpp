// (scores, lists, labels) instead of (scores, labels, lists).
// expect: \[rankwise\] expected \(scores, prepared data, ...\) or \(scores, labels, lists, ...\)
// control
#include <rankwise/metric/ndcg.hpp>

#include <vector>

double use(std::vector<double> const& s, std::vector<double> const& y, std::vector<int> const& offsets) {
#if defined(RANKWISE_REJECT_CONTROL)
  return rankwise::metric::ndcg<10>{}(s, y, rankwise::lists(offsets));
#else
  return rankwise::metric::ndcg<10>{}(s, rankwise::lists(offsets), y);
#endif
}
