#include <rankwise/loss/hessian_product.hpp>

#include <doctest/doctest.h>

#include "support/problem.hpp"

#include <cmath>
#include <vector>

namespace rw = rankwise;

namespace {

template <class Loss>
void check(Loss const& loss) {
  for (unsigned which = 0; which < 8; ++which) {
    CAPTURE(which);
    support::problem<double> const p(which + 1, 6, 20);
    auto const v = support::random{5}.uniforms<double>(p.items(), -1, 1);
    std::vector<double> product(p.items(), 9);
    double const along = rw::loss::hessian_product(loss, p.scores, p.labels, p.lists(), v, product, p.options(which));
    std::vector<double> g(p.items());
    loss.gradient(p.scores, p.labels, p.lists(), g, p.options(which));
    double expected = 0;
    for (std::size_t i = 0; i < p.items(); ++i) {
      expected += v[i] * g[i];
    }
    CHECK(support::near(along, expected, 1e-12));
    // The product is the difference of gradients along v.
    constexpr double step = 1e-4;
    auto up = p.scores;
    auto down = p.scores;
    for (std::size_t i = 0; i < p.items(); ++i) {
      up[i] += step * v[i];
      down[i] -= step * v[i];
    }
    std::vector<double> g_up(p.items());
    std::vector<double> g_down(p.items());
    loss.gradient(up, p.labels, p.lists(), g_up, p.options(which));
    loss.gradient(down, p.labels, p.lists(), g_down, p.options(which));
    for (std::size_t i = 0; i < p.items(); ++i) {
      CAPTURE(i);
      CHECK(support::near(product[i], (g_up[i] - g_down[i]) / (2 * step), 1e-7));
    }
  }
}

} // namespace

TEST_CASE("hessian_product: differences of gradients, all targets, masks and weights") {
  check(rw::loss::softmax{.temperature = 0.7});
  check(rw::loss::listnet{});
}

TEST_CASE("hessian_product: sizes and overlaps are reported before anything is written") {
  std::vector<double> const s{1, 2};
  std::vector<int> const y{1, 0};
  std::vector<double> v{1, 1, 1};
  std::vector<double> out(2, 9);
  rw::status told;
  CHECK(std::isnan(
      rw::loss::hessian_product(rw::loss::softmax{}, s, y, rw::lists<>::single(2), v, out, {.errors = told})));
  CHECK(told.code == rw::errc::size_mismatch);
  CHECK(out == std::vector<double>{9, 9});
  v.resize(2);
  rw::status same;
  CHECK(
      std::isnan(rw::loss::hessian_product(rw::loss::softmax{}, s, y, rw::lists<>::single(2), v, v, {.errors = same})));
  CHECK(same.code == rw::errc::aliasing);
}
