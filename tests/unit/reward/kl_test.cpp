#include <rankwise/exec/apply.hpp>
#include <rankwise/reward/kl.hpp>

#include <doctest/doctest.h>

#include "support/executors.hpp"
#include "support/problem.hpp"

#include <cmath>
#include <vector>

namespace rw = rankwise;
namespace reward = rw::reward;

namespace {

template <class Estimator>
double plain(double x) { // x = log ref - log pi
  if constexpr (std::is_same_v<Estimator, reward::k1>) {
    return -x;
  } else if constexpr (std::is_same_v<Estimator, reward::k2>) {
    return x * x / 2;
  } else {
    return std::exp(x) - 1 - x;
  }
}

} // namespace

TEST_CASE_TEMPLATE("value, gradient and hessian", Estimator, reward::k1, reward::k2, reward::k3) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    CAPTURE(seed);
    support::problem<double> const p(seed, 5, 20);
    for (unsigned which : {0u, 1u, 4u, 7u}) {
      CAPTURE(which);
      auto const opts = p.options(which);
      double expected = 0;
      for (std::size_t l = 0; l < p.size(); ++l) {
        double sum = 0;
        double n = 0;
        for (std::size_t i = p.begin_of(l); i < p.end_of(l); ++i) {
          if ((which & 4u) == 0 || p.mask[i] != 0) {
            n += 1;
            sum += ((which & 1u) != 0 ? p.item_weights[i] : 1) * plain<Estimator>(p.labels[i] - p.scores[i]);
          }
        }
        expected += n == 0 ? 0 : ((which & 2u) != 0 ? p.list_weights[l] : 1) * sum / n;
      }
      reward::kl<Estimator> const loss;
      auto const data = loss.prepare(p.labels, p.lists(), opts);
      std::vector<double> g(p.items()), h(p.items()), other(p.items());
      CHECK(support::near(loss.gradient(p.scores, data, g, h), expected, 1e-12));
      for (std::size_t i = 0; i < p.items(); ++i) {
        CAPTURE(i);
        auto const value = [&](auto const& x) { return loss.value(x, data); };
        auto const slope = [&](auto const& x) {
          loss.gradient(x, data, other);
          return other[i];
        };
        CHECK(support::near(g[i], support::difference(value, p.scores, i), 1e-8));
        CHECK(support::near(h[i], support::difference(slope, p.scores, i), 1e-8));
      }
    }
  }
}

TEST_CASE_TEMPLATE("k3 keeps its digits for differences of any size, and is never negative", T, float, double) {
  // Against sum over n >= 2 of x^n / n!, in long double.
  std::vector<T> pi, ref;
  for (T x = 40; x > T(1e-18); x *= T(0.7)) {
    for (T const sign : {T(1), T(-1)}) {
      pi.push_back(0);
      ref.push_back(sign * x);
    }
  }
  std::vector<T> k(pi.size());
  rw::apply(reward::k3{}, pi, ref, k);
  for (std::size_t i = 0; i < pi.size(); ++i) {
    CAPTURE(ref[i]);
    long double const x = ref[i];
    long double term = x * x / 2;
    long double sum = 0;
    for (int n = 3; n < 400; ++n) {
      sum += term;
      term *= x / static_cast<long double>(n);
    }
    sum = x < -2 ? std::exp(x) - 1 - x : sum;
    CHECK(k[i] >= 0);
    CHECK(std::abs(k[i] - sum) <= (sizeof(T) == 4 ? 3e-6L : 5e-15L) * sum);
  }
  std::vector<T> same(1);
  rw::apply(reward::k3{}, std::vector<T>{T(-1.25)}, std::vector<T>{T(-1.25)}, same);
  CHECK(same[0] == 0);
}

TEST_CASE("sums instead of means") {
  std::vector<double> const pi{-1, -2, -3};
  std::vector<double> const ref{-2, -2, -5};
  auto const one = rw::lists<>::single(3);
  CHECK(reward::kl<reward::k1>{}.value(pi, ref, one) == doctest::Approx(1));
  CHECK(reward::kl<reward::k1, reward::average::sum>{}.value(pi, ref, one) == doctest::Approx(3));
}
