#ifndef RANKWISE_EXEC_CHECK_HPP
#define RANKWISE_EXEC_CHECK_HPP

#include <rankwise/exec/item_run.hpp>
#include <rankwise/exec/placed_lists.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

/// Values are not scanned in advance; `check::values` does it for those who want it.
///
///   check::values([executor,] values [, lists] [, errors])     a column, or a matrix
namespace rankwise::inline RANKWISE_ABI::check {

namespace detail {

/// NaN for a row with a number that is NaN or infinite, else 0.
template <class V, class M, class Index>
RANKWISE_FN V flaw_of(M const& m, Index i) {
  V flaw(0);
  for (std::size_t c = 0; c < m.columns; ++c) {
    V const x = load(m, i, c);
    flaw = math::select(math::is_finite(x), flaw, V(math::ops<math::scalar_t<V>>::quiet_nan));
  }
  return flaw;
}

template <class M>
struct flaws {
  M m;

  template <class Index>
  RANKWISE_FN auto operator()(Index i) const {
    using V = typename Index::vector;
    return item_sums<V, 1>{{flaw_of<V>(m, i)}};
  }
};

/// Which lists have one.
template <class T, class M, class Groups>
struct flawed_lists {
  using vector = T;
  using scalar = T;
  using scratch = scratch_columns<0, 0>;
  static constexpr bool in_groups = false;

  M m;
  Groups groups;

  RANKWISE_FN list_outcome operator()(std::size_t list, list_scratch<T>) const {
    bool flawed = false;
    for (std::size_t i = groups.begin_of(list); i < groups.end_of(list); ++i) {
      flawed = flawed || !(flaw_of<T>(m, pack<T>{i}) == T(0));
    }
    return {0, 0, flawed};
  }
};

struct no_lists {};

template <class Executor, class Values, class Groups>
bool values(Executor given, Values const& of, Groups const& known, on_error const& errors) {
  auto const executor = rankwise::detail::waiting(given);
  auto const m = rankwise::detail::as_rows(of);
  using M = std::remove_const_t<decltype(m)>;
  using T = compute_type<typename M::value_type>;
  static_assert(M::where == Executor::where, "[rankwise] the values are in another memory than the executor's");
  constexpr bool listed = !std::is_same_v<Groups, no_lists>;
  if constexpr (listed) {
    std::size_t const covered = rankwise::detail::lists_in(known).items();
    if (covered != m.rows) {
      rankwise::detail::deliver({errc::offsets_overrun, "the values", status::nowhere, covered, m.rows}, errors);
      return false;
    }
  }
  workspace memory;
  auto const items = executor.template sum_items<T, 1>(m.rows, flaws<M>{m}, &memory, errors);
  if (items.flagged == 0) {
    return rankwise::detail::passed(status{}, errors);
  }
  if constexpr (listed) {
    auto const over = rankwise::detail::lists_at(executor, known, &memory);
    flawed_lists<T, M, decltype(rankwise::detail::lists_in(known))> const pass{m, over};
    auto const lists = executor.for_each_list(over, pass, &memory, errors);
    rankwise::detail::deliver({errc::not_finite, "a value", lists.first_flagged, 0, lists.flagged}, errors);
  } else {
    rankwise::detail::deliver({errc::unusable_item, "a value", items.first_flagged, 0, items.flagged}, errors);
  }
  return false;
}

template <class Isa, class Values>
using executor_of = executor_at<decltype(rankwise::detail::as_rows(std::declval<Values const&>()))::where, Isa>;

} // namespace detail

/// Whether all numbers are finite. The first item that has a NaN or an infinity, and how many such items there are, go
/// to the error policy (`errc::unusable_item`); with lists, the first list, and how many (`errc::not_finite`).
template <executor Executor, class Values>
bool values(Executor executor, Values const& of, on_error errors = {}) {
  return detail::values(executor, of, detail::no_lists{}, errors);
}
template <executor Executor, class Values, rankwise::detail::holds_lists Groups>
bool values(Executor executor, Values const& of, Groups const& groups, on_error errors = {}) {
  return detail::values(executor, of, groups, errors);
}
template <class Values, class Isa = arch::native>
  requires(!executor<Values>)
bool values(Values const& of, on_error errors = {}) {
  return detail::values(detail::executor_of<Isa, Values>{}, of, detail::no_lists{}, errors);
}
template <class Values, rankwise::detail::holds_lists Groups, class Isa = arch::native>
  requires(!executor<Values>)
bool values(Values const& of, Groups const& groups, on_error errors = {}) {
  return detail::values(detail::executor_of<Isa, Values>{}, of, groups, errors);
}

} // namespace rankwise::inline RANKWISE_ABI::check

#endif
