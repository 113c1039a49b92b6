#ifndef RANKWISE_EXEC_LIST_MAP_HPP
#define RANKWISE_EXEC_LIST_MAP_HPP

#include <rankwise/exec/run.hpp>

/// List formulas that give every item a number from the whole list: normalised rewards, weights of words. Such a
/// formula reads `list.score(i)` (and `list.label(i)`, if a second column is given), hands its result to
/// `list.gradient(i, x)` and returns a number that is not finite where the list has no result.
namespace rankwise::inline RANKWISE_ABI {

struct list_map_options {
  any_column mask{}; ///< 0 leaves an item out of its list: its output is 0
  on_error errors{};
};

namespace detail {

template <class In, class Second, class Offset, class Out>
RANKWISE_HOST_FN bool check_list_map(In const& in, Second const& second, lists<Offset> const& groups, Out const& out,
                                     on_error const& errors) {
  auto const fits = [&](auto const& c, char const* argument) {
    return check_equal(c.size(), groups.items(), argument, errc::offsets_overrun, errors);
  };
  return fits(in, "the input") && fits(second, "the second input") && fits(out, "the output") &&
         check_apart(out, in, "the output", errors) && check_apart(out, second, "the output", errors);
}

template <class Isa, class Executor, class Formula, class In, class Second, class Offset, class Out>
constexpr void map_lists(Executor executor, Formula const& formula, In const& in, Second const& second,
                         lists<Offset> const& groups, Out& out, list_map_options const& opts) {
  static_assert(explain_output<Out>());
  if (!check_list_map(as_column(in), as_column(second), groups, as_column(out), opts.errors)) {
    return;
  }
  options o;
  o.mask = opts.mask;
  o.errors = opts.errors;
  call_of<Isa, true>(formula, o)(executor, in, second, groups, out);
}

} // namespace detail

/// Runs a formula over all lists: `map_lists(formula, in, lists, out)`, or with a second column,
/// `map_lists(formula, in, second, lists, out)`. Outputs must not overlap inputs. Outputs of masked items and of lists
/// with NaN or infinities are 0; the latter are reported (`errc::not_finite`).
template <executor Executor, class Formula, class In, class Offset, class Out>
  requires(!executor<Formula>)
constexpr void map_lists(Executor executor, Formula const& formula, In const& in, lists<Offset> const& groups,
                         Out&& out, list_map_options const& opts = {}) {
  detail::map_lists<void>(executor, formula, in, in, groups, out, opts);
}
template <executor Executor, class Formula, class In, class Second, class Offset, class Out>
  requires(!executor<Formula>)
constexpr void map_lists(Executor executor, Formula const& formula, In const& in, Second const& second,
                         lists<Offset> const& groups, Out&& out, list_map_options const& opts = {}) {
  detail::map_lists<void>(executor, formula, in, second, groups, out, opts);
}

// `Isa` is never given: the executor that the columns choose depends on the unit.
template <class Formula, class In, class Offset, class Out, class Isa = arch::native>
  requires(!executor<Formula>)
constexpr void map_lists(Formula const& formula, In const& in, lists<Offset> const& groups, Out&& out,
                         list_map_options const& opts = {}) {
  detail::map_lists<Isa>(executor_for<In const, Out>{}, formula, in, in, groups, out, opts);
}
template <class Formula, class In, class Second, class Offset, class Out, class Isa = arch::native>
  requires(!executor<Formula>)
constexpr void map_lists(Formula const& formula, In const& in, Second const& second, lists<Offset> const& groups,
                         Out&& out, list_map_options const& opts = {}) {
  detail::map_lists<Isa>(executor_for<In const, Second const, Out>{}, formula, in, second, groups, out, opts);
}

} // namespace rankwise::inline RANKWISE_ABI

#endif
