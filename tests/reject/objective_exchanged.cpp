// What an engine optimises: labels before the loss.
// expect: \[rankwise\] the loss or the head comes first
// errors: 1
// control
#include <rankwise/loss/softmax.hpp>
#include <rankwise/train/objective.hpp>

#include <vector>

namespace rw = rankwise;

std::size_t use(std::vector<float> const& labels, std::vector<int> const& offsets) {
#if defined(RANKWISE_REJECT_CONTROL)
  return rw::train::objective(rw::loss::softmax{}, labels, rw::lists(offsets)).items();
#else
  return rw::train::objective(labels, rw::loss::softmax{}, rw::lists(offsets)).items();
#endif
}
