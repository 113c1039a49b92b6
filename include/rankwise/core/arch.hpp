#ifndef RANKWISE_CORE_ARCH_HPP
#define RANKWISE_CORE_ARCH_HPP

#include <rankwise/core/config.hpp>

/// Instruction sets as types. Everything that is compiled differently for different instruction sets carries one of
/// these in its signature; two translation units built with different flags therefore never share a symbol.
namespace rankwise::inline RANKWISE_ABI::arch {

/// A set of instruction-set extensions, one bit each.
template <unsigned long long Extensions>
struct isa {
  static constexpr unsigned long long extensions = Extensions;
};

namespace bit {
inline constexpr unsigned long long x86_64 = 1ull << 0;
inline constexpr unsigned long long sse3 = 1ull << 1;
inline constexpr unsigned long long ssse3 = 1ull << 2;
inline constexpr unsigned long long sse4_1 = 1ull << 3;
inline constexpr unsigned long long sse4_2 = 1ull << 4;
inline constexpr unsigned long long avx = 1ull << 5;
inline constexpr unsigned long long avx2 = 1ull << 6;
inline constexpr unsigned long long fma = 1ull << 7;
inline constexpr unsigned long long f16c = 1ull << 8;
inline constexpr unsigned long long bmi2 = 1ull << 9;
inline constexpr unsigned long long avx512f = 1ull << 10;
inline constexpr unsigned long long avx512cd = 1ull << 11;
inline constexpr unsigned long long avx512dq = 1ull << 12;
inline constexpr unsigned long long avx512bw = 1ull << 13;
inline constexpr unsigned long long avx512vl = 1ull << 14;
inline constexpr unsigned long long avx512vnni = 1ull << 15;
inline constexpr unsigned long long avx512vbmi2 = 1ull << 16;
inline constexpr unsigned long long avx512bf16 = 1ull << 17;
inline constexpr unsigned long long avx512fp16 = 1ull << 18;
inline constexpr unsigned long long aarch64 = 1ull << 32;
inline constexpr unsigned long long sve = 1ull << 33;
} // namespace bit

/// What this translation unit was compiled for.
using native = isa<0ull
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
