#ifndef RANKWISE_HEAD_UNIMODAL_HPP
#define RANKWISE_HEAD_UNIMODAL_HPP

#include <rankwise/head/softmax.hpp>

namespace rankwise::inline RANKWISE_ABI::head {

/// A head with one logit whose class probabilities have one peak by construction (Beckham and Pal 2017):
///   q_k = exp(k z + c_k) / sum_j exp(j z + c_j)
///   L = -log q_y,   dL/dz = E[r] - y,   d2L/dz2 = Var[r]
template <class Called, int Levels, class Shape = shape::binomial>
struct unimodal_head {
  static_assert(Levels >= 2, "[rankwise] head::unimodal<name, Levels>: at least two levels");
  static constexpr auto label = Called::label;
  static constexpr int levels = Levels;
  static constexpr int columns = 1;

  template <class U>
  RANKWISE_HOST_FN unimodal_head<nameless, Levels, Shape> bind() const {
    return {};
  }

  template <class Item>
  RANKWISE_FN auto operator()(Item& item) const {
    using V = typename Item::vector;
    V q[static_cast<std::size_t>(Levels)];
    V from_top[static_cast<std::size_t>(Levels)];
    V t[static_cast<std::size_t>(Levels)];
    V const log_sum = classes<math::precise>([&item](int k) { return item.logit(k); }, q, from_top);
    target::one_hot{}.template weights<Levels>(item.label(), t);
    V loss(0), mean(0), level(0);
    for (int k = 0; k < Levels; ++k) {
      loss += t[k] * (log_sum - from_top[k]);
      mean += as<V>(k) * q[k];
      level += as<V>(k) * t[k];
    }
    V variance(0);
    for (int k = 0; k < Levels; ++k) {
      variance += q[k] * (as<V>(k) - mean) * (as<V>(k) - mean);
    }
    item.gradient(0, mean - level);
    item.hessian(0, variance);
    return loss;
  }

  template <class P, class Logits, class V>
  RANKWISE_FN void reach(Logits z, V* p) const {
    V q[static_cast<std::size_t>(Levels)];
    V from_top[static_cast<std::size_t>(Levels)];
    classes<P>(z, q, from_top);
    detail::reach_of_classes<Levels>(q, p);
  }
  /// k z + c_k depends on z with slope k.
  template <class P, class Logits, class V>
  RANKWISE_FN void reach_partials(Logits z, V* a, V* d) const {
    V q[static_cast<std::size_t>(Levels)];
    V from_top[static_cast<std::size_t>(Levels)];
    V p[static_cast<std::size_t>(Levels)];
    V by_class[static_cast<std::size_t>(Levels)];
    classes<P>(z, q, from_top);
    detail::reach_of_classes<Levels>(q, p);
    detail::reach_of_classes_partials<Levels>(q, p, a, by_class);
    d[0] = V(0);
    for (int k = 1; k < Levels; ++k) {
      d[0] += as<V>(k) * by_class[k];
    }
  }

  RANKWISE_ORDINAL_CALLS
  RANKWISE_DECODE_CALLS
  RANKWISE_ITEM_CALLS

private:
  template <class P, class Logits, class V>
  RANKWISE_FN static V classes(Logits z, V* q, V* from_top) {
    constexpr numbers<Levels> c = detail::log_weights<Shape, Levels>;
    return detail::softmax_of<Levels, P>([z, &c](int k) { return as<V>(k) * z(0) + as<V>(c[k]); }, q, from_top);
  }
};

template <name Name, int Levels, class Shape = shape::binomial>
using unimodal = unimodal_head<called<Name>, Levels, Shape>;

} // namespace rankwise::inline RANKWISE_ABI::head

#endif
