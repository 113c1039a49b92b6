#ifndef RANKWISE_METRIC_ENGAGEMENT_HPP
#define RANKWISE_METRIC_ENGAGEMENT_HPP

#include <rankwise/core/policy.hpp>
#include <rankwise/metric/precision.hpp>

#include <cstddef>

/// What users did, or how many of them were served well.
namespace rankwise::inline RANKWISE_ABI::metric {

/// Engagement among the first `Cutoff`: with cart additions as labels, engagement<40> is ATC@40.
///   E = sum over r < Cutoff of w y
/// The mean over lists is per list; with the number of requests of each list as list weights it is per request. Slots:
/// ties, unjudged, empty (lists without a label other than 0).
template <std::size_t Cutoff = all, class... Pieces>
struct engagement {
  static_assert(Cutoff > 0, "[rankwise] engagement<0>: the cutoff is at least 1; engagement<> has none");
  static_assert(slot_set<slots::ties, slots::unjudged, slots::empty>::accepts<Pieces...>());
  static constexpr char const* text = "engagement";

  struct constants {
    double total;
    double any; ///< of its size: what came back may weigh up what was bought
  };
  template <class List>
  RANKWISE_FN constants prepare_list(List const& list) const {
    auto const counts = [&](std::size_t i) {
      return static_cast<double>(list.weight_of(i)) * static_cast<double>(list.label_of(i));
    };
    return {rankwise::detail::sum_of_eligible<unjudged>(list, counts),
            rankwise::detail::sum_of_eligible<unjudged>(list, [&](std::size_t i) { return math::abs(counts(i)); })};
  }

  template <class Ranking, class Constants>
  RANKWISE_FN auto of(Ranking const& ranking, Constants const& prepared) const {
    using T = typename Ranking::scalar;
    if (prepared.any == 0) {
      return empty::template value<T>();
    }
    return defined_if<T>{static_cast<T>(among_first(ranking)), true};
  }

  RANKWISE_RANKED_METRIC(Cutoff, Pieces)

  template <class Ranking>
  RANKWISE_FN static double among_first(Ranking const& ranking) {
    return sum_over_ranks<ties>(ranking, Cutoff, rankwise::detail::label_itself{}, rankwise::detail::any_place{});
  }
};

/// The share of a list's engagement that stands among the first `Cutoff`. Slots: ties, unjudged, empty.
template <std::size_t Cutoff = all, class... Pieces>
struct engagement_share {
  static_assert(Cutoff > 0, "[rankwise] engagement_share<0>: the cutoff is at least 1");
  static_assert(slot_set<slots::ties, slots::unjudged, slots::empty>::accepts<Pieces...>());
  static constexpr char const* text = "engagement_share";

  using whole = engagement<Cutoff, Pieces...>;
  using constants = typename whole::constants;
  template <class List>
  RANKWISE_FN constants prepare_list(List const& list) const {
    return whole{}.prepare_list(list);
  }

  template <class Ranking, class Constants>
  RANKWISE_FN auto of(Ranking const& ranking, Constants const& prepared) const {
    return rankwise::detail::ratio_or<empty, typename Ranking::scalar>(whole::among_first(ranking), prepared.total);
  }

  RANKWISE_RANKED_METRIC(Cutoff, Pieces)
};

/// Item goodrate at `Cutoff`: the share of good items (y >= threshold) among those shown.
template <std::size_t Cutoff = all, class... Pieces>
using item_goodrate = precision<Cutoff, denominator::retrieved, Pieces...>;

/// Query goodrate at `Cutoff`: 1 where at least `share` of the items shown are good (y >= threshold), otherwise 0; item
/// weights do not enter. Slots: ties, unjudged, empty (lists without a good item).
template <std::size_t Cutoff = all, class... Pieces>
struct query_goodrate {
  static_assert(Cutoff > 0, "[rankwise] query_goodrate<0>: the cutoff is at least 1");
  static_assert(slot_set<slots::ties, slots::unjudged, slots::empty>::accepts<Pieces...>());
  static constexpr char const* text = "query_goodrate";

  double threshold = 1;
  double share = 1;

  constexpr char const* fault() const {
    return share >= 0 && share <= 1 ? rankwise::detail::fault_of_threshold(threshold)
                                    : "share of query_goodrate (from 0 to 1)";
  }

  template <class List>
  RANKWISE_FN auto prepare_list(List const& list) const {
    return relevant_of<unjudged>(list, threshold);
  }

  template <class Ranking, class Constants>
  RANKWISE_FN auto of(Ranking const& ranking, Constants const& relevant) const {
    using T = typename Ranking::scalar;
    if (!(relevant.count > 0)) {
      return empty::template value<T>();
    }
    std::size_t const last = ranking.size() < Cutoff ? ranking.size() : Cutoff;
    auto const is_good = [&](std::size_t r) { return static_cast<double>(ranking.label(r)) >= threshold; };
    // A quotient is the nearest number to its share, as 0.56 is to 14 of 25; share * last rounds elsewhere.
    auto const enough = [&](double found) { return found / static_cast<double>(last) >= share; };
    double good = 0;
    for (std::size_t r = 0; r < last; ++r) {
      if constexpr (std::is_same_v<ties, rankwise::ties::expected>) {
        auto const tie = tie_at(ranking, r, is_good);
        if (tie.end > last) {
          return defined_if<T>{static_cast<T>(mean_over_draws(tie.size(), tie.good, static_cast<double>(last - r),
                                                              [&](double x) { return enough(good + x) ? 1.0 : 0.0; })),
                               true};
        }
        good += tie.good;
        r = tie.end - 1;
      } else {
        good += is_good(r) ? 1 : 0;
      }
    }
    return defined_if<T>{last != 0 && enough(good) ? T(1) : T(0), true};
  }

  RANKWISE_RANKED_METRIC(Cutoff, Pieces)
};

} // namespace rankwise::inline RANKWISE_ABI::metric

#endif
