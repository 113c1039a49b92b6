// expect: \[rankwise\] offsets are contiguous integers in host memory
// control
#include <rankwise/core/lists.hpp>

#include <cstddef>

std::size_t use(int const* offsets) {
#if defined(RANKWISE_REJECT_CONTROL)
  return rankwise::lists(rankwise::column<int const>{offsets, 3}).size();
#else
  return rankwise::lists(rankwise::strided(offsets, 3, 2)).size();
#endif
}
