// Several losses over one matrix of logits.
#include "claim.hpp"

#include <rankwise/head/binary.hpp>
#include <rankwise/loss/softmax.hpp>
#include <rankwise/train/jrc.hpp>
#include <rankwise/train/mixture.hpp>
#include <rankwise/train/multi_task.hpp>
#include <rankwise/train/weights.hpp>

#include <cmath>
#include <vector>

namespace rw = rankwise;

namespace {

void multi_task() {
  //{ multi-task
  constexpr auto click = rw::head::binary<"click">{};
  constexpr auto order = rw::loss::softmax{};
  std::vector<int> const clicked{1, 0, 0, 1}, shown{1, 1, 0, 1}, grades{0, 2, 1, 0};
  auto const lists = rw::lists_of_sizes(std::vector{2, 2});
  auto const click_data = click.prepare(clicked, {.mask = shown}); // labels, masks and weights of its own
  auto const grade_data = order.prepare(grades, lists);

  auto tasks = rw::train::multi_task(rw::train::task(click, click_data, {.column = 0}),
                                     rw::train::task(order, grade_data, {.column = 1, .weight = 0.5}));
  std::vector<float> const logits{0.1f, 1, -0.3f, 0.2f, 2, 0, 0.4f, -1}; // four items, two columns
  std::vector<float> gradient(8);
  auto to = rw::row_major(gradient, 2);
  double const value = tasks.gradient(rw::row_major(logits.data(), 4, 2), to);
  //} multi-task
  claim(near(value, tasks.values[0] + 0.5 * tasks.values[1], 1e-9), "a weighted sum");
  claim(gradient[4] == 0, "nobody has seen item 2");
}

void pareto() {
  constexpr auto order = rw::loss::softmax{};
  std::vector<float> const scores{0.1f, 1, -0.3f, 0.2f};
  std::vector<int> const relevance{2, 1, 0, 0}, revenue{0, 1, 3, 0};
  auto const lists = rw::lists<>::single(4);
  std::vector<float> gradient(4);
  //{ pareto
  auto const a = order.prepare(relevance, lists), b = order.prepare(revenue, lists);
  auto tasks = rw::train::multi_task(rw::train::task(order, a), rw::train::task(order, b)); // the same score
  tasks.gradient(scores, gradient);
  rw::train::pareto(tasks.gram(), tasks.weights, 0.1); // each keeps at least a tenth
  tasks.gradient(scores, gradient);                    // lessens both losses
  //} pareto
  claim(near(tasks.weights[0] + tasks.weights[1], 1, 1e-12), "weights add up to 1");
}

void uncertainty() {
  //{ uncertainty
  std::vector<double> const losses{0.7, 2.5};
  std::vector<double> log_variances{0, 0}, weights(2), slope(2);
  for (int step = 0; step < 200; ++step) { // learned beside the model
    rw::train::uncertainty(losses, log_variances, weights, slope);
    for (std::size_t k = 0; k < 2; ++k) {
      log_variances[k] -= 0.1 * slope[k];
    }
  }
  //} uncertainty
  claim(near(weights[0] * losses[0], 0.5, 1e-3) && near(weights[1] * losses[1], 0.5, 1e-3), "all count the same");
}

void jrc() {
  //{ jrc
  std::vector<float> const logits{0.9f, 0.1f, 0.5f, 0.5f, 0.3f, 0.7f, 0.2f, 0.8f}; // no click, click
  std::vector<int> const clicked{0, 0, 1, 1};
  auto const sessions = rw::lists<>::uniform(1, 4);
  auto const data = rw::train::jrc(clicked, sessions, 0.5);
  auto loss = data.tasks();
  std::vector<float> gradient(8);
  auto to = rw::row_major(gradient, 2);
  double const value = loss.gradient(rw::row_major(logits.data(), 4, 2), to);
  //} jrc
  claim(value > 0, "cross-entropies");
}

void mixture() {
  //{ mixture
  std::vector<float> const logits{4, -4, -4, 4, 4, -4, -4, 4}; // four items, two rankers
  std::vector<int> const clicked{1, 0, 0, 1};
  auto const lists = rw::lists<>::uniform(2, 2); // the first is ranker 0's, the second ranker 1's
  std::vector<float> gradient(8);
  auto to = rw::row_major(gradient, 2);
  double const value = rw::train::mixture{}.gradient(rw::row_major(logits.data(), 4, 2), clicked, lists, to);
  //} mixture
  claim(value < 0.1 && std::abs(gradient[1]) < 1e-3f, "every list is the business of the ranker that explains it");
}

} // namespace

int main() {
  multi_task();
  pareto();
  uncertainty();
  jrc();
  mixture();
  return broken_claims;
}
