#include <rankwise/math/batch.hpp>
#include <rankwise/math/exp2.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <random>

namespace rw = rankwise;

namespace {

template <class T>
double ulp_error(T got, long double exact) {
  if (std::isinf(got) || exact == 0) {
    return got == static_cast<T>(exact) ? 0 : 1e9;
  }
  int exponent = 0;
  std::frexp(exact, &exponent);
  int const lowest = std::numeric_limits<T>::min_exponent;
  long double const ulp = std::ldexp(1.0L, std::max(exponent, lowest) - std::numeric_limits<T>::digits);
  return static_cast<double>(std::fabs(static_cast<long double>(got) - exact) / ulp);
}

template <class T>
void sweep(T low, T high, int steps) {
  using B = xsimd::batch<T>;
  constexpr std::size_t width = B::size;
  std::mt19937_64 random(17);
  std::uniform_real_distribution<T> at(low, high);
  double worst = 0;
  for (int s = 0; s < steps; ++s) {
    alignas(64) T x[width];
    alignas(64) T y[width];
    for (T& v : x) {
      v = at(random);
    }
    rw::math::exp2(B::load_aligned(x)).store_aligned(y);
    for (std::size_t i = 0; i < width; ++i) {
      long double const exact = std::exp2(static_cast<long double>(x[i]));
      worst = std::max({worst, ulp_error(y[i], exact), ulp_error(rw::math::exp2(x[i]), exact)});
    }
  }
  CHECK(worst <= 1.5);
}

} // namespace

TEST_CASE("exp2: error bound over the whole range") {
  sweep<float>(-150, 128, 100000);
  sweep<float>(-1, 1, 100000);
  sweep<double>(-1075, 1024, 50000);
  sweep<double>(-1, 1, 50000);
}

TEST_CASE("exp2: whole arguments are exact, edges") {
  for (int k = -149; k <= 127; ++k) {
    CAPTURE(k);
    CHECK(rw::math::exp2(static_cast<float>(k)) == std::ldexp(1.0f, k));
  }
  for (int k = -1074; k <= 1023; ++k) {
    CAPTURE(k);
    CHECK(rw::math::exp2(static_cast<double>(k)) == std::ldexp(1.0, k));
  }
  float const inf = std::numeric_limits<float>::infinity();
  CHECK(rw::math::exp2(inf) == inf);
  CHECK(rw::math::exp2(-inf) == 0.0f);
  CHECK(rw::math::exp2(128.0f) == inf);
  CHECK(rw::math::exp2(-150.5f) == 0.0f);
  CHECK(std::isnan(rw::math::exp2(std::numeric_limits<float>::quiet_NaN())));
  static_assert(rw::math::exp2(3.0f) == 8.0f && rw::math::exp2(-2.0) == 0.25);
}
