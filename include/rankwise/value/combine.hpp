#ifndef RANKWISE_VALUE_COMBINE_HPP
#define RANKWISE_VALUE_COMBINE_HPP

#include <rankwise/math/exp.hpp>
#include <rankwise/math/log.hpp>
#include <rankwise/value/arithmetic.hpp>
#include <rankwise/value/node.hpp>

#include <cstddef>
#include <type_traits>

/// Combinators of several quantities, each with its weight: `log_linear(w1, x1, w2, x2, ...)`. Weights are numbers or
/// named weights; what they weigh may be of any unit, the result is a score.
namespace rankwise::inline RANKWISE_ABI {

namespace value::detail {

/// sum_k w_k x_k
struct weighted_sum {
  template <class P, class V, std::size_t N>
  RANKWISE_FN static V apply(V const (&x)[N]) {
    V y = x[0] * x[1];
    for (std::size_t k = 2; k < N; k += 2) {
      y = y + x[k] * x[k + 1];
    }
    return y;
  }
  template <class P, class V, std::size_t N>
  RANKWISE_FN static void partials(V const (&x)[N], V, V (&d)[N]) {
    for (std::size_t k = 0; k < N; k += 2) {
      d[k] = x[k + 1];
      d[k + 1] = x[k];
    }
  }
};

/// prod_k x_k^w_k = exp(sum_k w_k log x_k); a factor of weight 0 counts 1, whatever it is. NaN for a negative x.
struct log_linear {
  template <class P, class V, std::size_t N>
  RANKWISE_FN static V apply(V const (&x)[N]) {
    V sum(0);
    for (std::size_t k = 0; k < N; k += 2) {
      sum = math::select(x[k] == V(0), sum, math::fma(x[k], math::detail::log_term<P>(x[k + 1]), sum));
    }
    return math::exp<P>(sum);
  }
  // Where the product is 0 its derivatives are taken as 0. A factor of weight 0 has none itself, whatever it is; that
  // by its weight is taken as 0 where it is not a number.
  template <class P, class V, std::size_t N>
  RANKWISE_FN static void partials(V const (&x)[N], V y, V (&d)[N]) {
    for (std::size_t k = 0; k < N; k += 2) {
      auto const idle = x[k] == V(0);
      V const slope = math::log<P>(x[k + 1]);
      V const by_weight = math::select(idle, math::select(math::is_finite(slope), slope, V(0)), slope);
      d[k] = math::select(y == V(0), V(0), y * by_weight);
      d[k + 1] = math::select(idle | (y == V(0)), V(0), y * x[k] / x[k + 1]);
    }
  }
};

/// ((sum_k w_k x_k^p) / sum_k w_k)^(1/p) for x >= 0 and p != 0. The operand that counts most is taken out before powers
/// are, so that none is too large or too small:
///   m (sum_k w_k (x_k / m)^p / sum_k w_k)^(1/p),   m = max x_k, or min x_k if p < 0, of those with a weight
/// Near p = 0 the root would multiply what the sum has lost to rounding. There it is a sum of expm1(p log(x_k / m)),
/// and the root m exp(log1p(sum) / p).
struct power_mean {
  double p;

  constexpr char const* fault() const {
    return p - p == 0 && p != 0 ? nullptr : "the exponent of power_mean (finite and not 0)";
  }

  template <class T>
  struct run {
    T p;

    template <class P, class V, std::size_t N>
    RANKWISE_FN V apply(V const (&x)[N]) const {
      V const m = most(x);
      V total(0);
      V sum(0);
      if (p == T(1)) { // by a power of two the mean keeps its bits
        constexpr bool narrow = sizeof(T) == 4;
        V const unit = math::select(m > V(static_cast<T>(narrow ? 0x1p100 : 0x1p1000)), V(T(0x1p30)), V(1));
        for (std::size_t k = 0; k < N; k += 2) {
          sum = sum + counted(x[k], x[k + 1] / unit);
          total = total + x[k];
        }
        return sum / total * unit;
      }
      if (near_0()) {
        V plain(0);
        for (std::size_t k = 0; k < N; k += 2) {
          V const exponent = V(p) * math::log(x[k + 1] / m);
          sum = sum + counted(x[k], math::expm1(exponent));
          plain = plain + counted(x[k], math::exp(exponent));
          total = total + x[k];
        }
        // Below half the difference from 1 is what has lost its digits.
        V const rise = sum / total;
        V const logarithm = math::select(rise < V(T(-0.5)), math::log(plain / total), math::log1p(rise));
        return m * math::exp(logarithm / V(p));
      }
      for (std::size_t k = 0; k < N; k += 2) {
        sum = sum + counted(x[k], pow_of(x[k + 1] / m, V(p)));
        total = total + x[k];
      }
      return m * pow_of(sum / total, V(T(1) / p));
    }
    // With u = (x_k / y)^(p-1): dy/dx_k = w_k u / W,  dy/dw_k = (x_k u - y) / (p W).
    // A mean of 0 follows an x_k = 0 that rises alone by (w_k/W)^(1/p) of it, if p < 0 only where no other x holds it
    // at 0. What is infinite is taken as 0.
    template <class P, class V, std::size_t N>
    RANKWISE_FN void partials(V const (&x)[N], V y, V (&d)[N]) const {
      V total(0);
      V zeros(0);
      for (std::size_t k = 0; k < N; k += 2) {
        total = total + x[k];
        zeros = zeros + math::select(x[k + 1] == V(0), V(1), V(0));
      }
      auto const none = y == V(0);
      auto const follows = (p > T(0) ? V(1) : zeros) == V(1);
      V const exponent = math::select(none, V((T(1) - p) / p), V(p - T(1)));
      for (std::size_t k = 0; k < N; k += 2) {
        V const share = x[k] / total;
        auto const is_zero = x[k + 1] == V(0);
        V u = pow_of(math::select(none, math::max(share, V(0)), x[k + 1] / y), exponent);
        if (p != T(1)) { // the arithmetic mean has the same derivatives everywhere
          V const rises = math::select(is_zero & follows & (share > V(0)), u, V(0));
          u = math::select(none, rises, p < T(1) ? math::select(is_zero, V(0), u) : u);
        }
        // By y: x_k u may be too large. Near p = 0 it is the difference that has lost its digits.
        V const ratio = x[k + 1] / y;
        V const excess = near_0() ? math::expm1(V(p) * math::log(ratio)) : ratio * u - V(1);
        d[k] = math::select(none, x[k + 1] * u / (V(p) * total), y * (excess / (V(p) * total)));
        if (p < T(0)) { // the first weight of an x of 0 takes the mean to 0 at once
          d[k] = math::select(is_zero, V(0), d[k]);
        }
        d[k + 1] = share * u;
      }
    }

  private:
    RANKWISE_FN bool near_0() const { return p < T(0.25) && p > T(-0.25); }

    /// Without a weight an infinite power does not count: that of an x of 0 if p < 0.
    template <class V>
    RANKWISE_FN static V counted(V weight, V power) {
      auto const idle = (weight == V(0)) & (power == V(math::ops<T>::infinity));
      return math::select(idle, V(0), weight * power);
    }
    /// The operand that counts most; 1 where that is 0 or no number.
    template <class V, std::size_t N>
    RANKWISE_FN V most(V const (&x)[N]) const {
      V m(p < T(0) ? math::ops<T>::infinity : T(0));
      for (std::size_t k = 0; k < N; k += 2) {
        V const further = p < T(0) ? math::min(m, x[k + 1]) : math::max(m, x[k + 1]);
        m = math::select(x[k] == V(0), m, further);
      }
      return math::select((m > V(0)) & math::is_finite(m), m, V(1));
    }
  };
  template <class T>
  constexpr run<T> bind() const {
    return {static_cast<T>(p)};
  }
};

template <class... Operands>
consteval bool explain_weighted() {
  static_assert(sizeof...(Operands) % 2 == 0 && sizeof...(Operands) > 0,
                "[rankwise] weights and quantities in turn: (w1, x1, w2, x2, ...)");
  return true;
}

template <class Weight, class Quantity, class... Rest>
consteval bool weights_are_numbers() {
  static_assert(
      std::is_same_v<operand_unit<Weight>, unit::number>,
      "[rankwise] weights and quantities in turn: a weight must be a number or rw::weight<\"name\">(initial)");
  if constexpr (sizeof...(Rest) >= 2) {
    return weights_are_numbers<Rest...>();
  }
  return true;
}

} // namespace value::detail

// In the namespace of the nodes, so that they are found by their arguments.
namespace value {

/// sum_k w_k x_k
template <class... Operands>
constexpr auto weighted_sum(Operands const&... operands) {
  static_assert(detail::explain_weighted<Operands...>() && detail::weights_are_numbers<Operands...>());
  return operate<unit::score>(detail::weighted_sum{}, operands...);
}

/// prod_k x_k^w_k, the log-linear model; x >= 0.
template <class... Operands>
constexpr auto log_linear(Operands const&... operands) {
  static_assert(detail::explain_weighted<Operands...>() && detail::weights_are_numbers<Operands...>());
  return operate<unit::score>(detail::log_linear{}, operands...);
}

/// The weighted power mean with exponent p: 1 is the arithmetic mean, -1 the harmonic one; p near 0 approaches
/// log_linear, p = 0 itself is not allowed.
template <class... Operands>
constexpr auto power_mean(double p, Operands const&... operands) {
  static_assert(detail::explain_weighted<Operands...>() && detail::weights_are_numbers<Operands...>());
  return operate<unit::score>(detail::power_mean{p}, operands...);
}

} // namespace value

using value::log_linear;
using value::power_mean;
using value::weighted_sum;

} // namespace rankwise::inline RANKWISE_ABI

#endif
