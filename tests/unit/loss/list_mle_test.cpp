#include <rankwise/loss/list_mle.hpp>

#include "support/allocations.hpp"
#include "support/executors.hpp"
#include "support/random.hpp"
#include "unit/loss/derivatives.hpp"
#include "unit/loss/golden.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace rw = rankwise;

TEST_CASE("list_mle: values of other libraries") {
  support::check_golden(rw::loss::list_mle{}, support::tfr_lists(), {3.5345339754873533, 0.1269280110429727});
  support::check_golden(rw::loss::list_mle{}, {{{0.5, 0.3}, {1, 0}}}, {0.5981388693815917}); // allRank
  // Keras-RS, temperature 0.5; equal labels keep the order of the list
  support::check_golden(rw::loss::list_mle{.temperature = 0.5},
                        {{{1.0, 3.0, 2.0, 4.0, 0.8}, {1, 0, 1, 3, 2}}, {{1.0, 1.8, 2.0, 3.0, 2.0}, {0, 1, 2, 3, 1.5}}},
                        {10.969891280015387, 2.1283305691501506});
  // sentence-transformers
  std::vector<double> const s{1.5, 0.3};
  std::vector<double> g(2);
  CHECK(rw::loss::list_mle{}.gradient(s, std::vector<int>{2, 1}, rw::lists<>::single(2), g) ==
        doctest::Approx(0.2632824673380312).epsilon(1e-9));
  CHECK(g[0] == doctest::Approx(-0.23147521632793655).epsilon(1e-7));
  CHECK(g[1] == doctest::Approx(0.23147521643895885).epsilon(1e-7));
}

TEST_CASE("list_mle: derivatives, masks, hostile lists") {
  rw::loss::list_mle const loss{.temperature = 0.7};
  support::check_derivatives(loss, support::true_hessian);
  support::check_masks(loss);
  support::check_hostile(loss);
}

TEST_CASE("p_list_mle: derivatives, masks, hostile lists") {
  support::check_derivatives(rw::loss::p_list_mle{}, support::true_hessian);
  support::check_masks(rw::loss::p_list_mle{});
  support::check_hostile(rw::loss::p_list_mle{});
}

TEST_CASE("p_list_mle: place k of n weighs 2^(n-1-k) - 1, divided by the sum") {
  std::vector<double> const s{0.1, 0.9, -0.4, 0.3};
  std::vector<double> const y{3, 2, 1, 0};
  double expected = 0;
  for (std::size_t k = 0; k < 4; ++k) {
    double rest = 0;
    for (std::size_t j = k; j < 4; ++j) {
      rest += std::exp(s[j]);
    }
    expected += (std::exp2(3.0 - static_cast<double>(k)) - 1) / 11 * (std::log(rest) - s[k]);
  }
  CHECK(rw::loss::p_list_mle{}.value(s, y, rw::lists<>::single(4)) == doctest::Approx(expected).epsilon(1e-13));
}

namespace {

// The definition with long double, n log n.
template <class T>
std::vector<double> reference(std::vector<T> const& s, std::vector<T> const& y, double& value) {
  std::size_t const n = s.size();
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return y[a] > y[b]; });
  std::vector<long double> lse(n);
  long double run = -INFINITY;
  long double total = 0;
  for (std::size_t k = n; k-- > 0;) {
    long double const x = static_cast<long double>(s[order[k]]);
    long double const high = std::max(run, x);
    run = high + std::log1p(std::exp(std::min(run, x) - high));
    lse[k] = run;
    total += run - x;
  }
  std::vector<double> g(n);
  // sum over k <= i of e^(s_i - lse_k), kept relative to lse_i
  long double above = 0;
  for (std::size_t i = 0; i < n; ++i) {
    above = i == 0 ? 1 : above * std::exp(lse[i] - lse[i - 1]) + 1;
    g[order[i]] = static_cast<double>(std::exp(static_cast<long double>(s[order[i]]) - lse[i]) * above - 1);
  }
  value = static_cast<double>(total);
  return g;
}

template <class T>
void check_long(double spread, double tolerance, std::size_t n = 100'000, double around = 0) {
  support::random r{11};
  auto const s = r.uniforms<T>(n, around - spread, around + spread);
  auto const y = r.grades<T>(n, 5);
  double expected = 0;
  auto const slope = reference(s, y, expected);
  std::vector<T> g(n);
  double const value = rw::loss::list_mle{}.gradient(s, y, rw::lists<>::single(n), g);
  CHECK(support::near(value, expected, tolerance));
  double const largest = std::fabs(
      *std::max_element(slope.begin(), slope.end(), [](double a, double b) { return std::fabs(a) < std::fabs(b); }));
  double worst = 0;
  for (std::size_t i = 0; i < n; ++i) {
    worst = std::max(worst, std::fabs(static_cast<double>(g[i]) - slope[i]));
  }
  CHECK(worst <= tolerance * largest);
}

} // namespace

TEST_CASE("list_mle: a hundred thousand items, scores near each other and far apart") {
  check_long<double>(3, 1e-11);
  check_long<double>(2000, 1e-9);
  check_long<float>(3, 2e-5);
  check_long<float>(500, 2e-4);
}

TEST_CASE("list_mle: so many large scores that products of sums are no numbers") {
  check_long<float>(0.25, 2e-5, 500'000, 15.7);
  check_long<float>(0.25, 2e-5, 900'000, 15.7);
}

TEST_CASE("list_mle: executors agree, items stored by label or not, and nothing is allocated") {
  support::problem<double> p(5, 9, 70);
  for (int stored = 0; stored < 2; ++stored) {
    CAPTURE(stored);
    if (stored == 1) {
      for (std::size_t l = 0; l < p.size(); ++l) {
        std::sort(p.labels.begin() + p.offsets[l], p.labels.begin() + p.offsets[l + 1], std::greater<>());
      }
    }
    rw::loss::list_mle const loss{};
    auto const data = loss.prepare(p.labels, p.lists(), p.options(stored == 0 ? 7u : 1u));
    std::vector<double> first(p.items());
    rw::workspace w(loss.workspace_bytes(data));
    double const value = loss.gradient(p.scores, data, first, w);
    CHECK(support::allocations_of([&] { loss.gradient(p.scores, data, first, w); }) == 0);
    support::for_each_executor([&](auto executor) {
      std::vector<double> g(p.items());
      CHECK(support::near(loss.gradient(executor, p.scores, data, g), value, 1e-12));
      for (std::size_t i = 0; i < g.size(); ++i) {
        CHECK(support::near(g[i], first[i], 1e-12));
      }
    });
  }
}

TEST_CASE("list_mle: a long list of floats loses nothing, item by item as well") {
  std::size_t const n = 300'000;
  support::random random(10);
  auto const scores = random.uniforms<float>(n, -3, 3);
  auto const labels = random.uniforms<float>(n, 0, 1);
  std::vector<float> const weights(n, 1.5f);
  std::vector<double> const exact_scores(scores.begin(), scores.end());
  auto const one = rw::lists<>::single(n);
  rw::loss::list_mle const loss{};
  double const exact = loss.value(exact_scores, labels, one);
  CHECK(std::abs(loss.value(rw::exec::scalar{}, scores, labels, one) / exact - 1) < 3e-7);
  CHECK(std::abs(loss.value(scores, labels, one) / exact - 1) < 3e-7);
  CHECK(std::abs(loss.value(rw::exec::scalar{}, scores, labels, one, {.item_weights = weights}) / exact / 1.5 - 1) <
        3e-7);
}

namespace {

// The first item is so far ahead that it takes no part in what the others share.
template <class T, class Loss>
void check_far_ahead(Loss const& loss, double ahead, double value, double slope) {
  CAPTURE(ahead);
  std::vector<T> const s{static_cast<T>(ahead), T(0.3), 0};
  std::vector<int> const y{2, 1, 0};
  auto const one = rw::lists<>::single(3);
  double const tolerance = sizeof(T) == 4 ? 1e-6 : 1e-14;
  support::for_each_executor([&](auto executor) {
    std::vector<T> g(3), h(3);
    CHECK(loss.gradient(executor, s, y, one, g, h) == doctest::Approx(value).epsilon(tolerance));
    CHECK(g[0] == 0);
    CHECK(g[1] == doctest::Approx(-slope).epsilon(tolerance));
    CHECK(g[2] == doctest::Approx(slope).epsilon(tolerance));
    CHECK(g[0] + g[1] + g[2] == doctest::Approx(0).epsilon(tolerance));
    CHECK(h[1] == doctest::Approx(h[2]).epsilon(tolerance));
    CHECK(loss.value(executor, s, y, one) == loss.gradient(executor, s, y, one, g));
  });
}

} // namespace

TEST_CASE("list_mle, p_list_mle: what stands behind an item far ahead keeps its digits") {
  double const value = std::log1p(std::exp(-0.3)); // of the other two, whose places weigh 1, or 1/4
  double const slope = 1 / (1 + std::exp(0.3));
  for (double const ahead : {1e4, 1e6, 1e9}) {
    check_far_ahead<float>(rw::loss::list_mle{}, ahead, value, slope);
    check_far_ahead<float>(rw::loss::p_list_mle{}, ahead, value / 4, slope / 4);
  }
  check_far_ahead<double>(rw::loss::list_mle{}, 1e15, value, slope);
  check_far_ahead<double>(rw::loss::p_list_mle{}, 1e15, value / 4, slope / 4);
  check_far_ahead<double>(rw::loss::list_mle{}, 1e300, value, slope);
}
