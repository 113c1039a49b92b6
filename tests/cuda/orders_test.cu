// Losses that sort, sample or take all pairs; those of smooth_test.cu, lambda_test.cu and pairs_test.cu are not
// repeated.
#include "check_lists.hpp"

#include <rankwise/loss/approx.hpp>
#include <rankwise/loss/bound.hpp>
#include <rankwise/loss/gumbel.hpp>
#include <rankwise/loss/list_mle.hpp>
#include <rankwise/loss/neural_sort.hpp>
#include <rankwise/loss/pairwise.hpp>
#include <rankwise/loss/pro.hpp>
#include <rankwise/loss/sampled.hpp>
#include <rankwise/loss/softmax.hpp>
#include <rankwise/metric/mrr.hpp>
#include <rankwise/metric/ndcg.hpp>

namespace rw = rankwise;

namespace {

device::add_family const orders("orders", [](void* stream) {
  device::check_lists<float>("PRO", stream, rw::loss::pro{});
  device::check_lists<float>("pairs of neighbours", stream,
                             rw::loss::pairwise<rw::pair::hinge, rw::pairs::neighbours, rw::weighting::product>{});
#if !defined(RANKWISE_TEST_SAMPLE)
  device::check_lists<float>("p-ListMLE", stream, rw::loss::p_list_mle{});
  device::check_lists<double>("bound of NDCG@10", stream, rw::loss::bound<rw::metric::ndcg<10>>{});
  device::check_lists<double>("ApproxMRR", stream, rw::loss::approx<rw::metric::mrr<>>{});
  device::check_lists<double>("SoftSort", stream, rw::loss::soft_sort<rw::metric::ndcg<10>>{},
                              device::tolerance<double>, !device::played);
  device::check_lists<float>("the hardest pairs", stream, rw::loss::pairwise<rw::pair::logistic, rw::pairs::hardest>{});
#endif
});

device::add_family const sampled("sampled", [](void* stream) {
  device::check_lists<double>("Gumbel softmax", stream, rw::loss::gumbel<rw::loss::softmax>{.samples = 3});
#if !defined(RANKWISE_TEST_SAMPLE)
  device::check_lists<double>("stochastic_rank", stream, rw::loss::stochastic_rank<rw::metric::ndcg<10>>{.samples = 3});
  device::check_lists<double>("yeti", stream, rw::loss::yeti{.samples = 3});
#endif
});

} // namespace
