#ifndef RANKWISE_STAT_DISTRIBUTION_HPP
#define RANKWISE_STAT_DISTRIBUTION_HPP

#include <rankwise/core/arch.hpp>
#include <rankwise/math/math.hpp>

/// Distribution functions that tests of significance need, in double. The normal distribution is in math/normal.hpp.
namespace rankwise::inline RANKWISE_ABI::stat {

namespace detail {

/// What Stirling's formula leaves out: log Gamma(x + 1) - (x + 1/2) log x + x - log(2 pi) / 2, for x > 0.
template <class Isa>
double stirling_error(double x) {
  double left_out = 0;
  for (; x < 16; x += 1) {
    left_out += (x + 0.5) * math::log1p(1 / x) - 1;
  }
  double const y = 1 / (x * x);
  return left_out +
         (1.0 / 12 - y * (1.0 / 360 - y * (1.0 / 1260 - y * (1.0 / 1680 - y * (1.0 / 1188 - y * (691.0 / 360360)))))) /
             x;
}

/// x log(x / m) + m - x without cancellation where x is near m (Loader 2000, "Fast and accurate computation of binomial
/// probabilities").
template <class Isa>
double deviance(double x, double m) {
  double const d = x - m;
  double const v = d / (x + m);
  if (math::abs(v) < 0.1) {
    double sum = d * v;
    double power = 2 * x * v;
    for (int k = 3;; k += 2) {
      power *= v * v;
      double const next = sum + power / k;
      if (next == sum) {
        return sum;
      }
      sum = next;
    }
  }
  return x * math::log(x / m) - d;
}

/// x^a y^b / (a B(a, b)), y = 1 - x.
template <class Isa>
double beta_factor(double a, double b, double x, double y) {
  double const n = a + b;
  double const exponent = stirling_error<Isa>(n) - stirling_error<Isa>(a) - stirling_error<Isa>(b) -
                          deviance<Isa>(a, n * x) - deviance<Isa>(b, n * y);
  return math::exp(exponent) * math::sqrt(b / (6.283185307179586477 * a * n));
}

/// I_x(a, b) for x below the mean: the continued fraction of Didonato and Morris (1992, "Algorithm 708", formula 9),
/// from front to back (Lentz, Thompson).
template <class Isa>
double lower_beta(double a, double b, double x, double y) {
  auto const whole = [=](double n) {
    double const shift = n == 0 ? 0 : n * (b - n) * x / (a + 2 * n - 1);
    return n + shift + (a + n) * (a * y - b * x + 1 + n * (2 - x)) / (a + 2 * n + 1);
  };
  auto const not_zero = [](double v) { return v == 0 ? 1e-300 : v; };
  double c = not_zero(whole(0));
  double d = 0;
  double fraction = c;
  for (double n = 1; n < 1e6; n += 1) {
    double const above = (a + n - 1) * (a + b + n - 1) * n * (b - n) * x * x / ((a + 2 * n - 1) * (a + 2 * n - 1));
    d = 1 / not_zero(whole(n) + above * d);
    c = not_zero(whole(n) + above / c);
    fraction *= c * d;
    if (math::abs(c * d - 1) < 3e-16) {
      break;
    }
  }
  return beta_factor<Isa>(a, b, x, y) * (a / fraction);
}

/// I_x(a, b) from x and y = 1 - x, so that neither end loses digits.
template <class Isa>
double incomplete_beta(double a, double b, double x, double y) {
  if (!(a > 0) || !(b > 0) || !(x >= 0) || !(y >= 0)) {
    return math::ops<double>::quiet_nan;
  }
  if (x == 0 || y == 0) {
    return x == 0 ? 0 : 1;
  }
  return x <= (a + 1) / (a + b + 2) ? lower_beta<Isa>(a, b, x, y) : 1 - lower_beta<Isa>(b, a, y, x);
}

} // namespace detail

/// Regularised incomplete beta function I_x(a, b), for a, b > 0 and 0 <= x <= 1; NaN elsewhere. Relative error below
/// 1e-13 for a and b from 1/2 to 1e3, 3e-12 up to 1e6, except where I_x is within 1e-3 of 1: there it is absolute.
template <class Isa = arch::native>
double incomplete_beta(double a, double b, double x) {
  return detail::incomplete_beta<Isa>(a, b, x, 1 - x);
}

/// P(T > t) of Student's distribution with `degrees` degrees of freedom, a positive number that need not be whole.
/// Relative error below 2e-13 in both tails.
template <class Isa = arch::native>
double student_tail(double t, double degrees) {
  if (!(degrees > 0) || !(t - t == 0)) {
    return degrees > 0 && t > 0 ? 0 : degrees > 0 && t < 0 ? 1 : math::ops<double>::quiet_nan;
  }
  double const square = t * t;
  // Far out the tail falls like t^-degrees; t^2 would overflow, and its inverse underflow.
  if (square > 1e150 && degrees < 1e130) {
    double const tail = student_tail<Isa>(1e75, degrees);
    double const further = tail > 0 ? tail * math::exp(-degrees * math::log(math::abs(t) / 1e75)) : 0;
    return t > 0 ? further : 1 - further;
  }
  double const x = square < 1e300 ? square / (degrees + square) : 1;
  double const y = square < 1e300 ? degrees / (degrees + square) : degrees / t / t;
  if (square < 1) { // near the middle the tail is 1/2 less something small
    double const half = detail::incomplete_beta<Isa>(0.5, degrees / 2, x, y) / 2;
    return t > 0 ? 0.5 - half : 0.5 + half;
  }
  double const tail = detail::incomplete_beta<Isa>(degrees / 2, 0.5, y, x) / 2;
  return t > 0 ? tail : 1 - tail;
}

/// The t with P(T > t) = tail, 0 < tail < 1; infinite beyond 1e300. Relative error below 1e-12.
template <class Isa = arch::native>
double student_upper_quantile(double tail, double degrees) {
  if (!(tail > 0 && tail < 1 && degrees > 0)) {
    return math::ops<double>::quiet_nan;
  }
  if (tail > 0.5) {
    return -student_upper_quantile<Isa>(1 - tail, degrees);
  }
  if (tail == 0.5) {
    return 0;
  }
  double low = 0;
  double high = 1;
  while (student_tail<Isa>(high, degrees) > tail && high < 1e300) {
    low = high;
    high *= 2;
  }
  if (!(high < 1e300)) {
    return math::ops<double>::infinity;
  }
  // Secants on the logarithm of the tail, halving where they do not help.
  double const target = math::log(tail);
  double at_low = math::log(student_tail<Isa>(low, degrees)) - target;
  double at_high = math::log(student_tail<Isa>(high, degrees)) - target;
  for (int i = 0; i < 200 && high - low > 1e-15 * high; ++i) {
    double t = low + (high - low) * (at_low / (at_low - at_high));
    double const edge = 1e-3 * (high - low);
    if (i % 3 == 2 || !(t > low && t < high)) {
      t = low + (high - low) / 2;
    } else if (i % 3 == 1) { // step over the root, so that both ends move
      t = t - low < high - t ? t + edge : t - edge;
    }
    double const at = math::log(student_tail<Isa>(t, degrees)) - target;
    (at > 0 ? low : high) = t;
    (at > 0 ? at_low : at_high) = at;
    if (at == 0) {
      return t;
    }
  }
  return low + (high - low) / 2;
}

/// P(X >= k) for the number X of successes in n independent trials of probability p.
template <class Isa = arch::native>
double binomial_tail(double k, double n, double p) {
  return k <= 0 ? 1 : k > n ? 0 : incomplete_beta<Isa>(k, n - k + 1, p);
}

} // namespace rankwise::inline RANKWISE_ABI::stat

#endif
