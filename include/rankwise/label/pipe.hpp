#ifndef RANKWISE_LABEL_PIPE_HPP
#define RANKWISE_LABEL_PIPE_HPP

#include <rankwise/exec/apply.hpp>

#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

/// Chains of element-wise policies: `polarise{...} | cut<3>{...}` is again one, and runs as one pass.
namespace rankwise::inline RANKWISE_ABI::label {

/// A policy that maps one number to one number.
template <class P>
concept transform = (!rankwise::detail::has_calls<P>)&&requires(P const& p) {
  { bound<float>(p)(1.0f) } -> std::convertible_to<float>;
};

namespace detail {
using any_row = row_input<matrix<float const>, pack<float>>;
}

/// What a chain may begin with: a policy that yields one number, from one, from two or from a row.
template <class P>
concept source = (!rankwise::detail::has_calls<P>)&&(
    transform<P> ||
    requires(P const& p) {
      { bound<float>(p)(1.0f, 1.0f) } -> std::convertible_to<float>;
    } ||
    requires(P const& p, detail::any_row const& row) {
      { bound<float>(p)(row) } -> std::convertible_to<float>;
    });

namespace detail {

// A flat pack of numbered bases compiles far faster than a tuple.
template <std::size_t Number, class P>
struct stage {
  P policy;
};

template <class Indices, class... Policies>
struct chain;

template <std::size_t... Number, class First, class... Rest>
struct chain<std::index_sequence<0, Number...>, First, Rest...> : stage<0, First>, stage<Number, Rest>... {
  static constexpr bool host_only = rankwise::host_only<First> || (rankwise::host_only<Rest> || ...);

  constexpr explicit chain(First const& first, Rest const&... rest)
      : stage<0, First>{first}, stage<Number, Rest>{rest}... {}

  constexpr char const* fault() const {
    return rankwise::detail::first_fault(static_cast<stage<0, First> const&>(*this).policy,
                                         static_cast<stage<Number, Rest> const&>(*this).policy...);
  }

  template <class... In>
    requires requires(First const& first, In const&... in) {
      first(in...);
    }
  RANKWISE_FN auto operator()(In const&... in) const {
    auto x = static_cast<stage<0, First> const&>(*this).policy(in...);
    ((x = static_cast<stage<Number, Rest> const&>(*this).policy(x)), ...);
    return x;
  }
  /// Of a chain of bound policies that all have one: by the chain rule.
  template <class V>
    requires requires(First const& first, V x) {
      first.derivative(x);
    }
  RANKWISE_FN V derivative(V x) const {
    First const& first = static_cast<stage<0, First> const&>(*this).policy;
    V slope = first.derivative(x);
    x = first(x);
    ((slope = slope * static_cast<stage<Number, Rest> const&>(*this).policy.derivative(x),
      x = static_cast<stage<Number, Rest> const&>(*this).policy(x)),
     ...);
    return slope;
  }
  template <class T, class P = math::precise>
  constexpr auto bind() const {
    using bound_chain = chain<std::index_sequence<0, Number...>, decltype(bound<T, P>(std::declval<First const&>())),
                              decltype(bound<T, P>(std::declval<Rest const&>()))...>;
    return bound_chain(bound<T, P>(static_cast<stage<0, First> const&>(*this).policy),
                       bound<T, P>(static_cast<stage<Number, Rest> const&>(*this).policy)...);
  }
  template <class F>
  constexpr auto with(F f) const {
    return f(static_cast<stage<0, First> const&>(*this).policy,
             static_cast<stage<Number, Rest> const&>(*this).policy...);
  }
};

} // namespace detail

/// Policies one after the other, first to last. `first | second` spells the same for policies of this namespace. The
/// first may read two columns or a matrix.
template <source First, transform... Rest>
constexpr auto pipe(First const& first, Rest const&... rest) {
  return detail::chain<std::index_sequence_for<First, Rest...>, First, Rest...>(first, rest...);
}

namespace detail {
template <class P>
constexpr auto stages(P const& p) {
  return pipe(p);
}
template <class Numbers, class... P>
constexpr chain<Numbers, P...> stages(chain<Numbers, P...> const& c) {
  return c;
}
} // namespace detail

/// What cannot be chained: one readable line.
template <class First, class... Rest>
  requires(!(source<First> && (transform<Rest> && ...)))
constexpr First pipe(First const& first, Rest const&...) {
  static_assert(
      !std::is_same_v<First, First>,
      "[rankwise] a chain is of label transforms, number to number: losses, metrics and heads are called with "
      "the labels that rw::apply(chain, labels, out) has written");
  return first;
}
template <class A, class B>
  requires((source<A> && !transform<B>) || (rankwise::detail::has_calls<A> && transform<B>))
constexpr A operator|(A const& a, B const& b) {
  return pipe(a, b);
}

template <source A, transform B>
constexpr auto operator|(A const& a, B const& b) {
  return detail::stages(a).with([&b](auto const&... left) {
    return detail::stages(b).with([&left...](auto const&... right) { return pipe(left..., right...); });
  });
}

} // namespace rankwise::inline RANKWISE_ABI::label

#endif
