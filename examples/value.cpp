// Value models, page by page.
#include "claim.hpp"

#include <rankwise/head/binary.hpp>
#include <rankwise/head/ordinal.hpp>
#include <rankwise/value/ranker.hpp>

#include <cmath>
#include <type_traits>
#include <vector>

namespace rw = rankwise;

namespace {

double sigma(double z) {
  return 1 / (1 + std::exp(-z));
}

//{ expression
constexpr auto relevance = rw::head::ordinal<"relevance", 3>{};
constexpr auto click = rw::head::binary<"click">{};
constexpr auto purchase = rw::head::binary<"purchase">{};

constexpr auto value = rw::weight<"relevance">(0.6) * expected_grade(relevance) // a weight and a grade: a score
                       + rw::weight<"buy">(4) * probability(click) * probability(purchase) // a score too: they add up
                       + 0.01;                                                             // a constant offset
//} expression

void expression() {
  claim(std::is_same_v<rw::value::unit_of<decltype(value)>, rw::unit::score>, "the whole is a score");
}

void ranker() {
  //{ ranker
  constexpr auto ranker = rw::ranker{rw::heads(relevance, click, purchase), value};
  std::vector<double> const logits{2, 1, 0.5, -1, -1, -2, 1.5, 0.5}; // two items with four logits
  std::vector<double> scores(2), other(2);
  auto const z = rw::row_major(logits, ranker.columns);

  ranker.score(z, scores);         // with the initial weights
  auto weights = ranker.weights(); // a small value: one per request, if you like
  weights.set<"relevance">(0);     // a name that is not in the formula does not compile
  ranker.score(z, other, weights);
  ranker.score(rw::exec::scalar{}, z, other, weights, {}); // with an executor
  //} ranker
  auto const by_hand = [&](std::size_t i, double w) {
    double const* x = &logits[4 * i];
    double const p = sigma(x[0]);
    return w * (p + std::min(p, sigma(x[1]))) + 4 * sigma(x[2]) * sigma(x[3]) + 0.01;
  };
  std::printf("scores %.4f %.4f, without relevance %.4f %.4f\n", scores[0], scores[1], other[0], other[1]);
  claim(near(scores[0], by_hand(0, 0.6), 1e-12) && near(scores[1], by_hand(1, 0.6), 1e-12), "the formula");
  claim(near(other[0], by_hand(0, 0), 1e-12) && weights.get<"buy">() == 4, "other weights, the same ranker");
}

//{ unit
using rw::unit::grade;
using rw::unit::number;
using rw::unit::probability;
using rw::unit::score;
static_assert(std::is_same_v<rw::unit::product<probability, probability>, probability>);
static_assert(std::is_same_v<rw::unit::product<number, grade>, score>);
static_assert(std::is_same_v<rw::unit::sum<score, number>::type, score>);
static_assert(std::is_same_v<rw::unit::sum<probability, probability>::type, score>);
// rw::unit::sum<grade, probability>::type does not compile: weigh them first.
//} unit

} // namespace

int main() {
  expression();
  ranker();
  return broken_claims;
}
