#ifndef RANKWISE_MATH_EXP_HPP
#define RANKWISE_MATH_EXP_HPP

#include <rankwise/math/polynomial.hpp>
#include <rankwise/math/value.hpp>

#include <cstdint>

namespace rankwise::inline RANKWISE_ABI::math {

namespace detail {

// Cody and Waite: ln 2 in two parts, the first so short that its products with the exponents are exact. Adding the
// number `magic` rounds to an integer and leaves that integer, biased, in the last bits of the sum.
// The coefficients of q in e^r = 1 + r + r^2 q(r), |r| <= ln 2 / 2, come from a Remez exchange for the error relative
// to e^r - 1, rounded one after the other with a refit of the rest.
template <class T>
struct exp_constants;

template <>
struct exp_constants<float> {
  static constexpr float log2_e = 1.44269504f;
  static constexpr float ln2_high = 0.693145751953125f;
  static constexpr float ln2_low = 1.42860677e-6f;
  static constexpr float magic = 12582912.0f; // 1.5 * 2^23
  static constexpr int bias = 127;
  static constexpr float lowest = -104.0f; // e^lowest is 0
  static constexpr float highest = 89.0f;  // e^highest is infinite
  static constexpr float largest = 88.72283f;
  static constexpr float minus_one = -18.0f; // from here down e^x - 1 is -1
  static constexpr float tiny = 1e-8f;       // up to here e^x - 1 is x

  template <class V>
  RANKWISE_FN static V q(V r) {
    return horner(r, 0.4999999702f, 0.1666654646f, 0.04166743904f, 0.008366261609f, 0.00138704502f);
  }

  // For `fast`: e^s, ln 2 / 2 <= s <= 3 ln 2 / 2, 3.6e-7 relative. All coefficients and all s are positive, so every
  // step of Horner's rule grows with s, rounded or not: the results are monotone. A slight tilt (2e-7 up at the left
  // end, down at the right one) keeps them in order where n changes.
  template <int Sign, class V>
  RANKWISE_FN static V monotone(V signed_s) {
    return horner(signed_s, 0.99982661f, Sign * 1.00172269f, 0.493136078f, Sign * 0.180683747f, 0.0263323486f,
                  Sign * 0.0165801160f);
  }

  // The same for ln 2 / 32 <= s <= 3 ln 2 / 32, 4.2e-7 relative. The error of an even degree has its tilt by itself.
  template <int Sign, class V>
  RANKWISE_FN static V monotone_sixteenth(V signed_s) {
    return horner(signed_s, 1.00001132f, Sign * 0.999096638f, 0.52212158f);
  }
};

template <>
struct exp_constants<double> {
  static constexpr double log2_e = 1.4426950408889634074;
  static constexpr double ln2_high = 0.69314718055920820916;
  static constexpr double ln2_low = 7.3710025651677988999e-13;
  static constexpr double magic = 6755399441055744.0; // 1.5 * 2^52
  static constexpr int bias = 1023;
  static constexpr double lowest = -746.0;
  static constexpr double highest = 710.0;
  static constexpr double largest = 709.782712893384;
  static constexpr double minus_one = -38.0;
  static constexpr double tiny = 1e-17;

  template <class V>
  RANKWISE_FN static V q(V r) {
    return horner(r, 0.500000000000000555, 0.166666666666666213, 0.0416666666665737803, 0.00833333333336827575,
                  0.00138888889323207339, 0.000198412697661953433, 0.0000248015045088509033, 2.75573646676018123e-6,
                  2.76263060158138348e-7, 2.50675218146326625e-8);
  }
};

/// x = n ln 2 + r with r = high - n ln2_low; `shifted` is n + magic + 2 bias, of which exp_scale takes n.
template <class V>
struct exp_parts {
  V shifted;
  V n;
  V high;
};

template <class V>
RANKWISE_FN exp_parts<V> exp_reduce(V x) {
  using c = exp_constants<scalar_t<V>>;
  constexpr auto magic = c::magic + 2 * c::bias;
  const V shifted = ops<V>::fma(x, V(c::log2_e), V(magic));
  const V n = shifted - V(magic);
  return {shifted, n, ops<V>::fma(n, V(-c::ln2_high), x)};
}

// p * 2^n, rounded once also where the result is denormal.
template <class V>
RANKWISE_FN V exp_scale(V p, const exp_parts<V>& x) {
  using o = ops<V>;
  if constexpr (o::native_scale) {
    return o::scale(p, x.n);
  } else {
    // Two powers of two, because 2^n alone may leave the range of exponents.
    constexpr int mantissa = ieee<scalar_t<V>>::mantissa;
    const auto n = o::bits(x.shifted);
    const auto half = o::template shift_right<1>(n);
    const V first = o::from_bits(o::template shift_left<mantissa>(half));
    const V second = o::from_bits(o::template shift_left<mantissa>(o::subtract(n, half)));
    return p * first * second;
  }
}

// e^(high + low) for |high + low| <= ln 2 / 2. The sum is rounded only where its square is used.
template <class V>
RANKWISE_FN V exp_mantissa(V high, V low) {
  using T = scalar_t<V>;
  const V r = high + low;
  return (high + ops<V>::fma(r * r, exp_constants<T>::q(r), low)) + V(T(1));
}

template <class V>
RANKWISE_FN V exp_low(V n) {
  return ops<V>::product(n, V(-exp_constants<scalar_t<V>>::ln2_low));
}

/// 2^(k/16); the last is one bit up, which makes e^0 exactly 1.
struct sixteenths {
  alignas(64) static constexpr float power[16] = {
      1,           1.04427373f, 1.09050775f, 1.13878858f, 1.18920708f, 1.24185777f, 1.29683959f, 1.35425556f,
      1.41421354f, 1.47682619f, 1.54221082f, 1.61049032f, 1.68179286f, 1.75625217f, 1.8340081f,  1.91520667f};
};

/// What is added to a bit pattern that counts sixteenths in the lowest four bits of its exponent, to make it 2^(k/16)
/// times a power of two: the bits of 2^(k/16) less k there.
struct sixteenth_parts {
  alignas(64) float value[16];

  constexpr sixteenth_parts() : value() {
    for (int k = 0; k < 16; ++k) {
      value[k] = __builtin_bit_cast(float, __builtin_bit_cast(std::int32_t, sixteenths::power[k]) - (k << 19));
    }
  }
};
inline constexpr sixteenth_parts sixteenth_table{};

/// How `fast` takes a power apart: `Sign` x = n ln 2 + s with s > 0, and e^s, 6e-7 relative and monotone in x. n is a
/// multiple of `step`, which the last bits of `shifted` count from -`Exponent`.
template <int Sign, int Exponent, class V>
struct fast_exp_parts {
  static constexpr float step = has_table<V> ? 0.0625f : 1.0f;
  static constexpr float magic =
      exp_constants<float>::magic * step + Exponent + (has_table<V> ? 0 : exp_constants<float>::bias);
  V shifted;
  V n;
  V mantissa;

  RANKWISE_FN explicit fast_exp_parts(V x) {
    using o = ops<V>;
    using c = exp_constants<float>;
    shifted = o::fma(x, V(Sign * c::log2_e), V(magic - step));
    n = shifted - V(magic);
    // For one n, s grows with `Sign` x. Where fma rounds once, n times the float next to ln 2 is good enough (the float
    // is off by 2e-9).
    if constexpr (has_table<V>) {
      mantissa = c::template monotone_sixteenth<Sign>(o::fma(n, V(Sign * -0.693147182f), x));
    } else if constexpr (o::fused) {
      mantissa = c::template monotone<Sign>(o::fma(n, V(Sign * -0.693147182f), x));
    } else {
      mantissa = c::template monotone<Sign>(o::fma(n, V(Sign * -c::ln2_low), o::fma(n, V(Sign * -c::ln2_high), x)));
    }
  }
};

/// 2^(n + Exponent), a normal number, from the last bits of fast_exp_parts::shifted.
template <class V>
RANKWISE_FN V fast_power(V shifted) {
  using o = ops<V>;
  if constexpr (has_table<V>) {
    const auto b = o::bits(shifted);
    const auto part = o::bits(o::lookup(sixteenth_table.value, b));
    return o::from_bits(o::add(part, o::template shift_left<ieee<float>::mantissa - 4>(b)));
  } else {
    return o::from_bits(o::template shift_left<ieee<float>::mantissa>(o::bits(shifted)));
  }
}

// e^x for x <= highest (or NaN).
template <class P, class V>
RANKWISE_FN V exp_not_above(V x) {
  using o = ops<V>;
  using T = scalar_t<V>;
  using c = exp_constants<T>;
  if constexpr (has_exp<V>) {
    if (!__builtin_is_constant_evaluated()) {
      return o::exp(x);
    }
  }
  const V y = o::max(V(c::lowest), x);
  if constexpr (is_fast<P, T>) {
    const fast_exp_parts<1, c::bias, V> p(y);
    if constexpr (has_table<V>) {
      return o::scale(p.mantissa * o::lookup(sixteenths::power, o::bits(p.shifted)), p.n);
    } else {
      return exp_scale(p.mantissa, exp_parts<V>{p.shifted, p.n, V(0.0f)});
    }
  } else {
    const exp_parts<V> p = exp_reduce(y);
    return exp_scale(exp_mantissa(p.high, exp_low(p.n)), p);
  }
}

// e^x for sums that show what is not finite: no limit where instructions need none. Numbers beyond all bounds, 2^60
// say, may become infinite or NaN, whatever their sign.
template <class P, class V>
RANKWISE_FN V exp_unlimited(V x) {
  using T = scalar_t<V>;
  if constexpr (is_fast<P, T> && has_table<V>) {
    const fast_exp_parts<1, exp_constants<T>::bias, V> p(x);
    return ops<V>::scale(p.mantissa * ops<V>::lookup(sixteenths::power, ops<V>::bits(p.shifted)), p.n);
  } else if constexpr (has_exp<V>) {
    return exp_not_above<P>(x);
  } else {
    return exp_not_above<P>(ops<V>::min(V(exp_constants<T>::highest), x));
  }
}

// (e^x - 1) / 2 as a sum of two values, for x <= highest (or NaN). With s = 2^(n - 1) it is s (r + r^2 q) + (s - 1/2),
// and s is a normal number for every n.
template <class V>
struct expm1_halves {
  V high;
  V scale;
  V low; // times scale
};

template <class V>
RANKWISE_FN expm1_halves<V> expm1_half(V x) {
  using o = ops<V>;
  using T = scalar_t<V>;
  using c = exp_constants<T>;
  constexpr T magic = c::magic + (c::bias - 1);
  const V y = o::max(V(c::minus_one), x);
  const V shifted = o::fma(y, V(c::log2_e), V(magic));
  const V n = shifted - V(magic);
  const V s = o::from_bits(o::template shift_left<ieee<T>::mantissa>(o::bits(shifted)));
  const V high = o::fma(n, V(-c::ln2_high), y);
  const V r = o::fma(n, V(-c::ln2_low), high);
  const V rest = o::fma(n, V(-c::ln2_low), high - r); // what the rounding of r lost
  return {o::fma(s, r, s - V(T(0.5))), s, o::fma(r * r, c::q(r), rest)};
}

} // namespace detail

/// e^x. Error at most 1 ulp (float and double; for a CUDA device see docs/math.md) for all x; denormal results are
/// rounded correctly to within that, larger ones than the largest number are infinite, NaN stays NaN. Under a
/// flush-to-zero mode of the processor denormal results are 0.
template <class P = precise, class V, class Isa = function_isa>
RANKWISE_MATH_FN V exp(V x) {
  using c = detail::exp_constants<scalar_t<V>>;
  if constexpr (!ops<V>::is_batch) {
    // An overflow is an error in constant expressions.
    if (__builtin_is_constant_evaluated() && x > c::largest)
      return ops<V>::infinity;
  }
  if constexpr (detail::has_exp<V>) {
    return detail::exp_not_above<P>(x);
  } else {
    return detail::exp_not_above<P>(ops<V>::min(V(c::highest), x));
  }
}

/// e^x - 1, without cancellation. Error at most 1.5 ulp (float and double) for all x; -0 stays -0, NaN stays NaN.
template <class P = precise, class V, class Isa = function_isa>
RANKWISE_MATH_FN V expm1(V x) {
  using o = ops<V>;
  using T = scalar_t<V>;
  using c = detail::exp_constants<T>;
  if constexpr (!o::is_batch) {
    if (__builtin_is_constant_evaluated() && x > c::largest)
      return o::infinity;
  }
  const detail::expm1_halves<V> p = detail::expm1_half(o::min(V(c::highest), x));
  const V half = o::fma(p.scale, p.low, p.high);
  return o::select(o::abs(x) <= V(c::tiny), x, half + half);
}

} // namespace rankwise::inline RANKWISE_ABI::math

#endif
