#ifndef RANKWISE_TESTS_SUPPORT_EXECUTORS_HPP
#define RANKWISE_TESTS_SUPPORT_EXECUTORS_HPP

#include <rankwise/exec/scalar.hpp>
#include <rankwise/exec/simd.hpp>

#include <tuple>

namespace support {

/// The executors on one thread that this unit can run: one item at a time, its own instruction set, and those below.
using executors = std::tuple<rankwise::exec::scalar, rankwise::exec::simd
#if defined(__AVX__)
                             ,
                             rankwise::exec::basic_simd<xsimd::sse2>
#endif
#if defined(__AVX512F__) && defined(__FMA__)
                             ,
                             rankwise::exec::basic_simd<xsimd::fma3<xsimd::avx2>>
#endif
                             >;

template <class F>
void for_each_executor(F f) {
  std::apply([&](auto... e) { (f(e), ...); }, executors{});
}

} // namespace support

#endif
