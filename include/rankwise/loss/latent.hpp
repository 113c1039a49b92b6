#ifndef RANKWISE_LOSS_LATENT_HPP
#define RANKWISE_LOSS_LATENT_HPP

#include <rankwise/exec/item_run.hpp>
#include <rankwise/head/bernoulli.hpp>
#include <rankwise/math/exp.hpp>
#include <rankwise/math/lse.hpp>
#include <rankwise/math/sigmoid.hpp>

/// Losses of items whose cause is not observed: whether a shown item was looked at, whether a purchase is still to
/// come. Two logits per item; the calls are those of heads, over a matrix of logits.
namespace rankwise::inline RANKWISE_ABI::loss {

/// Clicks by examination and relevance (Wang et al. 2018; TF-Ranking's ClickEM): a click needs both,
///   P(click) = sigma(z_0) sigma(z_1),  z_0: examined, z_1: relevant
///   L = -y log P(click) - (1 - y) log(1 - P(click))
/// Its gradient is that of the M step of expectation maximisation at the current logits: with the posteriors
///   q_0 = P(examined | y),  q_1 = P(relevant | y):   dL/dz_k = sigma(z_k) - q_k
/// The hessian is that of the M step, sigma (1 - sigma), which bounds the loss. With `surrogate` the value is the M
/// step's cross-entropy, as TF-Ranking reports it, and not the likelihood.
struct click_em {
  static constexpr int columns = 2;

  bool surrogate = false;

  template <class Item>
  RANKWISE_FN auto operator()(Item& item) const {
    using V = typename Item::vector;
    V const y = item.label();
    V const a = item.logit(0);
    V const b = item.logit(1);
    head::logistic<V> const seen(a);
    head::logistic<V> const good(b);
    // Without a click: sigma - P(examined | no click) = sigma(a) sigma(b) sigma(-a) / (1 - P(click)), and likewise for
    // the other. 1 - P(click) = sigma(-a) + sigma(a) sigma(-b), of which the shares are taken from a quotient that
    // neither logit can make 0 / 0.
    V const both = seen.p * good.p;
    V const odds = math::exp(seen.softplus(a) - good.softplus(b)); // sigma(-b) / sigma(-a)
    V const missed_0 = both / (V(1) + seen.p * odds);
    V const missed_1 = both / (V(1) + good.p / odds);
    item.gradient(0, (V(1) - y) * missed_0 - y * seen.q);
    item.gradient(1, (V(1) - y) * missed_1 - y * good.q);
    item.hessian(0, seen.p * seen.q);
    item.hessian(1, good.p * good.q);
    V const softplus_0 = seen.softplus(-a); // -log sigma
    V const softplus_1 = good.softplus(-b);
    if (surrogate) {
      V const q_0 = y + (V(1) - y) * (seen.p - missed_0); // P(examined | y)
      V const q_1 = y + (V(1) - y) * (good.p - missed_1); // P(relevant | y)
      return q_0 * softplus_0 + (V(1) - q_0) * seen.softplus(a) + q_1 * softplus_1 + (V(1) - q_1) * good.softplus(b);
    }
    // log(1 - P), kept in logarithms
    V const log_none = math::log_add_exp(-seen.softplus(a), -softplus_0 - good.softplus(b));
    return y * (softplus_0 + softplus_1) - (V(1) - y) * log_none;
  }

  RANKWISE_ITEM_CALLS
};

/// Conversions that come late (Chapelle 2014): P(conversion) = sigma(z_0), its delay exponential with rate e^z_1. The
/// label is the delay d >= 0 of a conversion, or minus the time e > 0 for which none has come:
///   L = -log sigma(z_0) - z_1 + e^z_1 d                               converted
///   L = -log(sigma(-z_0) + sigma(z_0) exp(-e^z_1 e))                  not yet
/// The hessian is the true diagonal for conversions and, for the others, that of the M step, which is not negative.
struct delayed_feedback {
  static constexpr int columns = 2;

  template <class Item>
  RANKWISE_FN auto operator()(Item& item) const {
    using V = typename Item::vector;
    V const y = item.label();
    auto const converted = y >= V(0);
    V const time = math::abs(y);
    V const z = item.logit(0);
    head::logistic<V> const at(z);
    V const rate = math::exp(item.logit(1));
    V const hazard = rate * time;
    // P(it will still come | it has not) = sigma(z - hazard)
    V const pending = math::sigmoid(z - hazard);
    item.gradient(0, math::select(converted, -at.q, at.p - pending));
    item.gradient(1, math::select(converted, hazard - V(1), hazard * pending));
    item.hessian(0, at.p * at.q);
    item.hessian(1, math::select(converted, hazard, hazard * pending));
    V const waiting = at.softplus(z) - math::softplus(z - hazard); // -log(sigma(-z) + sigma(z) e^-hazard)
    return math::select(converted, at.softplus(-z) - item.logit(1) + hazard, waiting);
  }

  RANKWISE_ITEM_CALLS
};

} // namespace rankwise::inline RANKWISE_ABI::loss

#endif
