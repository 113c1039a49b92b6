#ifndef RANKWISE_LOSS_SOFTMAX_HPP
#define RANKWISE_LOSS_SOFTMAX_HPP

#include <rankwise/core/policy.hpp>
#include <rankwise/loss/cross_entropy.hpp>
#include <rankwise/loss/loss.hpp>
#include <rankwise/math/exp.hpp>

namespace rankwise::inline RANKWISE_ABI::loss {

/// What the softmax of the scores is compared with. A policy prepares numbers per list, their sum T among them, and
/// answers for an item. If it says `kept`, prepared data hold the answers.
namespace targets {

/// t_i = w_i y_i: Rax
struct given {
  static constexpr bool no_larger_than_labels = true;
  template <class T>
  struct constants {
    T mass{};
  };
  template <class List>
  RANKWISE_FN auto prepare(List const& list) const {
    return constants<typename List::scalar>{list.sum([&](auto i) { return list.weight(i) * list.label(i); })};
  }
  template <class List, class T, class Index>
  RANKWISE_FN auto target(List const& list, constants<T> const&, Index i) const {
    return list.weight(i) * list.label(i);
  }
};

/// t_i = w_i y_i / sum_j w_j y_j; 0 for a list whose labels add up to 0: TF-Ranking
struct normalised {
  template <class T>
  struct constants {
    T mass{};
    T scale{};
  };
  template <class List>
  RANKWISE_FN auto prepare(List const& list) const {
    using T = typename List::scalar;
    T const sum = list.sum([&](auto i) { return list.weight(i) * list.label(i); });
    return sum == T(0) ? constants<T>{} : constants<T>{T(1), T(1) / sum};
  }
  template <class List, class T, class Index>
  RANKWISE_FN auto target(List const& list, constants<T> const& c, Index i) const {
    using V = typename List::vector;
    return V(static_cast<typename List::scalar>(c.scale)) * list.weight(i) * list.label(i);
  }
};

/// t_i = w_i softmax(y / temperature)_i: ListNet (Cao et al. 2007), and the soft labels of a teacher's scores
struct softmax {
  static constexpr bool kept = true;                  // an exp each
  static constexpr bool no_larger_than_labels = true; // at most the item's weight

  double temperature = 1;

  template <class T>
  struct constants {
    T mass{};
    T peak{};
    T share{};
  };
  template <class List>
  RANKWISE_FN auto prepare(List const& list) const {
    using T = typename List::scalar;
    using V = typename List::vector;
    constants<T> c{T(0), list.max([&](auto i) { return list.label(i); }), T(1)};
    T const total = list.sum([&](auto i) { return target(list, c, i, V(1)); });
    c.share = total > T(0) ? T(1) / total : T(0); // nobody takes part
    c.mass = list.sum([&](auto i) { return target(list, c, i); });
    return c;
  }
  template <class List, class T, class Index>
  RANKWISE_FN auto target(List const& list, constants<T> const& c, Index i) const {
    return target(list, c, i, list.weight(i));
  }

  constexpr char const* fault() const {
    return temperature > 0 && rankwise::detail::finite_parameter(temperature)
               ? nullptr
               : "the temperature of targets::softmax (above 0)";
  }

private:
  template <class List, class T, class Index, class V>
  RANKWISE_FN V target(List const& list, constants<T> const& c, Index i, V weight) const {
    using S = typename List::scalar;
    V const x = (list.label(i) - V(static_cast<S>(c.peak))) * as<V>(1 / temperature);
    return weight * V(static_cast<S>(c.share)) * math::exp<math::fast>(math::max(x, V(-math::ops<S>::largest)));
  }
};

} // namespace targets

/// Softmax cross-entropy, the ListNet loss with top-one probabilities (Cao et al. 2007):
///   L = -sum_i t_i log p_i,  p = softmax(s / temperature)
///   dL/ds_i = (T p_i - t_i) / temperature,  T = sum_i t_i
///   d2L/ds_i2 = T p_i (1 - p_i) / temperature^2 + T ridge / temperature      with ridge 0 the true diagonal; no floor
template <class Targets = targets::given>
struct basic_softmax {
  double temperature = 1;
  Targets targets{};
  double ridge = 0; ///< steadies steps of Newton's: CatBoost's lambda

  static constexpr bool keeps_targets = requires { requires Targets::kept; };
  using scratch = scratch_columns<1, 0>;
  using prepared_items = scratch_columns<keeps_targets ? 1 : 0, 0>;
  static constexpr bool in_groups = true;
  static constexpr bool moderate_at_once = requires { requires Targets::no_larger_than_labels; };

  template <class List>
  RANKWISE_FN auto prepare_list(List const& list) const {
    auto const c = targets.prepare(list);
    if constexpr (keeps_targets) {
      list.each([&](auto i) { store(list.template prepared_values<0>(), i, targets.target(list, c, i)); });
    }
    return c;
  }

  template <class List>
  RANKWISE_FN item_sums<typename List::scalar, 2> begin(List const& list) const {
    return begin_cross_entropy(list, terms<typename List::scalar>(list.constants()), prepared(list));
  }
  template <class List, class Half>
  RANKWISE_FN bool finish(List const& list, Half const& half, typename List::scalar& value) const {
    bool const moderate = temperature >= 0x1p-20 && ridge <= 0x1p20; // derivatives have room, then
    return moderate &&
           finish_cross_entropy(list, terms<typename List::scalar>(list.constants()), prepared(list), half, value);
  }

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    using T = typename List::scalar;
    if (list.constants_hold()) {
      return cross_entropy(list, terms<T>(list.constants()), prepared(list));
    }
    auto const c = targets.prepare(list);
    return cross_entropy(list, terms<T>(c), [&](auto i) { return targets.target(list, c, i); });
  }

  constexpr char const* fault() const {
    return !(temperature > 0 && rankwise::detail::finite_parameter(temperature))
               ? "the temperature of softmax (above 0)"
           : rankwise::detail::weight_parameter(ridge) ? fault_of(targets)
                                                       : "the ridge of softmax (0 or more)";
  }

  RANKWISE_LOSS_CALLS

private:
  template <class T, class Constants>
  RANKWISE_FN cross_entropy_terms<T> terms(Constants const& c) const {
    T const mass = static_cast<T>(c.mass);
    return {.beta = 1 / temperature, .mass = mass, .ridge = mass * static_cast<T>(ridge / temperature)};
  }
  template <class List>
  RANKWISE_FN auto prepared(List const& list) const {
    if constexpr (keeps_targets) {
      return [&list](auto i) { return load(list.template prepared_values<0>(), i); };
    } else {
      return [this, &list](auto i) { return targets.target(list, list.constants(), i); };
    }
  }
};

/// softmax{.temperature = 2}: labels as they are
using softmax = basic_softmax<>;
/// Labels divided by their sum.
using normalised_softmax = basic_softmax<targets::normalised>;
/// The softmax of the labels: listnet{.temperature = 1, .targets = {.temperature = 0.5}}
using listnet = basic_softmax<targets::softmax>;

} // namespace rankwise::inline RANKWISE_ABI::loss

#endif
