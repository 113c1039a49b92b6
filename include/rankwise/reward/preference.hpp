#ifndef RANKWISE_REWARD_PREFERENCE_HPP
#define RANKWISE_REWARD_PREFERENCE_HPP

#include <rankwise/core/policy.hpp>
#include <rankwise/exec/item_run.hpp>
#include <rankwise/exec/pack.hpp>
#include <rankwise/math/sigmoid.hpp>

namespace rankwise::inline RANKWISE_ABI::reward {

/// Direct preference optimisation (arXiv 2305.18290) on supplied log-probabilities; one item is a pair of answers:
///   L = -log sigma(m),  m = beta ((log pi_chosen - log pi_rejected) - (log ref_chosen - log ref_rejected))
/// Logits: log pi of the chosen and of the rejected answer. Label: the reference's margin, log ref_chosen - log
/// ref_rejected. With smoothing s, the share of swapped pairs: L = (1 - s) softplus(-m) + s softplus(m).
///   dL/dlog pi_chosen = -dL/dlog pi_rejected = beta (s - sigma(-m))
/// The hessian is the true diagonal, beta^2 sigma(m) sigma(-m) for both.
struct dpo {
  static constexpr int columns = 2;

  double beta = 0.1;
  double smoothing = 0;

  constexpr char const* fault() const {
    return !(beta > 0 && rankwise::detail::finite_parameter(beta)) ? "beta of dpo (positive)"
           : !(smoothing >= 0 && smoothing <= 0.5)                 ? "smoothing of dpo (0 .. 0.5)"
                                                                   : nullptr;
  }

  template <class Item>
  RANKWISE_FN auto operator()(Item& item) const {
    using V = typename Item::vector;
    V const b = as<V>(beta);
    V const s = as<V>(smoothing);
    V const m = b * ((item.logit(0) - item.logit(1)) - item.label());
    V const wrong = math::sigmoid(-m);
    V const slope = b * (s - wrong);
    V const curvature = b * b * (wrong * math::sigmoid(m));
    item.gradient(0, slope);
    item.gradient(1, -slope);
    item.hessian(0, curvature);
    item.hessian(1, curvature);
    return math::softplus(-m) + s * m; // softplus(m) = softplus(-m) + m
  }

  RANKWISE_ITEM_CALLS
};

} // namespace rankwise::inline RANKWISE_ABI::reward

#endif
