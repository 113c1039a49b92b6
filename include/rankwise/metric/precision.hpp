#ifndef RANKWISE_METRIC_PRECISION_HPP
#define RANKWISE_METRIC_PRECISION_HPP

#include <rankwise/math/exp.hpp>
#include <rankwise/metric/ranked.hpp>
#include <rankwise/metric/tie.hpp>

#include <cstddef>
#include <type_traits>

/// Metrics that count relevant items among the first: an item is relevant where its label is at least `threshold`.
/// Those that divide by, or ask for, the relevant items of a list end with RANKWISE_THRESHOLD_METRIC(Cutoff, Pieces): a
/// ranked metric whose constants are `relevant_items`.
namespace rankwise::inline RANKWISE_ABI {

namespace detail {

/// The smallest number of type T that is at least `threshold`: 0.5 in float is not more than 1/2 + 2^-53.
template <class T>
RANKWISE_FN T least_relevant(double threshold) {
  T const t = static_cast<T>(threshold);
  if (static_cast<double>(t) >= threshold || !(threshold - threshold == 0)) {
    return t;
  }
  return math::ops<T>::from_bits(math::ops<T>::bits(t) + (t < T(0) ? -1 : 1));
}

} // namespace detail

namespace metric {

/// The weight of the relevant items that could have been found, and their number.
struct relevant_items {
  double weight;
  double count;
};

template <class Unjudged, class List>
RANKWISE_FN relevant_items relevant_of(List const& list, double threshold) {
  using V = typename List::vector;
  if (list.marked()) {
    auto const relevant = [&](std::size_t i) { return static_cast<double>(list.label_of(i)) >= threshold; };
    return {rankwise::detail::sum_of_eligible<Unjudged>(
                list, [&](std::size_t i) { return relevant(i) ? static_cast<double>(list.weight_of(i)) : 0; }),
            rankwise::detail::sum_of_eligible<Unjudged>(list, [&](std::size_t i) { return relevant(i) ? 1.0 : 0.0; })};
  }
  V const least(rankwise::detail::least_relevant<typename List::scalar>(threshold));
  double const count =
      static_cast<double>(list.sum([&](auto i) { return math::select(list.label(i) >= least, V(1), V(0)); }));
  if (!list.weighted()) {
    return {count, count};
  }
  return {
      static_cast<double>(list.sum([&](auto i) { return math::select(list.label(i) >= least, list.weight(i), V(0)); })),
      count};
}

} // namespace metric

namespace detail {

/// The weight of the heaviest relevant items, at most `cutoff` of them: what a perfect page has.
template <class Unjudged, class List>
RANKWISE_FN double capped_weight_of(List const& list, double threshold, std::size_t cutoff) {
  using V = typename List::vector;
  using T = typename List::scalar;
  metric::relevant_items const relevant = metric::relevant_of<Unjudged>(list, threshold);
  if (!(relevant.count > static_cast<double>(cutoff))) {
    return relevant.weight;
  }
  if (!list.weighted()) {
    return static_cast<double>(cutoff);
  }
  auto const whole = list.whole();
  V const least(least_relevant<T>(threshold));
  std::size_t const count = rank::top(whole, cutoff, [&](auto i) {
    return math::select(whole.label(i) >= least, whole.weight(i), V(-math::ops<T>::infinity));
  });
  double sum = 0;
  for (std::size_t r = 0; r < count; ++r) {
    sum += static_cast<double>(whole.weight_of(whole.template indices<0>()[r]));
  }
  return sum;
}

/// 1 for a relevant label.
template <class T>
struct is_relevant {
  T least;
  template <class V>
  RANKWISE_FN V operator()(V label) const {
    return math::select(label >= V(least), V(1), V(0));
  }
};

/// The weight, or the number, of the relevant items among the first k.
template <class Ties, class Ranking>
RANKWISE_FN double relevant_among(Ranking const& ranking, std::size_t k, double threshold) {
  using T = typename Ranking::scalar;
  using V = typename Ranking::vector;
  T const least = least_relevant<T>(threshold);
  if constexpr (!std::is_same_v<Ties, ties::expected> && in_registers<V>) {
    if (!ranking.list().weighted()) {
      std::size_t const last = ranking.size() < k ? ranking.size() : k;
      T const* const labels = ranking.labels();
      int count = 0;
      for_each_pack<V>(last, [&](auto r) {
        auto relevant = load(labels, r) >= V(least);
        if constexpr (!decltype(r)::full) {
          relevant = relevant & math::ops<V>::first(r.count);
        }
        count += math::count(relevant);
      });
      return static_cast<double>(static_cast<T>(count));
    }
  }
  return metric::sum_over_ranks<Ties>(ranking, k, is_relevant<T>{least}, any_place{});
}

/// w worth(r) for the first relevant item among the first `Cutoff`: MRR, hit rate.
template <class Ties, class Empty, std::size_t Cutoff, class Ranking, class Worth>
RANKWISE_FN auto at_first_relevant(Ranking const& ranking, metric::relevant_items const& relevant, double threshold,
                                   Worth worth) {
  using T = typename Ranking::scalar;
  if (!(relevant.count > 0)) {
    return Empty::template value<T>();
  }
  auto const good = [&](std::size_t r) { return static_cast<double>(ranking.label(r)) >= threshold; };
  return defined_if<T>{static_cast<T>(metric::at_first_good<Ties>(ranking, Cutoff, good, worth)), true};
}

/// What recall and average precision divide by.
struct sought_items {
  double weight;
};
template <class Denominator, class Unjudged, class List>
RANKWISE_FN sought_items sought_of(List const& list, double threshold, std::size_t cutoff) {
  if constexpr (std::is_same_v<Denominator, denominator::capped>) {
    return sought_items{capped_weight_of<Unjudged>(list, threshold, cutoff)};
  } else {
    return sought_items{metric::relevant_of<Unjudged>(list, threshold).weight};
  }
}

} // namespace detail
} // namespace rankwise::inline RANKWISE_ABI

#define RANKWISE_THRESHOLD_METRIC(cutoff_, ...)                                                                        \
  constexpr char const* fault() const {                                                                                \
    return ::rankwise::detail::fault_of_threshold(threshold);                                                          \
  }                                                                                                                    \
  template <class RwList>                                                                                              \
  RANKWISE_FN auto prepare_list(RwList const& rw_list) const {                                                         \
    return ::rankwise::metric::relevant_of<unjudged>(rw_list, threshold);                                              \
  }                                                                                                                    \
  RANKWISE_RANKED_METRIC(cutoff_, __VA_ARGS__)

namespace rankwise::inline RANKWISE_ABI {

namespace metric {

/// The share of relevant items among the first `Cutoff`:
///   P = sum over r < Cutoff of w 1[y >= threshold] / sum over r < Cutoff of w,   missing places weigh 1
/// Slots: denominator (cutoff; retrieved divides by the items that are there), ties, unjudged, empty.
template <std::size_t Cutoff = all, class... Pieces>
struct precision {
  static_assert(Cutoff > 0, "[rankwise] precision<0>: the cutoff is at least 1; precision<> has none");
  static_assert(slot_set<slots::denominator, slots::ties, slots::unjudged, slots::empty>::accepts<Pieces...>());
  using denominator = pick<slots::denominator, rankwise::denominator::cutoff, Pieces...>;
  static_assert(std::is_same_v<denominator, rankwise::denominator::cutoff> ||
                    std::is_same_v<denominator, rankwise::denominator::retrieved>,
                "[rankwise] precision divides by denominator::cutoff or denominator::retrieved");
  static constexpr char const* text = "precision";

  double threshold = 1;

  template <class Ranking, class Constants>
  RANKWISE_FN auto of(Ranking const& ranking, Constants const& relevant) const {
    using T = typename Ranking::scalar;
    if (!(relevant.count > 0)) {
      return empty::template value<T>();
    }
    std::size_t const places = ranking.size() < Cutoff ? ranking.size() : Cutoff;
    double weight = static_cast<double>(places);
    if (ranking.list().weighted()) {
      if constexpr (std::is_same_v<ties, rankwise::ties::expected>) {
        return defined_if<T>{
            static_cast<T>(once<typename Ranking::vector>([&] { return mean_of_weighted(ranking, places); })), true};
      }
      weight = sum_over_ranks<ties>(ranking, Cutoff, rankwise::detail::any_place{}, rankwise::detail::any_place{});
    }
    double const found = rankwise::detail::relevant_among<ties>(ranking, Cutoff, threshold);
    weight += missing(places);
    return defined_if<T>{weight > 0 ? static_cast<T>(found / weight) : T(0), true};
  }

  RANKWISE_THRESHOLD_METRIC(Cutoff, Pieces)

private:
  RANKWISE_FN static double missing(std::size_t places) {
    constexpr bool counts = std::is_same_v<denominator, rankwise::denominator::cutoff> && Cutoff != all;
    return counts ? static_cast<double>(Cutoff - places) : 0;
  }

  // A tie across the cutoff makes both sums a draw.
  template <class Ranking>
  RANKWISE_FN double mean_of_weighted(Ranking const& ranking, std::size_t places) const {
    auto const weight_at = [&](std::size_t r) { return static_cast<double>(ranking.weight(r)); };
    auto const relevant = [&](std::size_t r) { return static_cast<double>(ranking.label(r)) >= threshold; };
    double found = 0;
    double weight = missing(places);
    bool costs = false;
    for (std::size_t begin = 0; begin < places;) {
      std::size_t const end = ranking.tie_end(begin);
      if (end > places) {
        auto const& list = ranking.list();
        std::size_t const drawn = places - begin;
        drawn_weight const adds = weight_of_draws(ranking, begin, end, drawn, drawn, [](std::size_t) { return true; });
        double const least = weight + adds.least;
        double const most = (weight > 0 ? weight : 0) + adds.most;
        if ((costs || adds.costs) && !(least > 0)) {
          return math::ops<double>::quiet_nan; // nothing decays then
        }
        products_of_draws draws(list.template values<1>(), list.template values<2>(), drawn + 1);
        return !(most > 0) ? 0 : integral_of_decay(least > 0 ? least : adds.lightest, most, [&](double t) {
          draws.clear();
          for (std::size_t r = begin; r < end; ++r) {
            draws.add(math::exp(-t * weight_at(r)), relevant(r) ? weight_at(r) : 0);
          }
          return math::exp(-t * weight) * (found * draws.product(drawn) + draws.sum(drawn));
        });
      }
      for (; begin < end; ++begin) {
        costs = costs || weight_at(begin) < 0;
        weight += weight_at(begin);
        found += relevant(begin) ? weight_at(begin) : 0;
      }
    }
    return weight > 0 ? found / weight : 0;
  }
};

/// The share of the relevant items that stand among the first `Cutoff`:
///   R = sum over r < Cutoff of w 1[y >= threshold] / sum of w 1[y >= threshold]
/// Slots: denominator (relevant; capped divides by at most `Cutoff` items), ties, unjudged, empty.
template <std::size_t Cutoff = all, class... Pieces>
struct recall {
  static_assert(Cutoff > 0, "[rankwise] recall<0>: the cutoff is at least 1; recall<> has none");
  static_assert(slot_set<slots::denominator, slots::ties, slots::unjudged, slots::empty>::accepts<Pieces...>());
  using denominator = pick<slots::denominator, rankwise::denominator::relevant, Pieces...>;
  static_assert(std::is_same_v<denominator, rankwise::denominator::relevant> ||
                    std::is_same_v<denominator, rankwise::denominator::capped>,
                "[rankwise] recall divides by denominator::relevant or denominator::capped");
  static constexpr char const* text = "recall";

  double threshold = 1;

  constexpr char const* fault() const { return rankwise::detail::fault_of_threshold(threshold); }

  template <class List>
  RANKWISE_FN auto prepare_list(List const& list) const {
    return rankwise::detail::sought_of<denominator, unjudged>(list, threshold, Cutoff);
  }

  template <class Ranking, class Constants>
  RANKWISE_FN auto of(Ranking const& ranking, Constants const& prepared) const {
    return rankwise::detail::ratio_or<empty, typename Ranking::scalar>(
        rankwise::detail::relevant_among<ties>(ranking, Cutoff, threshold), prepared.weight);
  }

  RANKWISE_RANKED_METRIC(Cutoff, Pieces)
};

/// The weight of the first relevant item, 1 without weights, if it stands among the first `Cutoff`, otherwise 0: hit
/// rate, success@k. With ties::expected, the probability. Slots: ties, unjudged, empty.
template <std::size_t Cutoff = all, class... Pieces>
struct hit_rate {
  static_assert(Cutoff > 0, "[rankwise] hit_rate<0>: the cutoff is at least 1; hit_rate<> has none");
  static_assert(slot_set<slots::ties, slots::unjudged, slots::empty>::accepts<Pieces...>());
  static constexpr char const* text = "hit_rate";

  double threshold = 1;

  template <class Ranking, class Constants>
  RANKWISE_FN auto of(Ranking const& ranking, Constants const& relevant) const {
    return rankwise::detail::at_first_relevant<ties, empty, Cutoff>(ranking, relevant, threshold,
                                                                    [](std::size_t) { return 1.0; });
  }

  RANKWISE_THRESHOLD_METRIC(Cutoff, Pieces)
};
/// Another name of hit_rate.
template <std::size_t Cutoff = all, class... Pieces>
using success = hit_rate<Cutoff, Pieces...>;

/// Precision at R, the number of relevant items, which is recall at R:
///   the weight of the relevant items among the first R / the weight of all relevant items
/// Slots: ties, unjudged, empty.
template <class... Pieces>
struct r_precision {
  static_assert(slot_set<slots::ties, slots::unjudged, slots::empty>::accepts<Pieces...>());
  static constexpr char const* text = "r_precision";

  double threshold = 1;

  template <class Ranking, class Constants>
  RANKWISE_FN auto of(Ranking const& ranking, Constants const& relevant) const {
    return rankwise::detail::ratio_or<empty, typename Ranking::scalar>(
        rankwise::detail::relevant_among<ties>(ranking, static_cast<std::size_t>(relevant.count), threshold),
        relevant.weight);
  }

  RANKWISE_THRESHOLD_METRIC(all, Pieces)
};

} // namespace metric
} // namespace rankwise::inline RANKWISE_ABI

#endif
