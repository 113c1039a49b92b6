// BEQUE, query rewriting (Taobao, arXiv 2311.03758): what a rewrite brings, which rewrites are kept, and preference
// ranking optimisation over candidates in a partial order.
#include "golden.hpp"

#include <rankwise/loss/list_mle.hpp>
#include <rankwise/loss/pro.hpp>
#include <rankwise/reward/components.hpp>
#include <rankwise/reward/filter.hpp>

#include <vector>

namespace rw = rankwise;

namespace {

// Offline feedback of one rewrite: relevance f of what the query itself finds (Z_x), of what the rewrite adds (Z_y
// without Z_x, and all of Z_y), and of the purchases E outside search.
struct feedback {
  std::vector<double> of_query, added, of_rewrite;
};
double above(std::vector<double> const& f, double t) {
  double count = 0;
  for (double const x : f) {
    count += x > t ? 1 : 0;
  }
  return count;
}

} // namespace

int main() {
  // rele = share of Z_y above t; incr = those of Z_x u Z_y over those of Z_x. Two rewrites of one query, t = 0.5.
  feedback const rewrites[] = {{{.9, .8, .2, .6}, {.7, .9}, {.7, .9, .8}}, {{.9, .8, .2, .6}, {.1, .3}, {.1, .3, .9}}};
  std::vector<double> rele, incr;
  for (feedback const& f : rewrites) {
    rele.push_back(above(f.of_rewrite, 0.5) / static_cast<double>(f.of_rewrite.size()));
    incr.push_back((above(f.of_query, 0.5) + above(f.added, 0.5)) / above(f.of_query, 0.5));
  }
  golden("rele of the first rewrite", rele[0], 1);
  golden("incr of the first rewrite", incr[0], 5.0 / 3);
  golden("incr of the second: it brings nothing", incr[1], 1);
  claim(rw::reward::rejection_filter{.relevance = 0.5, .increment = 1}.items(rele, incr) == std::vector<std::size_t>{0},
        "rejection sampling keeps the first");

  // Candidates with rewards, in a partial order: best first, equal ones once.
  std::vector<double> const reward{.5, 2, 1, 1}, log_pi{-1.4, -.5, -.9, -3};
  auto const order = rw::reward::build_partial_order(reward, rw::lists<>::single(4));
  std::vector<double> s, r;
  for (std::size_t const i : order.items) {
    s.push_back(log_pi[i]);
    r.push_back(reward[i]);
  }
  rw::lists const lists(order.offsets);
  std::vector<double> g(3);
  double const pro = rw::loss::pro{}.gradient(s, r, lists, g);
  golden("PRO, s = (-.5, -.9, -1.4), r = (2, 1, .5)", pro, 1.3273310920);
  claim(g[0] < 0 && g[2] > 0, "the best candidate rises, the worst falls");
  // With all temperatures 1 it is ListMLE: two candidates whose rewards differ by 1.
  std::vector<double> const two{.3, -.2}, apart{1, 0};
  auto const pair = rw::lists<>::single(2);
  golden("PRO and ListMLE of two candidates", rw::loss::pro{}.value(two, apart, pair),
         rw::loss::list_mle{}.value(two, apart, pair));

  // The objective of the last stage, lambda 0.5.
  golden("L = L_SFT + lambda PRO with L_SFT = 2", rw::reward::weighted_sum{1.0, 0.5}(2.0, pro), 2 + 0.5 * 1.3273310920);
  return broken_claims;
}
