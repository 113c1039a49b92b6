#ifndef RANKWISE_LOSS_BY_RANKS_HPP
#define RANKWISE_LOSS_BY_RANKS_HPP

#include <rankwise/math/exp.hpp>
#include <rankwise/math/log.hpp>
#include <rankwise/math/sigmoid.hpp>
#include <rankwise/metric/arp.hpp>
#include <rankwise/metric/dcg.hpp>
#include <rankwise/metric/err.hpp>
#include <rankwise/metric/map.hpp>
#include <rankwise/metric/mrr.hpp>
#include <rankwise/metric/ndcg.hpp>
#include <rankwise/metric/precision.hpp>
#include <rankwise/metric/rbp.hpp>

#include <cstddef>
#include <type_traits>

/// Metrics as functions of real ranks: what `approx`, `bound`, `soft_rank`, `neural_sort` and `soft_sort` need to know
/// of one. With ranks r_i from 0,
///   metric = scale (sum over i of gain_i worth(r_i))     or, for metrics of the first find, max in place of the sum
/// `by_ranks<Metric>` has the metric as its only member and
///   scale(list)              from labels and weights alone; 0 where there is nothing to gain
///   gain(label, weight)      0 for items whose rank does not matter
///   worth(rank, slope)       at a real rank, and its derivative
///   at_place(place)          at a whole place above the cutoff; for sums only
///   first_find               true: max
///   sign                     -1 where more is better, so that sign times the metric is a loss
/// Metrics that ask who stands before an item have, for `approx` alone,
///   beside(label)            a number a_j of every item, of which c_i = sum of a_j over the items before item i
///   worth(rank, c, slope, c_slope)
/// Specialise it for a metric of your own.
namespace rankwise::inline RANKWISE_ABI::loss {

template <class Metric>
struct by_ranks {
  static_assert(sizeof(Metric) == 0, "[rankwise] this metric is not known as a function of ranks: specialise "
                                     "loss::by_ranks for it, as docs/reference/loss/by_ranks.md shows");
};

namespace detail {

/// A discount at a real rank, and its derivative: a discount of your own has `slope(rank)`.
template <class Discount, class V>
RANKWISE_FN V discount_at(Discount const& discount, V rank, V& slope) {
  static_assert(
      requires { discount.slope(rank); }, "[rankwise] this discount has no slope(rank): its derivative is needed here");
  slope = discount.slope(rank);
  return discount(rank);
}
template <class V>
RANKWISE_FN V discount_at(discount::log2 d, V rank, V& slope) {
  V const x = d(rank);
  slope = -x * x / (as<V>(0.693147180559945309417) * (rank + V(2)));
  return x;
}
template <class V>
RANKWISE_FN V discount_at(discount::reciprocal d, V rank, V& slope) {
  V const x = d(rank);
  slope = -x * x;
  return x;
}
template <class V>
RANKWISE_FN V discount_at(discount::none d, V rank, V& slope) {
  slope = V(0);
  return d(rank);
}
template <class V>
RANKWISE_FN V discount_at(discount::log2_from_second d, V rank, V& slope) {
  V const x = d(rank);
  slope = math::select(rank > V(1), -x * x / (as<V>(0.693147180559945309417) * (rank + V(1))), V(0));
  return x;
}

/// Being among the first K at a real rank: sigma(K - 1/2 - r), which is 1/2 between the last place that counts and the
/// first that does not.
struct smooth_edge {
  template <class V>
  RANKWISE_FN static V within(V cutoff, V rank, V& slope) {
    V const inside = math::sigmoid(cutoff - V(0.5) - rank);
    slope = -inside * (V(1) - inside);
    return inside;
  }
};

/// The same from below: 0 from rank K on, and 1 up to K - 1.
struct edge_from_below {
  template <class V>
  RANKWISE_FN static V within(V cutoff, V rank, V& slope) {
    V const left = cutoff - rank;
    slope = math::select((left > V(0)) & (left < V(1)), V(-1), V(0));
    return math::clamp(left, V(0), V(1));
  }
};

template <std::size_t Cutoff, class Edge, class V>
RANKWISE_FN V within(V rank, V& slope) {
  if constexpr (Cutoff == metric::all) {
    slope = V(0);
    return V(1);
  } else {
    return Edge::within(as<V>(static_cast<double>(Cutoff)), rank, slope);
  }
}

template <std::size_t Cutoff, class Discount, class Edge, class V>
RANKWISE_FN V discounted_within(V rank, V& slope) {
  V d_slope(0);
  V const d = discount_at(Discount{}, rank, d_slope);
  if constexpr (Cutoff == metric::all) {
    slope = d_slope;
    return d;
  } else {
    V c_slope(0);
    V const c = within<Cutoff, Edge>(rank, c_slope);
    slope = d_slope * c + d * c_slope;
    return d * c;
  }
}

/// As metrics compare: in float the number next to a threshold may be less than it.
template <class V>
RANKWISE_FN V relevant(V label, double threshold) {
  V const least(rankwise::detail::least_relevant<math::scalar_t<V>>(threshold));
  return math::select(label >= least, V(1), V(0));
}

/// A metric that is divided by what it is compared with; 0 where there is nothing.
RANKWISE_FN double one_over(double whole) {
  return whole > 0 ? 1 / whole : 0;
}

} // namespace detail

/// What the metrics below have in common.
struct more_is_better {
  static constexpr bool first_find = false;
  static constexpr int sign = -1;
};

namespace detail {

/// DCG and what divides it.
template <class Metric>
struct discounted_gains : more_is_better {
  Metric metric{};

  template <class V>
  RANKWISE_FN static V gain(V label, V weight) {
    return weight * typename Metric::gain{}(label);
  }
  template <class Edge = detail::smooth_edge, class V>
  RANKWISE_FN static V worth(V rank, V& slope) {
    return discounted_within<Metric::cutoff, typename Metric::discount, Edge>(rank, slope);
  }
  template <class V>
  RANKWISE_FN static V at_place(V place) {
    return typename Metric::discount{}(place);
  }
};

/// How many relevant items are among the first.
template <class Metric>
struct relevant_items : more_is_better {
  static_assert(Metric::cutoff != metric::all,
                "[rankwise] precision and recall without a cutoff do not depend on ranks");
  Metric metric{};

  template <class V>
  RANKWISE_FN V gain(V label, V weight) const {
    return weight * relevant(label, metric.threshold);
  }
  template <class Edge = detail::smooth_edge, class V>
  RANKWISE_FN static V worth(V rank, V& slope) {
    return within<Metric::cutoff, Edge>(rank, slope);
  }
  template <class V>
  RANKWISE_FN static V at_place(V) {
    return V(1);
  }
};

/// The best relevant item; equally good ones share its derivative.
template <class Metric>
struct first_relevant_item {
  static constexpr bool first_find = true;
  static constexpr int sign = -1;
  Metric metric{};

  template <class List>
  RANKWISE_FN static double scale(List const&) {
    return 1;
  }
  template <class V>
  RANKWISE_FN V gain(V label, V) const {
    return relevant(label, metric.threshold);
  }
};

} // namespace detail

template <std::size_t Cutoff, class... Pieces>
struct by_ranks<metric::dcg<Cutoff, Pieces...>> : detail::discounted_gains<metric::dcg<Cutoff, Pieces...>> {
  template <class List>
  RANKWISE_FN static double scale(List const&) {
    return 1;
  }
};

template <std::size_t Cutoff, class... Pieces>
struct by_ranks<metric::ndcg<Cutoff, Pieces...>> : detail::discounted_gains<metric::ndcg<Cutoff, Pieces...>> {
  template <class List>
  RANKWISE_FN double scale(List const& list) const {
    return detail::one_over(this->metric.prepare_list(list).ideal);
  }
};

/// Divided by the cutoff, weighted items or not.
template <std::size_t Cutoff, class... Pieces>
struct by_ranks<metric::precision<Cutoff, Pieces...>> : detail::relevant_items<metric::precision<Cutoff, Pieces...>> {
  template <class List>
  RANKWISE_FN static double scale(List const&) {
    return 1 / static_cast<double>(Cutoff);
  }
};

template <std::size_t Cutoff, class... Pieces>
struct by_ranks<metric::recall<Cutoff, Pieces...>> : detail::relevant_items<metric::recall<Cutoff, Pieces...>> {
  template <class List>
  RANKWISE_FN double scale(List const& list) const {
    return detail::one_over(this->metric.prepare_list(list).weight);
  }
};

template <std::size_t Cutoff, class... Pieces>
struct by_ranks<metric::mrr<Cutoff, Pieces...>> : detail::first_relevant_item<metric::mrr<Cutoff, Pieces...>> {
  template <class Edge = detail::smooth_edge, class V>
  RANKWISE_FN static V worth(V rank, V& slope) {
    return detail::discounted_within<Cutoff, discount::reciprocal, Edge>(rank, slope);
  }
};

template <std::size_t Cutoff, class... Pieces>
struct by_ranks<metric::hit_rate<Cutoff, Pieces...>>
    : detail::first_relevant_item<metric::hit_rate<Cutoff, Pieces...>> {
  static_assert(Cutoff != metric::all, "[rankwise] the hit rate without a cutoff does not depend on ranks");

  template <class Edge = detail::smooth_edge, class V>
  RANKWISE_FN static V worth(V rank, V& slope) {
    return detail::within<Cutoff, Edge>(rank, slope);
  }
};

template <std::size_t Cutoff, class... Pieces>
struct by_ranks<metric::rbp<Cutoff, Pieces...>> : more_is_better {
  using metric_type = metric::rbp<Cutoff, Pieces...>;
  metric_type metric{};

  template <class List>
  RANKWISE_FN double scale(List const&) const {
    return 1 - metric.p;
  }
  template <class V>
  RANKWISE_FN static V gain(V label, V weight) {
    return weight * typename metric_type::gain{}(label);
  }
  template <class Edge = detail::smooth_edge, class V>
  RANKWISE_FN V worth(V rank, V& slope) const {
    V const d = at_place(math::max(rank, V(0))); // which a rounding may miss
    V c_slope(0);
    V const c = detail::within<Cutoff, Edge>(rank, c_slope);
    double const decay = metric.p > 0 ? math::log(metric.p) : 0; // p = 0: a step, and flat
    slope = as<V>(decay) * d * c + d * c_slope;
    return d * c;
  }
  template <class V>
  RANKWISE_FN V at_place(V place) const {
    return metric.place()(place);
  }
};

/// Smaller is better: the loss is the metric itself. The cutoff is left out, as it would reward items for being late.
template <class... Pieces>
struct by_ranks<metric::arp<metric::all, Pieces...>> {
  static constexpr bool first_find = false;
  static constexpr int sign = 1;
  metric::arp<metric::all, Pieces...> metric{};

  template <class List>
  RANKWISE_FN static double scale(List const& list) {
    return detail::one_over(static_cast<double>(list.sum([&](auto i) { return list.weight(i) * list.label(i); })));
  }
  template <class V>
  RANKWISE_FN static V gain(V label, V weight) {
    return weight * label;
  }
  template <class Edge = detail::smooth_edge, class V>
  RANKWISE_FN static V worth(V rank, V& slope) {
    slope = V(1);
    return rank + V(1);
  }
  template <class V>
  RANKWISE_FN static V at_place(V place) {
    return place + V(1);
  }
};

/// The precision at the rank of every relevant item, 1 + c of 1 + r items: Smooth-AP (Brown et al. 2020).
template <std::size_t Cutoff, class... Pieces>
struct by_ranks<metric::map<Cutoff, Pieces...>> : more_is_better {
  using metric_type = metric::map<Cutoff, Pieces...>;
  static_assert(!std::is_same_v<typename metric_type::denominator, denominator::found>,
                "[rankwise] with denominator::found ranks change what map is divided by, too; take "
                "denominator::relevant or denominator::capped");
  metric_type metric{};

  template <class List>
  RANKWISE_FN double scale(List const& list) const {
    return detail::one_over(metric.prepare_list(list).weight);
  }
  template <class V>
  RANKWISE_FN V gain(V label, V weight) const {
    return weight * beside(label);
  }
  template <class V>
  RANKWISE_FN V beside(V label) const {
    return detail::relevant(label, metric.threshold);
  }
  template <class V>
  RANKWISE_FN static V worth(V rank, V before, V& slope, V& before_slope) {
    V const share = V(1) / (V(1) + rank);
    V const precision = (V(1) + before) * share;
    V inside_slope(0);
    V const inside = detail::within<Cutoff, detail::smooth_edge>(rank, inside_slope);
    slope = precision * (inside_slope - share * inside);
    before_slope = share * inside;
    return precision * inside;
  }
};

/// Whoever comes to an item has been stopped by nobody before it, of whom item j counts as much as it stands before:
/// c = sum of log(1 - p_j). Probabilities of 1 count as a little less.
template <std::size_t Cutoff, class... Pieces>
struct by_ranks<metric::err<Cutoff, Pieces...>> : more_is_better {
  using metric_type = metric::err<Cutoff, Pieces...>;
  metric_type metric{};

  template <class List>
  RANKWISE_FN static double scale(List const&) {
    return 1;
  }
  template <class V>
  RANKWISE_FN V gain(V label, V weight) const {
    return weight * metric.stops(label);
  }
  template <class V>
  RANKWISE_FN V beside(V label) const {
    constexpr double most = sizeof(math::scalar_t<V>) == 4 ? 1 - 0x1p-10 : 1 - 0x1p-20;
    return math::log1p(-math::min(metric.stops(label), as<V>(most)));
  }
  template <class V>
  RANKWISE_FN static V worth(V rank, V before, V& slope, V& before_slope) {
    V const there = math::exp(before);
    V place_slope(0);
    V const place =
        detail::discounted_within<Cutoff, typename metric_type::discount, detail::smooth_edge>(rank, place_slope);
    slope = there * place_slope;
    before_slope = there * place;
    return before_slope;
  }
};

} // namespace rankwise::inline RANKWISE_ABI::loss

#endif
