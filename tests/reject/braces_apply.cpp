// A column in braces.
// expect: \[rankwise\] a braced list is no column
// errors: 2
// control
#include <rankwise/label/polarise.hpp>

#include <vector>

namespace rw = rankwise;

void use(std::vector<float>& out) {
#if defined(RANKWISE_REJECT_CONTROL)
  std::vector<float> const in{0.1f, 0.9f};
  rw::apply(rw::label::polarise{}, in, out);
#else
  rw::apply(rw::label::polarise{}, {0.1f, 0.9f}, out);
#endif
}
