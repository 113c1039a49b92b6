// A metric of your own: copy the struct, change the formula.
#include "claim.hpp"

#include <rankwise/rankwise.hpp>

#include <cstddef>
#include <vector>

namespace rw = rankwise;

//{ ranked
namespace mine {

/// Precision at `Cutoff`: the share of relevant items (label > threshold) among the first `Cutoff`. A list shorter than
/// the cutoff is divided by its own length. Slots: ties, unjudged, empty (zero).
template <std::size_t Cutoff, class... Pieces>
struct precision {
  static_assert(rw::slot_set<rw::slots::ties, rw::slots::unjudged, rw::slots::empty>::accepts<Pieces...>());
  static constexpr char const* text = "my_precision"; // what tables print

  double threshold = 0;

  template <class Ranking, class Constants>
  RANKWISE_FN auto of(Ranking const& ranking, Constants const&) const {
    using T = typename Ranking::scalar;
    std::size_t const count = ranking.size() < Cutoff ? ranking.size() : Cutoff;
    if (count == 0) {
      return empty::template value<T>();
    }
    auto const worth = [this](auto label) { // a register of labels
      using V = decltype(label);
      return rw::math::select(label > rw::as<V>(threshold), V(1), V(0));
    };
    auto const place = [](auto rank) { return decltype(rank)(1); }; // every place alike
    double const relevant = rw::metric::sum_over_ranks<ties>(ranking, Cutoff, worth, place);
    return rw::defined_if<T>{static_cast<T>(relevant / static_cast<double>(count)), true};
  }

  RANKWISE_RANKED_METRIC(Cutoff, Pieces)
};

} // namespace mine
//} ranked

//{ list
namespace mine {

/// How far relevant items (label > threshold) are from the others: the difference of their mean scores. A list without
/// either has no value.
struct separation {
  double threshold = 0;

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    using T = typename List::scalar;
    using V = typename List::vector;
    auto const good = [&](auto i) { return rw::math::select(list.label(i) > rw::as<V>(threshold), V(1), V(0)); };
    auto const relevant = list.sum(good);
    auto const others = list.sum([&](auto i) { return V(1) - good(i); });
    auto const above = list.sum([&](auto i) { return good(i) * list.score(i); }) / relevant;
    auto const below = list.sum([&](auto i) { return (V(1) - good(i)) * list.score(i); }) / others;
    bool const has_both = relevant > 0 && others > 0;
    return rw::defined_if<T>{has_both ? static_cast<T>(above - below) : T(0), has_both};
  }

  template <class T>
  RANKWISE_FN static auto without_items() { // no item, or all masked
    return rw::empty::skip::value<T>();
  }

  RANKWISE_METRIC_CALLS
};

} // namespace mine
//} list

int main() {
  //{ use
  std::vector<float> const scores{0.9f, 0.1f, 0.5f, 0.2f, 0.8f};
  std::vector<int> const labels{2, 1, 0, 0, 0};
  std::vector<std::size_t> const offsets{0, 3, 3, 5}; // the second list is empty
  std::vector<double> each(3);
  double const all = mine::precision<2>{}(scores, labels, rw::lists(offsets), {.per_list = each});
  double const some = mine::precision<2, rw::empty::skip>{}(scores, labels, rw::lists(offsets));
  double const strict = mine::precision<1>{.threshold = 2}(scores, labels, rw::lists(offsets));

  constexpr auto measures = rw::metrics(mine::precision<1>{}, mine::precision<2, rw::empty::skip>{});
  auto const both = rw::evaluate(measures, scores, labels, rw::lists(offsets)); // one order for all of them
  //} use

  claim(near(each[0], 0.5) && near(each[1], 0) && near(each[2], 0), "1 of 2, nothing, 0 of 2");
  claim(near(all, 0.5 / 3), "an empty list counts as 0 by default");
  claim(near(some, 0.5 / 2), "and is left out with empty::skip");
  claim(near(strict, 0), "a label of 2 is not above a threshold of 2");
  claim(near(both.value(0), 1.0 / 3) && both.value(1) == some, "evaluate finds what the calls find");
  std::vector<double> const same{1, 1, 1};
  double const tied = mine::precision<2, rw::ties::expected>{}(same, std::vector{1, 1, 0}, rw::lists<>::single(3));
  claim(near(tied, 2.0 / 3), "the mean over the orders of equal scores");

  //{ use-list
  double const apart = mine::separation{}(scores, labels, rw::lists(offsets)); // of the one list that has both
  //} use-list
  claim(near(apart, 0, 1e-6), "(0.9 + 0.1) / 2 - 0.5");
  return broken_claims;
}
