// Sparse features: ids, buckets, embedding bags; bags of words.
#include "claim.hpp"

#include <rankwise/sparse/explain.hpp>
#include <rankwise/sparse/features.hpp>
#include <rankwise/sparse/inverted.hpp>
#include <rankwise/sparse/ragged.hpp>
#include <rankwise/sparse/terms.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace rw = rankwise;
namespace sparse = rw::sparse;

namespace {

void hashes() {
  //{ hash
  std::string const text = "abc";
  std::uint64_t const h = sparse::hash_bytes(text.data(), text.size());
  std::uint64_t const pair = sparse::hash_pair(17, 4);
  //} hash
  claim(h == 0x44bc2cf5ad770999u && pair != sparse::hash_pair(4, 17), "XXH64");
}

void ids() {
  //{ id
  constexpr auto user = sparse::chain(sparse::hash_id{}, sparse::modulo{1'000'000}, sparse::table{3});
  std::uint64_t const row = user(std::uint64_t{42});
  sparse::multi_hash const several(100'000);
  std::uint64_t const second = several(42, 1);
  //} id
  claim(sparse::table::table_of(row) == 3 && second < 100'000, "hashed, folded, marked with its table");
}

void buckets() {
  //{ bucketise
  std::vector<float> const price{3, 10, 99, 250};
  std::vector<int> bucket(4);
  sparse::bucketise(price, std::vector<float>{10, 50, 100}, bucket);
  //} bucketise
  claim(bucket == std::vector<int>{0, 1, 2, 3}, "equal goes right");
}

void ragged() {
  //{ ragged
  std::vector<std::int64_t> const brand{1, 2, 3}, city{7, 8, 9};
  std::vector<int> const brands{0, 2, 3}, cities{0, 2, 3}; // two rows each
  auto const crossed = sparse::cross(brand, rw::lists(brands), city, rw::lists(cities));
  auto const recent = sparse::cut_off(crossed.rows(), 3, sparse::side::right);
  auto const different = sparse::unique(std::vector<int>{5, 9, 5, 5});
  //} ragged
  claim(crossed.ids.size() == 5 && recent.items.size() == 4 && different.ids.size() == 2 && different.reverse[3] == 0,
        "2 x 2 and 1 x 1 pairs; the last three of each row; 5 and 9");
}

void segments() {
  //{ segment
  std::vector<double> const embeddings{1, 2, 3, 4, 5, 6}; // three rows of two
  std::vector<int> const index{0, 2, 1, 1, 0};
  std::vector<double> const weights{1, .5, 2, 1, 3};
  std::vector<std::size_t> const offsets{0, 2, 5};
  rw::lists const bags(offsets);
  std::vector<double> out(4), gradient(6);
  sparse::reduce(sparse::mean{}, rw::row_major(embeddings, 2), index, bags, rw::row_major(out, 2),
                 {.weights = weights});
  sparse::inverse const ids(index, bags, 3); // once per batch
  sparse::reduce_backward(sparse::mean{}, rw::row_major(out, 2), ids, bags, rw::row_major(gradient, 2),
                          {.weights = weights});
  //} segment
  claim(out == std::vector<double>{1.75, 2.5, 4, 6}, "divided by the count, as published");
  claim(near(gradient[0], 1.75 * 0.5 + 4), "row 0 is in both segments");
}

void features() {
  //{ features
  std::vector<std::int64_t> const user{7, 8, 9};
  std::vector<float> const price{3, 30, 300}, table(50 * 8, 0.5f);
  std::vector<int> const clicks{4, 7, 9, 11};
  std::vector<std::size_t> const offsets{0, 1, 1, 4};
  sparse::boundaries<float> const edges(std::vector<float>{10, 100});
  std::vector<std::int32_t> user_id(3), price_id(3);
  std::vector<float> history(3 * 8);
  sparse::run_features(
      sparse::map_ids(sparse::chain(sparse::hash_id{}, sparse::modulo{1000}), user, user_id),
      sparse::map_buckets(edges, price, price_id),
      sparse::pool(sparse::sum{}, rw::row_major(table, 8), clicks, rw::lists(offsets), rw::row_major(history, 8)));
  //} features
  claim(price_id == std::vector<std::int32_t>{0, 1, 2} && history[0] == 0.5f && history[8] == 0 && history[16] == 1.5f,
        "one pass over all features");
}

void words() {
  //{ bag
  std::vector<int> const query_words{1, 2, 4}, product_words{0, 1, 2, 3}; // ascending
  std::vector<double> const query_weights{.4, .5, .1}, product_weights{.3, .9, .7, .6};
  auto const query = sparse::as_bag(query_words, query_weights);
  auto const product = sparse::as_bag(product_words, product_weights);
  double const score = sparse::score(query, product);
  //} bag
  claim(near(score, 0.71, 1e-12), "red .5 x .7, dress .4 x .9");
  //{ explain
  auto const why = sparse::explain(query, product); // greatest first
  auto const changed = sparse::interventions<int>().boost(2, 2).ban(1)(query);
  double const after = sparse::score(changed[0], product);
  //} explain
  claim(why.size() == 2 && why[0].word == 1 && near(why[0].amount, .36) && near(after, 0.7),
        "word 1 counts most; a table overrides what the model thinks");
}

void shop() {
  //{ inverted
  std::vector<int> const words{0, 3, /**/ 1, 3, /**/ 2};
  std::vector<float> const weights{1, .5f, 1, .25f, 1};
  std::vector<std::size_t> const offsets{0, 2, 4, 5};
  sparse::bags const products(words, weights, rw::lists(offsets));
  sparse::inverted const index(products); // once
  std::vector<int> const asked{1, 3};
  std::vector<float> const how_much{1, 2};
  std::vector<float> scores(3), same(3);
  index.scores(sparse::as_bag(asked, how_much), scores);
  sparse::query_table(sparse::as_bag(asked, how_much), /*vocabulary*/ 4).scores(products, same); // without an index
  //} inverted
  claim(scores == std::vector<float>{1, 1.5f, 0} && same == scores, "one query, all products");
}

void terms() {
  //{ terms
  std::vector<int> const words{0, 5, 8, 9, /**/ 5, 7};
  std::vector<float> const logits{2, 0, 1, -3, /**/ 0, 0};
  std::vector<std::size_t> const offsets{0, 4, 6};
  std::vector<float> weights(6), gradient(6);
  rw::map_lists(sparse::term_softmax{}, logits, rw::lists(offsets), weights);
  auto const kept = sparse::prune(weights, rw::lists(offsets), 2);
  double const cost = sparse::flops_penalty(words, weights, rw::lists(offsets), 10, gradient);
  //} terms
  claim(kept.items.size() == 4 && kept.items[1] == 2 && cost > 0, "words 0 and 8 of the first text stay");
}

} // namespace

int main() {
  hashes();
  ids();
  buckets();
  ragged();
  segments();
  features();
  words();
  shop();
  terms();
  return broken_claims;
}
