#ifndef RANKWISE_REWARD_KL_HPP
#define RANKWISE_REWARD_KL_HPP

#include <rankwise/loss/loss.hpp>
#include <rankwise/math/exp.hpp>
#include <rankwise/math/polynomial.hpp>
#include <rankwise/reward/surrogate.hpp>

/// Estimates of KL(pi || ref) from samples of pi (Schulman 2020, "Approximating KL divergence").
namespace rankwise::inline RANKWISE_ABI::reward {

/// Of one token, with x = log ref - log pi. `apply(k3{}, log_pi, log_ref, out)`; slopes are by log pi.
///   k1 = -x: unbiased, may be negative
struct k1 {
  template <class V>
  RANKWISE_FN V operator()(V log_pi, V log_ref) const {
    return log_pi - log_ref;
  }
  template <class V>
  RANKWISE_FN static V slope(V) {
    return V(1);
  }
  template <class V>
  RANKWISE_FN static V curvature(V) {
    return V(0);
  }
};

/// k2 = x^2 / 2: biased, low variance
struct k2 {
  template <class V>
  RANKWISE_FN V operator()(V log_pi, V log_ref) const {
    V const x = log_ref - log_pi;
    return as<V>(0.5) * x * x;
  }
  template <class V>
  RANKWISE_FN static V slope(V x) {
    return -x;
  }
  template <class V>
  RANKWISE_FN static V curvature(V) {
    return V(1);
  }
};

/// k3 = exp(x) - 1 - x: unbiased, never negative
struct k3 {
  template <class V>
  RANKWISE_FN V operator()(V log_pi, V log_ref) const {
    V const x = log_ref - log_pi;
    return math::select(math::abs(x) < as<V>(0.25), near_zero(x), math::expm1(x) - x);
  }
  template <class V>
  RANKWISE_FN static V slope(V x) {
    return -math::expm1(x);
  }
  template <class V>
  RANKWISE_FN static V curvature(V x) {
    return math::exp(x);
  }

private:
  // x^2 / 2 + x^3 / 6 + ..., where the difference would lose the digits.
  template <class V>
  RANKWISE_FN static V near_zero(V x) {
    if constexpr (sizeof(math::scalar_t<V>) == 4) {
      return x * x * math::horner(x, 1.f / 2, 1.f / 6, 1.f / 24, 1.f / 120, 1.f / 720, 1.f / 5040);
    } else {
      return x * x *
             math::horner(x, 1. / 2, 1. / 6, 1. / 24, 1. / 120, 1. / 720, 1. / 5040, 1. / 40320, 1. / 362880,
                          1. / 3628800, 1. / 39916800, 1. / 479001600, 1. / 6227020800.);
    }
  }
};

/// The estimate as a penalty over rollouts: scores are log-probabilities of the policy, labels of the reference,
///   L = (1/|o|) sum_t w_t k(score_t, label_t)
/// The hessian is the true diagonal. Slot: average (mean).
template <class Estimator = k3, class... Pieces>
struct kl {
  static_assert(slot_set<slots::average>::accepts<Pieces...>());
  using average = pick<slots::average, reward::average::mean, Pieces...>;

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    using V = typename List::vector;
    V const share(average::share(list));
    return list.sum([&](auto i) {
      V const w = share * list.weight(i);
      if constexpr (List::wants_gradient) {
        V const x = list.label(i) - list.score(i);
        list.gradient(i, w * Estimator::slope(x));
        list.hessian(i, w * Estimator::curvature(x));
      }
      return w * Estimator{}(list.score(i), list.label(i));
    });
  }

  RANKWISE_LOSS_CALLS
};

} // namespace rankwise::inline RANKWISE_ABI::reward

#endif
