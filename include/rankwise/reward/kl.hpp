#ifndef RANKWISE_REWARD_KL_HPP
#define RANKWISE_REWARD_KL_HPP

#include <rankwise/loss/loss.hpp>
#include <rankwise/math/exp.hpp>
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
    return math::expm1(x) - x;
  }
  template <class V>
  RANKWISE_FN static V slope(V x) {
    return -math::expm1(x);
  }
  template <class V>
  RANKWISE_FN static V curvature(V x) {
    return math::exp(x);
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
    using T = typename List::scalar;
    T const tokens = list.sum([](auto) { return V(1); });
    V const scale(std::is_same_v<average, reward::average::mean> ? T(1) / tokens : T(1));
    return list.sum([&](auto i) {
      V const w = scale * list.weight(i);
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
