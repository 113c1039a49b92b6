#include "check_lists.hpp"

#include <rankwise/loss/pointwise.hpp>
#include <rankwise/loss/softmax.hpp>
#include <rankwise/loss/softmax_variants.hpp>

namespace rw = rankwise;

namespace {

device::add_family const softmax("softmax", [](void* stream) {
  device::check_lists<float>("softmax", stream, rw::loss::softmax{.temperature = 1.5});
#if !defined(RANKWISE_TEST_SAMPLE)
  device::check_lists<double>("softmax in double", stream, rw::loss::softmax{});
  device::check_lists<float>("listnet", stream, rw::loss::listnet{});
#endif
});

device::add_family const pointwise("pointwise", [](void* stream) {
  device::check_lists<float>("mean squared error", stream, rw::loss::mse{});
#if !defined(RANKWISE_TEST_SAMPLE)
  device::check_lists<float>("Poisson", stream, rw::loss::poisson{});
#endif
});

} // namespace
