// A loss of one's own that adds up nothing.
// expect: \[rankwise\] the function of list.sum returns what an item adds
// errors: 1
// control
#include <rankwise/loss/loss.hpp>

#include <vector>

namespace rw = rankwise;

struct scores_alone {
  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    return list.sum([&](auto i) {
      list.gradient(i, typename List::vector(1));
#if defined(RANKWISE_REJECT_CONTROL)
      return list.score(i);
#endif
    });
  }

  RANKWISE_LOSS_CALLS
};

double use(std::vector<float> const& scores, std::vector<float> const& labels, rw::lists<> const& lists) {
  return scores_alone{}.value(scores, labels, lists);
}
