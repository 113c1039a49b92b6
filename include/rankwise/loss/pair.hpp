#ifndef RANKWISE_LOSS_PAIR_HPP
#define RANKWISE_LOSS_PAIR_HPP

#include <rankwise/core/policy.hpp>
#include <rankwise/exec/pack.hpp>
#include <rankwise/math/exp.hpp>
#include <rankwise/math/log.hpp>
#include <rankwise/math/polynomial.hpp>

/// What a pair of items costs, as a function of the difference of their scores: d = s_better - s_worse. Losses over
/// pairs take one of these. A pair function is a struct with `pair_term<V> operator()(V d, V t)`, t the difference of
/// the labels; parameters go into a bound `run<T>` as in every policy. One with a member `steepness` is a function of
/// x = steepness d, and so are its derivatives; if it also has `of_shares(x, p, q)`, p = sigma(-x), q = sigma(x), the
/// shares come from one exponential per item, not one per pair.
namespace rankwise::inline RANKWISE_ABI {

/// The cost of a pair and its derivatives.
template <class V>
struct pair_term {
  V value;
  V slope;
  V curvature;
};

namespace detail {

/// -log(1 - m) for 0 <= m <= 1/2, within 2e-7 of itself in float.
template <class V>
RANKWISE_FN V minus_log_rest(V m) {
  if constexpr (sizeof(math::scalar_t<V>) == 4) {
    // Minimax for the relative error, by iteratively reweighted least squares.
    return m * math::horner(m, 0.9999998524f, 0.500036544f, 0.3318626008f, 0.2722507387f, 0.0380169849f, 0.7854341106f,
                            -1.0815446614f, 1.1849340674f);
  } else {
    return -math::log1p(-m);
  }
}

/// f.of_shares where the shares must be computed from x.
template <class V, class Function>
RANKWISE_FN pair_term<V> by_shares(Function const& f, V x) {
  V const e = math::exp(-math::abs(x));
  V const greater = V(1) / (V(1) + e);
  V const lesser = e * greater;
  auto const right = x >= V(0);
  return f.of_shares(x, math::select(right, lesser, greater), math::select(right, greater, lesser));
}

} // namespace detail

namespace pair {

/// log(1 + e^-x), x = steepness d: RankNet (Burges et al. 2005)
struct logistic {
  static constexpr double sigmoid_slope = 1; ///< slope and curvature are -p and p q, times this
  double steepness = 1;

  constexpr char const* fault() const {
    return rankwise::detail::finite_parameter(steepness) ? nullptr : "the steepness of pair::logistic (finite)";
  }

  template <class V>
  RANKWISE_FN pair_term<V> operator()(V x, V) const {
    return detail::by_shares(*this, x);
  }
  template <class V>
  RANKWISE_FN pair_term<V> of_shares(V x, V p, V q) const {
    // max(-x, 0) - log(1 - min(p, q)): the argument never loses digits.
    return {math::max(-x, V(0)) + detail::minus_log_rest(math::min(p, q)), -p, p * q};
  }
};

/// The same in bits, log2(1 + e^-x): LambdaLoss (Wang et al. 2018).
struct logistic_bits {
  static constexpr double sigmoid_slope = 1.44269504088896340736;
  double steepness = 1;

  constexpr char const* fault() const {
    return rankwise::detail::finite_parameter(steepness) ? nullptr : "the steepness of pair::logistic_bits (finite)";
  }

  template <class V>
  RANKWISE_FN pair_term<V> operator()(V x, V) const {
    return detail::by_shares(*this, x);
  }
  template <class V>
  RANKWISE_FN pair_term<V> of_shares(V x, V p, V q) const {
    pair_term<V> const t = logistic{}.of_shares(x, p, q);
    V const log2_e = as<V>(1.44269504088896340736);
    return {log2_e * t.value, log2_e * t.slope, log2_e * t.curvature};
  }
};

/// sigma(-x), x = steepness d: a smooth count of wrong pairs. Its second derivative may be negative.
struct soft_zero_one {
  double steepness = 1;

  constexpr char const* fault() const {
    return rankwise::detail::finite_parameter(steepness) ? nullptr : "the steepness of pair::soft_zero_one (finite)";
  }

  template <class V>
  RANKWISE_FN pair_term<V> operator()(V x, V) const {
    return detail::by_shares(*this, x);
  }
  template <class V>
  RANKWISE_FN pair_term<V> of_shares(V, V p, V q) const {
    return {p, -(p * q), (q - p) * (p * q)};
  }
};

/// max(0, margin - d): RankSVM (Joachims 2002). It has no second derivative: 0.
struct hinge {
  double margin = 1;

  constexpr char const* fault() const {
    return rankwise::detail::finite_parameter(margin) ? nullptr : "the margin of pair::hinge (finite)";
  }

  template <class T>
  struct run {
    T margin;

    template <class V>
    RANKWISE_FN pair_term<V> operator()(V d, V) const {
      V const miss = V(margin) - d;
      return {math::max(miss, V(0)), math::select(miss > V(0), V(-1), V(0)), V(0)};
    }
  };
  template <class T>
  RANKWISE_FN run<T> bind() const {
    return {static_cast<T>(margin)};
  }
};

/// max(0, margin - d)^2
struct squared_hinge {
  double margin = 1;

  constexpr char const* fault() const {
    return rankwise::detail::finite_parameter(margin) ? nullptr : "the margin of pair::squared_hinge (finite)";
  }

  template <class T>
  struct run {
    T margin;

    template <class V>
    RANKWISE_FN pair_term<V> operator()(V d, V) const {
      V const miss = math::max(V(margin) - d, V(0));
      return {miss * miss, V(-2) * miss, math::select(miss > V(0), V(2), V(0))};
    }
  };
  template <class T>
  RANKWISE_FN run<T> bind() const {
    return {static_cast<T>(margin)};
  }
};

/// (d - t)^2: differences of scores like differences of labels.
struct squared_error {
  template <class V>
  RANKWISE_FN pair_term<V> operator()(V d, V t) const {
    V const miss = d - t;
    return {miss * miss, V(2) * miss, V(2)};
  }
};

/// The quantile loss of t - d: max(level u, (level - 1) u), u = t - d. It has no second derivative: 0.
struct quantile {
  double level = 0.5;

  constexpr char const* fault() const {
    return level >= 0 && level <= 1 ? nullptr : "the level of pair::quantile (0 .. 1)";
  }

  template <class T>
  struct run {
    T level;

    template <class V>
    RANKWISE_FN pair_term<V> operator()(V d, V t) const {
      V const u = t - d;
      V const below = V(level) - V(1);
      return {math::max(V(level) * u, below * u),
              -math::select(u > V(0), V(level), math::select(u < V(0), below, V(0))), V(0)};
    }
  };
  template <class T>
  RANKWISE_FN run<T> bind() const {
    return {static_cast<T>(level)};
  }
};

} // namespace pair
} // namespace rankwise::inline RANKWISE_ABI

#endif
