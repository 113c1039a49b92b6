// Metrics, page by page.
#include "claim.hpp"

#include <rankwise/metric/ndcg.hpp>

#include <cmath>
#include <vector>

namespace rw = rankwise;

namespace {

void ndcg() {
  //{ ndcg
  std::vector<float> const scores{0.1f, 0.4f, 0.3f, 0.8f, 0.2f, 0.9f};
  std::vector<float> const labels{2, 0, 1, 0, 0, 0};
  auto const lists = rw::lists_of_sizes(std::vector{3, 3}); // nothing in the second list is relevant

  double const a = rw::metric::ndcg<10>{}(scores, labels, lists);                  // 2^y - 1, empty lists count 0
  double const b = rw::metric::ndcg<10, rw::empty::skip>{}(scores, labels, lists); // ... or are left out
  double const c = rw::metric::ndcg<2, rw::gain::linear, rw::discount::reciprocal, rw::empty::one>{}(
      scores, labels, lists); // pieces in any order
  //} ndcg
  double const dcg = 1 / std::log2(3.0) + 3 / std::log2(4.0); // items 1, 2, 0
  double const ideal = 3 + 1 / std::log2(3.0);
  std::printf("%.4f %.4f %.4f\n", a, b, c);
  claim(near(b, dcg / ideal) && near(a, b / 2), "DCG over the best DCG, by hand");
  claim(near(c, (0.5 / 2.5 + 1) / 2), "linear gains, reciprocal ranks, cutoff 2");
}

void metric() {
  std::vector<float> const scores{0.1f, 0.4f, 0.3f, 0.8f, 0.2f, 0.9f};
  std::vector<float> const labels{2, 0, 1, 0, 1, 0};
  auto const lists = rw::lists_of_sizes(std::vector{3, 3});
  //{ metric
  constexpr auto ndcg = rw::metric::ndcg<10>{};
  std::vector<double> each(lists.size());
  double const now = ndcg(scores, labels, lists, {.per_list = each}); // one call

  auto const data = ndcg.prepare(labels, lists); // or many, with the ideal order sorted once
  rw::workspace memory(ndcg.workspace_bytes(data));
  double const again = ndcg(scores, data, memory);
  //} metric
  claim(near(now, again, 0) && near(now, (each[0] + each[1]) / 2, 1e-12), "prepared or not: the same bits");
}

void pieces() {
  //{ gain
  double const a = rw::gain::exponential{}(3.0); // 2^3 - 1
  double const b = rw::gain::linear{}(3.0);
  //} gain
  //{ discount
  double const c = rw::discount::log2{}(2.0);       // rank 2, the third place: 1 / log2(4)
  double const d = rw::discount::reciprocal{}(2.0); // 1 / 3
  //} discount
  claim(a == 7 && b == 3, "gains of grade 3");
  claim(near(c, 0.5, 1e-15) && near(d, 1.0 / 3, 1e-15), "discounts of the third place");
}

} // namespace

int main() {
  ndcg();
  metric();
  pieces();
  return broken_claims;
}
