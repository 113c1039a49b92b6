#include <rankwise/math/pow.hpp>

#include <doctest/doctest.h>

#include "ulp.hpp"

#include <random>

namespace math = rankwise::math;
namespace test = rankwise_tests;

namespace {

static_assert(math::pow(2.0f, 10.0f) == 1024.0f && math::abs(math::pow(2.0, 0.5) - 1.41421356237309504880) < 2.3e-16);
static_assert(math::pow(0.0, 0.0) == 1.0 && math::pow(0.0, 2.0) == 0.0 && math::pow(5.0, 0.0) == 1.0);
static_assert(math::pow(10.0f, 60.0f) == math::ops<float>::infinity);

} // namespace

TEST_CASE_TEMPLATE("pow: at most 1 ulp", T, float, double) {
  const int n = test::dense<T> / 10;
  const auto x =
      test::join<T>({test::patterns<T>(std::numeric_limits<T>::denorm_min(), std::numeric_limits<T>::max(), n),
                     test::linear<T>(0.5, 2, n)});
  for (const double exponent : {0.5, -0.5, 1.0, 2.0, -1.0, 3.7, -17.25, 88.0, 250.0, 1e-3, 30000.0})
    test::check_bound(
        x, 1.0, [=](auto v) { return math::pow(v, static_cast<T>(exponent)); },
        [=](long double v) { return std::pow(v, static_cast<long double>(static_cast<T>(exponent))); });
  // Powers whose results fill the whole range
  std::mt19937_64 random(3);
  std::vector<T> base, exponent;
  std::vector<long double> exact;
  const double reach = sizeof(T) == 4 ? 104 : 746;
  for (int i = 0; i < 3 * n; ++i) {
    const double log_x = std::ldexp(double(random() >> 11), -53) * 80 - 40;
    base.push_back(static_cast<T>(std::exp(log_x)));
    exponent.push_back(static_cast<T>((std::ldexp(double(random() >> 11), -52) - 1) * reach / log_x));
    exact.push_back(std::pow(static_cast<long double>(base.back()), static_cast<long double>(exponent.back())));
  }
  test::for_all_values<T>([&](auto type) {
    using V = decltype(type);
    std::vector<T> y(base.size());
    for (std::size_t i = 0; i + math::lanes<V> <= y.size(); i += math::lanes<V>)
      math::store(y.data() + i, math::pow(math::load<V>(base.data() + i), math::load<V>(exponent.data() + i)));
    CHECK(test::compare(base, y, exact).ulp <= 1.0);
  });
}

TEST_CASE_TEMPLATE("pow at the edges", T, float, double) {
  const T inf = math::ops<T>::infinity, nan = math::ops<T>::quiet_nan;
  const auto check = [](T x, T y, T expected) {
    test::check_value<T>(x, expected, [=](auto v) { return math::pow(v, y); });
  };
  for (const T x : {T(0), T(-0.0), T(0.25), T(1), T(7), inf})
    check(x, 0, 1);
  for (const T y : {T(3), T(-2.5), inf, -inf})
    check(1, y, 1);
  check(0, T(0.5), 0);
  check(0, T(-0.5), inf);
  check(inf, 2, inf);
  check(inf, -2, 0);
  check(T(0.5), inf, 0);
  check(T(0.5), -inf, inf);
  check(2, inf, inf);
  check(2, -inf, 0);
  check(-1, 2, nan);
  check(-1, 0, nan);
  check(-inf, 3, nan);
  for (const T x : {T(0), T(1), T(3), inf}) {
    check(x, nan, nan);
    check(nan, x, nan);
  }
  check(2, 2000, inf);
  check(2, -2000, 0);
}
