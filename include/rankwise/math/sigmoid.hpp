#ifndef RANKWISE_MATH_SIGMOID_HPP
#define RANKWISE_MATH_SIGMOID_HPP

#include <rankwise/math/exp.hpp>
#include <rankwise/math/log.hpp>
#include <rankwise/math/value.hpp>

namespace rankwise::inline RANKWISE_ABI::math {

namespace detail {

// 1 / (1 + e^-x) for `fast`, as it stands: e^-x is monotone, and so are a sum and a quotient that are rounded once. All
// of it is scaled by 2^-64, so that e^-x stays finite where the result is denormal.
template <class V>
RANKWISE_FN V sigmoid_as_quotient(V x) {
  using o = ops<V>;
  using c = exp_constants<float>;
  const V scale(0x1p-64f);
  const fast_exp_parts<-1, -64, V> z(o::max(V(c::lowest), o::min(V(40.0f), x))); // e^-40 no longer counts
  return scale / o::fma(z.mantissa, fast_power(z.shifted), scale);
}

// 1 / (1 + 2^-t), the same way with fewer products: for a caller who multiplies by something anyway, log2 e included.
// 2^s for 1/2 <= s <= 3/2 as exp_constants::monotone has e^s.
template <class V>
RANKWISE_FN V sigmoid_base_2(V t) {
  using o = ops<V>;
  if constexpr (has_exp<V>) {
    if (!__builtin_is_constant_evaluated()) {
      return o::template sigmoid<false>(t);
    }
  }
  using parts = fast_exp_parts<-1, -64, V>;
  const V scale(0x1p-64f);
  const V inside = o::max(V(-151.0f), o::min(V(58.0f), t));
  const V shifted = V(parts::magic - parts::step) - inside;
  const V minus_s = inside + (shifted - V(parts::magic)); // exactly
  V mantissa;
  if constexpr (has_table<V>) {
    mantissa = horner(minus_s, 1.00001132f, -0.692521018f, 0.250854887f);
  } else {
    mantissa =
        horner(minus_s, 0.999826789f, -0.694340706f, 0.236929461f, -0.0601717457f, 0.00607838156f, -0.00265291682f);
  }
  return scale / o::fma(mantissa, fast_power(shifted), scale);
}

} // namespace detail

/// 1 / (1 + e^-x). With z = e^-|x|, sigmoid(-|x|) = z / (1 + z) is computed as z - z (z / (1 + z)), which rounds less,
/// and sigmoid(|x|) = 1 - sigmoid(-|x|). Error at most 2 ulp (float and double; for a CUDA device see docs/math.md),
/// also in the tail; 0 and 1 exactly where the true value rounds to them.
template <class P = precise, class V, class Isa = function_isa>
RANKWISE_MATH_FN V sigmoid(V x) {
  using o = ops<V>;
  using T = scalar_t<V>;
  const V one(T(1));
  if constexpr (detail::has_exp<V>) {
    if (!__builtin_is_constant_evaluated()) {
      return o::template sigmoid<true>(x);
    }
  }
  if constexpr (detail::is_fast<P, T>) {
    return detail::sigmoid_as_quotient(x);
  } else {
    const V z = detail::exp_not_above<P>(o::negative_abs(x));
    const V lower = o::fnma(z, z / (one + z), z);
    return o::select(x < V(T(0)), lower, one - lower);
  }
}

/// log(1 + e^x), as max(x, 0) + log1p(e^-|x|). Error at most 1.75 ulp (float and double) for all x.
template <class P = precise, class V, class Isa = function_isa>
RANKWISE_MATH_FN V softplus(V x) {
  using o = ops<V>;
  const V z = detail::exp_not_above<P>(o::negative_abs(x));
  return o::max(V(scalar_t<V>(0)), x) + detail::log1p_unit<P>(z);
}

/// log(sigmoid(x)) = -softplus(-x), with the same bits and the same bound.
template <class P = precise, class V, class Isa = function_isa>
RANKWISE_MATH_FN V log_sigmoid(V x) {
  return -softplus<P>(-x);
}

} // namespace rankwise::inline RANKWISE_ABI::math

#endif
