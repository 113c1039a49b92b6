#ifndef RANKWISE_EXEC_SCORES_PASS_HPP
#define RANKWISE_EXEC_SCORES_PASS_HPP

#include <rankwise/exec/placed_lists.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

/// A pass over lists that have scores and no labels, for whatever orders items: checks, the mask where the pass reads
/// it, the executor, and the report of lists that are not finite.
namespace rankwise::inline RANKWISE_ABI::detail {

/// Calls f with one byte per item, 0 for those that the mask takes out, and the ids in order as unsigned numbers; null:
/// there is no mask, there are no ids. In device memory they are the workspace's.
template <class Executor, class F>
void with_items(Executor executor, options const& opts, workspace* memory, F const& f) {
  auto const fill = [&](std::uint8_t* live, std::uint64_t* ids) {
    if (live != nullptr) {
      convert_any<double>(executor, opts.mask, [live](auto c, std::size_t first) {
        return convert_mask<decltype(c)>{c, live + first};
      });
    }
    if (ids != nullptr) {
      executor.template for_each_item<double>(opts.ids.size(), convert_ids{opts.ids.as_numbers(), ids});
    }
    f(static_cast<std::uint8_t const*>(live), static_cast<std::uint64_t const*>(ids));
  };
  if constexpr (Executor::where == memory::host) {
    storage<std::uint8_t> live;
    live.resize(opts.mask.size());
    storage<std::uint64_t> ids;
    ids.resize(opts.ids.size());
    fill(address(live), address(ids));
  } else if (!opts.mask.given() && !opts.ids.given()) {
    fill(nullptr, nullptr);
  } else {
    std::size_t const ids_bytes = opts.ids.size() * sizeof(std::uint64_t);
    executor.with_memory(
        ids_bytes + opts.mask.size(), memory,
        [&](std::byte* at) {
          fill(opts.mask.size() == 0 ? nullptr : reinterpret_cast<std::uint8_t*>(at + ids_bytes),
               opts.ids.size() == 0 ? nullptr : reinterpret_cast<std::uint64_t*>(at));
        },
        1);
  }
}

/// `Groups` are lists, placed lists or prepared data. `labels` stand in where a formula reads them. A formula with
/// `start(executor, lists)` is called when everything has been checked, before the lists run.
template <class Formula, class Executor, class Scores, class Groups, class T = compute_type<value_of<Scores const>>>
pass_total run_scores(Executor executor, Formula const& formula, Scores const& scores, char const* argument,
                      Groups const& known, options const& opts, workspace* memory, T const* labels = nullptr) {
  static_assert(holds_lists<Groups>, "[rankwise] expected lists: rw::lists(offsets), rw::lists_of_sizes(sizes) or "
                                     "rw::place_lists(executor, lists)");
  auto const s = as_column(scores);
  static_assert(decltype(s)::where == Executor::where,
                "[rankwise] the scores are in another memory than the executor's");
  auto const groups = lists_in(known);
  on_error const& errors = opts.errors;
  if (!check_equal(s.size(), groups.items(), argument, errc::offsets_overrun, errors) ||
      !check_length<Formula>(groups, errors) || !check_optional(opts.mask, "mask", s.size(), Executor::where, errors) ||
      !check_optional(opts.ids, "ids", s.size(), Executor::where, errors)) {
    return pass_total::failed();
  }
  using V = typename Executor::template vector<T>;
  using inputs = list_inputs<std::remove_const_t<decltype(s)>, T, no_constants>;
  using lists_type = std::remove_const_t<decltype(groups)>;
  if constexpr (requires { formula.start(executor, groups); }) {
    formula.start(executor, groups);
  }
  pass_total total;
  with_items(executor, opts, memory, [&](std::uint8_t const* live, std::uint64_t const* ids) {
    auto const over = lists_at(executor, known, memory);
    list_pass<V, Formula, lists_type, inputs, list_outputs<>> const pass{
        formula, over, {s, labels, nullptr, live, nullptr, nullptr, ids}, {}, nullptr, nullptr, nullptr};
    total = executor.for_each_list(over, pass, memory, errors);
  });
  if (total.ran && total.flagged != 0) {
    deliver({errc::not_finite, argument, total.first_flagged, 0, total.flagged}, errors);
  }
  return total;
}

/// A column of zeros, where a pass reads one and there is none.
template <class T, memory Where>
struct zeros {
  using value_type = T;
  static constexpr memory where = Where;

  std::size_t count;

  RANKWISE_FN std::size_t size() const { return count; }
  RANKWISE_FN T operator[](std::size_t) const { return T(0); }

  template <class Index>
  RANKWISE_FN friend auto load(zeros const&, Index) {
    return typename Index::vector(0);
  }
};
template <class T, memory W>
inline constexpr bool is_column_view<zeros<T, W>> = true;

/// Every number of a column.
template <class To>
struct set_all {
  To to;
  typename To::value_type x;

  template <class Index>
  RANKWISE_FN void operator()(Index i) const {
    for (std::size_t lane = 0; lane < i.live(); ++lane) {
      to[i.first + lane] = x;
    }
  }
};

} // namespace rankwise::inline RANKWISE_ABI::detail

#endif
