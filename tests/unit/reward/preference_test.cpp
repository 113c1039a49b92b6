#include <rankwise/reward/preference.hpp>

#include <doctest/doctest.h>

#include "support/executors.hpp"
#include "support/problem.hpp"

#include <cmath>
#include <limits>
#include <vector>

namespace rw = rankwise;

TEST_CASE("DPO with beta 0.1 and log-ratios +1.0 and -0.5") {
  std::vector<double> const log_pi{-3.0, -7.5}; // log-ratios: -3 - (-4) and -7.5 - (-7)
  std::vector<double> const reference{-4.0 - -7.0};
  CHECK(rw::reward::dpo{}.value(rw::row_major(log_pi, 2), reference) == doctest::Approx(0.6209570478).epsilon(1e-10));
  std::vector<float> const f(log_pi.begin(), log_pi.end());
  CHECK(rw::reward::dpo{}.value(rw::row_major(f, 2), reference) == doctest::Approx(0.6209570478).epsilon(1e-6));
}

TEST_CASE("gradients are finite differences of the value, hessians of the gradient, with smoothing and weights") {
  support::random r(3);
  constexpr std::size_t pairs = 37;
  auto const z = r.uniforms<double>(2 * pairs, -30, 0);
  auto const margin = r.uniforms<double>(pairs, -20, 20);
  auto const weights = r.uniforms<double>(pairs, 0, 2);
  for (rw::reward::dpo const loss : {rw::reward::dpo{}, rw::reward::dpo{.beta = 0.5, .smoothing = 0.2}}) {
    auto const data = loss.prepare(margin, {.item_weights = weights});
    std::vector<double> g(2 * pairs), h(2 * pairs), other(2 * pairs);
    double const value = loss.gradient(rw::row_major(z, 2), data, rw::row_major(g, 2), rw::row_major(h, 2));
    double expected = 0;
    for (std::size_t i = 0; i < pairs; ++i) {
      double const m = loss.beta * (z[2 * i] - z[2 * i + 1] - margin[i]);
      expected +=
          weights[i] * ((1 - loss.smoothing) * std::log1p(std::exp(-m)) + loss.smoothing * std::log1p(std::exp(m)));
    }
    CHECK(support::near(value, expected, 1e-12));
    support::for_each_executor(
        [&](auto executor) { CHECK(support::near(loss.value(executor, rw::row_major(z, 2), data), expected, 1e-12)); });
    for (std::size_t i = 0; i < 2 * pairs; ++i) {
      CAPTURE(i);
      auto const at = [&](auto const& x) { return loss.value(rw::row_major(x, 2), data); };
      auto const slope = [&](auto const& x) {
        loss.gradient(rw::row_major(x, 2), data, rw::row_major(other, 2));
        return other[i];
      };
      CHECK(support::near(g[i], support::difference(at, z, i), 1e-7));
      CHECK(support::near(h[i], support::difference(slope, z, i), 1e-7));
    }
  }
}

TEST_CASE("margins of any size; NaN counts for nothing and is reported") {
  double const nan = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> const z{1e300, -1e300, -1e5, 1e5, nan, 0};
  std::vector<double> const margin{0, 0, 0};
  std::vector<double> g(6, 9);
  rw::status s;
  double const value = rw::reward::dpo{}.gradient(rw::row_major(z, 2), margin, rw::row_major(g, 2), {.errors = s});
  CHECK(value == doctest::Approx(2e4));
  CHECK(g == std::vector<double>{0, 0, -0.1, 0.1, 0, 0});
  CHECK(s.code == rw::errc::not_finite);
  CHECK(s.where == 2);
}

TEST_CASE("parameters out of range are reported") {
  std::vector<double> const z{0, 0}, margin{0};
  rw::status s;
  CHECK(std::isnan(rw::reward::dpo{.beta = 0}.value(rw::row_major(z, 2), margin, {.errors = s})));
  CHECK(s.code == rw::errc::out_of_range);
  CHECK(rw::reward::dpo{.smoothing = 0.7}.fault() != nullptr);
}
