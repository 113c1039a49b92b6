#include "support.hpp"

#include <array>
#include <cmath>
#include <limits>

using namespace value_test;

TEST_CASE("value/combine: weighted sum") {
  check_value(rw::weighted_sum(rw::weight<"a">(0.6), expected_grade(relevance), 2, probability(click),
                               rw::weight<"b">(-0.3), feature(price)),
              [](item x) { return 0.6 * x.grade + 2 * x.click - 0.3 * x.price; });
}

TEST_CASE("value/combine: log-linear product") {
  check_value(rw::log_linear(rw::weight<"a">(0.5), expected_grade(relevance), rw::weight<"b">(1.5), probability(click),
                             0.2, feature(price)),
              [](item x) { return std::sqrt(x.grade) * std::pow(x.click, 1.5) * std::pow(x.price, 0.2); });
}

TEST_CASE("value/combine: a factor of weight 0 does not matter, even if it is 0 itself") {
  auto const ranker = rw::ranker(heads, rw::log_linear(rw::weight<"a">(0), feature(price), 1, probability(click)));
  std::vector<double> z{0, 0, 0, 0, 0, 0};
  std::vector<double> s(1);
  ranker.score(rw::row_major(z, columns), s);
  CHECK(s[0] == doctest::Approx(0.5));
  z[5] = 2;
  ranker.score(rw::row_major(z, columns), s);
  CHECK(s[0] == doctest::Approx(0.5));
}

namespace {

/// Derivatives of `value` by its logits, the inputs a and b of every row, and by its weights u and v: one item at a
/// time, in packs, and in float.
template <class Value>
void check_at(Value const& value, std::array<double, 2> x, double result, std::array<double, 2> by_logit,
              std::array<double, 2> by_weight) {
  CAPTURE(x[0]);
  CAPTURE(x[1]);
  auto const ranker = rw::ranker(rw::heads(rw::head::input<"a">{}, rw::head::input<"b">{}), value);
  auto const check = [&](auto const& executor, auto const& r, auto number) {
    using T = decltype(number);
    constexpr std::size_t items = 19; // in packs, and in what is left of one
    std::vector<T> rows, scores(items), seeds(items, T(1)), found(2 * items, T(-7));
    for (std::size_t i = 0; i < items; ++i) {
      rows.push_back(static_cast<T>(x[0]));
      rows.push_back(static_cast<T>(x[1]));
    }
    r.score(executor, rw::row_major(rows, 2), scores);
    auto const w = r.gradient(executor, rw::row_major(rows, 2), seeds, rw::row_major(found, 2), r.weights());
    auto const near = [](double a, double b) { return std::abs(a - b) <= 4e-5 * (1 + std::abs(b)); };
    for (std::size_t i = 0; i < items; ++i) {
      CHECK(near(static_cast<double>(scores[i]), result));
      CHECK(near(static_cast<double>(found[2 * i]), by_logit[0]));
      CHECK(near(static_cast<double>(found[2 * i + 1]), by_logit[1]));
    }
    CHECK(near(static_cast<double>(w.template get<"u">()) / items, by_weight[0]));
    CHECK(near(static_cast<double>(w.template get<"v">()) / items, by_weight[1]));
  };
  check(rw::exec::scalar{}, ranker, 0.0);
  check(rw::exec::simd{}, ranker, 0.0);
  check(rw::exec::simd{}, ranker, 0.0f);
  check(rw::exec::simd{}, rw::fast(ranker), 0.0f);
}

constexpr auto in_a = feature(rw::head::input<"a">{});
constexpr auto in_b = feature(rw::head::input<"b">{});

} // namespace

TEST_CASE("value/combine: derivatives of a log-linear product at 0") {
  auto const product = [](double u, double v) {
    return rw::log_linear(rw::weight<"u">(u), in_a, rw::weight<"v">(v), in_b);
  };
  // b^2 whatever a is: 2 b, and b^2 log b by the exponent.
  check_at(product(0, 2), {0, 3}, 9, {0, 6}, {0, 9 * std::log(3)});
  check_at(product(0, 2), {-1, 3}, 9, {0, 6}, {0, 9 * std::log(3)});
  check_at(product(0, 2), {5, 3}, 9, {0, 6}, {9 * std::log(5), 9 * std::log(3)});
  check_at(product(0, 0), {0, 0}, 1, {0, 0}, {0, 0});
  check_at(product(1, 2), {0, 3}, 0, {0, 0}, {0, 0});
}

TEST_CASE("value/combine: derivatives of power means at 0") {
  auto const mean = [](double p, double u, double v) {
    return rw::power_mean(p, rw::weight<"u">(u), in_a, rw::weight<"v">(v), in_b);
  };
  // Of 2 a b / (a + b) at a = 0: 2 by a.
  check_at(mean(-1, 1, 1), {0, 5}, 0, {2, 0}, {0, 0});
  // Of (u + v) a b / (u b + v a) at b = 0: (u + v) / v.
  check_at(mean(-1, 3, 1), {2, 0}, 0, {0, 4}, {0, 0});
  check_at(mean(-1, 1, 1), {0, 0}, 0, {0, 0}, {0, 0}); // the other one holds it at 0
  // Of sqrt((u a^2 + v b^2) / (u + v)) along either axis.
  check_at(mean(2, 3, 1), {0, 0}, 0, {std::sqrt(0.75), 0.5}, {0, 0});
  // At a = 0, b = 4, y = 2: by b v b / (y W), by u -y / (2 W), by v (b^2 - y^2) / (2 y W).
  check_at(mean(2, 3, 1), {0, 4}, 2, {0, 0.5}, {-0.25, 0.75});
  check_at(mean(1, 3, 1), {0, 0}, 0, {0.75, 0.25}, {0, 0});
  check_at(mean(1, 1, 0), {0, 4}, 0, {1, 0}, {0, 4});
  // ((sqrt a + sqrt b) / 2)^2 at a = 0, b = 4: 1 and a slope of infinity by a, 1/4 by b; by weights of W = 2,
  // d/du of (2 v / (u + v))^2.
  check_at(mean(0.5, 1, 1), {0, 4}, 1, {0, 0.25}, {-1, 1});
  check_at(mean(0.5, 1, 1), {0, 0}, 0, {0.25, 0.25}, {0, 0});
  // An x of 0 that has no weight holds nothing at 0: the mean is b.
  check_at(mean(-1, 0, 2), {0, 5}, 5, {0, 1}, {0, 0});
  check_at(mean(-0.5, 0, 2), {0, 5}, 5, {0, 1}, {0, 0});
  // The weight of 0 would raise the mean as its square root; by b it is |b| sqrt(v / W).
  check_at(mean(2, 1, 0), {0, 4}, 0, {1, 0}, {0, 0});
}

TEST_CASE("value/combine: power means") {
  for (double p : {1.0, 2.0, -1.0, 0.5}) {
    CAPTURE(p);
    check_value(rw::power_mean(p, rw::weight<"a">(2), probability(click), 1, probability(purchase)),
                [p](item x) { return std::pow((2 * std::pow(x.click, p) + std::pow(x.purchase, p)) / 3, 1 / p); });
  }
}

namespace {

/// A power mean of a and b in T, one item at a time and in packs, with what is reported.
template <class T>
struct mean_of {
  T value;
  double by_a, by_b, by_u;

  mean_of(double p, T a, T b, double u = 1) {
    auto const ranker = rw::ranker(rw::heads(rw::head::input<"a">{}, rw::head::input<"b">{}),
                                   rw::power_mean(p, rw::weight<"u">(u), in_a, rw::weight<"v">(1), in_b));
    std::vector<T> const row{a, b}, seed{1};
    std::vector<T> score(1), alone(1), by(2);
    ranker.score(rw::row_major(row, 2), score);
    ranker.score(rw::exec::scalar{}, rw::row_major(row, 2), alone);
    CHECK(std::abs(score[0] - alone[0]) <= 4 * std::numeric_limits<T>::epsilon() * std::abs(score[0]));
    auto const w = ranker.gradient(rw::row_major(row, 2), seed, rw::row_major(by, 2), ranker.weights());
    value = score[0];
    by_a = static_cast<double>(by[0]);
    by_b = static_cast<double>(by[1]);
    by_u = w.template get<"u">();
  }
};

} // namespace

TEST_CASE_TEMPLATE("value/combine: power means of numbers and exponents of any size", T, float, double) {
  constexpr double round = 8 * static_cast<double>(std::numeric_limits<T>::epsilon());
  for (double const p : {-1000.0, -300.0, -10.0, -2.0, -1.0, -0.3, -0.2, -1e-3, -1e-7, 1e-7, 1e-3, 0.01, 0.2, 0.3, 1.0,
                         2.0, 10.0, 300.0, 1000.0}) {
    CAPTURE(p);
    for (double const x : {1e-36, 1e-30, 1e-4, 1.0, 3.0, 1e4, 1e30, 3e38}) {
      CAPTURE(x);
      T const same = static_cast<T>(x);
      CHECK(mean_of<T>(p, same, same).value == same);
      // Of x and 2 x, against numbers that are neither large nor small.
      T const a = static_cast<T>(x / 4);
      mean_of<T> const m(p, a, 2 * a, 3);
      long double const q = p;
      long double const least = p < 0 ? 1 : 2; // taken out, that 2^1000 is no power
      // share - 1 of a share that is nearly 1 keeps its digits
      long double const rise = (3 * std::expm1(q * std::log(1 / least)) + std::expm1(q * std::log(2 / least))) / 4;
      double const true_mean = static_cast<double>(least * std::exp(std::log1p(rise) / q));
      CHECK(std::abs(static_cast<double>(m.value / a) - true_mean) <= round * true_mean);
      double const u_a = std::pow(true_mean, 1 - p), u_b = std::pow(true_mean / 2, 1 - p);
      double const exact = std::abs(p) < 1 ? 1 : std::abs(p); // what the rounding of the mean does to its powers
      CHECK(std::abs(m.by_a - 0.75 * u_a) <= 2 * round * exact * (1 + u_a));
      CHECK(std::abs(m.by_b - 0.25 * u_b) <= 2 * round * exact * (1 + u_b));
      // d/du = y ((a / y)^p - 1) / (p W)
      double const by_u = true_mean * std::expm1(-p * std::log(true_mean)) / (4 * p);
      CHECK(std::abs(m.by_u / static_cast<double>(a) - by_u) <= 4 * round * exact * (1 + std::abs(by_u)));
    }
  }
}

TEST_CASE("value/combine: exponents near 0, worked numbers") {
  CHECK(mean_of<float>(0.001, 4, 9).value == doctest::Approx(6.00049323).epsilon(2e-7));
  CHECK(mean_of<double>(1e-9, 4, 9).value == doctest::Approx(6.0000000004932).epsilon(1e-14));
  CHECK(mean_of<float>(-10, 1e-4f, 1e-4f).value == 1e-4f);
  CHECK(mean_of<double>(300, 100, 200).value == doctest::Approx(199.538435305404664).epsilon(1e-14));
  // An operand with hardly a weight that is the most: the others must not vanish beside it, nor it beside them.
  CHECK(mean_of<double>(0.2, 1, 1e-8, 1e-6).value == doctest::Approx(1.00019406845449542e-8).epsilon(1e-13));
}

TEST_CASE("value/combine: the edges of power means, near an exponent of 0 and away from it") {
  double const inf = std::numeric_limits<double>::infinity();
  double const nan = std::numeric_limits<double>::quiet_NaN();
  auto const mean = [](double p, double a, double b, double u = 1) {
    auto const ranker = rw::ranker(rw::heads(rw::head::input<"a">{}, rw::head::input<"b">{}),
                                   rw::power_mean(p, rw::weight<"u">(u), in_a, 1, in_b));
    std::vector<double> const row{a, b};
    std::vector<double> score(1);
    ranker.score(rw::row_major(row, 2), score);
    return score[0];
  };
  for (double const p : {0.1, 2.0}) {
    CAPTURE(p);
    CHECK(mean(p, 0, 0) == 0);
    CHECK(mean(p, 0, 3) == doctest::Approx(3 * std::pow(0.5, 1 / p)));
    CHECK(mean(p, inf, 3) == inf);
    CHECK(mean(p, inf, 3, 0) == 3);
    CHECK(mean(p, 5e300, 3, 0) == 3);
    CHECK(mean(-p, 0, 3) == 0);
    CHECK(mean(-p, 0, 3, 0) == 3);
    CHECK(mean(-p, inf, 3) == doctest::Approx(3 * std::pow(0.5, -1 / p)));
    CHECK(mean(-p, inf, inf) == inf);
    for (double const sign : {1.0, -1.0}) {
      CHECK(std::isnan(mean(sign * p, nan, 3)));
      CHECK(std::isnan(mean(sign * p, nan, 3, 0)));
      CHECK(std::isnan(mean(sign * p, -1, 3)));
    }
  }
}
