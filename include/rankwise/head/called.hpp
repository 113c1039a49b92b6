#ifndef RANKWISE_HEAD_CALLED_HPP
#define RANKWISE_HEAD_CALLED_HPP

#include <rankwise/core/name.hpp>

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

} // namespace rankwise::inline RANKWISE_ABI::head

#endif
