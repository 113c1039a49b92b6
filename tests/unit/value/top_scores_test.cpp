#include "support.hpp"

#include <rankwise/rank/top_k.hpp>

#include <support/random.hpp>

#include <limits>

namespace top_scores_test {

using namespace value_test;

namespace {

constexpr auto two = rw::heads(click, price);
constexpr auto plain = rw::ranker{two, rw::weight<"p">(3) * probability(click) - 0.5 * feature(price)};
constexpr auto adjusted = rw::ranker{two, z_score(feature(price)) + 2 * rank_score(feature(price))};

/// The same items in the same order, and the same scores, as a score column and top_k over it.
template <std::size_t K, class Ranker, class T>
void check_top(Ranker const& ranker, std::vector<T> const& rows, std::vector<std::size_t> const& sizes,
               std::vector<int> const& mask) {
  CAPTURE(K);
  auto const lists = rw::lists_of_sizes(sizes);
  auto const z = rw::row_major(rows.data(), lists.items(), 2);
  std::vector<T> s(lists.items());
  ranker.score(z, lists, s, {.mask = mask});
  auto const expected = rw::top_k<K>(s, lists);
  auto const found = ranker.template top_k<K>(z, lists, {.mask = mask});
  REQUIRE(found.size() == expected.size());
  for (std::size_t l = 0; l < lists.size(); ++l) {
    CAPTURE(l);
    REQUIRE(found[l].size() == expected[l].size());
    for (std::size_t r = 0; r < found[l].size(); ++r) {
      CHECK(found[l][r] == expected[l][r]);
      CHECK(found.scores_of(l)[r] == s[found[l][r]]);
    }
  }
}

template <class T>
void check_all(std::uint64_t seed) {
  CAPTURE(seed);
  support::random random(seed);
  std::vector<std::size_t> const sizes{0, 1, 7, 64, 65, 255, 256, 257, 1000, 3, 2100};
  std::size_t items = 0;
  for (std::size_t const n : sizes) {
    items += n;
  }
  std::vector<T> rows(2 * items);
  for (std::size_t i = 0; i < items; ++i) {
    bool const tie = random.below(3) == 0;
    rows[2 * i] = tie ? T(0) : static_cast<T>(random.uniform(-3, 3));
    rows[2 * i + 1] = tie ? T(1) : static_cast<T>(random.uniform(0, 4));
    if (random.below(50) == 0) {
      rows[2 * i + 1] = std::numeric_limits<T>::infinity(); // a score of minus infinity
    }
  }
  std::vector<int> mask(items);
  for (int& m : mask) {
    m = random.below(5) == 0 ? 0 : 1;
  }
  check_top<1>(plain, rows, sizes, mask);
  check_top<20>(plain, rows, sizes, mask);
  check_top<300>(plain, rows, sizes, mask);
  for (std::size_t i = 0; i < items; ++i) {
    rows[2 * i + 1] = std::isinf(rows[2 * i + 1]) ? T(9) : rows[2 * i + 1];
  }
  check_top<20>(adjusted, rows, sizes, mask);
}

} // namespace

TEST_CASE("value/top_scores: the same items and scores as score and top_k") {
  check_all<float>(1);
  check_all<double>(2);
}

TEST_CASE("value/top_scores: ascending, descending and equal scores in one long list") {
  std::size_t const n = 5000;
  for (int order : {-1, 0, 1}) {
    CAPTURE(order);
    std::vector<double> rows(2 * n);
    for (std::size_t i = 0; i < n; ++i) {
      rows[2 * i + 1] = order * static_cast<double>(i);
    }
    auto const top = plain.top_k<30>(rw::row_major(rows, 2), rw::lists<>::single(n));
    for (std::size_t r = 0; r < 30; ++r) {
      CHECK(top[0][r] == (order == 1 ? r : order == 0 ? r : n - 1 - r));
    }
  }
}

TEST_CASE("value/top_scores: a list with NaN has no top and is reported, the others have theirs") {
  std::vector<float> rows(2 * 700, 0.5f);
  rows[2 * 650] = std::numeric_limits<float>::quiet_NaN();
  auto const lists = rw::lists_of_sizes(std::vector{300, 300, 100});
  rw::status st;
  auto const top = plain.top_k<3>(rw::row_major(rows, 2), lists, {.errors = st});
  CHECK(st.code == rw::errc::not_finite);
  CHECK(st.where == 2);
  CHECK(top[1].size() == 3);
  CHECK(top[1][0] == 300);
  CHECK(top[2].empty());
  CHECK_THROWS_AS(plain.top_k<3>(rw::row_major(rows, 2), lists), rw::error);
  auto const none = plain.top_k<3>(rw::row_major(rows, 2), rw::lists<>::single(3), {.errors = st});
  CHECK(st.code == rw::errc::offsets_overrun);
  CHECK(none.size() == 0);
}

TEST_CASE("value/top_scores: named columns, weights, executors") {
  support::random random(9);
  auto const z = random.uniforms<float>(500, -2, 2);
  auto const cost = random.uniforms<float>(500, 0, 2);
  auto const table = rw::columns(rw::named<"price">(cost), rw::named<"click">(z));
  auto const one = rw::lists<>::single(500);
  auto w = plain.weights();
  w.set<"p">(0);
  auto const top = plain.top_k<4>(table, one, w);
  auto const same = plain.top_k<4>(rw::exec::scalar{}, table, one, w);
  CHECK(top.items == same.items);
  CHECK(top.scores == same.scores);
  std::vector<float> s(500);
  plain.score(table, s, w);
  CHECK(top[0][0] == rw::top_k<1>(s, one)[0][0]);
}

TEST_CASE("value/top_scores: integers that cannot hold every item are refused") {
  std::vector<float> const rows(600);
  std::vector<std::uint8_t> items(3, 9);
  std::vector<float> best(3);
  std::vector<int> counts(1);
  rw::status st;
  auto const to = rw::top_columns(items, best, counts);
  plain.top_k<3>(rw::row_major(rows, 2), rw::lists<>::single(300), to, {.errors = st});
  CHECK(st.code == rw::errc::out_of_range);
  CHECK(st.found == 299);
  CHECK(items == std::vector<std::uint8_t>(3, 9));
}

} // namespace top_scores_test
