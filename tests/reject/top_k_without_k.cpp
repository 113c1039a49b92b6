// How many is part of the type.
// expect: \[rankwise\] how many\? K is a template argument
// control
#include <rankwise/rank/top_k.hpp>

#include <vector>

namespace rw = rankwise;

std::size_t use(std::vector<float> const& s, std::vector<int> const& o) {
#if defined(RANKWISE_REJECT_CONTROL)
  return rw::top_k<10>(s, rw::lists(o)).size();
#else
  return rw::top_k(s, rw::lists(o)).size();
#endif
}
