// A loss of one's own that writes numbers in `prepare_list` without the columns for them.
// expect: \[rankwise\] the formula has no such prepared column: `using prepared_items = rankwise::scratch_columns
// errors: 4
// control
#include <rankwise/loss/loss.hpp>

#include <vector>

namespace rw = rankwise;

struct to_label {
#if defined(RANKWISE_REJECT_CONTROL)
  using prepared_items = rw::scratch_columns<1, 0>;
#endif
  struct nothing {};

  template <class List>
  RANKWISE_FN nothing prepare_list(List const& list) const {
    list.each([&](auto i) { rw::store(list.template prepared_values<0>(), i, list.label(i)); });
    return {};
  }
  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    return list.sum([&](auto i) { return list.score(i) - rw::load(list.template prepared_values<0>(), i); });
  }

  RANKWISE_LOSS_CALLS
};

double use(std::vector<float> const& scores, std::vector<float> const& labels, rw::lists<> const& lists) {
  return to_label{}.value(scores, labels, lists);
}
