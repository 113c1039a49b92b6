// A loss where apply takes a policy of single numbers.
// expect: \[rankwise\] apply runs policies of single numbers
// errors: 1
// control
#include <rankwise/label/polarise.hpp>
#include <rankwise/loss/softmax.hpp>

#include <vector>

namespace rw = rankwise;

void use(std::vector<float> const& in, std::vector<float>& out) {
#if defined(RANKWISE_REJECT_CONTROL)
  rw::apply(rw::label::polarise{}, in, out);
#else
  rw::apply(rw::loss::softmax{}, in, out);
#endif
}
