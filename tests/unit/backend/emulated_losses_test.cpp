#include <rankwise/loss/softmax.hpp>
#include <rankwise/loss/softmax_variants.hpp>
#include <rankwise/reward/kl.hpp>
#include <rankwise/reward/rank_reward.hpp>
#include <rankwise/reward/surrogate.hpp>

#include "support/in_groups.hpp"

#include <doctest/doctest.h>

// Every list-wise loss that works in groups; sizes of groups take turns. tests/unit/backend/emulated_test.cpp has all
// sizes for one of each mechanism.
namespace rw = rankwise;
using support::check_in_groups;

TEST_CASE("softmax and its relatives in groups") {
  check_in_groups<32>("normalised_softmax", rw::loss::normalised_softmax{});
  check_in_groups<4>("listnet", rw::loss::listnet{});
  check_in_groups<32>("poly1_softmax", rw::loss::poly1_softmax{});
  check_in_groups<4>("calibrated_softmax", rw::loss::calibrated_softmax{});
  check_in_groups<32>("xendcg", rw::loss::xendcg{});
  check_in_groups<4>("info_nce", rw::loss::info_nce{.temperature = 0.5});
  check_in_groups<32>("multi_positive", rw::loss::multi_positive{});
}

TEST_CASE("losses over rollouts in groups") {
  check_in_groups<4>("kl", rw::reward::kl<rw::reward::k2>{});
  check_in_groups<32>("clipped_surrogate", rw::reward::clipped_surrogate<>{.dual = 3});
  check_in_groups<4>("rank_reward", rw::reward::rank_reward<>{});
}
