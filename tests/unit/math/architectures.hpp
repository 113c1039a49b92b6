#ifndef RANKWISE_TESTS_UNIT_MATH_ARCHITECTURES_HPP
#define RANKWISE_TESTS_UNIT_MATH_ARCHITECTURES_HPP

#include <rankwise/math/batch.hpp>

// Every batch type that the compiler's flags allow.
namespace rankwise_tests {

template <class... V>
struct value_types {};

template <class T>
using batches = value_types<xsimd::batch<T, xsimd::default_arch>
#if defined(__SSE2__) && (defined(__AVX__) || defined(__SSE4_2__))
                            ,
                            xsimd::batch<T, xsimd::sse2>
#endif
#if defined(__AVX512BW__) && defined(__AVX2__) && defined(__FMA__)
                            ,
                            xsimd::batch<T, xsimd::avx2>, xsimd::batch<T, xsimd::fma3<xsimd::avx2>>
#endif
                            >;

template <class... V, class F>
void for_each_type(value_types<V...>, F f) {
  (f(V{}), ...);
}

} // namespace rankwise_tests

#endif
