#include <rankwise/metric/arp.hpp>
#include <rankwise/metric/bpref.hpp>
#include <rankwise/metric/engagement.hpp>
#include <rankwise/metric/list_auc.hpp>
#include <rankwise/metric/pairs.hpp>
#include <rankwise/metric/q_measure.hpp>
#include <rankwise/metric/rbp.hpp>

#include "support/in_groups.hpp"

#include <doctest/doctest.h>

namespace rw = rankwise;
using support::check_in_groups;

TEST_CASE("metrics of whole lists in groups") {
  check_in_groups<32>("arp", rw::metric::arp<>{});
  check_in_groups<4>("rbp", rw::metric::rbp<>{});
  check_in_groups<32>("bpref", rw::metric::bpref<>{});
  check_in_groups<4>("inf_ap", rw::metric::inf_ap<>{});
  check_in_groups<32>("q_measure", rw::metric::q_measure<>{});
  check_in_groups<4>("ordered_pairs", rw::metric::ordered_pairs<>{});
  check_in_groups<32>("list_auc", rw::metric::list_auc<>{});
  check_in_groups<4>("engagement", rw::metric::engagement<10>{});
}
