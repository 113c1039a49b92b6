#include <rankwise/label/cut.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

namespace rw = rankwise;

static_assert(std::is_trivially_copyable_v<rw::label::cut<3>>);
static_assert(rw::fault_of(rw::label::cut<3>{0, 1}) == nullptr && rw::fault_of(rw::label::cut<3>{0, 0}) == nullptr);
// Nobody's thresholds are 0.
static_assert(rw::fault_of(rw::label::cut<3>{}) != nullptr && rw::fault_of(rw::label::cut<2>()) != nullptr);

TEST_CASE_TEMPLATE("a threshold belongs to the grade above it", T, float, double) {
  constexpr rw::label::cut<3> policy{0.35, 0.65};
  T const low = static_cast<T>(0.35);
  T const high = static_cast<T>(0.65);
  T const inf = std::numeric_limits<T>::infinity();
  std::vector<T> const c{-inf, 0, std::nextafter(low, T(0)), low, T(0.5), std::nextafter(high, T(0)), high, 1, inf};
  std::vector<int> grades(c.size());
  rw::apply(policy, c, grades);
  CHECK(grades == std::vector<int>{0, 0, 0, 1, 1, 1, 2, 2, 2});
}

TEST_CASE("two grades, and many") {
  std::vector<float> const c{0.1f, 0.2f, 0.5f, 0.9f, 1.0f};
  std::vector<float> grades(c.size());
  rw::apply(rw::label::cut<2>{0.5}, c, grades);
  CHECK(grades == std::vector<float>{0, 0, 1, 1, 1});
  rw::apply(rw::label::cut<6>{0.1, 0.2, 0.5, 0.9, 1.0}, c, grades);
  CHECK(grades == std::vector<float>{1, 2, 3, 4, 5});
}

TEST_CASE("thresholds that were never given are refused, and may come later") {
  std::vector<float> const c{0.1f, 0.2f, 0.5f};
  std::vector<float> grades(3, 7);
  rw::label::cut<3> later{};
  rw::status s;
  rw::apply(later, c, grades, {.errors = s});
  CHECK(s.code == rw::errc::out_of_range);
  CHECK(std::string(s.argument) == "a threshold of cut (they ascend)");
  CHECK(grades == std::vector<float>{7, 7, 7});
  later.threshold[0] = 0.2;
  later.threshold[1] = 0.4;
  rw::apply(later, c, grades);
  CHECK(grades == std::vector<float>{0, 1, 2});
  rw::label::cut<3> const copy = {0.2f, 1};
  CHECK(copy.threshold[1] == 1);
}

TEST_CASE("NaN is NaN among numbers, and 0 among integers") {
  std::vector<float> const c{0.9f, std::nanf(""), 0.9f};
  std::vector<float> numbers(3);
  std::vector<int> integers(3, 7);
  rw::apply(rw::label::cut<2>{0.5}, c, numbers);
  rw::apply(rw::label::cut<2>{0.5}, c, integers);
  CHECK(numbers[0] == 1);
  CHECK(std::isnan(numbers[1]));
  CHECK(integers == std::vector<int>{1, 0, 1});
}
