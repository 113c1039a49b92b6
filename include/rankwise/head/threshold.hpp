#ifndef RANKWISE_HEAD_THRESHOLD_HPP
#define RANKWISE_HEAD_THRESHOLD_HPP

#include <rankwise/head/bernoulli.hpp>
#include <rankwise/head/called.hpp>
#include <rankwise/head/cuts.hpp>
#include <rankwise/head/decode.hpp>
#include <rankwise/head/margin.hpp>
#include <rankwise/math/sigmoid.hpp>

namespace rankwise::inline RANKWISE_ABI::head {

/// Threshold losses (Rennie and Srebro 2005; mord's LogisticAT and LogisticIT): one logit eta and ordered cut-points,
///   L = sum_k phi(s_k (eta - b_k)),   s_k = 1 if y >= k, else -1
/// over all thresholds, or over the immediate ones, k = y and k = y + 1. Decoding (ours) is that of proportional odds,
/// p_k = sigma(eta - b_k). Parameters as there: b_1 and the d_k of b_{k+1} = b_k + softplus(d_k).
template <class Called, int Levels, bool All, class Margin = margin::logistic, class Cuts = cuts<Levels - 1>>
struct threshold_head {
  static_assert(Levels >= 2, "[rankwise] a threshold head has at least two levels");
  static constexpr auto label = Called::label;
  static constexpr int levels = Levels;
  static constexpr int columns = 1;
  static constexpr int parameters = Levels - 1;

  Cuts cuts{};

  constexpr char const* fault() const { return fault_of(cuts); }

  template <class T>
  RANKWISE_HOST_FN auto bind() const {
    auto const b = cuts.template bind<T>();
    return threshold_head<nameless, Levels, All, Margin, std::remove_const_t<decltype(b)>>{b};
  }

  template <class Item>
  RANKWISE_FN auto operator()(Item& item) const {
    using V = typename Item::vector;
    V const eta = item.logit(0);
    V const y = item.label();
    V loss(0), g(0), h(0);
    V by_cut[static_cast<std::size_t>(parameters)];
    for (int k = 1; k < Levels; ++k) {
      V const reached = reaches(y, k);
      V const sign = reached + reached - V(1);
      auto const phi = Margin::at(sign * (eta - V(cuts.b[k - 1])));
      V in(1);
      if constexpr (!All) {
        V const first = k + 1 < Levels ? V(1) - reaches(y, k + 1) : V(1); // y <= k
        V const last = k > 1 ? reaches(y, k - 1) : V(1);                  // y >= k - 1
        in = first * last;
      }
      by_cut[k - 1] = -in * sign * phi.gradient;
      g -= by_cut[k - 1];
      h += in * phi.hessian;
      loss += in * phi.value;
    }
    item.gradient(0, g);
    item.hessian(0, h);
    cuts.pull(item, by_cut);
    return loss;
  }

  template <class P, class Logits, class V>
  RANKWISE_FN void reach(Logits z, V* p) const {
    for (int k = 0; k < parameters; ++k) {
      p[k] = math::sigmoid<P>(z(0) - V(cuts.b[k]));
    }
  }
  template <class P, class Logits, class V>
  RANKWISE_FN void reach_partials(Logits z, V* a, V* d) const {
    d[0] = V(0);
    for (int k = 0; k < parameters; ++k) {
      V const x = z(0) - V(cuts.b[k]);
      d[0] += a[k] * math::sigmoid<P>(x) * math::sigmoid<P>(-x);
    }
  }

  RANKWISE_ORDINAL_CALLS
  RANKWISE_DECODE_CALLS
  RANKWISE_ITEM_CALLS
};

template <name Name, int Levels, class Margin = margin::logistic>
using all_threshold = threshold_head<called<Name>, Levels, true, Margin>;
template <name Name, int Levels, class Margin = margin::logistic>
using immediate_threshold = threshold_head<called<Name>, Levels, false, Margin>;

} // namespace rankwise::inline RANKWISE_ABI::head

#endif
