#include <rankwise/loss/pairwise.hpp>

#include <doctest/doctest.h>

#include "unit/loss/pairs.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace rw = rankwise;

namespace {

using column = std::vector<double>;
using problem = support::problem<double>;

template <class Function>
auto as_naive(Function const& function) {
  return [function](double d, double t) {
    auto const x = rw::bound<double>(function)(d, t);
    return naive::term{x.value, x.slope, x.curvature};
  };
}

/// A loss without a truncation against two loops.
template <class Loss, class Function, class Count>
void check(Loss const& loss, Function const& function, Count counts, std::size_t longest = 30) {
  for (std::uint64_t seed = 1; seed <= 2; ++seed) {
    for (unsigned const which : {0u, 7u}) {
      CAPTURE(seed);
      CAPTURE(which);
      problem const p(seed, 8, longest);
      naive::result const expected = naive::of_problem(p, which, [&](naive::live_list const& l) {
        return naive::of_list(l.scores, l.labels, function,
                              [&](std::size_t i, std::size_t j) { return counts(l, i, j) ? l.weights[i] : 0; });
      });
      column g(p.items());
      column h(p.items());
      double const value = loss.gradient(p.scores, p.labels, p.lists(), g, h, p.options(which));
      CHECK(support::near(value, expected.value, 1e-12));
      CHECK(naive::distance(g, expected.gradient) < 1e-12);
      CHECK(naive::distance(h, expected.hessian, 1e-3) < 1e-12);
    }
  }
}

bool always(naive::live_list const&, std::size_t, std::size_t) {
  return true;
}

} // namespace

TEST_CASE("loss/pairwise: pair functions over all pairs, against two loops") {
  check(rw::loss::ranknet{}, naive::logistic, always);
  constexpr rw::pair::quantile quantile{.level = 0.3};
  check(rw::loss::pairwise<rw::pair::quantile>{.function = quantile}, as_naive(quantile), always);
  auto const soft = [](double d, double) {
    double const p = 1 / (1 + std::exp(d));
    return naive::term{p, -p * (1 - p), p * (1 - p) * (1 - 2 * p)};
  };
  check(rw::loss::pairwise<rw::pair::soft_zero_one>{}, soft, always);
}

TEST_CASE("loss/pairwise: pairs of neighbours, of hard negatives, of the first items") {
  check(rw::loss::pairwise<rw::pair::hinge, rw::pairs::neighbours>{}, as_naive(rw::pair::hinge{}),
        [](naive::live_list const& l, std::size_t i, std::size_t j) {
          auto const rank = naive::ranks(l.scores);
          return rank[i] == rank[j] + 1 || rank[j] == rank[i] + 1;
        });
  check(rw::loss::pairwise<rw::pair::hinge, rw::pairs::hardest>{}, as_naive(rw::pair::hinge{}),
        [](naive::live_list const& l, std::size_t i, std::size_t j) {
          // Of worse items with the greatest score the one with the smallest label, then the first.
          for (std::size_t k = 0; k < l.scores.size(); ++k) {
            bool const earlier = l.labels[k] < l.labels[j] || (l.labels[k] == l.labels[j] && k < j);
            if (l.labels[k] < l.labels[i] && (l.scores[k] > l.scores[j] || (l.scores[k] == l.scores[j] && earlier))) {
              return false;
            }
          }
          return true;
        });
  check(rw::loss::pairwise<rw::pair::hinge, rw::pairs::both_in_top<6>>{}, as_naive(rw::pair::hinge{}),
        [](naive::live_list const& l, std::size_t i, std::size_t j) {
          auto const rank = naive::ranks(l.scores);
          return rank[i] < 6 && rank[j] < 6;
        });
}

TEST_CASE("loss/pairwise: drawn pairs are the same on every thread, differ by seed and round, and are pairs") {
  problem const p(9, 20, 30);
  using loss_type = rw::loss::pairwise<rw::pair::logistic, rw::pairs::sampled, rw::reduction::mean_pairs>;
  loss_type const loss{.pairs = {.count = 3, .seed = 5}};
  column g(p.items());
  column again(p.items());
  double const value = loss.gradient(p.scores, p.labels, p.lists(), g);
  CHECK(loss.gradient(p.scores, p.labels, p.lists(), again) == value);
  CHECK(g == again);
  loss_type const other{.pairs = {.count = 3, .seed = 6}};
  other.gradient(p.scores, p.labels, p.lists(), again);
  CHECK(g != again);
  loss_type const next{.pairs = {.count = 3, .seed = 5, .round = 1}};
  next.gradient(p.scores, p.labels, p.lists(), again);
  CHECK(g != again);
  // Many draws come close to all pairs weighed by how likely they are: every item draws, from all with other labels.
  loss_type const many{.pairs = {.count = 4000, .seed = 1}};
  column const s{0.1, 2, -1, 0.5};
  column const y{0, 1, 1, 2};
  column drawn(4);
  many.gradient(s, y, rw::lists<>::single(4), drawn);
  column const partners{3, 2, 2, 3};
  double total = 0;
  naive::result const expected = naive::of_list(s, y, naive::logistic, [&](std::size_t i, std::size_t j) {
    total += 1 / partners[i] + 1 / partners[j];
    return 1 / partners[i] + 1 / partners[j];
  });
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(support::near(drawn[i], expected.gradient[i] / total, 0.02, 0.2));
  }
}

TEST_CASE("loss/pairwise: items of different segments are not compared") {
  problem const p(11, 10, 30);
  support::random r{3};
  column segment(p.items());
  for (double& x : segment) {
    x = 1e15 + static_cast<double>(r.below(3)); // numbers that float cannot tell apart
  }
  column g(p.items());
  column h(p.items());
  constexpr auto loss = rw::loss::pairwise<rw::pair::logistic, rw::reduction::mean_pairs>{};
  column each(p.size());
  loss.gradient(p.scores, p.labels, p.lists(), g, h, {.segments = segment, .per_list = each});
  for (std::size_t l = 0; l < p.size(); ++l) {
    CAPTURE(l);
    std::size_t const first = p.begin_of(l);
    naive::live_list const items = naive::live(p, l, false, false);
    naive::result const expected =
        naive::of_list(items.scores, items.labels, naive::logistic,
                       [&](std::size_t i, std::size_t j) { return segment[first + i] == segment[first + j] ? 1 : 0; });
    double const pairs = std::max(expected.pairs, 1.0);
    CHECK(support::near(each[l], expected.value / pairs, 1e-12));
    for (std::size_t i = 0; i < items.item.size(); ++i) {
      CHECK(support::near(g[first + i], expected.gradient[i] / pairs, 1e-12));
    }
  }
}

TEST_CASE("loss/pairwise: a list with a segment that is none is flagged, unless the item is masked") {
  column const scores{0.3, -1, 0.2, 1, 0};
  column const labels{0, 0, 1, 1, 0};
  std::vector<std::size_t> const sizes{3, 2};
  column const segments{1, std::nan(""), 1, 2, 2};
  std::vector<char> const mask{1, 0, 1, 1, 1};
  constexpr auto loss = rw::loss::pairwise<rw::pair::logistic>{};
  column g(5, 7);
  column each(2);
  rw::status s;
  loss.gradient(scores, labels, rw::lists_of_sizes(sizes), g, {.segments = segments, .per_list = each, .errors = s});
  CHECK(s.code == rw::errc::not_finite);
  CHECK(s.where == 0);
  CHECK(s.found == 1);
  CHECK(std::isnan(each[0]));
  CHECK(g[0] == 0);
  CHECK(each[1] == doctest::Approx(std::log1p(std::exp(-1.0))));
  loss.gradient(scores, labels, rw::lists_of_sizes(sizes), g,
                {.mask = mask, .segments = segments, .per_list = each, .errors = s});
  CHECK(s.ok());
  CHECK(each[0] == doctest::Approx(std::log1p(std::exp(0.1))));
}

TEST_CASE("loss/pairwise: differences beyond the range of their type are reported") {
  auto const two = rw::lists<>::single(2);
  auto const outcome = [&](auto number) {
    using T = decltype(number);
    T const far = std::numeric_limits<T>::max() / 4 * 3;
    std::vector<T> const scores{-far, far}, near{-far / 2, far / 2}, labels{1, 0};
    std::vector<T> g(2, T(7));
    rw::status s;
    rw::loss::ranknet{}.gradient(scores, labels, two, g, {.errors = s});
    CHECK(s.code == rw::errc::not_finite);
    CHECK(g == std::vector<T>{0, 0});
    CHECK(rw::loss::ranknet{}.gradient(near, labels, two, g) == far);
    CHECK(g == std::vector<T>{-1, 1});
  };
  outcome(float{});
  outcome(double{});
}

TEST_CASE("loss/pairwise: propensities weigh the better item of a pair") {
  column const s{0.3, -0.2, 1, 0.7};
  column const y{1, 0, 0, 1};
  column const seen{0.5, 0.9, 0.1, 0.01};
  column g(4);
  rw::loss::ranknet{}.gradient(s, y, rw::lists<>::single(4), g, {.propensities = seen, .propensity_floor = 0.1});
  naive::result const expected =
      naive::of_list(s, y, naive::logistic, [&](std::size_t i, std::size_t) { return 1 / std::max(seen[i], 0.1); });
  CHECK(naive::distance(g, expected.gradient) < 1e-12);
}

TEST_CASE("loss/pairwise: weights of items, reductions, hessians") {
  problem const p(13, 1, 25);
  naive::live_list const l = naive::live(p, 0, true, false);
  std::size_t const n = l.item.size();
  auto const lists = rw::lists<>::single(n);
  rw::options const o{.item_weights = l.weights};
  column g(n);
  column h(n);
  auto const all = [](double w) { return [w](std::size_t, std::size_t) { return w; }; };
  naive::result const plain = naive::of_list(l.scores, l.labels, naive::logistic, all(1));
  {
    rw::loss::pairwise<rw::pair::logistic, rw::weighting::item, rw::hessian::doubled> const loss{};
    loss.gradient(l.scores, l.labels, lists, g, h, o);
    for (std::size_t i = 0; i < n; ++i) {
      CHECK(support::near(g[i], l.weights[i] * plain.gradient[i], 1e-12));
      CHECK(support::near(h[i], 2 * l.weights[i] * plain.hessian[i], 1e-12));
    }
  }
  {
    rw::loss::pairwise<rw::pair::hinge, rw::hessian::squared_slope, rw::reduction::mean_items> const loss{
        .hessian_floor = 0.5};
    naive::result const expected = naive::of_list(
        l.scores, l.labels,
        [](double d, double) {
          return naive::term{std::fmax(0, 1 - d), d < 1 ? -1.0 : 0.0, d < 1 ? 1.0 : 0.0};
        },
        all(1));
    double const value = loss.gradient(l.scores, l.labels, lists, g, h);
    CHECK(support::near(value, expected.value / static_cast<double>(n), 1e-12));
    for (std::size_t i = 0; i < n; ++i) {
      CHECK(support::near(g[i], expected.gradient[i] / static_cast<double>(n), 1e-12));
      CHECK(support::near(h[i], std::max(0.5, expected.hessian[i] / static_cast<double>(n)), 1e-12));
    }
  }
}

TEST_CASE("loss/pairwise: lists without pairs, and scores of any size") {
  constexpr double inf = std::numeric_limits<double>::infinity();
  constexpr auto loss = rw::loss::pairwise<rw::pair::logistic, rw::reduction::mean_pairs>{};
  column const s{5, 1, 1, 1e30, -1e30, 3, -inf};
  column const y{1, 2, 2, 0, 1, 0, 1};
  auto const lists = rw::lists_of_sizes(std::vector{0, 1, 2, 2, 2});
  column g(7, 9);
  column h(7, 9);
  column each(5);
  double const value = loss.gradient(s, y, lists, g, h, {.per_list = each});
  CHECK(each == column{0, 0, 0, 2e30, 0});
  CHECK(value == 2e30);
  CHECK(g == column{0, 0, 0, 1, -1, 0, 0});
  CHECK(h == column{0, 0, 0, 0, 0, 0, 0});
  // A weight of 0 for everybody, and lists of weight 0.
  column const none(7);
  CHECK(loss.gradient(s, y, lists, g, {.item_weights = none}) == 0);
  CHECK(g == none);
}

TEST_CASE("loss/pairwise: sums run in double where data and scores are double, whatever the labels") {
  column s{0.1, 0.2};
  std::vector<int> const y{-5, 1000000};
  column g(2);
  rw::loss::pairwise<rw::pair::squared_error> const loss{};
  auto const data = loss.prepare<double>(y, rw::lists<>::single(2));
  double const value = loss.gradient(s, data, g);
  CHECK(support::near(value, (0.1 - 1000005.0) * (0.1 - 1000005.0), 1e-15));
}

TEST_CASE("loss/pairwise: parameters out of range are reported before anything is written") {
  column const s{0.1, 0.2};
  column const y{0, 1};
  column g{7, 7};
  rw::status told;
  rw::loss::pairwise<rw::pair::hinge> loss{};
  loss.function.margin = std::numeric_limits<double>::quiet_NaN();
  CHECK(std::isnan(loss.gradient(s, y, rw::lists<>::single(2), g, {.errors = told})));
  CHECK(told.code == rw::errc::out_of_range);
  CHECK(g == column{7, 7});
  // Those of pair weights, too.
  double const nan = std::numeric_limits<double>::quiet_NaN();
  for (double const mu : {-1.0, nan}) {
    rw::loss::pairwise<rw::pair::logistic_bits, rw::pair_weight::ndcg_loss2pp<>> const pp{.pair_weight = {{}, mu}};
    told = {};
    CHECK(std::isnan(pp.value(s, y, rw::lists<>::single(2), {.errors = told})));
    CHECK(told.code == rw::errc::out_of_range);
  }
  CHECK(rw::fault_of(rw::pair_weight::average_precision<10, false>{nan}) != nullptr);
  CHECK(rw::fault_of(rw::pair_weight::reciprocal_rank<10>{nan}) != nullptr);
  CHECK(rw::fault_of(rw::pair_weight::reciprocal_rank<10>{0.5}) == nullptr);
}

TEST_CASE("loss/pairwise: sums in double for scores in float") {
  support::random r{8};
  std::size_t const n = 600;
  auto const s = r.uniforms<float>(n, -2, 2);
  auto const y = r.grades<float>(n, 3);
  std::vector<double> const exact(s.begin(), s.end());
  column g(n);
  rw::loss::pairwise<rw::pair::logistic> const loss{};
  double const value = loss.gradient(exact, y, rw::lists<>::single(n), g);
  rw::loss::pairwise<rw::pair::logistic, rw::accumulate::in_double> const exactly{};
  std::vector<float> gf(n);
  auto const data = exactly.prepare(y, rw::lists<>::single(n));
  rw::workspace memory(exactly.workspace_bytes(data));
  CHECK(support::near(exactly.gradient(s, data, gf, memory), value, 1e-13));
  for (std::size_t i = 0; i < n; ++i) {
    CHECK(gf[i] == static_cast<float>(g[i]));
  }
}
