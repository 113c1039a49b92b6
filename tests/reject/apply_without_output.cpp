// A policy applied to a column, and nowhere to write.
// expect: \[rankwise\] apply\(policy, column, output\): the output is missing
// control
#include <rankwise/label/polarise.hpp>

#include <vector>

namespace rw = rankwise;

void use(std::vector<float>& s) {
#if defined(RANKWISE_REJECT_CONTROL)
  rw::apply(rw::label::polarise{}, s, s);
#else
  rw::apply(rw::label::polarise{}, s);
#endif
}
