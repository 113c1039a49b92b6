// Value models, page by page.

#include "claim.hpp"

#include <rankwise/head/binary.hpp>
#include <rankwise/head/input.hpp>
#include <rankwise/head/ordinal.hpp>
#include <rankwise/loss/softmax.hpp>
#include <rankwise/value/combine.hpp>
#include <rankwise/value/contributions.hpp>
#include <rankwise/value/explain.hpp>
#include <rankwise/value/gate.hpp>
#include <rankwise/value/print.hpp>
#include <rankwise/value/ranker.hpp>

#include <cmath>
#include <string>
#include <type_traits>
#include <vector>

namespace rw = rankwise;

namespace {

double sigma(double z) {
  return 1 / (1 + std::exp(-z));
}

//{ arithmetic
constexpr auto relevance = rw::head::ordinal<"relevance", 3>{};
constexpr auto click = rw::head::binary<"click">{};
constexpr auto purchase = rw::head::binary<"purchase">{};

constexpr auto value = rw::weight<"relevance">(0.6) * expected_grade(relevance) // a weight and a grade: a score
                       + rw::weight<"buy">(4) * probability(click) * probability(purchase) // a score too: they add up
                       + 0.01;                                                             // a constant offset
//} arithmetic

void arithmetic() {
  claim(std::is_same_v<rw::value::unit_of<decltype(value)>, rw::unit::score>, "the whole is a score");
}

void quantity() {
  //{ quantity
  constexpr auto price = rw::head::input<"price">{}; // a column that no model made
  constexpr auto gain = probability(click) * pow(feature(price), rw::weight<"elasticity">(0.5));
  constexpr auto capped = min(expected_grade(relevance), 1.5); // a bound may be a plain number
  constexpr auto odds = rw::weight<"z">(0.1) * logit(click);
  constexpr auto ranker = rw::ranker{rw::heads(relevance, click, price), capped * 0.5 + gain + odds};
  //} quantity
  std::vector<double> const rows{2, 1, 0.5, 49}; // two logits of relevance, one of click, the price
  std::vector<double> score(1);
  ranker.score(rw::row_major(rows, ranker.columns), score);
  double const grade = sigma(2) + sigma(1);
  claim(near(score[0], 0.5 * std::min(grade, 1.5) + sigma(0.5) * 7 + 0.05, 1e-12),
        "0.5 min(E, 1.5) + P sqrt(49) + z/10");
}

void combine() {
  //{ combine
  constexpr auto product =
      rw::log_linear(rw::weight<"a">(1), probability(click), rw::weight<"b">(0.5), probability(purchase));
  constexpr auto mean = rw::power_mean(-1.0, 1, probability(click), 1, probability(purchase)); // harmonic
  constexpr auto sum = rw::weighted_sum(0.6, expected_grade(relevance), 0.4, probability(click));
  constexpr auto ranker = rw::ranker{rw::heads(relevance, click, purchase), product + mean + sum};
  //} combine
  std::vector<double> const rows{2, 1, 0.5, -1};
  std::vector<double> score(1);
  ranker.score(rw::row_major(rows, ranker.columns), score);
  double const p = sigma(0.5), q = sigma(-1), e = sigma(2) + sigma(1);
  claim(near(score[0], p * std::sqrt(q) + 2 / (1 / p + 1 / q) + 0.6 * e + 0.4 * p, 1e-12),
        "p sqrt(q), harmonic mean, sum");
}

void gate() {
  //{ gate
  constexpr auto grade = expected_grade(relevance);
  constexpr auto engagement = 4 * probability(click) * probability(purchase);
  constexpr auto hard = gate(grade, 0.7, engagement);            // nothing below 0.7
  constexpr auto soft = soft_gate(grade, 0.7, 10.0, engagement); // closes smoothly
  constexpr auto tiers = bands(grade, {0.7, 1.4}, engagement);   // tier first, engagement inside a tier
  constexpr auto capped = cap(engagement, 0.5);
  //} gate
  std::vector<double> const rows{2, 1, 0.5, 1.5, -1, -2, 0.5, 1.5}; // the second item is hardly relevant
  auto const score = [&](auto const& model) {
    constexpr auto heads = rw::heads(relevance, click, purchase);
    std::vector<double> s(2);
    rw::ranker{heads, model}.score(rw::row_major(rows, heads.columns), s);
    return s;
  };
  double const e = 4 * sigma(0.5) * sigma(1.5);
  claim(near(score(hard)[0], e, 1e-12) && score(hard)[1] == 0, "the gate is open, and shut");
  claim(near(score(soft)[1], e * sigma(10 * (sigma(-1) + sigma(-2) - 0.7)), 1e-12),
        "engagement times sigma(10 (E - 0.7))");
  claim(score(tiers)[0] > 2 && score(tiers)[1] < 1 && near(score(capped)[0], 0.5, 1e-12), "tiers 2 and 0; the cap");
}

void print() {
  //{ print
  constexpr auto ranker = rw::ranker{rw::heads(relevance, click, purchase), value};
  std::string const text = to_text(ranker);   // one line, in the spelling of the expression
  std::string const latex = to_latex(ranker); // for a report
  std::string const graph = to_dot(ranker);   // for Graphviz
  //} print
  std::printf("%s\n%s\n", text.c_str(), latex.c_str());
  claim(text.find("relevance") != text.npos && latex.find("click") != latex.npos, "names are written out");
  claim(graph.find("digraph") != graph.npos, "a graph for Graphviz");
}

void explain() {
  //{ explain
  constexpr auto ranker = rw::ranker{rw::heads(relevance, click, purchase), value};
  std::vector<double> const logits{2, 1, 0.5, -1, -1, -2, 1.5, 0.5};
  rw::explanation const why = ranker.explain(rw::row_major(logits, ranker.columns), 0); // item 0
  std::printf("%s", to_text(why).c_str());
  //} explain
  double terms = 0, leaves = why.baseline;
  for (auto const& t : why.terms) {
    terms += t.value;
  }
  for (auto const& l : why.leaves) {
    leaves += l.contribution;
  }
  std::vector<double> scores(2);
  ranker.score(rw::row_major(logits, ranker.columns), scores);
  claim(near(terms, scores[0], 1e-12), "the terms add up to the score");
  claim(near(leaves, scores[0], 1e-12), "the baseline and the contributions of the leaves do, too");
}

void contributions() {
  //{ contributions
  constexpr auto ranker = rw::ranker{rw::heads(relevance, click, purchase), value};
  constexpr auto why = rw::contributions(ranker); // a ranker, with an output for every quantity in the value model
  std::vector<float> const logits{2, 1, 0.5, -1, -1, -2, 1.5, 0.5};
  std::vector<float> table(2 * why.outputs);
  why.score(rw::row_major(logits, why.columns), rw::row_major(table, why.outputs)); // all items, in one pass
  std::vector<std::string> const names =
      rw::contribution_names(why); // of the columns: "expected_grade(relevance)", ...
  //} contributions
  claim(names.size() == why.outputs, "a name for every column");
  std::vector<float> const nothing(why.columns);
  std::vector<float> scores(2), at_baseline(1);
  ranker.score(rw::row_major(logits, why.columns), scores);
  ranker.score(rw::row_major(nothing, why.columns), at_baseline);
  for (std::size_t i = 0; i < 2; ++i) {
    double sum = at_baseline[0];
    for (std::size_t k = 0; k < why.outputs; ++k) {
      sum += table[i * why.outputs + k];
    }
    claim(near(sum, scores[i], 1e-6), "the baseline and the contributions add up to the score");
  }
}

void gradient() {
  //{ gradient
  constexpr auto ranker = rw::ranker{rw::heads(relevance, click, purchase), value};
  std::vector<double> const logits{2, 1, 0.5, -1, -1, -2, 1.5, 0.5};
  std::vector<double> const labels{1, 0};
  std::vector<double> scores(2), by_score(2), by_logit(8);
  auto const z = rw::row_major(logits, ranker.columns);
  auto const weights = ranker.weights();

  ranker.score(z, scores, weights);
  rw::loss::softmax{}.gradient(scores, labels, rw::lists<>::single(2), by_score);
  auto const by_weight = ranker.gradient(z, by_score, rw::row_major(by_logit, ranker.columns), weights);
  double const slope = by_weight.get<"relevance">(); // of the loss, by the weight
  //} gradient
  auto const loss_at = [&](double w) {
    auto moved = weights;
    moved.set<"relevance">(w);
    ranker.score(z, scores, moved);
    return rw::loss::softmax{}.value(scores, labels, rw::lists<>::single(2));
  };
  double const difference = (loss_at(0.6 + 1e-5) - loss_at(0.6 - 1e-5)) / 2e-5;
  std::printf("slope %.8f, finite difference %.8f\n", slope, difference);
  claim(near(slope, difference, 1e-8), "the derivative by a weight is the finite difference");
}

void weights() {
  //{ weights
  constexpr auto ranker = rw::ranker{rw::heads(relevance, click, purchase), value};
  auto w = ranker.weights();       // initial values
  w.set<"buy">(5);                 // by name: a misspelt one does not compile
  w[w.slot<"relevance">()] = 0.25; // or by slot, in the order in which the model first uses them
  for (std::size_t i = 0; i < w.size(); ++i) {
    std::printf("%s = %g\n", w.name_of(i), w[i]);
  }
  //} weights
  claim(w.get<"relevance">() == 0.25 && w.size() == 2, "two weights, both changed");
}

void input() {
  //{ input
  constexpr auto age = rw::head::input<"age">{};                      // a plain number
  constexpr auto wait = rw::head::input<"wait", rw::unit::seconds>{}; // or with a unit
  constexpr auto fresh =
      rw::ranker{rw::heads(age, wait), exp(-0.1 * feature(age)) + rw::weight<"w">(-1) * feature(wait)};
  std::vector<float> const ages{0, 10}, waits{0.5f, 0.25f};
  std::vector<float> scores(2);
  fresh.score(rw::columns(rw::named<"age">(ages), rw::named<"wait">(waits)), scores);
  //} input
  claim(near(static_cast<double>(scores[1]), std::exp(-1.0) - 0.25, 1e-6), "e^-1 - 0.25");
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

  constexpr auto quick = fast(ranker); // the same model with the fast functions of math/
  quick.score(z, other, weights);
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
static_assert(std::is_same_v<rw::unit::sum<probability, probability>::type, rw::unit::total<probability>>);
// rw::unit::sum<grade, probability>::type does not compile: weigh them first.
//} unit

} // namespace

int main() {
  arithmetic();
  quantity();
  combine();
  gate();
  print();
  explain();
  contributions();
  gradient();
  weights();
  input();
  ranker();
  return broken_claims;
}
