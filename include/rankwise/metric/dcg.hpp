#ifndef RANKWISE_METRIC_DCG_HPP
#define RANKWISE_METRIC_DCG_HPP

#include <rankwise/metric/discount.hpp>
#include <rankwise/metric/gain.hpp>
#include <rankwise/metric/ranked.hpp>

#include <cstddef>

namespace rankwise::inline RANKWISE_ABI {

namespace detail {

/// sum over the ranks r < k of w gain(y) discount(r), a register of ranks at a time.
template <class Ties, class Gain, class Discount, class Ranking>
RANKWISE_FN auto dcg_of(Ranking const& ranking, std::size_t k) {
  using V = typename Ranking::vector;
  using T = typename Ranking::scalar;
  auto const& list = ranking.list();
  std::size_t const last = ranking.size() < k ? ranking.size() : k;
  if constexpr (std::is_same_v<Ties, ties::expected>) {
    return static_cast<T>(sum_over_ranks<Ties>(
        ranking, k, [&](std::size_t r) { return static_cast<double>(ranking.weight(r) * Gain{}(ranking.label(r))); },
        [](std::size_t r) { return static_cast<double>(Discount{}(static_cast<T>(r))); }));
  } else {
    T const* const labels = ranking.labels();
    if (!list.weighted()) {
      return math::reduce_add(combine_packs<V>(
          last, V(0), [&](auto r) { return Gain{}(load(labels, r)) * Discount{}(position(r)); }, plus{}));
    }
    T* const weights = list.template values<1>();
    for (std::size_t r = 0; r < last; ++r) {
      weights[r] = ranking.weight(r);
    }
    return math::reduce_add(combine_packs<V>(
        last, V(0), [&](auto r) { return load(weights, r) * Gain{}(load(labels, r)) * Discount{}(position(r)); },
        plus{}));
  }
}

} // namespace detail

namespace metric {

/// Discounted cumulative gain at `Cutoff` (Järvelin and Kekäläinen 2002):
///   DCG = sum over ranks r < Cutoff of w gain(y) discount(r)
/// Slots: gain (exponential), discount (log2), ties, unjudged, empty.
template <std::size_t Cutoff = all, class... Pieces>
struct dcg {
  static_assert(Cutoff > 0, "[rankwise] dcg<0>: the cutoff is at least 1; dcg<> has none");
  static_assert(
      slot_set<slots::gain, slots::discount, slots::ties, slots::unjudged, slots::empty>::accepts<Pieces...>());
  static constexpr char const* text = "dcg";

  using gain = pick<slots::gain, rankwise::gain::exponential, Pieces...>;
  using discount = pick<slots::discount, rankwise::discount::log2, Pieces...>;

  template <class Ranking, class Constants>
  RANKWISE_FN auto of(Ranking const& ranking, Constants const&) const {
    return detail::dcg_of<ties, gain, discount>(ranking, Cutoff);
  }

  RANKWISE_RANKED_METRIC(Cutoff, Pieces)
};

} // namespace metric
} // namespace rankwise::inline RANKWISE_ABI

#endif
