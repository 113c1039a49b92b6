#ifndef RANKWISE_METRIC_ARP_HPP
#define RANKWISE_METRIC_ARP_HPP

#include <rankwise/metric/ranked.hpp>

#include <cstddef>
#include <type_traits>

namespace rankwise::inline RANKWISE_ABI::metric {

/// Average relevance position, from 1; smaller is better (Zhu and Klabjan 2020, TF-Ranking):
///   ARP = sum over r < Cutoff of w y (r + 1) / sum over r < Cutoff of w y
/// Slots: ties, unjudged, empty. A list whose labels do not add up to more than 0 counts as empty.
template <std::size_t Cutoff = all, class... Pieces>
struct arp {
  static_assert(Cutoff > 0, "[rankwise] arp<0>: the cutoff is at least 1; arp<> has none");
  static_assert(slot_set<slots::ties, slots::unjudged, slots::empty>::accepts<Pieces...>());
  static_assert(Cutoff == all ||
                    !std::is_same_v<pick<slots::ties, rankwise::ties::stable, Pieces...>, rankwise::ties::expected>,
                "[rankwise] arp<K> divides by the labels above the cutoff, whose mean over ties has no closed form: "
                "arp<> has ties::expected, arp<K> another tie policy");
  static constexpr char const* text = "arp";

  template <class Ranking, class Constants>
  RANKWISE_FN auto of(Ranking const& ranking, Constants const&) const {
    double const sum = sum_over_ranks<ties>(ranking, Cutoff, rankwise::detail::label_itself{}, [](auto rank) {
      using V = decltype(rank);
      return rank + V(1);
    });
    double const mass =
        sum_over_ranks<ties>(ranking, Cutoff, rankwise::detail::label_itself{}, rankwise::detail::any_place{});
    return rankwise::detail::ratio_or<empty, typename Ranking::scalar>(sum, mass);
  }

  RANKWISE_NO_PARAMETERS(arp)
  RANKWISE_RANKED_METRIC(Cutoff, Pieces)
};

} // namespace rankwise::inline RANKWISE_ABI::metric

#endif
