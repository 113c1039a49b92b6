#ifndef RANKWISE_HEAD_INPUT_HPP
#define RANKWISE_HEAD_INPUT_HPP

#include <rankwise/core/name.hpp>
#include <rankwise/core/unit.hpp>

namespace rankwise::inline RANKWISE_ABI::head {

/// What runs of one: without its name, which kernels cannot have in their types.
template <class Unit>
struct unnamed_input {
  static constexpr int columns = 1;
  using unit = Unit;
};

/// A column that no model made: price, age, a score of another system. It stands among the heads and is used by
/// `feature(...)`. The unit says what it may be added to.
template <name Name, class Unit = unit::number>
struct input {
  static constexpr auto label = Name;
  static constexpr int columns = 1;
  using unit = Unit;

  template <class T>
  constexpr unnamed_input<Unit> bind() const {
    return {};
  }
};

} // namespace rankwise::inline RANKWISE_ABI::head

#endif
