// A status without a name: nobody could read it.
// expect: \[rankwise\] .errors = s, with s a rw::status that has a name and is not const
// errors: 1
// control
#include <rankwise/loss/softmax.hpp>

#include <vector>

namespace rw = rankwise;

double use(std::vector<float> const& s, std::vector<float> const& y, std::vector<int> const& o, rw::status& st) {
#if defined(RANKWISE_REJECT_CONTROL)
  return rw::loss::softmax{}.value(s, y, rw::lists(o), {.errors = st});
#else
  st = {};
  return rw::loss::softmax{}.value(s, y, rw::lists(o), {.errors = rw::status{}});
#endif
}
