#include <rankwise/backend/parallel.hpp>
#include <rankwise/sparse/inverted.hpp>

#include <doctest/doctest.h>

#include "support/allocations.hpp"
#include "support/random.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace rw = rankwise;
namespace sparse = rw::sparse;

namespace {

struct shop {
  std::vector<std::int32_t> words;
  std::vector<float> weights;
  std::vector<std::size_t> offsets{0};

  shop(std::uint64_t seed, std::size_t products, std::size_t longest, std::size_t vocabulary) {
    support::random r(seed);
    for (std::size_t p = 0; p < products; ++p) {
      std::vector<std::int32_t> bag;
      for (std::size_t k = r.below(longest + 1); k > 0; --k) {
        bag.push_back(static_cast<std::int32_t>(r.below(vocabulary)));
      }
      std::sort(bag.begin(), bag.end());
      bag.erase(std::unique(bag.begin(), bag.end()), bag.end());
      words.insert(words.end(), bag.begin(), bag.end());
      offsets.push_back(words.size());
    }
    weights = r.uniforms<float>(words.size(), -1, 1);
  }
  auto bags() const { return sparse::bags(words, weights, rw::lists(offsets)); }
};

} // namespace

TEST_CASE("inverted lists and the table of weights score as pairs of bags do") {
  shop const products(1, 500, 12, 90);
  shop const queries(2, 20, 9, 110); // with words that no product has
  sparse::inverted const index(products.bags());
  CHECK(index.products() == 500);
  for (std::size_t q = 0; q < 20; ++q) {
    CAPTURE(q);
    auto const query = queries.bags()[q];
    std::vector<float> by_list(500, 9), by_table(500, 9);
    index.scores(query, by_list);
    sparse::query_table(query, 110).scores(products.bags(), by_table);
    for (std::size_t p = 0; p < 500; ++p) {
      float const expected = sparse::score(query, products.bags()[p]);
      CHECK(by_list[p] == doctest::Approx(expected).epsilon(1e-5));
      CHECK(by_table[p] == doctest::Approx(expected).epsilon(1e-5));
    }
  }
}

TEST_CASE("any number of threads gives the same bits, without allocation on one") {
  shop const products(3, 100000, 6, 300);
  shop const queries(4, 1, 40, 300);
  auto const query = queries.bags()[0];
  sparse::inverted const index(products.bags());
  sparse::query_table const table(query, 300);
  std::vector<float> expected(100000), looked_up(100000);
  CHECK(support::allocations_of([&] { index.scores(query, expected); }) == 0);
  CHECK(support::allocations_of([&] { table.scores(products.bags(), looked_up); }) == 0);
  CHECK(*std::max_element(expected.begin(), expected.end()) > 0);
  for (int threads : {1, 2, 8}) {
    CAPTURE(threads);
    std::vector<float> out(100000);
    index.scores(rw::exec::parallel{.threads = threads}, query, out);
    CHECK(out == expected);
    table.scores(rw::exec::parallel{.threads = threads}, products.bags(), out);
    CHECK(out == looked_up);
  }
}

TEST_CASE("empty shops, empty queries, words outside of the vocabulary") {
  std::vector<float> out{9, 9};
  std::vector<int> const words{-1, 2, /**/ 0, 2147483647};
  std::vector<float> const weights{1, 2, 3, 4};
  sparse::bags const two(words, weights, rw::lists<>::uniform(2, 2));
  std::vector<int> const none;
  std::vector<float> const nothing;
  sparse::inverted(two).scores(sparse::as_bag(none, nothing), out);
  CHECK(out == std::vector<float>{0, 0});
  std::vector<int> const asked{2};
  std::vector<float> const weight{0.5f};
  sparse::query_table(sparse::as_bag(asked, weight), 3).scores(two, out);
  CHECK(out == std::vector<float>{1, 0});
  sparse::inverted(two).scores(sparse::as_bag(asked, weight), out);
  CHECK(out == std::vector<float>{1, 0});
  std::vector<float> empty;
  sparse::inverted(sparse::bags<int, float>{}).scores(sparse::as_bag(asked, weight), empty);
  rw::status s;
  sparse::query_table const failed(sparse::as_bag(asked, weight), 2, s);
  CHECK(s.code == rw::errc::out_of_range);
  failed.scores(two, out, s);
  CHECK(s.code == rw::errc::not_prepared);
  std::vector<float> three(3);
  sparse::inverted(two).scores(sparse::as_bag(asked, weight), three, s);
  CHECK(s.code == rw::errc::size_mismatch);
  std::vector<float> own{0.5f, 9};
  sparse::inverted(two).scores(sparse::as_bag(asked, std::span<float const>(own).first(1)), own, s);
  CHECK(s.code == rw::errc::aliasing);
  CHECK(own == std::vector<float>{0.5f, 9});
}

TEST_CASE("an output over the words of a query, or of the products, is refused") {
  std::vector<float> const weights{1, 2, 3, 4};
  std::vector<std::int32_t> const two_words{1, 2, 0, 1};
  rw::lists<> const two_lists = rw::lists<>::uniform(2, 2);
  sparse::bags const two(two_words, weights, two_lists);
  std::vector<std::int32_t> memory{0, 1, 2, 3}; // as words, and as numbers of the output
  auto const before = memory;
  std::span<std::int32_t> const out = std::span(memory).first(2);
  rw::status s;
  sparse::inverted(two).scores(sparse::as_bag(memory, weights), out, s);
  CHECK(s.code == rw::errc::aliasing);
  CHECK(memory == before);
  std::vector<std::int32_t> const asked{2};
  std::vector<float> const weight{0.5f};
  sparse::query_table const table(sparse::as_bag(asked, weight), 4);
  s = {};
  table.scores(rw::exec::simd{}, memory, weights, two_lists, out, s);
  CHECK(s.code == rw::errc::aliasing);
  CHECK(memory == before);
  s = {};
  table.scores(sparse::bags(memory, weights, two_lists), out, s);
  CHECK(s.code == rw::errc::aliasing);
  CHECK(memory == before);
}
