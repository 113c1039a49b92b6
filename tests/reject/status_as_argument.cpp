// A status in the place of the options.
// expect: \[rankwise\] a status is an option
// control
#include <rankwise/loss/softmax.hpp>

#include <vector>

namespace rw = rankwise;

double use(std::vector<float> const& s, std::vector<float> const& y, std::vector<int> const& o, rw::status& st) {
#if defined(RANKWISE_REJECT_CONTROL)
  return rw::loss::softmax{}.value(s, y, rw::lists(o), {.errors = st});
#else
  return rw::loss::softmax{}.value(s, y, rw::lists(o), st);
#endif
}
