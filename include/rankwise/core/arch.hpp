#ifndef RANKWISE_CORE_ARCH_HPP
#define RANKWISE_CORE_ARCH_HPP

#include <rankwise/core/config.hpp>

/// Instruction sets as types. Everything that is compiled differently for different instruction sets carries one of
/// these in its signature; two translation units built with different flags therefore never share a symbol.
namespace rankwise::inline RANKWISE_ABI::arch {

/// A set of instruction-set extensions, one bit each.
template <unsigned long Extensions>
struct isa {
  static constexpr unsigned long extensions = Extensions;
};

namespace bit {
inline constexpr unsigned long x86_64 = 1ul << 0;
inline constexpr unsigned long sse3 = 1ul << 1;
inline constexpr unsigned long ssse3 = 1ul << 2;
inline constexpr unsigned long sse4_1 = 1ul << 3;
inline constexpr unsigned long sse4_2 = 1ul << 4;
inline constexpr unsigned long avx = 1ul << 5;
inline constexpr unsigned long avx2 = 1ul << 6;
inline constexpr unsigned long fma = 1ul << 7;
inline constexpr unsigned long f16c = 1ul << 8;
inline constexpr unsigned long bmi2 = 1ul << 9;
inline constexpr unsigned long avx512f = 1ul << 10;
inline constexpr unsigned long avx512cd = 1ul << 11;
inline constexpr unsigned long avx512dq = 1ul << 12;
inline constexpr unsigned long avx512bw = 1ul << 13;
inline constexpr unsigned long avx512vl = 1ul << 14;
inline constexpr unsigned long avx512vnni = 1ul << 15;
inline constexpr unsigned long avx512vbmi2 = 1ul << 16;
inline constexpr unsigned long avx512bf16 = 1ul << 17;
inline constexpr unsigned long avx512fp16 = 1ul << 18;
inline constexpr unsigned long aarch64 = 1ul << 32;
inline constexpr unsigned long sve = 1ul << 33;
} // namespace bit

/// What this translation unit was compiled for.
using native = isa<0ul
#if defined(__x86_64__)
                   | bit::x86_64
#endif
#if defined(__SSE3__)
                   | bit::sse3
#endif
#if defined(__SSSE3__)
                   | bit::ssse3
#endif
#if defined(__SSE4_1__)
                   | bit::sse4_1
#endif
#if defined(__SSE4_2__)
                   | bit::sse4_2
#endif
#if defined(__AVX__)
                   | bit::avx
#endif
#if defined(__AVX2__)
                   | bit::avx2
#endif
#if defined(__FMA__)
                   | bit::fma
#endif
#if defined(__F16C__)
                   | bit::f16c
#endif
#if defined(__BMI2__)
                   | bit::bmi2
#endif
#if defined(__AVX512F__)
                   | bit::avx512f
#endif
#if defined(__AVX512CD__)
                   | bit::avx512cd
#endif
#if defined(__AVX512DQ__)
                   | bit::avx512dq
#endif
#if defined(__AVX512BW__)
                   | bit::avx512bw
#endif
#if defined(__AVX512VL__)
                   | bit::avx512vl
#endif
#if defined(__AVX512VNNI__)
                   | bit::avx512vnni
#endif
#if defined(__AVX512VBMI2__)
                   | bit::avx512vbmi2
#endif
#if defined(__AVX512BF16__)
                   | bit::avx512bf16
#endif
#if defined(__AVX512FP16__)
                   | bit::avx512fp16
#endif
#if defined(__aarch64__)
                   | bit::aarch64
#endif
#if defined(__ARM_FEATURE_SVE)
                   | bit::sve
#endif
                   >;

/// The levels a service is usually built for; `-march=x86-64-v3` makes `native` the same type as `x86_64_v3`.
using x86_64 = isa<bit::x86_64>;
using x86_64_v2 = isa<bit::x86_64 | bit::sse3 | bit::ssse3 | bit::sse4_1 | bit::sse4_2>;
using x86_64_v3 = isa<x86_64_v2::extensions | bit::avx | bit::avx2 | bit::fma | bit::f16c | bit::bmi2>;
using x86_64_v4 =
    isa<x86_64_v3::extensions | bit::avx512f | bit::avx512cd | bit::avx512dq | bit::avx512bw | bit::avx512vl>;
using arm64 = isa<bit::aarch64>;

} // namespace rankwise::inline RANKWISE_ABI::arch

#endif
