// Priorities instead of task weights.
#include "claim.hpp"

#include <rankwise/train/priority.hpp>

#include <vector>

namespace rw = rankwise;

int main() {
  //{ priority
  // (x-1)^2 <= 0.01 comes first; then minimise (x+1)^2 + (y-2)^2.
  double x = 1, y = 2;
  rw::train::priority<> machine({0.01}, /*rate*/ 5);
  std::vector<double> direction(2);
  auto const first = [&] { return std::vector<double>{(x - 1) * (x - 1)}; };
  machine.observe(first());
  for (int step = 0; step < 20000; ++step) {
    std::vector<double> const objective{2 * (x + 1), 2 * (y - 2)};
    std::vector<double> const constraint{2 * (x - 1), 0};
    machine.direction(objective, rw::row_major(constraint, 2), direction);
    x -= 0.05 * direction[0];
    y -= 0.05 * direction[1];
    machine.update(first());
  }
  //} priority
  claim(near(x, 0.9, 1e-9) && near(y, 2, 1e-9) && near(machine.lambda(0), 19, 1e-6), "x = 0.9, y = 2, lambda = 19");
  claim(near(machine.worst_violation(), 0.0544, 5e-5), "and never further out than 0.0544");
  return broken_claims;
}
