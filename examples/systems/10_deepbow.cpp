// DeepBoW (Taobao, arXiv 2407.09395): bags of weighted words. That words in both add up is the paper's, that their
// weights are multiplied ours.
#include "golden.hpp"

#include <rankwise/sparse/explain.hpp>
#include <rankwise/sparse/id.hpp>
#include <rankwise/sparse/inverted.hpp>
#include <rankwise/sparse/terms.hpp>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace rw = rankwise;
namespace sparse = rw::sparse;

namespace {

template <class T>
auto bag_of(std::initializer_list<std::pair<char const*, T>> text) {
  std::vector<std::uint64_t> words;
  numbers<T> weights;
  for (auto const& [word, weight] : text) {
    words.push_back(sparse::hash_text{}(word));
    weights.push_back(weight);
  }
  return sparse::canonical(words, weights, rw::lists<>::single(words.size()));
}

} // namespace

template <class T>
void worked() {
  auto const query = bag_of<T>({{"red", .5}, {"dress", .4}, {"summer", .1}});
  auto const product = bag_of<T>({{"dress", .9}, {"skirt", .6}, {"red", .7}, {"cotton", .3}});
  golden("score", sparse::score(query[0], product[0]), 0.71);

  // Why.
  auto const why = sparse::explain(query[0], product[0]);
  for (auto const& c : why) {
    std::printf("      %-6s %.2f x %.2f = %.2f\n", c.word == sparse::hash_text{}("red") ? "red" : "dress", c.query,
                c.product, c.amount);
  }
  golden("the words' amounts add up", why[0].amount + why[1].amount, 0.71);

  // What people change.
  sparse::interventions<std::uint64_t> table;
  table.boost(sparse::hash_text{}("red"), 2).ban(sparse::hash_text{}("dress")).add(sparse::hash_text{}("cotton"), .5);
  golden("red doubled, dress banned, cotton asked for", sparse::score(table(query[0])[0], product[0]),
         1.0 * .7 + .5 * .3);

  // One query, many products.
  std::vector<int> const words{0, 1, 3, /**/ 1, 2, /**/ 4};
  numbers<T> const weights{.3, .9, .6, .8, .7, 1};
  std::vector<std::size_t> const offsets{0, 3, 5, 6};
  sparse::bags const shop(words, weights, rw::lists(offsets));
  std::vector<int> const asked{1, 2};
  numbers<T> const amounts{.4, .5};
  numbers<T> scores(3);
  sparse::inverted const index(shop);
  index.scores(sparse::as_bag(asked, amounts), scores);
  golden("first product", scores[0], .36);
  golden("second product", scores[1], .4 * .8 + .5 * .7);
  golden("third product", scores[2], 0);

  // Where weights come from, and what keeps bags short.
  numbers<T> const logits{0, 0, 1, /**/ 2, 2, /**/ 5};
  numbers<T> softmax(6), g(6);
  rw::map_lists(sparse::term_softmax{}, logits, rw::lists(offsets), softmax);
  golden("softmax weight of one word among two alike", softmax[3], 0.5);
  claim(sparse::prune(softmax, rw::lists(offsets), 1).items.size() == 3, "the best word of each");
  golden("L1 of weights that add up to 1", sparse::l1_penalty(softmax, rw::lists(offsets), g), 1);
  numbers<T> slope(2);
  golden("FLOPS of two bags with one word each, the same",
         sparse::flops_penalty(std::vector<int>{0, 0}, numbers<T>{1, -3}, rw::lists<>::uniform(2, 1), 1, slope), 4);
}

int main() {
  return in_double_and_float([](auto t) { worked<decltype(t)>(); });
}
