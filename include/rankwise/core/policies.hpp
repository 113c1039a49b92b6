#ifndef RANKWISE_CORE_POLICIES_HPP
#define RANKWISE_CORE_POLICIES_HPP

#include <rankwise/core/config.hpp>

#include <type_traits>

/// Named pieces of a policy, given as types in any order: `ndcg<10, ties::expected, gain::linear>`. A piece says which
/// slot it fills by a nested `using slot = slots::gain;`, a policy picks one for each slot it has.
namespace rankwise::inline RANKWISE_ABI {

namespace slots {
struct gain;
struct discount;
struct empty;
struct ties;
struct denominator;
struct unjudged;
} // namespace slots

namespace detail {

// void for what is no piece at all.
template <class Piece>
struct slot_of {
  using type = void;
};
template <class Piece>
  requires requires {
    typename Piece::slot;
  }
struct slot_of<Piece> {
  using type = typename Piece::slot;
};

template <class Slot, class Default, class... Pieces>
struct pick {
  using type = Default;
};

template <class Slot, class Default, class First, class... Rest>
struct pick<Slot, Default, First, Rest...> {
  using type = typename std::conditional_t<std::is_same_v<typename slot_of<First>::type, Slot>,
                                           std::type_identity<First>, pick<Slot, Default, Rest...>>::type;
};

template <class Piece, class... Slots>
inline constexpr bool fills_one_of = (std::is_same_v<typename slot_of<Piece>::type, Slots> || ...);

template <class Slot, class... Pieces>
inline constexpr int filled = (0 + ... + (std::is_same_v<typename slot_of<Pieces>::type, Slot> ? 1 : 0));

} // namespace detail

/// The piece for `Slot` among `Pieces`, or the default.
template <class Slot, class Default, class... Pieces>
using pick = typename detail::pick<Slot, Default, Pieces...>::type;

/// The slots that a policy has; `accepts<Pieces...>` in its body rejects foreign and repeated pieces in one line.
template <class... Slots>
struct slot_set {
  template <class... Pieces>
  static consteval bool accepts() {
    static_assert((detail::fills_one_of<Pieces, Slots...> && ...),
                  "[rankwise] one of the pieces does not belong to this policy: its page lists the slots it has");
    static_assert(((detail::filled<Slots, Pieces...> <= 1) && ...), "[rankwise] two pieces fill the same slot");
    return true;
  }
};

} // namespace rankwise::inline RANKWISE_ABI

#endif
