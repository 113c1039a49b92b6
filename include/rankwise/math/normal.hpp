#ifndef RANKWISE_MATH_NORMAL_HPP
#define RANKWISE_MATH_NORMAL_HPP

#include <rankwise/math/double_word.hpp>
#include <rankwise/math/exp.hpp>
#include <rankwise/math/log.hpp>
#include <rankwise/math/polynomial.hpp>
#include <rankwise/math/value.hpp>

namespace rankwise::inline RANKWISE_ABI::math {

namespace detail {

// All coefficients come from Remez exchanges for the relative error and are rounded one after the other.
template <class T>
struct normal_constants;

template <>
struct normal_constants<float> {
  static constexpr float underflow = 14.4f; // Phi(-underflow) is 0
  static constexpr float centre = 1.0f;     // for |x| up to this, Phi(x) = 1/2 + x p(x^2)
  static constexpr float huge = 1e8f;       // from here up t + k is t
  static constexpr float mills_k = 4.0f;

  template <class V>
  RANKWISE_FN static V mills(V u) {
    return horner(u, 0.7552851439f, -0.607896626f, 0.387136668f, -0.1865218282f, 0.06040276214f, -0.007541320752f,
                  -0.003497778205f, 0.001633385313f, 0.0001546491403f, -0.000229359066f, -1.032862929e-5f,
                  2.690953806e-5f);
  }
  template <class V>
  RANKWISE_FN static V cdf_centre(V z) {
    return horner(z, 0.3989422917f, -0.0664909035f, 0.009977482259f, -0.001197615638f, 0.0001260859572f,
                  -1.260295994e-5f);
  }
  template <class V>
  RANKWISE_FN static V quantile_centre(V z) {
    return horner(z, 2.506628275f, 2.624931574f, 5.773626328f, 15.54493713f, 53.84147644f, -65.24990082f, 4636.553223f,
                  -47990.40625f, 371405.6563f, -1508701.625f, 2958419.75f);
  }
  template <class V>
  RANKWISE_FN static V quantile_tail(V u) {
    return horner(u, 0.896086216f, 0.3420940936f, -0.5467818975f, 0.6654820442f, -0.6725583673f, 0.7528945208f,
                  -1.401709557f, 1.36517787f);
  }
};

template <>
struct normal_constants<double> {
  static constexpr double underflow = 38.6;
  static constexpr double centre = 1.0;
  static constexpr double huge = 1e17;
  static constexpr double mills_k = 5.0;

  template <class V>
  RANKWISE_FN static V mills(V u) {
    return horner(u, 0.769193049750062974, -0.665382502890056848, 0.495305615969972413, -0.31353315667128473,
                  0.16502036617057339, -0.0691186387070013286, 0.0207950667962753868, -0.00299337675962947462,
                  -0.000797869361472402453, 0.000544898971492711729, -0.0000593759610929572466,
                  -0.0000497623358858070513, 0.000016682182431199298, 3.97937049809455756e-6, -2.77200221915988339e-6,
                  -3.3353874676139041e-7, 4.38372171479855561e-7, 3.8546355557084997e-8, -7.24860861173115343e-8,
                  -6.90940546328791314e-9, 1.26045602239129112e-8, 1.25352030196150075e-9, -2.04197671079381881e-9,
                  -1.29139868043109921e-10, 2.07516615983405603e-10);
  }
  template <class V>
  RANKWISE_FN static V cdf_centre(V z) {
    return horner(z, 0.398942280401432703, -0.0664903800669102291, 0.00997355701018830081, -0.00118732821737733648,
                  0.000115434699650294738, -9.44470023858553163e-6, 6.66067366280885928e-7, -4.13619256137111336e-8,
                  2.38610921611252738e-9, -1.644895144588966e-10, 1.47374466783991138e-11);
  }
  template <class V>
  RANKWISE_FN static V quantile_centre(V z) {
    return horner(z, 2.50662827463100069, 2.62493499095397098, 5.77253353834959704, 15.6676090797848744,
                  47.035760064340117, 149.833746658172487, 495.893743855436298, 1715.67111120627783,
                  4586.32615191408331, 69256.9247837887524, -1332696.49250859953, 32103275.3038018607,
                  -565775490.883317947, 7972877574.87991524, -88444384845.2454681, 770877534454.819092,
                  -5212418621175.0127, 26812013404517.1992, -101452652797839.297, 266708617103263.813,
                  -436105485858558.875, 335931153884165.688);
  }
  template <class V>
  RANKWISE_FN static V quantile_tail(V u) {
    return horner(u, 0.896062502809962136, 0.342167556641719661, -0.543301616714040536, 0.661766831693820556,
                  -0.752306478564702785, 0.823036252104421995, -0.834291027449754141, 0.801568474151221677,
                  -1.02299700933240767, 1.47393567624953037, -1.30956178608071716, 0.468412632278274121);
  }
};

// The Mills ratio Phi(-t) / e^(-t^2 / 2) for t >= 0: smooth in u = (t - k) / (t + k) from t = 0 up to infinity when
// multiplied by t + k.
template <class V>
RANKWISE_FN V mills_ratio(V t) {
  using c = normal_constants<scalar_t<V>>;
  const V y = ops<V>::min(V(c::huge), t);
  const V q = V(scalar_t<V>(1)) / (y + V(c::mills_k));
  return c::mills((y - V(c::mills_k)) * q) * q;
}

// Phi(-|x|), with the square in two words and without a denormal intermediate.
template <class V>
RANKWISE_FN V normal_tail(V x) {
  using o = ops<V>;
  using T = scalar_t<V>;
  const V t = o::min(V(normal_constants<T>::underflow), o::abs(x));
  const double_word<V> square = two_product(t, t * V(T(-0.5)));
  const exp_parts<V> p = exp_reduce(square.high);
  return exp_scale(exp_mantissa(p.high, exp_low(p.n) + square.low) * mills_ratio(t), p);
}

} // namespace detail

/// Cumulative distribution of the standard normal, Phi(x). Error at most 5 ulp (float and double) for all x, also in
/// the lower tail down to denormal results.
template <class P = precise, class V, class Isa = function_isa>
RANKWISE_MATH_FN V normal_cdf(V x) {
  using T = scalar_t<V>;
  using o = ops<V>;
  using c = detail::normal_constants<T>;
  const V half(T(0.5));
  const V tail = detail::normal_tail(x);
  const V outer = o::select(x < V(T(0)), tail, V(T(1)) - tail);
  return o::select(o::abs(x) <= V(c::centre), o::fma(x, c::cdf_centre(x * x), half), outer);
}

/// log(Phi(x)), as -x^2 / 2 + log of the Mills ratio below 0, so that it never underflows, and log1p(-Phi(-x)) above.
/// Error at most 5.5 ulp (float and double) for all x.
template <class P = precise, class V, class Isa = function_isa>
RANKWISE_MATH_FN V normal_log_cdf(V x) {
  using o = ops<V>;
  using T = scalar_t<V>;
  using c = detail::normal_constants<T>;
  const V zero(T(0)), one(T(1));
  const V t = o::abs(x);
  const auto centre = t <= V(c::centre);
  const auto tail = x < V(-c::centre);
  // log(high + low): of Phi in the middle and above, of the Mills ratio below
  const V high = o::select(centre, V(T(0.5)), o::select(tail, zero, one));
  const V little = o::select(tail, detail::mills_ratio(t), -detail::normal_tail(x));
  const V low = o::select(centre, o::product(x, c::cdf_centre(x * x)), little);
  const V u = high + low;
  const V rest = (high - u) + low;
  const detail::log_parts<V> parts = detail::log_split(u);
  const V power = o::select(parts.e < V(T(-1)), V(T(4)), o::select(parts.e < zero, V(T(2)), one)); // enough for Phi(-1)
  const V y = detail::log_kernel(o::fma(rest, power, parts.m - one), parts.e);
  return o::select(tail, o::fma(t * t, V(T(-0.5)), y), y);
}

/// Inverse of normal_cdf: the x with Phi(x) = p. A polynomial in (p - 1/2)^2 in the middle; in the tails an estimate
/// from sqrt(-2 log p) and one Halley step on log Phi(x) = log p. Error at most 3.5 ulp (float and double) for all 0 <
/// p < 1, denormal ones too; -inf at 0, +inf at 1, NaN outside.
template <class P = precise, class V, class Isa = function_isa>
RANKWISE_MATH_FN V normal_quantile(V p) {
  using o = ops<V>;
  using T = scalar_t<V>;
  using c = detail::normal_constants<T>;
  constexpr T root_two_pi = T(2.50662827463100050242);
  constexpr T k = T(5);
  const V zero(T(0)), one(T(1)), half(T(0.5));
  const V q = p - half;
  const V centre = q * c::quantile_centre(q * q);

  const auto lower = q < zero;
  const V inside = o::select((p > zero) && (p < one), p, half);
  const V log_p = log<P>(o::select(lower, inside, one - inside));
  const V v = o::sqrt(log_p * V(T(-2)));
  const V t = v * c::quantile_tail((v - V(k)) / (v + V(k)));
  const V ratio = detail::mills_ratio(t);
  const detail::double_word<V> square = detail::two_product(t, t * V(T(-0.5)));
  const V g = ((square.high - log_p) + square.low) + log<P>(ratio);
  const V step = g * (ratio * V(root_two_pi));
  const V bend = o::fms(step, t, g) * half;
  const V tail = o::fma(step, o::fma(bend + bend, bend, bend), step) + t;

  const V r = o::select(o::abs(q) <= V(T(0.375)), centre, o::select(lower, -tail, tail));
  const V special =
      o::select(p == zero, V(-ops<T>::infinity), o::select(p == one, V(ops<T>::infinity), V(ops<T>::quiet_nan)));
  return o::select((p > zero) && (p < one), r, special);
}

} // namespace rankwise::inline RANKWISE_ABI::math

#endif
