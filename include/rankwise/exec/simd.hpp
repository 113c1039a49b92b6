#ifndef RANKWISE_EXEC_SIMD_HPP
#define RANKWISE_EXEC_SIMD_HPP

#include <rankwise/exec/serial.hpp>
#include <rankwise/math/batch.hpp>

#include <type_traits>

namespace rankwise::inline RANKWISE_ABI {

namespace detail {

#if RANKWISE_ON_DEVICE
// Device code cannot name a vector register. nvcc looks at the loops of host executors in its device pass, too, and
// drops them: there a pack is one item.
template <class T, class Arch>
struct batch_for {
  using type = T;
};
#else
// An isa tag stands for whatever xsimd takes the unit's flags for; the tag keeps the specialisations of different units
// apart. Any other type is an architecture of xsimd's.
template <class T, class Arch>
struct batch_for {
  using type = xsimd::batch<T, Arch>;
};

template <class T, unsigned long long Extensions>
struct batch_for<T, arch::isa<Extensions>> {
  static_assert(arch::isa<Extensions>::extensions == arch::native::extensions,
                "[rankwise] exec::basic_simd<isa> needs a unit compiled for that instruction set: see "
                "rankwise_add_dispatch() for one unit per set");
  using type = xsimd::batch<T, xsimd::default_arch>;
};
#endif

} // namespace detail

namespace exec {

/// A register of items at a time, on one thread. What is left at the end of a range goes through a padded register, so
/// an item's value does not depend on where it stands.
template <class Arch>
struct basic_simd : detail::serial<basic_simd<Arch>> {
  template <class T>
  using vector = typename detail::batch_for<T, Arch>::type;
};

} // namespace exec

template <class Arch>
inline constexpr bool is_executor<exec::basic_simd<Arch>> = true;

} // namespace rankwise::inline RANKWISE_ABI

#endif
