#include <rankwise/head/binary.hpp>
#include <rankwise/head/ordinal.hpp>
#include <rankwise/loss/softmax.hpp>
#include <rankwise/train/jrc.hpp>
#include <rankwise/train/multi_task.hpp>
#include <rankwise/train/weights.hpp>

#include <doctest/doctest.h>

#include "support/allocations.hpp"
#include "support/problem.hpp"

#include <array>
#include <cmath>
#include <vector>

namespace multi_task_test {

namespace rw = rankwise;

namespace {

constexpr auto click = rw::head::binary<"click">{};
constexpr auto grade = rw::head::ordinal<"grade", 3>{};
constexpr rw::loss::softmax order{};

} // namespace

TEST_CASE("multi_task: a weighted sum of heads and lists, each with labels and masks of its own") {
  support::problem<double> const p(3, 6, 9);
  std::size_t const n = p.items();
  support::random r{8};
  auto const logits = r.uniforms<double>(4 * n, -2, 2); // column-major: click, two of the grade, score
  std::vector<double> clicked(n);
  std::vector<double> seen(n);
  for (std::size_t i = 0; i < n; ++i) {
    clicked[i] = static_cast<double>(r.below(2));
    seen[i] = static_cast<double>(r.below(2));
  }
  auto grades = p.labels;
  for (double& y : grades) {
    y = std::min(y, 2.0);
  }
  auto const click_data = click.prepare(clicked, {.mask = seen});
  auto const grade_data = grade.prepare(grades);
  auto const order_data = order.prepare(p.labels, p.lists(), p.options(3));
  auto tasks = rw::train::multi_task<double>(rw::train::task(click, click_data),
                                             rw::train::task(grade, grade_data, {.column = 1, .weight = 0.5}),
                                             rw::train::task(order, order_data, {.column = 3, .weight = 2}));
  auto const matrix = [&](std::vector<double> const& x) { return rw::column_major(x.data(), n, 4); };
  std::vector<double> g(4 * n, 9);
  std::vector<double> h(4 * n, 9);
  auto g_matrix = rw::column_major(g.data(), n, 4);
  auto h_matrix = rw::column_major(h.data(), n, 4);
  double const value = tasks.gradient(matrix(logits), g_matrix, h_matrix);
  CHECK(value == doctest::Approx(tasks.value(matrix(logits))).epsilon(1e-14));
  CHECK(value == doctest::Approx(tasks.values[0] + 0.5 * tasks.values[1] + 2 * tasks.values[2]).epsilon(1e-14));
  std::vector<double> const score(logits.begin() + static_cast<std::ptrdiff_t>(3 * n), logits.end());
  CHECK(tasks.values[2] == doctest::Approx(order.value(score, order_data)).epsilon(1e-13));
  for (std::size_t i = 0; i < 4 * n; ++i) {
    CAPTURE(i);
    auto const f = [&](std::vector<double> const& x) { return tasks.value(matrix(x)); };
    CHECK(support::near(g[i], support::difference(f, logits, i), 1e-8));
    if (i < n && seen[i] == 0) {
      CHECK(g[i] == 0);
    }
  }
  CHECK(support::allocations_of([&] { tasks.gradient(matrix(logits), g_matrix, h_matrix); }) == 0);
  // row-major logits, float derivatives
  std::vector<double> rows(4 * n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t c = 0; c < 4; ++c) {
      rows[4 * i + c] = logits[c * n + i];
    }
  }
  std::vector<float> gf(4 * n);
  auto gf_matrix = rw::row_major(gf.data(), n, 4);
  CHECK(tasks.gradient(rw::row_major(rows.data(), n, 4), gf_matrix) == doctest::Approx(value).epsilon(1e-13));
  for (std::size_t i = 0; i < n; ++i) {
    CHECK(gf[4 * i + 3] == doctest::Approx(g[3 * n + i]).epsilon(1e-6));
  }
}

TEST_CASE("multi_task: two tasks on one score, weighted so that their gradients' sum is shortest") {
  support::problem<double> const p(5, 8, 12);
  std::size_t const n = p.items();
  auto other = p.labels;
  for (double& y : other) {
    y = 4 - y;
  }
  auto const a = order.prepare(p.labels, p.lists());
  auto const b = order.prepare(other, p.lists());
  auto tasks = rw::train::multi_task<double>(rw::train::task(order, a), rw::train::task(order, b));
  std::vector<double> g(n);
  tasks.gradient(p.scores, g);
  auto const gram = tasks.gram();
  rw::train::pareto(gram, tasks.weights);
  CHECK(tasks.weights[0] + tasks.weights[1] == doctest::Approx(1));
  tasks.gradient(p.scores, g);
  double length = 0;
  for (double const x : g) {
    length += x * x;
  }
  for (double w : {0.0, 0.25, 0.5, 0.75, 1.0}) {
    CHECK(length <= w * w * gram[0] + 2 * w * (1 - w) * gram[1] + (1 - w) * (1 - w) * gram[3] + 1e-12);
  }
  // Both losses fall along minus the sum.
  double along_a = tasks.weights[0] * gram[0] + tasks.weights[1] * gram[1];
  double along_b = tasks.weights[0] * gram[1] + tasks.weights[1] * gram[3];
  CHECK(along_a >= length - 1e-9);
  CHECK(along_b >= length - 1e-9);
}

TEST_CASE("multi_task: matrices of the wrong shape are reported, and nothing is written") {
  std::vector<int> const y{1, 0};
  auto const data = click.prepare(y);
  auto tasks = rw::train::multi_task<float>(rw::train::task(click, data, {.column = 1}));
  std::vector<float> const z(2);
  std::vector<float> g(2, 9);
  rw::status told;
  CHECK(std::isnan(tasks.gradient(z, g, told)));
  CHECK(told.code == rw::errc::wrong_shape);
  CHECK(g == std::vector<float>{9, 9});
}

TEST_CASE("multi_task: no items at all") {
  std::vector<int> const none{};
  auto const clicks = click.prepare(none);
  auto const lists = order.prepare(none, rw::lists<>::uniform(0, 3));
  auto tasks = rw::train::multi_task<float>(rw::train::task(click, clicks, {.column = 1}),
                                            rw::train::task(order, lists, {.column = 2}));
  std::vector<float> const z{};
  std::vector<float> g{};
  CHECK(tasks.gradient(rw::row_major(z.data(), 0, 3), rw::row_major(g.data(), 0, 3)) == 0);
  CHECK(tasks.gradient(rw::column_major(z.data(), 0, 3), rw::column_major(g.data(), 0, 3)) == 0);
}

TEST_CASE("pareto: two gradients in closed form, identical ones, opposite ones, floors") {
  std::array<double, 2> w{};
  // g_1 = (2, 0), g_2 = (0, 1): w_1 = |g_2|^2 / (|g_1|^2 + |g_2|^2)
  CHECK(rw::train::pareto(std::array<double, 4>{4, 0, 0, 1}, w) == doctest::Approx(0.8));
  CHECK(w[0] == doctest::Approx(0.2));
  // one gradient is the shortest point of all
  CHECK(rw::train::pareto(std::array<double, 4>{1, 2, 2, 9}, w) == doctest::Approx(1));
  CHECK(w[0] == doctest::Approx(1));
  CHECK(rw::train::pareto(std::array<double, 4>{1, -1, -1, 1}, w) == doctest::Approx(0));
  CHECK(w[0] == doctest::Approx(0.5));
  CHECK(rw::train::pareto(std::array<double, 4>{3, 3, 3, 3}, w) == doctest::Approx(3));
  CHECK(rw::train::pareto(std::array<double, 4>{0, 0, 0, 0}, w) == 0);
  rw::train::pareto(std::array<double, 4>{1, 2, 2, 9}, w, 0.1);
  CHECK(w[1] == doctest::Approx(0.1));
  rw::status told;
  CHECK(std::isnan(rw::train::pareto(std::array<double, 3>{1, 2, 2}, w, 0, told)));
  CHECK(told.code == rw::errc::size_mismatch);
  rw::status narrow;
  CHECK(std::isnan(rw::train::pareto(std::array<double, 4>{1, 0, 0, 1}, w, 0.6, narrow)));
  CHECK(narrow.code == rw::errc::out_of_range);
}

TEST_CASE("pareto: random gradients satisfy the conditions of the minimum") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    support::random r{seed};
    constexpr std::size_t n = 5;
    auto const g = r.uniforms<double>(n * 7, -1, 1);
    std::array<double, n * n> gram{};
    for (std::size_t a = 0; a < n; ++a) {
      for (std::size_t b = 0; b < n; ++b) {
        for (std::size_t i = 0; i < 7; ++i) {
          gram[a * n + b] += (g[a * 7 + i] + 0.3) * (g[b * 7 + i] + 0.3);
        }
      }
    }
    std::array<double, n> w{};
    double const length = rw::train::pareto(gram, w);
    for (std::size_t a = 0; a < n; ++a) {
      double along = 0;
      for (std::size_t b = 0; b < n; ++b) {
        along += gram[a * n + b] * w[b];
      }
      CHECK(along >= length - 1e-9);
      CHECK(w[a] >= 0);
      if (w[a] > 1e-9) {
        CHECK(along == doctest::Approx(length).epsilon(1e-6));
      }
    }
  }
}

TEST_CASE("uncertainty: the sum and its derivatives") {
  std::vector<double> const losses{2, 0.5, 3};
  std::vector<double> const kinds{rw::train::classification_task, rw::train::regression_task, 1};
  std::vector<double> const eta{0.3, -1, 0};
  std::vector<double> w(3);
  std::vector<double> d(3);
  auto const f = [&](std::vector<double> const& x) { return rw::train::uncertainty(losses, x, w, d, kinds); };
  double const value = f(eta);
  CHECK(value == doctest::Approx(2 * std::exp(-0.3) + 0.15 + 0.25 * std::exp(1) - 0.5 + 3));
  auto const slope = d;
  for (std::size_t k = 0; k < 3; ++k) {
    CHECK(slope[k] == doctest::Approx(support::difference(f, eta, k)).epsilon(1e-9));
  }
  rw::status told;
  CHECK(std::isnan(rw::train::uncertainty(losses, eta, w, d, std::vector<double>{1}, told)));
  CHECK(told.code == rw::errc::size_mismatch);
}

TEST_CASE("jrc: TorchEasyRec's value") {
  std::vector<double> const z{0.9, 0.1, 0.5, 0.5, 0.3, 0.7, 0.2, 0.8, 0.8, 0.2, 0.55, 0.45, 0.33, 0.67, 0.55, 0.45};
  std::vector<int> const y{0, 0, 1, 1, 0, 0, 1, 1};
  auto const data = rw::train::jrc<double>(y, rw::lists<>::uniform(2, 4), 0.5);
  auto loss = data.tasks();
  std::vector<double> g(16);
  auto g_matrix = rw::row_major(g.data(), 8, 2);
  CHECK(loss.gradient(rw::row_major(z.data(), 8, 2), g_matrix) == doctest::Approx(0.7198507875760282).epsilon(1e-9));
  for (std::size_t i = 0; i < 16; ++i) {
    CAPTURE(i);
    auto const f = [&](std::vector<double> const& x) { return loss.value(rw::row_major(x.data(), 8, 2)); };
    CHECK(support::near(g[i], support::difference(f, z, i), 1e-9));
  }
}

TEST_CASE("multi_task: what is wrong with the first task is not forgotten over the second") {
  std::vector<float> const broken{1, std::nanf(""), 0};
  std::vector<float> const whole{1, 0, 1};
  auto const a = click.prepare(broken);
  auto const b = click.prepare(whole);
  auto tasks = rw::train::multi_task<float>(rw::train::task(click, a), rw::train::task(click, b, {.column = 1}));
  std::vector<float> const z{0.5f, -0.5f, 0.1f, 0.2f, 0.3f, 0.4f};
  std::vector<float> g(6);
  auto to = rw::row_major(g.data(), 3, 2);
  rw::status told;
  CHECK(std::isfinite(tasks.gradient(rw::row_major(z, 2), to, told)));
  CHECK(told.code == rw::errc::not_finite);
  CHECK(told.where == 1);
  told = {};
  tasks.value(rw::row_major(z, 2), told);
  CHECK(told.code == rw::errc::not_finite);
  CHECK_THROWS_AS(tasks.value(rw::row_major(z, 2)), rw::error);
}

TEST_CASE("jrc: its share is from 0 to 1") {
  std::vector<int> const y{0, 1, 1};
  std::vector<float> const z(6);
  for (double const alpha : {-0.1, 1.1, std::nan("")}) {
    rw::status told;
    auto const data = rw::train::jrc<float>(y, rw::lists<>::single(3), alpha, told);
    CHECK(told.code == rw::errc::out_of_range);
    auto loss = data.tasks();
    rw::status refused;
    CHECK(std::isnan(loss.value(rw::row_major(z, 2), refused)));
    CHECK_FALSE(refused.ok());
  }
  rw::status told;
  rw::train::jrc<float>(y, rw::lists<>::single(2), 0.5, told);
  CHECK(told.code == rw::errc::offsets_overrun);
}

} // namespace multi_task_test
