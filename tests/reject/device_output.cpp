// Outputs in the other memory than the scores.
// expect: \[rankwise\] the gradient or hessian is in another memory than the executor's
// control
#include <rankwise/loss/softmax.hpp>

#include <vector>

#if defined(RANKWISE_REJECT_CONTROL)
using output = rankwise::column<double>;
#else
using output = rankwise::column<double, rankwise::memory::device>;
#endif

double use(std::vector<double> const& s, std::vector<int> const& o, output gradient) {
  return rankwise::loss::softmax{}.gradient(s, s, rankwise::lists(o), gradient);
}
