#include "check_lists.hpp"

#include <rankwise/metric/err.hpp>
#include <rankwise/metric/list_auc.hpp>
#include <rankwise/metric/map.hpp>
#include <rankwise/metric/mrr.hpp>
#include <rankwise/metric/ndcg.hpp>
#include <rankwise/metric/pairs.hpp>
#include <rankwise/metric/precision.hpp>
#include <rankwise/metric/rbp.hpp>

namespace rw = rankwise;

namespace {

device::add_family const metrics("metrics", [](void* stream) {
  device::check_lists<float>("NDCG@10", stream, rw::metric::ndcg<10>{});
  device::check_lists<float>("MAP", stream, rw::metric::map<>{});
#if !defined(RANKWISE_TEST_SAMPLE)
  device::check_lists<float>("NDCG", stream, rw::metric::ndcg<>{});
  device::check_lists<double>("NDCG@5, linear", stream, rw::metric::ndcg<5, rw::gain::linear, rw::empty::skip>{});
  device::check_lists<float>("recall@3, expected ties", stream, rw::metric::recall<3, rw::ties::expected>{});
  device::check_lists<float>("MRR@10", stream, rw::metric::mrr<10>{});
  device::check_lists<float>("ERR@20", stream, rw::metric::err<20>{});
  device::check_lists<float>("RBP", stream, rw::metric::rbp<>{.p = 0.8});
  device::check_lists<float>("AUC of lists", stream, rw::metric::list_auc<>{});
  device::check_lists<float>("ordered pairs", stream, rw::metric::ordered_pairs<>{});
#endif
});

} // namespace
