// A policy of one's own for single numbers, where whole registers go through.
// expect: \[rankwise\] the policy's operator\(\) takes single numbers alone
// errors: 1
// control
#include <rankwise/exec/apply.hpp>

#include <vector>

namespace rw = rankwise;

struct half {
#if defined(RANKWISE_REJECT_CONTROL)
  template <class V>
  RANKWISE_FN V operator()(V x) const {
    return x / V(2);
  }
#else
  float operator()(float x) const {
    return x / 2;
  }
#endif
};

void use(std::vector<float> const& in, std::vector<float>& out) {
  rw::apply(half{}, in, out);
}
