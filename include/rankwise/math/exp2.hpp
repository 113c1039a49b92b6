#ifndef RANKWISE_MATH_EXP2_HPP
#define RANKWISE_MATH_EXP2_HPP

#include <rankwise/math/exp.hpp>

namespace rankwise::inline RANKWISE_ABI::math {

/// 2^x, exact for whole x: gains 2^y - 1 depend on it. Error at most 1.5 ulp (float and double) for all x; denormal and
/// infinite results as exp has them, NaN stays NaN.
template <class V, class Isa = function_isa>
RANKWISE_MATH_FN V exp2(V x) {
  using o = ops<V>;
  using T = scalar_t<V>;
  using c = detail::exp_constants<T>;
  constexpr T lowest = sizeof(T) == 4 ? T(-151) : T(-1076); // 2^lowest is 0
  constexpr T highest = sizeof(T) == 4 ? T(128) : T(1024);  // 2^highest is infinite
  constexpr T magic = c::magic + 2 * c::bias;
  if constexpr (!o::is_batch) {
    // An overflow is an error in constant expressions.
    if (__builtin_is_constant_evaluated() && x >= highest) {
      return o::infinity;
    }
  }
  V const y = o::max(V(lowest), o::min(V(highest), x));
  V const shifted = y + V(magic);
  V const n = shifted - V(magic);
  V const r = (y - n) * V(static_cast<T>(0.693147180559945309417));
  return detail::exp_scale(detail::exp_mantissa(r, V(T(0))), detail::exp_parts<V>{shifted, n, r});
}

} // namespace rankwise::inline RANKWISE_ABI::math

#endif
