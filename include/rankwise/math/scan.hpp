#ifndef RANKWISE_MATH_SCAN_HPP
#define RANKWISE_MATH_SCAN_HPP

#include <rankwise/math/value.hpp>

#if defined(__AVX2__) && !RANKWISE_ON_DEVICE
#include <immintrin.h>
#endif

#include <cstddef>
#include <type_traits>

/// Running sums over the lanes of one value, and maps that follow one another over its lanes.
namespace rankwise::inline RANKWISE_ABI::math {

namespace detail {

// Registers whose lanes move in one or two instructions.
template <class V>
inline constexpr bool moves_lanes =
#if defined(__AVX512F__) && !RANKWISE_ON_DEVICE
    lanes<V> * sizeof(scalar_t<V>) == 64 || lanes<V> * sizeof(scalar_t<V>) == 32;
#elif defined(__AVX2__) && !RANKWISE_ON_DEVICE
    lanes<V> * sizeof(scalar_t<V>) == 32;
#else
    false;
#endif

// Lanes moved up (towards higher numbers) or down by N, zeros coming in.
template <bool Up, int N, class V>
RANKWISE_FN V moved(V x) {
#if defined(__AVX512F__) && !RANKWISE_ON_DEVICE
  if constexpr (lanes<V> * sizeof(scalar_t<V>) == 64) {
    constexpr unsigned all = (1u << lanes<V>)-1u;
    constexpr unsigned keep = Up ? (all << N) & all : all >> N;
    if constexpr (sizeof(scalar_t<V>) == 4) {
      const __m512i bits = _mm512_castps_si512(x);
      return V(
          _mm512_castsi512_ps(_mm512_maskz_alignr_epi32(static_cast<__mmask16>(keep), bits, bits, Up ? 16 - N : N)));
    } else {
      const __m512i bits = _mm512_castpd_si512(x);
      return V(_mm512_castsi512_pd(_mm512_maskz_alignr_epi64(static_cast<__mmask8>(keep), bits, bits, Up ? 8 - N : N)));
    }
  }
#endif
#if defined(__AVX2__) && !RANKWISE_ON_DEVICE
  if constexpr (lanes<V> * sizeof(scalar_t<V>) == 32) {
    constexpr int step = Up ? -N : N;
    constexpr int all = (1 << lanes<V>)-1;
    constexpr int zeros = Up ? (1 << N) - 1 : all & ~(all >> N);
    if constexpr (sizeof(scalar_t<V>) == 4) {
      const __m256i from = _mm256_and_si256(
          _mm256_add_epi32(_mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7), _mm256_set1_epi32(step)), _mm256_set1_epi32(7));
      return V(_mm256_blend_ps(_mm256_permutevar8x32_ps(x, from), _mm256_setzero_ps(), zeros));
    } else {
      constexpr int from = (step & 3) | ((1 + step) & 3) << 2 | ((2 + step) & 3) << 4 | ((3 + step) & 3) << 6;
      return V(_mm256_blend_pd(_mm256_permute4x64_pd(x, from), _mm256_setzero_pd(), zeros));
    }
  }
#endif
  return x;
}

template <bool Up, class V>
RANKWISE_FN V scan(V x) {
  if constexpr (lanes<V> == 1) {
    return x;
  } else if constexpr (requires { ops<V>::sum_up_to(x); }) {
    return Up ? ops<V>::sum_up_to(x) : ops<V>::sum_from(x);
  } else if constexpr (moves_lanes<V>) {
    x = x + moved<Up, 1>(x);
    x = x + moved<Up, 2>(x);
    if constexpr (lanes<V> >= 8) {
      x = x + moved<Up, 4>(x);
    }
    if constexpr (lanes<V> == 16) {
      x = x + moved<Up, 8>(x);
    }
    return x;
  } else {
    constexpr std::size_t width = static_cast<std::size_t>(lanes<V>);
    alignas(64) scalar_t<V> lane[width];
    store(lane, x);
    for (std::size_t i = 1; i < width; ++i) {
      if constexpr (Up) {
        lane[i] += lane[i - 1];
      } else {
        lane[width - 1 - i] += lane[width - i];
      }
    }
    return load<V>(lane);
  }
}

} // namespace detail

/// Lane i: the sum of lanes 0 .. i.
template <class V>
RANKWISE_FN V sum_up_to(V x) {
  return detail::scan<true>(x);
}

/// Lane i: the sum of lanes i .. last.
template <class V>
RANKWISE_FN V sum_from(V x) {
  return detail::scan<false>(x);
}

/// x -> add + times x
template <class T>
struct affine {
  T add;
  T times;
};

namespace detail {

// What of 2 N neighbours lane 0 knows, from what it knows of N.
template <int N, class V>
RANKWISE_FN void compose_neighbours(V& add, V& times) {
  if constexpr (N < lanes<V>) {
    add = ops<V>::fma(times, moved<false, N>(add), add);
    times = times * moved<false, N>(times);
    compose_neighbours<2 * N>(add, times);
  }
}

} // namespace detail

/// The maps of the lanes as one, that of lane 0 outermost: add_0 + times_0 (add_1 + times_1 (add_2 + ...)).
template <class V>
RANKWISE_FN affine<scalar_t<V>> composed(V add, V times) {
  if constexpr (lanes<V> == 1) {
    return {add, times};
  } else if constexpr (detail::moves_lanes<V>) {
    detail::compose_neighbours<1>(add, times);
    return {ops<V>::get(add, 0), ops<V>::get(times, 0)};
  } else {
    constexpr std::size_t width = static_cast<std::size_t>(lanes<V>);
    alignas(64) scalar_t<V> adds[width];
    alignas(64) scalar_t<V> factors[width];
    store(adds, add);
    store(factors, times);
    affine<scalar_t<V>> all{adds[width - 1], factors[width - 1]};
    for (std::size_t i = width - 1; i-- > 0;) {
      all = {adds[i] + factors[i] * all.add, factors[i] * all.times};
    }
    return all;
  }
}

} // namespace rankwise::inline RANKWISE_ABI::math

#endif
