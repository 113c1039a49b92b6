#include <rankwise/label/binarise.hpp>
#include <rankwise/label/clip.hpp>
#include <rankwise/label/combine.hpp>
#include <rankwise/label/expected.hpp>
#include <rankwise/label/log.hpp>
#include <rankwise/label/polarise.hpp>
#include <rankwise/label/smooth.hpp>

#include <doctest/doctest.h>

#include "support/executors.hpp"

#include <cmath>
#include <limits>
#include <vector>

namespace values_test {

namespace rw = rankwise;
namespace l = rankwise::label;

namespace {

template <class T, class Policy>
std::vector<T> applied(Policy const& policy, std::vector<T> const& x) {
  std::vector<T> out(x.size());
  rw::apply(policy, x, out);
  return out;
}

constexpr double inf = std::numeric_limits<double>::infinity();

// In constant expressions, too.
static_assert(l::gain{}.bind<double>()(3.0) == 7);
static_assert(l::gain{.base = 3}.bind<double>()(2.0) > 7.9999999 && l::gain{.base = 3}.bind<double>()(2.0) < 8.0000001);
static_assert(l::binarise{.threshold = 2}.bind<float>()(2.0f) == 1);
static_assert(l::banded{l::cut<3>{0.35, 0.65}}.bind<double>()(0.5, 1.0) == 1.9);

} // namespace

TEST_CASE_TEMPLATE("gains: whole grades are exact for base 2", T, float, double) {
  CHECK(applied(l::gain{}, std::vector<T>{0, 1, 2, 3, 4, 10}) == std::vector<T>{0, 1, 3, 7, 15, 1023});
  CHECK(applied(l::linear{.slope = 2, .offset = 1}, std::vector<T>{0, 1, T(2.5)}) == std::vector<T>{1, 3, 6});
  auto const three = applied(l::gain{.base = 3}, std::vector<T>{1, 2, 4});
  CHECK(three[0] == doctest::Approx(2).epsilon(1e-6));
  CHECK(three[2] == doctest::Approx(80).epsilon(1e-6));
}

TEST_CASE("log, clip, binarise") {
  auto const y = applied(l::log{.base = 2}, std::vector<double>{0, 1, 3, 1023, inf, -1, -2});
  CHECK(y[0] == 0);
  CHECK(y[1] == doctest::Approx(1).epsilon(1e-15));
  CHECK(y[3] == doctest::Approx(10).epsilon(1e-15));
  CHECK(y[4] == inf);
  CHECK(y[5] == -inf);
  CHECK(std::isnan(y[6]));
  CHECK(applied(l::log{}, std::vector<double>{1e-20})[0] == 1e-20); // no cancellation
  CHECK(applied(l::clip{.low = -1, .high = 2}, std::vector<double>{-inf, -1, 0, 2, 3, inf}) ==
        std::vector<double>{-1, -1, 0, 2, 2, 2});
  CHECK(applied(l::binarise{.threshold = 1}, std::vector<double>{-inf, 0.99, 1, inf}) ==
        std::vector<double>{0, 0, 1, 1});
}

TEST_CASE("smoothing spreads a label over the classes") {
  auto const y = applied(l::smooth{.epsilon = 0.2, .classes = 4}, std::vector<double>{0, 1});
  CHECK(y[0] == doctest::Approx(0.05));
  CHECK(y[1] == doctest::Approx(0.85));
  double const nan = std::nan("");
  std::vector<double> const grades{0, 1, 3, nan, 0.5, 4, -1};
  std::vector<double> even(28), near_by(28);
  rw::apply(l::soft{.epsilon = 0.2}, grades, rw::row_major(even, 4));
  rw::apply(l::soft_ordinal{.epsilon = 0.2}, grades, rw::row_major(near_by, 4));
  double const rows_even[3][4] = {{0.85, 0.05, 0.05, 0.05}, {0.05, 0.85, 0.05, 0.05}, {0.05, 0.05, 0.05, 0.85}};
  double const rows_near[3][4] = {{0.8, 0.2, 0, 0}, {0.1, 0.8, 0.1, 0}, {0, 0, 0.2, 0.8}};
  for (std::size_t i = 0; i < 7; ++i) {
    for (std::size_t k = 0; k < 4; ++k) {
      if (i < 3) {
        CHECK(even[4 * i + k] == doctest::Approx(rows_even[i][k]));
        CHECK(near_by[4 * i + k] == doctest::Approx(rows_near[i][k]));
      } else {
        CHECK(std::isnan(even[4 * i + k]));
        CHECK(std::isnan(near_by[4 * i + k]));
      }
    }
  }
  std::vector<double> one(2);
  rw::apply(l::soft_ordinal{}, std::vector<double>{0, 0}, rw::row_major(one, 1));
  CHECK(one == std::vector<double>{1, 1});
}

TEST_CASE("expected grade of class probabilities, in any layout, then any transform") {
  // Classes of z = (1.2, -0.4), three ordered grades.
  std::vector<double> const p{.2314752165, .3672124436, .4013123399, 1, 0, 0, 0, 0, 1};
  std::vector<double> y(3);
  rw::apply(l::expected_grade{}, rw::row_major(p, 3), y);
  CHECK(y[0] == doctest::Approx(1.1698371234).epsilon(1e-10));
  CHECK(y[1] == 0);
  CHECK(y[2] == 2);
  rw::apply(l::expected_gain{}, rw::row_major(p, 3), y);
  CHECK(y[0] == doctest::Approx(.3672124436 + 3 * .4013123399).epsilon(1e-12));
  rw::apply(l::expected_gain{l::linear{.slope = 2}}, rw::row_major(p, 3), y);
  CHECK(y[0] == doctest::Approx(2 * 1.1698371234).epsilon(1e-10));
  rw::apply(l::expected_grade{} | l::cut<3>{0.5, 1.5}, rw::row_major(p, 3), y);
  CHECK(y == std::vector<double>{1, 0, 2});
  rw::apply(l::expected_grade{}, rw::row_major(p.data(), 3, 0), y); // no classes
  CHECK(y == std::vector<double>(3));
  std::vector<float> const columns{.25f, 1, .5f, 0, .25f, 0}; // two items, column by column
  std::vector<float> z(2);
  support::for_each_executor([&](auto executor) {
    rw::apply(executor, l::expected_grade{}, rw::column_major(columns.data(), 2, 3), z);
    CHECK(z == std::vector<float>{1, 0});
  });
}

TEST_CASE("content and engagement") {
  std::vector<float> const content{0.1f, 0.5f, 0.9f, 0.9f, std::nanf("")};
  std::vector<double> const engagement{1, 0.5, 0.25, std::nan(""), 1};
  std::vector<double> y(5);
  support::for_each_executor([&](auto executor) {
    rw::apply(executor, l::product{}, content, engagement, y);
    CHECK(y[1] == doctest::Approx(0.25));
    rw::apply(executor, l::weighted_sum{.content = 2, .engagement = 1}, content, engagement, y);
    CHECK(y[2] == doctest::Approx(2.05));
    rw::apply(executor, l::banded{l::cut<3>{0.35, 0.65}, 0.5}, content, engagement, y);
    CHECK(y[0] == 0.5);
    CHECK(y[1] == 1.25);
    CHECK(y[2] == 2.125);
    CHECK(std::isnan(y[3]));
    CHECK(std::isnan(y[4]));
    // A chain may begin with two columns.
    rw::apply(executor, l::weighted_sum{} | l::binarise{.threshold = 0.52}, content, engagement, y);
    CHECK(y[0] == 1);
    CHECK(y[1] == 0);
  });
  // A better tier wins whatever the engagement.
  std::vector<double> const low{0.34999, 0.36};
  std::vector<double> const worst{1e9, -1e9};
  std::vector<double> z(2);
  rw::apply(l::banded{l::cut<3>{0.35, 0.65}}, low, worst, z);
  CHECK(z[0] < z[1]);
}

TEST_CASE("two inputs: checks come before anything is written") {
  std::vector<float> a(5, 1), b(4, 1), out(5, 9);
  rw::status s;
  rw::apply(l::product{}, a, b, out, {.errors = s});
  CHECK(s.code == rw::errc::size_mismatch);
  rw::options o;
  o.errors = s;
  rw::apply(l::product{}, a, a, b, o);
  CHECK(s.code == rw::errc::size_mismatch);
  std::vector<float> shared(6, 2);
  rw::apply(l::product{}, a, rw::column<float>{shared.data(), 5}, rw::column<float>{shared.data() + 1, 5}, o);
  CHECK(s.code == rw::errc::aliasing);
  CHECK(out == std::vector<float>(5, 9));
  CHECK(shared == std::vector<float>(6, 2));
  rw::apply(rw::exec::scalar{}, l::product{}, shared, shared, shared, o); // in place
  CHECK(s.ok());
  CHECK(shared == std::vector<float>(6, 4));
  std::vector<float> rows(6);
  rw::apply(l::expected_grade{}, rw::row_major(rows, 3), out, o);
  CHECK(s.code == rw::errc::size_mismatch);
  rw::apply(l::soft{}, a, rw::row_major(rows, 3), o);
  CHECK(s.code == rw::errc::size_mismatch);
}

TEST_CASE("fast policies: 1e-6 relative, monotone over a dense sweep, exact at the ends") {
  constexpr std::size_t n = 1 << 20;
  std::vector<float> x(n), y(n);
  std::vector<double> exact(n);
  for (std::size_t i = 0; i < n; ++i) {
    x[i] = static_cast<float>(i) / static_cast<float>(n - 1) * 4 - 1.5f;
  }
  std::vector<double> const wide(x.begin(), x.end());
  rw::apply(l::polarise{}, wide, exact);
  support::for_each_executor([&](auto executor) {
    rw::apply(executor, rw::fast(l::polarise{}), x, y);
    double worst = 0;
    int steps_down = 0;
    for (std::size_t i = 0; i < n; ++i) {
      // The argument itself is rounded: 10 (c - 1/2).
      double const slope = 10 * (1 - exact[i]);
      double const rounding = std::fabs(wide[i] - 0.5) * 0x1p-23 * slope;
      double const error = std::fabs(static_cast<double>(y[i]) - exact[i]) - rounding * exact[i];
      worst = std::max(worst, error / exact[i]);
      steps_down += i != 0 && y[i] < y[i - 1];
    }
    CHECK(worst < 1e-6);
    CHECK(steps_down == 0);
  });
  CHECK(applied(rw::fast(l::polarise{}), std::vector<float>{-1e30f, 1e30f}) == std::vector<float>{0, 1});
}

} // namespace values_test
