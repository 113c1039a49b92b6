// A list-wise loss of your own: copy the struct, change the formula.
#include "claim.hpp"

#include <rankwise/rankwise.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace rw = rankwise;

//{ loss
namespace mine {

/// Logistic loss of every item, by itself:
///   L = sum_i w_i (softplus(x_i) - y_i x_i),  x_i = scale s_i,  0 <= y_i <= 1
///   dL/ds_i = scale w_i (sigma(x_i) - y_i),  d2L/ds_i2 = scale^2 w_i sigma(x_i) (1 - sigma(x_i)): the true diagonal
struct logistic {
  double scale = 1;

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    using V = typename List::vector;
    V const a = rw::as<V>(scale);
    return list.sum([&](auto i) {
      V const x = a * list.score(i);
      V const w = list.weight(i);
      V const y = list.label(i);
      if constexpr (List::wants_gradient) {
        V const p = rw::math::sigmoid(x);
        list.gradient(i, a * w * (p - y));
        list.hessian(i, a * a * w * p * (V(1) - p)); // discarded where the caller gave no hessian
      }
      return w * (rw::math::softplus(x) - y * x);
    });
  }

  RANKWISE_LOSS_CALLS
};

} // namespace mine
//} loss

int main() {
  //{ use
  std::vector<double> const scores{0.3, -1.2, 2.0, 0.1, 0.4};
  std::vector<double> const labels{1, 0, 0.5, 0, 1};
  auto const lists = rw::lists_of_sizes(std::vector{3, 2});
  constexpr auto loss = mine::logistic{.scale = 2};

  auto const data = loss.prepare(labels, lists);    // once per data set
  rw::workspace memory(loss.workspace_bytes(data)); // once per thread
  std::vector<double> gradient(scores.size()), hessian(scores.size());
  double const value = loss.gradient(scores, data, gradient, hessian, memory); // every round
  //} use

  claim(near(value, loss.value(scores, labels, lists), 0), "value() and gradient() return the same number");

  //{ test
  // Rule 2: the gradient is the finite difference of the value, the hessian that of the gradient. In double.
  double worst = 0;
  constexpr double step = 1e-5;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    auto const at = [&](double shift, std::vector<double>& g) {
      auto moved = scores;
      moved[i] += shift;
      return loss.gradient(moved, data, g, memory);
    };
    std::vector<double> up(scores.size()), down(scores.size());
    double const slope = (at(step, up) - at(-step, down)) / (2 * step);
    worst = std::max({worst, std::abs(slope - gradient[i]), std::abs((up[i] - down[i]) / (2 * step) - hessian[i])});
  }
  claim(worst < 1e-8, "gradient and hessian are finite differences");
  //} test
  return broken_claims;
}
