#include <rankwise/metric/arp.hpp>
#include <rankwise/metric/bpref.hpp>
#include <rankwise/metric/engagement.hpp>
#include <rankwise/metric/err.hpp>
#include <rankwise/metric/evaluate.hpp>
#include <rankwise/metric/map.hpp>
#include <rankwise/metric/mrr.hpp>
#include <rankwise/metric/ndcg.hpp>
#include <rankwise/metric/pairs.hpp>
#include <rankwise/metric/precision.hpp>
#include <rankwise/metric/q_measure.hpp>
#include <rankwise/metric/rbp.hpp>

#include "support/in_groups.hpp"

#include <string>
#include <vector>

namespace rw = rankwise;
namespace m = rankwise::metric;

// Means over ties, where every lane walks over the ranks: whatever a metric writes on the way, one lane writes. All of
// them share one order and its scratch.
TEST_CASE("metrics with ties::expected in groups of threads") {
  using mean = rw::ties::expected;
  auto const set =
      rw::metrics(m::ndcg<10, mean>{}, m::dcg<m::all, mean>{}, m::map<m::all, mean>{},
                  m::map<7, mean, rw::denominator::found>{}, m::mrr<5, mean>{}, m::err<20, mean>{},
                  m::rbp<m::all, mean>{}, m::precision<5, mean>{}, m::precision<5, mean, rw::denominator::retrieved>{},
                  m::recall<3, mean>{}, m::hit_rate<3, mean>{}, m::r_precision<mean>{}, m::arp<m::all, mean>{},
                  m::q_measure<10, mean>{}, m::ordered_pairs<mean>{}, m::inversions<mean>{}, m::engagement<10, mean>{},
                  m::engagement_share<10, mean>{}, m::bpref<mean>{}, m::inf_ap<mean>{});
  static_assert(rw::works_in_groups<decltype(set)>);
  for (bool const everything : {false, true}) {
    support::grouped_problem const p(everything);
    auto const run = [&](auto executor) {
      rw::status status;
      rw::options given{.errors = status};
      if (everything) {
        given = {.item_weights = p.weights, .list_weights = p.list_weights, .mask = p.mask, .errors = status};
      }
      return rw::evaluate(executor, set, p.scores, p.labels, rw::lists(p.offsets), given);
    };
    rw::evaluation const expected = run(rw::exec::scalar{});
    rw::evaluation const found = run(rw::exec::emulated<8>{});
    CHECK(found.flagged() == (everything ? 3 : 0));
    CHECK(found.flagged() == expected.flagged());
    for (std::size_t k = 0; k < set.count; ++k) {
      INFO(std::string(expected.title(k)) << (everything ? ", weights, mask, NaN" : ""));
      auto const values = [&](rw::evaluation const& e) {
        return std::vector<double>(e.per_list(k).begin(), e.per_list(k).end());
      };
      CHECK(support::agree(values(found), values(expected), 1e-12));
      for (rw::lane_order const order : {rw::lane_order::backwards, rw::lane_order::scattered}) {
        CHECK(support::agree(values(run(rw::exec::emulated<8>{order})), values(found), 0));
      }
    }
  }
}
