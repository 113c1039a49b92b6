#ifndef RANKWISE_REWARD_ADVANTAGE_HPP
#define RANKWISE_REWARD_ADVANTAGE_HPP

#include <rankwise/core/policy.hpp>
#include <rankwise/exec/list_map.hpp>
#include <rankwise/math/exp.hpp>
#include <rankwise/math/sigmoid.hpp>

#include <type_traits>

/// Advantages of rollouts within their group. Run them with `map_lists(policy, rewards, groups, advantages)`.
namespace rankwise::inline RANKWISE_ABI::reward {

namespace detail {

/// Smaller sums of squares have lost digits to underflow.
template <class T>
inline constexpr T least_squares = static_cast<T>(sizeof(T) == 4 ? 0x1p-100 : 0x1p-960);

/// Whether a sum of squares has kept the digits of the numbers: neither 0, nor of squares that underflow, nor infinite.
template <class T>
RANKWISE_FN bool squares_fit(T squares) {
  return squares >= least_squares<T> && squares <= math::ops<T>::largest;
}

/// Stands for a factor of 1, which costs nothing.
struct unscaled {
  template <class V>
  RANKWISE_FN friend V operator*(V x, unscaled) {
    return x;
  }
};

template <class T>
struct power {
  T unit;
  template <class V>
  RANKWISE_FN friend V operator*(V x, power p) {
    return x * V(p.unit);
  }
};

/// Rewards whose squares do not fit are scored as multiples of a power of two. Equal ones get 0, exactly: rounding
/// errors are not to be scored. `span`: the greatest difference. Where that is infinite, so is what is returned.
template <class Policy, class List, class V, class T>
RANKWISE_FN T score_in_unit(Policy const& policy, List const& list, V top, T n, T span) {
  if (span > T(0) && span - span == T(0)) {
    T deviation(0);
    policy.score(list, top, n, detail::power<T>{math::scale_of_span(T(0), span)}, deviation);
    return deviation;
  }
  list.each_written([&](auto i) { list.gradient(i, V(0)); });
  return span;
}

} // namespace detail

/// Standard scores of a group's rewards (GRPO, arXiv 2402.03300; as in arXiv 2510.14321 and 2510.11122):
///   A_i = (r_i - mean) / (std + epsilon),  std^2 = sum_i (r_i - mean)^2 / (n - correction)
/// correction 0: population, 1: sample. A group whose rewards are all equal, or too few for the correction, gets 0.
struct group_normalised {
  double correction = 0;
  double epsilon = 0;

  constexpr char const* fault() const {
    return !rankwise::detail::weight_parameter(correction) ? "correction of group_normalised (at least 0)"
           : !rankwise::detail::weight_parameter(epsilon)  ? "epsilon of group_normalised (at least 0)"
                                                           : nullptr;
  }

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    using V = typename List::vector;
    using T = typename List::scalar;
    // Differences from one of the rewards: equal rewards are then 0 without a rounding error.
    V const top(list.max([&](auto i) { return list.score(i); }));
    T const n = list.sum([](auto) { return V(1); });
    T deviation(0);
    if (!score(list, top, n, detail::unscaled{}, deviation)) {
      deviation = detail::score_in_unit(*this, list, top, n, list.max([&](auto i) { return top - list.score(i); }));
    }
    return deviation;
  }

  /// Writes the scores of rewards times `unit`; false: their squares do not fit.
  template <class List, class V, class T, class Unit>
  RANKWISE_FN bool score(List const& list, V top, T n, Unit unit, T& deviation) const {
    V const mean(list.sum([&](auto i) { return (list.score(i) - top) * unit; }) / n);
    T const squares = list.sum([&](auto i) {
      V const d = (list.score(i) - top) * unit - mean;
      return d * d;
    });
    if (std::is_same_v<Unit, detail::unscaled> && !detail::squares_fit(squares)) {
      return false;
    }
    T const degrees = n - static_cast<T>(correction);
    bool const varied = squares > T(0) && degrees > T(0);
    deviation = varied ? math::sqrt(squares / degrees) : squares;
    V const scale(varied ? T(1) / (deviation + static_cast<T>(epsilon) * unit) : T(0));
    list.each_written([&](auto i) { list.gradient(i, ((list.score(i) - top) * unit - mean) * scale); });
    return true;
  }
};

/// A_i = r_i - mean: without the division, which favours groups of nearly equal rewards (arXiv 2503.20783).
struct group_centred {
  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    using V = typename List::vector;
    using T = typename List::scalar;
    V const top(list.max([&](auto i) { return list.score(i); }));
    T const n = list.sum([](auto) { return V(1); });
    T const mean = list.sum([&](auto i) { return list.score(i) - top; }) / n;
    list.each_written([&](auto i) { list.gradient(i, (list.score(i) - top) - V(mean)); });
    return mean;
  }
};

/// Standard scores by the union of two groups of rollouts (arXiv 2510.11122): the first column of
/// `map_lists(union_normalised{}, without, with, groups, out)` is scored,
///   A~_i = (R0_i - mu) / s,  mu and s (population) over R0 and R1 together
/// A mask takes a rollout out of both groups.
struct union_normalised {
  double epsilon = 0;

  constexpr char const* fault() const {
    return rankwise::detail::weight_parameter(epsilon) ? nullptr : "epsilon of union_normalised (at least 0)";
  }

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    using V = typename List::vector;
    using T = typename List::scalar;
    V const top(list.max([&](auto i) { return list.score(i); }));
    T const n = T(2) * list.sum([](auto) { return V(1); });
    T deviation(0);
    if (!score(list, top, n, detail::unscaled{}, deviation)) {
      deviation = detail::score_in_unit(*this, list, top, n, list.max([&](auto i) {
        return math::max(top - list.score(i), math::abs(list.label(i) - top));
      }));
    }
    return deviation;
  }

  /// As that of `group_normalised`.
  template <class List, class V, class T, class Unit>
  RANKWISE_FN bool score(List const& list, V top, T n, Unit unit, T& deviation) const {
    V const mean(list.sum([&](auto i) { return (list.score(i) - top) * unit + (list.label(i) - top) * unit; }) / n);
    T const squares = list.sum([&](auto i) {
      V const a = (list.score(i) - top) * unit - mean;
      V const b = (list.label(i) - top) * unit - mean;
      return a * a + b * b;
    });
    if (std::is_same_v<Unit, detail::unscaled> && !detail::squares_fit(squares)) {
      return false;
    }
    deviation = math::sqrt(squares / n);
    V const scale(squares > T(0) ? T(1) / (deviation + static_cast<T>(epsilon) * unit) : T(0));
    list.each_written([&](auto i) { list.gradient(i, ((list.score(i) - top) * unit - mean) * scale); });
    return true;
  }
};

/// How far context helps decides how strongly answers without it are pushed (arXiv 2510.11122): with the gap
/// acc_with - acc_without,
///   beta = 4 sigma(4 gap),  alpha = 0.1 / beta,  T(A) = alpha A where A > 0, beta A elsewhere
/// `apply(posterior_scaling{}, advantages, gaps, out)`: a gap per item, since the paper reads both per query and per
/// batch. Gaps of accuracies are from -1 to 1. Further down alpha grows with exp(-4 gap), and is infinite from where
/// its type ends, at -22 in float: losses report such an item.
struct posterior_scaling {
  double top = 4;
  double steepness = 4;
  double product = 0.1; ///< alpha beta

  constexpr char const* fault() const {
    return !(top > 0 && rankwise::detail::finite_parameter(top)) ? "top of posterior_scaling (positive)"
           : !rankwise::detail::finite_parameter(steepness)      ? "steepness of posterior_scaling (a number)"
           : !rankwise::detail::weight_parameter(product)        ? "product of posterior_scaling (at least 0)"
                                                                 : nullptr;
  }

  RANKWISE_HOST_FN double beta(double gap) const { return top * math::sigmoid(steepness * gap); }
  RANKWISE_HOST_FN double alpha(double gap) const { return run<double>{top, steepness, product}.alpha(gap); }

  template <class T>
  struct run {
    T top, steepness, product;
    // 1 / sigma(x) = 1 + exp(-x), which has its digits also where sigma has none left.
    template <class V>
    RANKWISE_FN V alpha(V gap) const {
      V const least(product / top);
      V const root = math::exp(V(-steepness / T(2)) * gap); // its square may overflow where the product does not
      return product == T(0) ? least : least + least * root * root;
    }
    template <class V>
    RANKWISE_FN V operator()(V advantage, V gap) const {
      V const beta = V(top) * math::sigmoid(V(steepness) * gap);
      return math::select(advantage > V(0), alpha(gap), beta) * advantage;
    }
  };
  template <class T>
  RANKWISE_FN run<T> bind() const {
    return {static_cast<T>(top), static_cast<T>(steepness), static_cast<T>(product)};
  }
};

} // namespace rankwise::inline RANKWISE_ABI::reward

#endif
