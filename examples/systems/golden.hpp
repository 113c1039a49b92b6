#ifndef RANKWISE_EXAMPLES_SYSTEMS_GOLDEN_HPP
#define RANKWISE_EXAMPLES_SYSTEMS_GOLDEN_HPP

#include "../claim.hpp"

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <vector>

/// How far a worked number may be off: set by the type in which a system is worked out.
inline double golden_tolerance = 1e-9;

/// A worked number: printed, and compared with the one in the list.
inline void golden(char const* what, double found, double expected, double tolerance = 0) {
  bool const same = near(found, expected, std::max(tolerance, golden_tolerance));
  std::printf("  %-3s %-52s %.10f\n", same ? "yes" : "NO", what, found);
  broken_claims += same ? 0 : 1;
}

/// Numbers as the papers have them, in the type in which a system is worked out.
template <class T>
struct numbers : std::vector<T> {
  numbers(std::initializer_list<double> x) : std::vector<T>(x.begin(), x.end()) {}
  explicit numbers(std::size_t count = 0, T value = 0) : std::vector<T>(count, value) {}
};

/// worked(double{}) to 1e-9, then worked(float{}) to 1e-5.
template <class Worked>
int in_double_and_float(Worked worked) {
  std::printf("in double, to 1e-9:\n");
  worked(double{});
  golden_tolerance = 1e-5;
  std::printf("in float, to 1e-5:\n");
  worked(float{});
  return broken_claims;
}

#endif
