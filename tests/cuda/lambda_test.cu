#include "check_lists.hpp"

#include <rankwise/loss/lambda.hpp>
#include <rankwise/metric/mrr.hpp>

namespace rw = rankwise;

namespace {

device::add_family const lambda("lambda", [](void* stream) {
  device::check_lists<float>("lambda NDCG@30", stream, rw::loss::lambda<rw::metric::ndcg<30>>{});
#if !defined(RANKWISE_TEST_SAMPLE)
  device::check_lists<double>("lambda NDCG", stream, rw::loss::lambda<rw::metric::ndcg<>>{});
  device::check_lists<float>("lambda MRR", stream, rw::loss::lambda<rw::metric::mrr<10>>{});
#endif
});

} // namespace
