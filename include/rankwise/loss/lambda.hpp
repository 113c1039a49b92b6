#ifndef RANKWISE_LOSS_LAMBDA_HPP
#define RANKWISE_LOSS_LAMBDA_HPP

#include <rankwise/loss/pairwise.hpp>
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

namespace rankwise::inline RANKWISE_ABI {

namespace pair_weight {

/// The weight of a pair that lambda<Metric> takes: what the metric changes by when the two items exchange their places.
/// A metric of your own has a member `lambda_weight()` that returns a weight policy.
template <class Metric>
struct of_metric {
  RANKWISE_FN static auto make(Metric const& metric) {
    static_assert(
        requires { metric.lambda_weight(); },
        "[rankwise] lambda<Metric>: nobody has said what this metric changes by when two items exchange places: give "
        "it a member lambda_weight()");
    return metric.lambda_weight();
  }
};

template <std::size_t Cutoff, class... Pieces>
struct of_metric<metric::ndcg<Cutoff, Pieces...>> {
  using M = metric::ndcg<Cutoff, Pieces...>;
  using type = discounted_gain<typename M::gain, typename M::discount, Cutoff, Cutoff, true, typename M::ties>;
  RANKWISE_FN static type make(M const&) { return {}; }
};

template <std::size_t Cutoff, class... Pieces>
struct of_metric<metric::dcg<Cutoff, Pieces...>> {
  using M = metric::dcg<Cutoff, Pieces...>;
  using type = discounted_gain<typename M::gain, typename M::discount, Cutoff, Cutoff, false, typename M::ties>;
  RANKWISE_FN static type make(M const&) { return {}; }
};

template <std::size_t Cutoff, class... Pieces>
struct of_metric<metric::map<Cutoff, Pieces...>> {
  using M = metric::map<Cutoff, Pieces...>;
  static_assert(!std::is_same_v<typename M::denominator, denominator::found>,
                "[rankwise] lambda<map>: with denominator::found an exchange changes what is divided by, too; take "
                "denominator::relevant or denominator::capped");
  static_assert(std::is_same_v<typename M::ties, ties::stable>, "[rankwise] lambda<map> has ties::stable alone");
  using type = average_precision<Cutoff, std::is_same_v<typename M::denominator, denominator::capped>>;
  RANKWISE_FN static type make(M const& m) { return {m.threshold}; }
};

template <std::size_t Cutoff, class... Pieces>
struct of_metric<metric::mrr<Cutoff, Pieces...>> {
  using M = metric::mrr<Cutoff, Pieces...>;
  static_assert(std::is_same_v<typename M::ties, ties::stable>, "[rankwise] lambda<mrr> has ties::stable alone");
  RANKWISE_FN static reciprocal_rank<Cutoff> make(M const& m) { return {m.threshold}; }
};

template <std::size_t Cutoff, class... Pieces>
struct of_metric<metric::err<Cutoff, Pieces...>> {
  using M = metric::err<Cutoff, Pieces...>;
  static_assert(std::is_same_v<typename M::ties, ties::stable>, "[rankwise] lambda<err> has ties::stable alone");
  RANKWISE_FN static expected_reciprocal_rank<Cutoff, M> make(M const& m) { return {m}; }
};

/// Metrics that add up worth(label) x place(rank), as pieces of discounted_gain.
template <class Metric>
struct worth_of {
  Metric metric;

  template <class V>
  RANKWISE_FN V operator()(V label) const {
    if constexpr (requires { metric.p; }) {
      return typename Metric::gain{}(label);
    } else if constexpr (requires { metric.threshold; }) {
      V const least(rankwise::detail::least_relevant<math::scalar_t<V>>(metric.threshold)); // as the metric compares
      return math::select(label >= least, V(1), V(0));
    } else {
      return label;
    }
  }
};
template <class Metric>
struct place_of {
  Metric metric;

  template <class V>
  RANKWISE_FN V operator()(V rank) const {
    if constexpr (requires { metric.p; }) {
      return metric.place()(rank);
    } else if constexpr (requires { metric.threshold; }) {
      return V(1);
    } else {
      return rank + V(1);
    }
  }
};

/// As discounted_gain, times what the metric divides by.
template <class Metric>
struct linear_metric : discounted_gain<worth_of<Metric>, place_of<Metric>, Metric::cutoff, Metric::cutoff, false,
                                       typename Metric::ties> {
  template <class List>
  RANKWISE_FN auto scale(List const& list) const {
    using T = typename List::scalar;
    Metric const& metric = this->gain.metric;
    if constexpr (requires { metric.p; }) {
      return static_cast<T>(1 - metric.p);
    } else {
      double sum = 0;
      double items = 0;
      each_place<typename List::vector>(list.size(), [&](std::size_t i) {
        if (list.takes_part(i)) {
          sum += static_cast<double>(list.label_of(i));
          items += 1;
        }
      });
      sum = sum_of_threads<typename List::vector>(sum);
      items = sum_of_threads<typename List::vector>(items);
      if constexpr (requires { metric.threshold; }) {
        constexpr double places = static_cast<double>(Metric::cutoff);
        constexpr bool by_places =
            std::is_same_v<typename Metric::denominator, denominator::cutoff> && Metric::cutoff != rank::all;
        return static_cast<T>(1 / (by_places || items > places ? places : items));
      } else {
        return sum > 0 ? static_cast<T>(1 / sum) : T(0);
      }
    }
  }
};

template <class Metric>
RANKWISE_FN linear_metric<Metric> linear_weight(Metric const& m) {
  linear_metric<Metric> w{};
  w.gain.metric = m;
  w.discount.metric = m;
  return w;
}

template <std::size_t Cutoff, class... Pieces>
struct of_metric<metric::precision<Cutoff, Pieces...>> {
  RANKWISE_FN static auto make(metric::precision<Cutoff, Pieces...> const& m) { return linear_weight(m); }
};
template <std::size_t Cutoff, class... Pieces>
struct of_metric<metric::rbp<Cutoff, Pieces...>> {
  RANKWISE_FN static auto make(metric::rbp<Cutoff, Pieces...> const& m) { return linear_weight(m); }
};
template <std::size_t Cutoff, class... Pieces>
struct of_metric<metric::arp<Cutoff, Pieces...>> {
  static_assert(Cutoff == rank::all, "[rankwise] lambda<arp<K>>: with a cutoff an exchange changes what is divided by, "
                                     "too; take arp<>");
  RANKWISE_FN static auto make(metric::arp<Cutoff, Pieces...> const& m) { return linear_weight(m); }
};

} // namespace pair_weight

namespace loss {

namespace detail {

/// Pairs with both items below a metric's cutoff weigh nothing: leave them out. With ties::expected equal scores share
/// the cutoff, and weights alone know who is above it.
template <class Metric>
struct pairs_of {
  using type = pairs::all;
};
template <class Metric>
  requires(Metric::cutoff != rank::all && Metric::cutoff != 0 && !std::is_same_v<typename Metric::ties, ties::expected>)
struct pairs_of<Metric> {
  using type = pairs::either_in_top<Metric::cutoff>;
};

} // namespace detail

/// LambdaRank (Burges et al. 2006; LambdaMART, Burges 2010) for a metric:
///   L = c sum over pairs y_i > y_j of |Delta_ij| log(1 + e^(-steepness (s_i - s_j)))
/// Delta_ij is what the metric changes by when i and j exchange their places. Derivatives take it as a constant, and so
/// are those of this loss for as long as no item overtakes another. Slots: pairs (all), weighting (better), reduction
/// (sum), score_gap (ignored), hessian (diagonal), accumulation (natural).
template <class Metric, class... Pieces>
struct lambda {
  static_assert(slot_set<slots::pairs, slots::weighting, slots::reduction, slots::score_gap, slots::hessian,
                         slots::accumulation>::template accepts<Pieces...>());

  using pairs_type = pick<slots::pairs, typename detail::pairs_of<Metric>::type, Pieces...>;

  Metric metric{};
  double steepness = 1;
  double hessian_floor = -math::ops<double>::infinity; ///< no second derivative is smaller
  pairs_type pairs{};

  using weight_type = decltype(pair_weight::of_metric<Metric>::make(std::declval<Metric const&>()));
  using parts = rankwise::detail::pair_loss<
      pair::logistic, weight_type, pairs_type, pick<slots::weighting, weighting::better, Pieces...>,
      pick<slots::reduction, reduction::sum, Pieces...>, pick<slots::score_gap, score_gap::ignored, Pieces...>,
      pick<slots::hessian, hessian::diagonal, Pieces...>>;
  using scratch = typename parts::scratch;
  static constexpr bool in_groups = true;
  static constexpr std::size_t block_threads = 256;
  using prepared_items = typename parts::prepared_items;
  using accumulation = pick<slots::accumulation, accumulate::natural, Pieces...>;
  static constexpr bool reads_segments = true;

  constexpr char const* fault() const {
    return hessian_floor == hessian_floor ? rankwise::detail::first_fault(metric, pair::logistic{steepness}, pairs)
                                          : "the hessian_floor of lambda (a number)";
  }

  template <class List>
  RANKWISE_FN auto prepare_list(List const& list) const {
    pair::logistic const function{steepness};
    weight_type const weight = pair_weight::of_metric<Metric>::make(metric);
    return parts{function, weight, hessian_floor, pairs}.prepare_list(list);
  }
  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    pair::logistic const function{steepness};
    weight_type const weight = pair_weight::of_metric<Metric>::make(metric);
    return parts{function, weight, hessian_floor, pairs}(list);
  }

  RANKWISE_LOSS_CALLS
};

template <class Metric>
lambda(Metric) -> lambda<Metric>;
template <class Metric>
lambda(Metric, double) -> lambda<Metric>;
template <class Metric>
lambda(Metric, double, double) -> lambda<Metric>;

} // namespace loss
} // namespace rankwise::inline RANKWISE_ABI

#endif
