#ifndef RANKWISE_MATH_SCAN_HPP
#define RANKWISE_MATH_SCAN_HPP

#include <rankwise/math/value.hpp>

#if defined(__AVX512F__) && !RANKWISE_ON_DEVICE
#include <immintrin.h>
#endif

#include <cstddef>
#include <type_traits>

/// Running sums over the lanes of one value.
namespace rankwise::inline RANKWISE_ABI::math {

namespace detail {

// Lanes moved up (towards higher numbers) or down by N, zeros coming in; only where one instruction does it.
template <bool Up, int N, class V>
RANKWISE_FN V moved(V x) {
#if defined(__AVX512F__) && !RANKWISE_ON_DEVICE
  constexpr unsigned all = lanes<V> == 16 ? 0xffffu : 0xffu;
  constexpr unsigned keep = Up ? (all << N) & all : all >> N;
  if constexpr (sizeof(scalar_t<V>) == 4) {
    const __m512i bits = _mm512_castps_si512(x);
    return V(_mm512_castsi512_ps(_mm512_maskz_alignr_epi32(static_cast<__mmask16>(keep), bits, bits, Up ? 16 - N : N)));
  } else {
    const __m512i bits = _mm512_castpd_si512(x);
    return V(_mm512_castsi512_pd(_mm512_maskz_alignr_epi64(static_cast<__mmask8>(keep), bits, bits, Up ? 8 - N : N)));
  }
#else
  return x;
#endif
}

template <class V>
inline constexpr bool moves_lanes =
#if defined(__AVX512F__) && !RANKWISE_ON_DEVICE
    lanes<V> * sizeof(scalar_t<V>) == 64;
#else
    false;
#endif

template <bool Up, class V>
RANKWISE_FN V scan(V x) {
  if constexpr (lanes<V> == 1) {
    return x;
  } else if constexpr (moves_lanes<V>) {
    x = x + moved<Up, 1>(x);
    x = x + moved<Up, 2>(x);
    x = x + moved<Up, 4>(x);
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

} // namespace rankwise::inline RANKWISE_ABI::math

#endif
