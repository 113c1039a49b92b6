#ifndef RANKWISE_EXEC_SCALAR_HPP
#define RANKWISE_EXEC_SCALAR_HPP

#include <rankwise/exec/serial.hpp>

namespace rankwise::inline RANKWISE_ABI {

namespace exec {

/// One item at a time, on one thread; the only executor of constant expressions. The instruction set is part of the
/// type so that units compiled for different ones do not share its loops.
template <class Isa>
struct basic_scalar : detail::serial<basic_scalar<Isa>> {
  template <class T>
  using vector = T;
};

} // namespace exec

template <class Isa>
inline constexpr bool is_executor<exec::basic_scalar<Isa>> = true;

} // namespace rankwise::inline RANKWISE_ABI

#endif
