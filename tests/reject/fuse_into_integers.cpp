// Reciprocal ranks are fractions.
// expect: \[rankwise\] fused scores are float or double: integers cut them off
// control
#include <rankwise/rank/fusion.hpp>

#include <vector>

namespace rw = rankwise;

void use(std::vector<float> const& run, rw::lists<int> const& lists) {
#if defined(RANKWISE_REJECT_CONTROL)
  std::vector<float> fused(run.size());
#else
  std::vector<int> fused(run.size());
#endif
  rw::fuse(rw::fusion::reciprocal_rank{}, lists, fused, run);
}
