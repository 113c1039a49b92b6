// TaoSR1 (Taobao, arXiv 2508.12365): classes from token probabilities by cumulative thresholds, preference pairs,
// groups worth training on, balanced labels.
#include "golden.hpp"

#include <rankwise/head/softmax.hpp>
#include <rankwise/label/agreement.hpp>
#include <rankwise/label/resample.hpp>
#include <rankwise/metric/engagement.hpp>
#include <rankwise/metric/purchases.hpp>
#include <rankwise/reward/filter.hpp>
#include <rankwise/reward/preference.hpp>

#include <cmath>
#include <vector>

namespace rw = rankwise;

template <class T>
void worked() {
  // CumPT: P4 + P3 >= beta is Good, P4 + P3 + P2 >= beta Mid, the rest Bad. Logits in the order of the classes 1 .. 4.
  numbers<T> const p{.1, .2, .2, .5, /**/ .3, .3, .1, .3, /**/ .5, .2, .1, .2};
  numbers<T> logits(12);
  for (std::size_t i = 0; i < 12; ++i) {
    logits[i] = std::log(p[i]);
  }
  constexpr auto classes = rw::head::softmax<"relevance", 4>{};
  std::vector<int> tier(3);
  classes.decode(rw::row_major(logits, 4), tier, rw::decode::tiers<1, 2>{.beta = 0.6});
  char const* const names[] = {"Bad", "Mid", "Good"};
  std::printf("  CumPT: %s, %s, %s\n", names[tier[0]], names[tier[1]], names[tier[2]]);
  claim(tier == std::vector<int>{2, 1, 0}, "Good, Mid, Bad");

  // DPO on pairs of own samples; from an oracle where no sample is right.
  numbers<T> const pair{1.0, -0.5}, margin{0};
  numbers<T> g(2);
  golden("DPO, log-ratios +1.0 and -0.5",
         rw::reward::dpo{.beta = 0.1}.gradient(rw::row_major(pair, 2), margin, rw::row_major(g, 2)), .6209570478);

  // pass@N, and groups with 0 < correct < gamma.
  std::vector<int> const right{0, 1, 0, 0, /**/ 0, 0, 0, 0, /**/ 1, 1, 1, 1, /**/ 1, 1, 1, 0};
  auto const samples = rw::lists<>::uniform(4, 4);
  golden("pass@1", rw::metric::pass_at(1, right, samples), 0.5);
  golden("pass@4", rw::metric::pass_at(4, right, samples), 0.75);
  claim(rw::reward::difficulty_filter{.below = 3}.groups(right, samples) == std::vector<std::size_t>{0},
        "gamma 3: neither hopeless nor easy");

  // The label mix: its coefficient of variation, and down-sampling to 0.
  std::vector<int> const labels{0, 0, 0, 0, 1, 1, 2, 2};
  rw::label::label_mix mix(3), balanced(3);
  mix.add(labels);
  golden("CV of 4, 2, 2", mix.coefficient_of_variation(), std::sqrt(8.0 / 9) / (8.0 / 3));
  std::vector<int> kept;
  for (std::size_t const i : rw::label::resample(labels, numbers<T>{1, 1, 1}, {.seed = 3})) {
    kept.push_back(labels[i]);
  }
  balanced.add(kept);
  golden("CV after balanced down-sampling", balanced.coefficient_of_variation(), 0);

  // Against people: macro F1, accuracy; rates of good items and queries.
  std::vector<int> const model{0, 1, 2, 2, 1, 0}, people{0, 1, 2, 1, 1, 2};
  rw::label::agreement a(3);
  a.add(model, people);
  golden("accuracy", a.accuracy(), 4.0 / 6);
  golden("macro F1", a.macro_f1(), (2.0 / 3 + 4.0 / 5 + 2.0 / 4) / 3);
  numbers<T> const scores{3, 2, 1, 3, 2, 1};
  std::vector<int> const good{1, 1, 0, 1, 1, 1};
  auto const queries = rw::lists<>::uniform(2, 3);
  golden("item goodrate", rw::metric::item_goodrate<3>{}(scores, good, queries), 5.0 / 6);
  golden("query goodrate", rw::metric::query_goodrate<3>{}(scores, good, queries), 0.5);
}

int main() {
  return in_double_and_float([](auto t) { worked<decltype(t)>(); });
}
