#include <rankwise/sparse/bag.hpp>

#include <doctest/doctest.h>

#include "support/random.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <vector>

namespace rw = rankwise;
namespace sparse = rw::sparse;

namespace {

std::vector<int> words_of(support::random& r, std::size_t count, std::size_t vocabulary) {
  std::vector<int> words;
  while (words.size() < count) {
    words.push_back(static_cast<int>(r.below(vocabulary)) - 50); // negative ones, too
    std::sort(words.begin(), words.end());
    words.erase(std::unique(words.begin(), words.end()), words.end());
  }
  return words;
}

} // namespace

TEST_CASE_TEMPLATE("red summer dress", T, float, double) {
  // cotton 0, dress 1, red 2, skirt 3, summer 4
  std::vector<int> const q_words{1, 2, 4}, p_words{0, 1, 2, 3};
  std::vector<T> const q{T(0.4), T(0.5), T(0.1)}, p{T(0.3), T(0.9), T(0.7), T(0.6)};
  CHECK(sparse::score(sparse::as_bag(q_words, q), sparse::as_bag(p_words, p)) ==
        doctest::Approx(0.71).epsilon(std::is_same_v<T, float> ? 1e-6 : 1e-12));
}

TEST_CASE("merging and galloping find the words in both, in order, whatever the sizes") {
  support::random r(3);
  for (std::size_t few : {0u, 1u, 2u, 9u, 40u}) {
    for (std::size_t many : {0u, 1u, 3u, 40u, 700u}) {
      CAPTURE(few);
      CAPTURE(many);
      auto const a = words_of(r, few, 900);
      auto const b = words_of(r, many, 900);
      std::vector<double> const wa = r.uniforms<double>(few, 0, 1), wb = r.uniforms<double>(many, 0, 1);
      std::vector<int> both;
      std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
      double expected = 0;
      for (int const w : both) {
        expected += wa[static_cast<std::size_t>(std::find(a.begin(), a.end(), w) - a.begin())] *
                    wb[static_cast<std::size_t>(std::find(b.begin(), b.end(), w) - b.begin())];
      }
      auto const x = sparse::as_bag(a, wa);
      auto const y = sparse::as_bag(b, wb);
      std::vector<int> merged, galloped, back;
      sparse::match_by_merging(x, y, [&](std::size_t i, std::size_t j) {
        CHECK(a[i] == b[j]);
        merged.push_back(a[i]);
      });
      sparse::match_by_galloping(x, y, [&](std::size_t i, std::size_t j) {
        CHECK(a[i] == b[j]);
        galloped.push_back(a[i]);
      });
      sparse::match_by_galloping(y, x, [&](std::size_t j, std::size_t) { back.push_back(b[j]); });
      CHECK(merged == both);
      CHECK(galloped == both);
      CHECK(back == both);
      CHECK(sparse::score(x, y) == doctest::Approx(expected).epsilon(1e-12));
      CHECK(sparse::score(x, y) == sparse::score(y, x));
    }
  }
}

TEST_CASE("bags are checked when they are made") {
  std::vector<int> const words{1, 2, 2, 0, 5};
  std::vector<float> const weights(5, 1.0f);
  std::vector<int> const fine{0, 2, 3, 5}, repeated{0, 3, 5}, descending{0, 2, 5};
  rw::status s;
  CHECK(sparse::bags(words, weights, rw::lists(fine), s).size() == 3);
  CHECK(s.ok());
  CHECK(sparse::bags(words, weights, rw::lists(repeated), s).size() == 0);
  CHECK(s.code == rw::errc::not_ascending);
  CHECK(s.where == 2);
  CHECK(sparse::bags(words, weights, rw::lists(descending), s).size() == 0);
  CHECK(s.where == 3);
  CHECK(sparse::bags(words, std::vector<float>(4), rw::lists(fine), s).size() == 0);
  CHECK(s.code == rw::errc::offsets_overrun);
  CHECK(sparse::as_bag(std::vector<int>{2, 1}, std::vector<float>{1, 1}, s).count == 0);
}

TEST_CASE("canonical bags: sorted, repeated words added up") {
  std::vector<std::int64_t> const words{3, 1, 3, std::numeric_limits<std::int64_t>::min(), /**/ 7, 7};
  std::vector<double> const weights{1, 2, 4, 8, 16, 32};
  std::vector<int> const offsets{0, 4, 4, 6};
  auto const c = sparse::canonical(words, weights, rw::lists(offsets));
  CHECK(std::vector<std::size_t>(c.offsets.begin(), c.offsets.end()) == std::vector<std::size_t>{0, 3, 3, 4});
  CHECK(std::vector<std::int64_t>(c.words.begin(), c.words.end()) ==
        std::vector<std::int64_t>{std::numeric_limits<std::int64_t>::min(), 1, 3, 7});
  CHECK(std::vector<double>(c.weights.begin(), c.weights.end()) == std::vector<double>{8, 2, 5, 48});
  CHECK(c.view().size() == 3);
  CHECK(c[1].count == 0);
}
