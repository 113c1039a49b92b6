#include <rankwise/loss/softmax.hpp>

#include <doctest/doctest.h>

#include "support/problem.hpp"

#include <cmath>
#include <limits>
#include <vector>

namespace rw = rankwise;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// The definition, summed directly.
double reference(support::problem<double> const& p, unsigned options, double temperature, std::vector<double>& gradient,
                 std::vector<double>& hessian) {
  gradient.assign(p.items(), 0);
  hessian.assign(p.items(), 0);
  double value = 0;
  for (std::size_t l = 0; l < p.size(); ++l) {
    double const q = (options & 2u) != 0 ? p.list_weights[l] : 1;
    auto const weight = [&](std::size_t i) {
      return (options & 4u) != 0 && p.mask[i] == 0 ? 0 : (options & 1u) != 0 ? p.item_weights[i] : 1;
    };
    auto const in = [&](std::size_t i) { return (options & 4u) == 0 || p.mask[i] != 0; };
    double total = 0;
    double mass = 0;
    for (std::size_t i = p.begin_of(l); i < p.end_of(l); ++i) {
      total += in(i) ? std::exp(p.scores[i] / temperature) : 0;
      mass += in(i) ? weight(i) * p.labels[i] : 0;
    }
    for (std::size_t i = p.begin_of(l); i < p.end_of(l); ++i) {
      if (in(i)) {
        double const share = std::exp(p.scores[i] / temperature) / total;
        value -= q * weight(i) * p.labels[i] * std::log(share);
        gradient[i] = q * (mass * share - weight(i) * p.labels[i]) / temperature;
        hessian[i] = q * mass * share * (1 - share) / (temperature * temperature);
      }
    }
  }
  return value;
}

} // namespace

TEST_CASE("values of other libraries") {
  constexpr rw::loss::softmax loss;
  // Rax, losses.py
  CHECK(loss.value(std::vector<double>{2, 1, 3}, std::vector<double>{1, 0, 0}, rw::lists<>::single(3)) ==
        doctest::Approx(1.4076059644443806).epsilon(1e-12));
  // Rax, documentation: the gradient of the mean over two lists
  std::vector<double> const s{0, 1, 3, 1, 2, 0};
  std::vector<double> const y{0, 0, 1, 1, 0, 0};
  std::vector<double> g(6);
  std::vector<double> const half{0.5, 0.5};
  loss.gradient(s, y, rw::lists<>::uniform(2, 3), g, {.list_weights = half});
  double const expected[]{0.021005033067033024, 0.05709759969229724, -0.07810263275933027,
                          -0.3776357644726012,  0.33262047788741084, 0.04501528658519022};
  for (std::size_t i = 0; i < 6; ++i) {
    CHECK(g[i] == doctest::Approx(expected[i]).epsilon(1e-12));
  }
  // TensorFlow Ranking, losses_impl_test.py: labels divided by their sum
  std::vector<double> per_list(2);
  std::vector<int> const offsets{0, 3, 5};
  loss.value(std::vector<float>{1, 3, 2, 1, 3}, std::vector<float>{0, 0, 1, 0, 1}, rw::lists(offsets),
             {.per_list = per_list});
  CHECK(per_list[0] == doctest::Approx(1.4076059644443806).epsilon(1e-6));
  CHECK(per_list[1] == doctest::Approx(0.1269280110429727).epsilon(1e-6));
  // TensorFlow Ranking, keras/losses.py
  CHECK(loss.value(std::vector<double>{0.6, 0.8}, std::vector<int>{1, 0}, rw::lists<>::single(2)) ==
        doctest::Approx(0.798138869381592).epsilon(1e-12));
}

TEST_CASE("value, gradient and hessian are those of the definition") {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    support::problem<double> const p(seed);
    for (unsigned which = 0; which < p.combinations; ++which) {
      for (double temperature : {1.0, 0.3, 7.0}) {
        CAPTURE(seed);
        CAPTURE(which);
        CAPTURE(temperature);
        rw::loss::softmax const loss{.temperature = temperature};
        std::vector<double> gradient;
        std::vector<double> hessian;
        double const value = reference(p, which, temperature, gradient, hessian);
        std::vector<double> g(p.items(), 99);
        std::vector<double> h(p.items(), 99);
        CHECK(support::near(loss.gradient(p.scores, p.labels, p.lists(), g, h, p.options(which)), value, 1e-12));
        for (std::size_t i = 0; i < p.items(); ++i) {
          CAPTURE(i);
          CHECK(support::near(g[i], gradient[i], 1e-12));
          CHECK(support::near(h[i], hessian[i], 1e-12));
        }
      }
    }
  }
}

TEST_CASE("an item with a score of minus infinity is out of its list, as a masked one is") {
  std::vector<double> const scores{0.5, -infinity, 1, 2};
  std::vector<double> const labels{1, 3, 0, 2};
  std::vector<int> const mask{1, 0, 1, 1};
  auto const groups = rw::lists<>::single(4);
  constexpr rw::loss::softmax loss;
  std::vector<double> g(4, 9);
  std::vector<double> h(4, 9);
  std::vector<double> gm(4, 9);
  std::vector<double> hm(4, 9);
  std::vector<double> const finite{0.5, 77, 1, 2};
  double const value = loss.gradient(scores, labels, groups, g, h);
  CHECK(value == loss.gradient(finite, labels, groups, gm, hm, {.mask = mask}));
  CHECK(g == gm);
  CHECK(h == hm);
  CHECK(g[1] == 0);
  CHECK(g[0] + g[2] + g[3] == doctest::Approx(0).epsilon(1e-14));
}

TEST_CASE_TEMPLATE("the widest scores give no NaN", T, float, double) {
  T const big = std::numeric_limits<T>::max();
  std::vector<T> const scores{big, -big, 0, big};
  std::vector<T> const labels{1, 0, 0, 0};
  std::vector<T> g(4);
  std::vector<T> h(4);
  CHECK(rw::loss::softmax{}.gradient(scores, labels, rw::lists<>::single(4), g, h) == doctest::Approx(std::log(2.0)));
  CHECK(g == std::vector<T>{T(-0.5), 0, 0, T(0.5)});
  CHECK(h == std::vector<T>{T(0.25), 0, 0, T(0.25)});
}

TEST_CASE("a list whose value overflows is flagged, not silently infinite") {
  std::vector<float> const scores{3e38f, -3e38f, 1, 2};
  std::vector<float> const labels{0, 3, 1, 0};
  std::vector<float> g(4, 9);
  std::vector<double> per_list(2);
  rw::status s;
  double const value =
      rw::loss::softmax{}.gradient(scores, labels, rw::lists<>::uniform(2, 2), g, {.per_list = per_list, .errors = s});
  CHECK(s.code == rw::errc::not_finite);
  CHECK(s.where == 0);
  CHECK(std::isnan(per_list[0]));
  CHECK(value == per_list[1]);
  CHECK(g[0] == 0);
  CHECK(g[1] == 0);
  CHECK(g[2] == -g[3]);
}

TEST_CASE("labels may be negative, fractional, or all zero") {
  std::vector<double> const scores{1, 2, 3};
  std::vector<double> g(3);
  auto const groups = rw::lists<>::single(3);
  CHECK(rw::loss::softmax{}.gradient(scores, std::vector<int>{0, 0, 0}, groups, g) == 0);
  CHECK(g == std::vector<double>{0, 0, 0});
  double const plus = rw::loss::softmax{}.value(scores, std::vector<double>{0.5, 0, 0}, groups);
  double const minus = rw::loss::softmax{}.value(scores, std::vector<double>{-0.5, 0, 0}, groups);
  CHECK(plus == -minus);
}
