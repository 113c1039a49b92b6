// A number where the values of all lists go.
// expect: \[rankwise\] .per_list and .parameters are columns
// errors: 1
// control
#include <rankwise/loss/softmax.hpp>

#include <vector>

namespace rw = rankwise;

double use(std::vector<float> const& s, std::vector<float> const& y, std::vector<double>& v,
           std::vector<int> const& o) {
#if defined(RANKWISE_REJECT_CONTROL)
  return rw::loss::softmax{}.value(s, y, rw::lists(o), {.per_list = v});
#else
  return rw::loss::softmax{}.value(s, y, rw::lists(o), {.per_list = v[0]});
#endif
}
