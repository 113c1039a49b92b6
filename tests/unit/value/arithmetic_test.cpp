#include "support.hpp"

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
