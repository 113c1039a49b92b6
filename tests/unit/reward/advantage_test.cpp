#include <rankwise/exec/apply.hpp>
#include <rankwise/reward/advantage.hpp>
#include <rankwise/reward/surrogate.hpp>

#include <doctest/doctest.h>

#include "support/problem.hpp"

#include <cmath>
#include <limits>
#include <vector>

namespace rw = rankwise;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

// The definition, in the order of the items.
std::vector<double> reference(support::problem<double> const& p, bool masked, double correction, double epsilon) {
  std::vector<double> out(p.items(), 0);
  for (std::size_t l = 0; l < p.size(); ++l) {
    double n = 0;
    double mean = 0;
    for (std::size_t i = p.begin_of(l); i < p.end_of(l); ++i) {
      if (!masked || p.mask[i] != 0) {
        n += 1;
        mean += p.labels[i];
      }
    }
    mean /= n;
    double squares = 0;
    for (std::size_t i = p.begin_of(l); i < p.end_of(l); ++i) {
      squares += !masked || p.mask[i] != 0 ? (p.labels[i] - mean) * (p.labels[i] - mean) : 0;
    }
    for (std::size_t i = p.begin_of(l); i < p.end_of(l); ++i) {
      bool const in = (!masked || p.mask[i] != 0) && squares > 1e-20 && n > correction;
      out[i] = in ? (p.labels[i] - mean) / (std::sqrt(squares / (n - correction)) + epsilon) : 0;
    }
  }
  return out;
}

template <class Executor>
void compare(Executor executor, std::vector<double> const& expected, support::problem<double> const& p,
             rw::reward::group_normalised policy, rw::list_map_options const& opts) {
  std::vector<double> out(p.items(), 99);
  rw::map_lists(executor, policy, p.labels, p.lists(), out, opts);
  for (std::size_t i = 0; i < out.size(); ++i) {
    CAPTURE(i);
    CHECK(support::near(out[i], expected[i], 1e-12));
  }
}

} // namespace

TEST_CASE("eight answers, three of them right: population, and n - 1 with epsilon") {
  std::vector<double> const rewards{1, 0, 0, 1, 1, 0, 0, 0};
  std::vector<double> a(8);
  rw::map_lists(rw::reward::group_normalised{}, rewards, rw::lists<>::single(8), a);
  CHECK(a[0] == doctest::Approx(1.2909944487).epsilon(1e-10));
  CHECK(a[1] == doctest::Approx(-0.7745966692).epsilon(1e-10));
  rw::map_lists(rw::reward::group_normalised{.correction = 1, .epsilon = 1e-6}, rewards, rw::lists<>::single(8), a);
  CHECK(a[0] == doctest::Approx(1.2076123955).epsilon(1e-10));
  CHECK(a[1] == doctest::Approx(-0.7245674373).epsilon(1e-10));
  rw::map_lists(rw::reward::group_normalised{.correction = 1}, rewards, rw::lists<>::single(8), a);
  CHECK(a[0] == doctest::Approx(1.2076147288).epsilon(1e-10));
  CHECK(a[1] == doctest::Approx(-0.7245688373).epsilon(1e-10));
  std::vector<float> const f(rewards.begin(), rewards.end());
  std::vector<float> b(8);
  rw::map_lists(rw::reward::group_normalised{}, f, rw::lists<>::single(8), b);
  CHECK(b[0] == doctest::Approx(1.2909944487).epsilon(1e-6));
}

TEST_CASE("advantages are those of the definition, with and without a mask") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    CAPTURE(seed);
    support::problem<double> const p(seed);
    for (double correction : {0.0, 1.0}) {
      CAPTURE(correction);
      rw::reward::group_normalised const policy{.correction = correction, .epsilon = 0.25};
      auto const all = reference(p, false, correction, 0.25);
      auto const some = reference(p, true, correction, 0.25);
      compare(rw::exec::simd{}, all, p, policy, {});
      compare(rw::exec::simd{}, some, p, policy, {.mask = p.mask});
      compare(rw::exec::scalar{}, some, p, policy, {.mask = p.mask});
    }
  }
}

TEST_CASE_TEMPLATE("groups without variance get zeros: equal rewards, one rollout, none, all masked", T, float,
                   double) {
  // 0.1 has no exact mean: an advantage computed from rounding errors would be of the size of one.
  std::vector<T> const rewards{T(0.1), T(0.1), T(0.1), T(0.1), T(0.1), T(0.1), T(0.1), 5, 1, 2};
  std::vector<int> const offsets{0, 7, 8, 8, 10};
  std::vector<int> const mask{1, 1, 1, 1, 1, 1, 1, 1, 0, 0};
  for (double correction : {0.0, 1.0, 3.0}) {
    std::vector<T> a(10, T(9));
    rw::map_lists(rw::reward::group_normalised{.correction = correction}, rewards, rw::lists(offsets), a,
                  {.mask = mask});
    CHECK(a == std::vector<T>(10, T(0)));
  }
}

TEST_CASE("a group with NaN gets zeros and is reported; the others do not change") {
  std::vector<double> const rewards{1, not_a_number, 0, /**/ 1, 0, /**/ 0, std::numeric_limits<double>::infinity()};
  std::vector<int> const offsets{0, 3, 5, 7};
  std::vector<double> a(7, 9);
  rw::status s;
  rw::map_lists(rw::reward::group_normalised{}, rewards, rw::lists(offsets), a, {.errors = s});
  CHECK(s.code == rw::errc::not_finite);
  CHECK(s.where == 0);
  CHECK(s.found == 2);
  CHECK(a == std::vector<double>{0, 0, 0, 1, -1, 0, 0});
  // NaN behind a mask harms nobody.
  std::vector<int> const mask{1, 0, 1, 1, 1, 1, 0};
  rw::map_lists(rw::reward::group_normalised{}, rewards, rw::lists(offsets), a, {.mask = mask});
  CHECK(a == std::vector<double>{1, 0, -1, 1, -1, 0, 0});
}

TEST_CASE("rewards whose differences are too large for their type are reported, not turned into NaN") {
  std::vector<float> const rewards{3e38f, -3e38f, 0};
  std::vector<float> a(3, 9);
  rw::status s;
  rw::map_lists(rw::reward::group_normalised{}, rewards, rw::lists<>::single(3), a, {.errors = s});
  CHECK(s.code == rw::errc::not_finite);
  CHECK(a == std::vector<float>{0, 0, 0});
}

TEST_CASE_TEMPLATE("rewards whose squares leave their type are scored as others", T, float, double) {
  auto const group = rw::lists<>::single(4);
  rw::exec::scalar const one{};
  for (double const size : sizeof(T) == 4 ? std::vector<double>{1e-25, 1e-40, 1e20, 3e38}
                                          : std::vector<double>{1e-200, 1e-315, 1e200, 1.7e308}) {
    CAPTURE(size);
    T const x = static_cast<T>(size);
    std::vector<T> const rewards{x, 0, 0, x};
    std::vector<T> a(4, T(9)), b(4, T(9));
    rw::map_lists(rw::reward::group_normalised{}, rewards, group, a);
    rw::map_lists(one, rw::reward::group_normalised{}, rewards, group, b);
    for (std::size_t i = 0; i < 4; ++i) {
      CHECK(a[i] == doctest::Approx(i % 3 == 0 ? 1 : -1).epsilon(1e-6));
      CHECK(b[i] == doctest::Approx(i % 3 == 0 ? 1 : -1).epsilon(1e-6));
    }
    rw::map_lists(rw::reward::group_normalised{.correction = 1}, rewards, group, a);
    CHECK(a[0] == doctest::Approx(std::sqrt(0.75)).epsilon(1e-6));
    std::vector<T> const with{x, x, x, 0};
    rw::map_lists(rw::reward::union_normalised{}, rewards, with, group, a); // mu = 5/8
    CHECK(a[0] == doctest::Approx(3 / std::sqrt(15.0)).epsilon(1e-6));
    CHECK(a[1] == doctest::Approx(-5 / std::sqrt(15.0)).epsilon(1e-6));
  }
  // Beside an epsilon, what is small stays small.
  T const x = static_cast<T>(1e-25);
  std::vector<T> const rewards{x, 0, 0, x};
  std::vector<T> a(4);
  rw::map_lists(rw::reward::group_normalised{.epsilon = 0.5}, rewards, group, a);
  CHECK(a[0] / x == doctest::Approx(1).epsilon(1e-6));
  rw::map_lists(rw::reward::union_normalised{.epsilon = 0.5}, rewards, rewards, group, a);
  CHECK(a[1] / x == doctest::Approx(-1).epsilon(1e-6));
}

TEST_CASE("shapes are checked before anything is written, and named") {
  std::vector<double> const rewards(4);
  std::vector<double> a(3, 9);
  rw::status s;
  rw::map_lists(rw::reward::group_normalised{}, rewards, rw::lists<>::single(4), a, {.errors = s});
  CHECK(s.code == rw::errc::offsets_overrun);
  CHECK(std::string(s.argument) == "the output");
  CHECK(a == std::vector<double>(3, 9));
  std::vector<double> both(4, 1);
  rw::map_lists(rw::reward::group_normalised{}, both, rw::lists<>::single(4), both, {.errors = s});
  CHECK(s.code == rw::errc::aliasing);
}

TEST_CASE("centred advantages") {
  support::problem<double> const p(7);
  std::vector<double> a(p.items(), 9);
  rw::map_lists(rw::reward::group_centred{}, p.labels, p.lists(), a);
  for (std::size_t l = 0; l < p.size(); ++l) {
    double sum = 0;
    for (std::size_t i = p.begin_of(l); i < p.end_of(l); ++i) {
      sum += p.labels[i];
    }
    double const n = static_cast<double>(p.end_of(l) - p.begin_of(l));
    for (std::size_t i = p.begin_of(l); i < p.end_of(l); ++i) {
      CHECK(support::near(a[i], p.labels[i] - sum / n, 1e-13));
    }
  }
}

TEST_CASE("scores by the union of two groups") {
  std::vector<double> const without{1, 0, 0, 0, /**/ 1, 1};
  std::vector<double> const with{1, 1, 1, 0, /**/ 1, 1};
  std::vector<int> const offsets{0, 4, 6};
  std::vector<double> a(6);
  rw::map_lists(rw::reward::union_normalised{}, without, with, rw::lists(offsets), a);
  // mu = 4/8, s = 1/2
  CHECK(a == std::vector<double>{1, -1, -1, -1, 0, 0});
  std::vector<double> const broken{1, 1, not_a_number, 0, 1, 1};
  rw::status s;
  rw::map_lists(rw::reward::union_normalised{}, without, broken, rw::lists(offsets), a, {.errors = s});
  CHECK(s.code == rw::errc::not_finite);
  CHECK(a[0] == 0);
}

TEST_CASE("posterior scaling: beta and alpha of four gaps, and T") {
  rw::reward::posterior_scaling const scaling;
  double const gap[]{-1, 0, 0.5, 1};
  double const beta[]{0.0719448, 2, 3.5231883, 3.9280552};
  double const alpha[]{1.3899538, 0.05, 0.0283834, 0.0254579};
  for (int k = 0; k < 4; ++k) {
    CHECK(scaling.beta(gap[k]) == doctest::Approx(beta[k]).epsilon(1e-6));
    CHECK(scaling.alpha(gap[k]) == doctest::Approx(alpha[k]).epsilon(1e-6));
  }
  std::vector<double> const a{2, -2, 0, not_a_number};
  std::vector<double> const g{0.5, 0.5, 0.5, 0.5};
  std::vector<double> t(4);
  rw::apply(scaling, a, g, t);
  CHECK(t[0] == doctest::Approx(2 * scaling.alpha(0.5)).epsilon(1e-14));
  CHECK(t[1] == doctest::Approx(-2 * scaling.beta(0.5)).epsilon(1e-14));
  CHECK(t[2] == 0);
  CHECK(std::isnan(t[3]));
}

TEST_CASE_TEMPLATE("posterior scaling: the limits of wide gaps", T, float, double) {
  rw::reward::posterior_scaling const scaling;
  // (0.1 / 4) (1 + exp(-4 gap)) to the end of the type, where 1 / sigma is past it: exp(88.8) = 3.7e38 in float.
  T const low = sizeof(T) == 4 ? T(-22.2) : T(-177.9);
  std::vector<T> const gap{-1000, 1000, -1000, 1000, low, low, std::numeric_limits<T>::infinity()};
  std::vector<T> const a{1, 1, -1, -1, 1, -1, 1};
  std::vector<T> t(gap.size());
  rw::apply(scaling, a, gap, t);
  T const infinity = std::numeric_limits<T>::infinity();
  CHECK(t[0] == infinity);
  CHECK(t[1] == T(0.1) / 4);
  CHECK(t[2] == 0);
  CHECK(t[3] == -4);
  double const root = std::exp(-2 * static_cast<double>(low));
  CHECK(t[4] == doctest::Approx(0.025 * root * root).epsilon(sizeof(T) == 4 ? 1e-5 : 1e-13));
  CHECK(std::abs(t[5]) <= 4 * std::numeric_limits<T>::min());
  CHECK(t[6] == T(0.1) / 4);
  CHECK(scaling.alpha(-1000) == std::numeric_limits<double>::infinity());
  CHECK(scaling.alpha(1000) == doctest::Approx(0.025).epsilon(1e-15));
  rw::apply(rw::reward::posterior_scaling{.product = 0}, a, gap, t);
  CHECK(t[0] == 0);
  // A loss that gets such a factor says so.
  std::vector<T> const now{T(-0.5), T(-0.5)}, old{T(-0.6), T(-0.6)}, factor{1, infinity};
  rw::status told;
  double const value = rw::reward::clipped_surrogate<>{}.value(now, old, rw::lists<>::uniform(2, 1),
                                                               {.item_weights = factor, .errors = told});
  CHECK(told.code == rw::errc::not_finite);
  CHECK(told.where == 1);
  CHECK(std::isfinite(value));
}

TEST_CASE("parameters out of range are reported before anything is written") {
  std::vector<double> const rewards{1, 0};
  std::vector<double> a(2, 9);
  rw::status s;
  auto const one = rw::lists<>::single(2);
  rw::map_lists(rw::reward::group_normalised{.correction = -1}, rewards, one, a, {.errors = s});
  CHECK(s.code == rw::errc::out_of_range);
  rw::map_lists(rw::reward::group_normalised{.epsilon = not_a_number}, rewards, one, a, {.errors = s});
  CHECK(s.code == rw::errc::out_of_range);
  rw::apply(rw::reward::posterior_scaling{.top = 0}, rewards, rewards, a, {.errors = s});
  CHECK(s.code == rw::errc::out_of_range);
  CHECK(a == std::vector<double>{9, 9});
}
