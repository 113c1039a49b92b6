#ifndef RANKWISE_MATH_TANH_HPP
#define RANKWISE_MATH_TANH_HPP

#include <rankwise/math/exp.hpp>
#include <rankwise/math/value.hpp>

namespace rankwise::inline RANKWISE_ABI::math {

/// Hyperbolic tangent, as h / (1 + h) with h = (e^(2|x|) - 1) / 2, the roundings of h and 1 + h corrected to first
/// order, and the sign of x. Error at most 2 ulp (float and double) for all x; +-1 exactly where the true value rounds
/// to it; -0 stays -0.
template <class P = precise, class V, class Isa = function_isa>
RANKWISE_MATH_FN V tanh(V x) {
  using o = ops<V>;
  using T = scalar_t<V>;
  constexpr T one_from_here = sizeof(T) == 4 ? T(10) : T(20);
  const V one(T(1));
  const V y = o::min(V(one_from_here), o::abs(x));
  const detail::expm1_halves<V> p = detail::expm1_half(y + y);
  const V h = o::fma(p.scale, p.low, p.high);
  const V h_low = o::fma(p.scale, p.low, p.high - h);
  const V d = one + h;
  const V d_low = o::min(one, h) - (d - o::max(one, h)) + h_low;
  const V q = h / d;
  const V corrected = o::fma(o::fnma(q, d_low, h_low), one - q, q); // 1 / d is 1 - q
  return o::select(y <= V(detail::exp_constants<T>::tiny), x, o::copy_sign(corrected, x));
}

} // namespace rankwise::inline RANKWISE_ABI::math

#endif
