#include <rankwise/reward/components.hpp>

#include <doctest/doctest.h>

#include "support/executors.hpp"

#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace rw = rankwise;
namespace reward = rw::reward;

TEST_CASE("weighted sums: numbers, rewards of a matrix, gradients") {
  constexpr reward::weighted_sum sum{0.5, 0.2, 1.0};
  CHECK(sum(1.0, 1.0, 0.5) == doctest::Approx(1.2));
  std::vector<float> const parts{1, 1, 0.5f, 0, 1, 0, 1, 0, 1};
  support::for_each_executor([&](auto executor) {
    std::vector<float> r(3);
    rw::apply(executor, sum, rw::row_major(parts, 3), r);
    CHECK(r[0] == doctest::Approx(1.2));
    CHECK(r[1] == doctest::Approx(0.2));
    CHECK(r[2] == doctest::Approx(1.5));
  });
  std::vector<double> const gradients{1, 2, 3, /**/ 10, 20, 30}; // one column per loss
  std::vector<double> g(3);
  rw::apply(reward::weighted_sum{0.1, 1.0}, rw::column_major(gradients.data(), 3, 2), g);
  CHECK(g[0] == doctest::Approx(10.1));
  CHECK(g[2] == doctest::Approx(30.3));
}

TEST_CASE("gated rewards: parts, the gate, missing columns, NaN") {
  double const nan = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> const format{1, 1, 0, 1}, predicted{3, 1, 2, nan};
  std::vector<int> const category{1, 1, 0, 1}, attribute{1, 0, 1, 1}, right{3, 3, 2, 3}, broken{0, 0, 0, 1};
  std::vector<double> r(4);
  reward::gated<> const policy{.format = 0.5, .category = 2, .attribute = 1, .relevance = 3};
  policy.rewards({.format = format,
                  .category = category,
                  .attribute = attribute,
                  .predicted = predicted,
                  .right = right,
                  .broken = broken},
                 r);
  CHECK(r[0] == doctest::Approx(0.5 + 2 + 1 + 3));
  CHECK(r[1] == doctest::Approx(0.5 + 2 + 3 * (1 - 2.0 / 3)));
  CHECK(r[2] == doctest::Approx(1 + 3));
  CHECK(r[3] == doctest::Approx(0.5)); // behind the gate nothing counts, NaN included
  reward::gated<reward::exact> const strict{.relevance = 3};
  strict.rewards({.predicted = predicted, .right = right}, r);
  CHECK(r[0] == 3);
  CHECK(r[1] == 0);
  CHECK(std::isnan(r[3]));
  std::vector<double> many(300);
  std::vector<int> const ones(300, 1);
  policy.rewards({.category = ones}, many);
  CHECK(many == std::vector<double>(300, 2));
}

TEST_CASE("a column of another length is named, and nothing is written") {
  std::vector<double> r(4, 9);
  std::vector<int> const three(3);
  rw::status s;
  reward::gated<>{}.rewards({.attribute = three}, r, s);
  CHECK(s.code == rw::errc::size_mismatch);
  CHECK(std::string(s.argument) == "attribute");
  CHECK(r == std::vector<double>(4, 9));
}

TEST_CASE("a single level is no scale") {
  std::vector<double> r(1, 9);
  std::vector<int> const one{1};
  rw::status s;
  reward::gated<>{.agreement = {.levels = 1}}.rewards({.predicted = one, .right = one}, r, s);
  CHECK(s.code == rw::errc::out_of_range);
  CHECK(r[0] == 9);
}

TEST_CASE("nobody knows what a rule that is NaN does; what hides behind a broken one does not matter") {
  double const nan = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> const category{1, 1, nan}, broken{0, nan, 1};
  std::vector<double> r(3);
  reward::gated<>{}.rewards({.category = category, .broken = broken}, r);
  CHECK(r[0] == 1);
  CHECK(std::isnan(r[1]));
  CHECK(r[2] == 0);
}

TEST_CASE("gated rewards in place of a column; an output that overlaps one otherwise is reported") {
  std::vector<double> numbers(300);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    numbers[i] = static_cast<double>(i);
  }
  std::vector<double> const before = numbers;
  std::span<double> const first(numbers.data(), 200), later(numbers.data() + 100, 200);
  rw::status s;
  reward::gated<>{}.rewards({.format = first}, later, s);
  CHECK(s.code == rw::errc::aliasing);
  CHECK(numbers == before);
  reward::gated<>{.format = 2}.rewards({.format = first}, first, s);
  CHECK(s.ok());
  CHECK(numbers[150] == 300);
  CHECK(numbers[250] == 250);
}

TEST_CASE("weights that are no numbers are reported") {
  double const nan = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> const parts{1, 2};
  std::vector<double> r(1, 9);
  rw::status s;
  rw::apply(reward::weighted_sum{1.0, nan}, rw::row_major(parts, 2), r, {.errors = s});
  CHECK(s.code == rw::errc::out_of_range);
  reward::gated<>{.attribute = nan}.rewards({.attribute = std::vector<int>{1}}, r, s);
  CHECK(s.code == rw::errc::out_of_range);
  CHECK(r[0] == 9);
  rw::apply(reward::weighted_sum{1.0, 1.0, 5.0}, rw::row_major(parts, 2), r);
  CHECK(r[0] == 3); // a column that is missing counts 0
}
