// Trees of LightGBM's under losses and heads of this library.
#include "claim.hpp"

#include <rankwise/core/random.hpp>
#include <rankwise/engine/lightgbm.hpp>
#include <rankwise/engine/measure.hpp>
#include <rankwise/head/binary.hpp>
#include <rankwise/head/heads.hpp>
#include <rankwise/head/proportional_odds.hpp>
#include <rankwise/loss/lambda.hpp>
#include <rankwise/value/ranker.hpp>

#include <cstdio>
#include <vector>

namespace rw = rankwise;

namespace {

constexpr std::size_t items = 600;
constexpr std::size_t features = 3;

struct sample {
  std::vector<float> x = std::vector<float>(items * features);
  std::vector<int> grades = std::vector<int>(items);
  std::vector<float> clicked = std::vector<float>(items);

  explicit sample(std::uint64_t seed) {
    for (std::size_t i = 0; i < items * features; ++i) {
      x[i] = static_cast<float>(rw::random_uniform(seed, i));
    }
    for (std::size_t i = 0; i < items; ++i) {
      float const eta = 4 * x[i * features] - x[i * features + 1];
      grades[i] = eta < 0.8f ? 0 : eta < 2.2f ? 1 : 2;
      clicked[i] = x[i * features + 2] > 0.6f ? 1.0f : 0.0f;
    }
  }
};

void ranking() {
  sample const train(1), held_out(2);
  auto const lists = rw::lists<>::uniform(items / 20, 20);
  //{ train
  auto const x = rw::row_major(train.x, features);
  auto const x_held_out = rw::row_major(held_out.x, features);
  rw::lightgbm::data const rows(x);
  rw::lightgbm::data const others(x_held_out, {.like = &rows}); // the same bins
  rw::metric::ndcg<10> const ndcg;
  auto objective = rw::train::objective(rw::loss::lambda<rw::metric::ndcg<10>>{}, train.grades, lists);
  auto const model =
      rw::lightgbm::train(rows, objective,
                          {.rounds = 300,
                           .threads = 1,
                           .parameters = {{"num_leaves", "7"}, {"min_sum_hessian_in_leaf", "0.01"}},
                           .evaluations = {{"ndcg@10", &others, rw::engine::measure(ndcg, held_out.grades, lists)}},
                           .patience = 20});
  auto const z = model.logits(x_held_out); // one row per item, here with one column: the score
  double const quality = ndcg(z.column(0), held_out.grades, lists);
  //} train
  claim(quality > 0.9, "trees rank");
  claim(model.rounds() < 300, "it stops");
}

void heads() {
  sample const train(3);
  auto const x = rw::row_major(train.x, features);
  //{ heads
  constexpr auto relevance = rw::head::proportional_odds<"relevance", 3>{.cuts = rw::head::cuts<2>::at(-0.5, 0.5)};
  constexpr auto click = rw::head::binary<"click">{};
  auto objective = rw::train::joint(rw::train::objective(relevance, train.grades),
                                    rw::train::objective(click, train.clicked, {}, {.weight = 0.5}));
  auto const model = rw::lightgbm::train(rw::lightgbm::data(x), objective, {.rounds = 60, .threads = 1});

  auto const learnt = objective.get<0>().head(); // with the cut-points of the last round
  auto const ranker = rw::ranker{rw::heads(learnt, click), rw::weight<"relevance">(1) * expected_grade(learnt) +
                                                               rw::weight<"click">(0.5) * probability(click)};
  std::vector<float> scores(items);
  ranker.score(model.logits(x), scores);

  model.save("relevance_and_click.txt"); // LightGBM's own format; the cut-points follow on a line of their own
  auto const loaded = rw::lightgbm::model::load("relevance_and_click.txt");
  loaded.restore(objective);
  //} heads
  std::remove("relevance_and_click.txt");
  claim(rw::metric::ndcg<10>{}(scores, train.grades, rw::lists<>::single(items)) > 0.8, "the ranker ranks");
  claim(objective.get<0>().head().cuts.first == learnt.cuts.first, "saved and loaded");
}

} // namespace

int main() {
  ranking();
  heads();
  return broken_claims;
}
