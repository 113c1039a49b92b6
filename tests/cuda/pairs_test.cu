#include "check_lists.hpp"

#include <rankwise/loss/circle.hpp>
#include <rankwise/loss/counting.hpp>
#include <rankwise/loss/pairwise.hpp>

namespace rw = rankwise;

namespace {

device::add_family const pairs("pairs", [](void* stream) {
  device::check_lists<float>("ranknet", stream, rw::loss::ranknet{});
#if !defined(RANKWISE_TEST_SAMPLE)
  device::check_lists<float>("hinge", stream,
                             rw::loss::pairwise<rw::pair::hinge, rw::weighting::product, rw::reduction::weighted_mean>{
                                 .function = {.margin = 1.37}});
  device::check_lists<double>("counting", stream,
                              rw::loss::counting<rw::pair::squared_hinge, rw::reduction::mean_pairs>{});
  device::check_lists<float>("circle", stream, rw::loss::circle{.gamma = 4});
#endif
});

} // namespace
