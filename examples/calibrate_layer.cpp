// An isotonic layer, trained by hand.
#include "claim.hpp"

#include <rankwise/calibrate/isotonic_layer.hpp>

#include <vector>

namespace rw = rankwise;

int main() {
  std::vector<double> const x{0.1, 0.3, 0.6, 0.9}, y{0, 0, 1, 1}, device{0, 1, 0, 1};
  double first = 0, last = 0;
  //{ layer
  rw::calibrate::isotonic_layer layer({0, 0.25, 0.5, 0.75, 1}, /*contexts*/ 2);
  std::vector<double> f(4), upstream(4), by_x(4);
  for (int round = 0; round < 500; ++round) {
    rw::apply(layer, x, device, f);
    double loss = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      upstream[i] = f[i] - y[i];
      loss += upstream[i] * upstream[i] / 2;
    }
    (round == 0 ? first : last) = loss;
    std::vector<double> gradient(layer.parameters().size());
    layer.backward(x, device, upstream, by_x, gradient); // by_x goes on to the head
    std::vector<double> next = layer.parameters();
    for (std::size_t k = 0; k < next.size(); ++k) {
      next[k] -= 0.1 * gradient[k];
    }
    layer.set(next);
  }
  //} layer
  claim(last < 0.1 * first, "the loss falls");
  claim(f[0] <= f[2] && f[1] <= f[3], "and the layer rises, in every context");
  return broken_claims;
}
