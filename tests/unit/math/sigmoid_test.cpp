#include <rankwise/math/sigmoid.hpp>

#include <doctest/doctest.h>

#include "ulp.hpp"

namespace sigmoid_test {

namespace math = rankwise::math;
namespace test = rankwise_tests;

namespace {

constexpr bool near(double a, double b, double tolerance) {
  return math::abs(a - b) <= tolerance * math::abs(b);
}

static_assert(math::sigmoid(0.0f) == 0.5f && math::sigmoid(0.0) == 0.5);
static_assert(math::sigmoid(1e30f) == 1.0f && math::sigmoid(-1e30f) == 0.0f);
static_assert(near(math::sigmoid(-80.0f), 1.80485138784541e-35, 2.4e-7));
static_assert(near(math::softplus(0.0), 0.693147180559945309417, 4e-16));
static_assert(math::log_sigmoid(-1e30) == -1e30);

constexpr auto sigmoid = [](auto x) { return math::sigmoid(x); };
constexpr auto softplus = [](auto x) { return math::softplus(x); };
constexpr auto log_sigmoid = [](auto x) { return math::log_sigmoid(x); };
constexpr auto fast_sigmoid = [](auto x) { return math::sigmoid<math::fast>(x); };
constexpr auto fast_softplus = [](auto x) { return math::softplus<math::fast>(x); };

long double true_sigmoid(long double x) {
  return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x));
}
long double true_softplus(long double x) {
  return std::isnan(x) ? x : std::fmax(x, 0.0L) + std::log1p(std::exp(-std::fabs(x)));
}

template <class T>
std::vector<T> points() {
  const bool single = sizeof(T) == 4;
  const int n = test::dense<T>;
  return test::join<T>({test::everywhere<T>(n / 2), test::linear<T>(single ? -105 : -747, single ? 90 : 711, n),
                        test::linear<T>(-20, 20, n), test::linear<T>(-2, 2, n / 2)});
}

} // namespace

TEST_CASE_TEMPLATE("sigmoid: at most 2 ulp", T, float, double) {
  test::check_bound(points<T>(), 2.0, sigmoid, true_sigmoid);
}

TEST_CASE_TEMPLATE("softplus and log_sigmoid: at most 1.75 ulp", T, float, double) {
  test::check_bound(points<T>(), 1.75, softplus, true_softplus);
  test::for_all_values<T>([](auto type) {
    using V = decltype(type);
    const auto x = test::join<T>({test::edges<T>(), test::linear<T>(-50, 50, 10001)});
    const auto a = test::map<V>(x, log_sigmoid);
    const auto b = test::map<V>(x, [](V v) { return -math::softplus(-v); });
    std::size_t different = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
      different += !test::same_bits(a[i], b[i]);
    CHECK(different == 0);
  });
}

TEST_CASE_TEMPLATE("sigmoid, softplus and log_sigmoid at the edges", T, float, double) {
  const T inf = math::ops<T>::infinity, nan = math::ops<T>::quiet_nan;
  for (const T big : {inf, T(1e30), T(1e4)}) {
    test::check_value<T>(big, 1, sigmoid);
    test::check_value<T>(-big, 0, sigmoid);
    test::check_value<T>(big, big, softplus);
    test::check_value<T>(-big, 0, softplus);
    test::check_value<T>(-big, -big, log_sigmoid);
  }
  test::check_value<T>(nan, nan, sigmoid);
  test::check_value<T>(nan, nan, softplus);
  test::check_value<T>(nan, nan, log_sigmoid);
  test::check_value<T>(T(-0.0), T(0.5), sigmoid);
  const T log_2 = T(0.693147180559945309417);
  test::check_value<T>(0, log_2, softplus);
  test::check_value<T>(0, -log_2, log_sigmoid);
}

TEST_CASE("fast sigmoid and softplus: 1e-6 relative, the same saturation") {
  const auto x =
      test::join<float>({test::linear<float>(-87.3, 100, 1000000), test::patterns<float>(1e-30f, 87, 100000, -1)});
  test::for_all_values<float>([&](auto type) {
    using V = decltype(type);
    const auto s = test::map<V>(x, fast_sigmoid);
    const auto p = test::map<V>(x, fast_softplus);
    double worst = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double e = std::exp(-std::fabs(double(x[i])));
      worst = std::max(worst, std::fabs(s[i] / ((x[i] < 0 ? e : 1.0) / (1 + e)) - 1));
      worst = std::max(worst, std::fabs(p[i] / (std::fmax(double(x[i]), 0.0) + std::log1p(e)) - 1));
    }
    CHECK(worst <= 1e-6);
  });
  const float inf = math::ops<float>::infinity, nan = math::ops<float>::quiet_nan;
  for (const float big : {inf, 1e30f, 110.0f}) {
    test::check_value<float>(big, 1, fast_sigmoid);
    test::check_value<float>(-big, 0, fast_sigmoid);
    test::check_value<float>(big, big, fast_softplus);
    test::check_value<float>(-big, 0, fast_softplus);
  }
  test::check_value<float>(0, 0.5f, fast_sigmoid);
  test::check_value<float>(nan, nan, fast_sigmoid);
  test::check_value<float>(nan, nan, fast_softplus);
}

TEST_CASE("fast sigmoid is monotone: a sample of neighbouring floats") {
  test::for_all_values<float>(
      [](auto type) { CHECK(test::inversions_in_sample<decltype(type)>(fast_sigmoid, 110) == 0); });
}

TEST_CASE("fast sigmoid of powers of 2: 1e-6 relative, monotone, exact at the ends") {
  const auto f = [](auto t) { return math::detail::sigmoid_base_2(t); };
  const auto x = test::linear<float>(-125, 60, 200000);
  test::for_all_values<float>([&](auto type) {
    using V = decltype(type);
    CHECK(test::inversions_in_sample<V>(f, 160) == 0); // changes its exponents at multiples of 1/2
    CHECK(test::inversions<V>(f, -152, -148) == 0);
    for (int k = 1; k < 16; ++k) {
      CHECK(test::inversions<V>(f, static_cast<float>(k) / 2 - 0.001f, static_cast<float>(k) / 2 + 0.001f) == 0);
      CHECK(test::inversions<V>(f, -static_cast<float>(k) / 2 - 0.001f, -static_cast<float>(k) / 2 + 0.001f) == 0);
    }
    const auto y = test::map<V>(x, f);
    double worst = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
      worst = std::max(worst, std::fabs(y[i] * (1 + std::exp2(-double(x[i]))) - 1));
    CHECK(worst <= 7e-7);
  });
  const float inf = math::ops<float>::infinity, nan = math::ops<float>::quiet_nan;
  for (const float big : {inf, 1e30f, 160.0f}) {
    test::check_value<float>(big, 1, f);
    test::check_value<float>(-big, 0, f);
  }
  test::check_value<float>(0, 0.5f, f);
  test::check_value<float>(nan, nan, f);
}

TEST_CASE("fast sigmoid is monotone: every float" * doctest::skip()) {
  const float largest = math::ops<float>::largest;
  test::for_all_values<float>([=](auto type) {
    using V = decltype(type);
    CHECK(test::inversions<V>(fast_sigmoid, -largest, -1e-45f) == 0);
    CHECK(test::inversions<V>(fast_sigmoid, 0, largest) == 0);
  });
}

} // namespace sigmoid_test
