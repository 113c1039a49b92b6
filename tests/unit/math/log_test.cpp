#include <rankwise/math/log.hpp>

#include <doctest/doctest.h>

#include "ulp.hpp"

namespace log_test {

namespace math = rankwise::math;
namespace test = rankwise_tests;

namespace {

constexpr bool near(double a, double b, double tolerance) {
  return math::abs(a - b) <= tolerance * math::abs(b);
}

static_assert(math::log(1.0f) == 0.0f && math::log(1.0) == 0.0);
static_assert(near(math::log(10.0), 2.30258509299404568402, 2.3e-16));
static_assert(near(math::log(1e-44f), -101.33302, 1e-6)); // denormal
static_assert(math::log(0.0) == -math::ops<double>::infinity && math::is_nan(math::log(-1.0)));
static_assert(near(math::log1p(1e-10), 9.9999999995e-11, 2.3e-16));

constexpr auto log_of = [](auto x) { return math::log(x); };
constexpr auto log1p_of = [](auto x) { return math::log1p(x); };
constexpr auto fast_log = [](auto x) { return math::log<math::fast>(x); };
constexpr auto fast_log1p = [](auto x) { return math::log1p<math::fast>(x); };

} // namespace

TEST_CASE_TEMPLATE("log: at most 1 ulp", T, float, double) {
  const int n = test::dense<T>;
  test::check_bound(test::join<T>({test::everywhere<T>(n), test::linear<T>(0, 4, n), test::linear<T>(0.7, 1.5, n)}),
                    1.0, log_of, [](long double x) { return std::log(x); });
}

TEST_CASE_TEMPLATE("log1p: at most 1.5 ulp in float, 1 ulp in double", T, float, double) {
  const int n = test::dense<T>;
  test::check_bound(test::join<T>({test::everywhere<T>(n), test::linear<T>(-1, 4, n), test::linear<T>(-0.3, 0.5, n)}),
                    sizeof(T) == 4 ? 1.5 : 1.0, log1p_of, [](long double x) { return std::log1p(x); });
}

TEST_CASE_TEMPLATE("log and log1p at the edges", T, float, double) {
  const T inf = math::ops<T>::infinity, nan = math::ops<T>::quiet_nan;
  test::check_value<T>(0, -inf, log_of);
  test::check_value<T>(T(-0.0), -inf, log_of);
  test::check_value<T>(-1, nan, log_of);
  test::check_value<T>(-inf, nan, log_of);
  test::check_value<T>(inf, inf, log_of);
  test::check_value<T>(nan, nan, log_of);
  test::check_value<T>(1, 0, log_of);
  test::check_value<T>(-1, -inf, log1p_of);
  test::check_value<T>(-2, nan, log1p_of);
  test::check_value<T>(-inf, nan, log1p_of);
  test::check_value<T>(inf, inf, log1p_of);
  test::check_value<T>(nan, nan, log1p_of);
  test::check_value<T>(0, 0, log1p_of);
  test::check_value<T>(T(-0.0), T(-0.0), log1p_of);
  const T tiny = std::numeric_limits<T>::denorm_min();
  test::check_value<T>(tiny, tiny, log1p_of);
  test::check_value<T>(-tiny, -tiny, log1p_of);
}

TEST_CASE("fast log and log1p: 1e-6 relative") {
  const auto check = [](const std::vector<float>& x, auto f, auto reference) {
    test::for_all_values<float>([&](auto type) {
      const auto y = test::map<decltype(type)>(x, f);
      double worst = 0;
      for (std::size_t i = 0; i < x.size(); ++i)
        if (const double r = reference(double(x[i])); r != 0)
          worst = std::max(worst, std::fabs(y[i] / r - 1));
      CHECK(worst <= 1e-6);
    });
  };
  const auto all = test::patterns<float>(1e-44f, 3.4e38f, 600000);
  check(test::join<float>({all, test::linear<float>(0.7, 1.5, 400000)}), fast_log,
        [](double x) { return std::log(x); });
  check(test::join<float>({test::patterns<float>(1e-36f, 3.4e38f, 600000), test::linear<float>(-0.999, 1.5, 400000)}),
        fast_log1p, [](double x) { return std::log1p(x); });
  const float inf = math::ops<float>::infinity, nan = math::ops<float>::quiet_nan;
  test::check_value<float>(0, -inf, fast_log);
  test::check_value<float>(inf, inf, fast_log);
  test::check_value<float>(-1, nan, fast_log);
  test::check_value<float>(nan, nan, fast_log);
  test::check_value<float>(1, 0, fast_log);
  test::check_value<float>(-1, -inf, fast_log1p);
  test::check_value<float>(nan, nan, fast_log1p);
}

TEST_CASE("fast log as a term of an exponent: 1.5e-7 absolute or relative") {
  const auto f = [](auto x) { return math::detail::log_term<math::fast>(x); };
  const auto x =
      test::join<float>({test::patterns<float>(1e-44f, 3.4e38f, 400000), test::linear<float>(0.7, 1.5, 200000)});
  test::for_all_values<float>([&](auto type) {
    const auto y = test::map<decltype(type)>(x, f);
    double worst = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double exact = std::log(double(x[i]));
      worst = std::max(worst, std::fabs(double(y[i]) - exact) / std::max(1.0, std::fabs(exact)));
    }
    CHECK(worst <= 1.5e-7);
  });
  const float inf = math::ops<float>::infinity, nan = math::ops<float>::quiet_nan;
  test::check_value<float>(0, -inf, f);
  test::check_value<float>(inf, inf, f);
  test::check_value<float>(-1, nan, f);
  test::check_value<float>(nan, nan, f);
}

} // namespace log_test
