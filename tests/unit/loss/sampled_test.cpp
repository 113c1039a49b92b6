#include <rankwise/backend/emulated.hpp>
#include <rankwise/loss/sampled.hpp>
#include <rankwise/metric/err.hpp>
#include <rankwise/metric/ndcg.hpp>

#include "unit/loss/derivatives.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace rw = rankwise;

namespace {

/// The largest error of the cosine, by registers and by single items, in epsilons.
template <class T>
double error_of_cosine() {
  using V = rw::exec::simd::vector<T>;
  std::size_t const n = 100'001;
  std::vector<T> v(n);
  std::vector<T> by_registers(n);
  for (std::size_t i = 0; i < n; ++i) {
    v[i] = static_cast<T>(i) / static_cast<T>(n - 1);
  }
  rw::for_each_pack<V>(
      n, [&](auto i) { rw::store(by_registers.data(), i, rw::loss::detail::cosine_of_turns(rw::load(v.data(), i))); });
  double largest = 0;
  for (std::size_t i = 0; i < n; ++i) {
    long double const expected = std::cos(2 * 3.14159265358979323846L * static_cast<long double>(v[i]));
    for (T const found : {by_registers[i], rw::loss::detail::cosine_of_turns(v[i])}) {
      largest = std::fmax(largest, static_cast<double>(std::fabs(static_cast<long double>(found) - expected)));
    }
  }
  return largest / static_cast<double>(std::numeric_limits<T>::epsilon());
}

} // namespace

TEST_CASE("stochastic_rank: the cosine of the noise, and its distribution") {
  CHECK(error_of_cosine<float>() < 2);
  CHECK(error_of_cosine<double>() < 2);
  static_assert(rw::loss::detail::cosine_of_turns(0.0) == 1 && rw::loss::detail::cosine_of_turns(0.5f) == -1);

  std::size_t const n = 200'000;
  double moment[4] = {};
  for (std::size_t i = 0; i < n; ++i) {
    double const z = rw::loss::detail::normal_of(rw::loss::detail::open_uniform<double>(1, i, 0),
                                                 rw::loss::detail::open_uniform<double>(1, i, 1));
    for (double power = z; double& m : moment) {
      m += power / static_cast<double>(n);
      power *= z;
    }
  }
  CHECK(std::fabs(moment[0]) < 0.01);
  CHECK(std::fabs(moment[1] - 1) < 0.02);
  CHECK(std::fabs(moment[2]) < 0.05);
  CHECK(std::fabs(moment[3] - 3) < 0.12);
}

TEST_CASE("stochastic_rank: the estimate is the gradient of the smoothed metric") {
  // Two items: E NDCG is known, P(first above second) = Phi(d / (sqrt(2) scale)).
  std::vector<double> const s{0.4, -0.3};
  std::vector<double> const y{1, 0};
  double const scale = 0.8;
  double const second = 1 / std::log2(3.0);
  double const z = 0.7 / (std::sqrt(2.0) * scale);
  double const p = 0.5 * std::erfc(-z / std::sqrt(2.0));
  double const slope = std::exp(-z * z / 2) / std::sqrt(2 * 3.14159265358979323846) / (std::sqrt(2.0) * scale);
  rw::loss::stochastic_rank<rw::metric::ndcg<>> const loss{.samples = 40'000, .scale = scale, .seed = 3};
  std::vector<double> g(2);
  std::vector<double> h(2);
  double const value = loss.gradient(s, y, rw::lists<>::single(2), g, h);
  CHECK(value == doctest::Approx(-(p + (1 - p) * second)).epsilon(0.01));
  CHECK(g[0] == doctest::Approx(-slope * (1 - second)).epsilon(0.03));
  CHECK(g[1] == doctest::Approx(slope * (1 - second)).epsilon(0.03));
  CHECK(h == std::vector<double>{1, 1});
}

TEST_CASE("stochastic_rank: any metric, the same draws again, hostile lists") {
  rw::loss::stochastic_rank<rw::metric::err<5>> loss{.samples = 4};
  support::problem<double> const p(4, 9, 80);
  double const a = loss.value(p.scores, p.labels, p.lists(), p.options(7));
  CHECK(a == loss.value(p.scores, p.labels, p.lists(), p.options(7)));
  loss.round = 1;
  CHECK(a != loss.value(p.scores, p.labels, p.lists(), p.options(7)));
  support::check_hostile(loss);
}

TEST_CASE("stochastic_rank: long lists, of which a metric sorts the best alone, feel the noise, too") {
  support::random draw(8);
  std::size_t const n = 150;
  auto const s = draw.uniforms<double>(n, -1, 1);
  auto const y = draw.grades<double>(n, 3);
  auto const one = rw::lists<>::single(n);
  rw::loss::stochastic_rank<rw::metric::ndcg<10>> const loss{.samples = 4, .seed = 5};
  std::vector<double> by_registers(n);
  std::vector<double> one_by_one(n);
  double const value = loss.gradient(rw::exec::simd{}, s, y, one, by_registers);
  CHECK(value == doctest::Approx(loss.gradient(rw::exec::scalar{}, s, y, one, one_by_one)).epsilon(1e-12));
  double largest = 0;
  for (std::size_t i = 0; i < n; ++i) {
    CHECK(by_registers[i] == doctest::Approx(one_by_one[i]).epsilon(1e-10));
    largest = std::fmax(largest, std::fabs(by_registers[i]));
  }
  CHECK(largest > 0);
}

TEST_CASE("yeti: with decay 0 and no noise, a logistic loss of the first two items") {
  std::vector<double> const s{0.1, 2, 1};
  std::vector<double> const y{0, 1, 4};
  std::vector<double> g(3);
  std::vector<double> h(3);
  rw::loss::yeti const loss{.samples = 3, .decay = 0, .noise = 0};
  // items 1 and 2 stand first; item 2 is better by 3 grades
  CHECK(loss.gradient(s, y, rw::lists<>::single(3), g, h) == doctest::Approx(3 * std::log1p(std::exp(1.0))));
  double const up = 1 / (1 + std::exp(-1.0));
  CHECK(g[1] == doctest::Approx(3 * up));
  CHECK(g[2] == doctest::Approx(-3 * up));
  CHECK(g[0] == 0);
  CHECK(h[1] == doctest::Approx(3 * up * (1 - up)));
}

namespace {

/// yeti of one list without noise, pair after pair, against the loss of T.
template <class T, class Executor>
void check_neighbours(Executor executor, std::size_t n, double bound) {
  CAPTURE(n);
  support::random draw(n + 1);
  auto const s = draw.uniforms<T>(n, -2, 2);
  auto const y = draw.grades<T>(n, 3);
  auto const w = draw.uniforms<T>(n, 0.5, 2);
  std::vector<std::uint8_t> mask(n);
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < n; ++i) {
    mask[i] = draw.below(5) != 0;
    if (mask[i] != 0) {
      order.push_back(i);
    }
  }
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return s[a] > s[b]; });
  double value = 0;
  std::vector<double> slope(n);
  std::vector<double> bend(n);
  for (std::size_t r = 0; r + 1 < order.size(); ++r) {
    bool const first_better = y[order[r]] > y[order[r + 1]];
    std::size_t const better = order[first_better ? r : r + 1];
    std::size_t const worse = order[first_better ? r + 1 : r];
    double const weight =
        std::pow(0.9, static_cast<double>(r)) * static_cast<double>((y[better] - y[worse]) * w[better]);
    double const x = static_cast<double>(s[worse]) - static_cast<double>(s[better]);
    double const p = 1 / (1 + std::exp(-x));
    value += weight * std::log1p(std::exp(x));
    slope[better] -= weight * p;
    slope[worse] += weight * p;
    bend[better] += weight * p / (1 + std::exp(x));
    bend[worse] += weight * p / (1 + std::exp(x));
  }
  std::vector<T> g(n);
  std::vector<T> h(n);
  rw::loss::yeti const loss{.samples = 2, .decay = 0.9, .noise = 0};
  double const found = loss.gradient(executor, s, y, rw::lists<>::single(n), g, h, {.item_weights = w, .mask = mask});
  CHECK(std::fabs(found - value) <= bound * (1 + value));
  for (std::size_t i = 0; i < n; ++i) {
    CHECK(std::fabs(static_cast<double>(g[i]) - slope[i]) <= bound);
    CHECK(std::fabs(static_cast<double>(h[i]) - bend[i]) <= bound);
  }
}

} // namespace

TEST_CASE("yeti: neighbours of an order, against pair after pair") {
  for (std::size_t const n : {1u, 2u, 3u, 5u, 8u, 17u, 33u, 40u, 200u}) {
    check_neighbours<double>(rw::exec::simd{}, n, 1e-13);
    check_neighbours<float>(rw::exec::simd{}, n, 2e-6);
    check_neighbours<double>(rw::exec::scalar{}, n, 1e-13);
    check_neighbours<double>(rw::exec::emulated<4>{}, n, 1e-13);
  }
  // Far apart, sigma(x) rounds to 1: its complement must not.
  std::vector<float> g(2);
  std::vector<float> h(2);
  rw::loss::yeti{.samples = 1, .noise = 0}.gradient(std::vector<float>{30, 0}, std::vector<float>{0, 1},
                                                    rw::lists<>::single(2), g, h);
  CHECK(static_cast<double>(h[0]) == doctest::Approx(std::exp(-30.0)).epsilon(1e-6));
  CHECK(h[0] == h[1]);
}

TEST_CASE("a mean of no samples is reported") {
  CHECK(rw::fault_of(rw::loss::yeti{.samples = 0}) == std::string("the samples of yeti (at least 1)"));
  CHECK(rw::fault_of(rw::loss::stochastic_rank<rw::metric::err<5>>{.samples = 0}) ==
        std::string("the samples of stochastic_rank (at least 1)"));
  rw::status told;
  std::vector<double> const s{1, 2};
  CHECK(std::isnan(rw::loss::yeti{.samples = 0}.value(s, s, rw::lists<>::single(2), {.errors = told})));
  CHECK(told.code == rw::errc::out_of_range);
}

TEST_CASE("yeti: gradients add up to zero; hostile lists; the same draws again") {
  rw::loss::yeti loss{.seed = 2};
  support::check_hostile(loss);
  support::problem<double> const p(4, 9, 80);
  std::vector<double> g(p.items());
  double const a = loss.gradient(p.scores, p.labels, p.lists(), g, p.options(3));
  for (std::size_t l = 0; l < p.size(); ++l) {
    double sum = 0;
    for (std::size_t i = p.begin_of(l); i < p.end_of(l); ++i) {
      sum += g[i];
    }
    CHECK(std::fabs(sum) < 1e-12);
  }
  CHECK(a == loss.value(p.scores, p.labels, p.lists(), p.options(3)));
  loss.seed = 3;
  CHECK(a != loss.value(p.scores, p.labels, p.lists(), p.options(3)));
}

TEST_CASE("stochastic_rank: the metric says the type, beside parameters in their order") {
  constexpr rw::loss::stochastic_rank loss{rw::metric::ndcg<3>{}, 4, 0.5};
  static_assert(std::is_same_v<decltype(loss), rw::loss::stochastic_rank<rw::metric::ndcg<3>> const>);
  static_assert(loss.samples == 4 && loss.scale == 0.5 && loss.curvature == 1);
}
