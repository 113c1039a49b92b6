// Ordinal heads, page by page.
#include "claim.hpp"

#include <rankwise/exec/apply.hpp>
#include <rankwise/exec/simd.hpp>
#include <rankwise/head/cascade.hpp>
#include <rankwise/head/class_weights.hpp>
#include <rankwise/head/coral.hpp>
#include <rankwise/head/corn.hpp>
#include <rankwise/head/emd.hpp>
#include <rankwise/head/fit.hpp>
#include <rankwise/head/ordinal.hpp>
#include <rankwise/head/proportional_odds.hpp>
#include <rankwise/head/regression.hpp>
#include <rankwise/head/softmax.hpp>
#include <rankwise/head/threshold.hpp>
#include <rankwise/head/unimodal.hpp>

#include <cmath>
#include <vector>

namespace rw = rankwise;

namespace {

void training() {
  //{ training
  constexpr auto relevance = rw::head::ordinal<"relevance", 3>{.weights = {1, 2}}; // a weight per threshold
  std::vector<float> const logits{1.2f, -0.4f, 0.3f, 0.1f};                        // two items, two thresholds
  std::vector<int> const grades{1, 2};
  std::vector<float> gradient(4), hessian(4);
  double const loss = relevance.gradient(rw::row_major(logits, 2), grades, rw::row_major(gradient, 2),
                                         rw::row_major(hessian, 2)); // the sum over the items
  //} training
  claim(loss > 0 && gradient[0] < 0 && gradient[1] > 0, "grade 1: towards the first threshold, away from the second");
}

void decoding() {
  //{ decode
  constexpr auto relevance = rw::head::ordinal<"relevance", 3>{};
  std::vector<double> const logits{1.2, -0.4, /* second item */ 2.0, 1.0};
  auto const z = rw::row_major(logits, 2);
  std::vector<double> classes(2 * 3), grade(2), utility(2);
  std::vector<int> level(2);
  relevance.decode(z, rw::row_major(classes, 3), rw::decode::class_probabilities{});
  relevance.decode(z, grade, rw::decode::expected_grade{});
  relevance.decode(z, utility, rw::decode::expected_utility<3>{{0, 1, 3}}); // what each level is worth
  relevance.decode(z, level, rw::decode::decision{.beta = 0.5});
  //} decode
  claim(near(classes[0], 0.2314752165, 1e-9) && near(grade[0], 1.1698371234, 1e-9), "golden values");
  claim(level[0] == 1 && level[1] == 2, "the highest level reached with probability 1/2");

  //{ item
  double const item[] = {1.2, -0.4};
  auto const at = [&item](int k) { return item[k]; }; // or a register of items
  double const expected = relevance.expected_grade(at);
  double const highly = relevance.at_least(at, 2); // P(r >= 2)
  double slope[2];
  relevance.expected_grade_partials(at, slope); // by the logits
  //} item
  claim(near(expected, grade[0], 1e-15) && near(highly, 0.4013123399, 1e-9) && slope[0] > 0, "the same of one item");

  //{ tiers
  constexpr auto classifier = rw::head::softmax<"relevance", 4>{}; // logits of four class tokens
  std::vector<double> const tokens{0.1, 0.9, 0.4, 1.7};
  std::vector<int> tier(1);
  classifier.decode(rw::row_major(tokens, 4), tier, rw::decode::tiers<1, 2>{.beta = 0.6}); // Bad 0, Mid 1, Good 2
  //} tiers
  claim(tier[0] == 2, "P4 + P3 >= 0.6: Good");
}

void repairing() {
  //{ repair
  using pooled = rw::head::repair::pool_adjacent_violators;
  constexpr auto relevance = rw::head::ordinal<"relevance", 3, pooled>{};
  std::vector<double> const logits{std::log(0.40 / 0.60), std::log(0.55 / 0.45)}; // p_1 = 0.40 < p_2 = 0.55
  std::vector<double> p(2);
  relevance.decode(rw::row_major(logits, 2), rw::row_major(p, 2), rw::decode::cumulative{});
  //} repair
  claim(near(p[0], 0.475, 1e-12) && near(p[1], 0.475, 1e-12), "both become the mean");
}

void cut_points() {
  //{ cuts
  constexpr auto b = rw::head::cuts<2>::at(-0.5, 1.0); // b_1 and b_2, in order by construction
  static_assert(b.first == -0.5);                      // free; b_2 = b_1 + softplus(d_1)
  constexpr auto values = b.values();
  //} cuts
  claim(near(values[1], 1.0, 1e-15), "b_2 comes back");
}

void proportional_odds() {
  //{ proportional-odds
  auto relevance = rw::head::proportional_odds<"relevance", 3>{.cuts = rw::head::cuts<2>::at(-0.5, 1.0)};
  std::vector<double> const eta{0.7, -1.0, 2.5};
  std::vector<int> const grades{1, 0, 2};
  std::vector<double> gradient(3), hessian(3), by_parameter(2);
  double const loss = relevance.gradient(eta, grades, gradient, hessian, {.parameters = by_parameter});
  relevance.cuts.first -= 0.1 * by_parameter[0]; // a step of gradient descent
  relevance.cuts.steps[0] -= 0.1 * by_parameter[1];
  //} proportional-odds
  claim(relevance.value(eta, grades) < loss, "the step lowers the loss");
}

void links() {
  //{ link
  constexpr auto cuts = rw::head::cuts<2>::at(-0.5, 1.0);
  constexpr auto normal = rw::head::proportional_odds<"r", 3, rw::head::link::probit>{.cuts = cuts};
  constexpr auto skewed = rw::head::proportional_odds<"r", 3, rw::head::link::cloglog>{.cuts = cuts};
  std::vector<double> const eta{0.7};
  std::vector<double> p(2), q(2);
  normal.decode(eta, rw::row_major(p, 2), rw::decode::cumulative{});
  skewed.decode(eta, rw::row_major(q, 2), rw::decode::cumulative{});
  //} link
  claim(near(p[0], 0.5 * std::erfc(-1.2 / std::sqrt(2.0)), 1e-12), "p_1 = Phi(eta - b_1)");
  claim(near(q[0], std::exp(-std::exp(-1.2)), 1e-12), "p_1 = exp(-exp(b_1 - eta))");
}

void fitting() {
  //{ fit
  std::vector<double> const features{0.1, 0.4, 0.3, 0.9, 0.5, 0.2, 0.8, 0.7, 0.9, 0.1, 0.6, 0.6}; // one per row
  std::vector<int> const grades{0, 1, 0, 2, 1, 0, 2, 1, 2, 1, 0, 2};
  constexpr auto head = rw::head::proportional_odds<"relevance", 3>{};
  auto const found = fit(head, rw::row_major(features, 1), grades);
  if (!found.converged()) {
    std::puts(describe(found.outcome)); // separable, collinear, a level that does not occur ...
  }
  double const eta = 0.5 * found.beta[0]; // the logit of an item whose feature is 0.5
  double const grade = found.head.expected_grade([eta](int) { return eta; });
  //} fit
  claim(found.converged() && found.gradient_norm < 1e-8 && found.beta[0] > 0, "converged; the feature helps");
  claim(grade > 0 && grade < 2, "the fitted head decodes");
}

void thresholds() {
  //{ threshold
  constexpr auto cuts = rw::head::cuts<3>::at(-1.0, 0.0, 1.0);
  constexpr auto all = rw::head::all_threshold<"r", 4>{.cuts = cuts};
  constexpr auto near_by = rw::head::immediate_threshold<"r", 4, rw::head::margin::hinge>{.cuts = cuts};
  std::vector<double> const eta{0.4};
  std::vector<int> const grade{3};
  double const loss = all.value(eta, grade);
  double const hinge = near_by.value(eta, grade); // b_3 alone: max(0, 1 - (0.4 - 1))
  //} threshold
  claim(near(loss, std::log1p(std::exp(-1.4)) + std::log1p(std::exp(-0.4)) + std::log1p(std::exp(0.6)), 1e-14), "AT");
  claim(near(hinge, 1.6, 1e-14), "IT");
}

void consistent() {
  std::vector<double> const eta{0.7};
  std::vector<int> const grade{1};
  //{ coral
  constexpr auto relevance = rw::head::coral<"relevance", 3>{.biases = {0.5, -1.0}}; // one logit for all thresholds
  std::vector<double> gradient(1), by_bias(2);
  double const loss = relevance.gradient(eta, grade, gradient, {.parameters = by_bias});
  //} coral
  claim(near(gradient[0], by_bias[0] + by_bias[1], 1e-15) && loss > 0, "the logit moves as all biases do");
}

void conditional() {
  //{ corn
  constexpr auto relevance = rw::head::corn<"relevance", 3>{};
  std::vector<double> const logits{1.2, -0.4, 1.2, -0.4, 1.2, -0.4};
  std::vector<int> const grades{0, 1, 2};
  double const sum = relevance.value(rw::row_major(logits, 2), grades);
  double const mean = sum / relevance.tasks(grades); // 1 + 2 + 2 active tasks
  //} corn
  claim(near(sum, 1.4632824673 + 0.7762977197 + 1.1762977197, 1e-9) && near(mean, sum / 5, 1e-15), "golden values");

  //{ cascade
  constexpr auto steps = rw::head::cascade<"relevance", 3>{};
  std::vector<double> const mh{0.3, -0.8}; // z_1: medium, unless high; z_2: high
  std::vector<double> classes(3);
  steps.decode(rw::row_major(mh, 2), rw::row_major(classes, 3), rw::decode::class_probabilities{});
  //} cascade
  double const high = 1 / (1 + std::exp(0.8));
  claim(near(classes[2], high, 1e-14) && near(classes[1], (1 - high) / (1 + std::exp(-0.3)), 1e-14), "from the top");
}

void classes() {
  std::vector<double> const logits{0.2, 1.0, -0.5};
  std::vector<int> const grade{1};
  std::vector<double> gradient(3);
  //{ softmax
  constexpr auto plain = rw::head::softmax<"relevance", 3>{}; // a logit per level
  using sord = rw::head::target::sord<rw::head::distance::squared>;
  constexpr auto soft = rw::head::softmax<"relevance", 3, sord>{.target = {.scale = 2}};
  double const loss = soft.gradient(rw::row_major(logits, 3), grade, rw::row_major(gradient, 3));
  //} softmax
  claim(loss > plain.value(rw::row_major(logits, 3), grade), "a soft target also asks for the neighbours");

  //{ target
  double t[3];
  rw::head::target::sord<>{}.weights<3>(1.0, t); // exp(-|1 - k|), normalised: what a label of 1 asks for
  double half[3];
  rw::head::target::sord<>{}.weights<3>(0.5, half); // labels may lie between the levels
  //} target
  claim(near(t[1], 1 / (1 + 2 * std::exp(-1.0)), 1e-15) && near(half[0], half[1], 1e-15), "SORD");

  //{ emd
  constexpr auto transport = rw::head::emd<"relevance", 3>{};
  double const cost = transport.value(rw::row_major(logits, 3), grade);
  //} emd
  double const e[]{std::exp(0.2), std::exp(1.0), std::exp(-0.5)};
  double const total = e[0] + e[1] + e[2];
  claim(near(cost, std::pow((e[1] + e[2]) / total - 1, 2) + std::pow(e[2] / total, 2), 1e-14), "sum of squares");

  //{ unimodal
  constexpr auto peak = rw::head::unimodal<"relevance", 3>{}; // binomial
  std::vector<double> const z{0.4};
  std::vector<double> q(3);
  peak.decode(z, rw::row_major(q, 3), rw::decode::class_probabilities{});
  //} unimodal
  double const p = 1 / (1 + std::exp(-0.4));
  claim(near(q[2], p * p, 1e-14) && near(q[1], 2 * p * (1 - p), 1e-14), "binomial with two trials");
}

void baselines() {
  //{ regression
  constexpr auto grade = rw::head::regression<"relevance">{}; // squared error
  constexpr auto high = rw::head::regression<"price", rw::head::error::quantile>{.error = {.level = 0.9}};
  std::vector<double> const z{1.4}, y{2};
  double const squared = grade.value(z, y);
  double const pinball = high.value(z, y);
  //} regression
  claim(near(squared, 0.36, 1e-14) && near(pinball, 0.54, 1e-14), "(z - y)^2; 0.9 (y - z) from below");
}

void weights() {
  //{ class-weights
  std::vector<int> const grades{0, 2, 1, 0, 0, 0};
  std::vector<float> weights(6);
  rw::apply(rw::head::balanced<3>(grades), grades, weights); // or class_weights<3>{{1, 2, 4}}
  std::vector<float> const logits(12, 0.1f);
  constexpr auto relevance = rw::head::ordinal<"relevance", 3>{};
  double const loss = relevance.value(rw::row_major(logits, 2), grades, {.item_weights = weights});
  //} class-weights
  claim(near(double(weights[0]), 0.5, 1e-6) && near(double(weights[1]), 2, 1e-6) && loss > 0, "6 / (3 n_k)");
}

} // namespace

int main() {
  training();
  decoding();
  repairing();
  cut_points();
  proportional_odds();
  links();
  fitting();
  thresholds();
  consistent();
  conditional();
  classes();
  baselines();
  weights();
  return broken_claims;
}
