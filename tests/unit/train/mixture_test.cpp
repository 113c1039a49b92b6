#include <rankwise/train/mixture.hpp>

#include <doctest/doctest.h>

#include "support/problem.hpp"

#include <cmath>
#include <vector>

namespace rw = rankwise;

TEST_CASE("mixture: the gradient is that of the likelihood, over shapes, masks and weights") {
  for (unsigned which = 0; which < 8; ++which) {
    CAPTURE(which);
    support::problem<double> p(which + 2, 5, 6);
    for (double& y : p.labels) {
      y = y > 2 ? 1 : 0;
    }
    std::size_t const n = p.items();
    auto const z = support::random{3}.uniforms<double>(3 * n, -2, 2);
    std::vector<double> g(3 * n, 9);
    auto g_matrix = rw::row_major(g.data(), n, 3);
    rw::train::mixture const loss{.likelihood = true};
    loss.gradient(rw::row_major(z.data(), n, 3), p.labels, p.lists(), g_matrix, p.options(which));
    auto const kept = g;
    auto const value = [&](std::vector<double> const& x) {
      return loss.gradient(rw::row_major(x.data(), n, 3), p.labels, p.lists(), g_matrix, p.options(which));
    };
    for (std::size_t i = 0; i < 3 * n; ++i) {
      CAPTURE(i);
      CHECK(support::near(kept[i], support::difference(value, z, i), 1e-8));
    }
  }
}

TEST_CASE("mixture: lists choose the ranker that explains them") {
  // Ranker 0 is right about the first list, ranker 1 about the second.
  std::vector<double> const z{4, -4, -4, 4, 4, -4, -4, 4};
  std::vector<int> const y{1, 0, 0, 1};
  std::vector<double> g(8);
  auto g_matrix = rw::row_major(g.data(), 4, 2);
  std::vector<double> each(2);
  double const value = rw::train::mixture{}.gradient(rw::row_major(z.data(), 4, 2), y, rw::lists<>::uniform(2, 2),
                                                     g_matrix, {.per_list = each});
  double const right = 2 * std::log1p(std::exp(-4.0));
  double const wrong = right + 8;
  double const q = 1 / (1 + std::exp(right - wrong));
  CHECK(each[0] == doctest::Approx(q * right + (1 - q) * wrong).epsilon(1e-12));
  CHECK(value == doctest::Approx(each[0] + each[1]));
  CHECK(g[0] == doctest::Approx(q * (1 / (1 + std::exp(-4.0)) - 1)).epsilon(1e-12));
  CHECK(std::fabs(g[1]) < 4e-4);
}

TEST_CASE("mixture: wrong sizes and NaN are reported; a list with NaN counts for nothing") {
  std::vector<double> const z{1, 2, std::nan(""), 3};
  std::vector<int> const y{1, 0};
  std::vector<double> g(4, 9);
  auto g_matrix = rw::row_major(g.data(), 2, 2);
  rw::status told;
  std::vector<double> each(2);
  double const value = rw::train::mixture{}.gradient(rw::row_major(z.data(), 2, 2), y, rw::lists<>::uniform(2, 1),
                                                     g_matrix, {.per_list = each, .errors = told});
  CHECK(told.code == rw::errc::not_finite);
  CHECK(told.where == 1);
  CHECK(value == each[0]);
  CHECK(g[2] == 0);
  CHECK(g[3] == 0);
  rw::status sizes;
  CHECK(std::isnan(rw::train::mixture{}.gradient(rw::row_major(z.data(), 2, 2), y, rw::lists<>::uniform(3, 1), g_matrix,
                                                 {.errors = sizes})));
  CHECK(sizes.code == rw::errc::size_mismatch);
}
