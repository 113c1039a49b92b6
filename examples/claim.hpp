#ifndef RANKWISE_EXAMPLES_CLAIM_HPP
#define RANKWISE_EXAMPLES_CLAIM_HPP

#include <cmath>
#include <cstdio>

/// What an example says, printed with whether it holds. main returns `broken_claims`, so a false claim fails the tests.
inline int broken_claims = 0;

inline void claim(bool holds, char const* text) {
  std::printf("  %-3s %s\n", holds ? "yes" : "NO", text);
  broken_claims += holds ? 0 : 1;
}

inline bool near(double a, double b, double tolerance = 1e-6) {
  return std::abs(a - b) <= tolerance;
}

#endif
