// A loss of one's own that reads and writes items by their position, where packs of items are meant.
// expect: \[rankwise\] list.score\(i\) takes a pack of items.*score_of\(n\)
// errors: 1
// control
#include <rankwise/loss/loss.hpp>

#include <vector>

namespace rw = rankwise;

struct product {
  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    typename List::scalar sum(0);
    for (std::size_t n = 0; n < list.size(); ++n) {
#if defined(RANKWISE_REJECT_CONTROL)
      sum += list.score_of(n) * list.label_of(n) * list.weight_of(n);
      list.gradient_of(n, list.label_of(n));
      list.hessian_of(n, 0);
#else
      sum += list.score(n) * list.label(n) * list.weight(n);
      list.gradient(n, list.label(n));
      list.hessian(n, 0);
#endif
    }
    return sum;
  }

  RANKWISE_LOSS_CALLS
};

double use(std::vector<float> const& scores, std::vector<float> const& labels, rw::lists<> const& lists,
           std::vector<float>& slope, std::vector<float>& curvature) {
  return product{}.gradient(scores, labels, lists, slope, curvature);
}
