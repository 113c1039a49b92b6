// Derivatives in the shape of CatBoost's custom objectives; measures; an engine of one's own.
#include "claim.hpp"

#include <rankwise/engine/catboost.hpp>
#include <rankwise/engine/measure.hpp>
#include <rankwise/engine/rounds.hpp>
#include <rankwise/head/binary.hpp>
#include <rankwise/head/heads.hpp>
#include <rankwise/head/ordinal.hpp>
#include <rankwise/head/proportional_odds.hpp>
#include <rankwise/loss/softmax.hpp>
#include <rankwise/metric/ndcg.hpp>
#include <rankwise/value/ranker.hpp>

#include <cmath>
#include <vector>

namespace rw = rankwise;

namespace {

void range() {
  //{ range
  constexpr auto click = rw::head::binary<"click">{};
  std::vector<double> const approxes{0.4, -1.2, 0.1};
  std::vector<float> const targets{1, 0, 1}, weights{1, 1, 0.5f};
  std::vector<double> der1(3), der2(3);
  rw::catboost::calc_ders_range(click, approxes, targets, weights, der1, der2); // list(zip(der1, der2)) in Python
  //} range
  claim(der1[0] > 0 && der1[1] < 0 && der2[0] < 0, "CatBoost climbs");
}

void multi() {
  //{ multi
  constexpr auto relevance = rw::head::ordinal<"relevance", 3>{};
  std::vector<double> const approxes{0.4, -1.2}; // of one item
  std::vector<double> der1(2), der2(4);          // der2 row by row
  rw::catboost::calc_ders_multi(relevance, approxes, 1, 1.0, der1, der2);
  //} multi
  claim(der2[1] == 0 && der2[2] == 0 && der2[0] < 0, "a diagonal");
}

//{ engine
// The engine of this page has no trees: one number per item and output, moved along the Newton step.
struct table {
  static constexpr rw::layout order = rw::layout::row_major;
  std::size_t outputs = 1;
  std::vector<float> z;
  float rate = 0.1f;
  rw::head::alone together{}; // no other workers

  bool ready() const { return true; }
  void learning_rate(double x) { rate = static_cast<float>(x); }
  rw::engine::logits logits() const { return rw::row_major(z.data(), z.size() / outputs, outputs); }
  rw::engine::logits logits(std::vector<float> const& others) const {
    return rw::row_major(others.data(), others.size() / outputs, outputs);
  }
  bool grow(float const* gradient, float const* hessian, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      z[i] -= rate * gradient[i] / (1 + hessian[i]);
    }
    return true; // false: nothing more to learn
  }
};
//} engine

void own_engine() {
  auto const lists = rw::lists<>::uniform(2, 4);
  std::vector<int> const grades{0, 2, 1, 0, 1, 0, 0, 2};
  //{ rounds
  auto objective = rw::train::objective(rw::loss::softmax{}, grades, lists);
  table engine{1, std::vector<float>(8)};
  rw::engine::train_options<std::vector<float>> const options{
      .rounds = 30, .learning_rate_at = [](std::size_t round) { return 1 / std::sqrt(static_cast<double>(round)); }};
  rw::engine::run_rounds(engine, objective, options);
  //} rounds
  claim(rw::metric::ndcg<10>{}(engine.z, grades, lists) == 1, "it learns by heart");
}

void measures() {
  auto const lists = rw::lists<>::uniform(2, 2);
  std::vector<int> const grades{0, 2, 1, 0}, clicked{0, 1, 1, 0};
  std::vector<float> const outputs{0.2f, 1, 0.9f, -1, 0.5f, 0, -0.3f, 0.4f};
  //{ measure
  constexpr auto relevance = rw::head::proportional_odds<"relevance", 3>{.cuts = rw::head::cuts<2>::at(-0.5, 0.5)};
  constexpr auto click = rw::head::binary<"click">{};
  auto const ranker = rw::ranker{rw::heads(relevance, click), rw::weight<"relevance">(1) * expected_grade(relevance) +
                                                                  rw::weight<"click">(0.5) * probability(click)};
  auto learning = rw::train::joint(rw::train::objective(relevance, grades), rw::train::objective(click, clicked));
  auto held_out = learning; // in earnest: of other items

  auto const of_a_column = rw::engine::measure(rw::metric::ndcg<10>{}, clicked, lists, {}, 1); // the click logit
  auto const of_the_value = rw::engine::measure(ranker, rw::metric::ndcg<10>{}, grades, lists);
  auto const of_the_loss = rw::engine::measure_loss(held_out, learning); // .smaller_is_better = true
  //} measure
  auto const z = rw::row_major(outputs.data(), 4, 2);
  claim(of_a_column(z) > 0 && of_a_column(z) < 1, "one click is misplaced");
  claim(of_the_value(z) > 0.9, "the value model ranks");
  claim(of_the_loss(z) > 0, "a loss");
}

} // namespace

int main() {
  range();
  multi();
  own_engine();
  measures();
  return broken_claims;
}
