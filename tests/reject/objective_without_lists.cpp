// What an engine optimises: a loss of lists without them, or with their offsets.
// expect: \[rankwise\] a loss of lists needs them: train::objective\(loss, labels, lists\)
// errors: 2
// control
#include <rankwise/loss/softmax.hpp>
#include <rankwise/train/objective.hpp>

#include <vector>

namespace rw = rankwise;

std::size_t use(std::vector<float> const& labels, std::vector<int> const& offsets) {
#if defined(RANKWISE_REJECT_CONTROL)
  auto const a = rw::train::objective(rw::loss::softmax{}, labels, rw::lists(offsets));
  auto const b = rw::train::objective(rw::loss::softmax{}, labels, rw::lists_of_sizes({3}), {.item_weights = labels});
#else
  auto const a = rw::train::objective(rw::loss::softmax{}, labels);
  auto const b = rw::train::objective(rw::loss::softmax{}, labels, offsets, {.item_weights = labels});
#endif
  return a.items() + b.items();
}
