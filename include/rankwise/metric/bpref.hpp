#ifndef RANKWISE_METRIC_BPREF_HPP
#define RANKWISE_METRIC_BPREF_HPP

#include <rankwise/metric/precision.hpp>

#include <cstddef>
#include <type_traits>

/// Metrics for incomplete judgments: which items were judged comes by the option `.judged`. A label below 0 of a judged
/// item says that it was in the pool and yet not judged, as -1 does in TREC's files.
namespace rankwise::inline RANKWISE_ABI::metric {

/// Binary preference (Buckley and Voorhees 2004), as trec_eval has it:
///   bpref = 1/R sum over retrieved relevant items of 1 - min(N(r), R) / min(R, N)
/// R relevant items, N items judged not relevant, N(r) of them before rank r; an item with N(r) = 0 counts 1. Item
/// weights do not enter. Slots: ties, unjudged, empty.
template <class... Pieces>
struct bpref {
  static_assert(slot_set<slots::ties, slots::unjudged, slots::empty>::accepts<Pieces...>());
  static constexpr char const* text = "bpref";

  double threshold = 1;

  struct constants {
    double relevant;
    double irrelevant;
  };
  template <class List>
  RANKWISE_FN constants prepare_list(List const& list) const {
    return {rankwise::detail::relevant_of<unjudged>(list, threshold).count,
            rankwise::detail::sum_of_eligible<unjudged>(list, [&](std::size_t i) {
              double const y = static_cast<double>(list.label_of(i));
              return list.judged(i) && y >= 0 && y < threshold ? 1.0 : 0.0;
            })};
  }

  template <class Ranking, class Constants>
  RANKWISE_FN auto of(Ranking const& ranking, Constants const& prepared) const {
    static_assert(!std::is_same_v<ties, rankwise::ties::expected>,
                  "[rankwise] bpref has no closed form for ties::expected: name another tie policy");
    double const relevant = prepared.relevant;
    double const most = relevant < prepared.irrelevant ? relevant : prepared.irrelevant;
    double before = 0;
    double sum = 0;
    for (std::size_t r = 0; r < ranking.size(); ++r) {
      double const y = static_cast<double>(ranking.label(r));
      if (!ranking.judged(r)) {
        continue;
      }
      if (y >= threshold) {
        sum += before > 0 ? 1 - (before < relevant ? before : relevant) / most : 1;
      } else if (y >= 0) {
        before += 1;
      }
    }
    return rankwise::detail::ratio_or<empty, typename Ranking::scalar>(sum, relevant);
  }

  RANKWISE_RANKED_METRIC(all, Pieces)
};

/// Inferred average precision (Yilmaz and Aslam 2006), as trec_eval has it: for a relevant item at rank r,
///   1/(r+1) + r/(r+1) (pooled before r / r) (relevant before + e) / (judged before + 2 e),   e = 0.00001
/// summed and divided by the relevant items. Items outside the pool (`.judged` is 0) only lengthen the list. Item
/// weights do not enter. Slots: ties, unjudged, empty.
template <class... Pieces>
struct inf_ap {
  static_assert(slot_set<slots::ties, slots::unjudged, slots::empty>::accepts<Pieces...>());
  static constexpr char const* text = "inf_ap";

  double threshold = 1;

  struct constants {
    double relevant;
  };
  template <class List>
  RANKWISE_FN constants prepare_list(List const& list) const {
    return {rankwise::detail::relevant_of<unjudged>(list, threshold).count};
  }

  template <class Ranking, class Constants>
  RANKWISE_FN auto of(Ranking const& ranking, Constants const& prepared) const {
    static_assert(!std::is_same_v<ties, rankwise::ties::expected>,
                  "[rankwise] inf_ap has no closed form for ties::expected: name another tie policy");
    constexpr double epsilon = 0.00001;
    double pooled = 0;
    double judged = 0;
    double relevant = 0;
    double sum = 0;
    for (std::size_t r = 0; r < ranking.size(); ++r) {
      if (!ranking.judged(r)) {
        continue;
      }
      double const y = static_cast<double>(ranking.label(r));
      if (y >= threshold) {
        double const place = static_cast<double>(r);
        sum += r == 0 ? 1
                      : 1 / (place + 1) +
                            place / (place + 1) * (pooled / place) * ((relevant + epsilon) / (judged + 2 * epsilon));
        relevant += 1;
      }
      pooled += 1;
      judged += y >= 0 ? 1 : 0;
    }
    return rankwise::detail::ratio_or<empty, typename Ranking::scalar>(sum, prepared.relevant);
  }

  RANKWISE_RANKED_METRIC(all, Pieces)
};

} // namespace rankwise::inline RANKWISE_ABI::metric

#endif
