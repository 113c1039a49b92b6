#include <rankwise/head/fit.hpp>

#include <rankwise/exec/simd.hpp>

#include <doctest/doctest.h>

#include "support/random.hpp"

#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

namespace rw = rankwise;

namespace {

constexpr double table[] = {
#include "data/ologit/ologit.inc"
};
constexpr std::size_t rows = sizeof table / sizeof *table / 4;
constexpr rw::matrix<double const> features{table + 1, rows, 3, 4, 1};

std::vector<int> levels() {
  std::vector<int> y(rows);
  for (std::size_t i = 0; i < rows; ++i) {
    y[i] = static_cast<int>(table[4 * i]);
  }
  return y;
}

struct published {
  double beta[3];
  double cuts[2];
  double classes[7][3];
};

template <class Link>
auto check(published const& expected, double bound, double class_bound) {
  auto const fit = rw::head::fit(rw::head::proportional_odds<"apply", 3, Link>{}, features, levels());
  CHECK(fit.converged());
  CHECK(fit.gradient_norm < 1e-8);
  CHECK(fit.iterations < 12);
  for (std::size_t j = 0; j < 3; ++j) {
    CHECK(std::fabs(fit.beta[j] - expected.beta[j]) < bound);
  }
  auto const b = fit.head.cuts.values();
  for (int k = 0; k < 2; ++k) {
    CHECK(std::fabs(b[k] - expected.cuts[k]) < bound);
    CHECK(b[k] == doctest::Approx(fit.cut_points[static_cast<std::size_t>(k)]).epsilon(1e-14));
  }
  // The head with the linear score gives the same probabilities and the same likelihood.
  std::vector<double> eta(rows), p(3 * rows);
  for (std::size_t i = 0; i < rows; ++i) {
    eta[i] = fit.beta[0] * features(i, 0) + fit.beta[1] * features(i, 1) + fit.beta[2] * features(i, 2);
  }
  fit.head.decode(eta, rw::row_major(p, 3), rw::decode::class_probabilities{});
  for (std::size_t i = 0; i < 7; ++i) {
    for (std::size_t k = 0; k < 3; ++k) {
      CHECK(std::fabs(p[3 * i + k] - expected.classes[i][k]) < class_bound);
    }
  }
  CHECK(fit.head.value(eta, levels()) == doctest::Approx(-fit.log_likelihood).epsilon(1e-13));
  std::vector<double> g(rows), by_cut(2);
  fit.head.gradient(eta, levels(), g, {.parameters = by_cut});
  CHECK(std::fabs(by_cut[0]) < 1e-8);
  CHECK(std::fabs(by_cut[1]) < 1e-8);
  return fit;
}

} // namespace

TEST_CASE("ologit, logit link: the converged maximum") {
  auto const fit = check<rw::head::link::logit>({{1.0476636700672348, -0.058682784374590444, 0.6157458180914692},
                                                 {2.2033232352075545, 4.298767395814051},
                                                 {{0.5488417214036434, 0.3593235652681962, 0.0918347133281604},
                                                  {0.30557593503530717, 0.47594635048218586, 0.21847771448250697},
                                                  {0.2294010701539795, 0.4781972234026004, 0.2924017064434201},
                                                  {0.616111897010637, 0.31269610668703784, 0.0711919963023252},
                                                  {0.655992594541902, 0.2834064943547001, 0.060600911103397936},
                                                  {0.6608813665593266, 0.2797434784996662, 0.0593751549410072},
                                                  {0.6518120744160896, 0.28652683595066464, 0.06166108963324579}}},
                                                1e-7, 1e-8);
  CHECK(std::fabs(fit.log_likelihood + 358.5124356780177) < 1e-9);
}

TEST_CASE("ologit, probit and cloglog links: R's polr") {
  check<rw::head::link::probit>({{0.59811, 0.01016, 0.35815},
                                 {1.2968, 2.5028},
                                 {{0.5514181, 0.3576848, 0.09089707},
                                  {0.3260107, 0.4488799, 0.22510933},
                                  {0.2349733, 0.4506351, 0.31439162},
                                  {0.6142501, 0.3184778, 0.06727214},
                                  {0.6519891, 0.2928449, 0.05516602},
                                  {0.6402204, 0.3009945, 0.05878509},
                                  {0.6480094, 0.2956162, 0.05637442}}},
                                3e-4, 3e-4);
  check<rw::head::link::cloglog>({{0.5166455, 0.1081131, 0.3343895},
                                  {0.8705304, 1.9744660},
                                  {{0.5519526, 0.3592524, 0.08879500},
                                   {0.3855287, 0.3842645, 0.23020682},
                                   {0.2899487, 0.3540202, 0.35603111},
                                   {0.6067184, 0.3333548, 0.05992678},
                                   {0.6411418, 0.3133969, 0.04546127},
                                   {0.5940557, 0.3400072, 0.06593710},
                                   {0.6374521, 0.3156622, 0.04688570}}},
                                 3e-4, 3e-4);
}

TEST_CASE("weights count rows") {
  auto const y = levels();
  std::vector<double> w(rows);
  std::vector<double> repeated;
  std::vector<int> repeated_y;
  for (std::size_t i = 0; i < rows; ++i) {
    w[i] = static_cast<double>(i % 3);
    for (std::size_t copy = 0; copy < i % 3; ++copy) {
      repeated.insert(repeated.end(), {features(i, 0), features(i, 1), features(i, 2)});
      repeated_y.push_back(y[i]);
    }
  }
  rw::head::proportional_odds<"apply", 3> const head;
  auto const weighted = fit(head, features, y, {.item_weights = w});
  auto const counted = fit(head, rw::row_major(repeated, 3), repeated_y);
  CHECK(weighted.converged());
  CHECK(weighted.log_likelihood == doctest::Approx(counted.log_likelihood).epsilon(1e-12));
  for (std::size_t j = 0; j < 3; ++j) {
    CHECK(weighted.beta[j] == doctest::Approx(counted.beta[j]).epsilon(1e-9));
  }
}

TEST_CASE("many levels, features of very different sizes") {
  support::random r(4);
  std::size_t const n = 2000;
  std::vector<double> x(2 * n), y(n);
  for (std::size_t i = 0; i < n; ++i) {
    x[2 * i] = r.uniform(-1, 1) * 1e6;
    x[2 * i + 1] = r.uniform(-1, 1) * 1e-4 + 1;
    double const u = r.uniform();
    double const latent = 1.5e-6 * x[2 * i] + std::log(u / (1 - u));
    y[i] = latent < -2 ? 0 : latent < -1 ? 1 : latent < 0 ? 2 : latent < 0.1 ? 3 : latent < 2 ? 4 : 5;
  }
  auto const found = fit(rw::head::proportional_odds<"y", 6>{}, rw::row_major(x, 2), y);
  CHECK(found.converged());
  CHECK(std::fabs(found.beta[0] * 1e6 - 1.5) < 0.2);
}

TEST_CASE("what the data are to blame for is said") {
  rw::head::proportional_odds<"y", 3> const head;
  using rw::head::fit_outcome;
  std::vector<double> const none;
  std::vector<double> x{1, 2, 3, 4, 5, 6};
  std::vector<double> y{0, 0, 1, 1, 2, 2};
  CHECK(fit(head, rw::row_major(none, 1), none).outcome == fit_outcome::no_data);
  auto const separable = fit(head, rw::row_major(x, 1), y);
  CHECK(separable.outcome == fit_outcome::separable);
  CHECK(std::string(rw::head::describe(separable.outcome)).find("separate") != std::string::npos);
  CHECK(fit(head, rw::row_major(x, 1), y, {.ridge = 0.1}).converged());
  CHECK(fit(head, rw::row_major(x, 1), std::vector<int>{0, 0, 1, 1, 1, 0}).outcome == fit_outcome::missing_level);
  std::vector<int> const mixed{0, 1, 2, 0, 2, 1};
  std::vector<double> const constant(6, 1);
  CHECK(fit(head, rw::row_major(constant, 1), mixed).outcome == fit_outcome::collinear);
  std::vector<double> const twice{1, 2, 2, 4, 3, 6, 4, 8, 5, 10, 6, 12};
  CHECK(fit(head, rw::row_major(twice, 2), mixed).outcome == fit_outcome::collinear);
  CHECK(fit(head, rw::row_major(x, 1), mixed, {.iterations = 0}).outcome == fit_outcome::not_converged);
  x[2] = std::numeric_limits<double>::quiet_NaN();
  CHECK(fit(head, rw::row_major(x, 1), mixed).outcome == fit_outcome::not_finite);
  rw::status s;
  fit(head, rw::row_major(x, 1), std::vector<int>{1, 2}, {.errors = s});
  CHECK(s.code == rw::errc::size_mismatch);
  for (double const wrong : {-1.0, std::numeric_limits<double>::quiet_NaN()}) {
    CHECK(!fit(head, rw::row_major(x, 1), mixed, {.ridge = wrong, .errors = s}).converged());
    CHECK(s.code == rw::errc::out_of_range);
    CHECK(!fit(head, rw::row_major(x, 1), mixed, {.tolerance = wrong, .errors = s}).converged());
    CHECK(s.code == rw::errc::out_of_range);
  }
}

TEST_CASE("the unit and the origin of a feature decide nothing") {
  support::random r(77);
  std::vector<double> plain(500);
  std::vector<int> y(500);
  for (std::size_t i = 0; i < plain.size(); ++i) {
    plain[i] = r.uniform(-1, 1);
    double const eta = 1.5 * plain[i] + r.uniform(-1.5, 1.5);
    y[i] = eta < -0.5 ? 0 : eta < 0.7 ? 1 : 2;
  }
  rw::head::proportional_odds<"apply", 3> const head;
  auto const right = fit(head, rw::row_major(plain, 1), y);
  REQUIRE(right.converged());
  for (double const unit : {1e-4, 1.0, 1e7}) {
    for (double const origin : {0.0, 1e3, 1.7e9}) {
      if (origin / unit > 1e5) {
        continue; // beside such an origin it is a constant: collinear
      }
      CAPTURE(unit);
      CAPTURE(origin);
      std::vector<double> x(plain);
      for (double& one : x) {
        one = one * unit + origin;
      }
      auto const found = fit(head, rw::row_major(x, 1), y);
      CHECK(found.converged());
      CHECK(found.iterations < 20);
      CHECK(found.log_likelihood == doctest::Approx(right.log_likelihood).epsilon(1e-9));
      CHECK(found.beta[0] * unit == doctest::Approx(right.beta[0]).epsilon(1e-6));
    }
  }
}

TEST_CASE("a row without weight is no row, however unlikely it is") {
  std::vector<double> x{0.1, 0.9, 1.4, 1.6, 2.2, 2.4, 2.9, 3.1, 3.3, 4.2, 4.4, 5};
  std::vector<int> y{0, 0, 1, 0, 1, 0, 2, 1, 1, 2, 1, 2};
  rw::head::proportional_odds<"apply", 3, rw::head::link::cloglog> const head;
  auto const without = fit(head, rw::row_major(x, 1), y);
  REQUIRE(without.converged());
  std::vector<double> w(x.size(), 1);
  x.push_back(-1e4);
  y.push_back(2);
  w.push_back(0);
  auto const with = fit(head, rw::row_major(x, 1), y, {.item_weights = w});
  CHECK(with.converged());
  CHECK(with.beta[0] == doctest::Approx(without.beta[0]).epsilon(1e-9));
}
