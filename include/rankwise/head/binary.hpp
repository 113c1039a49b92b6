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

  /// `logit(k)` is the k-th logit of the head.
  template <class Logits>
  RANKWISE_FN static auto probability(Logits logit) {
    return math::sigmoid(logit(0));
  }
};

} // namespace rankwise::inline RANKWISE_ABI::head

#endif
