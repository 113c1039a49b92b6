#ifndef RANKWISE_LOSS_PRO_TABLE_HPP
#define RANKWISE_LOSS_PRO_TABLE_HPP

#include <rankwise/math/exp.hpp>
#include <rankwise/math/log.hpp>
#include <rankwise/math/quads.hpp>

#include <cstddef>
#include <cstdint>

namespace rankwise::inline RANKWISE_ABI::loss::detail {

/// The terms of `pro` for two to five items of different rewards, as grades from 0 to 4 make them, greatest first: row
/// k of a table is about the term of item k, its column c about what item c + 1 adds to it. Behind the last item, rows
/// have its reward, and then no term; columns have the greatest, and are in nobody's term: how many items there are is
/// hard to foresee, and all lists take the same branches.
template <class V, bool = math::quads<V>::exist>
struct pro_table {
  static constexpr std::size_t most = 0;
};

template <class V>
struct pro_table<V, true> {
  static constexpr std::size_t most = 5;

  /// False where e^x might overflow or digits be lost.
  template <class List, class T>
  RANKWISE_FN bool begin(List const& list, std::uint32_t const* order, T const* r, std::size_t n) {
    places const at{n - 1};
    auto const score = [&](std::size_t k) { return list.score_of(order[at(k)]); };
    V const s = quads::four(score(0), score(1), score(2), score(3));
    V const s_below = quads::four(score(1), score(2), score(3), score(4));
    V const span(r[0] - r[n - 1]); // the steepest of all
    if (!math::all(math::max(math::abs(s), math::abs(s_below)) * span <= V(30))) {
      return false;
    }
    V const reward = quads::four(r[0], r[at(1)], r[at(2)], r[at(3)]);
    V const reward_below = math::select(quads::four(1, 2, 3, 4) <= V(static_cast<T>(n - 1)),
                                        quads::four(r[at(1)], r[at(2)], r[at(3)], r[at(4)]), V(r[0]));
    own_steep = reward - V(r[n - 1]);
    V const own_x = s * own_steep;
    for (std::size_t k = 0; k < quads::registers; ++k) {
      steep[k] = quads::rows_of(reward, k) - reward_below;
      V const x = s_below * steep[k] - quads::rows_of(own_x, k);
      e[k] = math::select(steep[k] > V(0), math::detail::exp_not_above<math::fast>(x), V(0));
    }
    others = quads::across(e);
    return true;
  }

  /// Writes derivatives of the items. False if the value does not fit its type.
  template <class List, class T>
  RANKWISE_FN bool finish(List const& list, std::uint32_t const* order, std::size_t n, T& value) const {
    places const at{n - 1};
    auto const weight = [&](std::size_t k) { return list.weight_of(order[at(k)]); };
    V const w = list.weighted() ? quads::four(weight(0), weight(1), weight(2), weight(3)) : V(T(1));
    V const total = V(1) + others;
    value = math::reduce_add(w * math::log<math::fast>(total)) * (T(4) / static_cast<T>(quads::lanes));
    if (value - value != T(0)) { // of huge weights
      return false;
    }
    if constexpr (List::wants_gradient) {
      V const share = V(1) / total;
      V const push = w * own_steep * (others * share);
      V const bent = push * own_steep * share;
      V slopes[quads::registers];
      V bends[quads::registers];
      for (std::size_t k = 0; k < quads::registers; ++k) {
        V const p = e[k] * quads::rows_of(share, k);
        slopes[k] = quads::rows_of(w, k) * steep[k] * p;
        bends[k] = steep[k] * (slopes[k] - slopes[k] * p);
      }
      list.gradient_of(order[0], -math::ops<V>::get(push, 0));
      list.hessian_of(order[0], math::ops<V>::get(bent, 0));
      T slope[quads::lanes]; // of items 1 to 4
      T bend[quads::lanes];
      math::store(slope, quads::down(slopes) - quads::next(push));
      math::store(bend, quads::down(bends) + quads::next(bent));
      for (std::size_t k = 1; k < most; ++k) { // the last one again and again
        list.gradient_of(order[at(k)], slope[at(k) - 1]);
        list.hessian_of(order[at(k)], bend[at(k) - 1]);
      }
    }
    return true;
  }

private:
  using quads = math::quads<V>;

  struct places {
    std::size_t last;
    RANKWISE_FN std::size_t operator()(std::size_t k) const { return k < last ? k : last; }
  };

  // Everything in a term is divided by e^(s_k / T_k^k). Of the rows: 1 / T_k^k, and the sum without the item's own 1.
  V own_steep;
  V others;
  // Of every two: 1 / T_k^i and e^(s_i / T_k^i - s_k / T_k^k).
  V steep[quads::registers];
  V e[quads::registers];
};

} // namespace rankwise::inline RANKWISE_ABI::loss::detail

#endif
