// Choosing the weights of a value model: the trade-off curve, floors, and experiments with simulated visitors.
#include "claim.hpp"

#include <rankwise/head/input.hpp>
#include <rankwise/loss/softmax.hpp>
#include <rankwise/metric/ndcg.hpp>
#include <rankwise/simulate/experiment.hpp>
#include <rankwise/train/sweep.hpp>
#include <rankwise/train/tune.hpp>

#include <vector>

namespace rw = rankwise;

int main() {
  // Queries of six items: a relevance with noise, and an affinity that sells but runs against it.
  std::vector<float> rows, grades, bought;
  for (std::size_t i = 0; i < 1200; ++i) {
    auto const noise = [i](std::uint64_t stream) { return static_cast<float>(rw::random_uniform(1, i, stream)); };
    grades.push_back(static_cast<float>(i % 3));
    rows.push_back(grades[i] + noise(1));
    rows.push_back(2 * noise(2) - 0.5f * grades[i]);
    bought.push_back(rows[2 * i + 1] + 0.4f * noise(3) > 1 ? 1.f : 0.f);
  }
  auto const queries = rw::lists<>::uniform(200, 6);
  auto const table = rw::row_major(rows, 2);
  constexpr auto relevance = rw::head::input<"relevance">{};
  constexpr auto affinity = rw::head::input<"affinity">{};
  constexpr auto ranker =
      rw::ranker{rw::heads(relevance, affinity),
                 rw::weight<"relevance">(0.0) * feature(relevance) + rw::weight<"affinity">(1.0) * feature(affinity)};
  constexpr auto ndcg = rw::metric::ndcg<10>{};

  //{ sweep
  std::vector<double> const weights{0, 0.25, 0.5, 1, 2, 4};
  std::vector<double> relevant, converted;
  rw::train::sweep<"relevance">(ranker, table, ranker.weights(), weights, [&](double, auto const& scores) {
    relevant.push_back(ndcg(scores, grades, queries));
    converted.push_back(ndcg(scores, bought, queries));
  });
  auto const front = rw::train::pareto_front(relevant, converted); // numbers of the points that no other one beats
  //} sweep
  claim(front.size() == 6, "here every weight is a trade-off of its own");

  //{ tune
  constexpr auto loss = rw::loss::softmax{.temperature = 8};
  double const floor = 0.9 * converted[0]; // at least nine tenths of the conversion of today
  auto const found =
      rw::train::tune<"relevance">(ranker, table, queries, ranker.weights(), rw::train::aim(ndcg, loss, grades),
                                   rw::train::aim(ndcg, loss, bought, floor));
  //} tune
  std::printf("  weight %.3f: relevance %.4f, conversion %.4f, floor %.4f\n", found.weights.get<"relevance">(),
              found.goal, found.kept[0], floor);
  claim(found.feasible && found.kept[0] >= floor && found.goal > relevant[1], "better than the grid, and allowed");

  std::vector<float> before(1200), after(1200);
  ranker.score(table, before);
  ranker.score(table, after, found.weights);
  //{ experiment
  constexpr auto visitors = rw::simulate::position_based{.severity = 0.7};
  auto const attraction = [&](std::size_t item) { return 0.1 + 0.3 * grades[item]; }; // clicked once looked at
  auto const click = [](std::size_t, rw::simulate::visit_random const&, std::size_t) { return 1; };
  auto const split = rw::simulate::split_test(visitors, before, after, queries, 4, attraction, click, {.visits = 20});
  auto const drafted =
      rw::simulate::interleaving_test(visitors, before, after, queries, 4, attraction, click, {.visits = 20});
  //} experiment
  std::printf("  clicks per visit %.3f and %.3f (p %.2g); interleaving: %zu visits for the old, %zu for the new\n",
              split.mean_a, split.mean_b, split.outcome.p_value, drafted.wins_a, drafted.wins_b);
  claim(split.outcome.difference > 0 && split.outcome.p_value < 0.01, "a split test shows it");
  claim(drafted.credit.difference > 0 && drafted.credit.p_value < 1e-6, "interleaving shows it more clearly");
  return broken_claims;
}
