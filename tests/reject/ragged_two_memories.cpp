// A feature in host memory crossed with one on a device, and ids taken from the other memory than the kept ones.
// expect: \[rankwise\] ragged features are worked on where the executor works
// expect: \[rankwise\] numbers are taken where the kept ids are
// errors: 2
// control
#include <rankwise/sparse/ragged.hpp>

#include <vector>

#if defined(RANKWISE_REJECT_CONTROL)
using column = rankwise::column<int const>;
#else
using column = rankwise::column<int const, rankwise::memory::device>;
#endif

void use(std::vector<int> const& first, column second, rankwise::lists<> const& rows, std::vector<int>& to) {
  rankwise::sparse::cross(first, rows, second, rows);
  rankwise::sparse::cut_off(rows, 2).take(second, to);
}
