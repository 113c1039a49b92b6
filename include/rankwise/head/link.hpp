#ifndef RANKWISE_HEAD_LINK_HPP
#define RANKWISE_HEAD_LINK_HPP

#include <rankwise/head/bernoulli.hpp>
#include <rankwise/head/cuts.hpp>
#include <rankwise/math/normal.hpp>

/// Links of the proportional-odds head: the distribution F of the latent variable, P(r >= k) = 1 - F(b_k - eta). A link
/// has
///   survival<P>(x)  1 - F(x)
///   density<P>(x)   f(x) = F'(x)
///   score(x)        d log f(x) / dx
///   quantile(p)     F^-1(p)
///   level(interval) the log-likelihood of one level, see `level_likelihood`
namespace rankwise::inline RANKWISE_ABI::head {

/// log P of a level between l and u, P = F(u) - F(l), and
///   lower = f(l) / P, upper = f(u) / P, shift = upper - lower = d log P / d(l, u together),
///   curvature = -d2 log P / d(l, u together)^2
template <class V>
struct level_likelihood {
  V log_p, lower, upper, shift, curvature;
};

namespace link {

/// F = sigma: proportional odds proper. P = sigma(u) sigma(-l) (1 - exp(l - u)), a product without cancellation.
struct logit {
  template <class P, class V>
  RANKWISE_FN static V survival(V x) {
    return math::sigmoid<P>(-x);
  }
  template <class P, class V>
  RANKWISE_FN static V density(V x) {
    return math::sigmoid<P>(x) * math::sigmoid<P>(-x);
  }
  RANKWISE_HOST_FN static double score(double x) { return 1 - 2 * math::sigmoid(x); }
  RANKWISE_HOST_FN static double quantile(double p) { return math::log(p / (1 - p)); }

  template <class V>
  RANKWISE_FN static level_likelihood<V> level(detail::interval<V> const& at) {
    logistic<V> const above(-at.u);
    logistic<V> const below(at.l);
    return {at.log_gap - above.softplus(-at.u) - below.softplus(at.l), below.p + at.inverse, above.p + at.inverse,
            above.p - below.p, above.p * above.q + below.p * below.q};
  }
};

/// F = Phi, the normal distribution. Works on the side where the tails are small; the distance of log Phi(u) and
/// log Phi(l) comes from that of u and l.
struct probit {
  template <class P, class V>
  RANKWISE_FN static V survival(V x) {
    return math::normal_cdf<P>(-x);
  }
  template <class P, class V>
  RANKWISE_FN static V density(V x) {
    return math::exp<P>(x * x * as<V>(-0.5)) * as<V>(one_by_root_two_pi);
  }
  RANKWISE_HOST_FN static double score(double x) { return -x; }
  RANKWISE_HOST_FN static double quantile(double p) { return math::normal_quantile(p); }

  template <class V>
  RANKWISE_FN static level_likelihood<V> level(detail::interval<V> const& at) {
    using S = math::scalar_t<V>;
    V const zero(0), one(1);
    auto const mirrored = at.l + at.u > zero;
    V const u = math::select(mirrored, -at.l, at.u);
    V const l = math::select(mirrored, -at.u, at.l);
    auto const open = l < V(-math::ops<S>::largest);
    // t = log Phi(u) - log Phi(l)
    V const log_u = math::normal_log_cdf(u);
    V const mills = math::log(math::detail::mills_ratio(-l) / math::detail::mills_ratio(math::abs(u)));
    V const t =
        math::select(open, V(math::ops<S>::infinity),
                     math::select(u < zero, (l + u) * as<V>(-0.5) * at.width - mills, log_u - math::normal_log_cdf(l)));
    V const upper = hazard(u) / -math::expm1(-t);
    V const lower = math::select(open, zero, hazard(l) / math::expm1(t));
    V const slope = upper - lower;
    // 1 - the variance of the truncated normal distribution
    constexpr double distant = sizeof(S) == 4 ? 60 : 1e4;
    V const raw = slope * slope + upper * u - math::select(open, zero, lower * l);
    V const inside = math::select(raw > zero, math::min(raw, one), zero);
    return {log_u + math::log(-math::expm1(-t)), math::select(mirrored, upper, lower),
            math::select(mirrored, lower, upper), math::select(mirrored, -slope, slope),
            math::select(u < as<V>(-distant), one - one / (u * u), inside)};
  }

private:
  static constexpr double one_by_root_two_pi = 0.39894228040143267794;

  // phi(x) / Phi(x)
  template <class V>
  RANKWISE_FN static V hazard(V x) {
    V const below = V(1) / math::detail::mills_ratio(math::abs(x));
    V const above = math::exp(x * x * as<V>(-0.5)) / math::normal_cdf(x);
    return math::select(x < V(0), below, above) * as<V>(one_by_root_two_pi);
  }
};

/// F(x) = 1 - exp(-exp(x)), so that p_k = exp(-exp(b_k - eta)). With s = u + log(1 - exp(l - u)):
///   log P = -exp(l) + log F(s)
struct cloglog {
  template <class P, class V>
  RANKWISE_FN static V survival(V x) {
    return math::exp<P>(-math::exp<P>(x));
  }
  template <class P, class V>
  RANKWISE_FN static V density(V x) {
    return math::exp<P>(x - math::exp<P>(x));
  }
  RANKWISE_HOST_FN static double score(double x) { return 1 - math::exp(x); }
  RANKWISE_HOST_FN static double quantile(double p) { return math::log(-math::log1p(-p)); }

  template <class V>
  RANKWISE_FN static level_likelihood<V> level(detail::interval<V> const& at) {
    V const one(1);
    V const start = math::exp(at.l);
    V const s = at.u + at.log_gap;
    V const t = math::min(as<V>(1000), math::exp(s)); // exp(-1000) is 0; NaN stays
    V const half = t * as<V>(0.5);
    auto const tiny = s < as<V>(-20);
    V const log_f = math::select(tiny, s - half, math::log(-math::expm1(-t)));
    V const ratio = math::select(tiny, one - half, t / math::expm1(t)); // d log F(s) / ds
    return {log_f - start, ratio * at.inverse + start, ratio * (one + at.inverse), ratio - start,
            start + ratio * math::select(tiny, half, ratio + (t - one))};
  }
};

} // namespace link
} // namespace rankwise::inline RANKWISE_ABI::head

#endif
