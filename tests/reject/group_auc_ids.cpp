// Ids of groups that are not whole numbers.
// expect: \[rankwise\] group_auc: the third argument is lists, or a column of ids that are whole numbers
// control
#include <rankwise/metric/group_auc.hpp>

#include <vector>

#if defined(RANKWISE_REJECT_CONTROL)
using id = long;
#else
using id = float;
#endif

double use(std::vector<double> const& s, std::vector<double> const& y, std::vector<id> const& group) {
  return rankwise::metric::group_auc<>{}(s, y, group);
}
