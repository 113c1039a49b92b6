// expect: \[rankwise\] arp<K> divides by the labels above the cutoff, whose mean over ties has no closed form
// errors: 1
// control
#include <rankwise/metric/arp.hpp>

#if defined(RANKWISE_REJECT_CONTROL)
using metric = rankwise::metric::arp<rankwise::metric::all, rankwise::ties::expected>;
#else
using metric = rankwise::metric::arp<3, rankwise::ties::expected>;
#endif

metric use() {
  return {};
}
