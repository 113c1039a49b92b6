#ifndef RANKWISE_EXAMPLES_SYSTEMS_GOLDEN_HPP
#define RANKWISE_EXAMPLES_SYSTEMS_GOLDEN_HPP

#include "../claim.hpp"

/// A worked number: printed, and compared with the one in the list.
inline void golden(char const* what, double found, double expected, double tolerance = 1e-9) {
  bool const same = near(found, expected, tolerance);
  std::printf("  %-3s %-52s %.10f\n", same ? "yes" : "NO", what, found);
  broken_claims += same ? 0 : 1;
}

#endif
