#ifndef RANKWISE_MATH_SIGMOID_HPP
#define RANKWISE_MATH_SIGMOID_HPP

#include <rankwise/math/exp.hpp>
#include <rankwise/math/log.hpp>
#include <rankwise/math/value.hpp>

namespace rankwise::inline RANKWISE_ABI::math {

namespace detail {

// 2^(j / 32)
inline constexpr float thirty_seconds[32] = {
    1.0f,        1.0218972f,  1.04427373f, 1.06714046f, 1.09050775f, 1.1143868f,  1.13878858f, 1.1637249f,
    1.18920708f, 1.21524739f, 1.24185777f, 1.26905096f, 1.29683959f, 1.32523668f, 1.35425556f, 1.38390994f,
    1.41421354f, 1.44518077f, 1.47682619f, 1.50916445f, 1.54221082f, 1.5759809f,  1.61049032f, 1.64575553f,
    1.68179286f, 1.71861935f, 1.75625217f, 1.79470909f, 1.8340081f,  1.87416768f, 1.91520655f, 1.95714414f};

// e^x for x <= 0 (or NaN), 5e-7 relative, where a register looks up 32 numbers: with n = x / ln 2 in steps of 1/32 it
// is 2^n e^r, |r| <= ln 2 / 64. The two coefficients make e^r exact at both ends of r, so that the steps do not show.
template <class V>
RANKWISE_FN V exp_by_lookup(V x) {
  using o = ops<V>;
  constexpr float magic = 393216.0f; // 1.5 * 2^18: the last bit of the sum counts 1/32
  const V y = o::max(V(exp_constants<float>::lowest), x);
  const V shifted = o::fma(y, V(exp_constants<float>::log2_e), V(magic));
  const V n = shifted - V(magic);
  const V r = o::fma(n, V(-0.693147182f), y);
  const V p = o::fma(o::fma(V(0.5000049f), r, V(1.0000196f)), r, V(1.0f));
  return o::scale(p * o::lookup32(thirty_seconds, shifted), n);
}

} // namespace detail

/// 1 / (1 + e^-x). With z = e^-|x|, sigmoid(-|x|) = z / (1 + z) is computed as z - z (z / (1 + z)), which rounds less,
/// and sigmoid(|x|) = 1 - sigmoid(-|x|). Error at most 2 ulp (float and double) for all x, also in the tail; 0 and 1
/// exactly where the true value rounds to them.
template <class P = precise, class V, class Isa = function_isa>
RANKWISE_MATH_FN V sigmoid(V x) {
  using o = ops<V>;
  using T = scalar_t<V>;
  const V one(T(1));
  if constexpr (detail::is_fast<P, T> && o::native_reciprocal) {
    const V z = detail::exp_by_lookup(o::negative_abs(x));
    const V upper = detail::reciprocal<P>(one + z);
    return o::select(x < V(T(0)), z * upper, upper);
  }
  const V z = detail::exp_not_above<P>(o::negative_abs(x));
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
