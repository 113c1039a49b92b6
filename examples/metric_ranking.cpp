// Metrics of a ranking, page by page.
#include "claim.hpp"

#include <rankwise/metric/arp.hpp>
#include <rankwise/metric/bpref.hpp>
#include <rankwise/metric/engagement.hpp>
#include <rankwise/metric/err.hpp>
#include <rankwise/metric/map.hpp>
#include <rankwise/metric/mrr.hpp>
#include <rankwise/metric/ndcg.hpp>
#include <rankwise/metric/pairs.hpp>
#include <rankwise/metric/q_measure.hpp>
#include <rankwise/metric/rbp.hpp>

#include <cmath>
#include <vector>

namespace rw = rankwise;

namespace {

std::vector<float> const scores{0.9f, 0.8f, 0.8f, 0.2f};
std::vector<int> const labels{0, 2, 1, 3};
std::vector<double> const thirds{0, 2.0 / 3, 1.0 / 3, 1};
auto const lists = rw::lists<int>::single(4);

void sums() {
  //{ dcg
  double const gain = rw::metric::dcg<3>{}(scores, labels, lists); // 3 / log2(3) + 1 / log2(4)
  double const costs = rw::metric::dcg<3, rw::gain::linear>{}(scores, std::vector{0, 2, -1, 0}, lists);
  //} dcg
  claim(near(gain, 3 / std::log2(3.0) + 0.5), "gains discounted by rank");
  claim(near(costs, 2 / std::log2(3.0) - 0.5), "a negative label is a cost");
  //{ rbp
  double const patient = rw::metric::rbp<>{.p = 0.9}(scores, labels, lists);
  double const graded =
      rw::metric::rbp<rw::metric::all, rw::gain::linear>{}(scores, thirds, lists); // gains within [0, 1]
  //} rbp
  claim(near(patient, 0.1 * (0.9 + 0.81 + 0.729)), "three of four are relevant");
  claim(near(graded, 0.2 * (2 * 0.8 + 0.64 + 3 * 0.512) / 3), "grades as gains");
  //{ err
  double const web = rw::metric::err<20>{}(scores, labels, lists); // (2^y - 1) / 2^4
  double const clicks =
      rw::metric::err<20, rw::gain::linear>{.max_grade = 1}(scores, std::vector{0.0, 0.5, 0.5, 1.0}, lists);
  //} err
  claim(near(web, 3.0 / 16 / 2 + 13.0 / 16 / 16 / 3 + 13.0 / 16 * 15 / 16 * 7 / 16 / 4), "who is satisfied stops");
  claim(near(clicks, 0.5 / 2 + 0.25 / 3 + 0.25 / 4), "labels that are probabilities to stop");
  //{ arp
  double const position = rw::metric::arp<>{}(scores, labels, lists); // (2 * 2 + 1 * 3 + 3 * 4) / 6
  //} arp
  claim(near(position, 19.0 / 6), "the mean place, weighted by labels, from 1");
}

void counts() {
  //{ precision
  double const p = rw::metric::precision<2>{}(scores, labels, lists);                            // 1 of 2
  double const strict = rw::metric::precision<2>{.threshold = 3}(scores, labels, lists);         // 0 of 2
  double const r = rw::metric::recall<2>{}(scores, labels, lists);                               // 1 of 3
  double const capped = rw::metric::recall<2, rw::denominator::capped>{}(scores, labels, lists); // 1 of at most 2
  double const hit = rw::metric::hit_rate<1>{}(scores, labels, lists);  // the first is not relevant
  double const rp = rw::metric::r_precision<>{}(scores, labels, lists); // 2 of the first 3
  //} precision
  claim(p == 0.5 && strict == 0 && near(r, 1.0 / 3) && capped == 0.5 && hit == 0 && near(rp, 2.0 / 3), "counts");
  //{ map
  double const ap = rw::metric::map<>{}(scores, labels, lists); // (1/2 + 2/3 + 3/4) / 3
  double const at_two = rw::metric::map<2, rw::denominator::capped>{}(scores, labels, lists);
  double const fair = rw::metric::map<2, rw::ties::expected>{.threshold = 2}(scores, labels, lists);
  //} map
  claim(near(ap, (0.5 + 2.0 / 3 + 0.75) / 3) && near(at_two, 0.25), "precision at every relevant item");
  claim(near(fair, 0.25 * 0.5), "the relevant one of two equal scores stands second half of the time");
  //{ mrr
  double const rr = rw::metric::mrr<10>{}(scores, labels, lists); // the second is the first relevant one
  double const unlucky = rw::metric::mrr<10, rw::ties::pessimistic>{.threshold = 2}(scores, labels, lists);
  //} mrr
  claim(rr == 0.5 && near(unlucky, 1.0 / 3), "one over the rank of the first");
  //{ q_measure
  double const q = rw::metric::q_measure<>{.beta = 1}(scores, labels, lists);
  //} q_measure
  claim(near(q, ((1 + 2.0) / (2 + 5) + (2 + 3.0) / (3 + 6) + (3 + 6.0) / (4 + 6)) / 3), "blended ratios");
}

void pairs() {
  //{ pairs
  double const right = rw::metric::ordered_pairs<>{}(scores, labels, lists);                  // 1 of 6 pairs
  double const half = rw::metric::ordered_pairs<rw::ties::expected>{}(scores, labels, lists); // half of a tie
  double const wrong = rw::metric::inversions<rw::ties::pessimistic>{}(scores, labels, lists);
  double const tau = rw::metric::kendall_tau<>{}(scores, labels, lists);
  //} pairs
  claim(near(right, 1.0 / 6) && near(half, 0.5 / 6) && wrong == 6, "pairs in the right order");
  claim(near(tau, -5 / std::sqrt(30.0)), "five pairs against, one tie");
}

void incomplete() {
  //{ bpref
  std::vector<int> const judged{1, 1, 0, 1}; // nobody has judged the third item: it is as if it were not there
  double const b = rw::metric::bpref<>{}(scores, labels, lists, {.judged = judged});
  double const inferred = rw::metric::inf_ap<>{}(scores, labels, lists, {.judged = judged});
  //} bpref
  claim(b == 0, "both relevant items stand behind the only irrelevant one");
  claim(near(inferred, (0.5 + 0.5 * 1e-5 / (1 + 2e-5) + 0.25 + 0.75 * (2.0 / 3) * (1 + 1e-5) / (2 + 2e-5)) / 2),
        "inferred precisions");
}

void engagement() {
  //{ engagement
  std::vector<int> const carts{0, 5, 1, 2}; // cart additions of each item
  double const atc = rw::metric::engagement<2>{}(scores, carts, lists, {.list_weights = std::vector{100}});
  double const share = rw::metric::engagement_share<2>{}(scores, carts, lists);
  double const items = rw::metric::item_goodrate<3>{.threshold = 2}(scores, labels, lists);
  double const queries = rw::metric::query_goodrate<3>{.threshold = 1, .share = 0.6}(scores, labels, lists);
  //} engagement
  claim(atc == 5 && share == 5.0 / 8 && near(items, 1.0 / 3) && queries == 1, "what users did");
}

void options() {
  //{ options
  std::vector<int> const retrieved{1, 1, 1, 0}; // the last item was relevant, but nobody found it
  double const recall = rw::metric::recall<>{}(scores, labels, lists, {.retrieved = retrieved}); // 2 of 3
  std::vector<int> const judged{1, 1, 0, 1};
  double const zero = rw::metric::ndcg<3>{}(scores, labels, lists, {.judged = judged}); // label 0 at its place
  double const condensed = rw::metric::ndcg<3, rw::unjudged::condensed>{}(scores, labels, lists, {.judged = judged});
  //} options
  claim(near(recall, 2.0 / 3), "judged but not retrieved items count in the denominator");
  double const ideal = 7 + 3 / std::log2(3.0);
  claim(near(zero, 3 / std::log2(3.0) / ideal), "unjudged is zero");
  claim(near(condensed, (3 / std::log2(3.0) + 3.5) / ideal), "unjudged is left out, the others move up");
}

} // namespace

int main() {
  sums();
  counts();
  pairs();
  incomplete();
  engagement();
  options();
  return broken_claims;
}
