// What an engine optimises: a head is about single items.
// expect: \[rankwise\] a head, and a loss of single items, takes no lists
// errors: 1
// control
#include <rankwise/head/binary.hpp>
#include <rankwise/train/objective.hpp>

#include <vector>

namespace rw = rankwise;

std::size_t use(std::vector<float> const& labels, std::vector<int> const& offsets) {
  constexpr auto click = rw::head::binary<"click">{};
#if defined(RANKWISE_REJECT_CONTROL)
  return offsets.size() + rw::train::objective(click, labels, {.item_weights = labels}).items();
#else
  return rw::train::objective(click, labels, rw::lists(offsets)).items();
#endif
}
