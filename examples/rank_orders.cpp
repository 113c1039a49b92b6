// Orders: ties, ranking views, columns of ranks, fusion, interleaving; and metrics over matrices.
#include "claim.hpp"

#include <rankwise/metric/diversity.hpp>
#include <rankwise/metric/ndcg.hpp>
#include <rankwise/metric/purchases.hpp>
#include <rankwise/metric/ranked.hpp>
#include <rankwise/metric/tie.hpp>
#include <rankwise/rank/fusion.hpp>
#include <rankwise/rank/interleave.hpp>
#include <rankwise/rank/ranks.hpp>

#include <cmath>
#include <limits>
#include <vector>

namespace rw = rankwise;

//{ ranked
namespace mine {

/// The label of the best item, if its score is at least `sure`.
template <class... Pieces>
struct sure_winner {
  static_assert(rw::slot_set<rw::slots::ties, rw::slots::unjudged, rw::slots::empty>::accepts<Pieces...>());
  static constexpr char const* text = "sure_winner"; // what tables print

  double sure = 0;

  template <class Ranking, class Constants>
  RANKWISE_FN auto of(Ranking const& ranking, Constants const&) const {
    using T = typename Ranking::scalar;
    bool const has_one = ranking.size() != 0 && static_cast<double>(ranking.score(0)) >= sure;
    return rw::defined_if<T>{has_one ? ranking.label(0) : T(0), has_one};
  }

  RANKWISE_RANKED_METRIC(1, Pieces) // looks at one place
};

} // namespace mine
//} ranked

//{ tie
namespace mine {

/// The number of relevant items that a user meets who looks at three places.
template <class... Pieces>
struct good_of_three {
  static_assert(rw::slot_set<rw::slots::ties, rw::slots::unjudged, rw::slots::empty>::accepts<Pieces...>());

  template <class Ranking, class Constants>
  RANKWISE_FN auto of(Ranking const& ranking, Constants const&) const {
    auto const good = [&](std::size_t r) { return ranking.label(r) > 0; };
    double sum = 0;
    for (std::size_t r = 0; r < ranking.size() && r < 3;) {
      auto const tie = rw::metric::tie_at(ranking, r, good);
      double const places = tie.end < 3 ? tie.size() : static_cast<double>(3 - r);
      sum += tie.good * places / tie.size(); // the mean over all orders of the tie
      r = tie.end;
    }
    return static_cast<typename Ranking::scalar>(sum);
  }

  RANKWISE_RANKED_METRIC(3, Pieces)
};

} // namespace mine
//} tie

//{ ranking
/// The share of relevant items among those that tie for the first place.
struct best_tie {
  using scratch = rw::rank::ranking_scratch; // the memory that order() needs

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    using T = typename List::scalar;
    auto const ranking = rw::rank::order<rw::ties::pessimistic>(list);
    std::size_t const end = ranking.tie_end(0); // items take part, or this is not called
    T relevant(0);
    for (std::size_t r = 0; r < end; ++r) {
      relevant += ranking.label(r) > T(0) ? T(1) : T(0);
    }
    return relevant / static_cast<T>(end);
  }

  RANKWISE_METRIC_CALLS
};
//} ranking

namespace {

using column = std::vector<double>;
constexpr double out = -std::numeric_limits<double>::infinity();

void orders() {
  //{ ties
  column const scores{1, 1, 0};
  column const labels{0, 1, 0};
  auto const one = rw::lists<int>::single(3);
  double const stable = rw::metric::ndcg<1>{}(scores, labels, one);                      // 0: the first stays
  double const lucky = rw::metric::ndcg<1, rw::ties::optimistic>{}(scores, labels, one); // 1
  double const fair = rw::metric::ndcg<1, rw::ties::expected>{}(scores, labels, one);    // 1/2
  double const named = rw::metric::ndcg<1, rw::ties::by_id>{}(scores, labels, one, {.ids = column{7, 3, 5}}); // 1
  double const drawn = rw::metric::ndcg<1, rw::ties::random<42>>{}(scores, labels, one);                      // 0 or 1
  //} ties
  claim(stable == 0 && lucky == 1 && fair == 0.5 && named == 1 && drawn * (1 - drawn) == 0, "tie policies");
  claim(best_tie{}(scores, labels, one) == 0.5, "a formula over a ranking");
  claim(mine::sure_winner<>{.sure = 1}(scores, labels, one) == 0, "a metric of a ranking in ten lines");
  claim(mine::good_of_three<>{}(scores, labels, one) == 1, "the mean over a tie");
  //{ ranks
  std::vector<int> place(4);
  rw::ranks(column{5, 7, out, 7}, rw::lists<int>::single(4), place); // 2 0 -1 1
  column mean(4);
  rw::ranks<rw::ties::expected>(column{5, 7, out, 7}, rw::lists<int>::single(4), mean); // 2 0.5 -1 0.5
  column combined(4);
  rw::tiers_then_scores(column{0, 1, 1, 0}, column{9, 1, 2, 3}, rw::lists<int>::single(4), combined); // 2 3 4 1
  //} ranks
  claim(place == std::vector<int>{2, 0, -1, 1} && mean == column{2, 0.5, -1, 0.5}, "places");
  claim(combined == column{2, 3, 4, 1}, "tiers first");
  //{ fusion
  column const words{3, 2, 1, out}; // three rankers; the first has not found the last item
  column const vectors{1, 3, 2, 4};
  column fused(4);
  rw::fuse(rw::fusion::reciprocal_rank{.k = 60}, rw::lists<int>::single(4), fused, words, vectors);
  //} fusion
  claim(near(fused[3], 1 / 61.0) && near(fused[0], 1 / 61.0 + 1 / 64.0), "reciprocal ranks add up");
  //{ interleave
  std::vector<int> where(4), team(4);
  rw::interleaved(rw::interleave::team_draft{.seed = 7}, words, vectors, rw::lists<int>::single(4), 4, where, team);
  column credit(1);
  rw::interleaving_credit(team, column{0, 1, 0, 0}, rw::lists<int>::single(4), credit); // a click on item 1
  //} interleave
  claim(std::abs(credit[0]) == 1, "the click is for one of the teams");
}

void matrices() {
  //{ diversity
  column const scores{3, 2, 1};
  std::vector<int> const subtopics{1, 0, //  items in rows: what each is about
                                   1, 0, //
                                   0, 1};
  auto const judged = rw::row_major(subtopics, 2);
  auto const one = rw::lists<int>::single(3);
  double const alpha = rw::metric::alpha_ndcg<3>{.alpha = 0.5}(scores, judged, one);
  double const aware = rw::metric::intent_aware(rw::metric::ndcg<2>{}, scores, judged, one, column{0.8, 0.2});
  double const far_apart = rw::metric::intra_list_diversity<3>{}(scores, judged, one); // rows as vectors
  //} diversity
  double const d2 = 1 / std::log2(3.0);
  claim(near(alpha, (1 + 0.5 * d2 + 0.5) / (1 + d2 + 0.25)), "the second item repeats the first");
  claim(near(aware, 0.8), "the second intent has nothing on the first two places");
  claim(near(far_apart, 2.0 / 3), "two of three pairs have nothing in common");
}

void funnel() {
  //{ purchases
  std::vector<int> const search_user{1, 1}, search_time{10, 20};
  std::vector<int> const user{1, 1}, item{501, 501}, time{25, 30}; // the same item twice
  std::vector<int> bound(2);
  auto const relevant = [](std::size_t, std::size_t) { return true; };             // search, purchase
  rw::bind_purchases(search_user, search_time, user, item, time, relevant, bound); // 1 -1

  column const scores{3, 2, 1}, bought{0, 1, 1};
  double const asph = rw::metric::purchase_hitrate<2>{}(scores, bought, column{}, rw::lists<int>::single(3)); // 1 of 2

  auto const q = rw::metric::rewriting{.threshold = 0.5}(column{0.9, 0.8, 0.1}, std::vector{1, 0, 0},
                                                         std::vector{0, 1, 1}, std::vector{1, 0, 0});
  double const pass = rw::metric::pass_at(2, std::vector{0, 1, 0, 0}, rw::lists_of_sizes(std::vector{2, 2})); // 1/2
  //} purchases
  claim(bound == std::vector<int>{1, -1} && asph == 0.5 && pass == 0.5, "purchases and answers");
  claim(q.relevance == 0.5 && q.increment == 2 && q.hitrate == 1, "what a rewritten query brings");
}

} // namespace

int main() {
  orders();
  matrices();
  funnel();
  return broken_claims;
}
