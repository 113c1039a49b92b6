#ifndef RANKWISE_TESTS_CUDA_PTX_ACCESSES_HPP
#define RANKWISE_TESTS_CUDA_PTX_ACCESSES_HPP

#include "operations.hpp"

namespace ptx {

/// Loads and stores of elements of so many bytes; null where there are none.
action load_of(std::uint32_t bytes);
action store_of(std::uint32_t bytes);
/// atom and red.
action update_of(mnemonic name, instruction& made);

/// mov.b64 d, {a, b} and mov.b64 {a, b}, d.
void pack(thread& t, instruction const& i);
void unpack(thread& t, instruction const& i);

} // namespace ptx

#endif
