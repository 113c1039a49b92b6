// Weights stand where a gradient would: they would be written to.
// expect: \[rankwise\] values and metrics take .* weights and masks are options
// control
#include <rankwise/loss/softmax.hpp>

#include <vector>

namespace rw = rankwise;

double use(std::vector<float> const& s, std::vector<float> const& y, std::vector<int> const& o, std::vector<float>& w) {
#if defined(RANKWISE_REJECT_CONTROL)
  return rw::loss::softmax{}.value(s, y, rw::lists(o), {.item_weights = w});
#else
  return rw::loss::softmax{}.value(s, y, rw::lists(o), w);
#endif
}
