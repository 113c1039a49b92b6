#ifndef RANKWISE_MATH_LOG_HPP
#define RANKWISE_MATH_LOG_HPP

#include <rankwise/math/exp.hpp>
#include <rankwise/math/polynomial.hpp>
#include <rankwise/math/value.hpp>

namespace rankwise::inline RANKWISE_ABI::math {

namespace detail {

// The coefficients come from Remez exchanges for the relative error on -1/4 <= f <= 1/2, rounded one after the other
// with a refit of the rest.
template <class T>
struct log_constants;

template <>
struct log_constants<float> {
  static constexpr float smallest_normal = 1.17549435e-38f;
  static constexpr float up = 33554432.0f; // 2^25
  static constexpr float up_exponent = 25.0f;
  static constexpr float exponent_magic = 8388608.0f; // 2^23
  static constexpr float no_correction = 1e9f;        // from here up, 1 + x differs from x by less than the last bit
};

template <>
struct log_constants<double> {
  static constexpr double smallest_normal = 2.2250738585072014e-308;
  static constexpr double up = 18014398509481984.0; // 2^54
  static constexpr double up_exponent = 54.0;
  static constexpr double exponent_magic = 4503599627370496.0; // 2^52
  static constexpr double no_correction = 1e18;
};

/// For `fast` and k/16 <= m - 1 < (k + 1)/16: a float r near 1/m, and -log r. At both ends of 1 they are exact, so that
/// the logarithm of a number near 1 is that of 1 + f alone.
struct log_sixteenths {
  alignas(64) static constexpr float reciprocal[16] = {
      1.0f,         0.914285719f, 0.864864886f, 0.820512831f, 0.780487776f, 0.744186044f, 0.711111128f, 0.680851042f,
      0.653061211f, 0.627451003f, 0.603773594f, 0.581818163f, 0.561403513f, 0.542372882f, 0.524590135f, 0.5f};
  alignas(64) static constexpr float minus_log[16] = {
      0.0f,         0.0896121562f, 0.145181984f, 0.19782573f,  0.247836202f, 0.295464218f, 0.340926558f, 0.384411722f,
      0.426084429f, 0.466089696f,  0.504556f,    0.541597307f, 0.577315331f, 0.611801565f, 0.645138025f, 0.693147182f};
};

/// x = 2^e m with 3/4 <= m < 3/2.
template <class V>
struct log_parts {
  V m;
  V e;
};

// Of the normal number x; e is `bias` too large.
template <class V>
RANKWISE_FN log_parts<V> log_split_normal(V x) {
  using o = ops<V>;
  using T = scalar_t<V>;
  using Is = typename ieee<T>::integer;
  using integer = typename o::integer;
  constexpr int mantissa = ieee<T>::mantissa;
  constexpr Is one = static_cast<Is>(exp_constants<T>::bias) << mantissa;
  constexpr Is half_step = Is{1} << (mantissa - 1); // the distance of the bit patterns of 3/4 and 1
  const integer b = o::bits(x);
  const integer k = o::add(b, integer(half_step));
  const integer e = o::template shift_right<mantissa>(k);
  const V m = o::from_bits(o::add(o::subtract(b, o::template shift_left<mantissa>(e)), integer(one)));
  // An integer below 2^mantissa, put into the last bits of 2^mantissa, is that number plus 2^mantissa.
  return {m, o::from_bits(o::add(e, integer(ops<T>::bits(log_constants<T>::exponent_magic))))};
}
template <class T>
inline constexpr T log_bias = log_constants<T>::exponent_magic + exp_constants<T>::bias;

template <class V>
RANKWISE_FN log_parts<V> log_split(V x) {
  using o = ops<V>;
  using T = scalar_t<V>;
  using c = log_constants<T>;
  if constexpr (o::native_split) {
    return {o::mantissa_part(x), o::exponent_part(x)};
  } else {
    const auto denormal = x < V(c::smallest_normal);
    const log_parts<V> parts = log_split_normal(o::select(denormal, x * V(c::up), x));
    return {parts.m, parts.e - o::select(denormal, V(log_bias<T> + c::up_exponent), V(log_bias<T>))};
  }
}

// log(2^e (1 + f)) for -1/4 <= f <= 1/2.
template <class P = precise, class V>
RANKWISE_FN V log_kernel(V f, V e) {
  using o = ops<V>;
  using T = scalar_t<V>;
  using ln2 = exp_constants<T>;
  if constexpr (is_fast<P, T>) {
    const V p = horner(f, 1.000000119f, -0.5000021458f, 0.3332976401f, -0.2497679144f, 0.2010803372f, -0.1737222373f,
                       0.1413186342f, -0.06646054238f);
    return o::fma(e, V(0.693147182f), f * p);
  } else if constexpr (sizeof(T) == 4) {
    // log(1 + f) = f - f^2 / 2 + f^3 p(f)
    const V p = horner(f, 0.3333345056f, -0.2500010133f, 0.1999081373f, -0.1664711386f, 0.1447866857f, -0.131630078f,
                       0.1046480313f, -0.04507434741f);
    const V square = f * f;
    V y = p * f * square;
    y = o::fma(e, V(ln2::ln2_low), y);
    y = o::fma(square, V(T(-0.5)), y);
    return o::fma(e, V(ln2::ln2_high), f + y);
  } else {
    // With s = f / (2 + f): log(1 + f) = 2 atanh(s) = f - (f^2 / 2 - s (f^2 / 2 + s^2 p(s^2)))
    const V s = f / (V(T(2)) + f);
    const V z = s * s;
    const V p = horner(z, 0.666666666666665964, 0.400000000000564127, 0.285714285559273862, 0.222222242828165828,
                       0.181816667889746097, 0.153910799972806572, 0.131741616331765177, 0.138391086328969265);
    const V half_f = f * V(T(0.5));
    V y = s * o::fma(z, p, half_f * f);
    y = o::fma(e, V(ln2::ln2_low), y);
    y = o::fnma(half_f, f, y);
    return o::fma(e, V(ln2::ln2_high), f + y);
  }
}

// log(x) for `fast` where sixteen numbers can be looked up; the instructions return infinities and NaN by themselves.
template <class V>
RANKWISE_FN V log_by_table(V x) {
  using o = ops<V>;
  const V m = o::mantissa_from_one(x);
  const auto k = o::template shift_right<ieee<float>::mantissa - 4>(o::bits(m));
  const V f = o::fms(m, o::lookup(log_sixteenths::reciprocal, k), V(1.0f)); // -1/32 <= f < 1/16
  const V p = horner(f, 0.999999974f, -0.500010078f, 0.33348429f, -0.238302475f);
  return o::fma(f, p, o::fma(o::exponent_from_one(x), V(0.693147182f), o::lookup(log_sixteenths::minus_log, k)));
}

/// As log_sixteenths, for a logarithm that is a term of an exponent: 1e-7 absolute is enough there, and every interval
/// may have its own centre. `reciprocal` is 0.693552381 r, which makes the cubic below monic.
struct log_term_sixteenths {
  alignas(64) static constexpr float reciprocal[16] = {
      0.672535658f, 0.634105027f, 0.599829078f, 0.569068611f, 0.541309178f, 0.516131997f, 0.493192792f, 0.472205877f,
      0.452932149f, 0.435170114f, 0.418748617f, 0.403521389f, 0.389362723f, 0.376163989f, 0.363830745f, 0.352280557f};
  alignas(64) static constexpr float minus_log[16] = {
      0.0307716522f, 0.089612186f, 0.145182043f, 0.197825775f, 0.247836173f, 0.295464247f, 0.340926617f, 0.384411722f,
      0.426084459f,  0.466089755f, 0.504556f,    0.541597307f, 0.57731545f,  0.611801624f, 0.645138025f, 0.67739886f};
};

// log(1 + z) for 0 <= z <= 1 (or NaN, then anything); 1 + z is never rounded.
template <class P, class V>
RANKWISE_FN V log1p_unit(V z) {
  using o = ops<V>;
  using T = scalar_t<V>;
  const auto upper = z >= V(T(0.5));
  const V f = o::select(upper, (z - V(T(1))) * V(T(0.5)), z);
  return log_kernel<P>(f, o::select(upper, V(T(1)), V(T(0))));
}

} // namespace detail

/// Natural logarithm. Error at most 1 ulp (float and double) for all x > 0, denormal ones too; -inf at 0, NaN below.
template <class P = precise, class V, class Isa = function_isa>
RANKWISE_MATH_FN V log(V x) {
  using o = ops<V>;
  using T = scalar_t<V>;
  if constexpr (detail::is_fast<P, T> && detail::has_table<V>) {
    return detail::log_by_table(x);
  }
  const detail::log_parts<V> parts = detail::log_split(x);
  const V y = detail::log_kernel<P>(parts.m - V(T(1)), parts.e);
  if constexpr (o::native_split) {
    return y; // the instructions return the infinities and NaN by themselves
  } else {
    const V special = o::select(x == V(T(0)), V(-ops<T>::infinity), V(ops<T>::quiet_nan));
    return o::select(x > V(T(0)), o::select(x < V(ops<T>::infinity), y, x), special);
  }
}

namespace detail {

/// log(x) as a term of an exponent: with `fast` it may be off by 1e-7 absolute, or 1e-7 of itself.
template <class P, class V>
RANKWISE_FN V log_term(V x) {
  if constexpr (is_fast<P, scalar_t<V>> && has_table<V>) {
    using o = ops<V>;
    const V m = o::mantissa_from_one(x);
    const auto k = o::template shift_right<ieee<float>::mantissa - 4>(o::bits(m));
    const V f = o::fms(m, o::lookup(log_term_sixteenths::reciprocal, k), V(0.693552381f));
    const V u = f - V(0.51997318f);
    const V base = o::fma(o::exponent_from_one(x), V(0.693147182f), o::lookup(log_term_sixteenths::minus_log, k));
    return o::fma(f, o::fma(u, u, V(1.17147993f)), base);
  } else if constexpr (is_fast<P, scalar_t<V>> && asks_all_lanes<V>) {
    // Probabilities are normal numbers nearly always: one branch instead of the selections for all that are not.
    if (math::all((x >= V(log_constants<float>::smallest_normal)) & (x < V(ops<float>::infinity)))) {
      const log_parts<V> parts = log_split_normal(x);
      return log_kernel<P>(parts.m - V(1.0f), parts.e - V(log_bias<float>));
    }
    return log<P>(x);
  } else {
    return log<P>(x);
  }
}

} // namespace detail

/// log(1 + x), without cancellation. Error at most 1.5 ulp (float) and 1 ulp (double) for all x > -1; -inf at -1, NaN
/// below; -0 stays -0.
template <class P = precise, class V, class Isa = function_isa>
RANKWISE_MATH_FN V log1p(V x) {
  using o = ops<V>;
  using T = scalar_t<V>;
  using c = detail::log_constants<T>;
  // u = 1 + x is rounded; `rest` is what the rounding lost (Knuth's two-sum).
  const V one(T(1));
  const V y = o::min(V(ops<T>::largest), x);
  const V u = one + y;
  const V part = u - one;
  const V rest = o::select(y < V(c::no_correction), (one - (u - part)) + (y - part), V(T(0)));
  const detail::log_parts<V> parts = detail::log_split(u);
  // 2^-e from the exponent bits; above 2^64 there is nothing to correct.
  constexpr T magic = detail::exp_constants<T>::magic + detail::exp_constants<T>::bias;
  const V e = o::min(parts.e, V(T(64)));
  const V power = o::from_bits(o::template shift_left<detail::ieee<T>::mantissa>(o::bits(V(magic) - e)));
  const V f = o::fma(rest, power, parts.m - one);
  const V r = o::copy_sign(detail::log_kernel<P>(f, parts.e), x);
  const V special = o::select(x == -one, V(-ops<T>::infinity), V(ops<T>::quiet_nan));
  return o::select(x > -one, o::select(x < V(ops<T>::infinity), r, x), special);
}

} // namespace rankwise::inline RANKWISE_ABI::math

#endif
