#include "support.hpp"

#include <rankwise/value/lazy_top.hpp>

#include <support/random.hpp>

#include <limits>
#include <span>

using namespace value_test;

namespace {

constexpr auto p = probability(click);
constexpr auto q = probability(purchase);
constexpr auto g = expected_grade(relevance);

/// Asks for late logits as a service would, and checks that no item is asked for twice.
template <class T>
struct source {
  std::vector<T> const& rows;
  std::vector<std::size_t> late;
  std::vector<int> asked;

  source(std::vector<T> const& z, std::vector<std::size_t> columns_of)
      : rows(z), late(std::move(columns_of)), asked(z.size() / columns) {}

  template <class Matrix>
  void operator()(std::span<std::size_t const> items, Matrix const& to) {
    REQUIRE(to.rows == items.size());
    REQUIRE(to.columns == late.size());
    for (std::size_t i = 0; i < items.size(); ++i) {
      CHECK(++asked[items[i]] == 1);
      for (std::size_t c = 0; c < late.size(); ++c) {
        to(i, c) = rows[items[i] * columns + late[c]];
      }
    }
  }
};

/// The page of the ranker over all logits, found without the late columns; returns how many items were fetched.
template <std::size_t K, class T, class Value, class... Late>
std::size_t check_lazy(Value const& value, rw::head_list<Late...> const& late,
                       std::vector<std::size_t> const& columns_of, std::uint64_t seed,
                       std::vector<int> const& mask = {}) {
  CAPTURE(seed);
  std::vector<std::size_t> const sizes{0, 1, 30, 500, 2000, 7};
  std::size_t const items = 2538;
  auto const drawn = random_logits(items, static_cast<unsigned>(seed));
  std::vector<T> z(drawn.begin(), drawn.end());
  for (std::size_t i = 0; i < z.size(); i += 5) {
    z[i] = std::round(z[i]); // ties
  }
  auto known = z;
  for (std::size_t i = 0; i < items; ++i) {
    for (std::size_t const c : columns_of) {
      known[i * columns + c] = std::numeric_limits<T>::quiet_NaN(); // must not be read
    }
  }
  auto const lists = rw::lists_of_sizes(sizes);
  auto const ranker = rw::ranker(heads, value);
  rw::options opts;
  if (!mask.empty()) {
    opts.mask = mask;
  }
  auto const expected = ranker.template top_k<K>(rw::row_major(z, columns), lists, opts);
  source<T> fetch(z, columns_of);
  auto const found = rw::lazy_top<K>(ranker, late, rw::row_major(known, columns), lists, fetch, opts);
  REQUIRE(found.top.counts == expected.counts);
  for (std::size_t l = 0; l < lists.size(); ++l) {
    for (std::size_t r = 0; r < expected[l].size(); ++r) {
      CAPTURE(l);
      CAPTURE(r);
      CHECK(found.top[l][r] == expected[l][r]);
      CHECK(found.top.scores_of(l)[r] == expected.scores_of(l)[r]);
    }
  }
  return found.fetched;
}

} // namespace

TEST_CASE("value/lazy_top: the exact page, with few items fetched where the trend proves the bound") {
  // Click and relevance are known, the purchase model is dear.
  auto const value = rw::weight<"a">(2) * g * p + rw::weight<"b">(0.4) * q;
  CHECK(check_lazy<10, float>(value, rw::heads(purchase), {4}, 1) < 400);
  CHECK(check_lazy<10, double>(value, rw::heads(purchase), {4}, 2) < 400);
  CHECK(check_lazy<1, float>(value, rw::heads(purchase), {4}, 3) < 300);
  // A late head that lowers the score, and two late heads.
  CHECK(check_lazy<10, float>(2 * g * p - 0.4 * q, rw::heads(purchase), {4}, 4) < 400);
  CHECK(check_lazy<10, double>(2 * g - 0.4 * q + 0.1 * p, rw::heads(purchase, click), {4, 3}, 5) < 2538);
  CHECK(check_lazy<5, float>(gate(p, 0.6, 2 * p) + 0.1 * g, rw::heads(relevance), {0, 1, 2}, 6) < 2538);
}

TEST_CASE("value/lazy_top: where nothing is proven everything is fetched, and the page is still exact") {
  CHECK(check_lazy<10, float>(rw::log_linear(1, p, 0.5, q), rw::heads(purchase), {4}, 7) == 2538);
  CHECK(check_lazy<10, double>(g * p - 2 * q * p + q * 1, rw::heads(purchase), {4}, 8) == 2538);
}

TEST_CASE("value/lazy_top: masked items are neither fetched nor found") {
  std::vector<int> mask(2538, 1);
  for (std::size_t i = 0; i < mask.size(); i += 3) {
    mask[i] = 0;
  }
  CHECK(check_lazy<10, float>(rw::log_linear(1, p, 0.5, q), rw::heads(purchase), {4}, 9, mask) == 1692);
  CHECK(check_lazy<10, float>(2 * g * p + 0.4 * q, rw::heads(purchase), {4}, 10, mask) < 400);
}

TEST_CASE("value/lazy_top: NaN that was fetched flags its list; wrong sizes") {
  std::vector<double> z(3 * columns, 0.5);
  auto const ranker = rw::ranker(heads, p + q);
  rw::status st;
  auto const nan = [](std::span<std::size_t const>, auto const& to) {
    to(0, 0) = std::numeric_limits<double>::quiet_NaN();
  };
  auto const lists = rw::lists<>::single(3);
  auto const bad = rw::lazy_top<2>(ranker, rw::heads(purchase), rw::row_major(z, columns), lists, nan, {.errors = st});
  CHECK(st.code == rw::errc::not_finite);
  CHECK(bad.top[0].empty());
  auto const none = rw::lazy_top<2>(ranker, rw::heads(purchase), rw::row_major(z, columns), rw::lists<>::single(2), nan,
                                    {.errors = st});
  CHECK(st.code == rw::errc::offsets_overrun);
  CHECK(none.top.size() == 0);
}
