#ifndef RANKWISE_REWARD_RANK_REWARD_HPP
#define RANKWISE_REWARD_RANK_REWARD_HPP

#include <rankwise/math/log.hpp>
#include <rankwise/metric/metric.hpp>

#include <cstddef>

namespace rankwise::inline RANKWISE_ABI::reward {

/// What a similarity search earns by the rank of the right item (LREM, arXiv 2510.14321):
///   rank = 1 + #{j: s_j > s_target},  r_acc = 1 - log(rank) / log(N)
/// Equal scores do not count against the target. Targets are the items with a positive label; several share the mean.
/// A list of one item earns 1 (ours: the paper is silent). Slot: empty (skip), for lists without a target.
template <class... Pieces>
struct rank_reward {
  static_assert(slot_set<slots::empty>::accepts<Pieces...>());
  using empty = pick<slots::empty, rankwise::empty::skip, Pieces...>;
  using scratch = scratch_columns<1, 0>;
  static constexpr bool in_groups = true;

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    using V = typename List::vector;
    using T = typename List::scalar;
    T const items = list.sum([](auto) { return V(1); });
    list.each([&](auto i) { list.keep(i, list.score(i)); });
    T const* const scores = list.template values<0>();
    T earned(0);
    T targets(0);
    for (std::size_t t = 0; t < list.size(); ++t) {
      if (list.label_of(t) > T(0) && list.takes_part(t)) {
        V const own(scores[t]);
        T const better = list.sum([&](auto i) { return math::select(list.score(i) > own, V(1), V(0)); });
        earned += items > T(1) ? T(1) - math::log(T(1) + better) / math::log(items) : T(1);
        targets += T(1);
      }
    }
    return targets > T(0) ? defined_if<T>{earned / targets, true} : empty::template value<T>();
  }

  template <class T>
  RANKWISE_FN static auto without_items() {
    return empty::template value<T>();
  }

  RANKWISE_METRIC_CALLS
};

} // namespace rankwise::inline RANKWISE_ABI::reward

#endif
