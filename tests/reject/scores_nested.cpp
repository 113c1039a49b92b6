// A vector for each list.
// expect: \[rankwise\] not a column of numbers: lists go one behind the other in one vector, with rw::lists_of_sizes
// control
#include <rankwise/metric/ndcg.hpp>

#include <vector>

#if defined(RANKWISE_REJECT_CONTROL)
using scores = std::vector<float>;
#else
using scores = std::vector<std::vector<float>>;
#endif

double use(scores const& s, std::vector<float> const& y, std::vector<int> const& offsets) {
  return rankwise::metric::ndcg<10>{}(s, y, rankwise::lists(offsets));
}
