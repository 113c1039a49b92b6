// Places on the host, scores on a device.
// expect: \[rankwise\] position_bias: the places are in another memory than the executor.s
// control
#include <rankwise/backend/thrust.hpp>
#include <rankwise/loss/position_bias.hpp>

#include <vector>

namespace rw = rankwise;

#if defined(RANKWISE_REJECT_CONTROL)
using places = thrust::device_vector<int>;
#else
using places = std::vector<int>;
#endif

double use(thrust::device_vector<float> const& scores, thrust::device_vector<float> const& clicks,
           rw::lists<int> const& lists, places const& shown, thrust::device_vector<float>& gradient,
           thrust::device_vector<float>& hessian) {
  rw::loss::position_bias bias(3);
  return bias.gradient(rw::loss::lambda<rw::metric::ndcg<>>{}, scores, clicks, lists, shown, gradient, hessian);
}
