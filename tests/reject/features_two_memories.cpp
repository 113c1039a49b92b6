// One pass over features that reads a column of the other memory than the executor's.
// expect: \[rankwise\] the columns are in another memory than the executor's
// errors: 1
// control
#include <rankwise/sparse/features.hpp>

#include <vector>

namespace sparse = rankwise::sparse;

#if defined(RANKWISE_REJECT_CONTROL)
using column = rankwise::column<int const>;
#else
using column = rankwise::column<int const, rankwise::memory::device>;
#endif

bool use(column ids, std::vector<int>& slots) {
  return sparse::run_features(sparse::map_ids(sparse::modulo{100}, ids, slots));
}
