// expect: \[rankwise\] the labels are in another memory than the executor's
// control
#include <rankwise/loss/softmax.hpp>

#include <vector>

#if defined(RANKWISE_REJECT_CONTROL)
using column = rankwise::column<double const>;
#else
using column = rankwise::column<double const, rankwise::memory::device>;
#endif

double use(std::vector<double> const& s, std::vector<int> const& o, column labels) {
  return rankwise::loss::softmax{}.value(s, labels, rankwise::lists(o));
}
