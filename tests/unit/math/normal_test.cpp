#include <rankwise/math/normal.hpp>

#include <doctest/doctest.h>

#include "ulp.hpp"

namespace normal_test {

namespace math = rankwise::math;
namespace test = rankwise_tests;

namespace {

static_assert(math::normal_cdf(0.0f) == 0.5f && math::normal_cdf(0.0) == 0.5);
static_assert(math::normal_quantile(0.5) == 0.0);
static_assert(math::abs(math::normal_quantile(0.975) - 1.95996398454005423552) < 2e-15);

constexpr auto cdf = [](auto x) { return math::normal_cdf(x); };
constexpr auto log_cdf = [](auto x) { return math::normal_log_cdf(x); };
constexpr auto quantile = [](auto x) { return math::normal_quantile(x); };

constexpr long double root_half = 0.70710678118654752440084436210484903928L;
constexpr long double root_two_pi = 2.5066282746310005024157652848110452530L;

long double true_cdf(long double x) {
  return std::erfc(-x * root_half) / 2;
}

long double true_log_cdf(long double x) {
  if (x > 0)
    return std::log1p(-true_cdf(-x));
  if (!(x < -100))
    return std::log(true_cdf(x));
  const long double y = 1 / (x * x); // asymptotic series of the Mills ratio
  return -x * x / 2 - std::log(-x * root_two_pi) + std::log1p(-y * (1 - 3 * y * (1 - 5 * y * (1 - 7 * y))));
}

// Newton's method: on Phi - 1/2 in the middle, on log Phi in the tails.
long double true_quantile(long double p) {
  if (p == 0 || p == 1)
    return p == 0 ? -INFINITY : INFINITY;
  if (!(p > 0 && p < 1))
    return NAN;
  const long double q = std::fmin(p, 1 - p);
  long double x = q > 0.3L ? -2.5L * (0.5L - q) : -0.9L * std::sqrt(-2 * std::log(q));
  if (q == 0.5L)
    return 0;
  for (int i = 0; i < 60; ++i) {
    const long double density = std::exp(-x * x / 2) / root_two_pi;
    const long double step = q > 0.3L ? (std::erf(x * root_half) / 2 + (0.5L - q)) / density
                                      : (std::log(true_cdf(x)) - std::log(q)) * true_cdf(x) / density;
    x -= step;
    if (std::fabs(step) < 1e-18L * std::fabs(x))
      break;
  }
  return p < 0.5L ? x : -x;
}

template <class T>
std::vector<T> points() {
  const double reach = sizeof(T) == 4 ? 15 : 39;
  const int n = test::dense<T> / 3;
  return test::join<T>({test::everywhere<T>(n, std::numeric_limits<T>::denorm_min(), T(1000)),
                        test::linear<T>(-reach, reach, n), test::linear<T>(-2, 2, n)});
}

} // namespace

TEST_CASE_TEMPLATE("normal_cdf: at most 5 ulp", T, float, double) {
  test::check_bound(points<T>(), 5.0, cdf, true_cdf);
}

TEST_CASE_TEMPLATE("normal_log_cdf: at most 5.5 ulp", T, float, double) {
  test::check_bound(points<T>(), 5.5, log_cdf, true_log_cdf);
}

TEST_CASE_TEMPLATE("normal_quantile: at most 3.5 ulp", T, float, double) {
  const int n = test::dense<T> / 3;
  const auto p = test::join<T>(
      {test::edges<T>(), test::patterns<T>(std::numeric_limits<T>::denorm_min(), T(1), n), test::linear<T>(0, 1, n)});
  test::check_bound(p, 3.5, quantile, true_quantile);
}

TEST_CASE_TEMPLATE("the normal distribution at the edges", T, float, double) {
  const T inf = math::ops<T>::infinity, nan = math::ops<T>::quiet_nan;
  test::check_value<T>(inf, 1, cdf);
  test::check_value<T>(-inf, 0, cdf);
  test::check_value<T>(1e30f, 1, cdf);
  test::check_value<T>(-1e30f, 0, cdf);
  test::check_value<T>(nan, nan, cdf);
  test::check_value<T>(inf, 0, log_cdf);
  test::check_value<T>(-inf, -inf, log_cdf);
  test::check_value<T>(nan, nan, log_cdf);
  test::check_value<T>(0, -inf, quantile);
  test::check_value<T>(1, inf, quantile);
  test::check_value<T>(T(0.5), 0, quantile);
  for (const T outside : {T(-0.5), T(1.5), inf, -inf, nan})
    test::check_value<T>(outside, nan, quantile);
}

} // namespace normal_test
