// Value models over lists: adjusters, several scores, the best items, phases, late logits, and a published model.

#include "claim.hpp"

#include <rankwise/head/binary.hpp>
#include <rankwise/head/input.hpp>
#include <rankwise/head/ordinal.hpp>
#include <rankwise/value/adjust.hpp>
#include <rankwise/value/combine.hpp>
#include <rankwise/value/explain.hpp>
#include <rankwise/value/gate.hpp>
#include <rankwise/value/lazy_top.hpp>
#include <rankwise/value/outputs.hpp>
#include <rankwise/value/phases.hpp>
#include <rankwise/value/ranker.hpp>
#include <rankwise/value/trend.hpp>

#include <cmath>
#include <span>
#include <vector>

namespace rw = rankwise;

namespace {

constexpr auto relevance = rw::head::ordinal<"relevance", 3>{};
constexpr auto click = rw::head::binary<"click">{};
constexpr auto purchase = rw::head::binary<"purchase">{};

double sigma(double z) {
  return 1 / (1 + std::exp(-z));
}

// Two lists of three items: two logits of relevance, one of click, one of purchase.
std::vector<double> const logits{2.0, 1.0, 0.5, -1.0, -1.0, -2.0, 1.5, 0.5, 0.3, 0.1, 0.0, 0.0,
                                 0.2, 0.1, 0.9, 0.4,  1.2,  0.3,  0.1, 0.2, 2.2, 1.9, 1.0, 1.1};
auto const lists = rw::lists_of_sizes(std::vector{3, 3});
auto const z = rw::row_major(logits, 4);

void adjust() {
  //{ adjust
  constexpr auto author = rw::ids<"author">{}; // integers that come with the call
  constexpr auto even = 0.7 * z_score(expected_grade(relevance)) + 0.3 * z_score(probability(click));
  constexpr auto fused = rw::rrf(expected_grade(relevance), probability(click)); // k = 60
  constexpr auto spread = diversity(fused, author, {.decay = 0.5, .floor = 0.25});
  constexpr auto ranker = rw::ranker{rw::heads(relevance, click, purchase), 0.1 * even + spread};

  std::vector<int> const authors{7, 7, 3, 1, 1, 1};
  std::vector<double> scores(6);
  ranker.score(z, rw::columns(rw::named<"author">(authors)), lists, scores);
  //} adjust
  //{ adjust-explain
  auto const why = ranker.explain(z, rw::columns(rw::named<"author">(authors)), lists, 1); // item 1, in its list
  double sum = why.baseline;
  for (auto const& leaf : why.leaves) {
    sum += leaf.contribution;
  }
  claim(near(sum, scores[1], 1e-9), "contributions add up to the score, through adjusters, too");
  //} adjust-explain
  // By hand: item 0 leads in relevance, item 1 in clicks; they are by one author.
  double const both = 1.0 / 61 + 1.0 / 62;
  std::vector<double> fusion(6);
  rw::ranker(rw::heads(relevance, click, purchase), fused).score(z, lists, fusion);
  claim(near(fusion[0], both, 1e-12) && near(fusion[1], 1.0 / 63 + 1.0 / 61, 1e-12), "ranks 1 and 2; 3 and 1");
}

void fatigue() {
  //{ fatigue
  constexpr auto shown = rw::head::input<"shown">{}; // how often the user has seen the item
  constexpr auto ranker =
      rw::ranker{rw::heads(click, shown), fatigue(probability(click), feature(shown), {.decay = 0.8, .floor = 0.1})};
  std::vector<double> const rows{1.0, 0, 1.0, 3};
  std::vector<double> scores(2);
  ranker.score(rw::row_major(rows, 2), scores); // no lists: an item's own count is all it needs
  //} fatigue
  claim(near(scores[0], sigma(1), 1e-12) && near(scores[1], sigma(1) * (0.9 * 0.512 + 0.1), 1e-12), "0.9 0.8^n + 0.1");
}

void outputs() {
  //{ outputs
  constexpr auto sum =
      rw::weight<"grade">(0.6) * expected_grade(relevance) + rw::weight<"buy">(2) * probability(purchase);
  constexpr auto product = rw::log_linear(0.5, expected_grade(relevance), rw::weight<"buy">(2), probability(purchase));
  constexpr auto ranker = rw::ranker{rw::heads(relevance, click, purchase),
                                     rw::outputs(rw::output<"sum">(sum), rw::output<"product">(product))};
  std::vector<double> sums(6), products(6), table(12);
  ranker.score(z, rw::into(sums, products));                   // one pass; the purchase probability is computed once
  ranker.score(z, rw::row_major(table, 2));                    // or the columns of a matrix
  auto const page = ranker.output<"sum">().top_k<2>(z, lists); // one of them, as a ranker of its own
  //} outputs
  claim(table[0] == sums[0] && table[1] == products[0], "the same numbers");
  claim(page.scores_of(0)[0] == sums[page[0][0]], "top_k by one output");
}

void top_scores() {
  //{ top_scores
  constexpr auto ranker = rw::ranker{rw::heads(relevance, click, purchase),
                                     2 * expected_grade(relevance) + 3 * probability(click) * probability(purchase)};
  auto const page = ranker.top_k<2>(z, lists); // no score column: what is not among the best is forgotten at once
  for (std::size_t query = 0; query < page.size(); ++query) {
    for (std::size_t place = 0; place < page[query].size(); ++place) {
      std::printf("query %zu: item %zu, score %.3f\n", query, page[query][place], page.scores_of(query)[place]);
    }
  }
  //} top_scores
  claim(page[0][0] == 0 && page[0].size() == 2, "item 0 leads the first list");
}

void phases() {
  //{ phases
  constexpr auto author = rw::ids<"author">{};
  constexpr auto cheap = 1 * probability(click);
  constexpr auto full = 2 * expected_grade(relevance) + 3 * probability(click) * probability(purchase);
  constexpr auto serving = rw::phases(rw::heads(relevance, click, purchase),
                                      rw::phase<200>(cheap), // the best 200 candidates by `cheap`: an approximation
                                      rw::phase<40>(full),   // of those the best 40 by the full model
                                      rw::phase<2>(diversity(rw::previous, author, {.decay = 0.5}))); // of those a page
  std::vector<int> const authors{7, 7, 3, 1, 1, 1};
  auto const page = serving.top(z, rw::columns(rw::named<"author">(authors)), lists);
  //} phases
  claim(page.size() == 2 && page[0].size() == 2 && page[0][1] == 2, "the second item is by another author");
}

void lazy_top() {
  //{ lazy_top
  constexpr auto ranker = rw::ranker{rw::heads(relevance, click, purchase),
                                     2 * expected_grade(relevance) + 0.5 * probability(click) * probability(purchase)};
  static_assert(rw::trend_of(ranker, purchase) == rw::trend::increasing); // what makes the bound a bound
  auto known = logits;
  for (std::size_t i = 0; i < 6; ++i) {
    known[4 * i + 3] = 0; // the purchase logits are late: this column is not read
  }
  auto const model = [&](std::span<std::size_t const> items, auto const& late) {
    for (std::size_t i = 0; i < items.size(); ++i) {
      late(i, 0) = logits[4 * items[i] + 3]; // here a service would run its expensive model
    }
  };
  auto const result = rw::lazy_top<1>(ranker, rw::heads(purchase), rw::row_major(known, 4), lists, model);
  //} lazy_top
  auto const exact = ranker.top_k<1>(z, lists);
  claim(result.top.items == exact.items && result.top.scores == exact.scores, "the exact page");
}

void trends() {
  //{ trend
  constexpr auto ranker = rw::ranker{rw::heads(relevance, click, purchase),
                                     rw::weight<"click">(1) * probability(click) * expected_grade(relevance) -
                                         0.1 * probability(purchase) + 1 * pow(probability(purchase), 0.5)};
  static_assert(rw::trend_of(ranker, click) == rw::trend::increasing);
  static_assert(rw::trend_of(ranker, purchase) == rw::trend::unknown); // pow may be off by a rounding
  auto weights = ranker.weights();
  weights.set<"click">(-1);
  rw::trend const now = rw::trend_of(ranker, click, weights); // decreasing: the sign of a weight counts
  //} trend
  claim(now == rw::trend::decreasing, "decreasing for these weights");
}

void published() {
  //{ published
  // The value model that Twitter published in 2023: ten probabilities, two of them of events nobody wants.
  constexpr rw::head::binary<"fav"> fav{};
  constexpr rw::head::binary<"retweet"> retweet{};
  constexpr rw::head::binary<"reply"> reply{};
  constexpr rw::head::binary<"profile click"> profile{};
  constexpr rw::head::binary<"video half watched"> video{};
  constexpr rw::head::binary<"reply engaged by author"> engaged{};
  constexpr rw::head::binary<"good click"> good{};
  constexpr rw::head::binary<"good click, long"> stay{};
  constexpr rw::head::binary<"negative feedback"> negative{};
  constexpr rw::head::binary<"report"> report{};
  constexpr auto sum = rw::weighted_sum(0.5, probability(fav), 1, probability(retweet), 13.5, probability(reply), 12,
                                        probability(profile), 0.005, probability(video), 75, probability(engaged), 11,
                                        probability(good), 10, probability(stay), rw::weight<"negative">(-74),
                                        probability(negative), rw::weight<"report">(-369), probability(report));
  // No score below 0: what is negative is squeezed below the offset.
  constexpr auto score = remap_negative(sum, {.negative = 443, .total = 566.005, .offset = 0.001});
  constexpr auto model = rw::heads(fav, retweet, reply, profile, video, engaged, good, stay, negative, report);
  constexpr auto ranker = rw::ranker{model, score};
  //} published
  double const p[] = {0.1, 0.02, 0.01, 0.005, 0.3, 0.002, 0.03, 0.02, 0.001, 0.0001};
  std::vector<double> row;
  for (double const one : p) {
    row.push_back(std::log(one / (1 - one)));
  }
  std::vector<double> plain(1), lifted(1);
  rw::ranker(model, sum).score(rw::row_major(row, 10), plain);
  ranker.score(rw::row_major(row, 10), lifted);
  claim(near(plain[0], 0.8356, 1e-12) && near(lifted[0], 0.8366, 1e-12), "0.8356, lifted by the offset");
}

} // namespace

int main() {
  adjust();
  fatigue();
  outputs();
  top_scores();
  phases();
  lazy_top();
  trends();
  published();
  return broken_claims;
}
