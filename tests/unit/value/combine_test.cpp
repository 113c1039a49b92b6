#include "support.hpp"

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

TEST_CASE("value/combine: power means") {
  for (double p : {1.0, 2.0, -1.0, 0.5}) {
    CAPTURE(p);
    check_value(rw::power_mean(p, rw::weight<"a">(2), probability(click), 1, probability(purchase)),
                [p](item x) { return std::pow((2 * std::pow(x.click, p) + std::pow(x.purchase, p)) / 3, 1 / p); });
  }
}
