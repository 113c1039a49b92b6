#include <rankwise/math/polynomial.hpp>

#include <doctest/doctest.h>

#include "ulp.hpp"

namespace math = rankwise::math;

static_assert(math::horner(2.0, 7.0) == 7.0);
static_assert(math::horner(2.0f, 1.0f, -3.0f, 5.0f) == 15.0f);

TEST_CASE_TEMPLATE("horner: lowest coefficient first", T, float, double) {
  rankwise_tests::for_all_values<T>([](auto type) {
    using V = decltype(type);
    const V y = math::horner(V(T(3)), T(1), T(2), T(0.5), T(-1));
    CHECK(math::reduce_max(y) == T(1 + 6 + 4.5 - 27));
    CHECK(math::reduce_min(y) == T(1 + 6 + 4.5 - 27));
  });
}
