#include <rankwise/label/quantiles.hpp>
#include <rankwise/label/rank_gauss.hpp>

#include <doctest/doctest.h>

#include "support/executors.hpp"
#include "support/random.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace rw = rankwise;
namespace l = rankwise::label;

TEST_CASE("quantile buckets hold equal shares; equal numbers share the upper one") {
  std::vector<float> ten(10);
  for (std::size_t i = 0; i < 10; ++i) {
    ten[i] = static_cast<float>((i * 7) % 10 + 1); // 1 .. 10, out of order
  }
  auto const halves = l::fit_quantiles<2>(ten);
  CHECK(halves.threshold[0] == 6);
  auto const fifths = l::fit_quantiles<5>(ten);
  std::vector<int> bucket(10), count(5);
  rw::apply(fifths, ten, bucket);
  for (int const b : bucket) {
    ++count[static_cast<std::size_t>(b)];
  }
  CHECK(count == std::vector<int>{2, 2, 2, 2, 2});
  std::vector<int> const tied{5, 1, 2, 2, 9, 7, 3, 2}; // 1 2 2 2 3 5 7 9
  auto const quarters = l::fit_quantiles<4>(tied);
  CHECK(quarters.threshold[0] == 3);
  CHECK(quarters.threshold[1] == 3);
  CHECK(quarters.threshold[2] == 7);
}

TEST_CASE("quantiles: weights, mask, what is not finite, all equal, empty") {
  double const inf = std::numeric_limits<double>::infinity();
  std::vector<double> const x{1, 2, 3, 4, inf, std::nan("")};
  std::vector<double> const w{3, 1, 1, 1, 9, 9};
  CHECK(l::fit_quantiles<2>(x, {.item_weights = w}).threshold[0] == 2);
  std::vector<int> const mask{0, 1, 1, 1, 1, 1};
  CHECK(l::fit_quantiles<3>(x, {.mask = mask}).threshold[0] == 3);
  auto const equal = l::fit_quantiles<3>(std::vector<double>(5, 7.0));
  CHECK(equal.threshold[0] == inf);
  CHECK(equal.threshold[1] == inf);
  rw::status s;
  l::fit_quantiles<3>(std::vector<double>{}, {.errors = s});
  CHECK(s.code == rw::errc::size_mismatch);
  l::fit_quantiles<3>(std::vector<double>(4, std::nan("")), {.errors = s});
  CHECK(s.code == rw::errc::size_mismatch);
  l::fit_quantiles<3>(x, {.item_weights = mask, .mask = std::vector<int>(3), .errors = s});
  CHECK(s.code == rw::errc::size_mismatch);
}

TEST_CASE("rank-gauss: normal scores of mid-ranks") {
  // scipy 1.17.1: ndtri((rankdata(x) - 1/2) / 8)
  std::vector<double> const x{5, 1, 2, 2, 9, 7, 3, 2};
  std::vector<double> const expected{0.48877641111467, -1.53412054435255, -0.48877641111467, -0.48877641111467,
                                     1.53412054435255, 0.887146559018876, 0.157310684610171, -0.48877641111467};
  auto const policy = l::fit_rank_gauss(x);
  std::vector<double> y(8);
  support::for_each_executor([&](auto executor) {
    rw::apply(executor, policy, x, y);
    for (std::size_t i = 0; i < 8; ++i) {
      CHECK(y[i] == doctest::Approx(expected[i]).epsilon(1e-13));
    }
    std::vector<double> other{-100, 1.5, 6, 100};
    rw::apply(executor, policy, other, other);
    CHECK(other[0] == y[1]);
    CHECK(other[1] == doctest::Approx((y[1] + y[2]) / 2));
    CHECK(other[2] == doctest::Approx((y[0] + y[5]) / 2));
    CHECK(other[3] == y[4]);
  });
  // An integer weight is as many items.
  std::vector<double> const once{1, 2, 3};
  std::vector<int> const times{1, 3, 2};
  CHECK(l::fit_rank_gauss(once, {.item_weights = times}).y() ==
        l::fit_rank_gauss(std::vector<double>{1, 2, 2, 2, 3, 3}).y());
  // One number only is the middle; nothing at all is an error, and a policy that gives NaN.
  CHECK(l::fit_rank_gauss(std::vector<float>{4, 4}).y() == std::vector<double>{0});
  rw::status s;
  auto const none = l::fit_rank_gauss(std::vector<float>{}, {.errors = s});
  CHECK(!s.ok());
  rw::apply(none, x, y);
  CHECK(std::isnan(y[0]));
}

TEST_CASE_TEMPLATE("tables: the same as looking up one by one, for every length", T, float, double) {
  support::random r(71);
  for (std::size_t points = 1; points < 40; ++points) {
    CAPTURE(points);
    std::vector<double> x, y;
    double at = 0;
    for (std::size_t k = 0; k < points; ++k) {
      at += 1 + static_cast<double>(r.below(4));
      x.push_back(at);
      y.push_back(static_cast<double>(r.below(100)));
    }
    l::table<rw::between::block> const block(x, y);
    l::table<rw::between::linear> const linear(x, y);
    auto v = r.uniforms<T>(100, -2, at + 2);
    for (std::size_t k = 0; k < points; ++k) {
      v.push_back(static_cast<T>(x[k])); // the points themselves
    }
    std::vector<T> a(v.size()), b(v.size());
    support::for_each_executor([&](auto executor) {
      rw::apply(executor, block, v, a);
      rw::apply(executor, linear, v, b);
      int wrong = 0;
      for (std::size_t i = 0; i < v.size(); ++i) {
        double const q = static_cast<double>(v[i]);
        auto const up = static_cast<std::size_t>(std::upper_bound(x.begin(), x.end(), q) - x.begin());
        double const step = up == 0 ? y[0] : y[up - 1];
        double const line =
            up == 0 || up == points ? step : y[up - 1] + (y[up] - y[up - 1]) * (q - x[up - 1]) / (x[up] - x[up - 1]);
        wrong += static_cast<double>(a[i]) != step;
        wrong += !(std::fabs(static_cast<double>(b[i]) - line) <= 100 * (sizeof(T) == 4 ? 1e-6 : 1e-15));
      }
      CHECK(wrong == 0);
    });
    // The view over somebody else's columns is the same function.
    std::vector<T> const xs(x.begin(), x.end()), ys(y.begin(), y.end());
    l::table_view<T> const view{rw::as_column(xs), rw::as_column(ys)};
    rw::apply(view, v, a);
    rw::apply(linear, v, b);
    CHECK(a == b);
  }
}

TEST_CASE("equal weights do not move quantiles, whatever they are") {
  for (std::size_t n = 4; n <= 200; n += 4) {
    CAPTURE(n);
    std::vector<double> x(n), w(n);
    for (std::size_t i = 0; i < n; ++i) {
      x[i] = static_cast<double>((7 * i) % n);
    }
    auto const plain = l::fit_quantiles<4>(x);
    for (double const weight : {0.1, 0.3, 1.0 / 3, 0.7, 1e-9, 1e17 / 3}) {
      std::fill(w.begin(), w.end(), weight);
      auto const weighted = l::fit_quantiles<4>(x, {.item_weights = w});
      for (int k = 0; k < 3; ++k) {
        CHECK(weighted.threshold[k] == plain.threshold[k]);
      }
    }
  }
}

TEST_CASE("rank_gauss of an item with hardly any weight is a number") {
  auto const low = l::fit_rank_gauss(std::vector<double>{1, 2}, {.item_weights = std::vector<double>{1, 1e-20}});
  auto const high = l::fit_rank_gauss(std::vector<double>{1, 2}, {.item_weights = std::vector<double>{1e-20, 1}});
  CHECK(low.y()[0] == 0);
  CHECK(low.y()[1] == doctest::Approx(9.336202).epsilon(1e-4)); // scipy.stats.norm.isf(5e-21)
  CHECK(high.y()[0] == -low.y()[1]);
  CHECK(high.y()[1] == 0);
}
