#ifndef RANKWISE_MATH_POW_HPP
#define RANKWISE_MATH_POW_HPP

#include <rankwise/math/double_word.hpp>
#include <rankwise/math/exp.hpp>
#include <rankwise/math/log.hpp>
#include <rankwise/math/polynomial.hpp>
#include <rankwise/math/value.hpp>

namespace rankwise::inline RANKWISE_ABI::math {

namespace detail {

template <class T>
struct pow_constants;

template <>
struct pow_constants<float> {
  static constexpr float two_thirds_low = -1.98682149e-8f; // 2/3 - float(2/3)
};

template <>
struct pow_constants<double> {
  static constexpr double two_thirds_low = 3.7007434154171886e-17;
};

// log(x) for finite x > 0 with about one and a half times the precision of V: with s = f / (2 + f),
// log(1 + f) = 2 s + s^3 (2/3 + s^2 p(s^2)), where only p is evaluated in single words. The coefficients of p come from
// a Remez exchange for the error relative to the logarithm, |f| as in log_split.
template <class V>
RANKWISE_FN double_word<V> log_double_word(V x) {
  using o = ops<V>;
  using T = scalar_t<V>;
  using ln2 = exp_constants<T>;
  const log_parts<V> parts = log_split(x);
  const V f = parts.m - V(T(1));
  const V half(T(0.5));
  const V d = V(T(2)) + f;
  const V d_low = f - (d - V(T(2)));
  const V s = f / d;
  const double_word<V> back = two_product(s, d);
  const V s_low = o::fnma(s, d_low, (f - back.high) - back.low) * o::fnma(s, half, half); // 1 / d is (1 - s) / 2
  const double_word<V> sw{s, s_low};
  const double_word<V> z = multiply(sw, sw);
  V p;
  if constexpr (sizeof(T) == 4)
    p = horner(z.high, 0.4000039101f, 0.2852561772f, 0.2387301922f);
  else
    p = horner(z.high, 0.399999999999997191, 0.285714285715798599, 0.222222221908036865, 0.181818215655381865,
               0.153844046822010638, 0.133412000061636254, 0.115915289878220695, 0.125765239967490672);
  double_word<V> c = fast_two_sum(V(T(2) / T(3)), o::product(p, z.high));
  c.low = c.low + V(pow_constants<T>::two_thirds_low);
  const double_word<V> cube = multiply(multiply(c, z), sw);
  double_word<V> sum = fast_two_sum(s + s, cube.high);
  sum.low = sum.low + (s_low + s_low) + cube.low;
  double_word<V> result = fast_two_sum(o::product(parts.e, V(ln2::ln2_high)), sum.high);
  result.low = result.low + o::fma(parts.e, V(ln2::ln2_low), sum.low);
  return fast_two_sum(result.high, result.low);
}

} // namespace detail

/// x^y for x >= 0, as e^(y log x) with the logarithm in one and a half words. Error at most 1 ulp (float and
/// double); pow(0, 0) = pow(inf, 0) = pow(1, +-inf) = 1; NaN for x < 0, whatever y, and where either is NaN.
template <class P = precise, class V, class Isa = function_isa>
RANKWISE_MATH_FN V pow(V x, std::type_identity_t<V> y) {
  using o = ops<V>;
  using T = scalar_t<V>;
  using c = detail::exp_constants<T>;
  const V inf(ops<T>::infinity), zero(T(0)), one(T(1));
  if constexpr (!o::is_batch) {
    // Infinities and NaN are errors in constant expressions.
    if (__builtin_is_constant_evaluated()) {
      if (is_nan(x) || is_nan(y) || x < 0)
        return ops<T>::quiet_nan;
      if (y == 0 || x == 1)
        return 1;
      if (x == 0)
        return y > 0 ? 0 : inf;
    }
  }
  const auto regular = (x > zero) && (x < inf);
  detail::double_word<V> log_x = detail::log_double_word(o::select(regular, x, one));
  const V special = o::select(x == zero, -inf, o::select(x == inf, inf, V(ops<T>::quiet_nan)));
  log_x.high = o::select(regular, log_x.high, special);
  detail::double_word<V> product = detail::two_product(log_x.high, y);
  product.low = o::fma(log_x.low, y, product.low);
  const auto inside = o::abs(product.high) < V(-c::lowest);
  const V low = o::select(inside, product.low, zero);
  if constexpr (!o::is_batch) {
    if (__builtin_is_constant_evaluated() && product.high > c::largest)
      return inf;
  }
  const V clamped = o::max(V(c::lowest), o::min(V(c::highest), product.high));
  const detail::exp_parts<V> parts = detail::exp_reduce(clamped);
  const V power = detail::exp_scale(detail::exp_mantissa(parts.high, detail::exp_low(parts.n) + low), parts);
  const auto is_one = ((y == zero) && (x >= zero)) || ((x == one) && (y == y));
  return o::select(is_one, one, power);
}

} // namespace rankwise::inline RANKWISE_ABI::math

#endif
