#ifndef RANKWISE_HEAD_CORAL_HPP
#define RANKWISE_HEAD_CORAL_HPP

#include <rankwise/head/bernoulli.hpp>
#include <rankwise/head/called.hpp>
#include <rankwise/head/decode.hpp>
#include <rankwise/math/sigmoid.hpp>

namespace rankwise::inline RANKWISE_ABI::head {

/// CORAL (Cao, Mirjalili and Raschka 2020): one shared logit eta and a free bias per threshold,
///   p_k = P(r >= k) = sigma(eta + b_k)
///   L = sum_k w_k [softplus(eta + b_k) - [r >= k] (eta + b_k)]
/// At the optimum the biases fall, b_1 >= b_2 >= ...; until then the decoded p_k are their running minimum (ours). The
/// parameters are the biases.
template <class Called, int Levels, class T = double>
struct coral_head {
  static_assert(Levels >= 2, "[rankwise] head::coral<name, Levels>: at least two levels");
  static constexpr auto label = Called::label;
  static constexpr int levels = Levels;
  static constexpr int columns = 1;
  static constexpr int parameters = Levels - 1;

  numbers<parameters, T> biases{};
  numbers<parameters, T> weights = numbers<parameters, T>::all(1);

  constexpr char const* fault() const {
    return !biases.are_finite()     ? "a bias of coral (a finite number)"
           : !weights.are_weights() ? "a weight of coral (0 or more)"
                                    : nullptr;
  }

  template <class U>
  RANKWISE_HOST_FN coral_head<nameless, Levels, U> bind() const {
    return {biases.template to<U>(), weights.template to<U>()};
  }

  template <class Item>
  RANKWISE_FN auto operator()(Item& item) const {
    using V = typename Item::vector;
    V const eta = item.logit(0);
    V loss(0), g(0), h(0);
    for (int k = 0; k < parameters; ++k) {
      V const w = V(weights[k]);
      bernoulli<V> const task(eta + V(biases[k]), reaches(item.label(), k + 1));
      item.parameter(k, w * task.gradient);
      g += w * task.gradient;
      h += w * task.hessian;
      loss += w * task.loss;
    }
    item.gradient(0, g);
    item.hessian(0, h);
    return loss;
  }

  template <class P, class Logits, class V>
  RANKWISE_FN void reach(Logits z, V* p) const {
    T lowest = biases[0];
    for (int k = 0; k < parameters; ++k) {
      lowest = biases[k] < lowest ? biases[k] : lowest;
      p[k] = math::sigmoid<P>(z(0) + V(lowest));
    }
  }
  template <class P, class Logits, class V>
  RANKWISE_FN void reach_partials(Logits z, V* a, V* d) const {
    d[0] = V(0);
    T lowest = biases[0];
    for (int k = 0; k < parameters; ++k) {
      lowest = biases[k] < lowest ? biases[k] : lowest;
      V const x = z(0) + V(lowest);
      d[0] += a[k] * math::sigmoid<P>(x) * math::sigmoid<P>(-x);
    }
  }

  RANKWISE_ORDINAL_CALLS
  RANKWISE_DECODE_CALLS
  RANKWISE_ITEM_CALLS
};

/// coral<"relevance", 3>{.biases = {0.5, -1}}
template <name Name, int Levels>
using coral = coral_head<called<Name>, Levels>;

} // namespace rankwise::inline RANKWISE_ABI::head

#endif
