#ifndef RANKWISE_HEAD_BINARY_HPP
#define RANKWISE_HEAD_BINARY_HPP

#include <rankwise/core/name.hpp>
#include <rankwise/exec/pack.hpp>
#include <rankwise/math/sigmoid.hpp>

namespace rankwise::inline RANKWISE_ABI::head {

/// An engagement head with one logit z: P(event) = sigma(z).
template <name Name>
struct binary {
  static constexpr auto label = Name;
  static constexpr int columns = 1;

  /// `z(k)` is the k-th logit of the head; P is the accuracy policy.
  template <class P = math::precise, class Logits>
  RANKWISE_FN static auto probability(Logits z) {
    return math::sigmoid<P>(z(0));
  }
  /// dp/dz = sigma(z) sigma(-z)
  template <class P = math::precise, class Logits, class V>
  RANKWISE_FN static void probability_partials(Logits z, V* d) {
    d[0] = math::sigmoid<P>(z(0)) * math::sigmoid<P>(-z(0));
  }
};

} // namespace rankwise::inline RANKWISE_ABI::head

#endif
