// ASH and ASMOL, pre-ranking (Taobao, arXiv 2305.13647): hit rates over all scenarios, label closure, stratified lists,
// losses with several positives, distillation from the ranking stage.
#include "golden.hpp"

#include <rankwise/label/closure.hpp>
#include <rankwise/label/strata.hpp>
#include <rankwise/loss/softmax.hpp>
#include <rankwise/loss/softmax_variants.hpp>
#include <rankwise/metric/list_auc.hpp>
#include <rankwise/metric/purchases.hpp>
#include <rankwise/reward/components.hpp>

#include <cmath>
#include <vector>

namespace rw = rankwise;

template <class T>
void worked() {
  // purchase => click => exposure
  std::vector<int> const bought{0, 1, 0, 0, 0};
  std::vector<int> clicked{1, 0, 0, 0, 0}, exposed{0, 0, 1, 0, 0};
  rw::label::closure(bought, clicked, exposed);
  claim(clicked == std::vector<int>{1, 1, 0, 0, 0} && exposed == std::vector<int>{1, 1, 1, 0, 0}, "label closure");

  // The losses of one list.
  numbers<T> const z{2, 1, .5, -.3, -1};
  auto const list = rw::lists<>::single(5);
  numbers<T> g(5);
  double const purchase = rw::loss::softmax{}.value(z, bought, list);
  double const together = rw::loss::softmax{}.value(z, clicked, list);
  double const click = rw::loss::multi_positive{}.gradient(z, clicked, list, g);
  double const exposure = rw::loss::multi_positive{}.value(z, exposed, list);
  golden("softmax over two positives", together, 2.1089830924);
  golden("two positives that do not compete", click, 1.0174466180);
  golden("their gradient: positives against all others", g[0] + g[1] + g[2] + g[3] + g[4], 0);

  // Distillation: exposed items alone, calibrated teachers that are not re-normalised.
  numbers<T> const ctr{.2, .1, .05, 0, 0}, cvr{.1, .3, .02, 0, 0};
  numbers<T> ctcvr(5);
  for (std::size_t i = 0; i < 5; ++i) {
    ctcvr[i] = ctr[i] * cvr[i];
  }
  double const distil = rw::loss::softmax{}.value(z, ctr, list, {.mask = exposed}) +
                        rw::loss::softmax{}.value(z, ctcvr, list, {.mask = exposed});
  double const log_total = std::log(std::exp(2) + std::exp(1) + std::exp(.5));
  golden("distillation from p_ctr and p_ctr p_cvr", distil,
         .22 * (log_total - 2) + .13 * (log_total - 1) + .051 * (log_total - .5));
  constexpr auto total = rw::reward::weighted_sum{1.0, 1.0, 0.5, 0.5};
  golden("L, a weighted sum", total(purchase, click, exposure, distil), purchase + click + .5 * exposure + .5 * distil);

  // Lists of one query: all exposures, 10 ranking candidates, 40 pre-ranking candidates.
  std::vector<int> stage;
  for (int i = 0; i < 500; ++i) {
    stage.push_back(i < 12 ? 0 : i < 100 ? 1 : 2);
  }
  auto const sample =
      rw::label::sample_lists(stage, rw::lists<>::single(500), std::vector<int>{500, 10, 40}, {.seed = 5});
  claim(sample.items.size() == 12 + 10 + 40, "a list of 62");

  // ASPH@k: purchases outside search, bound to the latest relevant query of the same user, each counted once, and the
  // share of them among the first k. ISPH@k likewise, with purchases inside search. Product p is item p of query 0.
  std::vector<int> const searcher{7, 7}, searched{10, 20};
  std::vector<int> const buyer{7, 7, 7, 8}, product{1, 4, 4, 2}, when{12, 25, 30, 40};
  std::vector<int> query(4);
  rw::bind_purchases(
      searcher, searched, buyer, product, when, [](std::size_t search, std::size_t) { return search == 0; }, query);
  claim(query == std::vector<int>{0, 0, -1, -1}, "the third is a repetition, the fourth another user's");
  numbers<T> const score{.9, .8, .7, .6, .5, .4};
  std::vector<int> const outside{0, 1, 0, 0, 1, 0}, inside{1, 0, 0, 0, 0, 0}, missing{1}, none;
  golden("ASPH@3, one purchase not in the list",
         rw::metric::purchase_hitrate<3>{}(score, outside, missing, rw::lists<>::single(6)), 1.0 / 3);
  golden("ASPH@5", rw::metric::purchase_hitrate<5>{}(score, outside, missing, rw::lists<>::single(6)), 2.0 / 3);
  golden("ISPH@1", rw::metric::purchase_hitrate<1>{}(score, inside, none, rw::lists<>::single(6)), 1);
  golden("PAUC@10", rw::metric::list_auc<10>{}(score, inside, rw::lists<>::single(6)), 1);
}

int main() {
  return in_double_and_float([](auto t) { worked<decltype(t)>(); });
}
