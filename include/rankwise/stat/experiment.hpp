#ifndef RANKWISE_STAT_EXPERIMENT_HPP
#define RANKWISE_STAT_EXPERIMENT_HPP

#include <rankwise/stat/paired.hpp>

/// Two groups of users, A and B: the difference of their means.
namespace rankwise::inline RANKWISE_ABI::stat {

/// The difference mean(a) - mean(b) of independent groups.
struct comparison {
  double difference = 0;
  double standard_error = math::ops<double>::quiet_nan;
  double degrees = math::ops<double>::quiet_nan; ///< of freedom
  double statistic = 0;
  double p_value = 1; ///< 1 where a group has fewer than two items, or nothing differs
  double low = math::ops<double>::quiet_nan;
  double high = math::ops<double>::quiet_nan;
};

namespace detail {

/// Welch's test from the difference of the means, variances and (effective) sizes.
template <class Isa>
comparison welch_of(double difference, double variance_a, double n_a, double variance_b, double n_b,
                    double confidence) {
  comparison c;
  c.difference = difference;
  double const a = variance_a / n_a;
  double const b = variance_b / n_b;
  c.standard_error = math::sqrt(a + b);
  if (!(n_a > 1 && n_b > 1) || !finite(c.standard_error)) {
    c.difference = finite(c.difference) ? c.difference : 0;
    return c;
  }
  if (c.standard_error == 0) {
    c.degrees = n_a + n_b - 2;
    c.low = c.high = c.difference;
    c.statistic = c.difference == 0 ? 0 : c.difference > 0 ? math::ops<double>::infinity : -math::ops<double>::infinity;
    c.p_value = c.difference == 0 ? 1 : 0;
    return c;
  }
  double const share = a / (a + b); // their squares may leave the range of double
  c.degrees = 1 / (share * share / (n_a - 1) + (1 - share) * (1 - share) / (n_b - 1));
  c.statistic = c.difference / c.standard_error;
  c.p_value = 2 * student_tail<Isa>(math::abs(c.statistic), c.degrees);
  estimate const interval = student_interval<Isa>(c.difference, c.standard_error, c.degrees, 0, confidence);
  c.low = interval.low;
  c.high = interval.high;
  return c;
}

} // namespace detail

/// Welch's t-test (1947): the groups may have different variances. Two-sided.
struct welch {
  double confidence = 0.95;

  template <class A, class B, class Isa = arch::native>
  requires tensor_column<A const> comparison operator()(A const& a, B const& b, on_error errors = {}) const {
    basic_moments<Isa> first;
    basic_moments<Isa> second;
    if (!detail::check_confidence(confidence, errors)) {
      return {};
    }
    status told[2]; // what is wrong with a group is not forgotten over the other one
    first.add(a, {.errors = told[0]});
    second.add(b, {.errors = told[1]});
    rankwise::detail::passed(told[0].ok() ? told[1] : told[0], errors);
    return (*this)(first, second);
  }
  /// Of numbers that were added up elsewhere. With weights a group counts as many items as its effective size.
  template <class Isa>
  comparison operator()(basic_moments<Isa> const& a, basic_moments<Isa> const& b, on_error errors = {}) const {
    if (!detail::check_confidence(confidence, errors)) {
      return {};
    }
    double const difference = detail::difference_of_means(
        a.mean(), b.mean(), [&](double from) { return a.mean_from(from); },
        [&](double from) { return b.mean_from(from); });
    return detail::welch_of<Isa>(difference, a.variance(), a.effective_size(), b.variance(), b.effective_size(),
                                 confidence);
  }
};

/// What CUPED found.
struct cuped_result {
  comparison plain;          ///< Welch's, of the outcome alone
  comparison adjusted;       ///< the same of outcome - theta covariate
  double theta = 0;          ///< slope of the outcome on the covariate within groups
  double variance_ratio = 1; ///< squared standard error of adjusted / that of plain; below 1 if the covariate helped
};

/// Differences with less noise by a covariate from before the experiment, such as the same user's value in the weeks
/// before (Deng, Xu, Kohavi and Walker 2013, "CUPED"):
///   y' = y - theta (x - mean x),  theta = cov(x, y) / var(x), pooled over the groups
/// The covariate must not depend on the treatment. Groups come as stat::co_moments of (covariate, outcome).
struct cuped {
  double confidence = 0.95;

  template <class Isa>
  cuped_result operator()(basic_co_moments<Isa> const& a, basic_co_moments<Isa> const& b, on_error errors = {}) const {
    cuped_result r;
    double const n[] = {a.effective_size(), b.effective_size()};
    if (!detail::check_confidence(confidence, errors) || !(n[0] > 1 && n[1] > 1)) {
      return r;
    }
    auto const difference = [&](int k) {
      return detail::difference_of_means(
          a.mean(k), b.mean(k), [&](double from) { return a.mean_from(k, from); },
          [&](double from) { return b.mean_from(k, from); });
    };
    double const apart = difference(1);
    r.plain = detail::welch_of<Isa>(apart, a.variance(1), n[0], b.variance(1), n[1], confidence);
    double const covariance = (n[0] - 1) * a.covariance() + (n[1] - 1) * b.covariance();
    double const variance = (n[0] - 1) * a.variance(0) + (n[1] - 1) * b.variance(0);
    r.theta = variance > 0 ? covariance / variance : 0;
    auto const left = [&](basic_co_moments<Isa> const& g) {
      double const v = g.variance(1) - r.theta * (2 * g.covariance() - r.theta * g.variance(0));
      return v > 0 ? v : 0;
    };
    r.adjusted = detail::welch_of<Isa>(apart - r.theta * difference(0), left(a), n[0], left(b), n[1], confidence);
    double const before = r.plain.standard_error;
    double const after = r.adjusted.standard_error;
    r.variance_ratio = before > 0 ? after / before * (after / before) : 1;
    return r;
  }
};

} // namespace rankwise::inline RANKWISE_ABI::stat

#endif
