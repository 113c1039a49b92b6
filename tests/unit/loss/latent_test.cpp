#include <rankwise/loss/latent.hpp>

#include <doctest/doctest.h>

#include "support/problem.hpp"

#include <cmath>
#include <vector>

namespace rw = rankwise;

namespace {

double sigma(double x) {
  return 1 / (1 + std::exp(-x));
}

template <class Formula>
void check_gradient(Formula const& f, std::vector<double> const& labels) {
  std::size_t const n = labels.size();
  support::random r{5};
  auto const z = r.uniforms<double>(2 * n, -3, 3);
  auto const weights = r.uniforms<double>(n, 0.1, 2);
  auto const data = f.prepare(labels, {.item_weights = weights});
  std::vector<double> g(2 * n);
  std::vector<double> h(2 * n);
  auto g_matrix = rw::row_major(g.data(), n, 2);
  auto h_matrix = rw::row_major(h.data(), n, 2);
  auto const value = [&](std::vector<double> const& x) { return f.value(rw::row_major(x.data(), n, 2), data); };
  CHECK(f.gradient(rw::row_major(z.data(), n, 2), data, g_matrix, h_matrix) == doctest::Approx(value(z)));
  for (std::size_t i = 0; i < 2 * n; ++i) {
    CAPTURE(i);
    CHECK(support::near(g[i], support::difference(value, z, i), 1e-8));
    CHECK(h[i] >= 0);
  }
}

} // namespace

TEST_CASE("click_em: the likelihood of a click, and its gradient") {
  std::vector<double> const z{0.3, -1.2, 0.5, 0.8};
  std::vector<int> const y{1, 0};
  double const p0 = sigma(0.3) * sigma(-1.2);
  double const p1 = sigma(0.5) * sigma(0.8);
  CHECK(rw::loss::click_em{}.value(rw::row_major(z.data(), 2, 2), y) ==
        doctest::Approx(-std::log(p0) - std::log(1 - p1)).epsilon(1e-13));
  check_gradient(rw::loss::click_em{}, {1, 0, 0, 1, 0, 1, 0});
}

TEST_CASE("click_em: the surrogate is the cross-entropy with the posteriors") {
  std::vector<double> const z{0.5, 0.8};
  std::vector<int> const y{0};
  double const e = sigma(0.5);
  double const r = sigma(0.8);
  double const none = 1 - e * r;
  double const q_e = e * (1 - r) / none;
  double const q_r = r * (1 - e) / none;
  double const expected =
      -q_e * std::log(e) - (1 - q_e) * std::log(1 - e) - q_r * std::log(r) - (1 - q_r) * std::log(1 - r);
  CHECK(rw::loss::click_em{.surrogate = true}.value(rw::row_major(z.data(), 1, 2), y) ==
        doctest::Approx(expected).epsilon(1e-13));
}

TEST_CASE_TEMPLATE("click_em: no logits cost the gradient its digits", T, float, double) {
  std::vector<T> const at{-300, -80, -20, -3, 0, 0.5, 6, 25, 80, 120, 300};
  auto const sigma = [](long double x) { return 1 / (1 + std::exp(-x)); };
  auto const close = [](T found, long double expected) {
    long double const least = sizeof(T) == 4 ? 1e-30L : 1e-290L; // what exp flushes, or nearly so
    long double const relative = sizeof(T) == 4 ? 1e-5L : 1e-12L;
    return std::abs(found - expected) <= relative * std::abs(expected) + least;
  };
  for (T const a : at) {
    for (T const b : at) {
      CAPTURE(a);
      CAPTURE(b);
      std::vector<T> const z{a, b, a, b}, y{0, 1};
      std::vector<T> g(4);
      rw::loss::click_em{}.gradient(rw::row_major(z, 2), y, rw::row_major(g, 2));
      long double const p = sigma(a);
      long double const q = sigma(b);
      long double const none = sigma(-static_cast<long double>(a)) + p * sigma(-static_cast<long double>(b));
      CHECK(close(g[0], p * q * sigma(-static_cast<long double>(a)) / none));
      CHECK(close(g[1], p * q * sigma(-static_cast<long double>(b)) / none));
      CHECK(close(g[2], -sigma(-static_cast<long double>(a))));
      CHECK(close(g[3], -sigma(-static_cast<long double>(b))));
    }
  }
}

TEST_CASE_TEMPLATE("click_em, delayed_feedback: extreme logits", T, float, double) {
  std::vector<T> const z{200, 200, -200, -200, 200, -200, 90, 90};
  std::vector<T> const y{0, 0, 1, 0};
  std::vector<T> g(8);
  auto g_matrix = rw::row_major(g.data(), 4, 2);
  CHECK(std::isfinite(rw::loss::click_em{}.gradient(rw::row_major(z.data(), 4, 2), y, g_matrix)));
  for (T const x : g) {
    CHECK(std::isfinite(x));
  }
  std::vector<T> const w{50, -50, -50, 3, 50, 3, 0, -60};
  std::vector<T> const d{2, -5, -5, -1};
  CHECK(std::isfinite(rw::loss::delayed_feedback{}.gradient(rw::row_major(w.data(), 4, 2), d, g_matrix)));
  for (T const x : g) {
    CHECK(std::isfinite(x));
  }
}

TEST_CASE("delayed_feedback: Chapelle's likelihood, and its gradient") {
  std::vector<double> const z{0.3, -1.2, 0.5, 0.8};
  std::vector<double> const y{1.5, -2}; // converted after 1.5; nothing for 2
  double const rate_0 = std::exp(-1.2);
  double const rate_1 = std::exp(0.8);
  double const expected = -std::log(sigma(0.3) * rate_0 * std::exp(-rate_0 * 1.5)) -
                          std::log(1 - sigma(0.5) + sigma(0.5) * std::exp(-rate_1 * 2));
  CHECK(rw::loss::delayed_feedback{}.value(rw::row_major(z.data(), 2, 2), y) ==
        doctest::Approx(expected).epsilon(1e-13));
  check_gradient(rw::loss::delayed_feedback{}, {0, 1.5, -2, -0.1, 3, -7, 0.2});
}
