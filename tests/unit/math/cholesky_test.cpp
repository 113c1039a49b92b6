#include <rankwise/core/arch.hpp>
#include <rankwise/math/cholesky.hpp>

#include <doctest/doctest.h>

#include "support/random.hpp"

#include <cmath>
#include <cstddef>
#include <vector>

namespace math = rankwise::math;
using isa = rankwise::arch::native;
using column = std::vector<double>;

namespace {

/// B B' and a little, scaled by rows and columns of very different size.
column positive(support::random& r, std::size_t n) {
  column const b = r.uniforms<double>(n * n, -1, 1);
  column a(n * n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      double const scale = std::pow(10.0, static_cast<double>(i % 5) * 2 + static_cast<double>(j % 5) * 2 - 8);
      a[i * n + j] = i == j ? 0.1 * scale : 0;
      for (std::size_t k = 0; k < n; ++k) {
        a[i * n + j] += scale * b[i * n + k] * b[j * n + k];
      }
    }
  }
  return a;
}

} // namespace

TEST_CASE("math/cholesky: what was multiplied comes back, whatever the scales") {
  INFO("seed 12");
  support::random r{12};
  for (std::size_t const n : {1u, 2u, 3u, 7u, 20u}) {
    CAPTURE(n);
    column a = positive(r, n);
    column const x = r.uniforms<double>(n, -2, 2);
    column b(n);
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) {
        b[i] += a[i * n + j] * x[j];
      }
    }
    for (std::size_t i = 0; i < n; ++i) { // what is above the diagonal is not read
      for (std::size_t j = i + 1; j < n; ++j) {
        a[i * n + j] = std::nan("");
      }
    }
    column scale(n);
    REQUIRE(math::solve_symmetric<isa>(a.data(), b.data(), scale.data(), n));
    for (std::size_t i = 0; i < n; ++i) {
      double const unit = std::pow(10.0, 4 - static_cast<double>(i % 5) * 2); // of x in a matrix without scales
      CHECK(std::fabs(b[i] - x[i]) <= 1e-9 * (std::fabs(x[i]) + unit));
    }
  }
}

TEST_CASE("math/cholesky: without curvature") {
  column scale(3);
  for (double const last : {1.0, 0.0, -1.0}) { // 1: the rows depend on each other
    CAPTURE(last);
    column const a{4, 0, 0, 0, 1, 1, 0, 1, last};
    column const b{8, 3, 3};
    column h = a;
    column x = b;
    CHECK_FALSE(math::solve_symmetric<isa>(h.data(), x.data(), scale.data(), 3));
    h = a;
    x = b;
    CHECK(math::solve_symmetric<isa>(h.data(), x.data(), scale.data(), 3, math::flat_direction::stays_put));
    CHECK(x[0] == 2);
    CHECK(x[1] == 3);
    CHECK(x[2] == 0);
  }
  column h{std::nan("")};
  column x{1};
  CHECK_FALSE(math::solve_symmetric<isa>(h.data(), x.data(), scale.data(), 1));
  CHECK(math::solve_symmetric<isa>(h.data(), x.data(), scale.data(), 0));
}
