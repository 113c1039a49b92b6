#ifndef RANKWISE_HEAD_EMD_HPP
#define RANKWISE_HEAD_EMD_HPP

#include <rankwise/head/softmax.hpp>

namespace rankwise::inline RANKWISE_ABI::head {

/// The squared earth mover's distance (Hou, Yu and Samaras 2016) of q = softmax(z) and the targets t of the label:
///   L = sum_k D_k^2,   D_k = P_q(r >= k) - P_t(r >= k),   G_kj = dD_k / dz_j = q_j ([j >= k] - P_q(r >= k))
///   dL/dz_j = 2 sum_k D_k G_kj,   d2L/dz_j2 = 2 sum_k G_kj (G_kj + (1 - 2 q_j) D_k)
/// The hessian is the true diagonal and may be negative.
template <class Called, int Levels, class Target = target::one_hot>
struct emd_head {
  static_assert(Levels >= 2, "[rankwise] head::emd<name, Levels>: at least two levels");
  static constexpr auto label = Called::label;
  static constexpr int levels = Levels;
  static constexpr int columns = Levels;

  Target target{};

  constexpr char const* fault() const { return fault_of(target); }

  template <class U>
  RANKWISE_HOST_FN emd_head<nameless, Levels, Target> bind() const {
    return {target};
  }

  template <class Item>
  RANKWISE_FN auto operator()(Item& item) const {
    using V = typename Item::vector;
    constexpr auto n = static_cast<std::size_t>(Levels);
    V q[n], t[n], from_top[n], p[n], reached[n];
    V const log_sum = detail::softmax_of<Levels, math::precise>([&item](int k) { return item.logit(k); }, q, from_top);
    target.template weights<Levels>(item.label(), t);
    detail::reach_of_classes<Levels>(q, p);
    detail::reach_of_classes<Levels>(t, reached);
    V loss = log_sum - log_sum; // NaN where a logit is
    for (int k = 0; k + 1 < Levels; ++k) {
      loss += (p[k] - reached[k]) * (p[k] - reached[k]);
    }
    for (int j = 0; j < Levels; ++j) {
      V g(0), h(0);
      for (int k = 0; k + 1 < Levels; ++k) {
        V const d = p[k] - reached[k];
        V const slope = q[j] * (j > k ? V(1) - p[k] : -p[k]);
        g += d * slope;
        h += slope * (slope + (V(1) - (q[j] + q[j])) * d);
      }
      item.gradient(j, g + g);
      item.hessian(j, h + h);
    }
    return loss;
  }

  RANKWISE_SOFTMAX_REACH
  RANKWISE_ORDINAL_CALLS
  RANKWISE_DECODE_CALLS
  RANKWISE_ITEM_CALLS
};

template <name Name, int Levels, class Target = target::one_hot>
using emd = emd_head<called<Name>, Levels, Target>;

} // namespace rankwise::inline RANKWISE_ABI::head

#endif
