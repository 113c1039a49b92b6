#ifndef RANKWISE_HEAD_CALLED_HPP
#define RANKWISE_HEAD_CALLED_HPP

#include <rankwise/core/name.hpp>

#include <cstddef>
#include <type_traits>

/// How a head gets its name. Kernels of devices cannot have names in their types, so a head is a template over
/// `called<Name>`, and binding it for a run puts `nameless` there.
namespace rankwise::inline RANKWISE_ABI::head {

template <name Name>
struct called {
  static constexpr auto label = Name;
};

struct nameless {
  static constexpr auto label = name("");
};

/// The name that a head of one name has by default, so that `binary{"click"}` can be told from the right way: one
/// readable line, of g++. (clang 14 has its own.)
inline constexpr auto unnamed = name("");

namespace detail {
template <std::size_t Length>
consteval bool explain_name() {
  static_assert(Length == 0, "[rankwise] the name of a head is a template argument: rw::head::binary<\"click\">{}");
  return true;
}
} // namespace detail

} // namespace rankwise::inline RANKWISE_ABI::head

#endif
