// A metric of your own: copy the struct, change the formula.
#include "claim.hpp"

#include <rankwise/rankwise.hpp>

#include <cstddef>
#include <vector>

namespace rw = rankwise;

//{ metric
namespace mine {

/// Precision at `Cutoff`: the share of relevant items (label > threshold) among the first `Cutoff`. A list shorter than
/// the cutoff is divided by its own length. Slot: empty (zero), for lists without a live item.
template <std::size_t Cutoff, class... Pieces>
struct precision {
  static_assert(rw::slot_set<rw::slots::empty>::accepts<Pieces...>());
  using empty = rw::pick<rw::slots::empty, rw::empty::zero, Pieces...>;
  using scratch = rw::rank::top_scratch; // the memory that rank::top needs

  double threshold = 0;

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    using T = typename List::scalar;
    std::size_t const count = rw::rank::top(list, Cutoff, [&](auto i) { return list.score(i); });
    auto const* const items = list.template indices<0>(); // best first, positions in the list
    T relevant(0);
    for (std::size_t r = 0; r < count; ++r) {
      relevant += list.label_of(items[r]) > static_cast<T>(threshold) ? T(1) : T(0);
    }
    return rw::defined_if<T>{relevant / static_cast<T>(count), true}; // count > 0: some item takes part
  }

  template <class T>
  RANKWISE_FN static auto without_items() { // no item, or all masked
    return empty::template value<T>();
  }

  RANKWISE_METRIC_CALLS
};

} // namespace mine
//} metric

int main() {
  //{ use
  std::vector<float> const scores{0.9f, 0.1f, 0.5f, 0.2f, 0.8f};
  std::vector<int> const labels{2, 1, 0, 0, 0};
  std::vector<std::size_t> const offsets{0, 3, 3, 5}; // the second list is empty
  std::vector<double> each(3);
  double const all = mine::precision<2>{}(scores, labels, rw::lists(offsets), {.per_list = each});
  double const some = mine::precision<2, rw::empty::skip>{}(scores, labels, rw::lists(offsets));
  double const strict = mine::precision<1>{.threshold = 2}(scores, labels, rw::lists(offsets));
  //} use

  claim(near(each[0], 0.5) && near(each[1], 0) && near(each[2], 0), "1 of 2, nothing, 0 of 2");
  claim(near(all, 0.5 / 3), "an empty list counts as 0 by default");
  claim(near(some, 0.5 / 2), "and is left out with empty::skip");
  claim(near(strict, 0), "a label of 2 is not above a threshold of 2");
  return broken_claims;
}
