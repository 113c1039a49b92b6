#include <rankwise/loss/circle.hpp>

#include <doctest/doctest.h>

#include "unit/loss/pairs.hpp"

#include <cmath>
#include <cstddef>
#include <vector>

namespace rw = rankwise;

namespace {

using column = std::vector<double>;

/// The loss by its definition, with paces of the scores `at`.
double circle(column const& s, column const& y, column const& at, double gamma, double m) {
  double sum = 0;
  for (std::size_t i = 0; i < s.size(); ++i) {
    for (std::size_t j = 0; j < s.size(); ++j) {
      if (y[i] > y[j]) {
        double const a = std::fmax(0, 1 + m - at[i]);
        double const b = std::fmax(0, at[j] + m);
        sum += std::exp(gamma * (b * (s[j] - m) - a * (s[i] - (1 - m))));
      }
    }
  }
  return std::log1p(sum);
}

} // namespace

TEST_CASE("loss/circle: the definition, and its differences with paces held still") {
  for (double const gamma : {3.0, 64.0}) {
    support::random r{4};
    for (std::size_t n = 1; n <= 12; ++n) {
      CAPTURE(gamma);
      CAPTURE(n);
      column const s = r.uniforms<double>(n, -1, 1);
      column const y = r.grades<double>(n, 3);
      column g(n);
      column h(n);
      rw::loss::circle const loss{.gamma = gamma};
      double const value = loss.gradient(s, y, rw::lists<>::single(n), g, h);
      CHECK(support::near(value, circle(s, y, s, gamma, 0.25), 1e-12));
      for (std::size_t i = 0; i < n; ++i) {
        auto const frozen = [&](column const& x) { return circle(x, y, s, gamma, 0.25); };
        CHECK(support::near(g[i], support::difference(frozen, s, i, 1e-3 / gamma), 1e-6));
        auto const slope = [&](column const& x) { return support::difference(frozen, x, i, 1e-2 / gamma); };
        CHECK(support::near(h[i], support::difference(slope, s, i, 1e-2 / gamma), 1e-4, gamma));
      }
    }
  }
}

TEST_CASE("loss/circle: large scores, masks, segments, lists without pairs") {
  column const s{40, -40, 0.5, 0.2, 1};
  column const y{0, 1, 1, 1, 0};
  column g(5);
  column h(5);
  std::vector<int> const mask{1, 1, 0, 1, 1};
  std::vector<int> const segment{1, 1, 1, 2, 3};
  auto const lists = rw::lists<>::single(5);
  constexpr auto loss = rw::loss::circle{};
  double const value = loss.gradient(s, y, lists, g, h, {.mask = mask, .segments = segment});
  CHECK(support::near(value, 64 * (40.25 * 39.75 + 41.25 * 40.75), 1e-12));
  CHECK(support::near(g[0], 64 * 40.25, 1e-9));
  CHECK(support::near(g[1], -64 * 41.25, 1e-9));
  CHECK(g[2] == 0);
  CHECK(g[3] == 0); // alone in its segment
  CHECK(g[4] == 0);
  CHECK(loss.value(s, column(5), lists) == 0);
}

TEST_CASE("loss/circle: a loss that does not fit the scores' type flags its list") {
  std::vector<float> const s{0.5f, -1e19f, 0.5f, 0.2f};
  std::vector<float> const y{0, 1, 1, 0};
  std::vector<float> g(4, 7), h(4, 7);
  rw::status st;
  double const value = rw::loss::circle{}.gradient(s, y, rw::lists<>::uniform(2, 2), g, h, {.errors = st});
  CHECK(st.code == rw::errc::not_finite);
  CHECK(st.where == 0);
  CHECK(std::isfinite(value));
  CHECK((g[0] == 0 && g[1] == 0 && h[0] == 0 && h[1] == 0));
  CHECK((g[2] < 0 && g[3] > 0));
}
