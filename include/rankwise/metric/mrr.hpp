#ifndef RANKWISE_METRIC_MRR_HPP
#define RANKWISE_METRIC_MRR_HPP

#include <rankwise/metric/precision.hpp>

#include <cstddef>

namespace rankwise::inline RANKWISE_ABI::metric {

/// Reciprocal rank of the first relevant item at `Cutoff`; its mean over lists is MRR:
///   RR = w / (r + 1) for the first rank r < Cutoff with y >= threshold, otherwise 0
/// Slots: ties, unjudged, empty. ties::expected is exact (McSherry and Najork 2008).
template <std::size_t Cutoff = all, class... Pieces>
struct mrr {
  static_assert(Cutoff > 0, "[rankwise] mrr<0>: the cutoff is at least 1; mrr<> has none");
  static_assert(slot_set<slots::ties, slots::unjudged, slots::empty>::accepts<Pieces...>());
  static constexpr char const* text = "mrr";

  double threshold = 1;

  template <class Ranking, class Constants>
  RANKWISE_FN auto of(Ranking const& ranking, Constants const& relevant) const {
    return rankwise::detail::at_first_relevant<ties, empty, Cutoff>(
        ranking, relevant, threshold, [](std::size_t r) { return 1 / (static_cast<double>(r) + 1); });
  }

  RANKWISE_THRESHOLD_METRIC(Cutoff, Pieces)
};

} // namespace rankwise::inline RANKWISE_ABI::metric

#endif
