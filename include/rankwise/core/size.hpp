#ifndef RANKWISE_CORE_SIZE_HPP
#define RANKWISE_CORE_SIZE_HPP

#include <rankwise/core/config.hpp>

#include <cstddef>

namespace rankwise::inline RANKWISE_ABI::detail {

/// A whole number as a size. A plain cast of 64 bits to a size is one on some machines and useless on others, where
/// -Wuseless-cast says so; of a template's argument it does not.
template <class Integer>
RANKWISE_FN std::size_t as_size(Integer n) {
  return static_cast<std::size_t>(n);
}

} // namespace rankwise::inline RANKWISE_ABI::detail

#endif
