#ifndef RANKWISE_METRIC_NDCG_HPP
#define RANKWISE_METRIC_NDCG_HPP

#include <rankwise/metric/discount.hpp>
#include <rankwise/metric/gain.hpp>
#include <rankwise/metric/metric.hpp>
#include <rankwise/rank/top.hpp>

#include <cstddef>

namespace rankwise::inline RANKWISE_ABI::metric {

/// No cutoff.
inline constexpr std::size_t all = static_cast<std::size_t>(-1);

/// Normalised discounted cumulative gain at `Cutoff` (Järvelin and Kekäläinen 2002):
///   DCG = sum over ranks r < Cutoff of w gain(y) discount(r),   NDCG = DCG / (DCG of the best order)
/// Slots: gain (exponential), discount (log2), empty (zero). Item weights multiply gains. Equal scores keep the order
/// of the list.
template <std::size_t Cutoff = all, class... Pieces>
struct ndcg {
  static_assert(Cutoff > 0, "[rankwise] ndcg<0>: the cutoff is at least 1; ndcg<> has none");
  static_assert(slot_set<slots::gain, slots::discount, slots::empty>::accepts<Pieces...>());

  using gain = pick<slots::gain, rankwise::gain::exponential, Pieces...>;
  using discount = pick<slots::discount, rankwise::discount::log2, Pieces...>;
  using empty = pick<slots::empty, rankwise::empty::zero, Pieces...>;
  using scratch = rank::top_scratch;

  template <class T>
  struct constants {
    T ideal;
  };

  template <class List>
  RANKWISE_FN auto prepare_list(List const& list) const {
    return constants<typename List::scalar>{dcg(list, true)};
  }

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    using T = typename List::scalar;
    T ideal = static_cast<T>(list.constants().ideal);
    bool ideal_first = !list.constants_hold();
    for (;;) {
      if (!ideal_first && ideal <= T(0)) {
        return empty::template value<T>();
      }
      T const sum = dcg(list, ideal_first);
      if (!ideal_first) {
        return defined_if<T>{sum / ideal, true};
      }
      ideal = sum;
      ideal_first = false;
    }
  }

  template <class T>
  RANKWISE_FN static auto without_items() {
    return empty::template value<T>();
  }

  RANKWISE_METRIC_CALLS

private:
  // In the order of the scores, or in the best one.
  template <class List>
  RANKWISE_FN static auto dcg(List const& list, bool ideal) {
    using V = typename List::vector;
    std::size_t const count =
        ideal ? rank::top(list, Cutoff, [&](auto i) { return list.weight(i) * gain{}(list.label(i)); })
              : rank::top(list, Cutoff, [&](auto i) { return list.score(i); });
    auto* const gains = list.template values<0>();
    auto const* const items = list.template indices<0>();
    for (std::size_t r = 0; r < count; ++r) {
      gains[r] = list.label_of(items[r]);
    }
    if (list.weighted()) {
      for (std::size_t r = 0; r < count; ++r) {
        gains[r] = list.weight_of(items[r]) * gain{}(gains[r]);
      }
      return math::reduce_add(combine_packs<V>(
          count, V(0), [&](auto r) { return load(gains, r) * discount{}(position(r)); }, plus{}));
    }
    return math::reduce_add(combine_packs<V>(
        count, V(0), [&](auto r) { return gain{}(load(gains, r)) * discount{}(position(r)); }, plus{}));
  }
};

} // namespace rankwise::inline RANKWISE_ABI::metric

#endif
