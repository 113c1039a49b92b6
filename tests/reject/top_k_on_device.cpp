// The result of a device, without columns for it.
// expect: \[rankwise\] what a device finds stays there, in columns of integers
// errors: 1
// control
#include <rankwise/backend/thrust.hpp>
#include <rankwise/rank/top_k.hpp>

namespace rw = rankwise;

void use(thrust::device_vector<float> const& scores, rw::lists<int> const& lists, thrust::device_vector<int>& items,
         thrust::device_vector<int>& counts) {
#if defined(RANKWISE_REJECT_CONTROL)
  rw::top_k<10>(rw::exec::thrust{}, scores, lists, items, counts);
#else
  static_cast<void>(items);
  static_cast<void>(counts);
  static_cast<void>(rw::top_k<10>(scores, lists));
#endif
}
