#include <rankwise/calibrate/affine.hpp>
#include <rankwise/calibrate/beta.hpp>
#include <rankwise/calibrate/isotonic.hpp>
#include <rankwise/calibrate/platt.hpp>
#include <rankwise/calibrate/temperature.hpp>

#include <doctest/doctest.h>

#include "support/executors.hpp"
#include "support/random.hpp"

#include <cmath>
#include <limits>
#include <vector>

namespace fits_test {

namespace rw = rankwise;
namespace c = rankwise::calibrate;

namespace {

std::vector<double> const s{-2, -1.5, -1, -.5, 0, .5, 1, 1.5, 2, 2.5};
std::vector<int> const y{0, 0, 1, 0, 0, 1, 0, 1, 1, 1};
std::vector<double> const w{1, 2, 1, 1, .5, 1, 3, 1, 1, 2};
std::vector<double> const q{.1, .2, .15, .3, .45, .5, .6, .75, .8, .95};

double const hole = std::nan("");
double const inf = std::numeric_limits<double>::infinity();

bool near(double a, double b, double tolerance) {
  return std::fabs(a - b) <= tolerance * (1 + std::fabs(b));
}

double log_loss(std::vector<double> const& z, double slope, double intercept) {
  double sum = 0;
  double all = 0;
  for (std::size_t i = 0; i < z.size(); ++i) {
    double const x = slope * z[i] + intercept;
    sum += w[i] * (std::log1p(std::exp(-std::fabs(x))) + std::max(x, 0.0) - y[i] * x);
    all += w[i];
  }
  return sum / all;
}

} // namespace

TEST_CASE("Platt") {
  // scipy 1.17.1, minimize over the targets of Lin, Lin and Weng; scikit-learn 1.9.1's _sigmoid_calibration gives
  // A = -0.66404315, B = 0.16601078 and, weighted, -0.67183609, 0.54718755 (it stops at 1e-6).
  auto const plain = c::fit_platt(s, y);
  CHECK(plain.converged);
  CHECK(plain.gradient < 1e-12);
  CHECK(near(plain.slope, 0.66404307, 1e-8));
  CHECK(near(plain.intercept, -0.16601077, 1e-8));
  CHECK(near(plain.loss, 0.5984354546318298, 1e-14));
  auto const weighted = c::fit_platt(s, y, {.item_weights = w});
  CHECK(near(weighted.slope, 0.6718361, 1e-7));
  CHECK(near(weighted.intercept, -0.5471876, 1e-7));
  CHECK(near(weighted.loss, 0.5883639590177754, 1e-14));
  // Far from the origin and badly scaled, the same function.
  std::vector<double> moved;
  for (double const x : s) {
    moved.push_back(1e6 + 1e-3 * x);
  }
  auto const far_off = c::fit_platt(moved, y);
  CHECK(far_off.converged);
  CHECK(near(far_off.slope * 1e-3, plain.slope, 1e-6));
  // An integer weight is as many items; a mask is as if they were not there.
  std::vector<double> twice = s;
  std::vector<int> twice_y = y;
  twice.push_back(s[2]);
  twice_y.push_back(y[2]);
  std::vector<int> two(10, 1);
  two[2] = 2;
  CHECK(near(c::fit_platt(twice, twice_y).slope, c::fit_platt(s, y, {.item_weights = two}).slope, 1e-12));
  std::vector<int> mask(11, 1);
  mask[10] = 0;
  CHECK(c::fit_platt(twice, twice_y, {.mask = mask}).slope == plain.slope);
  // Applied, it is a probability, on floats and through a chain.
  std::vector<float> const f(s.begin(), s.end());
  std::vector<float> p(10), r(10);
  rw::apply(plain, f, p);
  rw::apply(rw::fast(plain), f, r);
  for (std::size_t i = 0; i < 10; ++i) {
    double const expected = 1 / (1 + std::exp(-plain.slope * s[i] - plain.intercept));
    CHECK(near(static_cast<double>(p[i]), expected, 2e-7));
    CHECK(near(static_cast<double>(r[i]), expected, 1e-6));
  }
  rw::apply(c::sigmoid{} | c::logit{} | plain, s, moved);
  CHECK(near(moved[3], static_cast<double>(p[3]), 1e-6));
}

TEST_CASE("the expansion of a logistic loss: plain loops, for any number of rows and any free parameters") {
  support::random draw(12);
  for (std::size_t const n : {1u, 2u, 3u, 7u, 8u, 9u, 63u, 64u, 65u, 127u, 128u, 200u}) {
    CAPTURE(n);
    c::detail::logistic_sample<rw::arch::native, 3> sample;
    auto const x = draw.uniforms<double>(3 * n, -2, 2);
    auto const t = draw.uniforms<double>(n, 0, 1);
    auto const weight = draw.uniforms<double>(n, 0.1, 2);
    for (std::size_t i = 0; i < n; ++i) {
      sample.rows.push_back({{x[3 * i], i % 5 == 0 ? 1e3 : x[3 * i + 1], x[3 * i + 2]}, t[i], weight[i]});
      sample.weight += weight[i];
    }
    for (unsigned chosen = 0; chosen < 8; ++chosen) {
      CAPTURE(chosen);
      bool const free[3] = {(chosen & 1) != 0, (chosen & 2) != 0, (chosen & 4) != 0};
      double theta[3];
      for (std::size_t k = 0; k < 3; ++k) {
        theta[k] = free[k] ? 0.5 - 0.75 * static_cast<double>(k) : inf; // what is not free is not looked at
      }
      c::detail::expansion<3> right;
      for (auto const& r : sample.rows) {
        double z = 0;
        for (std::size_t k = 0; k < 3; ++k) {
          z += free[k] ? theta[k] * r.x[k] : 0;
        }
        double const p = 1 / (1 + std::exp(-z));
        double const share = r.weight / sample.weight;
        right.loss += share * (std::log1p(std::exp(-std::fabs(z))) + std::max(z, 0.0) - r.target * z);
        for (std::size_t k = 0; k < 3; ++k) {
          right.gradient[k] += free[k] ? share * (p - r.target) * r.x[k] : 0;
          for (std::size_t j = 0; j < 3; ++j) {
            right.hessian[k][j] += free[k] && free[j] ? share * p * (1 - p) * r.x[k] * r.x[j] : 0;
          }
        }
      }
      auto const e = sample.at(theta, free);
      CHECK(near(e.loss, right.loss, 1e-13));
      for (std::size_t k = 0; k < 3; ++k) {
        CHECK(near(e.gradient[k], right.gradient[k], 1e-13));
        for (std::size_t j = 0; j < 3; ++j) {
          CHECK(near(e.hessian[k][j], right.hessian[k][j], 1e-12));
        }
      }
    }
  }
}

TEST_CASE("Platt where there is little to learn") {
  auto const ones = c::fit_platt(s, std::vector<int>(10, 1));
  CHECK(ones.converged);
  CHECK(ones.slope == 0);
  CHECK(near(ones.intercept, std::log(11.0), 1e-14)); // (10 + 1) / (10 + 2)
  auto const equal = c::fit_platt(std::vector<double>(10, 3.0), y);
  CHECK(equal.converged);
  CHECK(std::fabs(equal.slope) < 1e-9);
  double const p = 1 / (1 + std::exp(-3 * equal.slope - equal.intercept));
  CHECK(near(p, 0.5, 1e-9));
  auto const apart = c::fit_platt(std::vector<double>{0, 1, 2, 3}, std::vector<int>{0, 0, 1, 1}); // separable
  CHECK(apart.converged);
  CHECK(apart.slope > 0);
  CHECK(std::isfinite(apart.slope));
  std::vector<double> broken = s;
  broken[3] = hole;
  broken[4] = inf;
  auto const left = c::fit_platt(broken, y);
  CHECK(left.left_out == 2);
  CHECK(left.converged);
  rw::status status;
  CHECK(!c::fit_platt(std::vector<double>{}, y, {.errors = status}).converged);
  CHECK(status.code == rw::errc::size_mismatch);
  c::fit_platt(s, std::vector<int>{1}, {.errors = status});
  CHECK(status.code == rw::errc::size_mismatch);
  CHECK_THROWS_AS(c::fit_platt(s, std::vector<int>{1}), rw::error);
  auto const nobody = c::fit_platt(s, y, {.mask = std::vector<int>(10)});
  CHECK(!nobody.converged);
  CHECK(nobody.intercept == 0);
}

TEST_CASE("temperature") {
  // scipy 1.17.1, minimize
  auto const t = c::fit_temperature(s, y, {.item_weights = w});
  CHECK(t.converged);
  CHECK(near(t.value, 1.26674123, 1e-7));
  CHECK(near(t.loss, 0.5532038575222317, 1e-14));
  CHECK(near(t.loss, log_loss(s, 1 / t.value, 0), 1e-14));
  std::vector<double> p(10);
  rw::apply(t, s, p);
  CHECK(near(p[0], 1 / (1 + std::exp(2 / t.value)), 1e-14));
  // One class tells nothing; logits that mislead get an infinite temperature.
  CHECK(c::fit_temperature(s, std::vector<int>(10, 1)).value == 1);
  std::vector<double> against;
  for (double const x : s) {
    against.push_back(-x);
  }
  auto const none = c::fit_temperature(against, y);
  CHECK(none.value == inf);
  CHECK(near(none.loss, std::log(2.0), 1e-14)); // of what it gives: 1/2 for everything
  CHECK(none.converged);
  double all = 0; // one class: the loss at the temperature 1
  double expected = 0;
  for (std::size_t i = 0; i < 10; ++i) {
    all += w[i];
    expected += w[i] * std::log1p(std::exp(-s[i]));
  }
  CHECK(near(c::fit_temperature(s, std::vector<int>(10, 1), {.item_weights = w}).loss, expected / all, 1e-14));
  rw::apply(none, s, p);
  CHECK(p == std::vector<double>(10, 0.5));
}

TEST_CASE("temperature of a softmax") {
  std::vector<double> const z{1, 2, .5, .3, -1, 2, 2, 2, -1, 0, 1, 0, 1, 0, 3};
  std::vector<int> const label{1, 2, 0, 1, 0};
  auto const t = c::fit_softmax_temperature(rw::row_major(z, 3), label);
  CHECK(t.converged);
  CHECK(near(t.value, 1.16181714, 1e-7)); // scipy 1.17.1, minimize
  CHECK(near(t.loss, 0.8176793239109841, 1e-14));
  std::vector<double> p = z;
  support::for_each_executor([&](auto executor) {
    p = z;
    rw::apply(executor, t, rw::row_major(p, 3), rw::row_major(p, 3)); // in place
    double loss = 0;
    for (std::size_t i = 0; i < 5; ++i) {
      CHECK(near(p[3 * i] + p[3 * i + 1] + p[3 * i + 2], 1, 1e-14));
      loss -= std::log(p[3 * i + static_cast<std::size_t>(label[i])]) / 5;
    }
    CHECK(near(loss, t.loss, 1e-14));
  });
  std::vector<float> const big{1e30f, 0, -1e30f};
  std::vector<float> out(3);
  rw::apply(c::softmax_temperature{}, rw::row_major(big, 3), rw::row_major(out, 3));
  CHECK(out == std::vector<float>{1, 0, 0});
  rw::status status;
  rw::apply(c::softmax_temperature{}, rw::row_major(z, 3), rw::row_major(p.data(), 5, 2), {.errors = status});
  CHECK(status.code == rw::errc::wrong_shape);
  auto const odd = c::fit_softmax_temperature(rw::row_major(z, 3), std::vector<int>{1, 3, 0, -1, 0});
  CHECK(odd.left_out == 2);
  CHECK(c::fit_softmax_temperature(rw::row_major(z, 3), std::vector<double>{1, 1.5, 0, 2, hole}).left_out == 2);
  // Logits that mislead: an infinite temperature, and its loss; one class: the loss at 1.
  auto const misled = c::fit_softmax_temperature(rw::row_major(z, 3), std::vector<int>{0, 1, 0, 0, 1});
  CHECK(misled.value == inf);
  CHECK(near(misled.loss, std::log(3.0), 1e-14));
  auto const one_class = c::fit_softmax_temperature(rw::row_major(z, 3), std::vector<int>(5, 0));
  CHECK(!one_class.converged);
  double expected = 0;
  rw::apply(c::softmax_temperature{}, rw::row_major(z, 3), rw::row_major(p, 3));
  for (std::size_t i = 0; i < 5; ++i) {
    expected -= std::log(p[3 * i]) / 5;
  }
  CHECK(near(one_class.loss, expected, 1e-14));
}

TEST_CASE("affine: weighted least squares") {
  auto const a = c::fit_affine(s, q, {.item_weights = w});
  CHECK(near(a.slope, 0.18989645, 1e-8)); // numpy 2.4.6, polyfit
  CHECK(near(a.intercept, 0.43559774, 1e-8));
  double gradient = 0;
  for (std::size_t i = 0; i < 10; ++i) {
    gradient += w[i] * (q[i] - a.slope * s[i] - a.intercept) * s[i];
  }
  CHECK(std::fabs(gradient) < 1e-12);
  auto const equal = c::fit_affine(std::vector<double>(10, 5.0), q);
  CHECK(equal.slope == 0);
  CHECK(near(equal.intercept, 0.48, 1e-14));
}

TEST_CASE("beta calibration") {
  // scipy 1.17.1, minimize. With y the free fit has a < 0, so a = 0 and the others are fitted again.
  auto const bounded = c::fit_beta(q, y);
  CHECK(bounded.converged);
  CHECK(bounded.a == 0);
  CHECK(near(bounded.b, 2.44393207, 1e-7));
  CHECK(near(bounded.c, -1.85894842, 1e-7));
  CHECK(near(bounded.loss, 0.49216999383685645, 1e-14));
  std::vector<int> const other{0, 1, 0, 0, 0, 1, 0, 1, 0, 1};
  auto const free = c::fit_beta(q, other);
  CHECK(near(free.a, 0.03101989, 1e-6));
  CHECK(near(free.b, 1.08368458, 1e-6));
  CHECK(near(free.c, -1.36521126, 1e-6));
  CHECK(near(free.loss, 0.5877771688728467, 1e-13));
  auto const weighted = c::fit_beta(q, other, {.item_weights = w});
  CHECK(weighted.a == 0);
  CHECK(near(weighted.b, 0.92733619, 1e-6));
  CHECK(near(weighted.loss, 0.610956302366254, 1e-13));
  // a = b = 1, c = 0 changes nothing; the ends are finite, the order is kept.
  std::vector<double> out(10);
  rw::apply(c::beta{}, q, out);
  for (std::size_t i = 0; i < 10; ++i) {
    CHECK(near(out[i], q[i], 1e-15));
  }
  support::for_each_executor([&](auto executor) {
    std::vector<float> p(4097), r(4097);
    for (std::size_t i = 0; i < p.size(); ++i) {
      p[i] = static_cast<float>(i) / 4096;
    }
    rw::apply(executor, free, p, r);
    int wrong = 0;
    for (std::size_t i = 0; i < p.size(); ++i) {
      wrong += !(r[i] >= 0 && r[i] <= 1) || (i != 0 && r[i] < r[i - 1] * (1 - 3e-7f));
    }
    CHECK(wrong == 0);
  });
  auto const zeros = c::fit_beta(q, std::vector<int>(10, 0));
  CHECK(zeros.a == 0);
  CHECK(zeros.b == 0);
  CHECK(near(zeros.c, -std::log(11.0), 1e-14));
  CHECK(near(zeros.loss, -std::log(11.0 / 12), 1e-14)); // of the share 1 / 12
  CHECK(c::fit_beta(std::vector<double>{0.5, 1.5, hole, 0.25}, std::vector<int>{1, 1, 1, 0}).left_out == 2);
}

TEST_CASE("isotonic regression") {
  // scikit-learn 1.9.1, IsotonicRegression(out_of_bounds="clip")
  std::vector<double> const x{1, 2, 2, 3, 5, 5, 5, 7, 8, 9, 4, 6};
  std::vector<double> const label{.1, .5, .2, .4, .3, .9, .35, .8, .6, 1.2, .7, .2};
  std::vector<double> const weight{1, 2, 1, .5, 1, 1, 2, 3, 1, 1, 1, .25};
  std::vector<double> const at{0, 1.5, 2.5, 3.5, 4.5, 6.5, 7.5, 8.25, 20};
  std::vector<double> out(at.size());
  auto const check = [&](auto const& fitted, std::vector<double> const& knots, std::vector<double> const& values,
                         std::vector<double> const& expected) {
    CHECK(fitted.x() == knots);
    for (std::size_t k = 0; k < values.size(); ++k) {
      CHECK(near(fitted.y()[k], values[k], 1e-14));
    }
    support::for_each_executor([&](auto executor) {
      rw::apply(executor, fitted, at, out);
      for (std::size_t i = 0; i < at.size(); ++i) {
        CHECK(near(out[i], expected[i], 1e-14));
      }
    });
  };
  check(c::fit_isotonic(x, label), {1, 2, 3, 4, 6, 7, 8, 9}, {.1, .35, .4, .49, .49, .7, .7, 1.2},
        {.1, .225, .375, .445, .49, .595, .7, .825, 1.2});
  double const m = .504761904761905;
  check(c::fit_isotonic(x, label, {.item_weights = weight}), {1, 2, 3, 4, 6, 7, 8, 9},
        {.1, .4, .4, m, m, .75, .75, 1.2}, {.1, .25, .4, .452380952380952, m, .627380952380952, .75, .8625, 1.2});
  check(c::fit_isotonic<rw::between::block>(x, label), {1, 2, 3, 4, 6, 7, 8, 9}, {.1, .35, .4, .49, .49, .7, .7, 1.2},
        {.1, .1, .35, .4, .49, .49, .7, .7, 1.2});
}

TEST_CASE("isotonic regression: rising, flat over its blocks, and the best of all rising functions") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    CAPTURE(seed);
    support::random r(seed);
    std::size_t const n = 200;
    auto const x = r.uniforms<double>(n, 0, 1);
    std::vector<double> label(n), weights(n), out(n);
    for (std::size_t i = 0; i < n; ++i) {
      label[i] = x[i] + r.uniform(-1, 1);
      weights[i] = r.uniform(0.1, 3);
    }
    auto const fitted = c::fit_isotonic(x, label, {.item_weights = weights});
    rw::apply(fitted, x, out);
    // Conditions of optimality: the residuals of every level add up to 0, and no upper part of one wants to go up.
    for (std::size_t k = 0; k < fitted.points(); ++k) {
      CHECK((k == 0 || (fitted.x()[k] > fitted.x()[k - 1] && fitted.y()[k] >= fitted.y()[k - 1])));
      double level = 0, upper = 0;
      for (std::size_t i = 0; i < n; ++i) {
        if (out[i] == fitted.y()[k]) {
          level += weights[i] * (label[i] - out[i]);
          upper += x[i] >= fitted.x()[k] ? weights[i] * (label[i] - out[i]) : 0;
        }
      }
      CHECK(std::fabs(level) < 1e-10);
      CHECK(upper < 1e-10);
    }
    // Already rising data come back; the fit is its own fit.
    auto const again = c::fit_isotonic(x, out, {.item_weights = weights});
    std::vector<double> same(n);
    rw::apply(again, x, same);
    for (std::size_t i = 0; i < n; ++i) {
      CHECK(near(same[i], out[i], 1e-14));
    }
    // A dense sweep never falls, in float either.
    std::vector<float> sweep(20001), f(20001);
    for (std::size_t i = 0; i < sweep.size(); ++i) {
      sweep[i] = static_cast<float>(i) / 20000 * 1.2f - 0.1f;
    }
    rw::apply(fitted, sweep, f);
    int falls = 0;
    for (std::size_t i = 1; i < f.size(); ++i) {
      falls += f[i] < f[i - 1];
    }
    CHECK(falls == 0);
  }
}

TEST_CASE("isotonic regression of odd data") {
  auto const equal = c::fit_isotonic(std::vector<double>(4, 2.0), std::vector<int>{0, 1, 1, 0});
  CHECK(equal.points() == 1);
  CHECK(equal.y()[0] == 0.5);
  auto const falling = c::fit_isotonic(std::vector<double>{1, 2, 3}, std::vector<double>{3, 2, 1});
  CHECK(falling.y() == std::vector<double>{2, 2});
  auto const some = c::fit_isotonic(std::vector<double>{1, hole, 2, inf}, std::vector<double>{0, 1, hole, 1});
  CHECK(some.left_out == 3);
  CHECK(some.points() == 1);
  auto const none = c::fit_isotonic(std::vector<double>{hole}, std::vector<double>{1});
  CHECK(!none.converged);
  std::vector<double> out{1, hole};
  rw::apply(equal, out, out);
  CHECK(out[0] == 0.5);
  CHECK(std::isnan(out[1]));
  rw::status status;
  c::fit_isotonic(std::vector<double>{}, std::vector<double>{}, {.errors = status});
  CHECK(status.code == rw::errc::size_mismatch);
}

TEST_CASE("a temperature of logits of any size, tiny and overconfident ones too") {
  // One in five has the wrong sign: s / T = log 4, whatever s is.
  for (double const size : {1e-30, 1e-3, 1.0, 20.0, 30.0, 100.0, 1000.0, 1e30}) {
    CAPTURE(size);
    std::vector<double> z, rows;
    std::vector<int> label;
    for (int i = 0; i < 100; ++i) {
      bool const positive = i % 2 == 1;
      z.push_back(positive ? size : -size);
      rows.insert(rows.end(), {0, z.back()});
      label.push_back(positive != (i / 2 % 5 == 0));
    }
    double const loss = std::log(5) - 0.8 * std::log(4);
    auto const one = c::fit_temperature(z, label);
    CHECK(one.converged);
    CHECK(one.value == doctest::Approx(size / std::log(4)).epsilon(1e-10));
    CHECK(one.loss == doctest::Approx(loss).epsilon(1e-12));
    auto const two = c::fit_softmax_temperature(rw::row_major(rows, 2), label);
    CHECK(two.converged);
    CHECK(two.value == doctest::Approx(size / std::log(4)).epsilon(1e-10));
    CHECK(two.loss == doctest::Approx(loss).epsilon(1e-12));
  }
}

TEST_CASE("beta calibration of probabilities at and next to 0 and 1") {
  // A fifth is wrong at either end: sigma is 1/5 and 4/5 there, and 1/2 in the middle.
  for (double const e : {0.0, 1e-15, 1e-12, 1e-3}) {
    CAPTURE(e);
    std::vector<double> p;
    std::vector<int> label;
    for (int i = 0; i < 100; ++i) {
      bool const positive = i % 2 == 1;
      p.push_back(positive ? 1 - e : e);
      label.push_back(positive != (i / 2 % 5 == 0));
    }
    for (int i = 0; i < 20; ++i) {
      p.push_back(0.5);
      label.push_back(i % 2);
    }
    auto const fit = c::fit_beta(p, label);
    CHECK(fit.converged);
    CHECK(fit.loss ==
          doctest::Approx((100 * (std::log(5) - 0.8 * std::log(4)) + 20 * std::log(2)) / 120).epsilon(1e-6));
  }
}

TEST_CASE("the loss of isotonic regression keeps its digits beside large labels") {
  std::vector<double> const x{1e8, 2e8, 3e8, 4e8, 5e8, 6e8};
  std::vector<double> label{0, 2, 1, 0, 3, 2.5};
  double const plain = c::fit_isotonic(x, label).loss;
  CHECK(plain == doctest::Approx((2 + 2 * 0.0625) / 6).epsilon(1e-12)); // pools 0, (2 1 0), (3 2.5)
  for (double& one : label) {
    one += 1e8;
  }
  CHECK(c::fit_isotonic(x, label).loss == doctest::Approx(plain).epsilon(1e-6));
}

} // namespace fits_test
