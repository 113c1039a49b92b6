// Serves a page: the logits of 1,000 candidates become the best 20, each with the reasons for its score.
#include "claim.hpp"

#include <rankwise/rankwise.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <vector>

namespace rw = rankwise;

namespace {

double microseconds(auto const& run) {
  std::vector<double> times;
  for (int k = 0; k < 101; ++k) {
    auto const start = std::chrono::steady_clock::now();
    run();
    times.push_back(std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count());
  }
  std::nth_element(times.begin(), times.begin() + 50, times.end());
  return times[50];
}

} // namespace

int main() {
  //{ ranker
  constexpr auto relevance = rw::head::ordinal<"relevance", 3>{};
  constexpr auto click = rw::head::binary<"click">{};
  constexpr auto cart = rw::head::binary<"cart">{};
  constexpr auto purchase = rw::head::binary<"purchase">{};
  constexpr auto ranker = rw::ranker{
      rw::heads(relevance, click, cart, purchase),
      rw::weight<"relevance">(0.6) * expected_grade(relevance) + rw::weight<"click">(1) * probability(click) +
          rw::weight<"cart">(2) * (probability(click) * probability(cart)) +
          rw::weight<"purchase">(4) * (probability(click) * probability(cart) * probability(purchase))};
  //} ranker

  // Logits as a model would give them: a row per candidate, five columns.
  constexpr std::size_t candidates = 1000;
  std::vector<float> logits(candidates * ranker.columns);
  for (std::size_t k = 0; k < logits.size(); ++k) {
    logits[k] = static_cast<float>(6 * rw::random_uniform(7, k) - 4);
  }

  //{ serve
  auto const rows = rw::row_major(logits, ranker.columns);
  auto weights = ranker.weights(); // from the configuration of today
  weights.set<"purchase">(5);
  auto const page = ranker.top_k<20>(rows, rw::lists<>::single(candidates), weights);
  //} serve

  //{ explain
  for (std::size_t place = 0; place < 3; ++place) {
    std::size_t const item = page[0][place];
    std::printf("  %zu. candidate %zu, score %.3f:", place + 1, item, static_cast<double>(page.scores_of(0)[place]));
    rw::explanation const why = ranker.explain(rows, item, weights);
    for (auto const& term : why.terms) { // they add up to the score
      std::printf("  %s %.3f", term.what.substr(0, term.what.find(' ')).c_str(), term.value);
    }
    std::printf("\n");
  }
  //} explain

  std::vector<float> scores(candidates);
  ranker.score(rows, scores, weights);
  auto const same = rw::top_k<20>(scores, rw::lists<>::single(candidates));
  claim(std::equal(page[0].begin(), page[0].end(), same[0].begin(), same[0].end()), "the page that a sort would give");
  claim(page[0].size() == 20 && page.scores_of(0)[0] >= page.scores_of(0)[19], "twenty, best first");
  auto const why = ranker.explain(rows, page[0][0], weights);
  double sum = 0;
  for (auto const& term : why.terms) {
    sum += term.value;
  }
  claim(near(sum, why.score, 1e-12) && near(why.score, static_cast<double>(page.scores_of(0)[0]), 1e-5),
        "reasons add up to the score");

  double const top = microseconds([&] { (void)ranker.top_k<20>(rows, rw::lists<>::single(candidates), weights); });
  double const reasons = microseconds([&] {
    for (std::size_t const item : page[0]) {
      (void)ranker.explain(rows, item, weights);
    }
  });
  std::printf("  1,000 candidates to the best 20: %.1f microseconds; reasons for all 20: %.1f (medians of 101)\n", top,
              reasons);
  return broken_claims;
}
