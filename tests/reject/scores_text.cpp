// expect: \[rankwise\] not a column of numbers: its elements are .* texts are read first
// control
#include <rankwise/metric/ndcg.hpp>

#include <string>
#include <vector>

#if defined(RANKWISE_REJECT_CONTROL)
using scores = std::vector<float>;
#else
using scores = std::vector<std::string>;
#endif

double use(scores const& s, std::vector<float> const& y, std::vector<int> const& offsets) {
  return rankwise::metric::ndcg<10>{}(s, y, rankwise::lists(offsets));
}
