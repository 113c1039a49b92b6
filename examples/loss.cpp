// Losses, page by page.
#include "claim.hpp"

#include <rankwise/loss/softmax.hpp>

#include <cmath>
#include <limits>
#include <vector>

namespace rw = rankwise;

namespace {

void softmax() {
  //{ softmax
  std::vector<double> const scores{1, 2, 0.5};
  std::vector<double> const labels{0, 1, 1};
  auto const lists = rw::lists<>::single(3);
  std::vector<double> gradient(3), hessian(3);
  constexpr auto loss = rw::loss::softmax{.temperature = 2};
  double const value = loss.gradient(scores, labels, lists, gradient, hessian);
  //} softmax
  double total = 0, by_hand = 0;
  for (double s : scores) {
    total += std::exp(s / 2);
  }
  for (std::size_t i = 0; i < 3; ++i) {
    by_hand -= labels[i] * std::log(std::exp(scores[i] / 2) / total);
    double const p = std::exp(scores[i] / 2) / total;
    claim(near(gradient[i], (2 * p - labels[i]) / 2, 1e-12), "dL/ds = (T p - t) / temperature");
    claim(near(hessian[i], 2 * p * (1 - p) / 4, 1e-12), "d2L/ds2 = T p (1 - p) / temperature^2");
  }
  std::printf("loss %.6f, by hand %.6f\n", value, by_hand);
  claim(near(value, by_hand, 1e-12), "-sum t log p");
}

void loss() {
  float const nan = std::numeric_limits<float>::quiet_NaN();
  //{ loss
  std::vector<float> const scores{0.2f, 0.1f, 1.5f, nan, 0.7f};
  std::vector<float> const labels{1, 0, 2, 0, 1};
  std::vector<float> const w{1, 2, 1, 1, 1};
  auto const lists = rw::lists_of_sizes(std::vector{2, 2, 1});
  constexpr auto loss = rw::loss::softmax{};
  std::vector<float> gradient(5);
  std::vector<double> each(3);

  auto const data = loss.prepare(labels, lists, {.item_weights = w}); // weights and mask belong to the data
  rw::workspace memory(loss.workspace_bytes(data));
  rw::status s;
  double const value = loss.gradient(scores, data, gradient, memory, {.per_list = each, .errors = s});
  //} loss
  claim(s.code == rw::errc::not_finite && s.where == 1 && s.found == 1, "list 1 holds a NaN, and is reported");
  claim(std::isnan(each[1]) && gradient[2] == 0 && gradient[3] == 0, "it has no value and no gradient");
  claim(near(value, each[0] + each[2], 1e-12), "the others add up");
}

} // namespace

int main() {
  softmax();
  loss();
  return broken_claims;
}
