#ifndef RANKWISE_CORE_HALF_HPP
#define RANKWISE_CORE_HALF_HPP

#include <rankwise/core/config.hpp>

#include <concepts>
#include <cstdint>
#include <type_traits>

/// Floats of two bytes, for storage: columns and matrices may hold them, arithmetic runs in float.
namespace rankwise::inline RANKWISE_ABI {

/// How two bytes hold a number: IEEE's binary16 (5 bits of exponent), or the upper half of a float (8 of them).
enum class half_format : unsigned char { none, binary16, bfloat };

namespace detail {

// The float next to x; of the two around an x that is none, the one with an odd last bit. Rounding that once more to
// fewer bits gives what rounding x itself would.
RANKWISE_FN float round_to_odd(double x) {
  constexpr float largest = 0x1.fffffep127f;
  if (x > static_cast<double>(largest) || x < -static_cast<double>(largest)) {
    return x > 0 ? largest : -largest;
  }
  float const f = static_cast<float>(x);
  double const back = static_cast<double>(f);
  if (back == x || x != x) {
    return f;
  }
  auto const bits = __builtin_bit_cast(std::uint32_t, f);
  bool const beyond = x < 0 ? back < x : back > x;
  return __builtin_bit_cast(float, (beyond ? bits - 1 : bits) | 1u);
}

// An integer of 64 bits as a double. Where 53 bits do not hold it, the last twelve become one that says whether any of
// the last eleven was set or it was itself: rounding that to fewer bits gives what rounding the integer would.
template <class N>
RANKWISE_FN double odd_double(N x) {
  auto bits = static_cast<std::uint64_t>(x);
  bool negative = false;
  if constexpr (std::is_signed_v<N>) {
    negative = x < 0;
  }
  bits = negative ? 0 - bits : bits;
  if (bits >> 53 != 0) { // only then a double may not hold it
    bits = (bits & ~std::uint64_t{0x7ff}) | ((bits & 0x7ff) != 0 ? 0x800u : 0u);
  }
  double const magnitude = static_cast<double>(bits);
  return negative ? -magnitude : magnitude;
}

#if RANKWISE_PTX && __CUDA_ARCH__ >= 800
// A device has instructions for them, where the functions below would branch.
inline __device__ float device_widen_half(std::uint16_t half) {
  float x;
  asm("cvt.f32.f16 %0, %1;" : "=f"(x) : "h"(half));
  return x;
}
template <half_format Format>
inline __device__ std::uint16_t device_round_to_half(float x) {
  std::uint16_t half;
  if constexpr (Format == half_format::bfloat) {
    asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(half) : "f"(x));
  } else {
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(half) : "f"(x));
  }
  return half;
}
#endif

template <half_format Format>
RANKWISE_FN float widen_half(std::uint16_t half) {
#if RANKWISE_PTX && __CUDA_ARCH__ >= 800
  if constexpr (Format == half_format::binary16) {
    if (!__builtin_is_constant_evaluated()) {
      return device_widen_half(half);
    }
  }
#endif
  std::uint32_t const sign = (half & 0x8000u) << 16;
  std::uint32_t const rest = half & 0x7fffu;
  if constexpr (Format == half_format::bfloat) {
    return __builtin_bit_cast(float, sign | rest << 16);
  } else if (rest >= 0x7c00u) { // infinity or NaN, which becomes quiet
    return __builtin_bit_cast(float, sign | 0x7f800000u | (rest & 0x3ffu) << 13 | (rest > 0x7c00u ? 0x400000u : 0u));
  } else if (rest >= 0x400u) {
    return __builtin_bit_cast(float, sign | ((rest << 13) + (112u << 23)));
  } else {
    float const magnitude = static_cast<float>(rest) * 0x1p-24f;
    return sign != 0 ? -magnitude : magnitude;
  }
}

/// Rounded to nearest, ties to even; what is too large becomes infinite, NaN stays NaN.
template <half_format Format>
RANKWISE_FN std::uint16_t round_to_half(float x) {
#if RANKWISE_PTX && __CUDA_ARCH__ >= 800
  if (!__builtin_is_constant_evaluated()) {
    return device_round_to_half<Format>(x);
  }
#endif
  auto const bits = __builtin_bit_cast(std::uint32_t, x);
  std::uint32_t const sign = bits >> 16 & 0x8000u;
  std::uint32_t const rest = bits & 0x7fffffffu;
  std::uint32_t half = 0;
  if constexpr (Format == half_format::bfloat) {
    half = rest > 0x7f800000u ? rest >> 16 | 0x40u : (rest + 0x7fffu + (rest >> 16 & 1u)) >> 16;
  } else if (rest > 0x7f800000u) {
    half = 0x7e00u | (rest >> 13 & 0x3ffu);
  } else if (rest >= 0x47800000u) { // from 2^16 on
    half = 0x7c00u;
  } else if (rest >= 0x38800000u) { // from 2^-14 on: normal, or infinite after rounding
    half = (rest - (112u << 23) + 0xfffu + (rest >> 13 & 1u)) >> 13;
  } else {
    // The last bit of a sum with 1/2 counts as much as that of a denormal result.
    half = __builtin_bit_cast(std::uint32_t, __builtin_bit_cast(float, rest) + 0.5f) - 0x3f000000u;
  }
  return static_cast<std::uint16_t>(sign | half);
}

template <half_format Format>
struct half {
  std::uint16_t bits;

  half() = default;
  template <class N>
  requires std::is_arithmetic_v<N> RANKWISE_FN explicit half(N x) : bits(from(x)) {}

  /// Exact.
  RANKWISE_FN operator float() const { return widen_half<Format>(bits); } // NOLINT(google-explicit-constructor)

private:
  template <class N>
  RANKWISE_FN static std::uint16_t from(N x) {
    if constexpr (std::is_same_v<N, float>) {
      return round_to_half<Format>(x);
    } else if constexpr (std::is_integral_v<N> && sizeof(N) == sizeof(std::uint64_t)) {
      return round_to_half<Format>(round_to_odd(odd_double(x)));
    } else {
      return round_to_half<Format>(round_to_odd(static_cast<double>(x)));
    }
  }
};

} // namespace detail

/// Storage for one number. Converts to float by itself and from any number explicitly: `float16(0.1)`.
using float16 = detail::half<half_format::binary16>;
using bfloat16 = detail::half<half_format::bfloat>;

/// The format of a two-byte float: of `float16` and `bfloat16`, and of the compiler's own types where it has them.
template <class T>
inline constexpr half_format half_format_of = half_format::none;
template <half_format Format>
inline constexpr half_format half_format_of<detail::half<Format>> = Format;

#if defined(__FLT16_MAX__)
__extension__ typedef _Float16 compiler_float16; // std::float16_t, too
template <>
inline constexpr half_format half_format_of<compiler_float16> = half_format::binary16;
#endif
#if defined(__BFLT16_MAX__)
__extension__ typedef __bf16 compiler_bfloat16; // std::bfloat16_t, too
template <>
inline constexpr half_format half_format_of<compiler_bfloat16> = half_format::bfloat;
#endif

/// A two-byte float.
template <class T>
concept half_width = half_format_of<T>
!= half_format::none;

} // namespace rankwise::inline RANKWISE_ABI

#endif
