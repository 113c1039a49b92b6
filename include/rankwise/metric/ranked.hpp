#ifndef RANKWISE_METRIC_RANKED_HPP
#define RANKWISE_METRIC_RANKED_HPP

#include <rankwise/metric/metric.hpp>
#include <rankwise/rank/ranking.hpp>

#include <cstddef>
#include <type_traits>

/// What the metrics of a ranking share. Such a metric is a template over a cutoff and pieces with
///   of(ranking, constants)   the value of one ranked list
///   prepare_list(list)       optional: what depends on labels and weights alone, a struct of double
/// and one line, RANKWISE_RANKED_METRIC(Cutoff, Pieces), that adds the rest: the slots ties, unjudged and empty, the
/// formula over a list, and the calls of metric.hpp. rankwise::evaluate() runs many of them over one order.
namespace rankwise::inline RANKWISE_ABI {

/// What a metric divides by where peers differ.
namespace denominator {

/// All relevant items of the list: average precision of trec_eval, Rax, TF-Ranking, ranx.
struct relevant {
  using slot = slots::denominator;
  static constexpr char const* text = "relevant";
};
/// min(relevant items, cutoff), so that a perfect page is worth 1: XGBoost, LightGBM, CatBoost.
struct capped {
  using slot = slots::denominator;
  static constexpr char const* text = "capped";
};
/// The relevant items above the cutoff: torchmetrics.
struct found {
  using slot = slots::denominator;
  static constexpr char const* text = "found";
};
/// The cutoff, also where a list is shorter: trec_eval's precision.
struct cutoff {
  using slot = slots::denominator;
  static constexpr char const* text = "cutoff";
};
/// min(items of the list, cutoff).
struct retrieved {
  using slot = slots::denominator;
  static constexpr char const* text = "retrieved";
};

} // namespace denominator

namespace metric {

/// No cutoff.
inline constexpr std::size_t all = rank::all;

} // namespace metric

namespace detail {

/// Stands for constants where a metric has none.
struct nothing_prepared {};

template <class Metric, class List>
RANKWISE_FN auto constants_for_list(Metric const& metric, List const& list) {
  if constexpr (requires { metric.prepare_list(list); }) {
    return metric.prepare_list(list);
  } else {
    return nothing_prepared{};
  }
}

/// One metric of one list.
template <class Metric, class List>
RANKWISE_FN auto of_list(Metric const& metric, List const& list) {
  auto const order = [&] { return rank::order<typename Metric::ties, typename Metric::unjudged>(list, metric.cutoff); };
  if constexpr (requires { metric.prepare_list(list); }) {
    if (!list.constants_hold()) {
      auto const fresh = metric.prepare_list(list); // before the order: both use the scratch
      return metric.of(order(), fresh);
    }
    return metric.of(order(), list.constants());
  } else {
    return metric.of(order(), nothing_prepared{});
  }
}

/// A label is at least the threshold, or not: what NaN is not for any label, infinities are for all or none.
constexpr char const* fault_of_threshold(double threshold) {
  return threshold == threshold ? nullptr : "threshold of a metric (not NaN)";
}

/// Whether the item counts among what could have been found.
template <class Unjudged, class List>
RANKWISE_FN bool eligible(List const& list, std::size_t item) {
  return list.counts(item) && (!std::is_same_v<Unjudged, unjudged::condensed> || list.judged(item));
}

/// The sum of f(item) over what could have been found.
template <class Unjudged, class List, class F>
RANKWISE_FN double sum_of_eligible(List const& list, F f) {
  double sum = 0;
  for (std::size_t i = 0; i < list.size(); ++i) {
    sum += eligible<Unjudged>(list, i) ? f(i) : 0;
  }
  return sum;
}

/// Weights by rank in `values<1>()`.
template <class Ranking>
RANKWISE_FN auto const* weights_by_rank(Ranking const& ranking, std::size_t count) {
  auto* const weights = ranking.list().template values<1>();
  each_place<typename Ranking::vector>(count, [&](std::size_t r) { weights[r] = ranking.weight(r); });
  return weights;
}

/// A ranking with what evaluate() knows already: the worth of every rank's label, made once for all metrics of a list,
/// and that of the ranks themselves, made once for all lists. void: not known.
template <class Ranking, class Worth, class Place>
struct known_ranking : Ranking {
  using known_worth = Worth;
  using known_place = Place;
  typename Ranking::scalar const* worths;
  typename Ranking::scalar const* places_worth;
};

/// worth(label) of a register of ranks.
template <class Ranking, class Worth, class Index>
RANKWISE_FN auto worth_at(Ranking const& ranking, Worth const& worth, Index r) {
  if constexpr (requires { requires std::is_same_v<typename Ranking::known_worth, Worth>; }) {
    return load(ranking.worths, whole_pack(r));
  } else {
    return worth(load(ranking.labels(), r));
  }
}
template <class Ranking, class Place, class Index>
RANKWISE_FN auto place_at(Ranking const& ranking, Place const& place, Index r) {
  if constexpr (requires { requires std::is_same_v<typename Ranking::known_place, Place>; }) {
    return load(ranking.places_worth, r);
  } else {
    return place(position(r));
  }
}

/// Every place alike.
struct any_place {
  template <class V>
  RANKWISE_FN V operator()(V) const {
    return V(1);
  }
};
/// A label as it is.
struct label_itself {
  template <class V>
  RANKWISE_FN V operator()(V label) const {
    return label;
  }
};

/// A number, or the empty policy's.
template <class Empty, class T>
RANKWISE_FN defined_if<T> ratio_or(double numerator, double denominator) {
  if (!(denominator > 0)) {
    return Empty::template value<T>();
  }
  return {static_cast<T>(numerator / denominator), true};
}

} // namespace detail

namespace metric {

/// sum over ranks r < k of w worth(y) place(r), a register of ranks at a time. With ties::expected every item of a tie
/// gets the mean of the tie's worth.
template <class Ties, class Ranking, class Worth, class Place>
RANKWISE_FN double sum_over_ranks(Ranking const& ranking, std::size_t k, Worth worth, Place place) {
  using V = typename Ranking::vector;
  using T = typename Ranking::scalar;
  std::size_t const last = ranking.size() < k ? ranking.size() : k;
  bool const weighted = ranking.list().weighted();
  if constexpr (std::is_same_v<Ties, ties::expected>) {
    T const* const labels = ranking.labels();
    double sum = 0;
    for (std::size_t begin = 0; begin < last;) {
      std::size_t const end = ranking.tie_end(begin);
      double total = 0;
      double places = 0;
      for (std::size_t r = begin; r < end; ++r) {
        double const w = weighted ? static_cast<double>(ranking.weight(r)) : 1;
        total += w * static_cast<double>(worth(labels[r]));
        places += r < last ? static_cast<double>(place(static_cast<T>(r))) : 0;
      }
      sum += total * places / static_cast<double>(end - begin);
      begin = end;
    }
    return sum;
  } else {
    auto const term = [&](auto r) {
      return rankwise::detail::worth_at(ranking, worth, r) * rankwise::detail::place_at(ranking, place, r);
    };
    if (!weighted) {
      return static_cast<double>(sum_packs<V>(last, term));
    }
    T const* const weights = rankwise::detail::weights_by_rank(ranking, last);
    return static_cast<double>(sum_packs<V>(last, [&](auto r) {
      return load(weights, r) * rankwise::detail::worth_at(ranking, worth, r) *
             rankwise::detail::place_at(ranking, place, r);
    }));
  }
}

} // namespace metric
} // namespace rankwise::inline RANKWISE_ABI

#define RANKWISE_RANKED_METRIC(cutoff_, ...)                                                                           \
  using ties = ::rankwise::pick<::rankwise::slots::ties, ::rankwise::ties::stable, __VA_ARGS__...>;                    \
  using unjudged = ::rankwise::pick<::rankwise::slots::unjudged, ::rankwise::unjudged::zero, __VA_ARGS__...>;          \
  using empty = ::rankwise::pick<::rankwise::slots::empty, ::rankwise::empty::zero, __VA_ARGS__...>;                   \
  using scratch = ::rankwise::rank::ranking_scratch;                                                                   \
  static constexpr ::std::size_t cutoff = (cutoff_);                                                                   \
  static constexpr bool sees_unretrieved = true;                                                                       \
  static constexpr bool in_groups = true;                                                                              \
  template <class RwList>                                                                                              \
  RANKWISE_FN auto operator()(RwList const& rw_list) const {                                                           \
    return ::rankwise::detail::of_list(*this, rw_list);                                                                \
  }                                                                                                                    \
  template <class RwT>                                                                                                 \
  RANKWISE_FN static auto without_items() {                                                                            \
    return empty::template value<RwT>();                                                                               \
  }                                                                                                                    \
  RANKWISE_METRIC_CALLS

#endif
