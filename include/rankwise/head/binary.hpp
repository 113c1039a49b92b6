#ifndef RANKWISE_HEAD_BINARY_HPP
#define RANKWISE_HEAD_BINARY_HPP

#include <rankwise/core/name.hpp>
#include <rankwise/exec/item_run.hpp>
#include <rankwise/math/sigmoid.hpp>

namespace rankwise::inline RANKWISE_ABI::head {

/// An engagement head with one logit z: P(event) = sigma(z).
///   L = softplus(z) - y z for a label y in [0, 1],   dL/dz = sigma(z) - y,   d2L/dz2 = sigma(z) sigma(-z)
template <name Name>
struct binary {
  static constexpr auto label = Name;
  static constexpr int columns = 1;

  template <class Item>
  RANKWISE_FN auto operator()(Item& item) const {
    auto const z = item.logit(0);
    auto const p = math::sigmoid(z);
    item.gradient(0, p - item.label());
    item.hessian(0, p * math::sigmoid(-z));
    return math::softplus(z) - item.label() * z;
  }

  /// `z(k)` is the k-th logit of the head; P is the accuracy policy.
  template <class P = math::precise, class Logits>
  RANKWISE_FN auto probability(Logits z) const {
    return math::sigmoid<P>(z(0));
  }
  /// dp/dz = sigma(z) sigma(-z)
  template <class P = math::precise, class Logits, class V>
  RANKWISE_FN void probability_partials(Logits z, V* d) const {
    d[0] = math::sigmoid<P>(z(0)) * math::sigmoid<P>(-z(0));
  }

  RANKWISE_ITEM_CALLS
};

} // namespace rankwise::inline RANKWISE_ABI::head

#endif
