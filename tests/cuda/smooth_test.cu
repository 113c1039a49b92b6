#include "check_lists.hpp"

#include <rankwise/loss/approx.hpp>
#include <rankwise/loss/list_mle.hpp>
#include <rankwise/loss/neural_sort.hpp>
#include <rankwise/loss/soft_rank.hpp>
#include <rankwise/loss/unique_softmax.hpp>

namespace rw = rankwise;

namespace {

device::add_family const smooth("smooth", [](void* stream) {
  device::check_lists<float>("ListMLE", stream, rw::loss::list_mle{});
#if !defined(RANKWISE_TEST_SAMPLE)
  device::check_lists<double>("ListMLE of scores far apart", stream, rw::loss::list_mle{.temperature = 0.02}, 1e-9);
  device::check_lists<float>("ApproxNDCG", stream, rw::loss::approx<rw::metric::ndcg<>>{});
  bool const long_list = !device::played; // minutes, for all pairs of items several times
  device::check_lists<double>("NeuralNDCG", stream, rw::loss::neural_sort<rw::metric::ndcg<>, 5>{},
                              device::tolerance<double>, long_list);
  device::check_lists<double>("soft_rank", stream, rw::loss::soft_rank<rw::metric::ndcg<>>{.strength = 0.3});
  device::check_lists<float>("unique_softmax", stream, rw::loss::unique_softmax{});
#endif
});

} // namespace
