#include <rankwise/backend/emulated.hpp>
#include <rankwise/loss/counting.hpp>
#include <rankwise/loss/pairwise.hpp>

#include <doctest/doctest.h>

#include "unit/loss/pairs.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace rw = rankwise;

namespace {

using column = std::vector<double>;
using problem = support::problem<double>;

naive::term hinge(double d, double) {
  return {std::fmax(0, 0.8 - d), d < 0.8 ? -1.0 : 0.0, 0};
}
naive::term squared(double d, double) {
  double const miss = std::fmax(0, 0.8 - d);
  return {miss * miss, -2 * miss, miss > 0 ? 2.0 : 0.0};
}
naive::term zero_one(double d, double) {
  return {d < 0 ? 1 : d == 0 ? 0.5 : 0, 0, 0};
}

/// In lists with few enough items for all pairs, and in longer ones, which are sorted.
template <class Executor, class Loss>
void check(Executor executor, Loss const& loss, naive::term (*function)(double, double), bool product) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    for (unsigned which = 0; which < problem::combinations; ++which) {
      CAPTURE(seed);
      CAPTURE(which);
      problem const p(seed, seed == 4 ? 4 : 10, seed == 4 ? 600 : 40);
      naive::result const expected = naive::of_problem(p, which, [&](naive::live_list const& l) {
        return naive::of_list(l.scores, l.labels, function, [&](std::size_t i, std::size_t j) {
          return product ? l.weights[i] * l.weights[j] : l.weights[i];
        });
      });
      column g(p.items());
      column h(p.items());
      double const value = loss.gradient(executor, p.scores, p.labels, p.lists(), g, h, p.options(which));
      CHECK(support::near(value, expected.value, 1e-12));
      CHECK(naive::distance(g, expected.gradient, 1) < 1e-12);
      CHECK(naive::distance(h, expected.hessian, 1) < 1e-12);
    }
  }
}

} // namespace

TEST_CASE("loss/counting: the sums over pairs, without the pairs") {
  auto const check_all = [](auto executor) {
    check(executor, rw::loss::counting<rw::pair::hinge>{.function = {.margin = 0.8}}, hinge, false);
    check(executor, rw::loss::counting<rw::pair::squared_hinge, rw::weighting::product>{.function = {.margin = 0.8}},
          squared, true);
    check(executor, rw::loss::counting<rw::pair::zero_one>{}, zero_one, false);
  };
  check_all(rw::exec::simd{});
  check_all(rw::exec::scalar{});
}

TEST_CASE("loss/counting: lists of all lengths about which the way changes, means too") {
  for (std::size_t const n : {1u, 2u, 7u, 9u, 36u, 37u, 72u, 73u, 144u, 145u, 287u, 288u, 289u, 400u}) {
    CAPTURE(n);
    support::random draw(n);
    auto const s = draw.uniforms<float>(n, -2, 2);
    auto const y = draw.grades<float>(n, 4);
    auto const w = draw.uniforms<float>(n, 0.5, 2);
    std::vector<int> segment(n);
    for (std::size_t i = 0; i < n; ++i) {
      segment[i] = i % 9 == 4; // 256 of 288 are in the other one
    }
    auto const agree = [&](auto with, auto without) {
      std::vector<float> a(n);
      std::vector<float> b(n);
      std::vector<float> c(n);
      std::vector<float> d(n);
      rw::options const o{.item_weights = w, .segments = segment};
      auto const one = rw::lists<>::single(n);
      CHECK(support::near(with.gradient(s, y, one, a, b, o), without.gradient(s, y, one, c, d, o), 1e-5));
      CHECK(naive::distance(a, c, 1) < 1e-5);
      CHECK(naive::distance(b, d, 1) < 1e-5);
    };
    agree(rw::loss::counting<rw::pair::hinge, rw::reduction::mean_pairs>{},
          rw::loss::pairwise<rw::pair::hinge, rw::weighting::better, rw::reduction::mean_pairs>{});
    agree(rw::loss::counting<rw::pair::squared_hinge, rw::weighting::product, rw::reduction::weighted_mean>{},
          rw::loss::pairwise<rw::pair::squared_hinge, rw::weighting::product, rw::reduction::weighted_mean>{});
  }
}

TEST_CASE("loss/counting: squared errors of all pairs, from moments") {
  problem const p(4, 6, 30);
  column g(p.items());
  column h(p.items());
  column each(p.size());
  constexpr auto loss = rw::loss::counting<rw::pair::squared_error>{};
  rw::options o = p.options(5);
  o.per_list = each;
  loss.gradient(p.scores, p.labels, p.lists(), g, h, o);
  for (std::size_t l = 0; l < p.size(); ++l) {
    CAPTURE(l);
    naive::live_list const items = naive::live(p, l, true, true);
    double value = 0;
    for (std::size_t i = 0; i < items.item.size(); ++i) {
      double slope = 0;
      double curvature = 0;
      for (std::size_t j = 0; j < items.item.size(); ++j) {
        double const miss = (items.scores[i] - items.scores[j]) - (items.labels[i] - items.labels[j]);
        value += items.weights[i] * miss * miss;
        slope += 2 * (items.weights[i] + items.weights[j]) * miss;
        curvature += i == j ? 0 : 2 * (items.weights[i] + items.weights[j]);
      }
      CHECK(support::near(g[items.item[i]], slope, 1e-12));
      CHECK(support::near(h[items.item[i]], curvature, 1e-12));
    }
    CHECK(support::near(each[l], value, 1e-12));
  }
}

TEST_CASE("loss/counting: scores of any size stay finite, and long lists take no quadratic time") {
  std::vector<float> const far{1e30f, -1e30f, 0, 5e29f};
  std::vector<float> const labels{0, 2, 1, 1};
  std::vector<float> g(4);
  double const value = rw::loss::counting<rw::pair::squared_hinge>{}.gradient(far, labels, rw::lists<>::single(4), g);
  CHECK(support::near(value, 4e60 + 1e60 + 2.25e60 + 1e60 + 0.25e60, 1e-6));
  CHECK(support::near(static_cast<double>(g[1]), -2 * (2e30 + 1e30 + 1.5e30), 1e-6));

  // Beside a score far off the others keep their digits; in a list that is sorted, too.
  for (std::size_t const n : {3u, 300u}) {
    auto const all = rw::lists<>::single(n);
    for (double const padding : {-1e9, -1e17, -1e150}) {
      CAPTURE(padding);
      for (double const last : {0.5, -0.9}) {
        column s(n, -50); // within nobody's margin
        column y(n, 0);
        s[0] = padding;
        s[1] = 0;
        s[2] = last;
        y[1] = 1;
        column slopes(n);
        double const miss = 1 + last;
        auto const check = [&](auto executor) {
          CHECK(rw::loss::counting<rw::pair::squared_hinge>{}.gradient(executor, s, y, all, slopes) ==
                doctest::Approx(miss * miss));
          CHECK(slopes[1] == doctest::Approx(-2 * miss));
          CHECK(slopes[2] == doctest::Approx(2 * miss));
          CHECK(rw::loss::counting<rw::pair::hinge>{}.value(executor, s, y, all) == doctest::Approx(miss));
        };
        check(rw::exec::simd{});
        check(rw::exec::emulated<4>{});
      }
    }
  }

  support::random r{6};
  std::size_t const n = 200000; // 10^10 pairs
  auto const s = r.uniforms<double>(n, -3, 3);
  auto const y = r.grades<double>(n, 3);
  column slopes(n);
  rw::loss::counting<rw::pair::hinge>{}.gradient(s, y, rw::lists<>::single(n), slopes);
  double sum = 0;
  double size = 0;
  for (double const x : slopes) {
    sum += x;
    size += std::fabs(x);
  }
  CHECK(std::fabs(sum) < 1e-9 * size);
}
