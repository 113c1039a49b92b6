#ifndef RANKWISE_MATH_HALF_HPP
#define RANKWISE_MATH_HALF_HPP

#include <rankwise/core/half.hpp>

#include <xsimd/xsimd.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#define RANKWISE_BATCH_FN RANKWISE_ALWAYS_INLINE inline

/// Two-byte floats and registers of floats: the bits that core/half.hpp gives one number at a time, on every
/// instruction set of x86-64. Not by the instructions for bfloat16, which take denormal numbers for 0.
namespace rankwise::inline RANKWISE_ABI::math::detail {

#if defined(__SSE2__)

// ---- four numbers, each in the low half of 32 bits

RANKWISE_BATCH_FN __m128i either(__m128i mask, __m128i a, __m128i b) {
  return _mm_or_si128(_mm_and_si128(mask, a), _mm_andnot_si128(mask, b));
}

template <half_format Format>
RANKWISE_BATCH_FN __m128 widen_four(__m128i half) {
  if constexpr (Format == half_format::bfloat) {
    return _mm_castsi128_ps(_mm_slli_epi32(half, 16));
  } else {
    const __m128i sign = _mm_slli_epi32(_mm_and_si128(half, _mm_set1_epi32(0x8000)), 16);
    const __m128i rest = _mm_and_si128(half, _mm_set1_epi32(0x7fff));
    const __m128i shifted = _mm_slli_epi32(rest, 13);
    const __m128i exponent = _mm_set1_epi32(112 << 23);
    const __m128i normal = _mm_add_epi32(shifted, exponent);
    // As fractions of 2^-14 with that number's exponent; what is left after its subtraction is exact.
    const __m128i least = _mm_set1_epi32(113 << 23);
    const __m128i denormal =
        _mm_castps_si128(_mm_sub_ps(_mm_castsi128_ps(_mm_add_epi32(shifted, least)), _mm_castsi128_ps(least)));
    const __m128i quiet = _mm_and_si128(_mm_cmpgt_epi32(rest, _mm_set1_epi32(0x7c00)), _mm_set1_epi32(0x400000));
    const __m128i special = _mm_or_si128(_mm_add_epi32(normal, exponent), quiet);
    const __m128i finite = either(_mm_cmpgt_epi32(_mm_set1_epi32(0x400), rest), denormal, normal);
    const __m128i all = either(_mm_cmpgt_epi32(rest, _mm_set1_epi32(0x7bff)), special, finite);
    return _mm_castsi128_ps(_mm_or_si128(sign, all));
  }
}

template <half_format Format>
RANKWISE_BATCH_FN __m128i round_four(__m128 x) {
  const __m128i bits = _mm_castps_si128(x);
  const __m128i sign = _mm_and_si128(_mm_srli_epi32(bits, 16), _mm_set1_epi32(0x8000));
  const __m128i rest = _mm_and_si128(bits, _mm_set1_epi32(0x7fffffff));
  const __m128i is_nan = _mm_cmpgt_epi32(rest, _mm_set1_epi32(0x7f800000));
  const __m128i one = _mm_set1_epi32(1);
  if constexpr (Format == half_format::bfloat) {
    const __m128i upper = _mm_srli_epi32(rest, 16);
    const __m128i up = _mm_add_epi32(_mm_set1_epi32(0x7fff), _mm_and_si128(upper, one));
    const __m128i rounded = _mm_srli_epi32(_mm_add_epi32(rest, up), 16);
    return _mm_or_si128(sign, either(is_nan, _mm_or_si128(upper, _mm_set1_epi32(0x40)), rounded));
  } else {
    const __m128i upper = _mm_srli_epi32(rest, 13);
    const __m128i up = _mm_add_epi32(_mm_set1_epi32(0xfff - (112 << 23)), _mm_and_si128(upper, one));
    const __m128i normal = _mm_srli_epi32(_mm_add_epi32(rest, up), 13);
    const __m128 half = _mm_set1_ps(0.5f);
    const __m128i denormal =
        _mm_sub_epi32(_mm_castps_si128(_mm_add_ps(_mm_castsi128_ps(rest), half)), _mm_castps_si128(half));
    const __m128i nan = _mm_or_si128(_mm_and_si128(upper, _mm_set1_epi32(0x3ff)), _mm_set1_epi32(0x7e00));
    const __m128i finite = either(_mm_cmpgt_epi32(_mm_set1_epi32(0x38800000), rest), denormal, normal);
    const __m128i large = _mm_cmpgt_epi32(rest, _mm_set1_epi32(0x477fffff));
    const __m128i special = either(is_nan, nan, _mm_set1_epi32(0x7c00));
    return _mm_or_si128(sign, either(large, special, finite));
  }
}

// Eight numbers of 32 bits, their low halves.
RANKWISE_BATCH_FN __m128i low_halves(__m128i a, __m128i b) {
  const auto extended = [](__m128i x) { return _mm_srai_epi32(_mm_slli_epi32(x, 16), 16); };
  return _mm_packs_epi32(extended(a), extended(b));
}

// ---- the numbers of one register

/// `words` holds them; four numbers use the low half.
template <class A, std::size_t Lanes>
struct half_words;

template <class A>
struct half_words<A, 4> {
  using V = xsimd::batch<float, A>;
  using words = __m128i;

  RANKWISE_BATCH_FN static words load(const void* p) { return _mm_loadl_epi64(static_cast<const __m128i*>(p)); }
  RANKWISE_BATCH_FN static void store(void* p, words w) { _mm_storel_epi64(static_cast<__m128i*>(p), w); }
  RANKWISE_BATCH_FN static void stream(void* p, words w) {
#if defined(__x86_64__)
    _mm_stream_si64(static_cast<long long*>(p), _mm_cvtsi128_si64(w));
#else
    store(p, w);
#endif
  }
  template <class... Lane>
  RANKWISE_BATCH_FN static words of(Lane... lane) {
    return _mm_setr_epi16(static_cast<short>(lane)..., 0, 0, 0, 0);
  }
  template <half_format Format>
  RANKWISE_BATCH_FN static V widen(words w) {
    return V(widen_four<Format>(_mm_unpacklo_epi16(w, _mm_setzero_si128())));
  }
  template <half_format Format>
  RANKWISE_BATCH_FN static words round(V x) {
    return low_halves(round_four<Format>(x), _mm_setzero_si128());
  }
};

#if defined(__AVX__)
template <class A>
struct half_words<A, 8> {
  using V = xsimd::batch<float, A>;
  using words = __m128i;

  RANKWISE_BATCH_FN static words load(const void* p) { return _mm_loadu_si128(static_cast<const __m128i*>(p)); }
  RANKWISE_BATCH_FN static void store(void* p, words w) { _mm_storeu_si128(static_cast<__m128i*>(p), w); }
  RANKWISE_BATCH_FN static void stream(void* p, words w) { _mm_stream_si128(static_cast<__m128i*>(p), w); }
  template <class... Lane>
  RANKWISE_BATCH_FN static words of(Lane... lane) {
    return _mm_setr_epi16(static_cast<short>(lane)...);
  }
  template <half_format Format>
  RANKWISE_BATCH_FN static V widen(words w) {
#if defined(__F16C__)
    if constexpr (Format == half_format::binary16)
      return V(_mm256_cvtph_ps(w));
    else
#endif
#if defined(__AVX2__)
        if constexpr (Format == half_format::bfloat)
      return V(_mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(w), 16)));
    else
#endif
    {
      const __m128i zero = _mm_setzero_si128();
      const __m128 low = widen_four<Format>(_mm_unpacklo_epi16(w, zero));
      const __m128 high = widen_four<Format>(_mm_unpackhi_epi16(w, zero));
      return V(_mm256_insertf128_ps(_mm256_castps128_ps256(low), high, 1));
    }
  }
  template <half_format Format>
  RANKWISE_BATCH_FN static words round(V x) {
#if defined(__F16C__)
    if constexpr (Format == half_format::binary16)
      return _mm256_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT);
    else
#endif
#if defined(__AVX2__)
        if constexpr (Format == half_format::bfloat) {
      const __m256i bits = _mm256_castps_si256(x);
      const __m256i upper = _mm256_srli_epi32(bits, 16);
      const __m256i up = _mm256_add_epi32(_mm256_set1_epi32(0x7fff), _mm256_and_si256(upper, _mm256_set1_epi32(1)));
      const __m256i rounded = _mm256_srli_epi32(_mm256_add_epi32(bits, up), 16);
      const __m256i nan = _mm256_or_si256(upper, _mm256_set1_epi32(0x40));
      const __m256i is_nan = _mm256_castps_si256(_mm256_cmp_ps(x, x, _CMP_UNORD_Q));
      const __m256i all = _mm256_blendv_epi8(rounded, nan, is_nan);
      const __m256i packed = _mm256_packus_epi32(all, all);
      return _mm256_castsi256_si128(_mm256_permute4x64_epi64(packed, 0x08));
    } else
#endif
      return low_halves(round_four<Format>(_mm256_castps256_ps128(x)), round_four<Format>(_mm256_extractf128_ps(x, 1)));
  }
};
#endif

#if defined(__AVX512F__)
template <class A>
struct half_words<A, 16> {
  using V = xsimd::batch<float, A>;
  using words = __m256i;

  RANKWISE_BATCH_FN static words load(const void* p) { return _mm256_loadu_si256(static_cast<const __m256i*>(p)); }
  RANKWISE_BATCH_FN static void store(void* p, words w) { _mm256_storeu_si256(static_cast<__m256i*>(p), w); }
  RANKWISE_BATCH_FN static void stream(void* p, words w) { _mm256_stream_si256(static_cast<__m256i*>(p), w); }
  template <class... Lane>
  RANKWISE_BATCH_FN static words of(Lane... lane) {
    return _mm256_setr_epi16(static_cast<short>(lane)...);
  }
  template <half_format Format>
  RANKWISE_BATCH_FN static V widen(words w) {
    if constexpr (Format == half_format::binary16) {
      return V(_mm512_cvtph_ps(w));
    } else {
      return V(_mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(w), 16)));
    }
  }
  // Without optimisation the intrinsics are macros, and their casts count as ours.
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wold-style-cast"
#endif
  template <half_format Format>
  RANKWISE_BATCH_FN static words round(V x) {
    if constexpr (Format == half_format::binary16) {
      return _mm512_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT);
    } else {
      const __m512i bits = _mm512_castps_si512(x);
      const __m512i upper = _mm512_srli_epi32(bits, 16);
      const __m512i up = _mm512_add_epi32(_mm512_set1_epi32(0x7fff), _mm512_and_si512(upper, _mm512_set1_epi32(1)));
      const __m512i rounded = _mm512_srli_epi32(_mm512_add_epi32(bits, up), 16);
      const __mmask16 is_nan = _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q);
      return _mm512_cvtepi32_epi16(_mm512_mask_or_epi32(rounded, is_nan, upper, _mm512_set1_epi32(0x40)));
    }
  }
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif
};
#endif

/// The lanes p[0], p[stride], ..., the last ones repeating p[last * stride]; built up in a register.
template <class Words, class U, std::size_t... Is>
RANKWISE_BATCH_FN auto half_lanes(const U* p, std::ptrdiff_t stride, std::size_t last, std::index_sequence<Is...>) {
  return Words::of(
      __builtin_bit_cast(std::uint16_t, p[static_cast<std::ptrdiff_t>(Is < last ? Is : last) * stride])...);
}

#endif // __SSE2__

} // namespace rankwise::inline RANKWISE_ABI::math::detail

#undef RANKWISE_BATCH_FN

#endif
