#ifndef RANKWISE_LOSS_LOSS_HPP
#define RANKWISE_LOSS_LOSS_HPP

#include <rankwise/exec/run.hpp>

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

constexpr double loss_of(pass_total const& total) {
  return total.ran ? total.value : math::ops<double>::quiet_nan;
}

} // namespace rankwise::inline RANKWISE_ABI::detail

#define RANKWISE_LOSS_CALLS                                                                                            \
  RANKWISE_PREPARE_CALLS                                                                                               \
  RANKWISE_VALUE_CALLS(value, ::rankwise::detail::loss_of)                                                             \
  template <class A, class B, ::rankwise::detail::argument C, class Isa = ::rankwise::arch::native>                    \
  constexpr double gradient(A&& a, B&& b, C&& c, ::rankwise::options const& opts = {}) const {                         \
    return ::rankwise::detail::loss_of(::rankwise::detail::call_of<Isa>(*this, opts)(a, b, c));                        \
  }                                                                                                                    \
  template <class A, class B, class C, ::rankwise::detail::argument D, class Isa = ::rankwise::arch::native>           \
  constexpr double gradient(A&& a, B&& b, C&& c, D&& d, ::rankwise::options const& opts = {}) const {                  \
    return ::rankwise::detail::loss_of(::rankwise::detail::call_of<Isa>(*this, opts)(a, b, c, d));                     \
  }                                                                                                                    \
  template <class A, class B, class C, class D, ::rankwise::detail::argument E, class Isa = ::rankwise::arch::native>  \
  constexpr double gradient(A&& a, B&& b, C&& c, D&& d, E&& e, ::rankwise::options const& opts = {}) const {           \
    return ::rankwise::detail::loss_of(::rankwise::detail::call_of<Isa>(*this, opts)(a, b, c, d, e));                  \
  }                                                                                                                    \
  template <class A, class B, class C, class D, class E, ::rankwise::detail::argument F,                               \
            class Isa = ::rankwise::arch::native>                                                                      \
  constexpr double gradient(A&& a, B&& b, C&& c, D&& d, E&& e, F&& f, ::rankwise::options const& opts = {}) const {    \
    return ::rankwise::detail::loss_of(::rankwise::detail::call_of<Isa>(*this, opts)(a, b, c, d, e, f));               \
  }                                                                                                                    \
  template <class A, class B, class C, class D, class E, class F, ::rankwise::detail::argument G,                      \
            class Isa = ::rankwise::arch::native>                                                                      \
  constexpr double gradient(A&& a, B&& b, C&& c, D&& d, E&& e, F&& f, G&& g, ::rankwise::options const& opts = {})     \
      const {                                                                                                          \
    return ::rankwise::detail::loss_of(::rankwise::detail::call_of<Isa>(*this, opts)(a, b, c, d, e, f, g));            \
  }

#endif
