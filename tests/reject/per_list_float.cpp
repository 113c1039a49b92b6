// expect: \[rankwise\] .per_list and .parameters are contiguous double on the host
// control
#include <rankwise/loss/softmax.hpp>

#include <vector>

#if defined(RANKWISE_REJECT_CONTROL)
using values = std::vector<double>;
#else
using values = std::vector<float>;
#endif

double use(std::vector<double> const& s, std::vector<int> const& o, values& per_list) {
  return rankwise::loss::softmax{}.value(s, s, rankwise::lists(o), {.per_list = per_list});
}
