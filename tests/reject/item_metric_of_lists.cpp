// A measure of single items knows no lists.
// expect: \[rankwise\] not a column
// control
#include <rankwise/core/lists.hpp>
#include <rankwise/metric/probability.hpp>

#include <vector>

double use(std::vector<double> const& p, std::vector<double> const& y, std::vector<int> const& offsets) {
#if defined(RANKWISE_REJECT_CONTROL)
  return offsets.empty() ? 0 : rankwise::metric::log_loss{}(p, y);
#else
  return y.empty() ? 0 : rankwise::metric::log_loss{}(p, rankwise::lists(offsets));
#endif
}
