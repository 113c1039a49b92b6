#ifndef RANKWISE_CORE_DISPATCH_HPP
#define RANKWISE_CORE_DISPATCH_HPP

#include <rankwise/core/arch.hpp>

#include <type_traits>
#include <utility>

/// Run-time choice between units compiled for different instruction sets. A composition is declared in a header as a
/// function object that takes the instruction set first, and defined in a source file that ends in one line,
///   template void page::operator()(rankwise::arch::native, std::span<float const>, std::span<float>) const;
/// CMake's rankwise_add_dispatch() compiles that file once per set; `dispatch(page{}, in, out)` calls the best of them.
namespace rankwise::inline RANKWISE_ABI {

namespace arch {

template <class... Isas>
struct list {};

/// What rankwise_add_dispatch() builds by default, best first.
#if defined(__x86_64__)
using standard = list<x86_64_v4, x86_64_v3, x86_64>;
#else
using standard = list<native>;
#endif

/// Whether this machine runs code compiled for `Isa`. `Unit` is never given: it keeps units with different flags apart,
/// as that of `dispatch` does.
template <class Isa, class Unit = native>
bool available() {
  constexpr unsigned long long needed = Isa::extensions;
#if defined(__x86_64__) && defined(__GNUC__)
  bool ok = (needed & (bit::aarch64 | bit::sve)) == 0; // another kind of machine
  __builtin_cpu_init();                                // for callers that run before main
  auto const need = [&ok](unsigned long long extension, bool there) {
    ok = ok && ((needed & extension) == 0 || there);
  };
  need(bit::sse3, __builtin_cpu_supports("sse3") != 0);
  need(bit::ssse3, __builtin_cpu_supports("ssse3") != 0);
  need(bit::sse4_1, __builtin_cpu_supports("sse4.1") != 0);
  need(bit::sse4_2, __builtin_cpu_supports("sse4.2") != 0);
  need(bit::avx, __builtin_cpu_supports("avx") != 0);
  need(bit::avx2 | bit::f16c, __builtin_cpu_supports("avx2") != 0); // every processor with AVX2 converts half floats
  need(bit::fma, __builtin_cpu_supports("fma") != 0);
  need(bit::bmi2, __builtin_cpu_supports("bmi2") != 0);
  need(bit::avx512f, __builtin_cpu_supports("avx512f") != 0);
  need(bit::avx512cd, __builtin_cpu_supports("avx512cd") != 0);
  need(bit::avx512dq, __builtin_cpu_supports("avx512dq") != 0);
  need(bit::avx512bw, __builtin_cpu_supports("avx512bw") != 0);
  need(bit::avx512vl, __builtin_cpu_supports("avx512vl") != 0);
  need(bit::avx512vnni, __builtin_cpu_supports("avx512vnni") != 0);
  need(bit::avx512vbmi2, __builtin_cpu_supports("avx512vbmi2") != 0);
  // Extensions that no builtin of every supported compiler reports count as absent.
  need(bit::avx512bf16 | bit::avx512fp16, false);
#else
  // Nobody is asked here: what this unit itself runs with is there, and nothing else is.
  bool const ok = (needed & ~Unit::extensions) == 0;
#endif
  return ok;
}

} // namespace arch

namespace detail {

template <class Unit, class First, class... Rest, class F, class... Args>
decltype(auto) dispatch_over(arch::list<First, Rest...>, F const& f, Args&&... args) {
  if constexpr (sizeof...(Rest) == 0) {
    return f(First{}, std::forward<Args>(args)...);
  } else {
    if (arch::available<First, Unit>()) {
      return f(First{}, std::forward<Args>(args)...);
    }
    return dispatch_over<Unit>(arch::list<Rest...>{}, f, std::forward<Args>(args)...);
  }
}

} // namespace detail

/// Calls `f(Isa{}, args...)` with the first of the instruction sets that this machine has; the last one needs no check.
/// `dispatch<arch::list<arch::x86_64_v3, arch::x86_64>>(f, ...)` names others than the standard ones.
template <class Isas = arch::standard, class F, class... Args, class Unit = arch::native>
decltype(auto) dispatch(F const& f, Args&&... args) {
  static_assert(std::is_invocable_v<F const&, arch::native, Args...>,
                "[rankwise] rw::dispatch(f, arguments...) calls f(instruction set, arguments...) const: the first "
                "parameter is the instruction set, and arguments must convert to the others");
  return detail::dispatch_over<Unit>(Isas{}, f, std::forward<Args>(args)...);
}

} // namespace rankwise::inline RANKWISE_ABI

#endif
