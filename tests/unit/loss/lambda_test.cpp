#include <rankwise/loss/lambda.hpp>

#include <doctest/doctest.h>

#include "support/executors.hpp"
#include "unit/loss/pairs.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

namespace rw = rankwise;

namespace {

using column = std::vector<double>;
using problem = support::problem<double>;

/// The metric of a list whose items stand in the order `rank`.
template <class Metric>
double value_at(Metric const& metric, column const& y, std::vector<std::size_t> const& rank) {
  column s(y.size());
  for (std::size_t i = 0; i < y.size(); ++i) {
    s[i] = -static_cast<double>(rank[i]);
  }
  return metric(s, y, rw::lists<>::single(y.size()));
}

/// Lambda gradients by their definition: items exchange places and the metric is evaluated anew.
template <class Metric>
naive::result by_exchanges(Metric const& metric, naive::live_list const& l, double steepness = 1) {
  std::vector<std::size_t> const rank = naive::ranks(l.scores);
  double const now = value_at(metric, l.labels, rank);
  naive::result r = naive::of_list(
      l.scores, l.labels,
      [&](double d, double t) {
        naive::term const x = naive::logistic(steepness * d, t);
        return naive::term{x.value, steepness * x.slope, steepness * steepness * x.curvature};
      },
      [&](std::size_t i, std::size_t j) {
        auto exchanged = rank;
        std::swap(exchanged[i], exchanged[j]);
        return l.weights[i] * std::fabs(value_at(metric, l.labels, exchanged) - now);
      });
  return r;
}

template <class Metric>
void check_metric(Metric const& metric, std::size_t longest) {
  rw::loss::lambda<Metric> loss{};
  loss.metric = metric;
  loss.steepness = 1.25;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    for (unsigned const which : {0u, 7u}) {
      CAPTURE(seed);
      CAPTURE(which);
      problem const p(seed, 8, longest);
      naive::result const expected = naive::of_problem(
          p, which, [&](naive::live_list const& l) { return by_exchanges(metric, l, loss.steepness); });
      column g(p.items());
      column h(p.items());
      double const value = loss.gradient(p.scores, p.labels, p.lists(), g, h, p.options(which));
      CHECK(support::near(value, expected.value, 1e-11));
      CHECK(naive::distance(g, expected.gradient) < 1e-11);
      CHECK(naive::distance(h, expected.hessian) < 1e-11);
      // Without the value: other loops, the same numbers.
      auto const data = loss.prepare(p.labels, p.lists(), p.options(which));
      CHECK(loss.gradient(p.scores, data, g, h, {.value = false}) == 0);
      CHECK(naive::distance(g, expected.gradient) < 1e-11);
      CHECK(naive::distance(h, expected.hessian) < 1e-11);
    }
  }
}

} // namespace

TEST_CASE("loss/lambda: what metrics change by when two items exchange places, against metrics evaluated anew") {
  SUBCASE("ndcg@5") {
    check_metric(rw::metric::ndcg<5>{}, 20);
  }
  SUBCASE("dcg, linear gain") {
    check_metric(rw::metric::dcg<rw::rank::all, rw::gain::linear>{}, 20);
  }
  SUBCASE("map@4, capped") {
    check_metric(rw::metric::map<4, rw::denominator::capped>{.threshold = 3}, 20);
  }
  SUBCASE("mrr") {
    check_metric(rw::metric::mrr<>{.threshold = 3}, 20);
  }
  SUBCASE("err") {
    check_metric(rw::metric::err<>{.max_grade = 5}, 15);
  }
  SUBCASE("precision@4") {
    check_metric(rw::metric::precision<4>{.threshold = 2}, 20);
  }
  SUBCASE("arp") {
    check_metric(rw::metric::arp<>{}, 20);
  }
  SUBCASE("rbp") {
    check_metric(rw::metric::rbp<>{.persistence = 0.7}, 20);
  }
}

TEST_CASE("loss/lambda: lists of all lengths, every executor, float") {
  auto const check = []<bool every_executor>(auto const& loss, std::size_t cutoff, std::bool_constant<every_executor>) {
    for (std::size_t n = 1; n <= 70; n += n < 36 ? 1 : 11) {
      CAPTURE(n);
      support::random r{n};
      column const s = [&] {
        column x = r.uniforms<double>(n, -2, 2);
        for (double& v : x) {
          v = static_cast<double>(static_cast<float>(v)); // the same ranks in float
        }
        return x;
      }();
      column const y = r.grades<double>(n, 4);
      double const ideal = naive::ideal(y, n);
      auto const rank = naive::ranks(s);
      naive::result const expected = naive::of_list(s, y, naive::logistic, [&](std::size_t i, std::size_t j) {
        bool const counts = rank[i] < cutoff || rank[j] < cutoff;
        return !counts || ideal == 0 ? 0
                                     : std::fabs((naive::gain(y[i]) - naive::gain(y[j])) *
                                                 (naive::discount(rank[i]) - naive::discount(rank[j]))) /
                                           ideal;
      });
      auto const lists = rw::lists<>::single(n);
      std::vector<float> const sf(s.begin(), s.end());
      std::vector<float> g(n);
      std::vector<float> h(n);
      auto const data = loss.prepare(y, lists);
      auto const on = [&](auto executor) {
        for (bool const value : {true, false}) {
          CAPTURE(value);
          loss.gradient(executor, sf, data, g, h, {.value = value});
          CHECK(naive::distance(g, expected.gradient) < 2e-6);
          CHECK(naive::distance(h, expected.hessian) < 2e-6);
        }
      };
      if constexpr (every_executor) {
        support::for_each_executor(on);
      } else {
        on(rw::exec::simd{});
      }
    }
  };
  using weight =
      rw::pair_weight::discounted_gain<rw::gain::exponential, rw::discount::log2, rw::rank::all, rw::rank::all, true>;
  SUBCASE("all pairs") {
    check(rw::loss::lambda<rw::metric::ndcg<>>{}, 1000, std::false_type{});
  }
  SUBCASE("truncated") {
    check(rw::loss::pairwise<rw::pair::logistic, weight, rw::pairs::either_in_top<7>>{}, 7, std::true_type{});
  }
}

TEST_CASE("loss/lambda: scores far apart take the exact way") {
  column const y{0, 2, 1, 0, 3, 1};
  auto const lists = rw::lists<>::single(y.size());
  constexpr auto loss = rw::loss::lambda<rw::metric::ndcg<>>{};
  for (double const spread : {10.0, 39.0, 41.0, 100.0, 1e4, 1e30}) {
    CAPTURE(spread);
    column s{0.1, 0.9, 0.4, 0.35, 0, 1};
    for (double& x : s) {
      x = static_cast<double>(static_cast<float>(x * spread));
    }
    auto const rank = naive::ranks(s);
    double const ideal = naive::ideal(y, 6);
    naive::result const expected = naive::of_list(s, y, naive::logistic, [&](std::size_t i, std::size_t j) {
      return std::fabs((naive::gain(y[i]) - naive::gain(y[j])) *
                       (naive::discount(rank[i]) - naive::discount(rank[j]))) /
             ideal;
    });
    std::vector<float> const sf(s.begin(), s.end());
    std::vector<float> g(6);
    std::vector<float> h(6);
    double const value = loss.gradient(sf, y, lists, g, h);
    CHECK(support::near(value, expected.value, 1e-6, 1e-6));
    CHECK(naive::distance(g, expected.gradient) < 2e-6);
    CHECK(naive::distance(h, expected.hessian, 1e-30) < 2e-6); // what float cannot hold is 0
  }
}

TEST_CASE("loss/lambda: with ties::expected the order of equal scores does not matter") {
  column s{1, 1, 1, 0, 0, 2, 0, 1};
  column y{0, 2, 1, 3, 0, 1, 1, 0};
  auto const lists = rw::lists<>::single(s.size());
  constexpr auto fair = rw::loss::lambda<rw::metric::ndcg<4, rw::ties::expected>>{};
  column g(8);
  column h(8);
  double const value = fair.gradient(s, y, lists, g, h);
  // Two equal scores have the same expected discount, so their pair weighs nothing; others see the mean of the tie.
  auto const mean = [](std::size_t first, std::size_t last) {
    double sum = 0;
    for (std::size_t r = first; r < last; ++r) {
      sum += r < 4 ? naive::discount(r) : 0;
    }
    return sum / static_cast<double>(last - first);
  };
  column const place{mean(1, 5), mean(1, 5), mean(1, 5), mean(5, 8), mean(5, 8), mean(0, 1), mean(5, 8), mean(1, 5)};
  naive::result const expected = naive::of_list(s, y, naive::logistic, [&](std::size_t i, std::size_t j) {
    return std::fabs((naive::gain(y[i]) - naive::gain(y[j])) * (place[i] - place[j])) / naive::ideal(y, 4);
  });
  CHECK(support::near(value, expected.value, 1e-12));
  CHECK(naive::distance(g, expected.gradient) < 1e-12);
  support::random r{5};
  for (int round = 0; round < 20; ++round) {
    std::vector<std::size_t> order{0, 1, 2, 3, 4, 5, 6, 7};
    r.shuffle(order);
    column s2(8);
    column y2(8);
    column g2(8);
    for (std::size_t i = 0; i < 8; ++i) {
      s2[i] = s[order[i]];
      y2[i] = y[order[i]];
    }
    fair.gradient(s2, y2, lists, g2);
    for (std::size_t i = 0; i < 8; ++i) {
      CHECK(support::near(g2[i], g[order[i]], 1e-12));
    }
  }
}

TEST_CASE("loss/lambda: LambdaLoss, the numbers of allRank, pytorchltr and Rax") {
  using rw::pair_weight::ndcg_loss1;
  using rw::pair_weight::ndcg_loss2;
  using rw::pair_weight::ndcg_loss2pp;
  auto const value = [](auto const& loss, column const& s, column const& y) {
    return loss.value(s, y, rw::lists<>::single(s.size()));
  };
  using rw::loss::pairwise;
  using rw::pair::logistic_bits;
  using loss1 = pairwise<logistic_bits, ndcg_loss1<>, rw::pairs::ordered_with_self>;
  using arp1 = pairwise<logistic_bits, rw::pair_weight::better_label, rw::pairs::ordered_with_self>;
  using loss2pp = pairwise<logistic_bits, ndcg_loss2pp<>>;
  using shifted =
      pairwise<logistic_bits, ndcg_loss2<rw::rank::all, rw::gain::exponential, rw::discount::log2, true, 1>>;
  column const same{0.5, 0.3, 0.5};
  CHECK(support::near(value(loss1{}, same, same), 2.9272110462, 1e-6));
  CHECK(support::near(value(loss2pp{}, same, same), 1.1244146823, 1e-6));
  column const s{0.5, 2.0, 1.0};
  column const y{2, 0, 1};
  column const s2{0.9, -1.2};
  column const y2{0, 1};
  CHECK(support::near(value(arp1{}, s, y), 13.298417091369629, 1e-6));
  CHECK(support::near(value(arp1{}, s2, y2), 4.196318626403809, 1e-6));
  CHECK(support::near(value(loss1{}, s, y), 2.629549503326416, 1e-6));
  CHECK(support::near(value(loss1{}, s2, y2), 2.647582530975342, 1e-6));
  CHECK(support::near(value(shifted{}, s, y), 0.3102627396583557, 1e-6));
  CHECK(support::near(value(shifted{}, s2, y2), 0.4184933304786682, 1e-6));
}

TEST_CASE("loss/lambda: the cutoff of LambdaLoss (Jagerman et al. 2022)") {
  column const s{3, 2.5, 2, 1.5, 1, 0.5};
  column const y{0, 2, 1, 0, 3, 1};
  using weight = rw::pair_weight::ndcg_loss2<2, rw::gain::exponential, rw::discount::log2, false>;
  column g(6);
  column h(6);
  double const value = rw::loss::pairwise<rw::pair::logistic, weight>{}.gradient(s, y, rw::lists<>::single(6), g, h);
  auto const d = [](std::size_t rank) { return naive::discount(rank); }; // ranks from 0 are the positions here
  naive::result const expected = naive::of_list(s, y, naive::logistic, [&](std::size_t i, std::size_t j) {
    std::size_t const apart = i > j ? i - j : j - i;
    std::size_t const lower = std::max(i, j);
    if (std::min(i, j) >= 2) {
      return 0.0;
    }
    double const delta = d(apart - 1) - d(apart);
    return std::fabs(naive::gain(y[i]) - naive::gain(y[j])) * (lower < 2 ? delta : delta / (1 - d(lower)));
  });
  CHECK(support::near(value, expected.value, 1e-12));
  CHECK(naive::distance(g, expected.gradient) < 1e-12);
}
