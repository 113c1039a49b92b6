#ifndef RANKWISE_METRIC_NDCG_HPP
#define RANKWISE_METRIC_NDCG_HPP

#include <rankwise/metric/dcg.hpp>

#include <cstddef>

namespace rankwise::inline RANKWISE_ABI::metric {

/// Normalised discounted cumulative gain at `Cutoff` (Järvelin and Kekäläinen 2002):
///   DCG = sum over ranks r < Cutoff of w gain(y) discount(r),   NDCG = DCG / (DCG of the best order)
/// Slots: gain (exponential), discount (log2), ties (stable), unjudged (zero), empty (zero). Item weights multiply
/// gains. The best order has all items that could have been found, retrieved or not.
template <std::size_t Cutoff = all, class... Pieces>
struct ndcg {
  static_assert(Cutoff > 0, "[rankwise] ndcg<0>: the cutoff is at least 1; ndcg<> has none");
  static_assert(
      slot_set<slots::gain, slots::discount, slots::ties, slots::unjudged, slots::empty>::accepts<Pieces...>());
  static constexpr char const* text = "ndcg";

  using gain = pick<slots::gain, rankwise::gain::exponential, Pieces...>;
  using discount = pick<slots::discount, rankwise::discount::log2, Pieces...>;

  struct constants {
    double ideal;
  };

  template <class List>
  RANKWISE_FN auto prepare_list(List const& list) const {
    using V = typename List::vector;
    auto const whole = list.whole();
    std::size_t const count =
        rank::top(whole, Cutoff, [&](auto i) { return whole.weight(i) * gain{}(whole.label(i)); });
    auto* const gains = whole.template values<0>();
    auto const* const items = whole.template indices<0>();
    each_place<V>(count, [&](std::size_t r) { gains[r] = whole.label_of(items[r]); });
    if (whole.weighted()) {
      each_place<V>(count, [&](std::size_t r) { gains[r] = whole.weight_of(items[r]) * gain{}(gains[r]); });
      return constants{
          static_cast<double>(sum_packs<V>(count, [&](auto r) { return load(gains, r) * discount{}(position(r)); }))};
    }
    return constants{static_cast<double>(
        sum_packs<V>(count, [&](auto r) { return gain{}(load(gains, r)) * discount{}(position(r)); }))};
  }

  RANKWISE_FN discount place() const { return {}; }

  template <class Ranking, class Constants>
  RANKWISE_FN auto of(Ranking const& ranking, Constants const& prepared) const {
    using T = typename Ranking::scalar;
    T const ideal = static_cast<T>(prepared.ideal);
    if (ideal <= T(0)) {
      return empty::template value<T>();
    }
    T const sum = static_cast<T>(sum_over_ranks<ties>(ranking, Cutoff, gain{}, discount{}));
    return defined_if<T>{sum / ideal, true};
  }

  /// The shorter way of exec/pass.hpp for lists without a mask: the DCG of the first few needs their ranks, no order.
  template <class List>
  RANKWISE_FN bool at_once(List const& list, typename List::scalar& value) const {
    using T = typename List::scalar;
    using V = typename List::vector;
    if constexpr (std::is_same_v<ties, rankwise::ties::stable>) {
      T const ideal = static_cast<T>(list.constants().ideal);
      if (list.weighted() || list.marked() || !(ideal > T(0))) {
        return false;
      }
      auto const worth = [](V y, V rank) { return gain{}(y)*discount{}(rank); };
      T sum(0);
      if (!rank::detail::sum_at_once(list, Cutoff, worth, sum) || !(sum - sum == T(0))) {
        return false;
      }
      value = sum / ideal;
      return true;
    } else {
      return false;
    }
  }

  RANKWISE_NO_PARAMETERS(ndcg)
  RANKWISE_RANKED_METRIC(Cutoff, Pieces)
};

} // namespace rankwise::inline RANKWISE_ABI::metric

#endif
