// Relatives of the softmax, losses over pairs, metrics and rewards that no other file of this folder has.
#include "check_lists.hpp"

#include <rankwise/loss/counting.hpp>
#include <rankwise/loss/softmax_variants.hpp>
#include <rankwise/metric/arp.hpp>
#include <rankwise/metric/bpref.hpp>
#include <rankwise/metric/engagement.hpp>
#include <rankwise/metric/q_measure.hpp>
#include <rankwise/reward/rank_reward.hpp>

namespace rw = rankwise;

namespace {

device::add_family const variants("variants", [](void* stream) {
  device::check_lists<float>("InfoNCE", stream, rw::loss::info_nce{.temperature = 0.5});
#if !defined(RANKWISE_TEST_SAMPLE)
  device::check_lists<float>("calibrated softmax", stream, rw::loss::calibrated_softmax{});
  device::check_lists<float>("softmax of several positives", stream, rw::loss::multi_positive{});
  device::check_lists<float>("Poly-1 softmax", stream, rw::loss::poly1_softmax{});
  device::check_lists<float>("XE-NDCG", stream, rw::loss::xendcg{});
  using squared = rw::loss::counting<rw::pair::squared_hinge, rw::weighting::product, rw::reduction::weighted_mean>;
  device::check_lists<double>("squared errors of pairs", stream, rw::loss::counting<rw::pair::squared_error>{});
  device::check_lists<double>("squared hinge of pairs", stream, squared{.function = {.margin = 0.4}}, 1e-11);
  device::check_lists<double>("pairs in the wrong order", stream,
                              rw::loss::counting<rw::pair::zero_one, rw::reduction::mean_pairs>{});
#endif
});

device::add_family const measures("measures", [](void* stream) {
  device::check_lists<float>("ARP", stream, rw::metric::arp<>{});
#if !defined(RANKWISE_TEST_SAMPLE)
  device::check_lists<float>("bpref", stream, rw::metric::bpref<>{});
  device::check_lists<float>("infAP", stream, rw::metric::inf_ap<>{});
  device::check_lists<float>("Q-measure", stream, rw::metric::q_measure<>{});
  device::check_lists<float>("engagement@10", stream, rw::metric::engagement<10>{});
  device::check_lists<float>("rewards by rank", stream, rw::reward::rank_reward<>{});
#endif
});

} // namespace
