#ifndef RANKWISE_METRIC_LIST_AUC_HPP
#define RANKWISE_METRIC_LIST_AUC_HPP

#include <rankwise/metric/ranked.hpp>

#include <cstddef>

namespace rankwise::inline RANKWISE_ABI::metric {

/// Area under the ROC curve of one list among its first `Cutoff` items: how likely a relevant item (y >= threshold)
/// stands above another, equal scores counting half. Its mean over lists, without those of one class, is the group AUC
/// with equal weights; with a cutoff it is PAUC@k, for which the paper that reports it (Taobao, arXiv 2305.13647) gives
/// no formula: this one is ours. Item weights multiply pairs. Slots: unjudged, empty (skip).
template <std::size_t Cutoff = all, class... Pieces>
struct list_auc {
  static_assert(Cutoff > 1, "[rankwise] list_auc: the cutoff is at least 2; list_auc<> has none");
  static_assert(slot_set<slots::unjudged, slots::empty>::accepts<Pieces...>());
  static constexpr char const* text = "auc";

  using ties = rankwise::ties::stable; // which of the items with equal scores are above the cutoff
  using unjudged = pick<slots::unjudged, rankwise::unjudged::zero, Pieces...>;
  using empty = pick<slots::empty, rankwise::empty::skip, Pieces...>;
  using scratch = rank::ranking_scratch;
  static constexpr std::size_t cutoff = Cutoff;
  static constexpr bool in_groups = true;

  double threshold = 1;

  constexpr char const* fault() const { return rankwise::detail::fault_of_threshold(threshold); }

  template <class Ranking, class Constants>
  RANKWISE_FN auto of(Ranking const& ranking, Constants const&) const {
    using T = typename Ranking::scalar;
    std::size_t const last = ranking.size() < Cutoff ? ranking.size() : Cutoff;
    double area = 0;
    double relevant = 0; // weight above the tie at hand
    double others = 0;
    for (std::size_t begin = 0; begin < last;) {
      std::size_t const tie_end = ranking.tie_end(begin);
      std::size_t const end = tie_end < last ? tie_end : last;
      double up = 0;
      double down = 0;
      for (; begin < end; ++begin) {
        (static_cast<double>(ranking.label(begin)) >= threshold ? up : down) +=
            static_cast<double>(ranking.weight(begin));
      }
      area += down * (relevant + up / 2);
      relevant += up;
      others += down;
    }
    return rankwise::detail::ratio_or<empty, T>(area, relevant * others);
  }

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    return rankwise::detail::of_list(*this, list);
  }
  template <class T>
  RANKWISE_FN static auto without_items() {
    return empty::template value<T>();
  }

  RANKWISE_METRIC_CALLS
};

} // namespace rankwise::inline RANKWISE_ABI::metric

#endif
