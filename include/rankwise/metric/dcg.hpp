#ifndef RANKWISE_METRIC_DCG_HPP
#define RANKWISE_METRIC_DCG_HPP

#include <rankwise/metric/discount.hpp>
#include <rankwise/metric/gain.hpp>
#include <rankwise/metric/ranked.hpp>

#include <cstddef>

namespace rankwise::inline RANKWISE_ABI {

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

  RANKWISE_FN discount place() const { return {}; }

  template <class Ranking, class Constants>
  RANKWISE_FN auto of(Ranking const& ranking, Constants const&) const {
    return static_cast<typename Ranking::scalar>(sum_over_ranks<ties>(ranking, Cutoff, gain{}, discount{}));
  }

  RANKWISE_NO_PARAMETERS(dcg)
  RANKWISE_RANKED_METRIC(Cutoff, Pieces)
};

} // namespace metric
} // namespace rankwise::inline RANKWISE_ABI

#endif
