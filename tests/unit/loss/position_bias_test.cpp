#include <rankwise/loss/position_bias.hpp>

#include <doctest/doctest.h>

#include "support/allocations.hpp"
#include "support/problem.hpp"
#include "unit/loss/pairs.hpp"

#include <cmath>
#include <cstddef>
#include <vector>

namespace rw = rankwise;

using column = std::vector<double>;

TEST_CASE("loss/position_bias: rounds against two loops") {
  support::random r{3};
  constexpr std::size_t lists = 6;
  constexpr std::size_t n = 7;
  column const s = r.uniforms<double>(lists * n, -1, 1);
  column const y = r.grades<double>(lists * n, 2);
  std::vector<int> shown(lists * n);
  for (std::size_t i = 0; i < shown.size(); ++i) {
    shown[i] = static_cast<int>(i % n); // the last two places count as one
  }
  constexpr std::size_t places = 6;
  constexpr double p = 0.5;
  rw::loss::position_bias bias(places, p);
  rw::loss::lambda<rw::metric::ndcg<>> const loss{.steepness = 1.5};
  column plus(places, 1);
  column minus(places, 1);
  for (int round = 0; round < 3; ++round) {
    CAPTURE(round);
    column g(s.size());
    column h(s.size());
    bias.gradient(loss, s, y, rw::lists<>::uniform(lists, n), shown, g, h);
    column next_plus(places);
    column next_minus(places);
    auto const place = [](std::size_t i) { return std::min(i, places - 1); };
    for (std::size_t l = 0; l < lists; ++l) {
      column const sl(s.begin() + static_cast<std::ptrdiff_t>(l * n),
                      s.begin() + static_cast<std::ptrdiff_t>(l * n + n));
      column const yl(y.begin() + static_cast<std::ptrdiff_t>(l * n),
                      y.begin() + static_cast<std::ptrdiff_t>(l * n + n));
      auto const rank = naive::ranks(sl);
      double const ideal = naive::ideal(yl, n);
      auto const delta = [&](std::size_t i, std::size_t j) {
        return ideal == 0 ? 0
                          : std::fabs((naive::gain(yl[i]) - naive::gain(yl[j])) *
                                      (naive::discount(rank[i]) - naive::discount(rank[j]))) /
                                ideal;
      };
      naive::result const expected = naive::of_list(
          sl, yl,
          [](double d, double t) {
            naive::term const x = naive::logistic(1.5 * d, t);
            return naive::term{x.value, 1.5 * x.slope, 2.25 * x.curvature};
          },
          [&](std::size_t i, std::size_t j) {
            double const cost = delta(i, j) * naive::logistic(1.5 * (sl[i] - sl[j]), 1).value;
            next_plus[place(i)] += cost / minus[place(j)];
            next_minus[place(j)] += cost / plus[place(i)];
            return delta(i, j) / (plus[place(i)] * minus[place(j)]);
          });
      for (std::size_t i = 0; i < n; ++i) {
        CHECK(support::near(g[l * n + i], expected.gradient[i], 1e-11));
        CHECK(support::near(h[l * n + i], expected.hessian[i], 1e-11));
      }
    }
    for (std::size_t k = 0; k < places; ++k) {
      plus[k] = std::pow(next_plus[k] / next_plus[0], 1 / (1 + p));
      minus[k] = std::pow(next_minus[k] / next_minus[0], 1 / (1 + p));
    }
    for (std::size_t k = 0; k < places; ++k) {
      CHECK(support::near(bias.clicked(k), plus[k], 1e-11));
      CHECK(support::near(bias.not_clicked(k), minus[k], 1e-11));
    }
  }
}

TEST_CASE("loss/position_bias: places are checked before anything is written") {
  rw::loss::position_bias bias(3);
  column const s{1, 2};
  column const y{0, 1};
  column g{7, 7};
  column h{7, 7};
  rw::status told;
  double const value = bias.gradient(rw::loss::lambda<rw::metric::ndcg<>>{}, s, y, rw::lists<>::single(2),
                                     std::vector<int>{0}, g, h, {.errors = told});
  CHECK(std::isnan(value));
  CHECK(told.code == rw::errc::size_mismatch);
  CHECK(g == column{7, 7});
  CHECK(bias.clicked(2) == 1);
  for (double const p : {-1.0, std::nan("")}) { // 1 / (1 + p)
    rw::loss::position_bias odd(3, p);
    CHECK(std::isnan(odd.gradient(rw::loss::lambda<rw::metric::ndcg<>>{}, s, y, rw::lists<>::single(2),
                                  std::vector<int>{0, 1}, g, h, {.errors = told})));
    CHECK(told.code == rw::errc::out_of_range);
    CHECK(g == column{7, 7});
  }
}

TEST_CASE("loss/position_bias: prepared data, a workspace and executors change nothing") {
  support::problem<float> const p(8, 30, 12);
  auto const lists = p.lists();
  std::vector<int> shown(p.items());
  for (std::size_t l = 0; l < p.size(); ++l) {
    for (std::size_t i = p.begin_of(l); i < p.end_of(l); ++i) {
      shown[i] = static_cast<int>(i - p.begin_of(l));
    }
  }
  constexpr auto loss = rw::loss::lambda<rw::metric::ndcg<5>>{.steepness = 1.5};
  auto const options = p.options(7);
  auto const data = loss.prepare(p.labels, lists, options);
  rw::loss::position_bias once(8);
  rw::loss::position_bias prepared(8);
  rw::loss::position_bias scalar(8);
  rw::workspace memory(rw::loss::position_bias::workspace_bytes(data));
  std::vector<float> g(p.items());
  std::vector<float> h(p.items());
  std::vector<float> g2(p.items());
  std::vector<float> h2(p.items());
  INFO("seed 8");
  for (int round = 0; round < 3; ++round) {
    double const value = once.gradient(loss, p.scores, p.labels, lists, shown, g, h, options);
    double same = 0;
    auto const count =
        support::allocations_of([&] { same = prepared.gradient(loss, p.scores, data, shown, g2, h2, memory); });
    CHECK((round == 0 || count == 0));
    CHECK(same == value);
    CHECK(g2 == g);
    CHECK(h2 == h);
    scalar.gradient(rw::exec::scalar{}, loss, p.scores, data, shown, g2, h2, memory);
    for (std::size_t i = 0; i < g.size(); ++i) {
      CHECK(support::near(static_cast<double>(g2[i]), static_cast<double>(g[i]), 1e-5));
    }
    for (std::size_t k = 0; k < 8; ++k) {
      CHECK(prepared.clicked(k) == once.clicked(k));
      CHECK(prepared.not_clicked(k) == once.not_clicked(k));
      CHECK(support::near(scalar.clicked(k), once.clicked(k), 1e-12));
    }
  }
  CHECK(once.clicked(7) != 1); // it has learnt something
}
