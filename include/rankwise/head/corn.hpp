#ifndef RANKWISE_HEAD_CORN_HPP
#define RANKWISE_HEAD_CORN_HPP

#include <rankwise/head/bernoulli.hpp>
#include <rankwise/head/called.hpp>
#include <rankwise/head/decode.hpp>
#include <rankwise/math/sigmoid.hpp>

namespace rankwise::inline RANKWISE_ABI::head {

namespace detail {

/// The number of active tasks of an item with K thresholds: those with y >= k - 1.
template <int K, class T>
struct active_tasks {
  T const* labels;
  std::uint8_t const* live; // null: no mask

  template <class Index>
  RANKWISE_FN auto operator()(Index i) const {
    using V = typename Index::vector;
    V const y = load(labels, i);
    V count(1);
    for (int k = 1; k < K; ++k) {
      count += reaches(y, k);
    }
    if (live != nullptr) {
      count = math::select(load(live, i) != V(0), count, V(0));
    }
    return item_sums<V, 1>{{count}};
  }
};

} // namespace detail

/// CORN (Shi, Cao and Raschka 2023): one logit per conditional probability,
///   f_k = P(r >= k | r >= k - 1) = sigma(z_k),   p_k = P(r >= k) = f_1 ... f_k
///   L = sum over k with y >= k - 1 of w_k [softplus(z_k) - [y >= k] z_k]
/// The loss is the sum over the active tasks of each item; `tasks` counts them, for those who divide by it.
template <class Called, int Levels, class T = double>
struct corn_head {
  static_assert(Levels >= 2, "[rankwise] head::corn<name, Levels>: at least two levels");
  static constexpr auto label = Called::label;
  static constexpr int levels = Levels;
  static constexpr int columns = Levels - 1;

  numbers<columns, T> weights = numbers<columns, T>::all(1);

  constexpr char const* fault() const { return weights.are_weights() ? nullptr : "a weight of corn (0 or more)"; }

  template <class U>
  RANKWISE_HOST_FN corn_head<nameless, Levels, U> bind() const {
    return {weights.template to<U>()};
  }

  template <class Item>
  RANKWISE_FN auto operator()(Item& item) const {
    using V = typename Item::vector;
    V const y = item.label();
    V loss(0);
    V active(1);
    for (int k = 0; k < columns; ++k) {
      V const reached = reaches(y, k + 1);
      loss += bernoulli_task(item, k, reached, V(weights[k]) * active);
      active = reached;
    }
    return loss;
  }

  template <class P, class Logits, class V>
  RANKWISE_FN void reach(Logits z, V* p) const {
    V product(1);
    for (int k = 0; k < columns; ++k) {
      product *= math::sigmoid<P>(z(k));
      p[k] = product;
    }
  }
  /// dp_k / dz_j = p_k sigma(-z_j) for j <= k
  template <class P, class Logits, class V>
  RANKWISE_FN void reach_partials(Logits z, V* a, V* d) const {
    V p[static_cast<std::size_t>(columns)];
    reach<P>(z, p);
    V sum(0);
    for (int k = columns - 1; k >= 0; --k) {
      sum += a[k] * p[k];
      d[k] = sum * math::sigmoid<P>(-z(k));
    }
  }

  /// The number of (item, task) pairs that the loss adds up, of labels or of what `prepare` made of them.
  template <class Data, class Isa = arch::native>
    requires(rankwise::detail::is_prepared_items<Data>)
  constexpr double tasks(Data const& data, options const& opts = {}) const {
    using U = typename Data::scalar;
    typename default_executor<Data::where>::type executor;
    workspace own;
    detail::active_tasks<columns, U> const count{rankwise::detail::address(data.labels),
                                                 rankwise::detail::address(data.live)};
    auto const total = executor.template sum_items<U, 1>(data.labels.size(), count, &own, opts.errors);
    return total.value[0];
  }
  template <class Labels, class Isa = arch::native>
    requires(!rankwise::detail::is_prepared_items<Labels>)
  constexpr double tasks(Labels const& labels, options const& opts = {}) const {
    return tasks(this->prepare(labels, opts), rankwise::detail::without_data(opts));
  }

  RANKWISE_ORDINAL_CALLS
  RANKWISE_DECODE_CALLS
  RANKWISE_ITEM_CALLS
};

template <name Name, int Levels>
using corn = corn_head<called<Name>, Levels>;

} // namespace rankwise::inline RANKWISE_ABI::head

#endif
