#ifndef RANKWISE_MATH_VALUE_HPP
#define RANKWISE_MATH_VALUE_HPP

#include <rankwise/core/arch.hpp>
#include <rankwise/core/config.hpp>
#include <rankwise/math/device.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

/// Value operations with one spelling for float, double and SIMD batches (math/batch.hpp adds those), on the host, on a
/// CUDA device and, for scalars, in constant expressions. Call them qualified: `math::exp(x)`.
namespace rankwise::inline RANKWISE_ABI::math {

// Functions of some length are compiled once and then inlined where a loop asks for it (RANKWISE_FLATTEN): that halves
// the cost of compiling a ranker. `Isa`, their last template parameter, is never given; it keeps the copies of units
// with different flags apart.
#if defined(__CUDACC__)
#define RANKWISE_MATH_FN __host__ __device__ constexpr
using function_isa = arch::isa<0>;
#else
#define RANKWISE_MATH_FN constexpr
using function_isa = arch::native;
#endif

/// Accuracy policies, the first template argument of the functions: `math::exp<math::fast>(x)`.
struct precise {}; ///< within the bound that each function documents
/// 1e-6 relative in float for exp, log, log1p, sigmoid, softplus and log_sigmoid, with the same saturation, exp and
/// sigmoid monotone (not on a CUDA device); everything else, and double, is as with `precise`.
struct fast {};

/// What a value type can do. Specialised for float and double here, for xsimd::batch<T, A> in math/batch.hpp.
template <class V>
struct ops;

/// The same for its masks.
template <class M>
struct mask_ops;

namespace detail {

template <class T>
struct ieee;

template <>
struct ieee<float> {
  using integer = std::int32_t;
  using bits = std::uint32_t;
  static constexpr int mantissa = 23;
  static constexpr bits infinity = 0x7f800000u;
  static constexpr bits quiet_nan = 0x7fc00000u;
};

template <>
struct ieee<double> {
  using integer = std::int64_t;
  using bits = std::uint64_t;
  static constexpr int mantissa = 52;
  static constexpr bits infinity = 0x7ff0000000000000u;
  static constexpr bits quiet_nan = 0x7ff8000000000000u;
};

// Correctly rounded square root for constant expressions, digit by digit (clang has no constant-evaluated builtin).
template <class T>
RANKWISE_FN T constant_sqrt(T x) {
  using bits = typename ieee<T>::bits;
  constexpr int mantissa = ieee<T>::mantissa;
  constexpr bits one = bits{1};
  const bits b = __builtin_bit_cast(bits, x);
  if (b << 1 == 0 || b == ieee<T>::infinity || (b << 1) > (ieee<T>::infinity << 1))
    return x;
  if ((b >> (8 * sizeof(T) - 1)) != 0)
    return __builtin_bit_cast(T, ieee<T>::quiet_nan);
  constexpr int bias = sizeof(T) == 4 ? 127 : 1023;
  int exponent = static_cast<int>(b >> mantissa) - bias;
  bits m = b & ((one << mantissa) - 1);
  if (exponent == -bias) {
    for (++exponent; (m >> mantissa) == 0; --exponent)
      m <<= 1;
  } else {
    m |= one << mantissa;
  }
  if (exponent % 2 != 0) {
    m <<= 1;
    --exponent;
  }
  // The root of m * 2^mantissa with one more bit than the mantissa has, two bits of the radicand for each.
  bits root = 0;
  bits rest = m >> mantissa;
  m &= (one << mantissa) - 1;
  if (rest != 0) {
    root = 1;
    rest -= 1;
  }
  for (int i = 0; i < mantissa + 1; ++i) {
    rest = (rest << 2) | ((m >> (mantissa - 2)) & 3);
    m = (m << 2) & ((one << mantissa) - 1);
    root <<= 1;
    if (rest > 2 * root) {
      rest -= 2 * root + 1;
      root += 1;
    }
  }
  root = (root + 1) >> 1; // never a tie: a root with one bit more than the mantissa is exact only if that bit is 0
  return __builtin_bit_cast(
      T, static_cast<bits>((static_cast<bits>(exponent / 2 + bias) << mantissa) + (root - (one << mantissa))));
}

/// Where sixteen floats can be looked up by one instruction: lookup(), mantissa_from_one(), exponent_from_one().
template <class V>
inline constexpr bool has_table = requires {
  requires ops<V>::native_table;
};

/// Where exp() and sigmoid() are a few instructions, whatever the accuracy asked for; not in constant expressions.
template <class V>
inline constexpr bool has_exp = requires {
  requires ops<V>::native_exp;
};

/// Registers, where a question to all lanes costs two instructions; lanes that are threads would have to meet for it.
template <class V>
inline constexpr bool asks_all_lanes = requires {
  requires ops<V>::native_all;
};

template <class P, class T>
inline constexpr bool is_fast = std::is_same_v<P, fast> && sizeof(T) == 4;

/// The operations of a scalar; `ops<float>` and `ops<double>` inherit them.
template <class T>
struct scalar_ops {
  using value_type = T;
  using scalar = T;
  using mask = bool;
  using integer = typename ieee<T>::integer;
  using unsigned_integer = typename ieee<T>::bits;
  static constexpr int lanes = 1;
  /// True where fma() is certain to round once. For scalars the compiler may or may not contract.
  static constexpr bool fused = false;
  static constexpr bool is_batch = false;
  /// True where scale(), or mantissa_part() and exponent_part(), are single instructions.
  static constexpr bool native_scale = false;
  static constexpr bool native_split = false;
  /// True where reciprocal_estimate() exists: 1 / x to 14 bits, exactly 1 at 1.
  static constexpr bool native_reciprocal = false;
  static constexpr T infinity = __builtin_bit_cast(T, ieee<T>::infinity);
  static constexpr T quiet_nan = __builtin_bit_cast(T, ieee<T>::quiet_nan);
  static constexpr T largest = __builtin_bit_cast(T, ieee<T>::infinity - 1);

  /// a * b + c; contracted to one rounding where the compiler does so.
  RANKWISE_FN static T fma(T a, T b, T c) { return a * b + c; }
  /// a * b - c and c - a * b, likewise.
  RANKWISE_FN static T fms(T a, T b, T c) { return a * b - c; }
  RANKWISE_FN static T fnma(T a, T b, T c) { return c - a * b; }
  /// a * b, never contracted with a sum that follows. Arithmetic in double words breaks if that happens.
  RANKWISE_FN static T product(T a, T b) {
#if RANKWISE_ON_DEVICE
    if (!__builtin_is_constant_evaluated()) {
      if constexpr (sizeof(T) == 4)
        return __fmul_rn(a, b);
      else
        return __dmul_rn(a, b);
    }
    return a * b;
#else
    T p = a * b;
#if defined(__GNUC__) && defined(__x86_64__)
    if (!__builtin_is_constant_evaluated())
      asm("" : "+x"(p));
#elif defined(__GNUC__) && defined(__aarch64__)
    if (!__builtin_is_constant_evaluated())
      asm("" : "+w"(p));
#endif
    return p;
#endif
  }
  RANKWISE_FN static T select(bool m, T a, T b) {
    return m ? a : b;
  }
  RANKWISE_FN static integer bits(T x) {
    return __builtin_bit_cast(integer, x);
  }
  RANKWISE_FN static T from_bits(integer x) {
    return __builtin_bit_cast(T, x);
  }
  /// Shifts of the bit pattern: zeros come in from both sides.
  template <int N>
  RANKWISE_FN static integer shift_left(integer x) {
    return static_cast<integer>(static_cast<unsigned_integer>(x) << N);
  }
  template <int N>
  RANKWISE_FN static integer shift_right(integer x) {
    return static_cast<integer>(static_cast<unsigned_integer>(x) >> N);
  }
  /// Sum and difference of bit patterns, modulo 2^32 or 2^64.
  RANKWISE_FN static integer add(integer a, integer b) {
    return static_cast<integer>(static_cast<unsigned_integer>(a) + static_cast<unsigned_integer>(b));
  }
  RANKWISE_FN static integer subtract(integer a, integer b) {
    return static_cast<integer>(static_cast<unsigned_integer>(a) - static_cast<unsigned_integer>(b));
  }

  /// min and max return b when either is NaN, like the x86 instructions (other instruction sets may return the NaN).
  RANKWISE_FN static T min(T a, T b) {
    return a < b ? a : b;
  }
  RANKWISE_FN static T max(T a, T b) {
    return a > b ? a : b;
  }
  RANKWISE_FN static T abs(T x) {
    return from_bits(bits(x) & static_cast<integer>(static_cast<unsigned_integer>(~unsigned_integer{0}) >> 1));
  }
  RANKWISE_FN static T negative_abs(T x) {
    constexpr unsigned_integer top = unsigned_integer{1} << (8 * sizeof(T) - 1);
    return from_bits(static_cast<integer>(static_cast<unsigned_integer>(bits(x)) | top));
  }
  /// |magnitude| with the sign of `sign`.
  RANKWISE_FN static T copy_sign(T magnitude, T sign) {
    constexpr unsigned_integer top = unsigned_integer{1} << (8 * sizeof(T) - 1);
    return from_bits(static_cast<integer>((static_cast<unsigned_integer>(bits(magnitude)) & ~top) |
                                          (static_cast<unsigned_integer>(bits(sign)) & top)));
  }
  RANKWISE_FN static T sqrt(T x) {
    if (__builtin_is_constant_evaluated())
      return constant_sqrt(x);
    if constexpr (sizeof(T) == 4)
      return __builtin_sqrtf(x);
    else
      return __builtin_sqrt(x);
  }

  RANKWISE_FN static bool is_nan(T x) {
    return x != x;
  }
  RANKWISE_FN static T reduce_add(T x) {
    return x;
  }
  RANKWISE_FN static T reduce_max(T x) {
    return x;
  }
  RANKWISE_FN static T reduce_min(T x) {
    return x;
  }

  /// Lane i; the values 0, 1, 2 ...; the mask of the first n lanes.
  RANKWISE_FN static T get(T x, std::size_t) {
    return x;
  }
  RANKWISE_FN static T iota() {
    return T(0);
  }
  RANKWISE_FN static bool first(std::size_t n) {
    return n != 0;
  }

  /// Memory of any arithmetic type, converted; no alignment beyond that of the type.
  template <class U>
  RANKWISE_FN static T load(const U* p) {
    return static_cast<T>(*p);
  }
  template <class U>
  RANKWISE_FN static void store(U* p, T x) {
    *p = static_cast<U>(x);
  }
  template <class U>
  RANKWISE_FN static T load_strided(const U* p, std::ptrdiff_t, std::size_t) {
    return static_cast<T>(*p);
  }
  RANKWISE_FN static T gather(const T* p, T index) {
    return p[static_cast<std::size_t>(index)];
  }
  /// The first n lanes (0 <= n <= lanes) from memory, the others `fill`; nothing behind the n-th element is touched.
  template <class U>
  RANKWISE_FN static T load_partial(const U* p, std::size_t n, T fill) {
    return n != 0 ? static_cast<T>(*p) : fill;
  }
  template <class U>
  RANKWISE_FN static void store_partial(U* p, std::size_t n, T x) {
    if (n != 0)
      *p = static_cast<U>(x);
  }
};

} // namespace detail

template <>
struct ops<float> : detail::scalar_ops<float> {
#if RANKWISE_PTX
  static constexpr bool native_reciprocal = true;
  static constexpr bool native_exp = true;

  RANKWISE_FN static float reciprocal_estimate(float x) { return detail::device::reciprocal(x); }
  RANKWISE_FN static float exp(float x) { return detail::device::exp(x); }
  template <bool Base_e>
  RANKWISE_FN static float sigmoid(float x) {
    return detail::device::sigmoid<Base_e>(x);
  }
#endif
};

template <>
struct ops<double> : detail::scalar_ops<double> {};

template <>
struct mask_ops<bool> {
  static constexpr int lanes = 1;
  RANKWISE_FN static bool any(bool m) { return m; }
  RANKWISE_FN static bool all(bool m) { return m; }
  RANKWISE_FN static int count(bool m) { return m ? 1 : 0; }
  RANKWISE_FN static std::uint64_t bits(bool m) { return m ? 1u : 0u; }
};

/// Number of lanes, element type and mask type of a value type.
template <class V>
inline constexpr int lanes = ops<V>::lanes;
template <class V>
using scalar_t = typename ops<V>::scalar;
template <class V>
using mask_t = typename ops<V>::mask;

/// A type with value operations.
template <class V>
concept value = requires {
  typename ops<V>::value_type;
};

// Arguments after the first convert, so that constants of the element type may be given for batches.
template <class V>
RANKWISE_FN V fma(V a, std::type_identity_t<V> b, std::type_identity_t<V> c) {
  return ops<V>::fma(a, b, c);
}
/// m ? a : b, lane by lane. The value type is that of the first value, a.
template <class V>
RANKWISE_FN V select(std::type_identity_t<mask_t<V>> m, V a, std::type_identity_t<V> b) {
  return ops<V>::select(m, a, b);
}
/// b when either is NaN (x86 and scalars).
template <class V>
RANKWISE_FN V min(V a, std::type_identity_t<V> b) {
  return ops<V>::min(a, b);
}
template <class V>
RANKWISE_FN V max(V a, std::type_identity_t<V> b) {
  return ops<V>::max(a, b);
}
/// NaN stays NaN.
template <class V>
RANKWISE_FN V clamp(V x, std::type_identity_t<V> low, std::type_identity_t<V> high) {
  return ops<V>::max(low, ops<V>::min(high, x));
}
template <class V>
RANKWISE_FN V abs(V x) {
  return ops<V>::abs(x);
}
/// Correctly rounded.
template <class V>
RANKWISE_FN V sqrt(V x) {
  return ops<V>::sqrt(x);
}
/// 1 / x within 2 ulp for normal numbers whose reciprocal is one; for others any number. 1 for 1.
template <class V>
RANKWISE_FN V inverse(V x) {
  if constexpr (ops<V>::native_reciprocal && sizeof(scalar_t<V>) == 4) {
    if (!__builtin_is_constant_evaluated()) {
      V const y = ops<V>::reciprocal_estimate(x);
      return ops<V>::fma(ops<V>::fnma(x, y, V(1)), y, y);
    }
  }
  return V(1) / x;
}
namespace detail {
/// a / b for normal b from 1 up. On a device that is no division, as IEEE's has a branch.
template <class V>
RANKWISE_FN V share(V a, V b) {
  if constexpr (has_exp<V>) {
    return a * inverse(b);
  } else {
    return a / b;
  }
}
} // namespace detail

template <class V>
RANKWISE_FN V copy_sign(V magnitude, std::type_identity_t<V> sign) {
  return ops<V>::copy_sign(magnitude, sign);
}
template <class V>
RANKWISE_FN mask_t<V> is_nan(V x) {
  return ops<V>::is_nan(x);
}
template <class V>
RANKWISE_FN mask_t<V> is_finite(V x) {
  return ops<V>::abs(x) <= V(ops<scalar_t<V>>::largest);
}

template <class M>
RANKWISE_FN bool any(M m) {
  return mask_ops<M>::any(m);
}
template <class M>
RANKWISE_FN bool all(M m) {
  return mask_ops<M>::all(m);
}
template <class M>
RANKWISE_FN bool none(M m) {
  return !mask_ops<M>::any(m);
}
/// One bit per lane, lane 0 lowest.
template <class M>
RANKWISE_FN std::uint64_t bits(M m) {
  return mask_ops<M>::bits(m);
}
/// Number of lanes that are set.
template <class M>
RANKWISE_FN int count(M m) {
  return mask_ops<M>::count(m);
}

/// Sum of the lanes, in an order that depends on the number of lanes only.
template <class V>
RANKWISE_FN scalar_t<V> reduce_add(V x) {
  return ops<V>::reduce_add(x);
}
/// Largest and smallest lane; unspecified when a lane is NaN.
template <class V>
RANKWISE_FN scalar_t<V> reduce_max(V x) {
  return ops<V>::reduce_max(x);
}
template <class V>
RANKWISE_FN scalar_t<V> reduce_min(V x) {
  return ops<V>::reduce_min(x);
}

/// `lanes<V>` elements of memory of any arithmetic type, converted to V: `math::load<V>(p)`.
template <class V, class U>
RANKWISE_FN V load(const U* p) {
  return ops<V>::load(p);
}
template <class V, class U>
RANKWISE_FN void store(U* p, V x) {
  ops<V>::store(p, x);
}
/// `lanes<V>` elements `stride` apart, of which only the first n >= 1 are read; the other lanes repeat one of them.
template <class V, class U>
RANKWISE_FN V load_strided(const U* p, std::ptrdiff_t stride, std::size_t n) {
  return ops<V>::load_strided(p, stride, n);
}
/// p[index], lane by lane. The indices are whole numbers that V holds and 32 bits do.
template <class V>
RANKWISE_FN V gather(const scalar_t<V>* p, V index) {
  return ops<V>::gather(p, index);
}
/// The first n lanes from memory, 0 <= n <= lanes, the others `fill`.
template <class V, class U>
RANKWISE_FN V load_partial(const U* p, std::size_t n, scalar_t<V> fill) {
  return ops<V>::load_partial(p, n, fill);
}
template <class V, class U>
RANKWISE_FN void store_partial(U* p, std::size_t n, V x) {
  ops<V>::store_partial(p, n, x);
}

/// A power of two that brings numbers from `low` to `high` to where the square and the reciprocal of their span are
/// numbers; 1 where they are there already.
template <class T>
RANKWISE_FN T scale_of_span(T low, T high) {
  constexpr bool narrow = sizeof(T) == 4;
  T const span = high - low; // may be infinite
  return span > static_cast<T>(narrow ? 0x1p50 : 0x1p450) ? static_cast<T>(narrow ? 0x1p-90 : 0x1p-700)
         : span > T(0) && span < static_cast<T>(narrow ? 0x1p-50 : 0x1p-450)
             ? static_cast<T>(narrow ? 0x1p100 : 0x1p800)
             : T(1);
}

/// A power of two of the size of `largest` where products of two such numbers may leave the range of double, otherwise
/// 1: divided by it, numbers lose nothing.
RANKWISE_FN double unit_of(double largest) {
  if (largest == 0 || (largest > 1e-100 && largest < 1e100)) {
    return 1;
  }
  int const exponent = static_cast<int>(__builtin_bit_cast(std::uint64_t, largest) >> 52) - 1023;
  int const kept = exponent > 1000 ? 1000 : exponent < -1000 ? -1000 : exponent; // its inverse is a number, too
  return __builtin_bit_cast(double, static_cast<std::uint64_t>(1023 + kept) << 52);
}

} // namespace rankwise::inline RANKWISE_ABI::math

#endif
