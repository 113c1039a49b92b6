#ifndef RANKWISE_MATH_SIGMOID_HPP
#define RANKWISE_MATH_SIGMOID_HPP

#include <rankwise/math/exp.hpp>
#include <rankwise/math/log.hpp>
#include <rankwise/math/value.hpp>

namespace rankwise::inline RANKWISE_ABI::math {

/// 1 / (1 + e^-x). With z = e^-|x|, sigmoid(-|x|) = z / (1 + z) is computed as z - z (z / (1 + z)), which rounds less,
/// and sigmoid(|x|) = 1 - sigmoid(-|x|). Error at most 2 ulp (float and double) for all x, also in the tail; 0 and 1
/// exactly where the true value rounds to them.
template <class P = precise, class V, class Isa = function_isa>
RANKWISE_MATH_FN V sigmoid(V x) {
  using o = ops<V>;
  using T = scalar_t<V>;
  const V z = detail::exp_not_above<P>(o::negative_abs(x));
  const V one(T(1));
  if constexpr (detail::is_fast<P, T>) {
    const V upper = detail::reciprocal<P>(one + z);
    return o::select(x < V(T(0)), z * upper, upper);
  }
  const V lower = o::fnma(z, z / (one + z), z);
  return o::select(x < V(T(0)), lower, one - lower);
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
