// Labels that may be missing.
// expect: \[rankwise\] not a column of numbers: its elements are .* what is missing goes into \{.mask = m\}
// control
#include <rankwise/metric/ndcg.hpp>

#include <optional>
#include <vector>

#if defined(RANKWISE_REJECT_CONTROL)
using label = float;
#else
using label = std::optional<float>;
#endif

double use(std::vector<float> const& s, std::vector<label> const& y, std::vector<int> const& offsets) {
  return rankwise::metric::ndcg<10>{}(s, y, rankwise::lists(offsets));
}
