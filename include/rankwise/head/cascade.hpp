#ifndef RANKWISE_HEAD_CASCADE_HPP
#define RANKWISE_HEAD_CASCADE_HPP

#include <rankwise/head/bernoulli.hpp>
#include <rankwise/head/called.hpp>
#include <rankwise/head/decode.hpp>
#include <rankwise/math/sigmoid.hpp>

namespace rankwise::inline RANKWISE_ABI::head {

/// Continuation ratios from the top (Fienberg 1980; the use as a head is ours): is it the highest level; if not, the
/// next one; and so on,
///   h_k = P(r = k | r <= k) = sigma(z_k),   P(r = k) = h_k prod_{j > k} (1 - h_j),   P(r = 0) = prod_j (1 - h_j)
///   L = -log P(r = y) = sum_{j > y} softplus(z_j) + [y >= 1] softplus(-z_y)
/// With three levels, h = z_2 and m = z_1: log P(low) = logsig(-h) + logsig(-m), log P(mid) = logsig(-h) + logsig(m),
/// log P(high) = logsig(h).
template <class Called, int Levels, class T = double>
struct cascade_head {
  static_assert(Levels >= 2, "[rankwise] head::cascade<name, Levels>: at least two levels");
  static constexpr auto label = Called::label;
  static constexpr int levels = Levels;
  static constexpr int columns = Levels - 1;

  numbers<columns, T> weights = numbers<columns, T>::all(1);

  constexpr char const* fault() const { return weights.are_weights() ? nullptr : "a weight of cascade (0 or more)"; }

  template <class U>
  RANKWISE_HOST_FN cascade_head<nameless, Levels, U> bind() const {
    return {weights.template to<U>()};
  }

  template <class Item>
  RANKWISE_FN auto operator()(Item& item) const {
    using V = typename Item::vector;
    V const y = item.label();
    V loss(0);
    V active(1); // r <= k
    for (int k = columns - 1; k >= 0; --k) {
      V const reached = reaches(y, k + 1);
      loss += bernoulli_task(item, k, reached, V(weights[k]) * active);
      active = V(1) - reached;
    }
    return loss;
  }

  /// p_k = 1 - prod_{j >= k} (1 - h_j), as p_k = p_{k+1} + (1 - p_{k+1}) h_k
  template <class P, class Logits, class V>
  RANKWISE_FN void reach(Logits z, V* p) const {
    V above(0), below(1);
    for (int k = columns - 1; k >= 0; --k) {
      above += below * math::sigmoid<P>(z(k));
      below *= math::sigmoid<P>(-z(k));
      above = math::select(above > V(1), V(1), above); // by a rounding
      p[k] = above;
    }
  }
  /// dp_k / dz_j = (1 - p_k) h_j for j >= k
  template <class P, class Logits, class V>
  RANKWISE_FN void reach_partials(Logits z, V* a, V* d) const {
    V not_reached[static_cast<std::size_t>(columns)];
    V below(1);
    for (int k = columns - 1; k >= 0; --k) {
      below *= math::sigmoid<P>(-z(k));
      not_reached[k] = below;
    }
    V sum(0);
    for (int k = 0; k < columns; ++k) {
      sum += a[k] * not_reached[k];
      d[k] = sum * math::sigmoid<P>(z(k));
    }
  }

  RANKWISE_ORDINAL_CALLS
  RANKWISE_DECODE_CALLS
  RANKWISE_ITEM_CALLS
};

template <name Name, int Levels>
using cascade = cascade_head<called<Name>, Levels>;

} // namespace rankwise::inline RANKWISE_ABI::head

#endif
