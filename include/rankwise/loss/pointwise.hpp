#ifndef RANKWISE_LOSS_POINTWISE_HPP
#define RANKWISE_LOSS_POINTWISE_HPP

#include <rankwise/core/policies.hpp>
#include <rankwise/core/policy.hpp>
#include <rankwise/head/amount.hpp>
#include <rankwise/head/bernoulli.hpp>
#include <rankwise/head/focal.hpp>
#include <rankwise/head/regression.hpp>
#include <rankwise/loss/loss.hpp>
#include <rankwise/loss/pair_pieces.hpp>

#include <cstddef>
#include <type_traits>

/// Losses of single items, summed over a list:
///   L = sum_i w_i l(s_i, y_i),   or a mean: reduction::mean_items (Rax), reduction::weighted_mean (TF-Ranking)
/// They take the same calls as the losses of lists, so that one training loop serves both. l is a formula of an item
/// with one logit: a head's, or one of your own. They are `separable`: the whole second derivative is its diagonal.
namespace rankwise::inline RANKWISE_ABI {

namespace slots {
struct label_range;
} // namespace slots

/// What a label outside of [0, 1] means to a cross-entropy.
namespace label_range {

/// Taken as it is: the loss may be negative (TF-Ranking).
struct open {
  using slot = slots::label_range;
  template <class V>
  RANKWISE_FN V operator()(V y) const {
    return y;
  }
};
/// Held within [0, 1] (Rax).
struct clipped {
  using slot = slots::label_range;
  template <class V>
  RANKWISE_FN V operator()(V y) const {
    return math::clamp(y, V(0), V(1));
  }
};

} // namespace label_range

namespace loss {

namespace detail {

/// An item with one logit, for the formulas of heads.
template <class V>
class single_logit {
public:
  using vector = V;
  using scalar = math::scalar_t<V>;

  RANKWISE_FN single_logit(V logit, V label) : logit_(logit), label_(label) {}
  RANKWISE_FN V logit(int) const { return logit_; }
  RANKWISE_FN V label() const { return label_; }
  RANKWISE_FN void gradient(int, V g) { first = g; }
  RANKWISE_FN void hessian(int, V h) { second = h; }

  V first = V(0);
  V second = V(0);

private:
  V logit_;
  V label_;
};

/// The sum of a list over `of(item)`, which returns the item's loss and hands over its derivatives.
template <class Reduction, class List, class Of>
RANKWISE_FN auto pointwise_sum(List const& list, Of const& of) {
  using V = typename List::vector;
  using T = typename List::scalar;
  V scale(1);
  if constexpr (!std::is_same_v<Reduction, reduction::sum>) {
    double const items = static_cast<double>(list.sum([&](auto) { return V(1); }));
    double const weights = static_cast<double>(list.sum([&](auto i) { return list.weight(i); }));
    scale = V(Reduction::factor(
        reduction::pair_sums<T>{T(0), T(0), items, weights, items, static_cast<double>(list.size())}));
  }
  return list.sum([&](auto i) {
    single_logit<V> item(list.score(i), list.label(i));
    V const weight = scale * list.weight(i);
    V const loss = weight * of(item);
    list.gradient(i, weight * item.first);
    list.hessian(i, weight * item.second);
    return loss;
  });
}

} // namespace detail
} // namespace loss
} // namespace rankwise::inline RANKWISE_ABI

// The rest of a struct that has `item<T>()`, the formula of an item in the type of the numbers.
#define RANKWISE_POINTWISE_LOSS(...)                                                                                   \
  using reduction = ::rankwise::pick<::rankwise::slots::reduction, ::rankwise::reduction::sum, __VA_ARGS__...>;        \
  static constexpr bool separable = true;                                                                              \
  template <class RwList>                                                                                              \
  RANKWISE_FN auto operator()(RwList const& rw_list) const {                                                           \
    return ::rankwise::loss::detail::pointwise_sum<reduction>(rw_list,                                                 \
                                                              this->template item<typename RwList::scalar>());         \
  }                                                                                                                    \
  RANKWISE_LOSS_CALLS

namespace rankwise::inline RANKWISE_ABI {
namespace loss {

/// The loss of any item formula with one logit: pointwise<head::binary_head<head::nameless>>{}. Slot: reduction.
template <class Item, class... Pieces>
struct pointwise {
  static_assert(slot_set<slots::reduction>::accepts<Pieces...>());

  Item of{};

  template <class T>
  RANKWISE_FN auto item() const {
    static_assert(Item::columns == 1, "[rankwise] a pointwise loss of lists has one score per item: call the head "
                                      "itself with a matrix of logits");
    return rankwise::bound<T>(of);
  }

  constexpr char const* fault() const { return fault_of(of); }

  RANKWISE_POINTWISE_LOSS(Pieces)
};

/// l = (s - y)^2, hessian 2. Slot: reduction.
template <class... Pieces>
struct basic_mse {
  static_assert(slot_set<slots::reduction>::accepts<Pieces...>());

  template <class T>
  RANKWISE_FN static auto item() {
    return rankwise::bound<T>(head::regression_head<head::nameless>{});
  }

  RANKWISE_POINTWISE_LOSS(Pieces)
};
using mse = basic_mse<>;

/// Sigmoid cross-entropy, l = softplus(s) - y s, with the true hessian sigma(s) sigma(-s). Slots: label_range (open),
/// reduction (sum).
template <class... Pieces>
struct basic_bce {
  static_assert(slot_set<slots::reduction, slots::label_range>::accepts<Pieces...>());
  using label_range = pick<slots::label_range, rankwise::label_range::open, Pieces...>;

  struct run {
    template <class Item>
    RANKWISE_FN auto operator()(Item& item) const {
      return head::bernoulli_task(item, 0, label_range{}(item.label()));
    }
  };
  template <class T>
  RANKWISE_FN static run item() {
    return {};
  }

  RANKWISE_POINTWISE_LOSS(Pieces)
};
using bce = basic_bce<>;

/// The focal loss (Lin et al. 2017) as head::focal has it; labels within [0, 1]. The hessian is the true one and
/// negative where the loss is concave. Slot: reduction.
template <class... Pieces>
struct basic_focal {
  static_assert(slot_set<slots::reduction>::accepts<Pieces...>());

  double gamma = 2;
  double alpha = 0.25;

  template <class T>
  RANKWISE_FN auto item() const {
    return rankwise::bound<T>(of());
  }

  constexpr char const* fault() const { return of().fault(); }

  RANKWISE_POINTWISE_LOSS(Pieces)

private:
  RANKWISE_FN head::focal_head<head::nameless> of() const { return {.gamma = gamma, .alpha = alpha}; }
};
using focal = basic_focal<>;

/// Poisson regression of a count y with the mean e^s: l = e^s - y s, hessian e^s; log y! is left out. Slot: reduction.
template <class... Pieces>
struct basic_poisson {
  static_assert(slot_set<slots::reduction>::accepts<Pieces...>());

  template <class T>
  RANKWISE_FN static auto item() {
    return rankwise::bound<T>(head::amount_head<head::nameless, head::law::poisson>{});
  }

  RANKWISE_POINTWISE_LOSS(Pieces)
};
using poisson = basic_poisson<>;

/// The pinball loss of head::error::quantile. Its hessian is 0; `floor` is what boosters get in its place. Slot:
/// reduction.
template <class... Pieces>
struct basic_quantile {
  static_assert(slot_set<slots::reduction>::accepts<Pieces...>());

  double level = 0.5;
  double floor = 0;

  template <class T>
  struct run {
    head::regression_head<head::nameless, head::error::basic_quantile<T>> pinball;
    T floor;
    template <class Item>
    RANKWISE_FN auto operator()(Item& item) const {
      auto const loss = pinball(item);
      item.hessian(0, typename Item::vector(floor));
      return loss;
    }
  };
  template <class T>
  RANKWISE_FN run<T> item() const {
    return {{{static_cast<T>(level)}}, static_cast<T>(floor)};
  }

  constexpr char const* fault() const {
    return rankwise::detail::weight_parameter(floor) ? head::error::quantile{level}.fault()
                                                     : "the floor of quantile (0 or more)";
  }

  RANKWISE_POINTWISE_LOSS(Pieces)
};
using quantile = basic_quantile<>;

/// Huber's loss of head::error::huber; hessian 1 within the width, 0 beyond. Slot: reduction.
template <class... Pieces>
struct basic_huber {
  static_assert(slot_set<slots::reduction>::accepts<Pieces...>());

  double width = 1;

  template <class T>
  RANKWISE_FN auto item() const {
    return rankwise::bound<T>(head::regression_head<head::nameless, head::error::huber>{{width}});
  }

  constexpr char const* fault() const { return head::error::huber{width}.fault(); }

  RANKWISE_POINTWISE_LOSS(Pieces)
};
using huber = basic_huber<>;

} // namespace loss
} // namespace rankwise::inline RANKWISE_ABI

#endif
