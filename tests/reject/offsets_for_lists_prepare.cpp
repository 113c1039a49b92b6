// expect: make lists with rw::lists\(offsets\) or rw::lists_of_sizes\(sizes\)
// control
#include <rankwise/loss/softmax.hpp>

#include <cstddef>
#include <vector>

std::size_t use(std::vector<double> const& y, std::vector<int> const& offsets) {
#if defined(RANKWISE_REJECT_CONTROL)
  return rankwise::loss::softmax{}.prepare(y, rankwise::lists(offsets)).labels.size();
#else
  return rankwise::loss::softmax{}.prepare(y, offsets).labels.size();
#endif
}
