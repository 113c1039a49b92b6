// The best of every list, without lists.
// expect: \[rankwise\] the lists are missing: top_k<K>
// errors: 1
// control
#include <rankwise/rank/top_k.hpp>

#include <cstddef>
#include <vector>

namespace rw = rankwise;

std::size_t use(std::vector<float> const& s) {
#if defined(RANKWISE_REJECT_CONTROL)
  return rw::top_k<2>(s, rw::lists<>::single(s.size())).size();
#else
  return rw::top_k<2>(s).size();
#endif
}
