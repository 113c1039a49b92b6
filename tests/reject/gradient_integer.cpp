// A gradient of integers would lose everything behind the point.
// expect: \[rankwise\] gradients and hessians are float, double
// control
#include <rankwise/loss/softmax.hpp>

#include <vector>

namespace rw = rankwise;

double use(std::vector<float> const& s, std::vector<float> const& y, std::vector<int> const& o) {
#if defined(RANKWISE_REJECT_CONTROL)
  std::vector<float> g(s.size());
  return rw::loss::softmax{}.gradient(s, y, rw::lists(o), g);
#else
  std::vector<int> g(s.size());
  return rw::loss::softmax{}.gradient(s, y, rw::lists(o), g);
#endif
}
