#include <rankwise/loss/approx.hpp>
#include <rankwise/loss/bound.hpp>
#include <rankwise/loss/list_mle.hpp>
#include <rankwise/loss/pro.hpp>
#include <rankwise/loss/soft_rank.hpp>
#include <rankwise/loss/unique_softmax.hpp>

#include "support/in_groups.hpp"

#include <doctest/doctest.h>

namespace rw = rankwise;
using support::check_in_groups;

TEST_CASE("losses over permutations in groups") {
  check_in_groups<32>("list_mle", rw::loss::list_mle{});
  check_in_groups<4>("p_list_mle", rw::loss::p_list_mle{});
  check_in_groups<32>("pro", rw::loss::pro{});
  check_in_groups<4>("unique_softmax", rw::loss::unique_softmax{.temperature = 0.7});
}

TEST_CASE("losses over smooth ranks in groups") {
  check_in_groups<32>("approx", rw::loss::approx<rw::metric::ndcg<>>{});
  check_in_groups<4>("approx, the first find", rw::loss::approx<rw::metric::mrr<>>{});
  check_in_groups<4>("bound", rw::loss::bound<rw::metric::ndcg<10>>{});
  check_in_groups<32>("soft_rank", rw::loss::soft_rank<rw::metric::ndcg<>>{.strength = 0.3});
}
