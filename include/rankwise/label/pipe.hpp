#ifndef RANKWISE_LABEL_PIPE_HPP
#define RANKWISE_LABEL_PIPE_HPP

#include <rankwise/core/policy.hpp>

#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

/// Chains of element-wise policies: `polarise{...} | cut<3>{...}` is again one, and runs as one pass.
namespace rankwise::inline RANKWISE_ABI::label {

/// A policy that maps one number to one number.
template <class P>
concept transform = requires(P const& p) {
  { bound<float>(p)(1.0f) } -> std::convertible_to<float>;
};

namespace detail {

// A flat pack of numbered bases compiles far faster than a tuple.
template <std::size_t I, class P>
struct stage {
  P policy;
};

template <class Indices, class... Policies>
struct chain;

template <std::size_t... I, class... Policies>
struct chain<std::index_sequence<I...>, Policies...> : stage<I, Policies>... {
  constexpr explicit chain(Policies const&... p) : stage<I, Policies>{p}... {}

  template <class V>
  RANKWISE_FN V operator()(V x) const {
    ((x = static_cast<stage<I, Policies> const&>(*this).policy(x)), ...);
    return x;
  }
  template <class T, class P = math::precise>
  constexpr auto bind() const {
    return chain<std::index_sequence<I...>, decltype(bound<T, P>(std::declval<Policies const&>()))...>(
        bound<T, P>(static_cast<stage<I, Policies> const&>(*this).policy)...);
  }
  template <class F>
  constexpr auto with(F f) const {
    return f(static_cast<stage<I, Policies> const&>(*this).policy...);
  }
};

} // namespace detail

/// Policies one after the other, first to last. `first | second` spells the same for policies of this namespace.
template <transform... Policies>
constexpr auto pipe(Policies const&... policies) {
  return detail::chain<std::index_sequence_for<Policies...>, Policies...>(policies...);
}

namespace detail {
template <class P>
constexpr auto stages(P const& p) {
  return pipe(p);
}
template <class I, class... P>
constexpr chain<I, P...> stages(chain<I, P...> const& c) {
  return c;
}
} // namespace detail

template <transform A, transform B>
constexpr auto operator|(A const& a, B const& b) {
  return detail::stages(a).with([&b](auto const&... left) {
    return detail::stages(b).with([&left...](auto const&... right) { return pipe(left..., right...); });
  });
}

} // namespace rankwise::inline RANKWISE_ABI::label

#endif
