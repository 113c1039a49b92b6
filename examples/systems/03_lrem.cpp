// LREM, a reasoning embedding (Taobao, arXiv 2510.14321): cosine similarities, InfoNCE, a reward by rank, advantages
// within the group of rollouts, the clipped surrogate, weighted objectives.
#include "golden.hpp"

#include <rankwise/exec/apply.hpp>
#include <rankwise/loss/softmax_variants.hpp>
#include <rankwise/rank/top_k.hpp>
#include <rankwise/reward/advantage.hpp>
#include <rankwise/reward/components.hpp>
#include <rankwise/reward/rank_reward.hpp>
#include <rankwise/reward/similarity.hpp>
#include <rankwise/reward/surrogate.hpp>

#include <cmath>
#include <vector>

namespace rw = rankwise;

template <class T>
void worked() {
  // Which document is nearest to the query.
  numbers<T> const query{3, 4}, documents{4, 3, /**/ 0, 1, /**/ 3, 4.5};
  numbers<T> s(3);
  rw::reward::similarities(rw::reward::cosine{}, rw::row_major(query, 2), rw::row_major(documents, 2),
                           rw::row_major(s, 3));
  golden("cosine with (4, 3)", s[0], 0.96);
  claim(rw::top_k<1>(s, rw::lists<>::single(3))[0][0] == 2, "the third is nearest");

  // InfoNCE of a batch: row i against all documents, the i-th is right.
  numbers<T> const batch{.9, .2, .1, /**/ .3, .8, .4, /**/ .2, .5, .6};
  std::vector<int> const right{1, 0, 0, /**/ 0, 1, 0, /**/ 0, 0, 1};
  double const info_nce = rw::loss::info_nce{.temperature = 0.05}.value(batch, right, rw::lists<>::uniform(3, 3)) / 3;
  golden("InfoNCE, tau 0.05", info_nce, 0.0425350587);

  // The reward of a rollout: format, length, and how high the right document came.
  numbers<T> const similarity{.31, .77, .52, .49, .52};
  std::vector<int> const target{0, 0, 1, 0, 0};
  double const accuracy = rw::reward::rank_reward<>{}(similarity, target, rw::lists<>::single(5));
  golden("r_acc of rank 2 among 5", accuracy, .5693234419);
  constexpr auto reward = rw::reward::weighted_sum{0.5, 0.2, 1.0};
  golden("r = 0.5 format + 0.2 length + r_acc", reward(1.0, 1.0, accuracy), 1.2693234419);

  // Advantages of a group of eight rollouts.
  numbers<T> const rewards{1, 0, 0, 1, 1, 0, 0, 0};
  auto const group = rw::lists<>::single(8);
  numbers<T> a(8);
  rw::map_lists(rw::reward::group_normalised{.correction = 1, .epsilon = 1e-6}, rewards, group, a);
  golden("advantage of a right answer, n - 1", a[0], 1.2076123955);
  golden("advantage of a wrong answer, n - 1", a[1], -0.7245674373);
  rw::map_lists(rw::reward::group_normalised{}, rewards, group, a);
  golden("advantage of a right answer, population", a[0], 1.2909944487);
  golden("advantage of a wrong answer, population", a[1], -0.7745966692);

  // One ratio per rollout: each is a list of one number, its log-probability.
  numbers<T> const old(8, T(-2));
  numbers<T> now(8, T(-2)), g(8);
  now[0] += std::log(T(1.5)); // clipped at 1.2
  auto const rollouts = rw::lists<>::uniform(8, 1);
  double const surrogate = rw::reward::clipped_surrogate<>{}.gradient(now, old, rollouts, g, {.item_weights = a});
  golden("clipped surrogate, summed", -surrogate, 0.2 * 1.2909944487); // the advantages add up to 0
  claim(g[0] == 0 && near(g[1], -a[1], 1e-12), "no gradient where the clip holds");

  // The stages: 0.1 SFT + 1 InfoNCE at the start, then 1 GRPO + 0.1 InfoNCE.
  golden("cold start with an SFT loss of 2", rw::reward::weighted_sum{0.1, 1.0}(2.0, info_nce), 0.2425350587);
}

int main() {
  return in_double_and_float([](auto t) { worked<decltype(t)>(); });
}
