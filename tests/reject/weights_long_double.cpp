// expect: \[rankwise\] weights and masks are float, double, float16, bfloat16 or integers
// control
#include <rankwise/loss/softmax.hpp>

#include <vector>

#if defined(RANKWISE_REJECT_CONTROL)
using weights_type = std::vector<long long>;
#else
using weights_type = std::vector<long double>;
#endif

double use(std::vector<double> const& s, std::vector<int> const& o, weights_type const& weights) {
  return rankwise::loss::softmax{}.value(s, s, rankwise::lists(o), {.item_weights = weights});
}
