// A metric of one's own that orders a list without the memory for it.
// expect: \[rankwise\] the formula needs more scratch columns: `using scratch = rankwise::scratch_columns
// errors: 4
// control
#include <rankwise/metric/metric.hpp>
#include <rankwise/rank/top.hpp>

#include <vector>

namespace rw = rankwise;

struct best_label {
#if defined(RANKWISE_REJECT_CONTROL)
  using scratch = rw::rank::top_scratch;
#endif

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    rw::rank::top(list, 1, [&](auto i) { return list.score(i); });
    return list.label_of(list.template indices<0>()[0]);
  }

  RANKWISE_METRIC_CALLS
};

double use(std::vector<float> const& scores, std::vector<float> const& labels, rw::lists<> const& lists) {
  return best_label{}(scores, labels, lists);
}
