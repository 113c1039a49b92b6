#include <rankwise/loss/lambda.hpp>

#include <doctest/doctest.h>

#include "support/executors.hpp"
#include "unit/loss/pairs.hpp"

#include <algorithm>
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

/// The labels in the order of `rank`.
column in_order(column const& y, std::vector<std::size_t> const& rank) {
  column sorted(y.size());
  for (std::size_t i = 0; i < y.size(); ++i) {
    sorted[rank[i]] = y[i];
  }
  return sorted;
}

/// Lambda gradients by their definition: items exchange places, and `value`, the metric of labels in their order
/// written down anew, is computed again.
template <class Value>
naive::result by_exchanges(Value const& value, naive::live_list const& l, double steepness) {
  std::vector<std::size_t> const rank = naive::ranks(l.scores);
  double const now = value(in_order(l.labels, rank));
  return naive::of_list(
      l.scores, l.labels,
      [&](double d, double t) {
        naive::term const x = naive::logistic(steepness * d, t);
        return naive::term{x.value, steepness * x.slope, steepness * steepness * x.curvature};
      },
      [&](std::size_t i, std::size_t j) {
        auto exchanged = rank;
        std::swap(exchanged[i], exchanged[j]);
        return l.weights[i] * std::fabs(value(in_order(l.labels, exchanged)) - now);
      });
}

/// A weight of registers is the weight of their lanes.
template <class Weight>
void check_registers(Weight const& weight) {
  using V = rw::exec::simd::vector<double>;
  constexpr std::size_t lanes = static_cast<std::size_t>(rw::math::lanes<V>);
  constexpr std::size_t keys = Weight::label_keys + Weight::rank_keys;
  support::random r{77};
  for (int round = 0; round < 20; ++round) {
    column const numbers = r.uniforms<double>(2 * keys * lanes, 0, 4);
    V better[keys];
    V worse[keys];
    for (std::size_t k = 0; k < keys; ++k) {
      better[k] = rw::math::load<V>(&numbers[2 * k * lanes]);
      worse[k] = rw::math::load<V>(&numbers[(2 * k + 1) * lanes]);
    }
    double together[lanes];
    rw::math::store(together, weight(better, worse));
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      double b[keys];
      double w[keys];
      for (std::size_t k = 0; k < keys; ++k) {
        b[k] = numbers[2 * k * lanes + lane];
        w[k] = numbers[(2 * k + 1) * lanes + lane];
      }
      CHECK(support::near(together[lane], weight(b, w), 1e-14));
    }
  }
}

/// On one item at a time, which compiles in half the time; the loops of registers are the same for all weights.
template <class Executor = rw::exec::scalar, class Metric, class Value>
void check_metric(Metric const& metric, std::size_t longest, Value const& in_words) {
  rw::loss::lambda<Metric> loss{};
  loss.metric = metric;
  loss.steepness = 1.25;
  rw::workspace memory;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    for (unsigned const which : {0u, 7u}) {
      CAPTURE(seed);
      CAPTURE(which);
      problem const p(seed, 8, longest);
      naive::result const expected = naive::of_problem(
          p, which, [&](naive::live_list const& l) { return by_exchanges(in_words, l, loss.steepness); });
      column g(p.items());
      column h(p.items());
      auto const data = loss.prepare(Executor{}, p.labels, p.lists(), p.options(which));
      // Without the value: other loops, the same numbers.
      for (bool const value : {true, false}) {
        CAPTURE(value);
        double const total = loss.gradient(Executor{}, p.scores, data, g, h, memory, {.value = value});
        CHECK(support::near(total, value ? expected.value : 0, 1e-11));
        CHECK(naive::distance(g, expected.gradient) < 1e-11);
        CHECK(naive::distance(h, expected.hessian) < 1e-11);
      }
    }
  }
  check_registers(rw::pair_weight::of_metric<Metric>::make(metric));
}

/// Sum of gain x discount over the first `cutoff`.
double gains(column const& y, std::size_t cutoff, bool linear = false) {
  double sum = 0;
  for (std::size_t r = 0; r < y.size() && r < cutoff; ++r) {
    sum += (linear ? y[r] : naive::gain(y[r])) * naive::discount(r);
  }
  return sum;
}

} // namespace

TEST_CASE("loss/lambda: what metrics change by when two items exchange places, against metrics evaluated anew") {
  SUBCASE("ndcg@5") {
    check_metric<rw::exec::simd>(rw::metric::ndcg<5>{}, 20, [](column const& y) {
      double const ideal = naive::ideal(y, 5);
      return ideal > 0 ? gains(y, 5) / ideal : 0;
    });
  }
  SUBCASE("dcg, linear gain") {
    check_metric(rw::metric::dcg<rw::rank::all, rw::gain::linear>{}, 20,
                 [](column const& y) { return gains(y, y.size(), true); });
  }
  SUBCASE("map@4, capped") {
    check_metric(rw::metric::map<4, rw::denominator::capped>{.threshold = 3}, 20, [](column const& y) {
      double found = 0;
      double sum = 0;
      for (std::size_t r = 0; r < y.size() && r < 4; ++r) {
        found += y[r] >= 3 ? 1 : 0;
        sum += y[r] >= 3 ? found / static_cast<double>(r + 1) : 0;
      }
      auto const relevant = static_cast<double>(std::count_if(y.begin(), y.end(), [](double x) { return x >= 3; }));
      return relevant > 0 ? sum / std::min(relevant, 4.0) : 0;
    });
  }
  SUBCASE("mrr") {
    check_metric(rw::metric::mrr<>{.threshold = 3}, 20, [](column const& y) {
      for (std::size_t r = 0; r < y.size(); ++r) {
        if (y[r] >= 3) {
          return 1 / static_cast<double>(r + 1);
        }
      }
      return 0.0;
    });
  }
  SUBCASE("err") {
    check_metric(rw::metric::err<>{.max_grade = 5}, 15, [](column const& y) {
      double there = 1;
      double sum = 0;
      for (std::size_t r = 0; r < y.size(); ++r) {
        double const stops = naive::gain(y[r]) / 32;
        sum += there * stops / static_cast<double>(r + 1);
        there *= 1 - stops;
      }
      return sum;
    });
  }
  SUBCASE("precision@4") {
    check_metric(rw::metric::precision<4>{.threshold = 2}, 20, [](column const& y) {
      double found = 0;
      for (std::size_t r = 0; r < y.size() && r < 4; ++r) {
        found += y[r] >= 2 ? 1 : 0;
      }
      return found / 4;
    });
  }
  SUBCASE("arp") {
    check_metric(rw::metric::arp<>{}, 20, [](column const& y) {
      double sum = 0;
      double mass = 0;
      for (std::size_t r = 0; r < y.size(); ++r) {
        sum += y[r] * static_cast<double>(r + 1);
        mass += y[r];
      }
      return mass > 0 ? sum / mass : 0;
    });
  }
  SUBCASE("rbp") {
    check_metric(rw::metric::rbp<>{.p = 0.7}, 20, [](column const& y) {
      double sum = 0;
      for (std::size_t r = 0; r < y.size(); ++r) {
        sum += y[r] > 0 ? 0.3 * std::pow(0.7, static_cast<double>(r)) : 0;
      }
      return sum;
    });
  }
}

using first_seven = rw::loss::pairwise<
    rw::pair::logistic,
    rw::pair_weight::discounted_gain<rw::gain::exponential, rw::discount::log2, rw::rank::all, rw::rank::all, true>,
    rw::pairs::either_in_top<7>>;

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
        support::for_each_executor([&](auto executor) {
          if constexpr (!std::is_same_v<decltype(executor), rw::exec::scalar>) { // it is above, and in tests/every
            on(executor);
          }
        });
      } else {
        on(rw::exec::simd{});
      }
    }
  };
  SUBCASE("all pairs") {
    check(rw::loss::lambda<rw::metric::ndcg<>>{}, 1000, std::false_type{});
  }
  SUBCASE("truncated") {
    check(first_seven{}, 7, std::true_type{});
  }
}

TEST_CASE("loss/lambda: scores far apart take the exact way") {
  column const y{0, 2, 1, 0, 3, 1};
  auto const lists = rw::lists<>::single(y.size());
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
    auto const agrees = [&](auto const& loss) {
      auto const data = loss.prepare(y, lists);
      for (bool const wanted : {true, false}) {
        CAPTURE(wanted);
        double const value = loss.gradient(sf, data, g, h, {.value = wanted});
        CHECK(support::near(value, wanted ? expected.value : 0, 1e-6, 1e-6));
        CHECK(naive::distance(g, expected.gradient) < 2e-6);
        CHECK(naive::distance(h, expected.hessian, 1e-30) < 2e-6); // what float cannot hold is 0
      }
    };
    agrees(rw::loss::lambda<rw::metric::ndcg<>>{});
    agrees(first_seven{}); // six items: nobody is left out
  }
}

TEST_CASE("loss/lambda: with ties::expected the order of equal scores does not matter") {
  column s{1, 1, 1, 0, 0, 2, 0, 1};
  column y{0, 2, 1, 3, 0, 1, 1, 0};
  auto const lists = rw::lists<>::single(s.size());
  constexpr auto fair = rw::loss::lambda<rw::metric::ndcg<4, rw::ties::expected>>{};
  column g(8);
  column h(8);
  constexpr rw::exec::scalar one; // ties are no business of registers
  double const value = fair.gradient(one, s, y, lists, g, h);
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
    column h2(8);
    for (std::size_t i = 0; i < 8; ++i) {
      s2[i] = s[order[i]];
      y2[i] = y[order[i]];
    }
    fair.gradient(one, s2, y2, lists, g2, h2);
    for (std::size_t i = 0; i < 8; ++i) {
      CHECK(support::near(g2[i], g[order[i]], 1e-12));
    }
  }
}

TEST_CASE("loss/lambda: the cutoff of LambdaLoss (Jagerman et al. 2022)") {
  column const s{3, 2.5, 2, 1.5, 1, 0.5};
  column const y{0, 2, 1, 0, 3, 1};
  using weight = rw::pair_weight::ndcg_loss2<2, rw::gain::exponential, rw::discount::log2, false>;
  column g(6);
  column h(6);
  double const value =
      rw::loss::pairwise<rw::pair::logistic, weight>{}.gradient(rw::exec::scalar{}, s, y, rw::lists<>::single(6), g, h);
  check_registers(weight{});
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
