#ifndef RANKWISE_HEAD_ORDINAL_HPP
#define RANKWISE_HEAD_ORDINAL_HPP

#include <rankwise/head/bernoulli.hpp>
#include <rankwise/head/called.hpp>
#include <rankwise/head/decode.hpp>
#include <rankwise/head/repair.hpp>
#include <rankwise/math/sigmoid.hpp>

namespace rankwise::inline RANKWISE_ABI::head {

/// Ordinal relevance with levels 0 .. K, K = Levels - 1 (DoorDash, arXiv 2605.27704): one logit per threshold,
///   p_k = P(r >= k) = sigma(z_k), k = 1 .. K,   E[r] = sum_k p_k
/// The thresholds are independent; p_1 >= p_2 >= ... is repaired (ours). The loss (ours) is one cross-entropy per
/// threshold, of the logits as they are, with a weight per threshold:
///   L = sum_k w_k [softplus(z_k) - [r >= k] z_k],   dL/dz_k = w_k (sigma(z_k) - [r >= k]),
///   d2L/dz_k2 = w_k sigma(z_k) sigma(-z_k)
template <class Called, int Levels, class Repair = repair::running_minimum, class T = double>
struct ordinal_head {
  static_assert(Levels >= 2, "[rankwise] head::ordinal<name, Levels>: at least two levels");
  static constexpr auto label = Called::label;
  static constexpr int levels = Levels;
  static constexpr int columns = Levels - 1;

  numbers<columns, T> weights = numbers<columns, T>::all(1);

  constexpr char const* fault() const { return weights.are_weights() ? nullptr : "a weight of ordinal (0 or more)"; }

  template <class U>
  RANKWISE_HOST_FN ordinal_head<nameless, Levels, Repair, U> bind() const {
    return {weights.template to<U>()};
  }

  template <class Item>
  RANKWISE_FN auto operator()(Item& item) const {
    using V = typename Item::vector;
    V loss(0);
    for (int k = 0; k < columns; ++k) {
      loss += bernoulli_task(item, k, reaches(item.label(), k + 1), V(weights[k]));
    }
    return loss;
  }

  template <class P, class Logits, class V>
  RANKWISE_FN void reach(Logits z, V* p) const {
    for (int k = 0; k < columns; ++k) {
      p[k] = math::sigmoid<P>(z(k));
    }
    Repair::template apply<columns>(p);
  }
  template <class P, class Logits, class V>
  RANKWISE_FN void reach_partials(Logits z, V* a, V* d) const {
    V p[static_cast<std::size_t>(columns)];
    for (int k = 0; k < columns; ++k) {
      p[k] = math::sigmoid<P>(z(k));
    }
    Repair::template pull<columns>(p, a);
    for (int k = 0; k < columns; ++k) {
      d[k] = a[k] * p[k] * math::sigmoid<P>(-z(k));
    }
  }

  RANKWISE_ORDINAL_CALLS
  RANKWISE_DECODE_CALLS
  RANKWISE_ITEM_CALLS
};

/// ordinal<"relevance", 3>{}, ordinal<"relevance", 3>{.weights = {1, 2}}
template <name Name, int Levels, class Repair = repair::running_minimum>
using ordinal = ordinal_head<called<Name>, Levels, Repair>;

} // namespace rankwise::inline RANKWISE_ABI::head

#endif
