#ifndef RANKWISE_LOSS_LOSS_HPP
#define RANKWISE_LOSS_LOSS_HPP

#include <rankwise/exec/run.hpp>

#include <type_traits>

/// The calls that every list-wise loss answers. A loss is a struct with a formula, `operator()(list)`: it returns the
/// loss of one list and hands `list.gradient(i, g)` and `list.hessian(i, h)` their values. The line RANKWISE_LOSS_CALLS
/// in its body adds the members below. (A base class could, but g++ would then warn in the user's code at every
/// `name{.parameter = 2}`.)
///
///   loss.prepare(labels, lists, {.item_weights = w, .list_weights = q, .mask = m})
///   loss.gradient(scores, data, gradient [, hessian] [, workspace], {.per_list = values})
///   loss.value(scores, data [, workspace], {...})
///   loss.gradient(scores, labels, lists, gradient [, hessian], {...})        prepare + gradient
///   loss.value(scores, labels, lists, {...})
///   loss.workspace_bytes(data)
///
/// An executor may come first. The value is the sum over the lists of list weight times list loss, in double. Where the
/// call fails and the error policy lets it return, the value is NaN and nothing is written.
namespace rankwise::inline RANKWISE_ABI::detail {

/// A loss that is called as a metric is: one readable line.
template <class Loss>
consteval bool explain_loss_call() {
  static_assert(!std::is_same_v<Loss, Loss>, "[rankwise] a loss is no function: loss.value(scores, labels, lists), or "
                                             "loss.gradient(scores, labels, lists, gradient)");
  return true;
}

/// `value(...)` may be told to leave the value out, too; passes that write derivatives do so themselves.
constexpr double loss_of(pass_total const& total, options const& opts = {}) {
  return !total.ran ? math::ops<double>::quiet_nan : opts.value ? total.value : 0;
}

/// Calls of functions about a loss, in the forms of its own calls: an executor or none; the loss; scores; its prepared
/// data, or labels and lists. `f` gets executor, options, loss, scores, data and whatever else there is.
struct data_call {
  options const& opts;

  template <class F, class First, class Second, class... Rest>
  double operator()(F const& f, First& first, Second& second, Rest&... rest) const {
    if constexpr (executor<First>) {
      return on(first, f, second, rest...);
    } else {
      return on(executor_for<Second const>{}, f, first, second, rest...);
    }
  }

private:
  template <class Executor, class F, class Loss, class Scores, class Data, class... Rest>
  double on(Executor executor, F const& f, Loss& loss, Scores& scores, Data& data, Rest&... rest) const {
    if constexpr (prepared_data<Data>) {
      static_assert(std::is_same_v<std::remove_const_t<Loss>, typename std::remove_const_t<Data>::formula_type>,
                    "[rankwise] this data was prepared by another loss");
      return f(executor, opts, loss, scores, data, rest...);
    } else {
      return once(executor, f, loss, scores, data, rest...);
    }
  }

  template <class Executor, class F, class Loss, class Scores, class Labels, class Groups, class... Rest>
  double once(Executor executor, F const& f, Loss& loss, Scores& scores, Labels& labels, Groups& groups,
              Rest&... rest) const {
    static_assert(list_groups<Groups>, "[rankwise] expected (loss, scores, prepared data, ...) or (loss, scores, "
                                       "labels, lists, ...): make lists with rw::lists(offsets) or "
                                       "rw::lists_of_sizes(sizes)");
    workspace own;
    auto const data =
        prepare<compute_type<value_of<Scores const>>>(executor, loss, labels, view_of(groups), opts, &own);
    return data.ready ? f(executor, without_data(opts), loss, scores, data, rest...) : math::ops<double>::quiet_nan;
  }
};

/// Of `gradient(...)`: outputs stand behind the lists or the prepared data; before them temporaries are welcome.
template <bool Behind, class First, class... Rest>
consteval bool explain_outputs_kept() {
  if constexpr (Behind) {
    static_assert(explain_kept<First>());
  }
  if constexpr (sizeof...(Rest) > 0) {
    constexpr bool behind = Behind || list_groups<First> || prepared_data<First>;
    return explain_outputs_kept<behind, Rest...>();
  }
  return true;
}

} // namespace rankwise::inline RANKWISE_ABI::detail

#define RANKWISE_LOSS_CALLS                                                                                            \
  RANKWISE_PREPARE_CALLS                                                                                               \
  RANKWISE_VALUE_CALLS(value, ::rankwise::detail::loss_of)                                                             \
  template <class RwA = ::rankwise::detail::braced, class RwB = ::rankwise::detail::braced,                            \
            ::rankwise::detail::argument RwC = ::rankwise::detail::braced, class RwIsa = ::rankwise::arch::native>     \
  constexpr double gradient(RwA&& rw_a, RwB&& rw_b, RwC&& rw_c, ::rankwise::options const& rw_opts = {}) const {       \
    static_assert(::rankwise::detail::explain_outputs_kept<false, RwA, RwB, RwC>());                                   \
    return ::rankwise::detail::loss_of(::rankwise::detail::call_of<RwIsa, true>(*this, rw_opts)(rw_a, rw_b, rw_c));    \
  }                                                                                                                    \
  template <class RwA = ::rankwise::detail::braced, class RwB = ::rankwise::detail::braced,                            \
            class RwC = ::rankwise::detail::braced, ::rankwise::detail::argument RwD = ::rankwise::detail::braced,     \
            class RwIsa = ::rankwise::arch::native>                                                                    \
  constexpr double gradient(RwA&& rw_a, RwB&& rw_b, RwC&& rw_c, RwD&& rw_d, ::rankwise::options const& rw_opts = {})   \
      const {                                                                                                          \
    static_assert(::rankwise::detail::explain_outputs_kept<false, RwA, RwB, RwC, RwD>());                              \
    return ::rankwise::detail::loss_of(                                                                                \
        ::rankwise::detail::call_of<RwIsa, true>(*this, rw_opts)(rw_a, rw_b, rw_c, rw_d));                             \
  }                                                                                                                    \
  template <class RwA = ::rankwise::detail::braced, class RwB = ::rankwise::detail::braced,                            \
            class RwC = ::rankwise::detail::braced, class RwD = ::rankwise::detail::braced,                            \
            ::rankwise::detail::argument RwE = ::rankwise::detail::braced, class RwIsa = ::rankwise::arch::native>     \
  constexpr double gradient(RwA&& rw_a, RwB&& rw_b, RwC&& rw_c, RwD&& rw_d, RwE&& rw_e,                                \
                            ::rankwise::options const& rw_opts = {}) const {                                           \
    static_assert(::rankwise::detail::explain_outputs_kept<false, RwA, RwB, RwC, RwD, RwE>());                         \
    return ::rankwise::detail::loss_of(                                                                                \
        ::rankwise::detail::call_of<RwIsa, true>(*this, rw_opts)(rw_a, rw_b, rw_c, rw_d, rw_e));                       \
  }                                                                                                                    \
  template <class RwA = ::rankwise::detail::braced, class RwB = ::rankwise::detail::braced,                            \
            class RwC = ::rankwise::detail::braced, class RwD = ::rankwise::detail::braced,                            \
            class RwE = ::rankwise::detail::braced, ::rankwise::detail::argument RwF = ::rankwise::detail::braced,     \
            class RwIsa = ::rankwise::arch::native>                                                                    \
  constexpr double gradient(RwA&& rw_a, RwB&& rw_b, RwC&& rw_c, RwD&& rw_d, RwE&& rw_e, RwF&& rw_f,                    \
                            ::rankwise::options const& rw_opts = {}) const {                                           \
    static_assert(::rankwise::detail::explain_outputs_kept<false, RwA, RwB, RwC, RwD, RwE, RwF>());                    \
    return ::rankwise::detail::loss_of(                                                                                \
        ::rankwise::detail::call_of<RwIsa, true>(*this, rw_opts)(rw_a, rw_b, rw_c, rw_d, rw_e, rw_f));                 \
  }                                                                                                                    \
  template <class RwA = ::rankwise::detail::braced, class RwB = ::rankwise::detail::braced,                            \
            class RwC = ::rankwise::detail::braced, class RwD = ::rankwise::detail::braced,                            \
            class RwE = ::rankwise::detail::braced, class RwF = ::rankwise::detail::braced,                            \
            ::rankwise::detail::argument RwG = ::rankwise::detail::braced, class RwIsa = ::rankwise::arch::native>     \
  constexpr double gradient(RwA&& rw_a, RwB&& rw_b, RwC&& rw_c, RwD&& rw_d, RwE&& rw_e, RwF&& rw_f, RwG&& rw_g,        \
                            ::rankwise::options const& rw_opts = {}) const {                                           \
    static_assert(::rankwise::detail::explain_outputs_kept<false, RwA, RwB, RwC, RwD, RwE, RwF, RwG>());               \
    return ::rankwise::detail::loss_of(                                                                                \
        ::rankwise::detail::call_of<RwIsa, true>(*this, rw_opts)(rw_a, rw_b, rw_c, rw_d, rw_e, rw_f, rw_g));           \
  }                                                                                                                    \
  template <class RwA, class RwB, class RwC, class... RwRest>                                                          \
  constexpr double operator()(RwA const&, RwB const&, RwC const&, RwRest const&...) const {                            \
    static_assert(::rankwise::detail::explain_loss_call<RwA>());                                                       \
    return 0;                                                                                                          \
  }

#endif
