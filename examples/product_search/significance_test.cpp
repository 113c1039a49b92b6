// The paired t-test of the report against numbers by hand (the p-value: Student's density, integrated), and differences
// that are rounding alone.
#include "significance.hpp"

#include <cmath>
#include <cstdio>
#include <vector>

int main() {
  auto const close = [](double a, double b) { return std::fabs(a - b) < 1e-6; };
  std::vector<double> const a{0.9, 0.4, 0.7, 0.8, 0.6}, b{0.8, 0.5, 0.5, 0.7, 0.3};
  auto const c = product_search::compare(a, b);
  // Differences .1 -.1 .2 .1 .3: mean .12, standard error .0663325, t 1.809068 at 4 degrees of freedom.
  bool good = close(c.difference, 0.12) && close(c.low, 0.12 - 2.7764451 * 0.0663325) &&
              close(c.high, 0.12 + 2.7764451 * 0.0663325) && close(c.p, 0.1447040);
  std::vector<double> const rounded{0.9 - 6e-8, 0.4, 0.7 - 1.2e-7, 0.8 - 6e-8, 0.6};
  auto const same = product_search::compare(rounded, a);
  good = good && same.difference == 0 && same.low == 0 && same.high == 0 && same.p == 1;
  if (!good) {
    std::printf("%.7f [%.7f, %.7f] p %.7f; rounding: %g p %g\n", c.difference, c.low, c.high, c.p, same.difference,
                same.p);
  }
  return good ? 0 : 1;
}
