#include <rankwise/exec/scalar.hpp>
#include <rankwise/exec/simd.hpp>
#include <rankwise/head/input.hpp>
#include <rankwise/value/ranker.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

namespace over_lists_test {

// Numbers at the edges of their type under list adjusters: what comes out is right, or its list is reported.
namespace rw = rankwise;

namespace {

constexpr auto a = rw::head::input<"a">{};
constexpr auto b = rw::head::input<"b">{};
constexpr auto heads = rw::heads(a, b);
constexpr auto x = feature(a);
constexpr auto y = feature(b);
constexpr rw::exec::scalar one_by_one{}; // compiles fastest

using column = std::vector<double>;

} // namespace

TEST_CASE_TEMPLATE("value/over_lists: spans whose squares or reciprocals are no numbers", T, float, double) {
  // What is right does not depend on the unit of the scores.
  std::vector<T> const plain{-1, 0.25f, 1, 0.5f};
  auto const list = rw::lists<>::single(plain.size());
  auto const standard = rw::ranker(heads, z_score(x));
  auto const spread = rw::ranker(heads, min_max(x) + comb_sum(x));
  auto const both = rw::ranker(heads, rw::weight<"w">(1) * z_score(x) + min_max(x));
  auto const rows_of = [&](T unit) {
    std::vector<T> rows(2 * plain.size(), 0);
    for (std::size_t i = 0; i < plain.size(); ++i) {
      rows[2 * i] = plain[i] * unit;
    }
    return rows;
  };
  auto const scored = [&](auto const& ranker, T unit) {
    std::vector<T> s(plain.size());
    auto const rows = rows_of(unit);
    ranker.score(one_by_one, rw::row_major(rows, 2), list, s);
    return s;
  };
  std::vector<T> const seeds{1, -2, 0.5f, 3};
  auto const slope = [&](T unit) {
    std::vector<T> g(2 * plain.size());
    auto const rows = rows_of(unit);
    auto const w = both.gradient(one_by_one, rw::row_major(rows, 2), list, seeds, rw::row_major(g, 2), both.weights());
    g.push_back(static_cast<T>(w.template get<"w">()));
    return g;
  };
  auto const wanted = scored(standard, 1);
  auto const wanted_spread = scored(spread, 1);
  auto const wanted_slope = slope(1);
  T const most = std::numeric_limits<T>::max();
  for (T const unit : {most, std::sqrt(most), 8 * std::sqrt(most), 1 / std::sqrt(most), 64 / most}) {
    CAPTURE(unit);
    auto const z = scored(standard, unit);
    auto const m = scored(spread, unit);
    T const close = 8 * std::numeric_limits<T>::epsilon();
    for (std::size_t i = 0; i < plain.size(); ++i) {
      CHECK(std::abs(z[i] - wanted[i]) <= close);
      CHECK(std::abs(m[i] - wanted_spread[i]) <= close);
    }
    auto const g = slope(unit);
    for (std::size_t k = 0; k < g.size(); ++k) {
      T const by = k < 2 * plain.size() ? unit : 1; // by logits: per unit
      CHECK(std::abs(g[k] * by - wanted_slope[k]) <= 32 * close);
    }
  }
  // So slight a span that its derivatives do not fit: reported, and 0.
  std::vector<T> g(2 * plain.size(), 7);
  rw::status told;
  auto const slight = rows_of(std::numeric_limits<T>::denorm_min() * 8);
  both.gradient(one_by_one, rw::row_major(slight, 2), list, seeds, rw::row_major(g, 2), both.weights(),
                {.errors = told});
  CHECK(told.code == rw::errc::not_finite);
  CHECK(g == std::vector<T>(g.size(), 0));
}

TEST_CASE("value/over_lists: derivatives that overflow are reported, and 0") {
  auto const ranker = rw::ranker(heads, rw::weight<"w">(2) * min_max(x) + rw::weight<"v">(1) * y);
  auto const lists = rw::lists_of_sizes({2, 2, 2});
  column const rows{1, 1, 2, 1, 3, 1, 4, 1, 5, 1, 7, 1};
  rw::status told;
  // They do not fit the column of float that they go to.
  column seeds{1, 1, 1e40, 2, 1, 1};
  std::vector<float> narrow(rows.size(), 7);
  auto const w = ranker.gradient(one_by_one, rw::row_major(rows, 2), lists, seeds, rw::row_major(narrow, 2),
                                 ranker.weights(), {.errors = told});
  CHECK(told.code == rw::errc::not_finite);
  CHECK(told.where == 1);
  CHECK(told.found == 1);
  CHECK(std::all_of(narrow.begin() + 4, narrow.begin() + 8, [](float g) { return g == 0; }));
  CHECK(narrow[1] == 1);
  CHECK(w.get<"v">() == 4); // without the list
  // Into columns of double they go.
  column wide(rows.size(), 7);
  ranker.gradient(one_by_one, rw::row_major(rows, 2), lists, seeds, rw::row_major(wide, 2), ranker.weights(),
                  {.errors = told});
  CHECK(told.ok());
  CHECK(wide[5] == 1e40);
  // A derivative by a weight that each item of the list can hold, and their sum cannot; in any lanes.
  std::vector<float> const one(64, 1), heavy(32, 3e37f);
  std::vector<float> by(64, 7);
  auto const none = ranker.gradient(rw::row_major(one, 2), rw::lists<>::single(32), heavy, rw::row_major(by, 2),
                                    ranker.weights(), {.errors = told});
  CHECK(told.code == rw::errc::not_finite);
  CHECK(told.where == 0);
  CHECK(none.get<"v">() == 0);
  CHECK(by == std::vector<float>(64, 0));
  // The lists are fine, and their sum is none; so with the items of a ranker without adjusters.
  column const most(6, 0.2 * std::numeric_limits<double>::max());
  ranker.gradient(one_by_one, rw::row_major(rows, 2), lists, most, ranker.weights(), {.errors = told});
  CHECK(told.code == rw::errc::not_finite);
  CHECK(told.where == rw::status::nowhere);
  auto const items = rw::ranker(heads, rw::weight<"v">(1) * y);
  items.gradient(one_by_one, rw::row_major(rows, 2), most, items.weights(), {.errors = told});
  CHECK(told.code == rw::errc::not_finite);
  CHECK(told.where == rw::status::nowhere);
}

} // namespace over_lists_test
