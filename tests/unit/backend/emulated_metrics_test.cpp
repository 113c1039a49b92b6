#include <rankwise/metric/err.hpp>
#include <rankwise/metric/map.hpp>
#include <rankwise/metric/mrr.hpp>
#include <rankwise/metric/ndcg.hpp>
#include <rankwise/metric/precision.hpp>

#include "support/in_groups.hpp"

#include <doctest/doctest.h>

namespace rw = rankwise;
using support::check_in_groups;

TEST_CASE("metrics of a ranking in groups") {
  check_in_groups<32>("dcg", rw::metric::dcg<>{});
  check_in_groups<4>("ndcg, ties by the label", rw::metric::ndcg<20, rw::ties::pessimistic>{});
  check_in_groups<32>("map", rw::metric::map<10, rw::denominator::capped>{});
  check_in_groups<4>("mrr", rw::metric::mrr<>{});
  check_in_groups<32>("err", rw::metric::err<20>{});
  check_in_groups<4>("precision", rw::metric::precision<5>{});
  check_in_groups<32>("recall", rw::metric::recall<5>{});
  check_in_groups<4>("hit_rate", rw::metric::hit_rate<3>{});
  check_in_groups<32>("r_precision", rw::metric::r_precision<>{});
}
