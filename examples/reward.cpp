// Rewards: advantages of rollouts, surrogates, preferences, filters.
#include "claim.hpp"

#include <rankwise/exec/apply.hpp>
#include <rankwise/rank/top_k.hpp>
#include <rankwise/reward/advantage.hpp>
#include <rankwise/reward/components.hpp>
#include <rankwise/reward/filter.hpp>
#include <rankwise/reward/kl.hpp>
#include <rankwise/reward/preference.hpp>
#include <rankwise/reward/rank_reward.hpp>
#include <rankwise/reward/similarity.hpp>
#include <rankwise/reward/step.hpp>
#include <rankwise/reward/surrogate.hpp>

#include <vector>

namespace rw = rankwise;

namespace {

void advantages() {
  //{ advantage
  std::vector<double> const rewards{1, 0, 0, 1, 1, 0, 0, 0, /**/ 1, 1}; // two groups of rollouts
  std::vector<int> const offsets{0, 8, 10};
  std::vector<double> a(10);
  rw::map_lists(rw::reward::group_normalised{}, rewards, rw::lists(offsets), a);
  //} advantage
  claim(near(a[0], 1.2909944487, 1e-9) && a[8] == 0, "standard scores; a group without variance teaches nothing");
}

void two_groups() {
  //{ posterior
  std::vector<double> const without{0, 0, 1, 0}, with{1, 1, 1, 0}; // rewards without and with context
  auto const group = rw::lists<>::single(4);
  std::vector<double> a(4), pushed(4);
  rw::map_lists(rw::reward::union_normalised{}, without, with, group, a); // scored by all eight rewards
  std::vector<double> const gap(4, 0.75 - 0.25);                          // accuracy with, less that without
  rw::apply(rw::reward::posterior_scaling{}, a, gap, pushed);
  //} posterior
  claim(near(a[2], 1) && near(pushed[0], -3.5231883) && near(pushed[2], 0.0283834),
        "context helps: wrong answers without it are pushed away");
}

void list_map() {
  //{ list-map
  std::vector<float> const rewards{1, 3, 5, 2};
  std::vector<int> const mask{1, 1, 1, 0};
  std::vector<float> centred(4);
  rw::map_lists(rw::reward::group_centred{}, rewards, rw::lists<>::single(4), centred, {.mask = mask});
  //} list-map
  claim(centred == std::vector<float>{-2, 0, 2, 0}, "every item has its number, masked ones have 0");
}

void surrogate() {
  //{ surrogate
  std::vector<double> const now{-1.1, -0.4, -2.0, -0.7}, old{-1.0, -0.9, -2.0, -0.5}; // log-probabilities
  std::vector<double> const advantages{1.3, 1.3, -0.8, -0.8};                         // one per token
  auto const rollouts = rw::lists<>::uniform(2, 2);
  std::vector<double> gradient(4);
  constexpr auto loss = rw::reward::clipped_surrogate<>{.low = 0.2, .high = 0.28, .dual = 3};
  double const value = loss.gradient(now, old, rollouts, gradient, {.item_weights = advantages});
  //} surrogate
  claim(gradient[1] == 0 && gradient[2] > 0 && value < 0, "the second token's ratio is clipped");
  //{ sequence
  using sequence = rw::reward::clipped_surrogate<rw::reward::ratio::sequence>; // GSPO
  double const whole = sequence{}.value(now, old, rollouts, {.item_weights = advantages});
  //} sequence
  claim(whole != value, "one ratio for a whole rollout");
}

void kl() {
  //{ kl
  std::vector<double> const policy{-1.1, -0.4, -2.0}, reference{-1.0, -0.9, -2.1};
  std::vector<double> gradient(3), each(3);
  double const penalty = rw::reward::kl<rw::reward::k3>{}.gradient(policy, reference, rw::lists<>::single(3), gradient);
  rw::apply(rw::reward::k3{}, policy, reference, each); // token by token
  //} kl
  claim(near(penalty, (each[0] + each[1] + each[2]) / 3, 1e-12) && penalty > 0, "k3 is never negative");
}

void preference() {
  //{ dpo
  std::vector<double> const log_pi{-3.0, -7.5};       // a pair: the chosen answer, the rejected one
  std::vector<double> const reference{-4.0 - (-7.0)}; // the reference model's margin
  std::vector<double> gradient(2);
  constexpr auto loss = rw::reward::dpo{.beta = 0.1};
  double const value = loss.gradient(rw::row_major(log_pi, 2), reference, rw::row_major(gradient, 2));
  //} dpo
  claim(near(value, 0.6209570478, 1e-9) && gradient[0] == -gradient[1], "log-ratios +1 and -0.5");
}

void ranks() {
  //{ rank-reward
  std::vector<double> const similarity{.31, .77, .52, .49, .52};
  std::vector<int> const target{0, 0, 1, 0, 0};
  double const r = rw::reward::rank_reward<>{}(similarity, target, rw::lists<>::single(5));
  //} rank-reward
  claim(near(r, .5693234419, 1e-9), "rank 2 of 5");
}

void similarity() {
  //{ similarity
  std::vector<float> const queries{1, 0, /**/ 1, 1};
  std::vector<float> const documents{2, 0, /**/ 0, 3, /**/ 1, 1};
  std::vector<float> s(2 * 3);
  rw::reward::similarities(rw::reward::cosine{}, rw::row_major(queries, 2), rw::row_major(documents, 2),
                           rw::row_major(s, 3));
  auto const best = rw::top_k<1>(s, rw::lists<>::uniform(2, 3));
  //} similarity
  claim(best[0][0] == 0 && best[1][0] == 3 + 2, "positions in the column of similarities");
}

void steps() {
  //{ step
  std::vector<double> const reward{0.9, 0.2, 0.4, /**/ 0.7, 0.6, 0.0}; // two rollouts of up to three steps
  std::vector<double> const verdict{1, 0, std::nan(""), /**/ 0, 1, std::nan("")};
  std::vector<int> const mask{1, 1, 1, /**/ 1, 1, 0};
  std::vector<double> hybrid(6), a(6);
  rw::apply(rw::reward::verified_first{}, verdict, reward, hybrid);
  std::vector<double> const outcome{1, 0};
  rw::reward::step_normalised{.epsilon = 0, .outcome = 0.5}.advantages(rw::row_major(hybrid, 3), rw::row_major(mask, 3),
                                                                       rw::lists<>::single(2), rw::row_major(a, 3),
                                                                       {.outcomes = outcome});
  //} step
  claim(near(a[0], 1.5) && near(a[1], -0.5) && near(a[2], 0.5) && a[5] == 0,
        "the third step has nobody to compare with: the outcome alone");
}

void components() {
  //{ weighted-sum
  std::vector<double> const parts{1, 1, 0.5, /**/ 1, 0, 1}; // format, length, accuracy of two answers
  std::vector<double> r(2);
  constexpr auto total = rw::reward::weighted_sum{0.5, 0.2, 1.0};
  rw::apply(total, rw::row_major(parts, 3), r);
  double const objective = rw::reward::weighted_sum{0.1, 1.0}(2.3, 0.7); // 0.1 SFT + 1 InfoNCE
  //} weighted-sum
  claim(near(r[0], 1.2) && near(r[1], 1.5) && near(objective, 0.93), "rewards and losses");
  //{ gated
  std::vector<int> const category{1, 0}, attribute{1, 1}, predicted{3, 3}, right{2, 0}, broken{0, 1};
  std::vector<double> gated(2);
  rw::reward::gated<>{.category = 0.5, .attribute = 0.5}.rewards(
      {.category = category, .attribute = attribute, .predicted = predicted, .right = right, .broken = broken}, gated);
  //} gated
  claim(near(gated[0], 0.5 + 0.5 + 2.0 / 3) && gated[1] == 0, "a broken rule closes the gate");
}

void filters() {
  //{ filter
  std::vector<int> const right{1, 0, 0, 1, /**/ 0, 0, 0, 0, /**/ 1, 1, 1, 1};
  auto const rollouts = rw::lists<>::uniform(3, 4);
  auto const learn = rw::reward::difficulty_filter{}.groups(right, rollouts);
  auto const again = rw::reward::replay_filter{.accuracy = 0}.groups(right, rollouts);
  std::vector<double> const rewards{.5, 2, 1, 1};
  auto const order = rw::reward::build_partial_order(rewards, rw::lists<>::single(4)); // for PRO
  //} filter
  claim(learn == std::vector<std::size_t>{0} && again == std::vector<std::size_t>{1} &&
            order.items == std::vector<std::size_t>{1, 2, 0},
        "groups with right and wrong answers; those without right ones; an order without equals");
}

} // namespace

int main() {
  advantages();
  two_groups();
  list_map();
  surrogate();
  kl();
  preference();
  ranks();
  similarity();
  steps();
  components();
  filters();
  return broken_claims;
}
