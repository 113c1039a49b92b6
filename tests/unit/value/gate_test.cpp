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

TEST_CASE_TEMPLATE("value/gate: bands never tie or cross, whatever is inside", T, float, double) {
  constexpr auto tier = rw::head::input<"tier">{};
  constexpr auto inside = rw::head::input<"inside">{};
  auto const ranker =
      rw::ranker(rw::heads(tier, inside), bands(feature(tier), {1, 2, 3, 4, 5, 6, 7, 8}, feature(inside)));
  double const inf = std::numeric_limits<double>::infinity();
  std::vector<double> const at{-inf, -3e38, -3e7, -2.0, -1e-3, 0, 1e-3, 2.0, 50000, 3e7, 3e38, inf};
  std::vector<T> rows;
  for (int t = 0; t <= 8; ++t) {
    for (double const x : at) {
      rows.push_back(static_cast<T>(t));
      rows.push_back(static_cast<T>(x));
    }
  }
  std::size_t const items = rows.size() / 2;
  std::vector<T> s(items);
  ranker.score(rw::row_major(rows, 2), s);
  for (std::size_t i = 1; i < items; ++i) {
    CAPTURE(i);
    CHECK(s[i] >= s[i - 1]);
    CHECK(std::floor(s[i]) == rows[2 * i]); // the tier is its whole part
    if (rows[2 * i] != rows[2 * i - 2]) {
      CHECK(s[i] > s[i - 1]);
    }
    if (std::abs(rows[2 * i + 1]) <= 3 && std::abs(rows[2 * i - 1]) <= 3) {
      CHECK(s[i] > s[i - 1]);
    }
  }
  // The formula of the page.
  std::vector<T> const one{T(2), T(3)};
  std::vector<T> score(1);
  ranker.score(rw::row_major(one, 2), score);
  CHECK(score[0] == T(2.875));
  std::vector<T> const none{T(2), std::numeric_limits<T>::quiet_NaN()};
  ranker.score(rw::row_major(none, 2), score);
  CHECK(std::isnan(score[0]));
}
