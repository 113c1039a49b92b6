#include <rankwise/head/cascade.hpp>
#include <rankwise/head/class_weights.hpp>
#include <rankwise/head/coral.hpp>
#include <rankwise/head/corn.hpp>
#include <rankwise/head/emd.hpp>
#include <rankwise/head/ordinal.hpp>
#include <rankwise/head/proportional_odds.hpp>
#include <rankwise/head/threshold.hpp>
#include <rankwise/head/unimodal.hpp>

#include <rankwise/exec/apply.hpp>
#include <rankwise/exec/scalar.hpp>
#include <rankwise/exec/simd.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <vector>

namespace ordinal_test {

namespace rw = rankwise;

namespace {

constexpr rw::exec::scalar scalar{};
constexpr double z[]{1.2, -0.4};

constexpr bool close(double a, double b, double bound = 1e-9) {
  return a - b < bound && b - a < bound;
}

// One item, in constant expressions and at run time, in double and in float.
template <class Head, class T>
constexpr double loss_of(Head const& head, std::array<T, 2> const& logits, T label) {
  std::array<T, 1> const y{label};
  return head.value(scalar, rw::row_major(logits.data(), 1, 2), y);
}

template <class Head>
void check_losses(Head const& head, double const (&expected)[3]) {
  for (int y = 0; y < 3; ++y) {
    CHECK(close(loss_of<Head, double>(head, {1.2, -0.4}, y), expected[y]));
    CHECK(close(loss_of<Head, float>(head, {1.2f, -0.4f}, static_cast<float>(y)), expected[y], 1e-5));
  }
}

constexpr auto at(double const* values) {
  return [values](int k) { return values[k]; };
}

} // namespace

static_assert(close(loss_of<rw::head::ordinal<"r", 3>, double>({}, {1.2, -0.4}, 0), 1.9762977197));
static_assert(close(loss_of<rw::head::ordinal<"r", 3>, double>({}, {1.2, -0.4}, 1), 0.7762977197));
static_assert(close(rw::head::ordinal<"r", 3>{}.expected_grade(at(z)), 1.1698371234));
static_assert(close(rw::head::corn<"r", 3>{}.at_least(at(z), 2), 0.3084184791));
static_assert(rw::head::ordinal<"r", 3>{}.decision(at(z)) == 1);

TEST_CASE("golden losses: ordinal and CORN") {
  check_losses(rw::head::ordinal<"r", 3>{}, {1.9762977197, 0.7762977197, 1.1762977197});
  check_losses(rw::head::corn<"r", 3>{}, {1.4632824673, 0.7762977197, 1.1762977197});
  check_losses(rw::head::ordinal<"r", 3>{.weights = {2, 0}}, {2 * 1.4632824673, 2 * 0.2632824673, 2 * 0.2632824673});
}

TEST_CASE("CORN counts its tasks") {
  constexpr rw::head::corn<"r", 3> head;
  double const counts[]{1, 2, 2};
  for (int y = 0; y < 3; ++y) {
    CHECK(head.tasks(std::vector<int>{y}) == counts[y]);
  }
  std::vector<float> const labels{0, 1, 2, 2, 0};
  std::vector<int> const mask{1, 1, 0, 1, 1};
  CHECK(head.tasks(labels) == 8);
  CHECK(head.tasks(labels, {.mask = mask}) == 6);
  CHECK(head.tasks(head.prepare(labels, {.mask = mask})) == 6);
}

TEST_CASE("proportional odds: golden probabilities") {
  constexpr auto head = rw::head::proportional_odds<"r", 3>{.cuts = rw::head::cuts<2>::at(-0.5, 1.0)};
  double const eta = 0.7;
  CHECK(close(head.at_least(at(&eta), 1), 0.7685247835));
  CHECK(close(head.at_least(at(&eta), 2), 0.4255574832));
  // cloglog: p_k = exp(-exp(b_k - eta))
  constexpr auto skewed = rw::head::proportional_odds<"r", 3, rw::head::link::cloglog>{.cuts = head.cuts};
  CHECK(close(skewed.at_least(at(&eta), 1), std::exp(-std::exp(-1.2)), 1e-14));
  // the loss is minus the logarithm of the class probability
  for (int y = 0; y < 3; ++y) {
    double p = 0;
    head.class_probabilities(at(&eta), [&](int k, double q) { p = k == y ? q : p; });
    CHECK(close(head.value(scalar, std::vector<double>{eta}, std::vector<int>{y}), -std::log(p), 1e-14));
  }
}

TEST_CASE("proportional odds: the tails do not cancel") {
  constexpr auto cuts = rw::head::cuts<2>::at(0.0, 1e-3);
  constexpr auto head = rw::head::proportional_odds<"r", 3>{.cuts = cuts};
  constexpr auto normal = rw::head::proportional_odds<"r", 3, rw::head::link::probit>{.cuts = cuts};
  std::vector<double> const eta{60};
  std::vector<int> const middle{1};
  // P = sigma(-60 + .001) - sigma(-60) = exp(-60) (exp(.001) - 1), to first order in exp(-60)
  CHECK(head.value(scalar, eta, middle) == doctest::Approx(60 - std::log(std::expm1(1e-3))).epsilon(1e-14));
  // Phi(-38 + .001) - Phi(-38), mpmath
  std::vector<double> const far_out{38};
  CHECK(normal.value(scalar, far_out, middle) == doctest::Approx(729.8076338144961).epsilon(1e-12));
}

TEST_CASE("repair of crossed thresholds") {
  using namespace rw::head;
  double const crossed[]{std::log(0.40 / 0.60), std::log(0.55 / 0.45)};
  constexpr ordinal<"r", 3> minimum;
  constexpr ordinal<"r", 3, repair::pool_adjacent_violators> pooled;
  CHECK(close(minimum.at_least(at(crossed), 1), 0.40));
  CHECK(close(minimum.at_least(at(crossed), 2), 0.40));
  CHECK(close(pooled.at_least(at(crossed), 1), 0.475));
  CHECK(close(pooled.at_least(at(crossed), 2), 0.475));
  double p[]{0.9, 0.3, 0.5, 0.1, 0.3, 0.2};
  repair::pool_adjacent_violators::apply<6>(p);
  double const expected[]{0.9, 0.4, 0.4, 0.2, 0.2, 0.2};
  for (int k = 0; k < 6; ++k) {
    CHECK(close(p[k], expected[k], 1e-15));
  }
}

TEST_CASE("families that are others in disguise") {
  using namespace rw::head;
  std::vector<double> const eta{0.3, -1.2, 2.0};
  std::vector<int> const y{0, 1, 2};
  // CORAL with biases -b_k, and all thresholds with the logistic loss
  auto const biased = coral<"r", 3>{.biases = {0.5, -1}};
  auto const all = all_threshold<"r", 3>{.cuts = cuts<2>::at(-0.5, 1)};
  CHECK(close(biased.value(eta, y), all.value(eta, y), 1e-13));
  // with two levels every family is logistic regression
  std::vector<int> const event{0, 1, 1};
  double const logistic = ordinal<"r", 2>{}.value(eta, event);
  CHECK(close(proportional_odds<"r", 2>{}.value(eta, event), logistic, 1e-14));
  CHECK(close(immediate_threshold<"r", 2>{}.value(eta, event), logistic, 1e-14));
  CHECK(close(corn<"r", 2>{}.value(eta, event), logistic, 1e-14));
  CHECK(close(cascade<"r", 2>{}.value(eta, event), logistic, 1e-14));
  CHECK(close(unimodal<"r", 2>{}.value(eta, event), logistic, 1e-14));
}

TEST_CASE("cascade: log P(low), P(mid), P(high)") {
  double const m = 0.3, h = -0.8;
  double const logits[]{m, h};
  auto const log_sigma = [](double x) { return -std::log1p(std::exp(-x)); };
  double const expected[]{log_sigma(-h) + log_sigma(-m), log_sigma(-h) + log_sigma(m), log_sigma(h)};
  constexpr rw::head::cascade<"r", 3> head;
  head.class_probabilities(at(logits), [&](int k, double p) { CHECK(close(p, std::exp(expected[k]), 1e-15)); });
  for (int y = 0; y < 3; ++y) {
    CHECK(close(loss_of<rw::head::cascade<"r", 3>, double>(head, {m, h}, y), -expected[y], 1e-15));
  }
}

TEST_CASE("soft ordinal labels") {
  using namespace rw::head;
  double t[3];
  target::sord<>{}.weights<3>(1.0, t);
  double const total = 1 + 2 * std::exp(-1.0);
  CHECK(close(t[0], std::exp(-1.0) / total, 1e-15));
  CHECK(close(t[1], 1 / total, 1e-15));
  target::binomial{}.weights<3>(0.0, t); // two trials, rate 1/6
  CHECK(close(t[0], 25.0 / 36, 1e-14));
  CHECK(close(t[1], 10.0 / 36, 1e-14));
  target::poisson{}.weights<3>(1.0, t); // weights 1, 1.5, 1.125
  CHECK(close(t[1], 1.5 / 3.625, 1e-14));
  target::smooth{.rate = 0.3}.weights<3>(2.0, t);
  CHECK(close(t[0], 0.1, 1e-15));
  CHECK(close(t[2], 0.8, 1e-15));
  // EMD of uniform probabilities to level 0: reach (2/3, 1/3) against (0, 0)
  std::vector<double> const flat{5, 5, 5};
  CHECK(close(emd<"r", 3>{}.value(rw::row_major(flat, 3), std::vector<int>{0}), 5.0 / 9, 1e-14));
}

TEST_CASE("class weights are item weights") {
  constexpr rw::head::class_weights<3> classes{{1, 2, 4}};
  std::vector<float> const labels{0, 2, 1, 2};
  std::vector<float> weights(4);
  rw::apply(classes, labels, weights);
  CHECK(weights == std::vector<float>{1, 4, 2, 4});
  auto const even = rw::head::balanced<3>(labels);
  CHECK(close(even.weight[0], 4.0 / 3));
  CHECK(close(even.weight[2], 4.0 / 6));
  CHECK(close(rw::head::balanced<4>(labels).weight[3], 0));
}

TEST_CASE("balanced weights leave out labels that are NaN") {
  double const hole = std::nan("");
  auto const even = rw::head::balanced<2>(std::vector<double>{hole, hole, 0, 1});
  CHECK(even.weight[0] == 1);
  CHECK(even.weight[1] == 1);
}

} // namespace ordinal_test
