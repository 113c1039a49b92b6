#include <rankwise/math/exp.hpp>

#include <doctest/doctest.h>

#include "ulp.hpp"

namespace math = rankwise::math;
namespace test = rankwise_tests;

namespace {

constexpr bool near(double a, double b, double tolerance) {
  return math::abs(a - b) <= tolerance * math::abs(b);
}

static_assert(math::exp(0.0f) == 1.0f && math::exp(0.0) == 1.0);
static_assert(near(math::exp(1.0), 2.71828182845904523536, 2.3e-16));
static_assert(near(math::exp(-80.0f), 1.80485138784541e-35, 1.2e-7));
static_assert(math::exp(100.0f) == math::ops<float>::infinity && math::exp(-200.0f) == 0.0f);
static_assert(near(math::exp<math::fast>(1.0f), 2.71828182845904523536, 1e-6));
static_assert(math::expm1(0.0) == 0.0 && near(math::expm1(1e-10), 1.00000000005e-10, 2.3e-16));

constexpr auto exp_of = [](auto x) { return math::exp(x); };
constexpr auto expm1_of = [](auto x) { return math::expm1(x); };
constexpr auto fast_exp = [](auto x) { return math::exp<math::fast>(x); };

template <class T>
std::vector<T> points() {
  const bool single = sizeof(T) == 4;
  const int n = test::dense<T>;
  return test::join<T>(
      {test::everywhere<T>(n), test::linear<T>(single ? -105 : -747, single ? 90 : 711, n), test::linear<T>(-2, 2, n)});
}

} // namespace

TEST_CASE_TEMPLATE("exp: at most 1 ulp", T, float, double) {
  test::check_bound(points<T>(), 1.0, exp_of, [](long double x) { return std::exp(x); });
}

TEST_CASE_TEMPLATE("expm1: at most 1.5 ulp", T, float, double) {
  test::check_bound(points<T>(), 1.5, expm1_of, [](long double x) { return std::expm1(x); });
}

TEST_CASE_TEMPLATE("exp and expm1 at the edges", T, float, double) {
  const T inf = math::ops<T>::infinity, nan = math::ops<T>::quiet_nan;
  test::check_value<T>(inf, inf, exp_of);
  test::check_value<T>(-inf, 0, exp_of);
  test::check_value<T>(nan, nan, exp_of);
  test::check_value<T>(0, 1, exp_of);
  test::check_value<T>(T(-0.0), 1, exp_of);
  test::check_value<T>(1e30f, inf, exp_of);
  test::check_value<T>(-1e30f, 0, exp_of);
  test::check_value<T>(inf, inf, expm1_of);
  test::check_value<T>(-inf, -1, expm1_of);
  test::check_value<T>(nan, nan, expm1_of);
  test::check_value<T>(0, 0, expm1_of);
  test::check_value<T>(T(-0.0), T(-0.0), expm1_of);
  const T tiny = std::numeric_limits<T>::denorm_min();
  test::check_value<T>(tiny, tiny, expm1_of);
  test::check_value<T>(-3 * tiny, -3 * tiny, expm1_of);
}

TEST_CASE("exp overflows and underflows where the true result does") {
  test::for_all_values<float>([](auto type) {
    using V = decltype(type);
    const auto at = [](float x) { return test::in_lane<V>(x, 0, exp_of); };
    CHECK(at(88.5f) == doctest::Approx(2.7230e38).epsilon(1e-4));
    CHECK(std::isfinite(at(88.72f)));
    CHECK(std::isfinite(at(88.72283f)));
    CHECK(std::isinf(at(88.72284f)));
    CHECK(std::isinf(at(88.73f)));
    CHECK(at(-87.4f) / 1.1032187e-38f == doctest::Approx(1).epsilon(1e-6)); // denormal
    CHECK(at(-103.9f) == std::numeric_limits<float>::denorm_min());
    CHECK(at(-104.0f) == 0.0f);
  });
  test::for_all_values<double>([](auto type) {
    using V = decltype(type);
    const auto at = [](double x) { return test::in_lane<V>(x, 0, exp_of); };
    CHECK(std::isfinite(at(709.78)));
    CHECK(std::isinf(at(709.79)));
    CHECK(at(-708.4) / 2.217119081664265e-308 == doctest::Approx(1).epsilon(1e-14)); // denormal, too
    CHECK(at(-745.1) == std::numeric_limits<double>::denorm_min());
    CHECK(at(-745.2) == 0.0);
  });
}

TEST_CASE("fast exp: 1e-6 relative, the same saturation") {
  const auto x =
      test::join<float>({test::linear<float>(-87.3, 88.72, 1000000), test::patterns<float>(1e-30f, 87, 100000),
                         test::patterns<float>(1e-30f, 87, 100000, -1)});
  test::for_all_values<float>([&](auto type) {
    using V = decltype(type);
    const auto y = test::map<V>(x, fast_exp);
    double worst = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
      worst = std::max(worst, std::fabs(y[i] / std::exp(double(x[i])) - 1));
    CHECK(worst <= 1e-6);
  });
  const float inf = math::ops<float>::infinity, nan = math::ops<float>::quiet_nan;
  test::check_value<float>(inf, inf, fast_exp);
  test::check_value<float>(88.73f, inf, fast_exp);
  test::check_value<float>(-inf, 0, fast_exp);
  test::check_value<float>(-104, 0, fast_exp);
  test::check_value<float>(nan, nan, fast_exp);
  test::check_value<float>(0, 1, fast_exp);
}

TEST_CASE("fast exp is monotone: a sample of neighbouring floats") {
  test::for_all_values<float>([](auto type) { CHECK(test::inversions_in_sample<decltype(type)>(fast_exp, 110) == 0); });
}

// Two thousand million floats for every value type: 20 seconds. Run it with --no-skip after a change.
TEST_CASE("fast exp is monotone: every float" * doctest::skip()) {
  const float largest = math::ops<float>::largest;
  test::for_all_values<float>([=](auto type) {
    using V = decltype(type);
    CHECK(test::inversions<V>(fast_exp, -largest, -1e-45f) == 0);
    CHECK(test::inversions<V>(fast_exp, 0, largest) == 0);
  });
}

TEST_CASE("exp without limits: the same between them, and beyond them nothing that looks like a number") {
  using V = xsimd::batch<float>;
  auto const at = [](float x) { return math::ops<V>::get(math::detail::exp_unlimited<math::fast>(V(x)), 0); };
  for (float x = -87; x <= 88; x += 0.37f) {
    CHECK(at(x) == math::ops<V>::get(math::exp<math::fast>(V(x)), 0));
  }
  for (float x = 90; x < 1e38f; x *= 1.7f) {
    CAPTURE(x);
    CHECK(!(at(x) < math::ops<float>::infinity));
    CHECK(!(at(-x) > 2e-38f && at(-x) < math::ops<float>::infinity));
  }
  CHECK(std::isnan(at(math::ops<float>::quiet_nan)));
}
