#include <rankwise/math/tanh.hpp>

#include <doctest/doctest.h>

#include "ulp.hpp"

namespace math = rankwise::math;
namespace test = rankwise_tests;

namespace {

static_assert(math::tanh(0.0f) == 0.0f && math::tanh(40.0) == 1.0 && math::tanh(-40.0f) == -1.0f);
static_assert(math::abs(math::tanh(0.5) - 0.46211715726000975850) < 1.2e-16);

constexpr auto tanh_of = [](auto x) { return math::tanh(x); };

} // namespace

TEST_CASE_TEMPLATE("tanh: at most 2 ulp", T, float, double) {
  const int n = test::dense<T>;
  test::check_bound(test::join<T>({test::everywhere<T>(n), test::linear<T>(-25, 25, n), test::linear<T>(-1, 1, n)}),
                    2.0, tanh_of, [](long double x) { return std::tanh(x); });
}

TEST_CASE_TEMPLATE("tanh at the edges, and never above 1", T, float, double) {
  const T inf = math::ops<T>::infinity, nan = math::ops<T>::quiet_nan;
  test::check_value<T>(inf, 1, tanh_of);
  test::check_value<T>(-inf, -1, tanh_of);
  test::check_value<T>(1e30f, 1, tanh_of);
  test::check_value<T>(nan, nan, tanh_of);
  test::check_value<T>(0, 0, tanh_of);
  test::check_value<T>(T(-0.0), T(-0.0), tanh_of);
  const T tiny = std::numeric_limits<T>::denorm_min();
  test::check_value<T>(tiny, tiny, tanh_of);
  test::for_all_values<T>([](auto type) {
    const auto y = test::map<decltype(type)>(test::linear<T>(5, 25, 300001), tanh_of);
    CHECK(*std::max_element(y.begin(), y.end()) == T(1));
  });
}
