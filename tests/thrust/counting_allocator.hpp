#ifndef RANKWISE_TESTS_THRUST_COUNTING_ALLOCATOR_HPP
#define RANKWISE_TESTS_THRUST_COUNTING_ALLOCATOR_HPP

#include <cstddef>

namespace parity {

/// What a caller puts into a policy, to have a say about memory.
struct counting_allocator {
  using value_type = char;

  inline static std::size_t given_out = 0;
  inline static std::size_t given_back = 0;

  char* allocate(std::ptrdiff_t n) {
    given_out += static_cast<std::size_t>(n);
    return new char[static_cast<std::size_t>(n)];
  }
  void deallocate(char* p, std::size_t n) {
    given_back += n;
    delete[] p;
  }

  /// For the test at hand: both programs' files share the counts.
  static void reset() { given_out = given_back = 0; }
};

} // namespace parity

#endif
