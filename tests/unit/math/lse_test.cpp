#include <rankwise/math/lse.hpp>

#include <doctest/doctest.h>

#include "ulp.hpp"

#include <random>

namespace math = rankwise::math;
namespace test = rankwise_tests;

static_assert(math::log_add_exp(0.0, 0.0) == 0.693147180559945309417);
static_assert(math::log_add_exp(1e30f, 0.0f) == 1e30f);

TEST_CASE_TEMPLATE("log_add_exp: 2.5 ulp of the larger of |max| and log 2", T, float, double) {
  std::mt19937_64 random(1);
  const auto uniform = [&] { return std::ldexp(double(random() >> 11), -53); };
  std::vector<T> a, b;
  for (int i = 0; i < 200000; ++i) {
    a.push_back(static_cast<T>((uniform() - 0.5) * std::pow(10.0, 6 * uniform() - 2)));
    b.push_back(static_cast<T>(a.back() + (uniform() - 0.5) * (i % 2 != 0 ? 100 : 2)));
  }
  test::for_all_values<T>([&](auto type) {
    using V = decltype(type);
    double worst = 0;
    std::vector<T> y(a.size());
    for (std::size_t i = 0; i + math::lanes<V> <= a.size(); i += math::lanes<V>)
      math::store(y.data() + i, math::log_add_exp(math::load<V>(a.data() + i), math::load<V>(b.data() + i)));
    for (std::size_t i = 0; i < a.size(); ++i) {
      const long double high = std::max(a[i], b[i]), low = std::min(a[i], b[i]);
      const long double error = std::fabs(y[i] - (high + std::log1p(std::exp(low - high))));
      const T size = std::max(std::fabs(static_cast<T>(high)), T(0.69314718));
      worst = std::max(worst, static_cast<double>(error / (std::nextafter(size, T(1e30)) - size)));
    }
    CHECK(worst <= 2.5);
  });
}

TEST_CASE_TEMPLATE("log_add_exp at the edges", T, float, double) {
  const T inf = math::ops<T>::infinity, nan = math::ops<T>::quiet_nan;
  const auto check = [](T a, T b, T expected) {
    test::check_value<T>(a, expected, [=](auto v) { return math::log_add_exp(v, b); });
    test::check_value<T>(b, expected, [=](auto v) { return math::log_add_exp(v, a); });
  };
  check(-inf, -inf, -inf);
  check(inf, inf, inf);
  check(inf, -inf, inf);
  check(3, -inf, 3);
  check(3, inf, inf);
  check(nan, 1, nan);
  check(nan, inf, nan);
  check(nan, -inf, nan);
}

TEST_CASE_TEMPLATE("running log-sum-exp: order, merging and lanes", T, float, double) {
  const T inf = math::ops<T>::infinity, nan = math::ops<T>::quiet_nan;
  const auto x = test::linear<T>(-30, 60, 640);
  long double exact = 0;
  for (const T v : x)
    exact += std::exp(static_cast<long double>(v));
  exact = std::log(exact);
  test::for_all_values<T>([&](auto type) {
    using V = decltype(type);
    math::log_sum<V> up, down, both;
    for (std::size_t i = 0; i < x.size(); i += math::lanes<V>) {
      up.push(math::load<V>(x.data() + i));
      down.push(math::load<V>(x.data() + x.size() - math::lanes<V> - i));
    }
    const double tolerance = 20 * double(std::numeric_limits<T>::epsilon());
    CHECK(math::reduce(up).value() == doctest::Approx(double(exact)).epsilon(tolerance));
    CHECK(math::reduce(down).value() == doctest::Approx(double(exact)).epsilon(tolerance));
    both.merge(up);
    both.merge(down);
    CHECK(math::reduce(both).value() == doctest::Approx(double(exact + std::log(2.0L))).epsilon(tolerance));

    math::log_sum<V> none;
    CHECK(math::reduce(none).value() == -inf);
    none.merge(none);
    CHECK(math::reduce(none).value() == -inf);
    none.push(V(-inf));
    CHECK(math::reduce(none).value() == -inf);
    none.push(V(T(2)));
    CHECK(math::reduce(none).value() == doctest::Approx(2 + std::log(double(math::lanes<V>))).epsilon(tolerance));
    math::log_sum<V> infinite = none;
    infinite.push(V(inf));
    infinite.push(V(T(1)));
    infinite.push(V(inf));
    CHECK(math::reduce(infinite).value() == inf);
    // A NaN spoils its own lane, from then on.
    math::log_sum<V> spoilt;
    spoilt.push(math::select(math::ops<V>::first(1), V(nan), V(T(1))));
    spoilt.push(V(T(2)));
    for (std::size_t i = 0; i < static_cast<std::size_t>(math::lanes<V>); ++i)
      CHECK(std::isnan(math::ops<V>::get(spoilt.value(), i)) == (i == 0));
  });
}
