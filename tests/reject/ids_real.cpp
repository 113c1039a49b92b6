// Ids are compared: they are integers.
// expect: \[rankwise\] ids of lists_of_ids must be integers
// errors: 1
// control
#include <rankwise/core/lists.hpp>

#include <vector>

#if defined(RANKWISE_REJECT_CONTROL)
using id = int;
#else
using id = float;
#endif

auto use(std::vector<id> const& ids) {
  return rankwise::lists_of_ids(ids);
}
