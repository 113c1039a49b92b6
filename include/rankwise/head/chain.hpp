#ifndef RANKWISE_HEAD_CHAIN_HPP
#define RANKWISE_HEAD_CHAIN_HPP

#include <rankwise/head/bernoulli.hpp>
#include <rankwise/head/called.hpp>
#include <rankwise/head/decode.hpp>
#include <rankwise/math/lse.hpp>

namespace rankwise::inline RANKWISE_ABI::head {

/// A chain of conditional events, click -> cart -> purchase, over all impressions (ESMM, Ma et al. 2018): one logit per
/// event,
///   p_k = P(event k) = sigma(z_1) .. sigma(z_k),   log p_k = s_k = -sum_{j <= k} softplus(-z_j)
///   L = sum_k w_k H(p_k, [y >= k])
/// The label y is how far the item came: 0 nothing, 1 click, 2 cart, 3 purchase. Weights (0, 0, 1) leave the loss of
/// the whole chain alone. log(1 - p_k) is log1p(-p_k) for p_k up to 1/2, above it the logarithm of a sum of positive
/// terms, so that nothing cancels at either end:
///   1 - p_k = (1 - p_{k-1}) + p_{k-1} sigma(-z_k)
/// The hessian is the true diagonal and may be negative.
template <class Called, int Events, class T = double>
struct chain_head {
  static constexpr auto label = Called::label;
  static constexpr int columns = Events;

  numbers<Events, T> weights = numbers<Events, T>::all(1);

  constexpr char const* fault() const { return weights.are_weights() ? nullptr : "a weight of chain (0 or more)"; }

  template <class U>
  RANKWISE_HOST_FN chain_head<nameless, Events, U> bind() const {
    return {weights.template to<U>()};
  }

  template <class Item>
  RANKWISE_FN auto operator()(Item& item) const {
    using V = typename Item::vector;
    V p[static_cast<std::size_t>(Events)]; // sigma(z_j)
    V q[static_cast<std::size_t>(Events)]; // sigma(-z_j) and its logarithm
    V log_q[static_cast<std::size_t>(Events)];
    V g[static_cast<std::size_t>(Events)];
    V h[static_cast<std::size_t>(Events)];
    V loss(0);
    V s(0);
    V fail(-math::ops<typename Item::scalar>::infinity); // log(1 - p_k)
    for (int k = 0; k < Events; ++k) {
      V const z = item.logit(k);
      logistic<V> const event(z);
      p[k] = event.p;
      q[k] = event.q;
      log_q[k] = -event.softplus(z);
      fail = math::log_add_exp(fail, s + log_q[k]);
      s -= event.softplus(-z);
      g[k] = h[k] = V(0);
      V const happened = reaches(item.label(), k + 1);
      V const w = V(weights[k]);
      V const missed = math::select(s < as<V>(-0.7), math::log1p(-math::exp(s)), fail);
      loss -= w * math::select(happened > V(0), s, missed);
      for (int j = 0; j <= k; ++j) {
        V const rest = math::exp(s - fail + log_q[j]); // -d log(1 - p_k) / dz_j
        g[j] += w * math::select(happened > V(0), -q[j], rest);
        h[j] += w * math::select(happened > V(0), p[j] * q[j], rest * (rest + (q[j] - p[j])));
      }
    }
    for (int k = 0; k < Events; ++k) {
      item.gradient(k, g[k]);
      item.hessian(k, h[k]);
    }
    return loss;
  }

  /// The probability of the first `events` of the chain, by default of all.
  template <class P = math::precise, class Logits>
  RANKWISE_FN auto probability(Logits z, int events = Events) const {
    auto p = math::sigmoid<P>(z(0));
    for (int k = 1; k < events; ++k) {
      p *= math::sigmoid<P>(z(k));
    }
    return p;
  }
  /// dp / dz_j = p sigma(-z_j)
  template <class P = math::precise, class Logits, class V>
  RANKWISE_FN void probability_partials(Logits z, V* d, int events = Events) const {
    V const p = probability<P>(z, events);
    for (int k = 0; k < Events; ++k) {
      d[k] = k < events ? p * math::sigmoid<P>(-z(k)) : V(0);
    }
  }
  template <class P = math::precise, class Logits>
  RANKWISE_FN auto log_probability(Logits z, int events = Events) const {
    auto s = math::log_sigmoid<P>(z(0));
    for (int k = 1; k < events; ++k) {
      s += math::log_sigmoid<P>(z(k));
    }
    return s;
  }
  /// d log p / dz_j = sigma(-z_j)
  template <class P = math::precise, class Logits, class V>
  RANKWISE_FN void log_probability_partials(Logits z, V* d, int events = Events) const {
    for (int k = 0; k < Events; ++k) {
      d[k] = k < events ? math::sigmoid<P>(-z(k)) : V(0);
    }
  }

  RANKWISE_DECODE_CALLS
  RANKWISE_ITEM_CALLS
};

namespace detail {
template <class First, class... Rest>
struct last_of : last_of<Rest...> {};
template <class Only>
struct last_of<Only> {
  using type = Only;
};
} // namespace detail

/// chain<"click", "cart", "purchase">{}: the events in their order. Among heads it has the name of the last one.
template <name... Events>
using chain = chain_head<typename detail::last_of<called<Events>...>::type, static_cast<int>(sizeof...(Events))>;

} // namespace rankwise::inline RANKWISE_ABI::head

namespace rankwise::inline RANKWISE_ABI::decode {

/// p_1 .. p_n of a chain of n events.
struct events {
  template <class Head>
  static constexpr bool fits = requires(Head const& head) {
    head.template probability<math::precise>(head::detail::logits_of_none{}, 1);
  };
  template <class Head>
  static constexpr int columns = Head::columns;

  template <class P, class Head, class Logits, class Out>
  RANKWISE_FN void decode(Head const& head, Logits z, Out out) const {
    for (int k = 0; k < Head::columns; ++k) {
      out(k, head.template probability<P>(z, k + 1));
    }
  }
};

/// log P(all events) of a chain.
struct log_probability {
  template <class Head>
  static constexpr bool fits = requires(Head const& head) {
    head.template log_probability<math::precise>(head::detail::logits_of_none{});
  };
  template <class Head>
  static constexpr int columns = 1;

  template <class P, class Head, class Logits, class Out>
  RANKWISE_FN void decode(Head const& head, Logits z, Out out) const {
    out(0, head.template log_probability<P>(z));
  }
};

} // namespace rankwise::inline RANKWISE_ABI::decode

#endif
