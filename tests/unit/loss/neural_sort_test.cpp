#include <rankwise/backend/emulated.hpp>
#include <rankwise/loss/neural_sort.hpp>

#include "support/random.hpp"
#include "unit/loss/derivatives.hpp"
#include "unit/loss/golden.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace neural_sort_test {

namespace rw = rankwise;
using rw::loss::neural_sort;
using rw::loss::soft_sort;

namespace {

// The matrices as they are defined, all n^2 entries, in double. Returns minus the NDCG.
double reference(std::vector<double> const& s, std::vector<double> const& y, double temperature, bool neural,
                 int rounds, std::size_t cutoff) {
  std::size_t const n = s.size();
  auto sorted = s;
  std::sort(sorted.begin(), sorted.end(), std::greater<>());
  std::vector<std::vector<double>> p(n, std::vector<double>(n));
  for (std::size_t i = 0; i < n; ++i) {
    double top = -INFINITY;
    for (std::size_t j = 0; j < n; ++j) {
      double far = 0;
      for (std::size_t k = 0; k < n; ++k) {
        far += std::fabs(s[j] - s[k]);
      }
      double const slope = static_cast<double>(n) - 1 - 2 * static_cast<double>(i);
      p[i][j] = (neural ? slope * s[j] - far : -std::fabs(sorted[i] - s[j])) / temperature;
      top = std::max(top, p[i][j]);
    }
    double total = 0;
    for (double& x : p[i]) {
      x = std::exp(x - top);
      total += x;
    }
    for (double& x : p[i]) {
      x /= total;
    }
  }
  for (int t = 0; t < rounds; ++t) {
    for (std::size_t j = 0; j < n; ++j) {
      double total = 0;
      for (auto const& row : p) {
        total += row[j];
      }
      for (auto& row : p) {
        row[j] /= total;
      }
    }
    for (auto& row : p) {
      double total = 0;
      for (double const x : row) {
        total += x;
      }
      for (double& x : row) {
        x /= total;
      }
    }
  }
  auto ideal = y;
  std::sort(ideal.begin(), ideal.end(), std::greater<>());
  double sum = 0;
  double best = 0;
  for (std::size_t i = 0; i < std::min(n, cutoff); ++i) {
    double const d = 1 / std::log2(static_cast<double>(i) + 2);
    best += (std::exp2(ideal[i]) - 1) * d;
    for (std::size_t j = 0; j < n; ++j) {
      sum += d * p[i][j] * (std::exp2(y[j]) - 1);
    }
  }
  return best > 0 ? -sum / best : 0;
}

template <class Loss>
void check_reference(Loss const& loss, bool neural, int rounds, std::size_t cutoff, double temperature) {
  for (std::size_t n : {1u, 2u, 5u, 17u, 40u, 90u}) {
    CAPTURE(n);
    support::random r{n};
    auto const s = r.uniforms<double>(n, -2, 2);
    auto const y = r.grades<double>(n, 4);
    double const expected = reference(s, y, temperature, neural, rounds, cutoff);
    CHECK(support::values_of<double>(loss, {{s, y}})[0] == doctest::Approx(expected).epsilon(1e-11));
    CHECK(support::values_of<float>(loss, {{s, y}})[0] == doctest::Approx(expected).epsilon(1e-5));
  }
}

template <class Loss>
void check_all(Loss const& loss) {
  support::check_derivatives(loss, support::distinct_scores);
  support::check_masks<false>(loss);
  support::check_hostile(loss);
}

} // namespace

TEST_CASE("neural_sort: values of TensorFlow Ranking") {
  support::check_golden(neural_sort<rw::metric::ndcg<>>{}, support::tfr_lists(),
                        {-0.7615711772920234, -0.9560057481942946});
}

TEST_CASE("relaxed permutations: all entries, by definition") {
  check_reference(neural_sort<rw::metric::ndcg<>>{.temperature = 1.5}, true, 0, 1000, 1.5);
  check_reference(neural_sort<rw::metric::ndcg<3>>{}, true, 0, 3, 1);
  check_reference(neural_sort<rw::metric::ndcg<>, 6>{}, true, 6, 1000, 1);
  check_reference(soft_sort<rw::metric::ndcg<>>{.temperature = 0.2}, false, 0, 1000, 0.2);
}

TEST_CASE("neural_sort: a cold temperature gives the metric itself") {
  support::problem<double> const p = support::without_ties(support::problem<double>(4, 10, 30));
  std::vector<double> soft(p.size());
  std::vector<double> hard(p.size());
  neural_sort<rw::metric::ndcg<3>>{.temperature = 1e-5}.value(p.scores, p.labels, p.lists(), {.per_list = soft});
  rw::metric::ndcg<3>{}(p.scores, p.labels, p.lists(), {.per_list = hard});
  for (std::size_t l = 0; l < p.size(); ++l) {
    CAPTURE(l);
    CHECK(-soft[l] == doctest::Approx(hard[l]).epsilon(1e-9));
  }
  constexpr rw::exec::scalar one;
  constexpr rw::metric::rbp<> first{.p = 0}; // the first place alone
  neural_sort<rw::metric::rbp<>>{.temperature = 1e-5, .metric = first}.value(one, p.scores, p.labels, p.lists(),
                                                                             {.per_list = soft});
  first(one, p.scores, p.labels, p.lists(), {.per_list = hard});
  for (std::size_t l = 0; l < p.size(); ++l) {
    CAPTURE(l);
    CHECK(-soft[l] == doctest::Approx(hard[l]).epsilon(1e-9));
  }
}

TEST_CASE("neural_sort: derivatives, masks, hostile lists") {
  check_all(neural_sort<rw::metric::ndcg<3>>{.temperature = 2});
}
TEST_CASE("neural_sort with rounds of scaling: derivatives, masks, hostile lists") {
  check_all(neural_sort<rw::metric::ndcg<>, 6>{});
}
TEST_CASE("soft_sort: derivatives, masks, hostile lists") {
  check_all(soft_sort<rw::metric::ndcg<>, 3>{});
}

TEST_CASE("neural_sort with rounds: rows too wide to be kept have the derivatives of those that are") {
  // Register by register, rows of long lists have more places that count than are kept; number by number they do not.
  auto const check = [](auto const& loss) {
    INFO("seed 5");
    support::random random(5);
    auto const scores = random.uniforms<double>(200, -4, 4);
    auto const labels = random.grades<double>(200, 5);
    rw::lists<> const lists = rw::lists<>::single(200);
    std::vector<double> kept(200), kept_hessian(200), wide(200), wide_hessian(200);
    loss.gradient(rw::exec::scalar{}, scores, labels, lists, kept, kept_hessian);
    loss.gradient(rw::exec::emulated<32>{}, scores, labels, lists, wide, wide_hessian);
    for (std::size_t i = 0; i < 200; ++i) {
      CAPTURE(i);
      CHECK(std::fabs(wide[i] - kept[i]) < 1e-12);
      CHECK(std::fabs(wide_hessian[i] - kept_hessian[i]) < 1e-12);
    }
  };
  check(neural_sort<rw::metric::ndcg<>, 5>{});
  check(neural_sort<rw::metric::ndcg<10>, 3>{});
}

TEST_CASE("NeuralNDCG: columns and then rows are scaled, as in allRank") {
  // By torch, from the paper's formulas in double and with autograd: softmax of the rows, then in every round the
  // columns and the rows.
  std::vector<double> const s{0.2, 1.1, -0.3, 0.6, 0.9};
  std::vector<double> const y{2, 0, 1, 0, 3};
  auto const check = [&](auto const& loss, double value, std::vector<double> const& slopes) {
    auto const in = [&](auto executor, auto number, double tolerance) {
      using T = decltype(number);
      std::vector<T> const scores(s.begin(), s.end());
      std::vector<T> g(5);
      CHECK(loss.gradient(executor, scores, y, rw::lists<>::single(5), g) == doctest::Approx(value).epsilon(tolerance));
      for (std::size_t i = 0; i < 5; ++i) {
        CAPTURE(i);
        CHECK(g[i] == doctest::Approx(slopes[i]).epsilon(tolerance));
      }
    };
    in(rw::exec::simd{}, double{}, 1e-12);
    in(rw::exec::scalar{}, double{}, 1e-12);
    in(rw::exec::simd{}, float{}, 1e-5);
  };
  check(neural_sort<rw::metric::ndcg<>, 20>{.temperature = 0.2}, -0.7048610706731754,
        {-0.019266237894024325, 0.2781301085868357, 0.003926566892209675, 0.1066404262932405, -0.36943086387826146});
  check(neural_sort<rw::metric::ndcg<>, 50>{}, -0.7187471343605616,
        {-0.01491711083160869, 0.10107382332290502, 0.004817304699328737, 0.10427646797257355, -0.19525048516319862});
  check(neural_sort<rw::metric::ndcg<2>, 3>{}, -0.4600517872420284,
        {-0.0217864646871611, 0.19218043222104889, 0.002694163554356739, 0.2276608575121782, -0.40074898860042274});
}

} // namespace neural_sort_test
