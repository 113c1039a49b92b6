#ifndef RANKWISE_TESTS_SUPPORT_ULP_HPP
#define RANKWISE_TESTS_SUPPORT_ULP_HPP

#include <cmath>
#include <concepts>
#include <limits>

namespace support {

/// Distance of a computed value from the exact one, in units of the last place of T at the exact value.
/// Equal infinities and two NaNs are 0 apart; one NaN, or infinities of different sign, are infinitely far apart.
template <std::floating_point T>
double ulp_error(T computed, long double exact) {
  long double const huge = std::numeric_limits<double>::infinity();
  if (std::isnan(computed) || std::isnan(exact)) {
    return static_cast<double>(std::isnan(computed) && std::isnan(exact) ? 0 : huge);
  }
  T const rounded = static_cast<T>(exact);
  if (std::isinf(computed) || std::isinf(rounded)) {
    return static_cast<double>(computed == rounded ? 0 : huge);
  }
  int exponent = 0;
  std::frexp(std::fabs(exact), &exponent);
  int const lowest = std::numeric_limits<T>::min_exponent;
  if (exact == 0 || exponent < lowest) {
    exponent = lowest;
  }
  long double const ulp = std::ldexp(1.0L, exponent - std::numeric_limits<T>::digits);
  return static_cast<double>(std::fabs(static_cast<long double>(computed) - exact) / ulp);
}

} // namespace support

#endif
