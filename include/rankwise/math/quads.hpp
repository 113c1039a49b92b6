#ifndef RANKWISE_MATH_QUADS_HPP
#define RANKWISE_MATH_QUADS_HPP

#include <rankwise/math/value.hpp>

#if defined(__AVX__) && !RANKWISE_ON_DEVICE
#include <immintrin.h>
#elif defined(__SSE2__) && !RANKWISE_ON_DEVICE
#include <emmintrin.h> // the header of all instruction sets costs a third of what everything else does
#endif

#include <cstddef>

/// Tables of four by four numbers, for work on a handful of items of which every two meet.
namespace rankwise::inline RANKWISE_ABI::math {

/// Row k is lanes 4 k .. 4 k + 3 of one register of 16 lanes, of two of 8 or of four of 4. Numbers about columns or
/// about rows, four of either, are a register that holds them again and again.
template <class V>
struct quads {
  static constexpr std::size_t lanes = static_cast<std::size_t>(math::lanes<V>);
#if defined(__SSE2__) && !RANKWISE_ON_DEVICE
  static constexpr bool exist =
      sizeof(scalar_t<V>) == 4 && ops<V>::is_batch && (lanes == 4 || lanes == 8 || lanes == 16);
#else
  static constexpr bool exist = false;
#endif
  static constexpr std::size_t registers = exist ? 16 / lanes : 1;

#if defined(__SSE2__) && !RANKWISE_ON_DEVICE
  // Without optimisation some intrinsics are macros, and their casts count as ours.
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#endif
  /// The four, again and again.
  RANKWISE_ALWAYS_INLINE static V four(float a, float b, float c, float d) {
#if defined(__AVX512F__)
    if constexpr (lanes == 16) { // no shuffle: most of them share a port
      __m512 x = _mm512_set1_ps(a);
      x = _mm512_mask_mov_ps(x, 0x2222, _mm512_set1_ps(b));
      x = _mm512_mask_mov_ps(x, 0x4444, _mm512_set1_ps(c));
      return V(_mm512_mask_mov_ps(x, 0x8888, _mm512_set1_ps(d)));
    } else
#endif
#if defined(__AVX__)
        if constexpr (lanes == 8) {
      __m128 const x = _mm_setr_ps(a, b, c, d);
      return V(_mm256_insertf128_ps(_mm256_castps128_ps256(x), x, 1));
    } else
#endif
      return V(_mm_setr_ps(a, b, c, d));
  }

  /// Register r of the table whose row k is x_k four times.
  RANKWISE_ALWAYS_INLINE static V rows_of(V x, std::size_t r) {
#if defined(__AVX512F__)
    if constexpr (lanes == 16) {
      return V(_mm512_permutevar_ps(x, _mm512_setr_epi32(0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3)));
    } else
#endif
#if defined(__AVX__)
        if constexpr (lanes == 8) {
      return V(_mm256_permutevar_ps(x, r == 0 ? _mm256_setr_epi32(0, 0, 0, 0, 1, 1, 1, 1)
                                              : _mm256_setr_epi32(2, 2, 2, 2, 3, 3, 3, 3)));
    } else
#endif
      return V(r == 0   ? _mm_shuffle_ps(x, x, 0x00)
               : r == 1 ? _mm_shuffle_ps(x, x, 0x55)
               : r == 2 ? _mm_shuffle_ps(x, x, 0xaa)
                        : _mm_shuffle_ps(x, x, 0xff));
  }

  /// What belongs to the next, and 0 for the last.
  RANKWISE_ALWAYS_INLINE static V next(V x) {
#if defined(__AVX512F__)
    if constexpr (lanes == 16) {
      return V(_mm512_maskz_permute_ps(0x7777, x, 0x39));
    } else
#endif
#if defined(__AVX__)
        if constexpr (lanes == 8) {
      return V(_mm256_blend_ps(_mm256_permute_ps(x, 0x39), _mm256_setzero_ps(), 0x88));
    } else
#endif
      return V(_mm_castsi128_ps(_mm_srli_si128(_mm_castps_si128(x), 4)));
  }

  /// The sums of the rows.
  RANKWISE_ALWAYS_INLINE static V across(V const (&x)[registers]) {
#if defined(__AVX512F__)
    if constexpr (lanes == 16) {
      __m512 const pairs = _mm512_add_ps(x[0], _mm512_permute_ps(x[0], 0xb1));
      __m512 const sums = _mm512_add_ps(pairs, _mm512_permute_ps(pairs, 0x4e));
      return V(_mm512_permutexvar_ps(_mm512_setr_epi32(0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12), sums));
    } else
#endif
#if defined(__AVX__)
        if constexpr (lanes == 8) {
      __m256 const pairs = _mm256_hadd_ps(x[0], x[1]);
      __m256 const sums = _mm256_hadd_ps(pairs, pairs); // rows 0 2 0 2 1 3 1 3
      __m128 const all = _mm_unpacklo_ps(_mm256_castps256_ps128(sums), _mm256_extractf128_ps(sums, 1));
      return V(_mm256_insertf128_ps(_mm256_castps128_ps256(all), all, 1));
    } else
#endif
    {
      __m128 const low = _mm_add_ps(_mm_unpacklo_ps(x[0], x[1]), _mm_unpackhi_ps(x[0], x[1]));
      __m128 const high = _mm_add_ps(_mm_unpacklo_ps(x[2], x[3]), _mm_unpackhi_ps(x[2], x[3]));
      return V(_mm_add_ps(_mm_movelh_ps(low, high), _mm_movehl_ps(high, low)));
    }
  }

  /// The sums of the columns.
  RANKWISE_ALWAYS_INLINE static V down(V const (&x)[registers]) {
#if defined(__AVX512F__)
    if constexpr (lanes == 16) {
      __m512 const pairs = _mm512_add_ps(x[0], _mm512_shuffle_f32x4(x[0], x[0], 0xb1));
      return V(_mm512_add_ps(pairs, _mm512_shuffle_f32x4(pairs, pairs, 0x4e)));
    } else
#endif
#if defined(__AVX__)
        if constexpr (lanes == 8) {
      __m256 const pairs = _mm256_add_ps(x[0], x[1]);
      return V(_mm256_add_ps(pairs, _mm256_permute2f128_ps(pairs, pairs, 1)));
    } else
#endif
      return (x[0] + x[1]) + (x[2] + x[3]);
  }
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif
#endif
};

} // namespace rankwise::inline RANKWISE_ABI::math

#endif
