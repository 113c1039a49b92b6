#include <doctest/doctest.h>

#include "every/transform_policies.hpp"
#include "support/random.hpp"

#include <rankwise/exec/scalar.hpp>

#include <cmath>
#include <limits>
#include <span>
#include <vector>

// The laws of an element-wise policy. Every policy is compiled once for registers of float and once for double; the
// checks are no templates.
namespace rw = rankwise;

namespace {

struct transform {
  unsigned laws;
  void (*simd)(std::span<float const>, std::span<float>);
  void (*halves)(std::span<rw::bfloat16 const>, std::span<float>);
  double (*exact)(double);
  double (*slope)(double); // null: none

  std::vector<float> operator()(std::vector<float> const& x) const {
    std::vector<float> y(x.size());
    simd(x, y);
    return y;
  }
};

template <class Transform>
transform tested() {
  transform t{};
  t.laws = Transform::laws;
  t.simd = [](std::span<float const> x, std::span<float> y) { rw::apply(Transform::policy(), x, y); };
  t.halves = [](std::span<rw::bfloat16 const> x, std::span<float> y) { rw::apply(Transform::policy(), x, y); };
  t.exact = [](double x) {
    auto const policy = Transform::policy();
    return static_cast<double>(rw::bound<double>(policy)(x));
  };
  if constexpr ((Transform::laws & every::smooth) != 0) {
    t.slope = [](double x) {
      auto const policy = Transform::policy();
      return rw::bound<double>(policy).derivative(x);
    };
  }
  return t;
}

template <class... Transforms>
std::vector<transform> all() {
  return {tested<Transforms>()...};
}

// Their number is their place in the list.
template <class F>
void for_each(F check) {
  auto const transforms = all<RANKWISE_EVERY_TRANSFORM>();
  for (std::size_t number = 0; number < transforms.size(); ++number) {
    CAPTURE(number);
    check(transforms[number]);
  }
}

} // namespace

TEST_CASE("an item's value does not depend on its place; in place is the same") {
  for_each([](transform const& f) {
    auto const x = support::random(51).uniforms<float>(70, -0.5, 1.5);
    auto const expected = f(x);
    int wrong = 0;
    for (std::size_t first = 0; first < x.size(); ++first) {
      for (std::size_t n = 0; first + n <= x.size(); ++n) {
        std::vector<float> out(x.begin() + static_cast<std::ptrdiff_t>(first),
                               x.begin() + static_cast<std::ptrdiff_t>(first + n));
        f.simd(out, out);
        for (std::size_t i = 0; i < n; ++i) {
          wrong += !(out[i] == expected[first + i] || (std::isnan(out[i]) && std::isnan(expected[first + i])));
        }
      }
    }
    CHECK(wrong == 0);
  });
}

TEST_CASE("NaN stays NaN, for its item alone; infinities give no NaN") {
  for_each([](transform const& f) {
    auto const x = support::random(52).uniforms<float>(37, 0, 1);
    auto const expected = f(x);
    for (std::size_t i = 0; i < x.size(); ++i) {
      auto y = x;
      y[i] = std::numeric_limits<float>::quiet_NaN();
      y[(i + 1) % y.size()] = std::numeric_limits<float>::infinity();
      y[(i + 2) % y.size()] = -std::numeric_limits<float>::infinity();
      auto const out = f(y);
      CHECK(std::isnan(out[i]));
      if ((f.laws & every::everywhere) != 0) {
        CHECK(!std::isnan(out[(i + 1) % y.size()]));
        CHECK(!std::isnan(out[(i + 2) % y.size()]));
      }
      CHECK(out[(i + 3) % y.size()] == expected[(i + 3) % y.size()]);
    }
  });
}

TEST_CASE("registers of float agree with one number at a time in double") {
  for_each([](transform const& f) {
    auto const x = support::random(53).uniforms<float>(500, 0.001, 0.999);
    auto const y = f(x);
    int wrong = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      double const exact = f.exact(static_cast<double>(x[i]));
      wrong += !(std::fabs(static_cast<double>(y[i]) - exact) <= 4e-6 * (1 + std::fabs(exact)));
    }
    CHECK(wrong == 0);
  });
}

TEST_CASE("two-byte floats give what the same numbers in float give") {
  for_each([](transform const& f) {
    auto const wide = support::random(54).uniforms<float>(75, 0, 1);
    std::vector<rw::bfloat16> const x(wide.begin(), wide.end());
    std::vector<float> y(x.size());
    f.halves(x, y);
    CHECK(y == f(std::vector<float>(x.begin(), x.end())));
  });
}

TEST_CASE("increasing transforms keep the order") {
  for_each([](transform const& f) {
    if ((f.laws & every::increasing) == 0) {
      return;
    }
    std::vector<float> x(4097);
    for (std::size_t i = 0; i < x.size(); ++i) {
      x[i] = static_cast<float>(i) / 4096;
    }
    auto const y = f(x);
    int falls = 0;
    for (std::size_t i = 1; i < x.size(); ++i) {
      falls += !(y[i] >= y[i - 1] - 4e-7f * (1 + std::fabs(y[i])));
    }
    CHECK(falls == 0);
    CHECK(y.back() > y.front());
  });
}

TEST_CASE("derivatives of transforms are finite differences") {
  for_each([](transform const& f) {
    if (f.slope == nullptr) {
      return;
    }
    support::random draw(55);
    for (int round = 0; round < 100; ++round) {
      double const x = draw.uniform(0.01, 0.99);
      CAPTURE(x);
      double const difference = (f.exact(x + 1e-6) - f.exact(x - 1e-6)) / 2e-6;
      CHECK(std::fabs(f.slope(x) - difference) <= 1e-6 * (1 + std::fabs(difference)));
    }
  });
}
