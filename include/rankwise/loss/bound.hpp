#ifndef RANKWISE_LOSS_BOUND_HPP
#define RANKWISE_LOSS_BOUND_HPP

#include <rankwise/core/policy.hpp>
#include <rankwise/loss/loss.hpp>
#include <rankwise/loss/pair_ranks.hpp>

/// A metric as a loss that bounds it: the true metric is never worse.
namespace rankwise::inline RANKWISE_ABI::loss {

namespace detail {

/// max(0, 1 + x_j - x_i)
struct hinge_of_difference {
  static constexpr double own_level = 1;
  static constexpr double own_slope = 1;

  template <bool Divide, class V>
  RANKWISE_FN static void add(V own, V other, V& level, V& slope) {
    V const x = V(1) + (other - own);
    level += math::max(x, V(0));
    slope += hinge_of_difference::slope<Divide>(own, other);
  }
  template <bool, class V>
  RANKWISE_FN static V slope(V own, V other) {
    return math::select(V(1) + (other - own) > V(0), V(1), V(0));
  }
  template <class V>
  RANKWISE_FN static V factor(V) {
    return V(1);
  }
};

/// A metric whose cutoff counts no item that does not count at its true rank.
template <class Form>
struct cut_from_below : Form {
  template <class V>
  RANKWISE_FN V worth(V rank, V& slope) const {
    return Form::template worth<edge_from_below>(rank, slope);
  }
};

} // namespace detail

/// A metric of the ranks r_i = sum over j != i of max(0, 1 - (s_i - s_j)), which are never better than the true ones
/// (Rax's bound transformation): where more is better, minus the loss bounds the metric from below. A cutoff K becomes
/// clamp(K - r, 0, 1). The hessian is the sum of |dL/dr| over the pairs of an item within the margin.
template <class Metric>
struct bound {
  static_assert(!detail::asks_who<by_ranks<Metric>>,
                "[rankwise] bound: hinges of those who stand before an item bound no map or err; take approx");
  Metric metric{};

  using scratch = detail::pair_rank_scratch<by_ranks<Metric>>;
  using prepared_items = detail::rank_items;
  static constexpr bool in_groups = true;

  template <class List>
  RANKWISE_FN auto prepare_list(List const& list) const {
    return detail::prepare_ranks(list, detail::in_ranks(metric));
  }

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    using V = typename List::vector;
    using T = typename List::scalar;
    detail::cut_from_below<by_ranks<Metric>> const by{detail::in_ranks(metric)};
    auto const known = detail::rank_rows(list, by);
    if (known.scale == T(0) || known.rows == 0) {
      return detail::no_loss(list);
    }
    detail::fill_x(list, V(-math::ops<T>::infinity), [&](auto i) { return list.score(i); });
    return detail::rank_loss<detail::hinge_of_difference>(list, by, known, T(1), -math::ops<T>::infinity);
  }

  constexpr char const* fault() const { return fault_of(metric); }

  RANKWISE_LOSS_CALLS
};

template <class Metric>
bound(Metric) -> bound<Metric>;

} // namespace rankwise::inline RANKWISE_ABI::loss

#endif
