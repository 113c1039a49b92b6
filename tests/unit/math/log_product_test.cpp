#include <rankwise/math/log_product.hpp>

#include "support/executors.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <random>
#include <vector>

namespace math = rankwise::math;

namespace {

/// The logarithms of products of n factors, one product per lane; `often` is how many factors go between two calls of
/// take_exponent. Checked against sums of logarithms.
template <class V>
void check(std::size_t n, double low, double high, std::size_t often) {
  using T = math::scalar_t<V>;
  constexpr auto width = static_cast<std::size_t>(math::lanes<V>);
  CAPTURE(n);
  CAPTURE(width);
  CAPTURE(high);
  constexpr unsigned seed = 7;
  CAPTURE(seed);
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> exponent(low, high);
  V number(T(1));
  auto power = math::no_exponent<V>();
  std::vector<long double> exact(width);
  for (std::size_t k = 0; k < n; ++k) {
    T x[width];
    for (std::size_t l = 0; l < width; ++l) {
      x[l] = static_cast<T>(std::exp2(exponent(random)));
      exact[l] += std::log(static_cast<long double>(x[l]));
    }
    number = number * math::load<V>(x);
    if ((k + 1) % often == 0) {
      math::take_exponent(number, power);
    }
  }
  T y[width];
  math::store(y, math::log_product(number, power));
  // A rounding per factor, and two of the result.
  double const epsilon = std::numeric_limits<T>::epsilon();
  for (std::size_t l = 0; l < width; ++l) {
    double const bound = epsilon * (static_cast<double>(n) / 2 + 2 + 2 * std::fabs(static_cast<double>(exact[l])));
    CHECK(std::fabs(static_cast<double>(static_cast<long double>(y[l]) - exact[l])) <= bound);
  }
}

} // namespace

TEST_CASE_TEMPLATE("the logarithm of a product is the sum of the logarithms", T, float, double) {
  support::for_each_executor([](auto executor) {
    using V = typename decltype(executor)::template vector<T>;
    double const most = sizeof(T) == 4 ? 125 : 1021;
    check<V>(0, 0, 1, 1);
    check<V>(1, 0, 1, 1);
    check<V>(5, 0, most, 1);
    check<V>(5, -most, 0, 1);
    check<V>(1000, 0, most / 2 - 1, 2);
    check<V>(1000, -most, most, 1);
    check<V>(40000, most - 1, most, 1); // exponents that a few bits do not hold
    check<V>(40000, -most, 1 - most, 1);
    check<V>(40000, -0.01, 0.01, 20);
  });
}

TEST_CASE_TEMPLATE("taking the exponent leaves a number from 1 to 2, and changes nothing", T, float, double) {
  support::for_each_executor([](auto executor) {
    using V = typename decltype(executor)::template vector<T>;
    for (double const x : {1.0, 1.5, 1.9999, 2.0, 3.0, 0.75, 1e-30, 1e30}) {
      CAPTURE(x);
      V number(static_cast<T>(x));
      auto power = math::no_exponent<V>();
      math::take_exponent(number, power);
      T const left = math::ops<V>::get(number, 0);
      CHECK(left >= 1);
      CHECK(left < 2);
      int shift = 0;
      CHECK(static_cast<double>(left) == 2 * std::frexp(static_cast<double>(static_cast<T>(x)), &shift));
      T const y = math::ops<V>::get(math::log_product(number, power), 0);
      CHECK(static_cast<double>(y) == doctest::Approx(std::log(x)).epsilon(4 * std::numeric_limits<T>::epsilon()));
    }
  });
}
