#ifndef RANKWISE_TESTS_SUPPORT_ALLOCATIONS_HPP
#define RANKWISE_TESTS_SUPPORT_ALLOCATIONS_HPP

#include <cstddef>

namespace support {

/// Heap allocations made so far by the calling thread, through any form of operator new.
std::size_t allocations() noexcept;

/// How often a call allocates: `CHECK(support::allocations_of([&] { loss.gradient(...); }) == 0)`.
template <class F>
std::size_t allocations_of(F&& call) {
  std::size_t const before = allocations();
  static_cast<F&&>(call)();
  return allocations() - before;
}

} // namespace support

#endif
