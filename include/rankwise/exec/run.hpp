#ifndef RANKWISE_EXEC_RUN_HPP
#define RANKWISE_EXEC_RUN_HPP

#include <rankwise/core/policy.hpp>
#include <rankwise/exec/prepared.hpp>
#include <rankwise/exec/scalar.hpp>
#include <rankwise/exec/simd.hpp>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

/// One pass of a list-wise formula over the caller's columns: checks first, then the executor, then the report of lists
/// that were not finite. Losses and metrics are thin layers over `run`.
namespace rankwise::inline RANKWISE_ABI::detail {

struct byte_range {
  void const* first = nullptr;
  void const* last = nullptr;

  constexpr bool overlaps(byte_range const& other) const {
    std::compare_three_way const order; // of pointers into different objects, too; <functional> costs all units more
    return first != last && other.first != other.last && order(first, other.last) < 0 && order(other.first, last) < 0;
  }
};

template <class T, memory W>
constexpr byte_range extent_of(column<T, W> const& c) {
  return {c.first, c.first + c.count};
}
template <class T, memory W>
constexpr byte_range extent_of(strided_column<T, W> const& c) {
  if (c.count == 0) {
    return {};
  }
  T* const last = &c[c.count - 1];
  return c.stride < 0 ? byte_range{last, c.first + 1} : byte_range{c.first, last + 1};
}
template <class T, layout L, memory W>
constexpr byte_range extent_of(matrix<T, L, W> const& m) {
  if (m.rows == 0 || m.columns == 0) {
    return {};
  }
  T* first = m.first;
  T* last = m.first;
  (m.row_stride < 0 ? first : last) += static_cast<std::ptrdiff_t>(m.rows - 1) * m.row_stride;
  (m.column_stride < 0 ? first : last) += static_cast<std::ptrdiff_t>(m.columns - 1) * m.column_stride;
  return {first, last + 1};
}
RANKWISE_HOST_FN byte_range extent_of(any_column const& c) {
  if (c.size() == 0) {
    return {};
  }
  auto const* const first = static_cast<unsigned char const*>(c.data());
  auto const width = static_cast<std::ptrdiff_t>(c.width());
  auto const* const last = first + static_cast<std::ptrdiff_t>(c.size() - 1) * c.stride() * width;
  return c.stride() < 0 ? byte_range{last, first + width} : byte_range{first, last + width};
}
constexpr byte_range extent_of(no_output const&) {
  return {};
}
constexpr byte_range extent_of(side_output const& o) {
  return {o.first(), o.first() + o.size()};
}

/// Whether two strided columns take turns in memory without touching, as the gradient and the hessian do in an array of
/// pairs.
template <class A, class B>
bool interleaved(A const& a, B const& b) {
  if constexpr (requires { a.stride + b.stride; }) {
    auto const bytes = [](auto const& c) {
      std::ptrdiff_t const step = c.stride * static_cast<std::ptrdiff_t>(sizeof(*c.first));
      return static_cast<std::uintptr_t>(step < 0 ? -step : step);
    };
    std::uintptr_t const step = bytes(a);
    if (step == 0 || step != bytes(b)) {
      return false;
    }
    std::uintptr_t const at_a = reinterpret_cast<std::uintptr_t>(a.first) % step;
    std::uintptr_t const at_b = reinterpret_cast<std::uintptr_t>(b.first) % step;
    std::uintptr_t const from_a_to_b = (at_b + step - at_a) % step;
    return from_a_to_b >= sizeof(*a.first) && step - from_a_to_b >= sizeof(*b.first);
  } else {
    return false;
  }
}

// Comparing addresses of different objects is no constant expression; the compiler itself rejects aliasing there.
template <class A, class B>
RANKWISE_HOST_FN bool check_apart(A const& output, B const& other, char const* argument, on_error const& errors) {
  if (std::is_constant_evaluated()) {
    return true;
  }
  bool const apart = !extent_of(output).overlaps(extent_of(other)) || interleaved(output, other);
  return passed(apart ? status{} : status{errc::aliasing, argument}, errors);
}

/// Calls f with lists whose offsets the kernels of an executor of items can read, and `bytes` more of that memory.
template <class Executor, class Offset, class F>
void with_lists(Executor executor, lists<Offset> const& groups, std::size_t bytes, F const& f) {
  workspace own;
  std::size_t const offsets = groups.offsets() == nullptr ? 0 : groups.size() + 1;
  std::size_t const before = round_up(bytes, workspace::alignment);
  executor.with_memory(before + offsets * sizeof(Offset), &own, [&](std::byte* memory) {
    auto* const to = reinterpret_cast<Offset*>(memory + before);
    if (offsets != 0) {
      executor.send(groups.offsets(), offsets, to);
    }
    f(groups.over(to), memory);
  });
}

constexpr no_output as_output(no_output) {
  return {};
}
template <class C>
constexpr auto as_output(C& c) {
  static_assert(explain_output<C>());
  return as_column(c);
}

template <class Column, class Isa = arch::native>
constexpr bool check_output(Column const& c, char const* argument, std::size_t needed, on_error const& errors) {
  if constexpr (std::is_same_v<Column, no_output>) {
    return true;
  } else {
    if constexpr (requires { c.stride; }) {
      if (needed > 1 && !passed(c.stride != 0 ? status{} : status{errc::aliasing, argument}, errors)) {
        return false;
      }
    }
    return check_size(c, argument, needed, errors);
  }
}

/// Whether a column of U can hold 0 ... `last` and, where items that have no number are marked, -1 apart from them.
template <class U, class Isa = arch::native>
constexpr bool check_integers(std::size_t last, bool marked, char const* argument, on_error const& errors) {
  bool fits = true;
  if constexpr (std::is_integral_v<U>) {
    auto const most = static_cast<std::uint64_t>(std::numeric_limits<U>::max()); // -1 of an unsigned type
    fits = last < most || (last == most && (std::is_signed_v<U> || !marked));
  }
  return passed(fits ? status{} : status{errc::out_of_range, argument, status::nowhere, 0, last}, errors);
}

/// The same for the items and counts of the best k of every list.
template <class Item, class Count, class Offset>
constexpr bool check_top_integers(lists<Offset> const& groups, std::size_t k, on_error const& errors) {
  std::size_t const items = groups.items();
  std::size_t const longest = groups.longest();
  return check_integers<Item>(items == 0 ? 0 : items - 1, false, "the last item, for the output's integers,", errors) &&
         check_integers<Count>(longest < k ? longest : k, false, "the largest count, for the output's integers,",
                               errors);
}

template <class Column>
consteval bool writes_to(memory where) {
  if constexpr (std::is_same_v<Column, no_output>) {
    return true;
  } else {
    return Column::where == where;
  }
}

template <class Offset>
constexpr lists<Offset> view_of(lists<Offset> const& groups) {
  return groups;
}

/// Options of a one-shot call, less what its `prepare` has used.
template <class Isa = arch::native>
constexpr options without_data(options opts) {
  opts.item_weights = {};
  opts.list_weights = {};
  opts.mask = {};
  opts.judged = {};
  opts.retrieved = {};
  opts.ids = {};
  opts.segments = {};
  opts.propensities = {};
  return opts;
}

/// What a formula computes with: the type of the scores, or what its `accumulation` makes of it.
template <class Formula, class T>
struct run_scalar {
  using type = T;
};
template <class Formula, class T>
  requires requires {
    typename Formula::accumulation;
  }
struct run_scalar<Formula, T> {
  using type = typename Formula::accumulation::template scalar<T>;
};
template <class Formula, class T>
using scalar_of_run = typename run_scalar<Formula, T>::type;

/// A pass only reads what the preparation wrote; both see it through the same view.
template <class Data>
constexpr prepared_columns<typename Data::scalar> prepared_of(Data const& data) {
  auto* const values = address(data.item_values);
  auto* const indices = address(data.item_indices);
  return {const_cast<typename Data::scalar*>(values), const_cast<std::uint32_t*>(indices), data.labels.size()};
}

/// Whether a formula reads what `Other` has prepared: its own preparation would leave the same.
template <class Formula, class Other>
inline constexpr bool reads_data_of = std::is_same_v<Formula, Other>;
template <class Formula, class Other>
  requires requires {
    typename Formula::prepared_by;
  }
inline constexpr bool reads_data_of<Formula, Other> =
    std::is_same_v<Formula, Other> || std::is_same_v<typename Formula::prepared_by, Other>;

/// The checks of a pass over prepared data: all columns fit the lists, and nothing is written that is still read.
template <class Scores, class Gradient, class Hessian, class Offset, class Isa = arch::native>
constexpr bool check_pass(Scores const& s, Gradient const& g, Hessian const& h, lists<Offset> const& groups, bool ready,
                          options const& opts) {
  std::size_t const items = groups.items();
  on_error const& errors = opts.errors;
  return passed(ready ? status{} : status{errc::not_prepared, "the data"}, errors) && check_no_data(opts, errors) &&
         check_size(s, "scores", items, errors) && check_output(g, "gradient", items, errors) &&
         check_output(h, "hessian", items, errors) &&
         (!opts.per_list.given() || check_size(opts.per_list, "per_list", groups.size(), errors)) &&
         check_apart(g, s, "gradient", errors) && check_apart(h, s, "hessian", errors) &&
         check_apart(h, g, "hessian", errors) && check_apart(opts.per_list, s, "per_list", errors) &&
         check_apart(opts.per_list, g, "per_list", errors) && check_apart(opts.per_list, h, "per_list", errors);
}

/// Reports lists that are not finite, and a sum that is not.
RANKWISE_HOST_FN void report(pass_total const& total, on_error const& errors) {
  if (total.ran && total.flagged != 0) {
    deliver(
        {errc::not_finite, "a score, label, weight, derivative or the value", total.first_flagged, 0, total.flagged},
        errors);
  } else if (total.ran && !(total.value - total.value == 0)) {
    deliver({errc::not_finite, "the sum over the lists", status::nowhere, 0, 0}, errors);
  }
}

template <class Executor, class Formula, class Prepared, class T, class Offset, memory W, class Scores, class Gradient,
          class Hessian>
constexpr pass_total run(Executor executor, Formula const& formula, prepared<Prepared, T, Offset, W> const& data,
                         Scores const& scores, Gradient&& gradient, Hessian&& hessian, workspace* memory,
                         options const& opts) {
  static_assert(W == Executor::where, "[rankwise] the data was prepared in another memory than the executor's");
  auto const s = as_column(scores);
  auto const g = as_output(gradient);
  auto const h = as_output(hessian);
  static_assert(decltype(s)::where == W, "[rankwise] the scores are in another memory than the executor's");
  static_assert(writes_to<std::remove_const_t<decltype(g)>>(W) && writes_to<std::remove_const_t<decltype(h)>>(W),
                "[rankwise] the gradient or hessian is in another memory than the executor's");
  lists<Offset> const groups = data.groups();
  if (!check_parameters(fault_of(formula), opts.errors) || !check_pass(s, g, h, groups, data.ready, opts)) {
    return pass_total::failed();
  }
  using scalar = scalar_of_run<Formula, compute_type<typename decltype(s)::value_type>>;
  using V = typename Executor::template vector<scalar>;
  using inputs = list_inputs<std::remove_const_t<decltype(s)>, T, constants_of<Prepared, T>,
                             typename prepared_items_of<Prepared>::type>;
  using outputs = list_outputs<std::remove_const_t<decltype(g)>, std::remove_const_t<decltype(h)>>;
  auto const over = placed_on(executor, groups, data, memory);
  list_pass<V, Formula, lists<Offset>, inputs, outputs> const pass{
      formula,
      over,
      {s, address(data.labels), address(data.item_weights), address(data.live), address(data.constants),
       address(data.marks), address(data.ids), nullptr, prepared_of(data), opts.value},
      {g, h},
      address(data.list_weights),
      address(data.flagged),
      opts.per_list.first()};
  pass_total const total = executor.for_each_list(over, pass, memory, opts.errors);
  report(total, opts.errors);
  return total;
}

/// The forms of a call: an executor or none; scores; prepared data, or labels and lists; outputs; a workspace or none.
/// Without an executor the code depends on the unit's instruction set, so that is part of the type.
/// `WithOutput` says that the call is for derivatives, so that one without a place for them does not compile.
template <class Formula, class Isa, bool WithOutput>
struct call {
  Formula const& formula;
  options const& opts;

  template <class First, class... Rest>
  constexpr pass_total operator()(First&& first, Rest&&... rest) const {
    if constexpr (executor<First>) {
      return on(first, rest...);
    } else {
      return on(executor_for<First const>{}, first, rest...);
    }
  }

private:
  template <class Executor, class Scores, class Data, class... Rest>
  constexpr pass_total on(Executor executor, Scores const& scores, Data const& data, Rest&&... rest) const {
    if constexpr (prepared_data<Data>) {
      static_assert(reads_data_of<Formula, typename Data::formula_type>,
                    "[rankwise] this data was prepared by another loss or metric");
      if constexpr (reads_data_of<Formula, typename Data::formula_type>) {
        return into(executor, scores, data, rest...);
      } else {
        return pass_total::failed(); // the line above is enough
      }
    } else {
      return once(executor, scores, data, rest...);
    }
  }

  template <class Executor, class Scores, class Labels>
  constexpr pass_total once(Executor, Scores const&, Labels const&) const {
    static_assert(!std::is_same_v<Labels, Labels>, "[rankwise] the lists are missing: (scores, labels, lists, ...), "
                                                   "with rw::lists(offsets) or rw::lists_of_sizes(sizes)");
    return pass_total::failed();
  }
  template <class Executor, class Scores, class Labels, class Groups, class... Rest>
  constexpr pass_total once(Executor executor, Scores const& scores, Labels const& labels, Groups const& groups,
                            Rest&&... rest) const {
    static_assert(list_groups<Groups>, "[rankwise] expected (scores, prepared data, ...) or (scores, labels, lists, "
                                       "...): make lists with rw::lists(offsets) or rw::lists_of_sizes(sizes)");
    if constexpr (list_groups<Groups>) {
      using T = compute_type<value_of<Scores const>>;
      workspace own;
      auto const data = prepare<T>(executor, formula, labels, view_of(groups), opts, &own);
      options const others = without_data(opts);
      if (!data.ready) {
        return pass_total::failed();
      }
      if constexpr ((std::is_same_v<std::remove_cvref_t<Rest>, workspace> || ...)) {
        return call{formula, others}.into(executor, scores, data, rest...);
      } else { // the memory that served the labels serves the scores
        return call{formula, others}.into(executor, scores, data, rest..., own);
      }
    } else {
      return pass_total::failed();
    }
  }

  template <class Executor, class Scores, class Data>
  constexpr pass_total into(Executor executor, Scores const& scores, Data const& data) const {
    workspace own;
    return into(executor, scores, data, own);
  }
  template <class Executor, class Scores, class Data>
  constexpr pass_total into(Executor executor, Scores const& scores, Data const& data, workspace& memory) const {
    static_assert(!WithOutput, "[rankwise] gradient(...) needs a column for the gradient after the data or the lists; "
                               "value(...) needs none");
    return run(executor, formula, data, scores, no_output{}, no_output{}, &memory, opts);
  }
  /// One readable line where weights stand in an output's place, and where numbers would be cut off.
  template <class... Outputs>
  static consteval bool explain_outputs() {
    static_assert(!(std::is_same_v<std::remove_cv_t<Outputs>, status> || ...),
                  "[rankwise] a status is an option: {.errors = my_status}");
    static_assert(WithOutput, "[rankwise] values and metrics take (scores, labels, lists) or (scores, prepared data): "
                              "weights and masks are options, {.item_weights = w}; outputs belong to gradient(...)");
    if constexpr (WithOutput) {
      static_assert((!std::is_integral_v<value_of<Outputs>> && ...),
                    "[rankwise] gradients and hessians are float, double, float16 or bfloat16: integers cut them off");
    }
    return true;
  }
  template <class Executor, class Scores, class Data, class Gradient>
  constexpr pass_total into(Executor executor, Scores const& scores, Data const& data, Gradient& gradient) const {
    workspace own;
    return into(executor, scores, data, gradient, own);
  }
  template <class Executor, class Scores, class Data, class Gradient>
  constexpr pass_total into(Executor executor, Scores const& scores, Data const& data, Gradient& gradient,
                            workspace& memory) const {
    static_assert(explain_outputs<Gradient>());
    return run(executor, formula, data, scores, gradient, no_output{}, &memory, opts);
  }
  template <class Executor, class Scores, class Data, class Gradient, class Hessian>
  constexpr pass_total into(Executor executor, Scores const& scores, Data const& data, Gradient& gradient,
                            Hessian& hessian) const {
    workspace own;
    return into(executor, scores, data, gradient, hessian, own);
  }
  template <class Executor, class Scores, class Data, class Gradient, class Hessian>
  constexpr pass_total into(Executor executor, Scores const& scores, Data const& data, Gradient& gradient,
                            Hessian& hessian, workspace& memory) const {
    static_assert(explain_outputs<Gradient, Hessian>());
    return run(executor, formula, data, scores, gradient, hessian, &memory, opts);
  }
};

template <class Isa, bool WithOutput = false, class Formula>
constexpr call<Formula, Isa, WithOutput> call_of(Formula const& formula, options const& opts) {
  return {formula, opts};
}

/// Anything but options, which are always the last argument.
template <class T>
concept argument = !std::is_same_v<std::remove_cvref_t<T>, options>;

template <class Scalar, class Executor, class Formula, class Labels, class Groups>
constexpr auto prepare_on(Executor executor, Formula const& formula, options const& opts, Labels const& labels,
                          Groups const& groups) {
  static_assert(list_groups<Groups>, "[rankwise] expected prepare(labels, lists, ...): make lists with "
                                     "rw::lists(offsets) or rw::lists_of_sizes(sizes)");
  using natural = compute_type<value_of<Labels const>>;
  workspace own;
  return prepare<std::conditional_t<std::is_void_v<Scalar>, natural, Scalar>>(executor, formula, labels,
                                                                              view_of(groups), opts, &own);
}

/// `prepare` in its forms: an executor or none.
template <class Scalar, class Isa, class Formula, class First, class... Rest>
constexpr auto prepare_call(Formula const& formula, options const& opts, First const& first, Rest const&... rest) {
  if constexpr (executor<First>) {
    return prepare_on<Scalar>(first, formula, opts, rest...);
  } else {
    return prepare_on<Scalar>(executor_for<First>{}, formula, opts, first, rest...);
  }
}

/// Without lists: one readable line.
template <class Labels>
consteval bool explain_prepare() {
  static_assert(!std::is_same_v<Labels, Labels>, "[rankwise] the lists are missing: prepare(labels, lists), with "
                                                 "rw::lists(offsets) or rw::lists_of_sizes(sizes)");
  return true;
}

template <class T, class Formula, class Executor, class Data>
constexpr std::size_t workspace_bytes_for(Executor executor, Data const& data) {
  using pass = list_pass<typename Executor::template vector<T>, Formula, decltype(data.groups()),
                         list_inputs<column<T const, Data::where>, T, no_constants>, list_outputs<>>;
  return executor.template workspace_bytes<pass>(data.groups());
}

/// Bytes of workspace that any call of a formula with this data needs on this executor, be its scores float or double.
template <class Formula, class Executor, class Data>
constexpr std::size_t workspace_bytes_of(Executor executor, Data const& data) {
  std::size_t const single = workspace_bytes_for<float, Formula>(executor, data);
  std::size_t const twice = workspace_bytes_for<double, Formula>(executor, data);
  return single < twice ? twice : single;
}
template <class Executor, class Data>
constexpr std::size_t workspace_bytes(Executor executor, Data const& data) {
  return workspace_bytes_of<typename Data::formula_type>(executor, data);
}

} // namespace rankwise::inline RANKWISE_ABI::detail

// The members that a list-wise policy gets from one line in its body. Options are braced at the place of the call,
// which a parameter pack cannot forward: hence one member for each number of arguments. `RwIsa` is never given: see
// call. The names begin with rw_ or Rw, or they would shadow the policy's own members and parameters.
#define RANKWISE_PREPARE_CALLS                                                                                         \
  using rw_has_calls = void;                                                                                           \
  template <class RwScalar = void, class RwA = ::rankwise::detail::braced, class RwB = ::rankwise::detail::braced,     \
            class RwIsa = ::rankwise::arch::native>                                                                    \
  constexpr auto prepare(RwA const& rw_a, RwB const& rw_b, ::rankwise::options const& rw_opts = {}) const {            \
    return ::rankwise::detail::prepare_call<RwScalar, RwIsa>(*this, rw_opts, rw_a, rw_b);                              \
  }                                                                                                                    \
  template <class RwScalar = void, class RwA = ::rankwise::detail::braced, class RwB = ::rankwise::detail::braced,     \
            ::rankwise::detail::argument RwC = ::rankwise::detail::braced, class RwIsa = ::rankwise::arch::native>     \
  constexpr auto prepare(RwA const& rw_a, RwB const& rw_b, RwC const& rw_c, ::rankwise::options const& rw_opts = {})   \
      const {                                                                                                          \
    return ::rankwise::detail::prepare_call<RwScalar, RwIsa>(*this, rw_opts, rw_a, rw_b, rw_c);                        \
  }                                                                                                                    \
  template <class RwA, class RwIsa = ::rankwise::arch::native>                                                         \
  constexpr auto prepare(RwA const&, ::rankwise::options const& = {}) const {                                          \
    return ::rankwise::detail::explain_prepare<RwA>();                                                                 \
  }                                                                                                                    \
  template <class RwData, class RwIsa = ::rankwise::arch::native>                                                      \
  static constexpr ::std::size_t workspace_bytes(RwData const& rw_data) {                                              \
    return ::rankwise::detail::workspace_bytes(typename ::rankwise::default_executor<RwData::where>::type{}, rw_data); \
  }                                                                                                                    \
  template <class RwExecutor, class RwData>                                                                            \
    requires ::rankwise::executor<RwExecutor>                                                                          \
  static constexpr ::std::size_t workspace_bytes(RwExecutor rw_executor, RwData const& rw_data) {                      \
    return ::rankwise::detail::workspace_bytes(rw_executor, rw_data);                                                  \
  }

// `result(total)` makes the caller's number; used by RANKWISE_LOSS_CALLS and RANKWISE_METRIC_CALLS.
#define RANKWISE_VALUE_CALLS(name, result)                                                                             \
  template <class RwA = ::rankwise::detail::braced, ::rankwise::detail::argument RwB = ::rankwise::detail::braced,     \
            class RwIsa = ::rankwise::arch::native>                                                                    \
  constexpr double name(RwA&& rw_a, RwB&& rw_b, ::rankwise::options const& rw_opts = {}) const {                       \
    return result(::rankwise::detail::call_of<RwIsa>(*this, rw_opts)(rw_a, rw_b), rw_opts);                            \
  }                                                                                                                    \
  template <class RwA = ::rankwise::detail::braced, class RwB = ::rankwise::detail::braced,                            \
            ::rankwise::detail::argument RwC = ::rankwise::detail::braced, class RwIsa = ::rankwise::arch::native>     \
  constexpr double name(RwA&& rw_a, RwB&& rw_b, RwC&& rw_c, ::rankwise::options const& rw_opts = {}) const {           \
    return result(::rankwise::detail::call_of<RwIsa>(*this, rw_opts)(rw_a, rw_b, rw_c), rw_opts);                      \
  }                                                                                                                    \
  template <class RwA = ::rankwise::detail::braced, class RwB = ::rankwise::detail::braced,                            \
            class RwC = ::rankwise::detail::braced, ::rankwise::detail::argument RwD = ::rankwise::detail::braced,     \
            class RwIsa = ::rankwise::arch::native>                                                                    \
  constexpr double name(RwA&& rw_a, RwB&& rw_b, RwC&& rw_c, RwD&& rw_d, ::rankwise::options const& rw_opts = {})       \
      const {                                                                                                          \
    return result(::rankwise::detail::call_of<RwIsa>(*this, rw_opts)(rw_a, rw_b, rw_c, rw_d), rw_opts);                \
  }                                                                                                                    \
  template <class RwA = ::rankwise::detail::braced, class RwB = ::rankwise::detail::braced,                            \
            class RwC = ::rankwise::detail::braced, class RwD = ::rankwise::detail::braced,                            \
            ::rankwise::detail::argument RwE = ::rankwise::detail::braced, class RwIsa = ::rankwise::arch::native>     \
  constexpr double name(RwA&& rw_a, RwB&& rw_b, RwC&& rw_c, RwD&& rw_d, RwE&& rw_e,                                    \
                        ::rankwise::options const& rw_opts = {}) const {                                               \
    return result(::rankwise::detail::call_of<RwIsa>(*this, rw_opts)(rw_a, rw_b, rw_c, rw_d, rw_e), rw_opts);          \
  }

#endif
