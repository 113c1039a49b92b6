// BEQUE, query rewriting (Taobao, arXiv 2311.03758): what a rewrite brings, which rewrites are kept, and preference
// ranking optimisation over candidates in a partial order.
#include "golden.hpp"

#include <rankwise/loss/list_mle.hpp>
#include <rankwise/loss/pro.hpp>
#include <rankwise/metric/purchases.hpp>
#include <rankwise/reward/components.hpp>
#include <rankwise/reward/filter.hpp>

#include <vector>

namespace rw = rankwise;

template <class T>
void worked() {
  // Offline feedback of two rewrites of one query: the relevance f of all items that anybody found, and who found them:
  // the query itself, the rewrite, the purchases outside search.
  numbers<T> const f{.9, .8, .2, .6, .7, .9, .1, .3, .8};
  std::vector<int> const query{1, 1, 1, 1, 0, 0, 0, 0, 0}, good{0, 1, 0, 0, 1, 1, 0, 0, 0},
      bad{1, 0, 0, 0, 0, 0, 1, 1, 0};
  std::vector<int> const bought{0, 1, 0, 0, 1, 0, 0, 1, 1};
  constexpr auto rewriting = rw::metric::rewriting{.threshold = 0.5};
  auto const first = rewriting(f, query, good, bought);
  auto const second = rewriting(f, query, bad, bought);
  golden("rele of the first rewrite: 3 of 3", first.relevance, 1);
  golden("incr of the first: 5 relevant items, 3 before", first.increment, 5.0 / 3);
  golden("hitrate of the first: 2 found, 3 relevant ones bought", first.hitrate, 2.0 / 3);
  golden("incr of the second: it brings nothing", second.increment, 1);
  std::vector<double> const rele{first.relevance, second.relevance}, incr{first.increment, second.increment};
  claim(rw::reward::rejection_filter{.relevance = 0.5, .increment = 1}.items(rele, incr) == std::vector<std::size_t>{0},
        "rejection sampling keeps the first");

  // Candidates with rewards, in a partial order: best first, equal ones once.
  numbers<T> const reward{.5, 2, 1, 1}, log_pi{-1.4, -.5, -.9, -3};
  auto const order = rw::reward::build_partial_order(reward, rw::lists<>::single(4));
  numbers<T> s, r;
  for (std::size_t const i : order.items) {
    s.push_back(log_pi[i]);
    r.push_back(reward[i]);
  }
  rw::lists const lists(order.offsets);
  numbers<T> g(3);
  double const pro = rw::loss::pro{}.gradient(s, r, lists, g);
  golden("PRO, s = (-.5, -.9, -1.4), r = (2, 1, .5)", pro, 1.3273310920);
  claim(g[0] < 0 && g[2] > 0, "the best candidate rises, the worst falls");
  // With all temperatures 1 it is ListMLE: two candidates whose rewards differ by 1.
  numbers<T> const two{.3, -.2}, apart{1, 0};
  auto const pair = rw::lists<>::single(2);
  golden("PRO and ListMLE of two candidates", rw::loss::pro{}.value(two, apart, pair),
         rw::loss::list_mle{}.value(two, apart, pair));

  // The objective of the last stage, lambda 0.5.
  golden("L = L_SFT + lambda PRO with L_SFT = 2", rw::reward::weighted_sum{1.0, 0.5}(2.0, pro), 2 + 0.5 * 1.3273310920);
}

int main() {
  return in_double_and_float([](auto t) { worked<decltype(t)>(); });
}
