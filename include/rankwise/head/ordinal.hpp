#ifndef RANKWISE_HEAD_ORDINAL_HPP
#define RANKWISE_HEAD_ORDINAL_HPP

#include <rankwise/core/name.hpp>
#include <rankwise/exec/item_run.hpp>
#include <rankwise/math/sigmoid.hpp>

namespace rankwise::inline RANKWISE_ABI::head {

/// Ordinal relevance with levels 0 .. Levels-1 (DoorDash, arXiv 2605.27704): one logit per threshold,
///   p_k = P(r >= k) = sigma(z_k), k = 1 .. Levels-1,   E[r] = sum_k p_k
/// The thresholds are independent; p_1 >= p_2 >= ... is repaired by the running minimum (ours). The loss (ours) is one
/// cross-entropy per threshold, of the logits as they are:
///   L = sum_k softplus(z_k) - [r >= k] z_k,   dL/dz_k = sigma(z_k) - [r >= k],   d2L/dz_k2 = sigma(z_k) sigma(-z_k)
template <name Name, int Levels>
struct ordinal {
  static_assert(Levels >= 2, "[rankwise] head::ordinal<name, Levels>: at least two levels");
  static constexpr auto label = Name;
  static constexpr int columns = Levels - 1;

  template <class Item>
  RANKWISE_FN auto operator()(Item& item) const {
    using V = typename Item::vector;
    V loss(0);
    for (int k = 0; k < columns; ++k) {
      V const z = item.logit(k);
      V const p = math::sigmoid(z);
      V const reached = math::select(item.label() >= as<V>(k + 1), V(1), V(0));
      item.gradient(k, p - reached);
      item.hessian(k, p * math::sigmoid(-z));
      loss += math::softplus(z) - reached * z;
    }
    return loss;
  }

  /// Calls f(k, p_k) for k = 1 .. Levels-1. sigma increases, so the minimum is taken of the logits.
  template <class P = math::precise, class Logits, class F>
  RANKWISE_FN void cumulative(Logits z, F f) const {
    auto lowest = z(0);
    f(1, math::sigmoid<P>(lowest));
    for (int k = 1; k < columns; ++k) {
      lowest = math::min(lowest, z(k)); // NaN of z_k stays
      f(k + 1, math::sigmoid<P>(lowest));
    }
  }

  template <class P = math::precise, class Logits>
  RANKWISE_FN auto expected_grade(Logits z) const {
    decltype(z(0)) sum(0);
    cumulative<P>(z, [&sum](int, auto p) { sum += p; });
    return sum;
  }

  /// dE/dz_j: every p_k counts for the first of the logits z_1 .. z_k that is lowest.
  template <class P = math::precise, class Logits, class V>
  RANKWISE_FN void expected_grade_partials(Logits z, V* d) const {
    for (int j = 0; j < columns; ++j) {
      V const slope = math::sigmoid<P>(z(j)) * math::sigmoid<P>(-z(j));
      V first(1); // 1 while z_j is below all before it
      for (int i = 0; i < j; ++i) {
        first = math::select(z(j) < z(i), first, V(0));
      }
      V count = first;
      for (int k = j + 1; k < columns; ++k) {
        first = math::select(z(k) < z(j), V(0), first);
        count += first;
      }
      d[j] = slope * count;
    }
  }

  RANKWISE_ITEM_CALLS
};

} // namespace rankwise::inline RANKWISE_ABI::head

#endif
