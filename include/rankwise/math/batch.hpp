#ifndef RANKWISE_MATH_BATCH_HPP
#define RANKWISE_MATH_BATCH_HPP

#include <rankwise/math/half.hpp>
#include <rankwise/math/value.hpp>

#include <xsimd/xsimd.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#if !defined(XSIMD_VERSION_MAJOR) || XSIMD_VERSION_MAJOR < 8
#error "rankwise needs xsimd 8 or later"
#endif

// Batches never run on a device: these are plain host functions also under nvcc.
#define RANKWISE_BATCH_FN RANKWISE_ALWAYS_INLINE inline

/// Value operations for SIMD batches. The only place that knows the differences between xsimd 8.1 and 14.
namespace rankwise::inline RANKWISE_ABI::math {

namespace detail {

template <class A>
inline constexpr bool is_avx512 = std::is_base_of_v<xsimd::avx512f, A>;
template <class A>
inline constexpr bool is_avx = std::is_base_of_v<xsimd::avx, A>;
template <class A>
inline constexpr bool is_sse = std::is_base_of_v<xsimd::sse2, A>;

template <class A>
std::true_type has_fma3(const xsimd::fma3<A>*);
std::false_type has_fma3(...);

template <class A>
inline constexpr bool is_fused =
    is_avx512<A> || std::is_base_of_v<xsimd::neon64, A> || decltype(has_fma3(static_cast<A*>(nullptr)))::value;

// Sums, maxima and minima over the lanes: always the upper half onto the lower half.
template <class T, class F>
RANKWISE_BATCH_FN T fold_lanes(T* lane, std::size_t n, F f) {
  for (n /= 2; n != 0; n /= 2)
    for (std::size_t i = 0; i < n; ++i)
      lane[i] = f(lane[i], lane[i + n]);
  return lane[0];
}

struct lane_sum {
  template <class V>
  RANKWISE_BATCH_FN V operator()(V a, V b) const {
    return a + b;
  }
};
struct lane_max {
  template <class V>
  RANKWISE_BATCH_FN V operator()(V a, V b) const {
    return ops<V>::max(a, b);
  }
};
struct lane_min {
  template <class V>
  RANKWISE_BATCH_FN V operator()(V a, V b) const {
    return ops<V>::min(a, b);
  }
};

template <class T, class A, class F>
RANKWISE_BATCH_FN T reduce_batch(const xsimd::batch<T, A>& x, F f) {
#if defined(__AVX512F__)
  if constexpr (is_avx512<A>) {
    if constexpr (sizeof(T) == 4) {
      const __m256 low = _mm512_castps512_ps256(x);
      const __m256 high = _mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd(x), 1));
      using half = xsimd::batch<float, xsimd::avx2>;
      return reduce_batch(f(half(low), half(high)), f);
    } else {
      using half = xsimd::batch<double, xsimd::avx2>;
      return reduce_batch(f(half(_mm512_castpd512_pd256(x)), half(_mm512_extractf64x4_pd(x, 1))), f);
    }
  } else
#endif
#if defined(__AVX__)
      if constexpr (is_avx<A>) {
    using half = xsimd::batch<T, xsimd::sse2>;
    if constexpr (sizeof(T) == 4)
      return reduce_batch(f(half(_mm256_castps256_ps128(x)), half(_mm256_extractf128_ps(x, 1))), f);
    else
      return reduce_batch(f(half(_mm256_castpd256_pd128(x)), half(_mm256_extractf128_pd(x, 1))), f);
  } else
#endif
#if defined(__SSE2__)
      if constexpr (is_sse<A>) {
    using batch = xsimd::batch<T, A>;
    if constexpr (sizeof(T) == 4) {
      const batch two = f(x, batch(_mm_movehl_ps(x, x)));
      return _mm_cvtss_f32(f(two, batch(_mm_shuffle_ps(two, two, 1))));
    } else {
      return _mm_cvtsd_f64(f(x, batch(_mm_unpackhi_pd(x, x))));
    }
  } else
#endif
  {
    alignas(64) T lane[xsimd::batch<T, A>::size];
    x.store_unaligned(lane);
    return fold_lanes(lane, xsimd::batch<T, A>::size, f);
  }
}

} // namespace detail

template <class T, class A>
struct ops<xsimd::batch<T, A>> {
  using value_type = xsimd::batch<T, A>;
  using scalar = T;
  using mask = xsimd::batch_bool<T, A>;
  using integer = xsimd::batch<typename detail::ieee<T>::integer, A>;
  using unsigned_integer = xsimd::batch<typename detail::ieee<T>::bits, A>;
  static constexpr int lanes = static_cast<int>(xsimd::batch<T, A>::size);
  static constexpr bool fused = detail::is_fused<A>;
  static constexpr bool is_batch = true;
  static constexpr bool native_scale = detail::is_avx512<A>;
  static constexpr bool native_split = detail::is_avx512<A>;
  // Not the 12 bits of SSE and AVX: those differ between processors and are not exact at 1.
  static constexpr bool native_reciprocal = detail::is_avx512<A>;
  static constexpr bool native_table = detail::is_avx512<A> && sizeof(T) == 4;
  static constexpr bool native_all = true;

private:
  using V = value_type;
  using indices = std::make_index_sequence<static_cast<std::size_t>(lanes)>;
  static constexpr std::size_t width = static_cast<std::size_t>(lanes);
  static constexpr bool avx512 = detail::is_avx512<A>;
  static constexpr bool single = sizeof(T) == 4;

  template <class U, std::size_t... Is>
  RANKWISE_BATCH_FN static V strided_lanes(const U* p, std::ptrdiff_t stride, std::index_sequence<Is...>) {
    return V{static_cast<T>(p[static_cast<std::ptrdiff_t>(Is) * stride])...};
  }
  template <class U, std::size_t... Is>
  RANKWISE_BATCH_FN static V strided_lanes_below(const U* p, std::ptrdiff_t stride, std::size_t last,
                                                 std::index_sequence<Is...>) {
    return V{static_cast<T>(p[static_cast<std::ptrdiff_t>(Is < last ? Is : last) * stride])...};
  }

  template <class To, class From>
  RANKWISE_BATCH_FN static xsimd::batch<To, A> cast(const xsimd::batch<From, A>& x) {
#if XSIMD_VERSION_MAJOR < 9
    return xsimd::bitwise_cast<xsimd::batch<To, A>>(x);
#else
    return xsimd::bitwise_cast<To>(x);
#endif
  }

  template <std::size_t... Is>
  RANKWISE_BATCH_FN static V iota_of(std::index_sequence<Is...>) {
    alignas(64) static constexpr T values[] = {static_cast<T>(Is)...};
    return V::load_unaligned(values);
  }

  // One comparison per lane instead of a loop, which compilers turn into a call of memcpy.
  template <class To, class From, std::size_t... Is>
  RANKWISE_BATCH_FN static void copy_first(To* to, const From* from, std::size_t n, std::index_sequence<Is...>) {
    ((n > Is ? static_cast<void>(to[Is] = static_cast<To>(from[Is])) : static_cast<void>(0)), ...);
  }

  // The lanes, numbers that U holds, as integers of one byte in the low bytes of a register. The packs saturate, and
  // numbers above 127 would not pass the signed one, so unsigned bytes take the other.
  // Not bool, which 1/2 turns to true.
  template <class U>
  static constexpr bool
      packs_bytes = single && (detail::is_avx512<A> || detail::is_avx<A> || detail::is_sse<A>)&&std::is_integral_v<U> &&
                    sizeof(U) == 1 && !std::is_same_v<U, bool>;
  // Two-byte floats that are converted in registers.
#if defined(__SSE2__)
  using words = detail::half_words<A, width>;
  template <class U>
  static constexpr bool packs_halves = single&& half_width<U> &&
                                       (detail::is_avx512<A> || detail::is_avx<A> || detail::is_sse<A>);
#else
  template <class U>
  static constexpr bool packs_halves = false;
#endif
#if defined(__SSE2__)
  template <class U>
  RANKWISE_BATCH_FN static __m128i bytes(V x) {
    const auto pack = [](__m128i words) {
      return std::is_signed_v<U> ? _mm_packs_epi16(words, words) : _mm_packus_epi16(words, words);
    };
#if defined(__AVX512F__)
    if constexpr (avx512)
      return _mm512_cvtepi32_epi8(_mm512_cvttps_epi32(x));
    else
#endif
#if defined(__AVX__)
        if constexpr (detail::is_avx<A>) {
      const __m256i i = _mm256_cvttps_epi32(x);
      return pack(_mm_packs_epi32(_mm256_castsi256_si128(i), _mm256_extractf128_si256(i, 1)));
    } else
#endif
    {
      const __m128i i = _mm_cvttps_epi32(x);
      return pack(_mm_packs_epi32(i, i));
    }
  }
#endif

public:
  /// a * b + c, rounded once exactly if `fused` (xsimd 8.1 rounds twice on AVX-512).
  RANKWISE_BATCH_FN static V fma(V a, V b, V c) {
#if defined(__AVX512F__)
    if constexpr (avx512 && single)
      return V(_mm512_fmadd_ps(a, b, c));
    else if constexpr (avx512)
      return V(_mm512_fmadd_pd(a, b, c));
    else
#endif
      return xsimd::fma(a, b, c);
  }
  /// a * b - c and c - a * b, likewise.
  RANKWISE_BATCH_FN static V fms(V a, V b, V c) {
#if defined(__AVX512F__)
    if constexpr (avx512 && single)
      return V(_mm512_fmsub_ps(a, b, c));
    else if constexpr (avx512)
      return V(_mm512_fmsub_pd(a, b, c));
    else
#endif
      return xsimd::fms(a, b, c);
  }
  RANKWISE_BATCH_FN static V fnma(V a, V b, V c) {
#if defined(__AVX512F__)
    if constexpr (avx512 && single)
      return V(_mm512_fnmadd_ps(a, b, c));
    else if constexpr (avx512)
      return V(_mm512_fnmadd_pd(a, b, c));
    else
#endif
      return xsimd::fnma(a, b, c);
  }
  /// a * b, never contracted with a sum that follows (g++ contracts intrinsics too).
  RANKWISE_BATCH_FN static V product(V a, V b) {
    V p = a * b;
#if defined(__GNUC__) && defined(__x86_64__)
#if defined(__AVX512F__)
    asm("" : "+v"(p.data));
#else
    asm("" : "+x"(p.data));
#endif
#elif defined(__GNUC__) && defined(__aarch64__)
    asm("" : "+w"(p.data));
#endif
    return p;
  }
  RANKWISE_BATCH_FN static V select(mask m, V a, V b) {
    return xsimd::select(m, a, b);
  }
  RANKWISE_BATCH_FN static integer bits(V x) {
    return cast<typename integer::value_type>(x);
  }
  RANKWISE_BATCH_FN static V from_bits(integer x) {
    return cast<T>(x);
  }
  template <int N>
  RANKWISE_BATCH_FN static integer shift_left(integer x) {
#if defined(__AVX512F__)
    if constexpr (avx512 && single)
      return integer(_mm512_slli_epi32(x, N));
    else if constexpr (avx512)
      return integer(_mm512_slli_epi64(x, N));
    else
#endif
      return x << N;
  }
  template <int N>
  RANKWISE_BATCH_FN static integer shift_right(integer x) {
#if defined(__AVX512F__)
    if constexpr (avx512 && single)
      return integer(_mm512_srli_epi32(x, N));
    else if constexpr (avx512)
      return integer(_mm512_srli_epi64(x, N));
    else
#endif
      return cast<typename integer::value_type>(cast<typename unsigned_integer::value_type>(x) >> N);
  }
  RANKWISE_BATCH_FN static integer add(integer a, integer b) {
    return a + b;
  }
  RANKWISE_BATCH_FN static integer subtract(integer a, integer b) {
    return a - b;
  }

#if defined(__AVX512F__)
  /// x * 2^floor(n) for an n of any size, rounded once.
  RANKWISE_BATCH_FN static V scale(V x, V n) {
    if constexpr (single)
      return V(_mm512_scalef_ps(x, n));
    else
      return V(_mm512_scalef_pd(x, n));
  }
  RANKWISE_BATCH_FN static V reciprocal_estimate(V x) {
    if constexpr (single)
      return V(_mm512_rcp14_ps(x));
    else
      return V(_mm512_rcp14_pd(x));
  }
  /// table[index % 16], for a table that is aligned to a register.
  RANKWISE_BATCH_FN static V lookup(const T* table, integer index) requires(single) {
    return V(_mm512_permutexvar_ps(index, _mm512_load_ps(table)));
  }
  // Without optimisation the intrinsics are macros, and their casts count as ours.
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wold-style-cast"
#endif
  /// x = 2^exponent * mantissa with 1 <= mantissa < 2, or as below.
  RANKWISE_BATCH_FN static V mantissa_from_one(V x) requires(single) {
    return V(_mm512_getmant_ps(x, _MM_MANT_NORM_1_2, _MM_MANT_SIGN_nan));
  }
  RANKWISE_BATCH_FN static V exponent_from_one(V x) requires(single) {
    return V(_mm512_getexp_ps(x));
  }
  /// x = 2^exponent * mantissa with 3/4 <= mantissa < 3/2. At 0 and infinity the mantissa is 1 and the exponent
  /// infinite; the mantissa of a negative x is NaN.
  RANKWISE_BATCH_FN static V mantissa_part(V x) {
    if constexpr (single)
      return V(_mm512_getmant_ps(x, _MM_MANT_NORM_p75_1p5, _MM_MANT_SIGN_nan));
    else
      return V(_mm512_getmant_pd(x, _MM_MANT_NORM_p75_1p5, _MM_MANT_SIGN_nan));
  }
  RANKWISE_BATCH_FN static V exponent_part(V x) {
    if constexpr (single)
      return V(_mm512_sub_ps(_mm512_getexp_ps(x), _mm512_getexp_ps(mantissa_part(x))));
    else
      return V(_mm512_sub_pd(_mm512_getexp_pd(x), _mm512_getexp_pd(mantissa_part(x))));
  }
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif
#endif

  // The instructions themselves: what xsimd does with NaN changes between its versions.
  RANKWISE_BATCH_FN static V min(V a, V b) {
#if defined(__AVX512F__)
    if constexpr (avx512 && single)
      return V(_mm512_min_ps(a, b));
    else if constexpr (avx512)
      return V(_mm512_min_pd(a, b));
    else
#endif
#if defined(__AVX__)
        if constexpr (detail::is_avx<A> && single)
      return V(_mm256_min_ps(a, b));
    else if constexpr (detail::is_avx<A>)
      return V(_mm256_min_pd(a, b));
    else
#endif
#if defined(__SSE2__)
        if constexpr (detail::is_sse<A> && single)
      return V(_mm_min_ps(a, b));
    else if constexpr (detail::is_sse<A>)
      return V(_mm_min_pd(a, b));
    else
#endif
      return xsimd::min(a, b);
  }
  RANKWISE_BATCH_FN static V max(V a, V b) {
#if defined(__AVX512F__)
    if constexpr (avx512 && single)
      return V(_mm512_max_ps(a, b));
    else if constexpr (avx512)
      return V(_mm512_max_pd(a, b));
    else
#endif
#if defined(__AVX__)
        if constexpr (detail::is_avx<A> && single)
      return V(_mm256_max_ps(a, b));
    else if constexpr (detail::is_avx<A>)
      return V(_mm256_max_pd(a, b));
    else
#endif
#if defined(__SSE2__)
        if constexpr (detail::is_sse<A> && single)
      return V(_mm_max_ps(a, b));
    else if constexpr (detail::is_sse<A>)
      return V(_mm_max_pd(a, b));
    else
#endif
      return xsimd::max(a, b);
  }
  RANKWISE_BATCH_FN static V abs(V x) {
    return xsimd::abs(x);
  }
  RANKWISE_BATCH_FN static V negative_abs(V x) {
    return x | V(T(-0.0));
  }
  RANKWISE_BATCH_FN static V copy_sign(V magnitude, V sign) {
    const V top(T(-0.0));
    return xsimd::abs(magnitude) |
           (sign & top); // the arguments of bitwise_andnot change places between instruction sets
  }
  RANKWISE_BATCH_FN static V sqrt(V x) {
    return xsimd::sqrt(x);
  }

  // Not x != x: xsimd 8.1 compares ordered on AVX-512.
  RANKWISE_BATCH_FN static mask is_nan(V x) {
    return xsimd::isnan(x);
  }

  RANKWISE_BATCH_FN static T reduce_add(V x) {
    return detail::reduce_batch(x, detail::lane_sum{});
  }
  /// The sums of the lanes of four registers, into to[0] .. to[3].
  RANKWISE_BATCH_FN static void reduce_add4(V a, V b, V c, V d, T* to) {
#if defined(__AVX__)
    if constexpr (single && detail::is_avx<A>) {
      const __m256 all = _mm256_hadd_ps(_mm256_hadd_ps(a, b), _mm256_hadd_ps(c, d));
      _mm_storeu_ps(to, _mm_add_ps(_mm256_castps256_ps128(all), _mm256_extractf128_ps(all, 1)));
      return;
    }
#endif
#if defined(__AVX512F__)
    if constexpr (single && avx512) {
      using half = xsimd::batch<float, xsimd::avx2>;
      const auto folded = [](V x) {
        return half(_mm512_castps512_ps256(x)) + half(_mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd(x), 1)));
      };
      ops<half>::reduce_add4(folded(a), folded(b), folded(c), folded(d), to);
      return;
    }
#endif
    to[0] = reduce_add(a);
    to[1] = reduce_add(b);
    to[2] = reduce_add(c);
    to[3] = reduce_add(d);
  }
  RANKWISE_BATCH_FN static T reduce_max(V x) {
    return detail::reduce_batch(x, detail::lane_max{});
  }
  RANKWISE_BATCH_FN static T reduce_min(V x) {
    return detail::reduce_batch(x, detail::lane_min{});
  }

  RANKWISE_BATCH_FN static T get(V x, std::size_t i) {
    return x.get(i);
  }
  RANKWISE_BATCH_FN static V iota() {
    return iota_of(indices{});
  }
  RANKWISE_BATCH_FN static mask first(std::size_t n) {
#if defined(__AVX512F__)
    if constexpr (avx512)
      return mask(static_cast<typename mask::register_type>(n < width ? (1u << n) - 1u : (1u << width) - 1u));
    else
#endif
      return iota() < V(static_cast<T>(n < width ? n : width));
  }

  template <class U>
  RANKWISE_BATCH_FN static V load(const U* p) {
    if constexpr (std::is_same_v<U, T>) {
      return V::load_unaligned(p);
    } else if constexpr (std::is_same_v<U, std::int32_t> && single) {
      return xsimd::to_float(integer::load_unaligned(p));
#if defined(__SSE2__)
    } else if constexpr (packs_halves<U>) {
      return words::template widen<half_format_of<U>>(words::load(p));
#endif
    } else {
      alignas(64) T lane[width];
      for (std::size_t i = 0; i < width; ++i)
        lane[i] = static_cast<T>(p[i]);
      return V::load_aligned(lane);
    }
  }
  template <class U>
  RANKWISE_BATCH_FN static void store(U* p, V x) {
    if constexpr (std::is_same_v<U, T>) {
      x.store_unaligned(p);
#if defined(__SSE2__)
    } else if constexpr (packs_bytes<U>) {
      const __m128i b = bytes<U>(x);
      if constexpr (width == 16)
        _mm_storeu_si128(reinterpret_cast<__m128i*>(p), b);
      else if constexpr (width == 8)
        _mm_storel_epi64(reinterpret_cast<__m128i*>(p), b);
      else
        _mm_storeu_si32(p, b);
    } else if constexpr (packs_halves<U>) {
      words::store(p, words::template round<half_format_of<U>>(x));
#endif
    } else {
      alignas(64) T lane[width];
      x.store_aligned(lane);
      for (std::size_t i = 0; i < width; ++i)
        p[i] = static_cast<U>(lane[i]);
    }
  }

  /// Whether `stream` writes elements of U past the caches; p is then aligned to lanes * sizeof(U).
  template <class U>
  static constexpr bool streams =
#if defined(__x86_64__)
      (std::is_same_v<U, T> && (avx512 || detail::is_avx<A> || detail::is_sse<A>)) ||
      (packs_bytes<U>) || packs_halves<U>;
#else
      false;
#endif
  template <class U>
  RANKWISE_BATCH_FN static void stream(U* p, V x) {
#if defined(__x86_64__)
    if constexpr (streams<U> && sizeof(U) == 1) {
      const __m128i b = bytes<U>(x);
      if constexpr (width == 16)
        _mm_stream_si128(reinterpret_cast<__m128i*>(p), b);
      else if constexpr (width == 8)
        _mm_stream_si64(reinterpret_cast<long long*>(p), _mm_cvtsi128_si64(b));
      else
        _mm_stream_si32(reinterpret_cast<int*>(p), _mm_cvtsi128_si32(b));
    } else if constexpr (packs_halves<U>) {
      words::stream(p, words::template round<half_format_of<U>>(x));
    } else if constexpr (streams<U>) {
#if defined(__AVX512F__)
      if constexpr (avx512 && single)
        _mm512_stream_ps(p, x);
      else if constexpr (avx512)
        _mm512_stream_pd(p, x);
      else
#endif
#if defined(__AVX__)
          if constexpr (detail::is_avx<A> && single)
        _mm256_stream_ps(p, x);
      else if constexpr (detail::is_avx<A>)
        _mm256_stream_pd(p, x);
      else
#endif
          if constexpr (single)
        _mm_stream_ps(p, x);
      else
        _mm_stream_pd(p, x);
    } else
#endif
      store(p, x);
  }
  /// Orders what `stream` wrote before what follows.
  RANKWISE_BATCH_FN static void stream_end() {
#if defined(__x86_64__)
    _mm_sfence();
#endif
  }

  /// Elements `stride` apart, built up in registers: a detour through memory would wait for its own stores. The lanes
  /// behind the first n repeat lane n - 1; n is at least 1.
  template <class U>
  RANKWISE_BATCH_FN static V load_strided(const U* p, std::ptrdiff_t stride, std::size_t n) {
#if defined(__SSE2__)
    if constexpr (packs_halves<U>)
      return words::template widen<half_format_of<U>>(
          detail::half_lanes<words>(p, stride, n >= width ? width : n - 1, indices{}));
    else
#endif
    {
      if (n >= width)
        return strided_lanes(p, stride, indices{});
      return strided_lanes_below(p, stride, n - 1, indices{});
    }
  }

  /// Stores the lanes of `chosen` next to each other, and first + their number in the register beside them; returns how
  /// many there are. What stands behind them, within one register, is overwritten.
  RANKWISE_BATCH_FN static std::size_t store_chosen(T* p, std::uint32_t* positions, V x, mask chosen,
                                                    std::uint32_t first) {
    std::uint64_t lanes_left = mask_ops<mask>::bits(chosen);
    const auto count = static_cast<std::size_t>(__builtin_popcountll(lanes_left));
#if defined(__AVX512F__)
    if constexpr (avx512 && single) {
      const __m512i lane = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
      const auto m = static_cast<__mmask16>(lanes_left);
      _mm512_storeu_ps(p, _mm512_maskz_compress_ps(m, x));
      _mm512_storeu_si512(positions, _mm512_maskz_compress_epi32(
                                         m, _mm512_add_epi32(lane, _mm512_set1_epi32(static_cast<int>(first)))));
      return count;
    } else if constexpr (avx512) {
      const __m512i lane = _mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0);
      const auto m = static_cast<__mmask8>(lanes_left);
      _mm512_storeu_pd(p, _mm512_maskz_compress_pd(m, x));
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(positions),
                          _mm512_cvtepi64_epi32(_mm512_maskz_compress_epi64(
                              m, _mm512_add_epi64(lane, _mm512_set1_epi64(static_cast<long long>(first))))));
      return count;
    } else
#endif
    {
      for (std::size_t at = 0; lanes_left != 0; lanes_left &= lanes_left - 1, ++at) {
        const auto lane = static_cast<std::size_t>(__builtin_ctzll(lanes_left));
        p[at] = x.get(lane);
        positions[at] = first + static_cast<std::uint32_t>(lane);
      }
      return count;
    }
  }

  RANKWISE_BATCH_FN static std::size_t store_chosen(T* p, V x, mask chosen) {
    std::uint64_t lanes_left = mask_ops<mask>::bits(chosen);
    const auto count = static_cast<std::size_t>(__builtin_popcountll(lanes_left));
#if defined(__AVX512F__)
    if constexpr (avx512 && single) {
      _mm512_storeu_ps(p, _mm512_maskz_compress_ps(static_cast<__mmask16>(lanes_left), x));
      return count;
    } else if constexpr (avx512) {
      _mm512_storeu_pd(p, _mm512_maskz_compress_pd(static_cast<__mmask8>(lanes_left), x));
      return count;
    } else
#endif
    {
      for (std::size_t at = 0; lanes_left != 0; lanes_left &= lanes_left - 1, ++at) {
        p[at] = x.get(static_cast<std::size_t>(__builtin_ctzll(lanes_left)));
      }
      return count;
    }
  }

  // Macros again.
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wold-style-cast"
#endif
  RANKWISE_BATCH_FN static V gather(const T* p, V index) {
#if defined(__AVX512F__)
    if constexpr (avx512 && single)
      return V(_mm512_i32gather_ps(_mm512_cvttps_epi32(index), p, 4));
    else if constexpr (avx512)
      return V(_mm512_i32gather_pd(_mm512_cvttpd_epi32(index), p, 8));
    else
#endif
#if defined(__AVX2__)
        if constexpr (std::is_base_of_v<xsimd::avx2, A> && single)
      return V(_mm256_i32gather_ps(p, _mm256_cvttps_epi32(index), 4));
    else if constexpr (std::is_base_of_v<xsimd::avx2, A>)
      return V(_mm256_i32gather_pd(p, _mm256_cvttpd_epi32(index), 8));
    else
#endif
    {
      alignas(64) T lane[width];
      index.store_aligned(lane);
      for (T& x : lane)
        x = p[static_cast<std::size_t>(x)];
      return V::load_aligned(lane);
    }
  }
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

  template <class U>
  RANKWISE_BATCH_FN static V load_partial(const U* p, std::size_t n, T fill) {
#if defined(__AVX512F__)
    if constexpr (avx512 && single && std::is_same_v<U, float>)
      return V(_mm512_mask_loadu_ps(V(fill), first(n), p));
    else if constexpr (avx512 && std::is_same_v<U, double> && std::is_same_v<T, double>)
      return V(_mm512_mask_loadu_pd(V(fill), first(n), p));
    else
#endif
#if defined(__AVX__)
        if constexpr (detail::is_avx<A> && single && std::is_same_v<U, float>)
      return select(first(n), V(_mm256_maskload_ps(p, _mm256_castps_si256(first(n)))), V(fill));
    else if constexpr (detail::is_avx<A> && std::is_same_v<U, double> && std::is_same_v<T, double>)
      return select(first(n), V(_mm256_maskload_pd(p, _mm256_castpd_si256(first(n)))), V(fill));
    else
#endif
        if constexpr (packs_halves<U>) {
      U lane[width] = {};
      copy_first(lane, p, n, indices{});
      return select(first(n), load(lane), V(fill));
    } else {
      alignas(64) T lane[width];
      V(fill).store_aligned(lane);
      copy_first(lane, p, n, indices{});
      return V::load_aligned(lane);
    }
  }
  template <class U>
  RANKWISE_BATCH_FN static void store_partial(U* p, std::size_t n, V x) {
#if defined(__AVX512F__)
    if constexpr (avx512 && single && std::is_same_v<U, float>)
      _mm512_mask_storeu_ps(p, first(n), x);
    else if constexpr (avx512 && std::is_same_v<U, double> && std::is_same_v<T, double>)
      _mm512_mask_storeu_pd(p, first(n), x);
    else
#endif
#if defined(__AVX__)
        if constexpr (detail::is_avx<A> && single && std::is_same_v<U, float>)
      _mm256_maskstore_ps(p, _mm256_castps_si256(first(n)), x);
    else if constexpr (detail::is_avx<A> && std::is_same_v<U, double> && std::is_same_v<T, double>)
      _mm256_maskstore_pd(p, _mm256_castpd_si256(first(n)), x);
    else
#endif
        if constexpr (packs_halves<U>) {
      U lane[width];
      store(lane, x);
      copy_first(p, lane, n, indices{});
    } else {
      alignas(64) T lane[width];
      x.store_aligned(lane);
      copy_first(p, lane, n, indices{});
    }
  }
};

template <class T, class A>
struct mask_ops<xsimd::batch_bool<T, A>> {
  using M = xsimd::batch_bool<T, A>;
  static constexpr int lanes = static_cast<int>(M::size);
  RANKWISE_BATCH_FN static bool any(M m) { return xsimd::any(m); }
  RANKWISE_BATCH_FN static bool all(M m) { return xsimd::all(m); }
  RANKWISE_BATCH_FN static std::uint64_t bits(M m) {
    const auto r = static_cast<typename M::register_type>(m);
#if defined(__AVX512F__)
    if constexpr (detail::is_avx512<A>)
      return static_cast<std::uint64_t>(r);
    else
#endif
#if defined(__AVX__)
        if constexpr (detail::is_avx<A>) {
      if constexpr (sizeof(T) == 4)
        return static_cast<unsigned>(_mm256_movemask_ps(r));
      else
        return static_cast<unsigned>(_mm256_movemask_pd(r));
    } else
#endif
#if defined(__SSE2__)
        if constexpr (detail::is_sse<A>) {
      if constexpr (sizeof(T) == 4)
        return static_cast<unsigned>(_mm_movemask_ps(r));
      else
        return static_cast<unsigned>(_mm_movemask_pd(r));
    } else
#endif
    {
      bool lane[static_cast<std::size_t>(lanes)];
      m.store_unaligned(lane);
      std::uint64_t all = 0;
      for (std::size_t i = 0; i < static_cast<std::size_t>(lanes); ++i)
        all |= static_cast<std::uint64_t>(lane[i]) << i;
      return all;
    }
  }
  RANKWISE_BATCH_FN static int count(M m) {
    return __builtin_popcountll(bits(m));
  }
};

} // namespace rankwise::inline RANKWISE_ABI::math

#undef RANKWISE_BATCH_FN

#endif
