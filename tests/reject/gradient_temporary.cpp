// A gradient that nobody can read.
// expect: \[rankwise\] the output is a temporary and gone after the call: name a container
// errors: 1
// control
#include <rankwise/loss/softmax.hpp>

#include <span>
#include <vector>

namespace rw = rankwise;

double use(std::vector<float> const& s, std::vector<float> const& y, std::vector<int> const& o, std::vector<float>& g) {
#if defined(RANKWISE_REJECT_CONTROL)
  rw::loss::softmax{}.gradient(s, std::vector<float>(y), rw::lists(o), rw::strided(g.data(), g.size(), 1));
  return rw::loss::softmax{}.gradient(s, std::vector<float>(y), rw::lists(o), std::span(g)); // temporary views
#else
  return rw::loss::softmax{}.gradient(s, y, rw::lists(o), std::vector<float>(g.size()));
#endif
}
