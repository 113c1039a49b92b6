#include "support.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace value_test;

TEST_CASE("value/arithmetic: sums and products") {
  check_value(rw::weight<"a">(0.6) * expected_grade(relevance) +
                  rw::weight<"b">(2) * probability(click) * probability(purchase),
              [](item x) { return 0.6 * x.grade + 2 * x.click * x.purchase; });
  check_value(3 * probability(click) - rw::weight<"a">(0.5) * expected_grade(relevance),
              [](item x) { return 3 * x.click - 0.5 * x.grade; });
  check_value(-(rw::weight<"a">(2) * probability(click)), [](item x) { return -2 * x.click; });
  check_value(probability(click) + probability(purchase) + probability(click),
              [](item x) { return 2 * x.click + x.purchase; });
  check_value((probability(click) + probability(purchase)) + (probability(click) + probability(purchase)),
              [](item x) { return 2 * (x.click + x.purchase); });
}

TEST_CASE("value/arithmetic: one weight in several places") {
  check_value(rw::weight<"a">(0.7) * probability(click) + rw::weight<"a">(0.7) * expected_grade(relevance),
              [](item x) { return 0.7 * (x.click + x.grade); });
}

TEST_CASE("value/arithmetic: quotients, powers, functions") {
  check_value(expected_grade(relevance) / (1 + feature(price)), [](item x) { return x.grade / (1 + x.price); });
  check_value(pow(probability(click), rw::weight<"g">(1.7)), [](item x) { return std::pow(x.click, 1.7); });
  check_value(pow(feature(price), -0.3) * expected_grade(relevance),
              [](item x) { return std::pow(x.price, -0.3) * x.grade; });
  check_value(rw::weight<"a">(0.4) * log(1 + feature(price)) * probability(click),
              [](item x) { return 0.4 * std::log(1 + x.price) * x.click; });
  check_value(exp(-1 * feature(price)) * probability(click), [](item x) { return std::exp(-x.price) * x.click; });
}

TEST_CASE("value/arithmetic: min, max, clamp") {
  check_value(min(probability(click), probability(purchase)), [](item x) { return std::min(x.click, x.purchase); });
  check_value(max(expected_grade(relevance), 1.1) * probability(click),
              [](item x) { return std::max(x.grade, 1.1) * x.click; });
  check_value(clamp(expected_grade(relevance), 0.5, rw::weight<"top">(1.5)),
              [](item x) { return std::clamp(x.grade, 0.5, 1.5); });
}

TEST_CASE("value/arithmetic: a longer sum stays one flat node") {
  constexpr auto sum = probability(click) + probability(click) + probability(purchase);
  CHECK(sum.with_operands([](auto const&... n) { return sizeof...(n); }) == 3);
  constexpr auto product = rw::weight<"a">(1) * probability(click) * probability(purchase) * 2;
  CHECK(product.with_operands([](auto const&... n) { return sizeof...(n); }) == 4);
}

TEST_CASE("value/arithmetic: bounds of clamp in the wrong order are reported") {
  auto const z = random_logits(3, 4);
  std::vector<double> s(3, -7);
  auto const code = [&](auto const& value) {
    rw::status st;
    rw::ranker(heads, value).score(rw::row_major(z, columns), s, {.errors = st});
    return st.code;
  };
  double const nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(code(clamp(probability(click), 1, 0)) == rw::errc::out_of_range);
  CHECK(code(2 * clamp(1 * probability(click), nan, 1.0)) == rw::errc::out_of_range);
  CHECK(s == std::vector<double>(3, -7));
  CHECK(code(clamp(probability(click), 0.25, 0.25)) == rw::errc::ok);
  CHECK(s == std::vector<double>(3, 0.25));
  // Of weights the lower bound wins.
  CHECK(code(clamp(probability(click), rw::weight<"low">(1), rw::weight<"high">(0.5))) == rw::errc::ok);
  CHECK(s == std::vector<double>(3, 1));
  std::vector<double> const row{0, 0, 0, 0, 0, nan};
  std::vector<double> one(1);
  rw::ranker(heads, clamp(feature(price), 0.0, 1.0)).score(rw::row_major(row, columns), one);
  CHECK(std::isnan(one[0]));
  // On a bound x counts.
  check_value(clamp(1 * probability(click) - 1 * probability(purchase), -0.1, 0.2) * expected_grade(relevance),
              [](item x) { return std::clamp(x.click - x.purchase, -0.1, 0.2) * x.grade; });
}

TEST_CASE("value/arithmetic: infinite slopes of a probability that is 0 by a rounding") {
  auto const by_logits = [](auto const& value) {
    auto const ranker = rw::ranker(rw::heads(click, purchase), value);
    std::vector<float> const z{-110, 0.5f, 0, 0.5f};
    std::vector<float> const seeds{1, 1};
    std::vector<float> by(4, -7);
    ranker.gradient(rw::row_major(z, 2), seeds, rw::row_major(by, 2), ranker.weights()); // nothing is reported
    return by;
  };
  constexpr auto p = probability(click);
  constexpr auto q = probability(purchase);
  auto const root = by_logits(rw::weight<"w">(1) * pow(p, 0.5));
  CHECK(root[0] == 0);
  CHECK(root[2] == doctest::Approx(0.5 * std::sqrt(0.5) * 0.5));
  CHECK(by_logits(pow(p * q, 0.5))[1] == 0);
  CHECK(by_logits(pow(p, rw::weight<"zero">(0)))[0] == 0);
  CHECK(by_logits(pow(clamp(1 * p - 1 * q, 0.0, 1.0) * p, 0.5))[0] == 0);

  // Where the score itself is infinite it is reported as ever.
  rw::status st;
  std::vector<float> const z{-110}, seed{1};
  std::vector<float> by(1, -7);
  auto const ranker = rw::ranker(rw::heads(click), rw::weight<"w">(1) / p);
  ranker.gradient(rw::row_major(z, 1), seed, rw::row_major(by, 1), ranker.weights(), {.errors = st});
  CHECK(st.code == rw::errc::not_finite);
  CHECK(by[0] == 0);
}
