#ifndef RANKWISE_REWARD_SURROGATE_HPP
#define RANKWISE_REWARD_SURROGATE_HPP

#include <rankwise/core/policies.hpp>
#include <rankwise/core/policy.hpp>
#include <rankwise/loss/loss.hpp>
#include <rankwise/math/exp.hpp>

/// Losses over the tokens of rollouts: a list is a rollout, an item a token. Scores are log-probabilities of the policy
/// in training, labels those of the policy that made the rollouts.
namespace rankwise::inline RANKWISE_ABI {

namespace slots {
struct ratio;
struct average;
} // namespace slots

namespace reward {

/// What is clipped: the ratio of every token (GRPO), or one of the whole rollout.
namespace ratio {
struct token {
  using slot = slots::ratio;
};
/// exp of the mean log-ratio (GSPO, arXiv 2507.18071).
struct sequence {
  using slot = slots::ratio;
};
/// exp of the sum of the log-ratios.
struct product {
  using slot = slots::ratio;
};
} // namespace ratio

/// Whether terms of tokens are averaged over their rollout, or added up: share(list) is what a token's term is
/// multiplied by.
namespace average {
struct mean {
  using slot = slots::average;
  template <class List>
  RANKWISE_FN static auto share(List const& list) {
    using V = typename List::vector;
    return typename List::scalar(1) / list.sum([](auto) { return V(1); });
  }
};
struct sum {
  using slot = slots::average;
  template <class List>
  RANKWISE_FN static auto share(List const&) {
    return typename List::scalar(1);
  }
};
} // namespace average

/// Clipped surrogate (PPO, arXiv 1707.06347; by token as in GRPO, arXiv 2402.03300), as a loss:
///   L = -(1/|o|) sum_t min(rho_t A_t, clip(rho_t, 1 - low, 1 + high) A_t),  rho_t = exp(score_t - label_t)
/// where A < 0 at least dual A (dual clip, arXiv 1912.09729). The advantages A are the item weights.
///   dL/dscore_t = -rho_t A_t / |o| where the ratio itself is the smaller term, 0 where the clipped one is
///   d2L/dscore_t2 = the same: the true diagonal, negative where A > 0
/// Slots: ratio (token), average (mean; of ratio::token alone). A rollout with one ratio has one advantage: the mean of
/// its tokens'. At the edge of a clip the derivative is that of the ratio.
template <class... Pieces>
struct clipped_surrogate {
  static_assert(slot_set<slots::ratio, slots::average>::accepts<Pieces...>());
  using ratio = pick<slots::ratio, reward::ratio::token, Pieces...>;
  using average = pick<slots::average, reward::average::mean, Pieces...>;
  static_assert(std::is_same_v<ratio, reward::ratio::token> || std::is_same_v<average, reward::average::mean>,
                "[rankwise] clipped_surrogate: a rollout with one ratio has one term; average::sum goes with "
                "ratio::token alone");

  double low = 0.2;
  double high = 0.2;
  double dual = math::ops<double>::infinity; ///< above 1; infinity: no dual clip

  constexpr char const* fault() const {
    return !(low >= 0 && low <= 1)                     ? "low of clipped_surrogate (0 .. 1)"
           : !rankwise::detail::weight_parameter(high) ? "high of clipped_surrogate (at least 0)"
           : !(dual > 1)                               ? "dual of clipped_surrogate (above 1)"
                                                       : nullptr;
  }

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    using V = typename List::vector;
    using T = typename List::scalar;
    T const share = average::share(list);
    if constexpr (std::is_same_v<ratio, reward::ratio::token>) {
      V const scale(-share);
      return list.sum([&](auto i) {
        auto const t = term(math::exp(list.score(i) - list.label(i)), list.weight(i));
        if constexpr (List::wants_gradient) {
          list.gradient(i, scale * t.slope);
          list.hessian(i, scale * t.slope);
        }
        return scale * t.value;
      });
    } else {
      T const step = std::is_same_v<ratio, reward::ratio::sequence> ? share : T(1); // of the log-ratio, by a token
      T const log_ratio = step * list.sum([&](auto i) { return list.score(i) - list.label(i); });
      T const advantage = share * list.sum([&](auto i) { return list.weight(i); });
      auto const t = term(math::exp(log_ratio), advantage);
      if constexpr (List::wants_gradient) {
        list.each([&](auto i) {
          list.gradient(i, V(-step * t.slope));
          list.hessian(i, V(-step * step * t.slope));
        });
      }
      return -t.value;
    }
  }

  RANKWISE_LOSS_CALLS

private:
  template <class V>
  struct surrogate_term {
    V value;
    V slope; // by the log-ratio
  };

  template <class V>
  RANKWISE_FN surrogate_term<V> term(V rho, V advantage) const {
    V const plain = math::select(advantage == V(0), V(0), rho * advantage); // rho may overflow
    V const clipped = math::clamp(rho, as<V>(1 - low), as<V>(1 + high)) * advantage;
    V const least = math::select(advantage < V(0), as<V>(dual) * advantage, V(-math::ops<math::scalar_t<V>>::infinity));
    V const smaller = math::select(clipped < plain, clipped, plain);
    auto const follows = !(clipped < plain) && !(plain < least);
    return {math::max(smaller, least), math::select(follows, plain, V(0))};
  }
};

/// What is said, weighed by its probability, without a ratio (third term of J of DyKnow-RAG, arXiv 2510.11122), as a
/// loss: scores are log-probabilities, labels the scaled advantages T,
///   L = -(1/|o|) sum_t w_t T_t exp(score_t),  dL/dscore_t = d2L/dscore_t2 = -w_t T_t exp(score_t) / |o|
/// The hessian is the true diagonal, negative where T > 0. Slot: average (mean).
template <class... Pieces>
struct weighted_probability {
  static_assert(slot_set<slots::average>::accepts<Pieces...>());
  using average = pick<slots::average, reward::average::mean, Pieces...>;

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    using V = typename List::vector;
    V const scale(-average::share(list));
    return list.sum([&](auto i) {
      V const term = scale * list.weight(i) * list.label(i) * math::exp(list.score(i));
      if constexpr (List::wants_gradient) {
        list.gradient(i, term);
        list.hessian(i, term);
      }
      return term;
    });
  }

  RANKWISE_LOSS_CALLS
};

} // namespace reward
} // namespace rankwise::inline RANKWISE_ABI

#endif
