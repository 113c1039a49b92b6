#ifndef RANKWISE_TESTS_UNIT_MATH_ULP_HPP
#define RANKWISE_TESTS_UNIT_MATH_ULP_HPP

#include <doctest/doctest.h>

#include "architectures.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

// Errors against long double, in units in the last place of the exact result (of the smallest normal number's
// neighbours for denormal results).
namespace rankwise_tests {

template <class T>
double ulp_error(T got, long double exact) {
  using limits = std::numeric_limits<T>;
  if (std::isnan(exact))
    return std::isnan(got) ? 0.0 : 1e30;
  if (std::isnan(got))
    return 1e30;
  // What rounds to infinity is infinity.
  const long double edge = std::ldexp(2.0L - std::ldexp(1.0L, -limits::digits), limits::max_exponent - 1);
  if (std::fabs(exact) >= edge)
    return std::isinf(got) && (got > 0) == (exact > 0)     ? 0.0
           : got == std::copysign(limits::max(), T(exact)) ? 1.0
                                                           : 1e30;
  if (std::isinf(got))
    return std::fabs(exact) >= static_cast<long double>(limits::max()) * (1 - limits::epsilon()) ? 1.0 : 1e30;
  int exponent = limits::min_exponent - 1;
  if (std::fabs(exact) >= static_cast<long double>(limits::min()))
    exponent = std::ilogb(exact);
  return static_cast<double>(std::fabs(static_cast<long double>(got) - exact) *
                             std::ldexp(1.0L, limits::digits - 1 - exponent));
}

template <class T>
bool same_bits(T a, T b) {
  return std::memcmp(&a, &b, sizeof(T)) == 0 || (std::isnan(a) && std::isnan(b));
}

/// n points of [low, high], evenly spaced.
template <class T>
std::vector<T> linear(double low, double high, int n) {
  std::vector<T> x;
  x.reserve(static_cast<std::size_t>(n));
  for (int i = 0; i < n; ++i)
    x.push_back(static_cast<T>(low + (high - low) * i / (n - 1)));
  return x;
}

/// n bit patterns of one sign, evenly spaced between those of two positive numbers; so all exponents between them.
template <class T>
std::vector<T> patterns(T low, T high, int n, T sign = T(1)) {
  using bits = typename rankwise::math::ops<T>::integer;
  const auto a = rankwise::math::ops<T>::bits(low), b = rankwise::math::ops<T>::bits(high);
  std::vector<T> x;
  x.reserve(static_cast<std::size_t>(n));
  const auto step = std::max<bits>(1, (b - a) / n);
  for (bits i = 0; i < n && a + i * step <= b; ++i)
    x.push_back(sign * rankwise::math::ops<T>::from_bits(static_cast<bits>(a + i * step)));
  return x;
}

/// Numbers where implementations break.
template <class T>
std::vector<T> edges() {
  using limits = std::numeric_limits<T>;
  std::vector<T> x{T(0), limits::infinity(), limits::quiet_NaN(), limits::denorm_min(), limits::min(), limits::max()};
  for (double v : {1e-320, 1e-310, 1e-45, 1e-40,  2e-38, 1e-30, 1e-17, 1e-8,  1e-7,  1e-3,  0.25,  0.5,  0.75,  1.0,
                   1.5,    2.0,    8.0,   17.0,   37.0,  87.3,  87.4,  88.37, 88.5,  88.72, 88.73, 89.0, 103.9, 104.0,
                   105.0,  708.4,  709.7, 709.79, 710.0, 745.1, 745.2, 746.0, 750.0, 1e3,   1e10,  1e30, 1e37,  1e300})
    x.push_back(static_cast<T>(v));
  const std::size_t n = x.size();
  for (std::size_t i = 0; i < n; ++i) {
    x.push_back(std::nextafter(x[i], T(0)));
    x.push_back(std::nextafter(x[i], limits::infinity()));
  }
  const std::size_t m = x.size();
  for (std::size_t i = 0; i < m; ++i)
    x.push_back(-x[i]);
  return x;
}

template <class T>
std::vector<T> join(std::initializer_list<std::vector<T>> parts) {
  std::vector<T> all;
  for (const auto& p : parts)
    all.insert(all.end(), p.begin(), p.end());
  return all;
}

/// f over all of x with value type V; a remainder goes through a padded batch.
template <class V, class F>
std::vector<rankwise::math::scalar_t<V>> map(const std::vector<rankwise::math::scalar_t<V>>& x, F f) {
  namespace math = rankwise::math;
  constexpr std::size_t n = math::lanes<V>;
  std::vector<math::scalar_t<V>> y(x.size());
  std::size_t i = 0;
  for (; i + n <= x.size(); i += n)
    math::store(y.data() + i, f(math::load<V>(x.data() + i)));
  if (i < x.size())
    math::store_partial(y.data() + i, x.size() - i, f(math::load_partial<V>(x.data() + i, x.size() - i, x[i])));
  return y;
}

/// Floats from low to high, each next to the one before, low and high of one sign and in that order: how often a result
/// is smaller than the one before it.
template <class V, class F>
long inversions(F f, float low, float high) {
  namespace math = rankwise::math;
  using o = math::ops<float>;
  constexpr std::int32_t block = 4096;
  constexpr std::size_t width = math::lanes<V>;
  static float x[block + width], y[block + width];
  const std::int32_t step = low < 0 ? -1 : 1; // of the bit pattern
  const std::int32_t count = (o::bits(high) - o::bits(low)) * step + 1;
  float last = -o::infinity;
  long found = 0;
  for (std::int32_t begin = 0; begin < count; begin += block) {
    const std::int32_t n = std::min(block, count - begin);
    for (std::int32_t i = 0; i < n; ++i)
      x[i] = o::from_bits(o::bits(low) + (begin + i) * step);
    std::fill_n(x + n, width, x[n - 1]);
    for (std::int32_t i = 0; i < n; i += static_cast<std::int32_t>(width))
      math::store(y + i, f(math::load<V>(x + i)));
    for (std::int32_t i = 0; i < n; ++i) {
      found += !(y[i] >= last);
      last = y[i];
    }
  }
  return found;
}

/// The same for a sample: 4,096 floats around every multiple of ln 2 / 2 up to `top`, where reductions change their
/// exponents, all floats of a binade, and the smallest ones.
template <class V, class F>
long inversions_in_sample(F f, float top) {
  long found = inversions<V>(f, 0.5f, 1.0f) + inversions<V>(f, -1.0f, -0.5f);
  found += inversions<V>(f, 0.0f, 1e-41f) + inversions<V>(f, -1e-41f, -1e-45f);
  for (int k = 1; 0.34657359 * k < static_cast<double>(top); ++k) {
    const float x = static_cast<float>(0.34657359027997264 * k);
    const std::int32_t bits = rankwise::math::ops<float>::bits(x);
    const float below = rankwise::math::ops<float>::from_bits(bits - 2048);
    const float above = rankwise::math::ops<float>::from_bits(bits + 2048);
    found += inversions<V>(f, below, above) + inversions<V>(f, -above, -below);
  }
  // Some change sixteenths of an exponent: half-way between multiples of ln 2 / 16.
  for (int k = 1; k < 800; ++k) {
    const std::int32_t bits = rankwise::math::ops<float>::bits(static_cast<float>(0.02166084939249829 * k));
    const float below = rankwise::math::ops<float>::from_bits(bits - 64);
    const float above = rankwise::math::ops<float>::from_bits(bits + 64);
    found += inversions<V>(f, below, above) + inversions<V>(f, -above, -below);
  }
  return found;
}

template <class T>
struct worst {
  double ulp = 0;
  T at = 0;
  T got = 0;
};

template <class T>
worst<T> compare(const std::vector<T>& x, const std::vector<T>& y, const std::vector<long double>& exact) {
  worst<T> w;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (y[i] == static_cast<T>(exact[i]))
      continue; // correctly rounded
    const double e = ulp_error(y[i], exact[i]);
    if (e > w.ulp)
      w = {e, x[i], y[i]};
  }
  return w;
}

/// Calls report(worst) once for the scalar function and once for every batch type.
template <class T, class F, class R, class Report>
void sweep(const std::vector<T>& x, F f, R reference, Report report) {
  std::vector<long double> exact(x.size());
  for (std::size_t i = 0; i < x.size(); ++i)
    exact[i] = reference(static_cast<long double>(x[i]));
  report(compare(x, map<T>(x, f), exact));
  for_each_type(batches<T>{}, [&](auto type) { report(compare(x, map<decltype(type)>(x, f), exact)); });
}

/// Both signs, all exponents, and the edges.
template <class T>
std::vector<T> everywhere(int n, T low = std::numeric_limits<T>::denorm_min(), T high = std::numeric_limits<T>::max()) {
  return join<T>({edges<T>(), patterns<T>(low, high, n), patterns<T>(low, high, n, T(-1))});
}

/// Asserts an error bound in ulp for the scalar function and for every batch type.
template <class T, class F, class R>
void check_bound(const std::vector<T>& x, double bound, F f, R reference) {
  sweep(x, f, reference, [&](const worst<T>& w) {
    INFO("worst at " << w.at << ": " << w.got);
    CHECK(w.ulp <= bound);
  });
}

/// Points per sweep: a few million floats in all, and fewer doubles.
template <class T>
inline constexpr int dense = sizeof(T) == 4 ? 600000 : 150000;

/// Calls f(V{}) for the scalar and for every batch type.
template <class T, class F>
void for_all_values(F f) {
  f(T{});
  for_each_type(batches<T>{}, f);
}

/// f of one number, computed in lane `lane` of a batch whose other lanes hold NaN.
template <class V, class F>
rankwise::math::scalar_t<V> in_lane(rankwise::math::scalar_t<V> x, std::size_t lane, F f) {
  namespace math = rankwise::math;
  using T = math::scalar_t<V>;
  const V v = math::select(math::ops<V>::iota() == V(static_cast<T>(lane)), V(x), V(math::ops<T>::quiet_nan));
  return math::ops<V>::get(f(v), lane);
}

/// f(x) has the bits of `expected` in every lane whatever the other lanes hold (NaN: any NaN).
template <class T, class F>
void check_value(T x, T expected, F f) {
  for_all_values<T>([&](auto type) {
    using V = decltype(type);
    for (std::size_t lane = 0; lane < static_cast<std::size_t>(rankwise::math::lanes<V>); ++lane) {
      INFO("at " << x);
      CHECK(same_bits(in_lane<V>(x, lane, f), expected));
    }
  });
}

} // namespace rankwise_tests

#endif
