#include "support.hpp"

#include <rankwise/backend/parallel.hpp>
#include <rankwise/value/contributions.hpp>
#include <rankwise/value/explain.hpp>

#include <cmath>
#include <limits>
#include <numeric>
#include <string>

using namespace value_test;

namespace {
namespace contributions_test {

constexpr auto p = probability(click);
constexpr auto q = probability(purchase);
constexpr auto g = expected_grade(relevance);
std::vector<double> const baseline{0.3, -0.2, -0.5, 0.1, -1, 0.7};

/// Item by item what `explain` finds, and with the baseline's score the score.
template <class Value>
void check_agrees(Value const& value) {
  auto const ranker = rw::ranker(heads, value);
  auto const why = rw::contributions(ranker, baseline);
  constexpr std::size_t width = why.outputs;
  constexpr std::size_t items = 53;
  auto const z = random_logits(items, 31);
  std::vector<double> scores(items), at_baseline(1), found(items * width);
  ranker.score(rw::row_major(z, columns), scores);
  ranker.score(rw::row_major(baseline, columns), at_baseline);
  why.score(rw::row_major(z, columns), rw::column_major(found, width));
  auto const names = rw::contribution_names(why);
  REQUIRE(names.size() == width);

  std::vector<float> const rows(z.begin(), z.end());
  std::vector<float> in_float(items * width);
  why.score(rw::row_major(rows, columns), rw::row_major(in_float, width));
  for (std::size_t i = 0; i < items; ++i) {
    CAPTURE(i);
    auto const one = ranker.explain(rw::row_major(z, columns), i, baseline);
    REQUIRE(one.leaves.size() == width);
    double sum = at_baseline[0];
    for (std::size_t k = 0; k < width; ++k) {
      CAPTURE(k);
      CHECK(names[k] == one.leaves[k].what);
      CHECK(std::abs(found[k * items + i] - one.leaves[k].contribution) <= 1e-11 * (1 + std::abs(scores[i])));
      CHECK(std::abs(static_cast<double>(in_float[i * width + k]) - one.leaves[k].contribution) <=
            1e-5 * (1 + std::abs(scores[i])));
      sum += found[k * items + i];
    }
    CHECK(std::abs(sum - scores[i]) <= 1e-11 * (1 + std::abs(scores[i])));
  }
}

} // namespace contributions_test
} // namespace

using namespace contributions_test;

TEST_CASE("value/contributions: what explain finds for single items, for every form") {
  check_agrees(rw::weight<"a">(0.6) * g + rw::weight<"b">(2) * p * q);
  check_agrees(rw::weight<"a">(-3) * p * q * g - 2 * q);
  check_agrees(p / (1 + feature(price) * feature(price)) + 0.1 * g);
  check_agrees(rw::weighted_sum(0.4, p, rw::weight<"n">(-2), q, 1, g));
  check_agrees(rw::log_linear(rw::weight<"a">(0.5), p, 2, q, rw::weight<"z">(0), g));
  check_agrees(pow(p, 0.3) * max(g, 1.1));
  check_agrees(gate(g, 1.2, p * q, 0.01));
  check_agrees(soft_gate(g, 1.2, 4, 2 * p));
  check_agrees(rw::power_mean(-1, 1, p, 2, q, rw::weight<"g">(0.5), 1 + 1 * g));
  check_agrees(log(1 + feature(price)) * min(p, q) * (2 * g - 3)); // a factor of either sign
  check_agrees(remap_negative(3 * p - 4 * q, {.negative = 4, .total = 7, .offset = 0.01}) +
               bands(g, {0.9, 1.8}, 3 * p));
}

TEST_CASE("value/contributions: one quantity goes to a column, or a matrix of one") {
  auto const why = rw::contributions(rw::ranker(heads, 3 * p));
  static_assert(why.outputs == 1);
  auto const z = random_logits(20, 4);
  std::vector<double> found(20);
  why.score(rw::row_major(z, columns), found);
  std::vector<double> of_matrix(20);
  why.score(rw::row_major(z, columns), rw::row_major(of_matrix, why.outputs));
  CHECK(of_matrix == found);
  for (std::size_t i = 0; i < 20; ++i) {
    CHECK(found[i] == doctest::Approx(3 * (sigmoid(z[i * columns + 3]) - 0.5)));
  }
}

TEST_CASE("value/contributions: worked numbers") {
  // 0.8 x 0.8 against 0.5 x 0.5: equal shares of 0.39; where one factor changes, all is its own.
  auto const why = rw::contributions(rw::ranker(heads, probability(click) * probability(purchase)));
  static_assert(why.outputs == 2);
  CHECK(rw::contribution_names(why) == std::vector<std::string>{"probability(click)", "probability(purchase)"});
  double const z = std::log(4.0);
  std::vector<double> const rows{0, 0, 0, z, z, 0, 0, 0, 0, z, 0, 0, 0, 0, 0, 0, 0, 0};
  std::vector<double> by_click(3), by_purchase(3);
  why.score(rw::row_major(rows, columns), rw::into(by_click, by_purchase));
  CHECK(by_click[0] == doctest::Approx(0.195));
  CHECK(by_purchase[0] == doctest::Approx(0.195));
  CHECK(by_click[1] == doctest::Approx(0.15));
  CHECK(by_purchase[1] == 0);
  CHECK(by_click[2] == 0);
  CHECK(by_purchase[2] == 0);

  // max(x, y) from (0, 0) to (2, 1): either order gives x 2 and y 0, or y 1 and x 1.
  constexpr rw::head::input<"x"> x{};
  constexpr rw::head::input<"y"> y{};
  auto const greater = rw::contributions(rw::ranker(rw::heads(x, y), max(feature(x), feature(y)) * 1));
  std::vector<double> const row{2, 1};
  std::vector<double> shares(2);
  greater.score(rw::row_major(row, 2), rw::row_major(shares, 2));
  CHECK(shares[0] == doctest::Approx(1.5));
  CHECK(shares[1] == doctest::Approx(0.5));
}

TEST_CASE_TEMPLATE("value/contributions: factors from nearly 0 to 1, against a baseline that is either", T, float,
                   double) {
  auto const ranker = rw::ranker(heads, rw::log_linear(0.25, p, 0.5, q));
  for (double const from : {-30.0, -3.0, 0.0, 1e-4, 20.0}) {
    CAPTURE(from);
    std::vector<double> const row{0, 0, 0, from, -from / 2, 0};
    auto const why = rw::contributions(ranker, row);
    std::vector<T> z;
    for (double const at : {-60.0, -30.0, -12.0, -1.0, 0.0, 1.1e-4, 3.0, 30.0}) {
      for (double const x : {0.0, 0.0, 0.0, at, at / 3, 0.0}) {
        z.push_back(static_cast<T>(x));
      }
    }
    std::size_t const items = z.size() / columns;
    std::vector<T> found(2 * items);
    why.score(rw::row_major(z, columns), rw::row_major(found, 2));
    auto const log_sigmoid = [](double x) { return x < 0 ? x - std::log1p(std::exp(x)) : -std::log1p(std::exp(-x)); };
    for (std::size_t i = 0; i < items; ++i) {
      CAPTURE(i);
      double const by_p = 0.25 * (log_sigmoid(static_cast<double>(z[i * columns + 3])) - log_sigmoid(from));
      double const by_q = 0.5 * (log_sigmoid(static_cast<double>(z[i * columns + 4])) - log_sigmoid(-from / 2));
      double const before = std::exp(0.25 * log_sigmoid(from) + 0.5 * log_sigmoid(-from / 2));
      double const change = by_p + by_q;
      double const mean = change == 0 ? before : before * std::expm1(change) / change;
      double const tolerance = (sizeof(T) == 4 ? 3e-6 : 1e-14) * std::max(before, before * std::exp(change));
      CHECK(std::abs(static_cast<double>(found[2 * i]) - mean * by_p) <= tolerance * (1 + std::abs(by_p)));
      CHECK(std::abs(static_cast<double>(found[2 * i + 1]) - mean * by_q) <= tolerance * (1 + std::abs(by_q)));
    }
  }
}

TEST_CASE("value/contributions: scalar, SIMD and threads, whatever the number of items") {
  auto const why = rw::contributions(
      rw::ranker(heads, rw::weight<"a">(0.6) * g + rw::weight<"b">(2) * gate(g, 1.2, p * q, 0.01)), baseline);
  for (std::size_t const items : {0u, 1u, 7u, 16u, 61u, 1000u}) {
    CAPTURE(items);
    auto const z = random_logits(items, 5);
    auto const rows = rw::row_major(z.data(), items, columns);
    std::vector<double> a(items * why.outputs), b(a), c(a);
    why.score(rw::exec::scalar{}, rows, rw::row_major(a.data(), items, why.outputs));
    why.score(rw::exec::simd{}, rows, rw::row_major(b.data(), items, why.outputs));
    why.score(rw::exec::parallel{}, rows, rw::row_major(c.data(), items, why.outputs));
    CHECK(b == c);
    for (std::size_t k = 0; k < a.size(); ++k) {
      CHECK(b[k] == doctest::Approx(a[k]).epsilon(1e-12));
    }
  }
}

TEST_CASE("value/contributions: the weights of a call count, for the baseline too") {
  auto const ranker = rw::ranker(heads, rw::weight<"a">(0.6) * g + 2 * p);
  auto const why = rw::contributions(ranker);
  auto w = why.weights();
  w.set<"a">(3);
  auto const z = random_logits(4, 6);
  std::vector<double> found(8);
  why.score(rw::row_major(z, columns), rw::row_major(found, 2), w);
  for (std::size_t i = 0; i < 4; ++i) {
    auto const one = ranker.explain(rw::row_major(z, columns), i, w);
    CHECK(found[2 * i] == doctest::Approx(one.leaves[0].contribution));
    CHECK(found[2 * i + 1] == doctest::Approx(one.leaves[1].contribution));
  }
}

TEST_CASE("value/contributions: NaN stays with its item, infinite logits count") {
  auto const why = rw::contributions(rw::ranker(heads, 1 * g + 2 * p));
  auto z = random_logits(3, 7);
  z[1 * columns + 3] = std::numeric_limits<double>::quiet_NaN();
  z[2 * columns + 3] = std::numeric_limits<double>::infinity();
  std::vector<double> found(6);
  why.score(rw::row_major(z, columns), rw::row_major(found, 2));
  CHECK(std::isfinite(found[0]));
  CHECK(std::isfinite(found[1]));
  CHECK(std::isnan(found[3]));
  CHECK(found[5] == doctest::Approx(1));
}

TEST_CASE("value/contributions: what does not fit is an error") {
  auto const ranker = rw::ranker(heads, 1 * g + 2 * p);
  std::vector<double> const short_row(2);
  CHECK_THROWS_AS(rw::contributions(ranker, short_row), rw::error);
  auto const why = rw::contributions(ranker);
  std::vector<double> const z(columns * 2);
  std::vector<double> one_column(2), three(6);
  CHECK_THROWS_AS(why.score(rw::row_major(z, columns), rw::row_major(three, 3)), rw::error);
  CHECK_THROWS_AS(why.score(rw::row_major(z, columns), rw::row_major(one_column, 2)), rw::error);
}

TEST_CASE("value/contributions: a baseline without a finite score is reported, and nothing is written") {
  auto const ranker = rw::ranker(heads, p / feature(price) - rw::weight<"dear">(0.3) * log(feature(price)));
  std::vector<double> const row{0, 0, 0, 0.5, 0, 20};
  std::vector<double> found(3, -7);
  rw::status st;
  rw::contributions(ranker).score(rw::row_major(row, columns), rw::row_major(found, 3), {.errors = st});
  CHECK(st.code == rw::errc::not_finite);
  CHECK(found == std::vector<double>(3, -7));
  std::vector<double> const dear{0, 0, 0, 0, 0, 10};
  rw::contributions(ranker, dear).score(rw::row_major(row, columns), rw::row_major(found, 3), {.errors = st});
  CHECK(st.ok());
  double const change = sigmoid(0.5) / 20 - 0.3 * std::log(20) - 0.5 / 10 + 0.3 * std::log(10);
  CHECK(found[0] + found[1] + found[2] == doctest::Approx(change));
}

TEST_CASE_TEMPLATE("value/contributions: NaN that does not count, and NaN that does", T, float, double) {
  T const nan = std::numeric_limits<T>::quiet_NaN();
  std::vector<T> const row{0, 0, 0, 1, 1, nan};
  std::vector<T> found(2);
  auto const shares = [&](auto const& value) {
    auto const why = rw::contributions(rw::ranker(heads, value));
    static_assert(why.outputs == 2);
    why.score(rw::row_major(row, columns), rw::row_major(found, 2));
  };
  // A factor of weight 0 counts 1 in the score, and nothing here.
  shares(rw::log_linear(rw::weight<"none">(0), feature(price), 1, p));
  CHECK(found[0] == 0);
  CHECK(static_cast<double>(found[1]) == doctest::Approx(sigmoid(1) - 0.5));
  // A weight of 0 in a sum does not keep NaN away: the score is NaN, and its share.
  shares(rw::weighted_sum(rw::weight<"none">(0), feature(price), 1, p));
  CHECK(std::isnan(found[0]));
  CHECK(static_cast<double>(found[1]) == doctest::Approx(sigmoid(1) - 0.5));
  shares(rw::weight<"none">(0) * feature(price) + 1 * p);
  CHECK(std::isnan(found[0]));
}
