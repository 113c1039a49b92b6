#include "support.hpp"

#include <algorithm>
#include <limits>

using namespace value_test;

TEST_CASE("value/gate: hard gate") {
  check_value(gate(expected_grade(relevance), 1.2, probability(click) * probability(purchase)),
              [](item x) { return x.grade >= 1.2 ? x.click * x.purchase : 0; });
  check_value(gate(expected_grade(relevance), 1.2, rw::weight<"a">(2) * probability(click), -1),
              [](item x) { return x.grade >= 1.2 ? 2 * x.click : -1; });
}

TEST_CASE("value/gate: soft gate") {
  check_value(soft_gate(expected_grade(relevance), rw::weight<"t">(1.2), rw::weight<"k">(5),
                        rw::weight<"a">(2) * probability(click)),
              [](item x) { return 2 * x.click * sigmoid(5 * (x.grade - 1.2)); });
}

TEST_CASE("value/gate: bands put the tier before everything inside it") {
  constexpr auto value = bands(expected_grade(relevance), {0.9, 1.8}, 1000 * probability(click));
  check_value(value, [](item x) {
    double const inside = 1000 * x.click;
    return (x.grade >= 0.9) + (x.grade >= 1.8) + 0.5 + 0.5 * inside / (1 + inside);
  });
  auto const z = random_logits(200, 3);
  std::vector<double> s(200);
  rw::ranker(heads, value).score(rw::row_major(z, columns), s);
  for (std::size_t i = 0; i < 200; ++i) {
    for (std::size_t j = 0; j < 200; ++j) {
      item const a(z.data() + i * columns);
      item const b(z.data() + j * columns);
      auto const tier = [](item const& x) { return (x.grade >= 0.9) + (x.grade >= 1.8); };
      if (tier(a) > tier(b) || (tier(a) == tier(b) && a.click > b.click)) {
        REQUIRE(s[i] > s[j]);
      }
    }
  }
}

TEST_CASE("value/gate: caps and the remap of negative values") {
  check_value(cap(expected_grade(relevance), 1.3), [](item x) { return std::min(x.grade, 1.3); });
  check_value(remap_negative(rw::weight<"a">(3) * probability(click) - rw::weight<"b">(2) * probability(purchase),
                             {.negative = 2, .total = 5, .offset = 0.01}),
              [](item x) {
                double const v = 3 * x.click - 2 * x.purchase;
                return v < 0 ? (v + 2) / 5 * 0.01 : v + 0.01;
              });
}

TEST_CASE("value/gate: NaN stays with its item") {
  std::vector<double> z = random_logits(20, 5);
  z[7 * columns] = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> s(20);
  rw::ranker(heads, gate(expected_grade(relevance), 1.2, probability(click), 0.1)).score(rw::row_major(z, columns), s);
  for (std::size_t i = 0; i < 20; ++i) {
    CHECK(std::isnan(s[i]) == (i == 7));
  }
}
