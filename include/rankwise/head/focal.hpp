#ifndef RANKWISE_HEAD_FOCAL_HPP
#define RANKWISE_HEAD_FOCAL_HPP

#include <rankwise/head/bernoulli.hpp>
#include <rankwise/head/called.hpp>
#include <rankwise/head/decode.hpp>
#include <rankwise/math/sigmoid.hpp>

namespace rankwise::inline RANKWISE_ABI::head {

/// A binary head with the focal loss (Lin et al. 2017). With q = sigma(-s), the probability of the wrong class for the
/// margin s = z where y = 1 and s = -z where y = 0, and alpha_t = alpha or 1 - alpha:
///   L = alpha_t q^gamma softplus(-s),   dL/ds = -alpha_t q^gamma (gamma (1 - q) softplus(-s) + q)
/// A label between 0 and 1 mixes both. The hessian is the true one and negative where the loss is concave.
template <class Called, class T = double>
struct focal_head {
  static constexpr auto label = Called::label;
  static constexpr int columns = 1;

  T gamma = T(2);
  T alpha = T(0.25);

  constexpr char const* fault() const {
    return !rankwise::detail::weight_parameter(static_cast<double>(gamma)) ? "gamma of focal (0 or more)"
           : !(alpha >= T(0) && alpha <= T(1))                             ? "alpha of focal (from 0 to 1)"
                                                                           : nullptr;
  }

  template <class U>
  RANKWISE_HOST_FN focal_head<nameless, U> bind() const {
    return {static_cast<U>(gamma), static_cast<U>(alpha)};
  }

  template <class Item>
  RANKWISE_FN auto operator()(Item& item) const {
    using V = typename Item::vector;
    V const z = item.logit(0);
    V const y = item.label();
    logistic<V> const at(z);
    V const minus_log_p = at.softplus(-z);
    V const minus_log_q = at.softplus(z);
    side<V> const one(at.p, at.q, minus_log_p, minus_log_q, V(gamma), V(alpha) * y);
    side<V> const zero(at.q, at.p, minus_log_q, minus_log_p, V(gamma), (V(1) - V(alpha)) * (V(1) - y));
    item.gradient(0, one.gradient - zero.gradient);
    item.hessian(0, one.hessian + zero.hessian);
    return one.loss + zero.loss;
  }

  template <class P = math::precise, class Logits>
  RANKWISE_FN auto probability(Logits z) const {
    return math::sigmoid<P>(z(0));
  }
  template <class P = math::precise, class Logits, class V>
  RANKWISE_FN void probability_partials(Logits z, V* d) const {
    d[0] = math::sigmoid<P>(z(0)) * math::sigmoid<P>(-z(0));
  }
  template <class P = math::precise, class Logits>
  RANKWISE_FN auto log_probability(Logits z) const {
    return math::log_sigmoid<P>(z(0));
  }
  template <class P = math::precise, class Logits, class V>
  RANKWISE_FN void log_probability_partials(Logits z, V* d) const {
    d[0] = math::sigmoid<P>(-z(0));
  }

  RANKWISE_DECODE_CALLS
  RANKWISE_ITEM_CALLS

private:
  /// One class, by its probability p, q = 1 - p and minus their logarithms. The derivatives are by the margin.
  template <class V>
  struct side {
    V loss, gradient, hessian;

    RANKWISE_FN side(V p, V q, V entropy, V minus_log_q, V gamma, V weight) {
      V const scale = weight * math::exp(-gamma * minus_log_q); // weight q^gamma
      loss = scale * entropy;
      gradient = -scale * (gamma * p * entropy + q);
      V const left = p * entropy; // first: 0 where gamma * entropy would overflow
      hessian = scale * (gamma * left * (gamma * p - q) + (gamma + gamma + V(1)) * p * q);
    }
  };
};

/// focal<"click">{.gamma = 2, .alpha = 0.25}
template <name Name = unnamed>
using focal = focal_head<called<Name>>;
template <std::size_t N>
focal_head(char const (&)[N]) -> focal_head<std::enable_if_t<detail::explain_name<N>(), nameless>>;

} // namespace rankwise::inline RANKWISE_ABI::head

#endif
