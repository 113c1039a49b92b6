#ifndef RANKWISE_HEAD_BINARY_HPP
#define RANKWISE_HEAD_BINARY_HPP

#include <rankwise/head/bernoulli.hpp>
#include <rankwise/head/called.hpp>
#include <rankwise/head/decode.hpp>
#include <rankwise/math/sigmoid.hpp>

namespace rankwise::inline RANKWISE_ABI::head {

/// An engagement head with one logit z: P(event) = sigma(z).
///   L = softplus(z) - y z for a label y in [0, 1],   dL/dz = sigma(z) - y,   d2L/dz2 = sigma(z) sigma(-z)
template <class Called>
struct binary_head {
  static constexpr auto label = Called::label;
  static constexpr int columns = 1;

  template <class U>
  RANKWISE_HOST_FN binary_head<nameless> bind() const {
    return {};
  }

  template <class Item>
  RANKWISE_FN auto operator()(Item& item) const {
    return bernoulli_task(item, 0, item.label());
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
  /// log p, also where p is 0 by a rounding.
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
};

/// binary<"click">{}
template <name Name = unnamed>
using binary = binary_head<called<Name>>;
template <std::size_t N>
binary_head(char const (&)[N]) -> binary_head<std::enable_if_t<detail::explain_name<N>(), nameless>>;

} // namespace rankwise::inline RANKWISE_ABI::head

#endif
