#include <rankwise/math/value.hpp>

#include <doctest/doctest.h>

#include "architectures.hpp"
#include "ulp.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

namespace math = rankwise::math;

namespace {

static_assert(math::sqrt(2.0f) == 1.41421356237309504880f);
static_assert(math::sqrt(2.0) == 1.41421356237309504880);
static_assert(math::sqrt(0.0) == 0.0 && math::sqrt(1e-40f) > 0.0f);
static_assert(math::clamp(3.0f, 0.0f, 1.0f) == 1.0f);
static_assert(math::is_nan(math::sqrt(-1.0)));
static_assert(!math::is_finite(math::ops<float>::infinity));
static_assert(math::abs(-2.5) == 2.5 && math::copy_sign(2.5f, -0.0f) == -2.5f);
static_assert(math::lanes<float> == 1 && math::value<double> && !math::value<int>);

template <class T>
bool same(T a, T b) {
  return std::memcmp(&a, &b, sizeof(T)) == 0;
}

} // namespace

TEST_CASE("constant_sqrt rounds like the instruction") {
  std::mt19937_64 random(1);
  int wrong = 0;
  for (int i = 0; i < 200000; ++i) {
    const auto f = math::ops<float>::from_bits(static_cast<std::int32_t>(random() & 0x7fffffff));
    const auto d = math::ops<double>::from_bits(static_cast<std::int64_t>(random() >> 1));
    if (std::isnan(f) || std::isnan(d))
      continue;
    wrong += !same(math::detail::constant_sqrt(f), std::sqrt(f));
    wrong += !same(math::detail::constant_sqrt(d), std::sqrt(d));
  }
  CHECK(wrong == 0);
}

TEST_CASE_TEMPLATE("batches agree with scalars, operation by operation", T, float, double) {
  rankwise_tests::for_each_type(rankwise_tests::batches<T>{}, [](auto type) {
    using V = decltype(type);
    using ops = math::ops<V>;
    constexpr std::size_t n = math::lanes<V>;
    const T inf = math::ops<T>::infinity;
    const T nan = math::ops<T>::quiet_nan;
    std::vector<T> xs{T(0), T(-0.0), T(1), T(-1.5), inf, -inf, nan, T(3.25), T(1e-30), T(-7), T(12345.678)};
    for (std::size_t offset = 0; offset < xs.size(); ++offset) {
      std::vector<T> a, b;
      for (std::size_t i = 0; i < n; ++i) {
        a.push_back(xs[(i + offset) % xs.size()]);
        b.push_back(xs[(i * 3 + 5 * offset) % xs.size()]);
      }
      const V va = math::load<V>(a.data()), vb = math::load<V>(b.data());
      const auto lane = [](V x, std::size_t i) { return math::ops<V>::get(x, i); };
      for (std::size_t i = 0; i < n; ++i) {
        CHECK(same(lane(math::min(va, vb), i), math::min(a[i], b[i])));
        CHECK(same(lane(math::max(va, vb), i), math::max(a[i], b[i])));
        CHECK(same(lane(math::abs(va), i), math::abs(a[i])));
        CHECK(same(lane(math::copy_sign(va, vb), i), math::copy_sign(a[i], b[i])));
        CHECK(same(lane(math::select(va < vb, va, vb), i), a[i] < b[i] ? a[i] : b[i]));
        CHECK(same(lane(math::clamp(va, T(-1), T(2)), i), math::clamp(a[i], T(-1), T(2))));
        CHECK(same(lane(math::select(math::is_nan(va), V(T(1)), V(T(0))), i), T(std::isnan(a[i]))));
        CHECK(same(lane(math::select(math::is_finite(va), V(T(1)), V(T(0))), i), T(std::isfinite(a[i]))));
        const auto bits = math::ops<T>::bits(a[i]);
        CHECK(same(lane(ops::from_bits(ops::template shift_left<3>(ops::bits(va))), i),
                   math::ops<T>::from_bits(math::ops<T>::template shift_left<3>(bits))));
        CHECK(same(lane(ops::from_bits(ops::template shift_right<3>(ops::bits(va))), i),
                   math::ops<T>::from_bits(math::ops<T>::template shift_right<3>(bits))));
      }
    }
  });
}

TEST_CASE_TEMPLATE("fma rounds once where it says so", T, float, double) {
  rankwise_tests::for_each_type(rankwise_tests::batches<T>{}, [](auto type) {
    using V = decltype(type);
    volatile T a = T(1) + std::numeric_limits<T>::epsilon();
    volatile T square = a * a;
    const V x(static_cast<T>(a)), minus(static_cast<T>(-square));
    const T rest = math::ops<V>::get(math::fma(x, x, minus), 0);
    if (math::ops<V>::fused)
      CHECK(rest == std::fma(T(a), T(a), T(-square)));
    CHECK(math::ops<V>::get(math::fma(V(T(2)), T(3), T(4)), 0) == T(10));
  });
}

TEST_CASE_TEMPLATE("inverse", T, float, double) {
  rankwise_tests::for_each_type(rankwise_tests::batches<T>{}, [](auto type) {
    using V = decltype(type);
    CHECK(math::ops<V>::get(math::inverse(V(T(1))), 0) == T(1));
    double worst = 0;
    for (T const sign : {T(1), T(-1)}) {
      for (T const x : rankwise_tests::patterns(T(1e-37), T(1e37), 20'000, sign)) {
        worst = std::max(worst, rankwise_tests::ulp_error(math::ops<V>::get(math::inverse(V(x)), 0),
                                                          1 / static_cast<long double>(x)));
      }
    }
    CHECK(worst <= 2);
    MESSAGE("ulp: ", worst);
  });
}

TEST_CASE_TEMPLATE("reductions and masks", T, float, double) {
  rankwise_tests::for_each_type(rankwise_tests::batches<T>{}, [](auto type) {
    using V = decltype(type);
    using ops = math::ops<V>;
    constexpr std::size_t n = math::lanes<V>;
    const V up = ops::iota();
    CHECK(math::reduce_add(up) == T(n * (n - 1) / 2));
    CHECK(math::reduce_max(up - V(T(5))) == T(n) - T(6));
    CHECK(math::reduce_min(up - V(T(5))) == T(-5));
    for (std::size_t i = 0; i < n; ++i) {
      CHECK(math::reduce_max(math::select(up == V(T(i)), V(T(9)), V(T(-3)))) == T(9));
      CHECK(math::reduce_min(math::select(up == V(T(i)), V(T(-9)), V(T(3)))) == T(-9));
    }
    for (std::size_t k = 0; k <= n; ++k) {
      const auto m = ops::first(k);
      CHECK(math::count(m) == static_cast<int>(k));
      CHECK(math::any(m) == (k > 0));
      CHECK(math::none(m) == (k == 0));
      CHECK(math::all(m) == (k == n));
      for (std::size_t i = 0; i < n; ++i)
        CHECK(ops::get(math::select(m, V(T(1)), V(T(0))), i) == T(i < k));
    }
  });
}

namespace {

template <class V, class U>
void memory_round_trip() {
  using T = math::scalar_t<V>;
  constexpr std::size_t n = math::lanes<V>;
  std::vector<U> memory(2 * n + 1);
  for (std::size_t i = 0; i < memory.size(); ++i)
    memory[i] = static_cast<U>((i * 7 + 3) % 100);
  const U* from = memory.data() + 1;
  const V x = math::load<V>(from);
  for (std::size_t i = 0; i < n; ++i)
    CHECK(math::ops<V>::get(x, i) == static_cast<T>(from[i]));
  for (std::size_t k = 0; k <= n; ++k) {
    // Exactly k elements: a sanitizer sees any access behind them.
    const std::vector<U> exact(from, from + k);
    const V y = math::load_partial<V>(exact.data(), k, T(42));
    for (std::size_t i = 0; i < n; ++i)
      CHECK(math::ops<V>::get(y, i) == (i < k ? static_cast<T>(from[i]) : T(42)));
    std::vector<U> to(n, U(1));
    math::store_partial(to.data(), k, x);
    for (std::size_t i = 0; i < n; ++i)
      CHECK(to[i] == (i < k ? from[i] : U(1)));
  }
  std::vector<U> to(n + 1);
  math::store(to.data() + 1, x);
  for (std::size_t i = 0; i < n; ++i)
    CHECK(to[i + 1] == from[i]);
}

template <class V>
void memory_of_all_types() {
  memory_round_trip<V, float>();
  memory_round_trip<V, double>();
  memory_round_trip<V, std::int8_t>();
  memory_round_trip<V, std::uint8_t>();
  memory_round_trip<V, std::int16_t>();
  memory_round_trip<V, std::uint16_t>();
  memory_round_trip<V, std::int32_t>();
  memory_round_trip<V, std::uint32_t>();
  memory_round_trip<V, std::int64_t>();
  memory_round_trip<V, std::uint64_t>();
}

} // namespace

TEST_CASE_TEMPLATE("memory of any arithmetic type, whole and partial", T, float, double) {
  memory_of_all_types<T>();
  rankwise_tests::for_each_type(rankwise_tests::batches<T>{}, [](auto type) { memory_of_all_types<decltype(type)>(); });
  bool flags[64] = {true, false, true};
  rankwise_tests::for_each_type(rankwise_tests::batches<T>{}, [&](auto type) {
    using V = decltype(type);
    CHECK(math::ops<V>::get(math::load<V>(flags), 0) == T(1));
    CHECK(math::ops<V>::get(math::load<V>(flags), 1) == T(0));
  });
}
