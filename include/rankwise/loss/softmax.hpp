#ifndef RANKWISE_LOSS_SOFTMAX_HPP
#define RANKWISE_LOSS_SOFTMAX_HPP

#include <rankwise/loss/loss.hpp>
#include <rankwise/math/exp.hpp>
#include <rankwise/math/log.hpp>

namespace rankwise::inline RANKWISE_ABI::loss {

/// Softmax cross-entropy, the ListNet loss with top-one probabilities (Cao et al. 2007); labels are not normalised:
///   L = -sum_i t_i log p_i,  p = softmax(s / temperature),  t_i = w_i y_i
///   dL/ds_i = (T p_i - t_i) / temperature,  T = sum_i t_i
///   d2L/ds_i2 = T p_i (1 - p_i) / temperature^2      the true diagonal; no floor
struct softmax {
  double temperature = 1;

  using scratch = scratch_columns<1, 0>;

  template <class T>
  struct constants {
    T mass;
  };

  template <class List>
  RANKWISE_FN auto prepare_list(List const& list) const {
    return constants<typename List::scalar>{mass_of(list)};
  }

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    using V = typename List::vector;
    using T = typename List::scalar;
    V const beta = as<V>(1 / temperature);
    T const mass = list.constants_hold() ? static_cast<T>(list.constants().mass) : mass_of(list);
    // One exp per item: it is kept for the second pass.
    V const peak = V(list.max([&](auto i) { return list.score(i); }));
    // Differences of huge scores overflow; the largest number keeps 0 times them 0.
    auto const distance = [&](auto i) { return math::max(list.score(i) - peak, V(-math::ops<T>::largest)); };
    T const total = list.sum([&](auto i) {
      V const e = math::exp(beta * distance(i));
      list.keep(i, e);
      return e;
    });
    V const share = V(1) / V(total);
    T const aligned = list.sum([&](auto i) {
      V const t = list.weight(i) * list.label(i);
      if constexpr (List::wants_gradient) {
        V const p = list.kept(i) * share;
        list.gradient(i, beta * (V(mass) * p - t));
        list.hessian(i, beta * beta * (V(mass) * p * (V(1) - p)));
      }
      return t * beta * distance(i);
    });
    return mass * math::log(total) - aligned;
  }

  RANKWISE_LOSS_CALLS

private:
  template <class List>
  RANKWISE_FN static auto mass_of(List const& list) {
    return list.sum([&](auto i) { return list.weight(i) * list.label(i); });
  }
};

} // namespace rankwise::inline RANKWISE_ABI::loss

#endif
