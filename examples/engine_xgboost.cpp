// Trees of XGBoost's under losses and heads of this library.
#include "claim.hpp"

#include <rankwise/engine/measure.hpp>
#include <rankwise/engine/xgboost.hpp>
#include <rankwise/engine/xgboost_file.hpp>
#include <rankwise/exec/simd.hpp>
#include <rankwise/head/binary.hpp>
#include <rankwise/head/heads.hpp>
#include <rankwise/head/proportional_odds.hpp>
#include <rankwise/loss/softmax.hpp>
#include <rankwise/metric/ndcg.hpp>
#include <rankwise/simulate/click_model.hpp>
#include <rankwise/value/ranker.hpp>

#include <cmath>
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
  rw::xgboost::data const rows(rw::row_major(train.x, features));
  auto objective = rw::train::objective(rw::loss::softmax{}, train.grades, lists);
  auto const model =
      rw::xgboost::train(rows, objective, {.rounds = 50, .threads = 1, .parameters = {{"max_depth", "3"}}});

  rw::xgboost::data const others(rw::row_major(held_out.x, features));
  auto const z = model.logits(others); // one row per item, here with one column: the score
  double const quality = rw::metric::ndcg<10>{}(z.column(0), held_out.grades, lists);
  //} train
  claim(quality > 0.9, "trees rank");

  //{ stop
  auto const measure = rw::engine::measure(rw::metric::ndcg<10>{}, held_out.grades, lists);
  auto const stopped = rw::xgboost::train(rows, objective,
                                          {.rounds = 500,
                                           .threads = 1,
                                           .evaluations = {{"ndcg@10", &others, measure}},
                                           .patience = 20, // rounds without a better value
                                           .on_round = [](rw::xgboost::progress const& p) {
                                             return p.round < 500; // or draw a progress bar; false ends the training
                                           }});
  //} stop
  claim(stopped.rounds() < 500, "it stops");
}

void heads() {
  sample const train(3);
  //{ heads
  constexpr auto relevance = rw::head::proportional_odds<"relevance", 3>{.cuts = rw::head::cuts<2>::at(-0.5, 0.5)};
  constexpr auto click = rw::head::binary<"click">{};
  auto objective = rw::train::joint(rw::train::objective(relevance, train.grades),
                                    rw::train::objective(click, train.clicked, {}, {.weight = 0.5}));
  rw::xgboost::data const rows(rw::row_major(train.x, features));
  auto const model = rw::xgboost::train(rows, objective, {.rounds = 60, .threads = 1}); // one tree per logit and round

  auto const learnt = objective.get<0>().head(); // with the cut-points of the last round
  auto const ranker = rw::ranker{rw::heads(learnt, click), rw::weight<"relevance">(1) * expected_grade(learnt) +
                                                               rw::weight<"click">(0.5) * probability(click)};
  std::vector<float> scores(items);
  ranker.score(model.logits(rows), scores);
  //} heads
  claim(rw::metric::ndcg<10>{}(scores, train.grades, rw::lists<>::single(items)) > 0.8, "the ranker ranks");

  //{ save
  model.save("relevance_and_click.json"); // trees, cut-points, number of rounds
  auto const loaded = rw::xgboost::model::load("relevance_and_click.json");
  loaded.restore(objective); // the cut-points go back into the objective's heads
  //} save
  //{ forest
  rw::train::forest forest; // answers without XGBoost, as a service does
  rw::xgboost::read_forest("relevance_and_click.json", forest);
  std::vector<float> logits(items * ranker.columns);
  forest.logits(rw::row_major(train.x, features), rw::row_major(logits, ranker.columns));
  //} forest
  std::remove("relevance_and_click.json");
  auto const said = model.logits(rows);
  bool same = true;
  for (std::size_t k = 0; k < logits.size(); ++k) {
    same = same && logits[k] == said(k / ranker.columns, k % ranker.columns);
  }
  claim(same, "a forest has the same bits");
  claim(objective.get<0>().head().cuts.first == learnt.cuts.first, "saved and loaded");
}

void refine() {
  //{ refine
  auto relevance = rw::head::proportional_odds<"relevance", 3>{.cuts = rw::head::cuts<2>::at(-3, 3)};
  std::vector<float> const eta{-1.2f, 0.3f, 0.9f, -0.4f, 2.0f, 0.1f};
  std::vector<int> const grades{0, 1, 2, 1, 2, 0};
  auto const data = relevance.prepare(grades);
  std::vector<float> by_logit(eta.size());
  for (int round = 0; round < 5; ++round) {
    rw::head::refine_parameters(relevance, eta, data, by_logit); // a step of Newton's; the logits stay
  }
  //} refine
  auto const b = relevance.cuts.values();
  claim(b[0] > -1.5 && b[1] < 1.5, "the cut-points move to the grades");
}

void clicks() {
  //{ clicks
  constexpr auto visitors = rw::simulate::position_based{.severity = 0.8};
  std::vector<double> const attraction{0.6, 0.3, 0.8, 0.1}; // by rank: clicked once it has been looked at
  std::vector<int> count(4);
  for (std::size_t visit = 0; visit < 1000; ++visit) {
    visitors.visit(
        4, [&](std::size_t rank) { return attraction[rank]; }, rw::simulate::visit_random(7, 0, visit),
        [&](std::size_t rank) { ++count[rank]; });
  }
  double const expected = 1000 * visitors.examination(2) * attraction[2];
  //} clicks
  claim(std::abs(count[2] - expected) < 60, "clicks are examination times attraction");
}

} // namespace

int main() {
  ranking();
  heads();
  refine();
  clicks();
  return broken_claims;
}
