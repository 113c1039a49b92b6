#include <rankwise/loss/approx.hpp>
#include <rankwise/loss/list_mle.hpp>
#include <rankwise/loss/loss.hpp>
#include <rankwise/loss/pairwise.hpp>
#include <rankwise/loss/pointwise.hpp>
#include <rankwise/loss/softmax.hpp>
#include <rankwise/loss/softmax_variants.hpp>

#include <doctest/doctest.h>

#include "support/allocations.hpp"
#include "support/problem.hpp"

#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

namespace loss_test {

// The forms of a call of a loss.
namespace rw = rankwise;

namespace {

using column = std::vector<double>;

constexpr rw::loss::softmax loss;

} // namespace

TEST_CASE("every form of a call gives the same bits") {
  support::problem<double> const p(11, 70);
  auto const groups = p.lists();
  std::size_t const n = p.items();
  for (unsigned which = 0; which < p.combinations; ++which) {
    CAPTURE(which);
    auto const o = p.options(which);
    auto const data = loss.prepare(p.labels, groups, o);
    rw::workspace w;
    rw::exec::simd const simd;
    column g(n);
    column h(n);
    column g2(n);
    column h2(n);
    double const v = loss.gradient(p.scores, data, g, w);
    auto const same = [&](double u) {
      CHECK(u == v);
      CHECK(g2 == g);
      g2.assign(n, 0);
    };
    same(loss.gradient(p.scores, data, g2));
    same(loss.gradient(p.scores, data, g2, w));
    same(loss.gradient(simd, p.scores, data, g2));
    same(loss.gradient(simd, p.scores, data, g2, w));
    same(loss.gradient(p.scores, p.labels, groups, g2, o));
    same(loss.gradient(p.scores, p.labels, groups, g2, w, o));
    CHECK(support::near(loss.gradient(p.scores, data, g2, h, w), v, 1e-14));
    // The compiler may contract another pass of the formula otherwise.
    for (std::size_t i = 0; i < n; ++i) {
      CHECK(support::near(g2[i], g[i], 1e-14));
    }
    g = g2;
    double const v2 = loss.gradient(p.scores, data, g2, h, w);
    auto const same2 = [&](double u) {
      CHECK(u == v2);
      CHECK(g2 == g);
      CHECK(h2 == h);
      g2.assign(n, 0);
      h2.assign(n, 0);
    };
    same2(loss.gradient(p.scores, data, g2, h2));
    same2(loss.gradient(simd, p.scores, data, g2, h2));
    same2(loss.gradient(simd, p.scores, data, g2, h2, w));
    same2(loss.gradient(p.scores, p.labels, groups, g2, h2, o));
    same2(loss.gradient(p.scores, p.labels, groups, g2, h2, w, o));
    same2(loss.gradient(simd, p.scores, p.labels, groups, g2, h2, w, o));
    double const u = loss.value(p.scores, data);
    CHECK(support::near(u, v, 1e-14));
    CHECK(loss.value(p.scores, data, w) == u);
    CHECK(loss.value(simd, p.scores, data, w) == u);
    CHECK(loss.value(p.scores, p.labels, groups, o) == u);
    CHECK(loss.value(simd, p.scores, p.labels, groups, o) == u);
    CHECK(loss.value(p.scores, loss.prepare(simd, p.labels, groups, o)) == u);
  }
}

TEST_CASE("options may be an object, const or not") {
  column const s{1, 2};
  column const y{1, 0};
  auto const groups = rw::lists<int>::single(2);
  column per_list(1);
  rw::options o{.per_list = per_list};
  rw::options const same = o;
  double const v = loss.value(s, y, groups, o);
  CHECK(loss.value(s, y, groups, same) == v);
  CHECK(loss.value(s, y, groups, rw::options{.per_list = per_list}) == v);
  CHECK(loss.value(s, y, groups, {.per_list = per_list}) == v);
  CHECK(loss.value(s, loss.prepare(y, groups, rw::options{}), o) == v);
  CHECK(per_list[0] == v);
}

TEST_CASE("the value of every list; their weighted sum is the value") {
  support::problem<double> const p(12, 200, 7);
  auto const groups = p.lists();
  column per_list(p.size());
  double const v = loss.value(p.scores, p.labels, groups, {.list_weights = p.list_weights, .per_list = per_list});
  double sum = 0;
  for (std::size_t l = 0; l < p.size(); ++l) {
    sum += p.list_weights[l] * per_list[l];
  }
  CHECK(v == doctest::Approx(sum).epsilon(1e-13));
  CHECK(v == loss.value(p.scores, p.labels, groups, p.options(2)));
}

TEST_CASE("no allocation once the workspace has its size, whatever the number type of the scores") {
  for (std::size_t longest : {1u, 8u, 9u, 16u, 40u}) {
    CAPTURE(longest);
    auto const lists = rw::lists<int>::uniform(1, longest);
    column const y(longest, 1);
    std::vector<float> const yf(longest, 1);
    column const z(longest, 1);
    std::vector<float> const zf(longest, 1);
    std::vector<float> gf(longest);
    column gd(longest);
    auto const check = [&](auto const& data) {
      std::vector<std::byte> memory(loss.workspace_bytes(data) + rw::workspace::alignment);
      rw::workspace borrowed{std::span<std::byte>(memory)};
      rw::workspace sized(loss.workspace_bytes(data));
      rw::workspace growing;
      loss.gradient(z, data, gd, growing);
      loss.gradient(zf, data, gf, growing);
      CHECK(support::allocations_of([&] {
              for (auto* w : {&borrowed, &sized, &growing}) {
                loss.gradient(z, data, gd, *w);
                loss.gradient(zf, data, gf, *w);
              }
            }) == 0);
    };
    check(loss.prepare(y, lists));
    check(loss.prepare(yf, lists));
  }
}

TEST_CASE("derivatives of long lists have the same bits wherever their columns begin") {
  constexpr std::size_t n = 301;
  support::problem<double> const p(5, 40);
  REQUIRE(p.items() >= n);
  std::vector<int> const ends{0, n};
  std::span const scores = std::span(p.scores).first(n);
  auto const data = loss.prepare(std::span(p.labels).first(n), rw::lists<int>(ends));
  column g(n + 8);
  column h(n + 8);
  loss.gradient(scores, data, std::span(g).first(n), std::span(h).first(n));
  column const first(g.begin(), g.end() - 8);
  column const second(h.begin(), h.end() - 8);
  for (std::size_t begin = 1; begin < 8; ++begin) {
    CAPTURE(begin);
    std::span const slopes = std::span(g).subspan(begin, n);
    std::span const bends = std::span(h).subspan(8 - begin, n);
    loss.gradient(scores, data, slopes, bends);
    CHECK(column(slopes.begin(), slopes.end()) == first);
    CHECK(column(bends.begin(), bends.end()) == second);
  }
}

namespace {

template <class Loss>
void check_without_value(Loss const& of) {
  support::problem<float> const p(12, 70);
  auto const data = of.prepare(p.labels, p.lists());
  std::vector<float> g(p.items()), h(p.items()), g2(p.items()), h2(p.items());
  CHECK(of.gradient(p.scores, data, g, h) != 0);
  CHECK(of.gradient(p.scores, data, g2, h2, {.value = false}) == 0);
  for (std::size_t i = 0; i < g.size(); ++i) {
    CHECK(support::near(g[i], g2[i], 1e-4f));
    CHECK(support::near(h[i], h2[i], 1e-4f));
  }
  CHECK(of.gradient(rw::exec::scalar{}, p.scores, data, g2, {.value = false}) == 0);
  CHECK(of.gradient(p.scores, p.labels, p.lists(), g2, {.value = false}) == 0);
  CHECK(of.value(p.scores, data, {.value = false}) == 0);
  CHECK(of.value(p.scores, data) != 0);
  // What is wrong is still said.
  rw::status told;
  std::vector<float> const broken{std::numeric_limits<float>::quiet_NaN(), 1};
  std::vector<float> two(2, 9);
  of.gradient(broken, std::vector<float>{1, 0}, rw::lists<>::single(2), two, {.value = false, .errors = told});
  CHECK(told.code == rw::errc::not_finite);
  decltype(of.prepare(p.labels, p.lists())) const nothing;
  CHECK(std::isnan(of.gradient(p.scores, nothing, g, {.value = false, .errors = told})));
}

} // namespace

TEST_CASE("without its value a loss returns 0, and the same derivatives") {
  check_without_value(rw::loss::softmax{});
  check_without_value(rw::loss::multi_positive{});
  check_without_value(rw::loss::list_mle{});
  check_without_value(rw::loss::ranknet{});
  check_without_value(rw::loss::approx<rw::metric::ndcg<>>{});
  check_without_value(rw::loss::mse{});
}

} // namespace loss_test
