#ifndef RANKWISE_CORE_NAME_HPP
#define RANKWISE_CORE_NAME_HPP

#include <rankwise/core/config.hpp>

#include <cstddef>

/// Names known at compile time: `weight<"relevance">`, `head::binary<"click">`. They exist on the host only; whatever
/// goes to a device refers to heads, weights and columns by slot number.
namespace rankwise::inline RANKWISE_ABI {

template <std::size_t N>
struct name {
  char text[N]{};

  // NOLINTNEXTLINE(google-explicit-constructor): a string literal is the name
  consteval name(char const (&literal)[N]) {
    for (std::size_t i = 0; i < N; ++i) {
      text[i] = literal[i];
    }
  }

  static constexpr std::size_t size() { return N - 1; }
  constexpr char const* c_str() const { return text; }
};

template <std::size_t N, std::size_t M>
constexpr bool operator==(name<N> const& a, name<M> const& b) {
  if constexpr (N != M) {
    return false;
  } else {
    for (std::size_t i = 0; i < N; ++i) {
      if (a.text[i] != b.text[i]) {
        return false;
      }
    }
    return true;
  }
}

/// The position of `Wanted` among `Candidates`, or their number if it is not there.
template <name Wanted, name... Candidates>
consteval std::size_t index_of() {
  std::size_t position = 0;
  bool found = false;
  ((found = found || (Wanted == Candidates), position += found ? 0u : 1u), ...);
  return position;
}

/// Whether every name occurs once.
template <name... Names>
consteval bool distinct() {
  return (std::size_t{0} + ... + (index_of<Names, Names...>() + 1)) == sizeof...(Names) * (sizeof...(Names) + 1) / 2;
}

} // namespace rankwise::inline RANKWISE_ABI

#endif
