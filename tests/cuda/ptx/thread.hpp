#ifndef RANKWISE_TESTS_CUDA_PTX_THREAD_HPP
#define RANKWISE_TESTS_CUDA_PTX_THREAD_HPP

#include "program.hpp"

#include <cstring>

namespace ptx {

class machine;

struct frame {
  function* of;
  std::uint32_t at; ///< the next instruction
  std::byte* memory;
};

enum class state : std::uint8_t { ready, waiting, gone };

struct thread {
  machine* on = nullptr;
  std::uint64_t* registers = nullptr; ///< of the running frame, which begins with them
  std::byte* memory = nullptr;        ///< the running frame
  std::uint64_t special[special_count]{};
  std::vector<frame> frames;
  std::byte* stack = nullptr;
  std::byte* top = nullptr;
  std::uint32_t index = 0;            ///< in its block
  instruction const* waits = nullptr; ///< where others are needed
  state now = state::ready;
  bool carry = false; ///< of additions and subtractions

  std::uint64_t bits(operand const& o) const {
    if (o.where == place::reg) {
      return registers[o.index];
    }
    if (o.where == place::constant) {
      return static_cast<std::uint64_t>(o.index);
    }
    return o.where == place::special ? special[o.index]
           : o.where == place::frame ? reinterpret_cast<std::uint64_t>(memory + o.index)
                                     : 0;
  }
  template <class T>
  T get(operand const& o) const {
    std::uint64_t const all = bits(o);
    T value;
    std::memcpy(&value, &all, sizeof(T));
    return value;
  }
  /// What is narrower than a register has zeros above. No operand, or the sink _, takes nothing.
  template <class T>
  void set(operand const& o, T value) {
    if (o.where == place::reg) {
      std::uint64_t all = 0;
      std::memcpy(&all, &value, sizeof(T));
      registers[o.index] = all;
    }
  }
};

} // namespace ptx

#endif
