// A loss of one's own that returns a register of numbers.
// expect: \[rankwise\] the formula of a list returns one number, or defined_if of one; list.sum adds registers up
// errors: 1
// control
#include <rankwise/loss/loss.hpp>

#include <vector>

namespace rw = rankwise;

struct sum_of_scores {
  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
#if defined(RANKWISE_REJECT_CONTROL)
    return list.sum([&](auto i) { return list.score(i); });
#else
    typename List::vector sum(0);
    list.each([&](auto i) { sum = sum + list.score(i); });
    return sum;
#endif
  }

  RANKWISE_LOSS_CALLS
};

double use(std::vector<float> const& scores, std::vector<float> const& labels, rw::lists<> const& lists) {
  return sum_of_scores{}.value(scores, labels, lists);
}
