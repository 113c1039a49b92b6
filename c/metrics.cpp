#include "catalogue.hpp"

#include <rankwise/metric/dcg.hpp>
#include <rankwise/metric/err.hpp>
#include <rankwise/metric/list_auc.hpp>
#include <rankwise/metric/map.hpp>
#include <rankwise/metric/mrr.hpp>
#include <rankwise/metric/ndcg.hpp>
#include <rankwise/metric/precision.hpp>

namespace rankwise_c {

template <class Isa>
std::span<metric_entry const> metrics::operator()(Isa) const {
  namespace metric = rankwise::metric;
  static constexpr metric_entry all[] = {
      {"ndcg", make_metric<metric::ndcg<>, Isa>},
      {"ndcg<5>", make_metric<metric::ndcg<5>, Isa>},
      {"ndcg<10>", make_metric<metric::ndcg<10>, Isa>},
      {"ndcg<20>", make_metric<metric::ndcg<20>, Isa>},
      {"ndcg<10, gain::linear>", make_metric<metric::ndcg<10, rankwise::gain::linear>, Isa>},
      {"dcg<10>", make_metric<metric::dcg<10>, Isa>},
      {"map", make_metric<metric::map<>, Isa>},
      {"map<10>", make_metric<metric::map<10>, Isa>},
      {"mrr", make_metric<metric::mrr<>, Isa>},
      {"mrr<10>", make_metric<metric::mrr<10>, Isa>},
      {"err<10>", make_metric<metric::err<10>, Isa>},
      {"precision<10>", make_metric<metric::precision<10>, Isa>},
      {"recall<10>", make_metric<metric::recall<10>, Isa>},
      {"hit_rate<10>", make_metric<metric::hit_rate<10>, Isa>},
      {"list_auc", make_metric<metric::list_auc<>, Isa>},
  };
  return all;
}

template std::span<metric_entry const> metrics::operator()(rankwise::arch::native) const;

} // namespace rankwise_c
