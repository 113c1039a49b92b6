#ifndef RANKWISE_MATH_DEVICE_HPP
#define RANKWISE_MATH_DEVICE_HPP

#include <rankwise/core/config.hpp>

/// What a CUDA device has instructions for, in float: 2^x and 1 / x. With the portable polynomials and IEEE's division,
/// which branches for quotients that overflow, a kernel of a few sigmoids is held up by arithmetic instead of memory,
/// and compilers do not load what comes behind a branch before it.
namespace rankwise::inline RANKWISE_ABI::math::detail::device {

#if RANKWISE_PTX

/// 2^x, 2 ulp by the manual of PTX; a result that is denormal is 0.
inline __device__ float exp2(float x) {
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}

/// 1 / x, 1 ulp by the manual of PTX; denormal numbers are 0, given or returned. Of a power of two it is taken to be
/// exact.
inline __device__ float reciprocal(float x) {
  float y;
  asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}

/// 2^t = part * power, power = 2^(n - Down) with n = round(t), but Least <= n <= Least + Range: beyond that `part` runs
/// on, to 0 or to infinity. No number needs a limit before, therefore.
struct two_to {
  float part;
  float power;
};

/// 2^(x log2_e) for Base_e, else 2^x.
template <bool Base_e, int Down, int Least, int Range>
inline __device__ two_to power_of_two(float x) {
  constexpr float log2_e = Base_e ? 1.44269502f : 1.0f;
  constexpr float rest = 1.92596303e-8f; // of log2_e
  constexpr float magic = 12582912.0f;   // 1.5 * 2^23: the last bits of a sum with it are a whole number
  constexpr int exponent = Least - Down + 127;
  // Saturation is free, and makes 0 of a NaN; `part` carries it on.
  float const inside = __saturatef(__fmaf_rn(x, log2_e / Range, static_cast<float>(-Least) / Range));
  float const shifted = __fmaf_rn(inside, static_cast<float>(Range), magic + exponent);
  float const n = shifted - (magic + exponent - Least);
  float f;
  if constexpr (Base_e) {
    f = __fmaf_rn(x, rest, __fmaf_rn(x, log2_e, -n));
  } else {
    f = x - n;
  }
  return {exp2(f), __int_as_float(__float_as_int(shifted) << 23)};
}

/// e^x, whatever x is. A denormal result is rounded once.
inline __device__ float exp(float x) {
  two_to const p = power_of_two<true, 0, -126, 252>(x);
  return p.part * p.power;
}

/// 1 / (1 + e^-x), or 1 / (1 + 2^-x). All of it is scaled by 2^-64, so that 2^-x is finite where the result is
/// denormal.
template <bool Base_e>
inline __device__ float sigmoid(float x) {
  constexpr float scale = 0x1p-64f;
  two_to const p = power_of_two<Base_e, 64, -62, 250>(-x);
  return scale * reciprocal(__fmaf_rn(p.part, p.power, scale));
}

#endif

} // namespace rankwise::inline RANKWISE_ABI::math::detail::device

#endif
