#ifndef RANKWISE_TESTS_SUPPORT_HALF_HPP
#define RANKWISE_TESTS_SUPPORT_HALF_HPP

#include <rankwise/core/half.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

// Two-byte floats by their definition, in double, independent of the library's shifts.
namespace support {

template <rankwise::half_format Format>
struct half_reference {
  static constexpr bool bfloat = Format == rankwise::half_format::bfloat;
  static constexpr int mantissa = bfloat ? 7 : 10;
  static constexpr int bias = bfloat ? 127 : 15;
  static constexpr int top = bfloat ? 255 : 31; // the exponent of infinities and NaN

  static double value(std::uint16_t bits) {
    int const exponent = bits >> mantissa & top;
    int const fraction = bits & ((1 << mantissa) - 1);
    double const sign = (bits & 0x8000) != 0 ? -1 : 1;
    if (exponent == top) {
      return fraction != 0 ? std::numeric_limits<double>::quiet_NaN() : sign * std::numeric_limits<double>::infinity();
    }
    int const whole = exponent == 0 ? fraction : fraction + (1 << mantissa);
    return sign * std::ldexp(whole, std::max(exponent, 1) - bias - mantissa);
  }

  /// The nearest number by search, ties to the even pattern; not for NaN.
  static std::uint16_t nearest(double x) {
    static std::vector<double> const numbers = [] {
      std::vector<double> n;
      for (int bits = 0; bits < top << mantissa; ++bits) {
        n.push_back(value(static_cast<std::uint16_t>(bits)));
      }
      n.push_back(std::ldexp(1.0, top - bias)); // what infinity stands for when it rounds
      return n;
    }();
    double const magnitude = std::fabs(x);
    auto const sign = static_cast<std::uint16_t>(std::signbit(x) ? 0x8000 : 0);
    auto const above = std::lower_bound(numbers.begin(), numbers.end(), magnitude);
    auto const k = static_cast<std::uint16_t>(above - numbers.begin());
    if (above == numbers.end()) {
      return static_cast<std::uint16_t>(sign | (k - 1));
    }
    if (*above == magnitude) {
      return static_cast<std::uint16_t>(sign | k);
    }
    double const up = *above - magnitude;
    double const down = magnitude - numbers[k - 1u];
    bool const upwards = up < down || (up == down && k % 2 == 0);
    return static_cast<std::uint16_t>(sign | (upwards ? k : k - 1));
  }

  /// Every number, every middle of two neighbours, what lies next to a middle, and numbers beyond all of them.
  static std::vector<float> hard_cases() {
    float const inf = std::numeric_limits<float>::infinity();
    std::vector<float> x{inf, std::numeric_limits<float>::max(), std::numeric_limits<float>::denorm_min(),
                         std::numeric_limits<float>::min(), 1e-41f};
    for (int bits = 0; bits < top << mantissa; ++bits) {
      double const a = value(static_cast<std::uint16_t>(bits));
      double const next =
          bits + 1 < top << mantissa ? value(static_cast<std::uint16_t>(bits + 1)) : std::ldexp(1.0, top - bias);
      auto const middle = static_cast<float>((a + next) / 2);
      x.insert(x.end(), {static_cast<float>(a), middle, std::nextafter(middle, 0.0f), std::nextafter(middle, inf)});
    }
    std::size_t const positive = x.size();
    for (std::size_t i = 0; i < positive; ++i) {
      x.push_back(-x[i]);
    }
    return x;
  }
};

} // namespace support

#endif
