#ifndef RANKWISE_EXEC_ITEM_RUN_HPP
#define RANKWISE_EXEC_ITEM_RUN_HPP

#include <rankwise/core/policy.hpp>
#include <rankwise/exec/item.hpp>
#include <rankwise/exec/run.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

/// Training calls of item-wise formulas: heads and pointwise losses. A formula has `columns` logits and an
/// `operator()(item)` that returns the item's loss; the line RANKWISE_ITEM_CALLS in its body adds the members
///
///   head.prepare(labels, {.item_weights = w, .mask = m})
///   head.value(logits, data, {...})                    the weighted sum of the losses
///   head.gradient(logits, data, gradient [, hessian] [, workspace], {.parameters = p})
///   head.value(logits, labels, {...}), head.gradient(logits, labels, gradient [, hessian], {...})
///
/// An executor may come first. Logits, gradient and hessian are matrices with one row per item; for a formula of one
/// logit they may be columns. `.parameters` receives the derivatives by shared parameters. An item whose loss is not
/// finite counts for nothing, its derivatives are 0, and it is reported as a list is (`errc::not_finite`).
namespace rankwise::inline RANKWISE_ABI {

/// Labels, weights and mask in the value type, whatever the formula.
template <class T, memory Where>
struct prepared_rows {
  using scalar = T;
  static constexpr memory where = Where;
  template <class U>
  using storage = typename storage_for<U, Where>::type;

  storage<T> labels;
  storage<T> item_weights;    ///< empty: all 1
  storage<std::uint8_t> live; ///< empty: no mask
  detail::ready_flag ready;   ///< false: `prepare` failed, or the data was moved away
};

/// What an item-wise formula has prepared.
template <class Formula, class T, memory Where>
struct prepared_items : prepared_rows<T, Where> {
  using formula_type = Formula;
};

namespace detail {

template <class D>
inline constexpr bool is_prepared_items = false;
template <class F, class T, memory W>
inline constexpr bool is_prepared_items<prepared_items<F, T, W>> = true;

/// A column as a matrix of one column.
template <class C>
constexpr auto as_rows(C& c) {
  if constexpr (tensor_matrix<C> || !tensor_column<C>) {
    return as_matrix(c);
  } else {
    auto const v = as_column(c);
    using T = std::remove_reference_t<decltype(v[0])>;
    constexpr memory where = decltype(v)::where;
    if constexpr (requires { v.stride; }) {
      return matrix<T, layout::strided, where>{v.first, v.size(), 1, v.stride, 1};
    } else {
      return matrix<T, layout::column_major, where>{v.first, v.size(), 1, 1, static_cast<std::ptrdiff_t>(v.size())};
    }
  }
}
constexpr no_output as_rows(no_output) {
  return {};
}

template <class M>
constexpr bool check_rows(M const& m, char const* argument, std::size_t rows, std::size_t columns,
                          on_error const& errors) {
  if constexpr (std::is_same_v<M, no_output>) {
    return true;
  } else {
    return check_equal(m.columns, columns, argument, errc::wrong_shape, errors) &&
           check_equal(m.rows, rows, argument, errc::size_mismatch, errors);
  }
}

/// Labels and options into prepared data, unless something does not fit: then the data is not ready.
template <class Executor, class From, class T>
RANKWISE_NOINLINE constexpr void copy_rows(Executor executor, From const& from, options const& opts,
                                           prepared_rows<T, Executor::where>& data) {
  std::size_t const items = from.size();
  if (!check_meaningless(opts.list_weights, "list_weights (there are no lists here)", opts.errors) ||
      !check_meaningless(opts.judged, "judged (there are no lists here)", opts.errors) ||
      !check_meaningless(opts.retrieved, "retrieved (there are no lists here)", opts.errors) ||
      !check_meaningless(opts.ids, "ids (there are no lists here)", opts.errors) ||
      !check_meaningless(opts.segments, "segments (there are no lists here)", opts.errors) ||
      !check_optional(opts.item_weights, "item_weights", items, Executor::where, opts.errors) ||
      !check_optional(opts.mask, "mask", items, Executor::where, opts.errors) ||
      !check_propensities(opts, items, Executor::where)) {
    return;
  }
  copy_items<T>(executor, from, opts, data);
  data.ready = true;
}

template <class T, class Executor, class Formula, class Labels>
constexpr auto prepare_items(Executor executor, Formula const& formula, Labels const& labels, options const& opts) {
  prepared_items<Formula, T, Executor::where> data;
  auto const from = as_column(labels);
  static_assert(decltype(from)::where == Executor::where,
                "[rankwise] the labels are in another memory than the executor's");
  if (check_parameters(fault_of(formula), opts.errors)) {
    copy_rows(executor, from, opts, data);
  }
  return data;
}

/// The checks of a pass over prepared data: all rows fit it, and nothing is written that is still read.
template <class Logits, class Gradient, class Hessian, class Isa = arch::native>
constexpr bool check_item_pass(Logits const& z, Gradient const& g, Hessian const& h, std::size_t items,
                               std::size_t columns, std::size_t parameters, bool ready, options const& opts) {
  on_error const& errors = opts.errors;
  return passed(ready ? status{} : status{errc::not_prepared, "the data"}, errors) && check_no_data(opts, errors) &&
         passed(opts.per_list.given() ? status{errc::unused_option, "per_list (there are no lists here)"} : status{},
                errors) &&
         check_rows(z, "logits", items, columns, errors) && check_rows(g, "gradient", items, columns, errors) &&
         check_rows(h, "hessian", items, columns, errors) && check_apart(g, z, "gradient", errors) &&
         check_apart(h, z, "hessian", errors) && check_apart(h, g, "hessian", errors) &&
         (!opts.parameters.given() || check_size(opts.parameters, "parameters", parameters, errors));
}

template <class Executor, class Formula, class T, memory W, class Logits, class Gradient, class Hessian>
constexpr double run_items(Executor executor, Formula const& formula, prepared_items<Formula, T, W> const& data,
                           Logits const& logits, Gradient& gradient, Hessian& hessian, workspace& memory,
                           options const& opts) {
  static_assert(W == Executor::where, "[rankwise] the data was prepared in another memory than the executor's");
  auto const z = as_rows(logits);
  auto const g = as_rows(gradient);
  auto const h = as_rows(hessian);
  constexpr std::size_t columns = static_cast<std::size_t>(Formula::columns);
  constexpr std::size_t parameters = static_cast<std::size_t>(parameters_of<Formula>);
  std::size_t const items = data.labels.size();
  on_error const& errors = opts.errors;
  constexpr double nothing = math::ops<double>::quiet_nan;
  if (!check_parameters(fault_of(formula), errors) ||
      !check_item_pass(z, g, h, items, columns, parameters, data.ready, opts)) {
    return nothing;
  }
  using scalar = compute_type<typename decltype(z)::value_type>;
  auto const run = bound<scalar>(formula);
  using kernel = item_kernel<std::remove_const_t<decltype(run)>, std::remove_const_t<decltype(z)>, T,
                             std::remove_const_t<decltype(g)>, std::remove_const_t<decltype(h)>>;
  kernel const losses{run, z, address(data.labels), address(data.item_weights), address(data.live), g, h};
  item_total<kernel::sums> total;
  if constexpr (requires { executor.result; }) { // may leave them where they are
    total = executor.template sum_items<scalar, kernel::sums>(items, losses, &memory, errors, opts.parameters.given());
  } else {
    total = executor.template sum_items<scalar, kernel::sums>(items, losses, &memory, errors);
  }
  if (!total.ran) {
    return nothing;
  }
  bool fits = total.value[0] - total.value[0] == 0;
  if (opts.parameters.given()) {
    for (std::size_t k = 0; k + 1 < kernel::sums; ++k) {
      double const sum = total.value[k + 1];
      opts.parameters.first()[k] = sum;
      fits = fits && sum - sum == 0;
    }
  }
  if (total.flagged == 0 && !fits) {
    deliver(status{errc::not_finite, "the sum over the items"}, errors);
  }
  if (total.flagged != 0) {
    deliver(status{errc::not_finite, "a logit, label, weight, derivative or the loss", total.first_flagged,
                   status::items, total.flagged},
            errors);
  }
  return total.value[0];
}

/// The forms of a call: an executor or none; logits; prepared data or labels; outputs; a workspace or none.
template <class Formula, class Isa, bool WithOutput>
struct item_call {
  Formula const& formula;
  options const& opts;

  template <class First, class... Rest>
  constexpr double operator()(First&& first, Rest&&... rest) const {
    if constexpr (executor<First>) {
      return on(first, rest...);
    } else {
      return on(typename default_executor<decltype(as_rows(first))::where>::type{}, first, rest...);
    }
  }

private:
  template <class Executor, class Logits, class Data, class... Outputs>
  constexpr double on(Executor executor, Logits const& logits, Data const& data, Outputs&&... outputs) const {
    if constexpr (is_prepared_items<Data>) {
      static_assert(std::is_same_v<Formula, typename Data::formula_type>,
                    "[rankwise] this data was prepared by another head or loss");
      return into(executor, logits, data, opts, outputs...);
    } else {
      using T = compute_type<typename decltype(as_rows(logits))::value_type>;
      auto const once = prepare_items<T>(executor, formula, data, opts);
      return once.ready ? into(executor, logits, once, without_data(opts), outputs...) : math::ops<double>::quiet_nan;
    }
  }

  template <class Executor, class Logits, class Data, class... Outputs>
  constexpr double into(Executor executor, Logits const& logits, Data const& data, options const& rest,
                        Outputs&... outputs) const {
    if constexpr ((std::is_same_v<Outputs, workspace> || ...)) {
      return in(executor, logits, data, rest, outputs...);
    } else {
      workspace own;
      return in(executor, logits, data, rest, outputs..., own);
    }
  }

  template <class Executor, class Logits, class Data>
  constexpr double in(Executor executor, Logits const& logits, Data const& data, options const& rest,
                      workspace& memory) const {
    static_assert(!WithOutput,
                  "[rankwise] gradient(...) needs a matrix or column for the gradient after the data or the "
                  "labels; value(...) needs none");
    no_output none;
    return run_items(executor, formula, data, logits, none, none, memory, rest);
  }
  template <class Executor, class Logits, class Data, class Gradient>
  constexpr double in(Executor executor, Logits const& logits, Data const& data, options const& rest,
                      Gradient& gradient, workspace& memory) const {
    no_output none;
    return run_items(executor, formula, data, logits, gradient, none, memory, rest);
  }
  template <class Executor, class Logits, class Data, class Gradient, class Hessian>
  constexpr double in(Executor executor, Logits const& logits, Data const& data, options const& rest,
                      Gradient& gradient, Hessian& hessian, workspace& memory) const {
    return run_items(executor, formula, data, logits, gradient, hessian, memory, rest);
  }
};

template <class Isa, bool WithOutput = false, class Formula>
constexpr item_call<Formula, Isa, WithOutput> item_call_of(Formula const& formula, options const& opts) {
  return {formula, opts};
}

template <class Scalar, class Executor, class Formula, class Labels>
constexpr auto prepare_items_on(Executor executor, Formula const& formula, options const& opts, Labels const& labels) {
  using natural = compute_type<value_of<Labels const>>;
  return prepare_items<std::conditional_t<std::is_void_v<Scalar>, natural, Scalar>>(executor, formula, labels, opts);
}

} // namespace detail
} // namespace rankwise::inline RANKWISE_ABI

#define RANKWISE_ITEM_CALLS                                                                                            \
  using rw_has_calls = void;                                                                                           \
  template <class RwScalar = void, class RwA = ::rankwise::detail::braced, class RwIsa = ::rankwise::arch::native>     \
  constexpr auto prepare(RwA const& rw_a, ::rankwise::options const& rw_opts = {}) const {                             \
    return ::rankwise::detail::prepare_items_on<RwScalar>(::rankwise::executor_for<RwA const>{}, *this, rw_opts,       \
                                                          rw_a);                                                       \
  }                                                                                                                    \
  template <class RwScalar = void, ::rankwise::executor RwA,                                                           \
            ::rankwise::detail::argument RwB = ::rankwise::detail::braced>                                             \
  constexpr auto prepare(RwA const& rw_a, RwB const& rw_b, ::rankwise::options const& rw_opts = {}) const {            \
    return ::rankwise::detail::prepare_items_on<RwScalar>(rw_a, *this, rw_opts, rw_b);                                 \
  }                                                                                                                    \
  template <class RwA = ::rankwise::detail::braced, ::rankwise::detail::argument RwB = ::rankwise::detail::braced,     \
            class RwIsa = ::rankwise::arch::native>                                                                    \
  constexpr double value(RwA&& rw_a, RwB&& rw_b, ::rankwise::options const& rw_opts = {}) const {                      \
    return ::rankwise::detail::item_call_of<RwIsa>(*this, rw_opts)(rw_a, rw_b);                                        \
  }                                                                                                                    \
  template <class RwA = ::rankwise::detail::braced, class RwB = ::rankwise::detail::braced,                            \
            ::rankwise::detail::argument RwC = ::rankwise::detail::braced, class RwIsa = ::rankwise::arch::native>     \
  constexpr double value(RwA&& rw_a, RwB&& rw_b, RwC&& rw_c, ::rankwise::options const& rw_opts = {}) const {          \
    return ::rankwise::detail::item_call_of<RwIsa>(*this, rw_opts)(rw_a, rw_b, rw_c);                                  \
  }                                                                                                                    \
  template <class RwA = ::rankwise::detail::braced, class RwB = ::rankwise::detail::braced,                            \
            class RwC = ::rankwise::detail::braced, ::rankwise::detail::argument RwD = ::rankwise::detail::braced,     \
            class RwIsa = ::rankwise::arch::native>                                                                    \
  constexpr double value(RwA&& rw_a, RwB&& rw_b, RwC&& rw_c, RwD&& rw_d, ::rankwise::options const& rw_opts = {})      \
      const {                                                                                                          \
    return ::rankwise::detail::item_call_of<RwIsa>(*this, rw_opts)(rw_a, rw_b, rw_c, rw_d);                            \
  }                                                                                                                    \
  template <class RwA = ::rankwise::detail::braced, class RwB = ::rankwise::detail::braced,                            \
            ::rankwise::detail::argument RwC = ::rankwise::detail::braced, class RwIsa = ::rankwise::arch::native>     \
  constexpr double gradient(RwA&& rw_a, RwB&& rw_b, RwC&& rw_c, ::rankwise::options const& rw_opts = {}) const {       \
    return ::rankwise::detail::item_call_of<RwIsa, true>(*this, rw_opts)(rw_a, rw_b, rw_c);                            \
  }                                                                                                                    \
  template <class RwA = ::rankwise::detail::braced, class RwB = ::rankwise::detail::braced,                            \
            class RwC = ::rankwise::detail::braced, ::rankwise::detail::argument RwD = ::rankwise::detail::braced,     \
            class RwIsa = ::rankwise::arch::native>                                                                    \
  constexpr double gradient(RwA&& rw_a, RwB&& rw_b, RwC&& rw_c, RwD&& rw_d, ::rankwise::options const& rw_opts = {})   \
      const {                                                                                                          \
    return ::rankwise::detail::item_call_of<RwIsa, true>(*this, rw_opts)(rw_a, rw_b, rw_c, rw_d);                      \
  }                                                                                                                    \
  template <class RwA = ::rankwise::detail::braced, class RwB = ::rankwise::detail::braced,                            \
            class RwC = ::rankwise::detail::braced, class RwD = ::rankwise::detail::braced,                            \
            ::rankwise::detail::argument RwE = ::rankwise::detail::braced, class RwIsa = ::rankwise::arch::native>     \
  constexpr double gradient(RwA&& rw_a, RwB&& rw_b, RwC&& rw_c, RwD&& rw_d, RwE&& rw_e,                                \
                            ::rankwise::options const& rw_opts = {}) const {                                           \
    return ::rankwise::detail::item_call_of<RwIsa, true>(*this, rw_opts)(rw_a, rw_b, rw_c, rw_d, rw_e);                \
  }                                                                                                                    \
  template <class RwA = ::rankwise::detail::braced, class RwB = ::rankwise::detail::braced,                            \
            class RwC = ::rankwise::detail::braced, class RwD = ::rankwise::detail::braced,                            \
            class RwE = ::rankwise::detail::braced, ::rankwise::detail::argument RwF = ::rankwise::detail::braced,     \
            class RwIsa = ::rankwise::arch::native>                                                                    \
  constexpr double gradient(RwA&& rw_a, RwB&& rw_b, RwC&& rw_c, RwD&& rw_d, RwE&& rw_e, RwF&& rw_f,                    \
                            ::rankwise::options const& rw_opts = {}) const {                                           \
    return ::rankwise::detail::item_call_of<RwIsa, true>(*this, rw_opts)(rw_a, rw_b, rw_c, rw_d, rw_e, rw_f);          \
  }

#endif
