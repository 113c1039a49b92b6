#include <rankwise/math/double_word.hpp>

#include <doctest/doctest.h>

#include "ulp.hpp"

#include <random>

namespace math = rankwise::math;
namespace test = rankwise_tests;

static_assert(math::detail::two_product(3.0, 7.0).high == 21.0 && math::detail::two_product(3.0, 7.0).low == 0.0);

// In float the exact sums and products are representable in long double.
TEST_CASE("two_product and fast_two_sum lose nothing") {
  std::mt19937_64 random(7);
  const auto number = [&] {
    const double m = std::ldexp(double(random() >> 11), -52) - 1;
    return static_cast<float>(std::ldexp(m, static_cast<int>(random() % 40) - 20));
  };
  std::vector<float> a, b;
  for (int i = 0; i < 100000; ++i) {
    a.push_back(number());
    b.push_back(number());
  }
  test::for_all_values<float>([&](auto type) {
    using V = decltype(type);
    int wrong = 0;
    for (std::size_t i = 0; i + math::lanes<V> <= a.size(); i += math::lanes<V>) {
      const V va = math::load<V>(a.data() + i), vb = math::load<V>(b.data() + i);
      const auto product = math::detail::two_product(va, vb);
      const auto swapped = math::abs(va) < math::abs(vb);
      const auto sum = math::detail::fast_two_sum(math::select(swapped, vb, va), math::select(swapped, va, vb));
      for (std::size_t k = 0; k < static_cast<std::size_t>(math::lanes<V>); ++k) {
        const auto get = [k](V x) { return static_cast<long double>(math::ops<V>::get(x, k)); };
        const long double x = a[i + k], y = b[i + k];
        wrong += get(product.high) + get(product.low) != x * y;
        wrong += get(sum.high) + get(sum.low) != x + y;
        wrong += static_cast<float>(get(product.high)) != static_cast<float>(x * y);
      }
    }
    CHECK(wrong == 0);
  });
}
