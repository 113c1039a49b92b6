#ifndef RANKWISE_EXEC_PLACED_LISTS_HPP
#define RANKWISE_EXEC_PLACED_LISTS_HPP

#include <rankwise/exec/run.hpp>

#include <cstddef>
#include <type_traits>

/// Lists for many calls over the same offsets: what an executor wants to know of them, on a device the offsets and the
/// order in which groups of threads take lists, is found and copied once.
namespace rankwise::inline RANKWISE_ABI {

/// Made by `place_lists`. It owns its offsets.
template <class Offset, memory Where>
struct placed_lists {
  static constexpr memory where = Where;

  constexpr lists<Offset> groups() const { return shape.over(offsets.data()); }

  lists<Offset> shape;
  storage<Offset> offsets; ///< on the host; empty: uniform lists
  typename placement_for<Offset, Where>::type placed;
};

/// `auto const groups = place_lists(executor, lists)`: stands for the lists in top_k, ranks and calls of rankers.
template <executor Executor, list_groups Groups>
auto place_lists(Executor, Groups const& groups) {
  using offset = typename Groups::offset_type;
  placed_lists<offset, std::remove_cvref_t<Executor>::where> result;
  lists<offset> const view = detail::view_of(groups);
  if (view.offsets() != nullptr) {
    result.offsets.resize(view.size() + 1);
    for (std::size_t l = 0; l <= view.size(); ++l) {
      result.offsets[l] = view.offsets()[l];
    }
  }
  result.shape = view.over(result.offsets.data());
  result.placed.assign(view);
  return result;
}

namespace detail {

/// Lists, or something that has them: placed lists, prepared data.
template <class Groups>
concept holds_lists = list_groups<Groups> || requires(Groups const& g) {
  g.groups();
  g.placed;
};

template <class Groups>
constexpr auto lists_in(Groups const& groups) {
  if constexpr (list_groups<Groups>) {
    return view_of(groups);
  } else {
    return groups.groups();
  }
}

/// As the executor reads them.
template <class Executor, class Groups>
constexpr auto lists_at(Executor executor, Groups const& groups, workspace* memory) {
  if constexpr (list_groups<Groups>) {
    return executor.place(view_of(groups), memory);
  } else {
    return placed_on(executor, groups.groups(), groups, memory);
  }
}

} // namespace detail
} // namespace rankwise::inline RANKWISE_ABI

#endif
