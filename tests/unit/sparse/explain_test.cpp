#include <rankwise/sparse/explain.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace rw = rankwise;
namespace sparse = rw::sparse;

namespace {

// cotton 0, dress 1, red 2, skirt 3, summer 4
std::vector<int> const q_words{1, 2, 4}, p_words{0, 1, 2, 3};
std::vector<double> const q_weights{0.4, 0.5, 0.1}, p_weights{0.3, 0.9, 0.7, 0.6};

template <class W, class T>
bool holds(sparse::owned_bags<W, T> const& b, std::vector<W> const& words, std::vector<T> const& weights) {
  return std::vector<W>(b.words.begin(), b.words.end()) == words &&
         std::vector<T>(b.weights.begin(), b.weights.end()) == weights && b[0].count == words.size();
}

} // namespace

TEST_CASE("contributions come greatest first and add up to the score") {
  auto const q = sparse::as_bag(q_words, q_weights);
  auto const p = sparse::as_bag(p_words, p_weights);
  auto const why = sparse::explain(q, p);
  CHECK(why.size() == 2);
  CHECK(why[0] == sparse::contribution<int, double>{1, 0.4, 0.9, 0.4 * 0.9});
  CHECK(why[1] == sparse::contribution<int, double>{2, 0.5, 0.7, 0.5 * 0.7});
  CHECK(why[0].amount + why[1].amount == doctest::Approx(sparse::score(q, p)).epsilon(1e-15));
  std::vector<double> const negative{-0.9, 0.4, 0.9};
  std::vector<double> const ones{1, 1, 1};
  auto const signs = sparse::explain(sparse::as_bag(q_words, negative), sparse::as_bag(q_words, ones));
  CHECK(signs[0].word == 1); // |-0.9| = |0.9|: the earlier word
  CHECK(signs[1].word == 4);
  CHECK(signs[2].word == 2);
  std::vector<double> const broken{0.1, std::numeric_limits<double>::quiet_NaN(), 5};
  CHECK(sparse::explain(sparse::as_bag(q_words, broken), sparse::as_bag(q_words, ones))[0].word == 2);
  CHECK(sparse::explain(q, sparse::bag<int, double>{}).empty());
}

TEST_CASE("interventions set, add, boost, ban and are forgotten") {
  auto const q = sparse::as_bag(q_words, q_weights);
  sparse::interventions<int> table;
  CHECK(holds(table(q), q_words, q_weights));
  table.boost(2, 2).ban(4).add(3, 0.25).add(0, 1).add(9, 0.5).set(7, 8);
  CHECK(holds(table(q), {0, 1, 2, 3, 4, 9}, {1, 0.4, 1, 0.25, 0, 0.5}));
  table.add(1, 0.75).boost(2, 4); // words that are there; the last rule counts
  CHECK(holds(table(q), {0, 1, 2, 3, 4, 9}, {1, 0.75, 2, 0.25, 0, 0.5}));
  table.forget(0).forget(9).forget(3).forget(7).forget(8);
  CHECK(holds(table(q), {1, 2, 4}, {0.75, 2, 0}));
  CHECK(table.size() == 3);
  CHECK(holds(sparse::interventions<int>().add(5, 2)(sparse::bag<int, double>{}), {5}, {2}));
  // The score moves by what the table changed.
  auto const p = sparse::as_bag(p_words, p_weights);
  CHECK(sparse::score(sparse::interventions<int>().boost(2, 2)(q)[0], p) ==
        doctest::Approx(sparse::score(q, p) + 0.35).epsilon(1e-12));
}
