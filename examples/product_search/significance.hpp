#ifndef PRODUCT_SEARCH_SIGNIFICANCE_HPP
#define PRODUCT_SEARCH_SIGNIFICANCE_HPP

#include <rankwise/stat/distribution.hpp>

#include <cmath>
#include <cstddef>
#include <vector>

namespace product_search {

/// The mean of paired differences with its 95 % interval, and the p-value of the paired t-test.
struct comparison {
  double difference = 0, low = 0, high = 0, p = 1;
};

/// Measures of float scores: what differs by no more than their rounding is equal.
inline comparison compare(std::vector<double> const& a, std::vector<double> const& b) {
  comparison c;
  auto const d = [&](std::size_t i) { return std::fabs(a[i] - b[i]) > 1e-6 ? a[i] - b[i] : 0; };
  auto const n = static_cast<double>(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    c.difference += d(i) / n;
  }
  double square = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    double const rest = d(i) - c.difference;
    square += rest * rest;
  }
  double const error = std::sqrt(square / (n - 1) / n);
  if (error > 0) {
    double const margin = rankwise::stat::student_upper_quantile(0.025, n - 1) * error;
    c.low = c.difference - margin;
    c.high = c.difference + margin;
    c.p = 2 * rankwise::stat::student_tail(std::fabs(c.difference) / error, n - 1);
  }
  return c;
}

} // namespace product_search

#endif
