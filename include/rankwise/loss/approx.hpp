#ifndef RANKWISE_LOSS_APPROX_HPP
#define RANKWISE_LOSS_APPROX_HPP

#include <rankwise/core/policy.hpp>
#include <rankwise/loss/loss.hpp>
#include <rankwise/loss/pair_ranks.hpp>
#include <rankwise/math/exp.hpp>
#include <rankwise/math/sigmoid.hpp>

/// A metric as a loss: the ranks are made smooth, pair by pair.
namespace rankwise::inline RANKWISE_ABI::loss {

namespace detail {

/// sigma(x_j - x_i) from odds e^x: no exp for a pair. Every other pair goes through the divider, so that neither it nor
/// the multipliers stand idle.
struct sigmoid_of_odds {
  static constexpr double own_level = 0.5;
  static constexpr double own_slope = 0.25;

  template <bool Divide, class V>
  RANKWISE_FN static void add(V own, V other, V& level, V& slope) {
    V const inverse = one_over<Divide>(own + other);
    V const p = other * inverse;
    level += p;
    slope = math::fma(p, inverse, slope); // times e^own
  }
  /// The slope without the factors of both items.
  template <bool Divide, class V>
  RANKWISE_FN static V slope(V own, V other) {
    using o = math::ops<V>;
    V const sum = own + other;
    if constexpr (!Divide && by_estimate<V>) {
      V const y = o::reciprocal_estimate(sum);
      return (y * y) * o::fnma(y + y, sum, V(3)); // one step of Newton's for y^2
    } else {
      V const y = V(1) / sum;
      return y * y;
    }
  }
  template <class V>
  RANKWISE_FN static V factor(V x) {
    return x;
  }

private:
  template <class V>
  static constexpr bool by_estimate = math::ops<V>::native_reciprocal && sizeof(math::scalar_t<V>) == 4;

  template <bool Divide, class V>
  RANKWISE_FN static V one_over(V x) {
    return Divide ? V(1) / x : math::inverse(x);
  }
};

/// sigma(x_j - x_i) for scores so far apart that odds would overflow.
struct sigmoid_of_difference {
  static constexpr double own_level = 0.5;
  static constexpr double own_slope = 0.25;

  template <bool, class V>
  RANKWISE_FN static void add(V own, V other, V& level, V& slope) {
    V const p = math::sigmoid(other - own);
    level += p;
    slope += p * math::sigmoid(own - other);
  }
  template <bool, class V>
  RANKWISE_FN static V slope(V own, V other) {
    return math::sigmoid(other - own) * math::sigmoid(own - other);
  }
  template <class V>
  RANKWISE_FN static V factor(V) {
    return V(1);
  }
};

} // namespace detail

/// A metric of the ranks r_i = sum over j != i of sigma((s_j - s_i) / temperature) (Qin, Liu and Li 2010): ApproxNDCG,
/// ApproxMRR, and every other metric that `by_ranks` knows. The loss is minus the metric (for arp, the metric itself).
/// Ranks count from 0. The hessian is a bound that is never negative, as with lambda losses: the sum of
/// |dL/dr| sigma (1 - sigma) / temperature^2 over the pairs of an item. map and err ask who stands before an item, too:
/// to the extent of that sigma.
template <class Metric>
struct approx {
  double temperature = 1;
  Metric metric{};

  using scratch = detail::pair_rank_scratch<by_ranks<Metric>>;
  using prepared_items = detail::rank_items;
  static constexpr bool in_groups = true;

  template <class List>
  RANKWISE_FN auto prepare_list(List const& list) const {
    return detail::prepare_ranks(list, detail::in_ranks(metric));
  }

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    using V = typename List::vector;
    using T = typename List::scalar;
    auto const by = detail::in_ranks(metric);
    auto const known = detail::rank_rows(list, by);
    if (known.scale == T(0) || known.rows == 0) {
      return detail::no_loss(list);
    }
    V const beta = as<V>(1 / temperature);
    T const top = list.max([&](auto i) { return list.score(i); });
    T const bottom = -list.max([&](auto i) { return -list.score(i); });
    // e^x of the middle of the scores is 1; both ends and their sums must be normal numbers.
    constexpr double widest = sizeof(T) == 4 ? 80 : 600; // squares of e^40 and e^300 are finite
    if (static_cast<T>(1 / temperature) * (top - bottom) <= static_cast<T>(widest)) {
      V const middle((top + bottom) * T(0.5));
      detail::fill_x(list, V(0), [&](auto i) { return math::exp(beta * (list.score(i) - middle)); });
      return detail::rank_loss<detail::sigmoid_of_odds>(list, by, known, static_cast<T>(1 / temperature), T(0));
    }
    V const nobody(-math::ops<T>::infinity);
    detail::fill_x(list, nobody, [&](auto i) { return math::max(beta * list.score(i), V(-math::ops<T>::largest)); });
    return detail::rank_loss<detail::sigmoid_of_difference>(list, by, known, static_cast<T>(1 / temperature),
                                                            -math::ops<T>::infinity);
  }

  constexpr char const* fault() const {
    return temperature > 0 && rankwise::detail::finite_parameter(temperature) ? fault_of(metric)
                                                                              : "the temperature of approx (above 0)";
  }

  RANKWISE_LOSS_CALLS
};

} // namespace rankwise::inline RANKWISE_ABI::loss

#endif
