#include <doctest/doctest.h>

#include "every/policies.hpp"
#include "support/random.hpp"

#include <cmath>
#include <limits>
#include <span>
#include <vector>

// The laws of an element-wise policy.
namespace rw = rankwise;

TEST_CASE_TEMPLATE("an item's value does not depend on its place; in place is the same", Transform,
                   RANKWISE_EVERY_TRANSFORM) {
  auto const policy = Transform::policy();
  auto const x = support::random(51).uniforms<float>(70, -0.5, 1.5);
  std::vector<float> expected(x.size());
  rw::apply(policy, x, expected);
  int wrong = 0;
  for (std::size_t first = 0; first < x.size(); ++first) {
    for (std::size_t n = 0; first + n <= x.size(); ++n) {
      std::vector<float> out(x.begin() + static_cast<std::ptrdiff_t>(first),
                             x.begin() + static_cast<std::ptrdiff_t>(first + n));
      rw::apply(policy, out, out);
      for (std::size_t i = 0; i < n; ++i) {
        wrong += out[i] != expected[first + i];
      }
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE_TEMPLATE("NaN stays NaN, for its item alone; infinities give no NaN", Transform, RANKWISE_EVERY_TRANSFORM) {
  auto const policy = Transform::policy();
  auto x = support::random(52).uniforms<float>(37, 0, 1);
  std::vector<float> expected(x.size());
  std::vector<float> out(x.size());
  rw::apply(policy, x, expected);
  for (std::size_t i = 0; i < x.size(); ++i) {
    auto y = x;
    y[i] = std::numeric_limits<float>::quiet_NaN();
    y[(i + 1) % y.size()] = std::numeric_limits<float>::infinity();
    y[(i + 2) % y.size()] = -std::numeric_limits<float>::infinity();
    rw::apply(policy, y, out);
    CHECK(std::isnan(out[i]));
    CHECK(!std::isnan(out[(i + 1) % y.size()]));
    CHECK(!std::isnan(out[(i + 2) % y.size()]));
    CHECK(out[(i + 3) % y.size()] == expected[(i + 3) % y.size()]);
  }
}
