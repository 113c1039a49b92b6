// Ranking, page by page.
#include "claim.hpp"

#include <rankwise/exec/run.hpp>
#include <rankwise/metric/metric.hpp>
#include <rankwise/rank/top.hpp>
#include <rankwise/rank/top_k.hpp>

#include <limits>
#include <vector>

namespace rw = rankwise;

namespace {

void top_k() {
  //{ top_k
  float const out = -std::numeric_limits<float>::infinity(); // a score of minus infinity takes an item out
  std::vector<float> const scores{0.2f, 0.9f, 0.5f, 0.7f, out, 0.7f};
  auto const lists = rw::lists_of_sizes(std::vector{3, 3});
  auto const page = rw::top_k<2>(scores, lists);
  for (std::size_t query = 0; query < page.size(); ++query) {
    for (std::size_t item : page[query]) { // positions in `scores`, best first
      std::printf("query %zu: item %zu, score %.1f\n", query, item, static_cast<double>(scores[item]));
    }
  }
  //} top_k
  claim(page[0][0] == 1 && page[0][1] == 2, "0.9 before 0.5");
  claim(page[1][0] == 3 && page[1][1] == 5, "equal scores keep the order of the list");
  claim(rw::top_k<5>(scores, lists)[1].size() == 2, "a list yields what it has");
}

//{ top
/// The label of the best item.
struct winner {
  using scratch = rw::rank::top_scratch; // the memory that top() needs; the result stands in indices<0>()

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    rw::rank::top(list, 1, [&](auto i) { return list.score(i); });
    return list.label_of(list.template indices<0>()[0]);
  }

  RANKWISE_METRIC_CALLS
};
//} top

void top() {
  std::vector<float> const scores{0.2f, 0.9f, 0.5f};
  std::vector<float> const labels{3, 1, 2};
  claim(near(winner{}(scores, labels, rw::lists<>::single(3)), 1), "item 1 wins, its label is 1");
}

} // namespace

int main() {
  top_k();
  top();
  return broken_claims;
}
