// The offsets themselves where lists are meant.
// expect: make lists with rw::lists\(offsets\) or rw::lists_of_sizes\(sizes\)
// control
#include <rankwise/loss/softmax.hpp>

#include <vector>

double use(std::vector<double> const& s, std::vector<double> const& y, std::vector<int> const& offsets) {
#if defined(RANKWISE_REJECT_CONTROL)
  return rankwise::loss::softmax{}.value(s, y, rankwise::lists(offsets));
#else
  return rankwise::loss::softmax{}.value(s, y, offsets);
#endif
}
