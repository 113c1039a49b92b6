#include <rankwise/rank/top_k.hpp>

#include <doctest/doctest.h>

#include "support/problem.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace rw = rankwise;

namespace {

using column = std::vector<double>;
using groups = rw::lists<int>;

std::vector<std::size_t> top_of(rw::top_items<3> const& top, std::size_t list) {
  return {top[list].begin(), top[list].end()};
}

} // namespace

TEST_CASE("the first of a stable sort, by their positions in the column") {
  support::problem<double> const p(61, 80, 30);
  for (bool masked : {false, true}) {
    auto const top = rw::top_k<3>(p.scores, p.lists(), p.options(masked ? 4u : 0u));
    REQUIRE(top.size() == p.size());
    for (std::size_t l = 0; l < p.size(); ++l) {
      std::vector<std::size_t> order;
      for (std::size_t i = p.begin_of(l); i < p.end_of(l); ++i) {
        if (!masked || p.mask[i] != 0) {
          order.push_back(i);
        }
      }
      std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return p.scores[a] > p.scores[b]; });
      order.resize(std::min<std::size_t>(3, order.size()));
      CHECK(top_of(top, l) == order);
    }
  }
}

TEST_CASE("short, empty and unscored lists; lists that are not finite") {
  double const inf = std::numeric_limits<double>::infinity();
  column const scores{1, 2, -inf, -inf, 5, std::nan(""), 3, 4};
  std::vector<int> const offsets{0, 2, 2, 4, 6, 8};
  rw::status s;
  auto const top = rw::top_k<3>(scores, groups(offsets), {.errors = s});
  CHECK(s.code == rw::errc::not_finite);
  CHECK(s.where == 3);
  CHECK(top_of(top, 0) == std::vector<std::size_t>{1, 0});
  CHECK(top_of(top, 1).empty());
  CHECK(top_of(top, 2).empty());
  CHECK(top_of(top, 3).empty());
  CHECK(top_of(top, 4) == std::vector<std::size_t>{7, 6});
}

TEST_CASE("what does not fit") {
  column const scores{1, 2};
  rw::status s;
  CHECK(rw::top_k<3>(scores, groups::single(3), {.errors = s}).size() == 0);
  CHECK(s.code == rw::errc::offsets_overrun);
  CHECK(rw::top_k<3>(scores, rw::lists<>::uniform(std::size_t(1) << 62, 8), {.errors = s}).size() == 0);
  CHECK(s.code == rw::errc::offsets_overrun);
  CHECK(rw::top_k<3>(scores, groups::single(2), {.mask = column{1}, .errors = s}).size() == 0);
  CHECK(s.code == rw::errc::size_mismatch);
  // One number for five thousand million items.
  auto const many = rw::lists<std::size_t>::single(5'000'000'000u);
  CHECK(rw::top_k<3>(rw::strided(scores.data(), many.items(), 0), many, {.errors = s}).size() == 0);
  CHECK(s.code == rw::errc::list_too_long);
  CHECK(rw::top_k<3>(column{}, groups{}).size() == 0);
}

TEST_CASE("integers that cannot hold every item or count are refused, and nothing is written") {
  column const scores(70000);
  auto const one = rw::lists<>::single(scores.size());
  std::vector<std::uint16_t> items(2, 9);
  std::vector<int> counts(1, 9);
  rw::status s;
  rw::top_k<2>(rw::exec::scalar{}, scores, one, items, counts, {.errors = s});
  CHECK(std::string(rw::error(s).what()) ==
        "rankwise: the last item, for the output's integers, is out of range (69999)");
  CHECK(items == std::vector<std::uint16_t>{9, 9});
  std::vector<std::size_t> wide(200, 9);
  std::vector<std::int8_t> narrow(1, 9);
  rw::top_k<200>(rw::exec::scalar{}, scores, one, wide, narrow, {.errors = s});
  CHECK(s.code == rw::errc::out_of_range);
  CHECK(s.found == 200);
  CHECK(narrow[0] == 9);
  std::vector<std::uint16_t> fits(2);
  rw::top_k<2>(rw::exec::scalar{}, column(65536), rw::lists<>::single(65536), fits, counts, {.errors = s});
  CHECK(s.ok());
  CHECK(counts[0] == 2);
}

TEST_CASE("top_k: items and counts stand apart from what is read, and from each other") {
  rw::status told;
  rw::workspace memory;
  auto const one = rw::lists<>::single(4);
  std::vector<int> scores{5, 7, 3, 9}, items(1), counts(1);
  auto const first = std::span(scores).first(1);
  rw::top_k<1>(rw::exec::simd{}, scores, one, first, counts, memory, {.errors = told});
  CHECK(told.code == rw::errc::aliasing);
  rw::top_k<1>(rw::exec::simd{}, scores, one, items, first, memory, {.errors = told});
  CHECK(told.code == rw::errc::aliasing);
  rw::top_k<1>(rw::exec::simd{}, scores, one, items, items, memory, {.errors = told});
  CHECK(told.code == rw::errc::aliasing);
  rw::top_k<1>(rw::exec::simd{}, std::vector<int>{5, 7, 3, 9}, one, items, first, memory,
               {.mask = scores, .errors = told});
  CHECK(told.code == rw::errc::aliasing);
  CHECK(scores == std::vector<int>{5, 7, 3, 9});
}

TEST_CASE("top_k: options that mean nothing to it are refused, and nothing is written") {
  column const scores{1, 2, 3, 4}, ones{1, 1, 1, 1};
  auto const lists = rw::lists<>::uniform(2, 2);
  std::vector<double> each(2, 9);
  auto const refused = [&](std::string const& which, auto set) {
    CAPTURE(which);
    rw::status told;
    rw::options o{.mask = ones, .errors = told};
    set(o);
    CHECK(rw::top_k<1>(scores, lists, o).size() == 0);
    CHECK(told.code == rw::errc::unused_option);
    CHECK(told.argument == which);
    std::vector<int> items(2, 9), counts(2, 9);
    rw::workspace memory;
    told = {};
    rw::top_k<1>(rw::exec::simd{}, scores, rw::place_lists(rw::exec::simd{}, lists), items, counts, memory, o);
    CHECK(told.code == rw::errc::unused_option);
    CHECK(told.argument == which);
    CHECK(items == std::vector{9, 9});
    CHECK(counts == std::vector{9, 9});
  };
  refused("item_weights", [&](rw::options& o) { o.item_weights = ones; });
  refused("list_weights", [&](rw::options& o) { o.list_weights = ones; });
  refused("judged", [&](rw::options& o) { o.judged = ones; });
  refused("retrieved", [&](rw::options& o) { o.retrieved = ones; });
  refused("ids", [&](rw::options& o) { o.ids = ones; }); // equal scores keep the order of the list
  refused("segments", [&](rw::options& o) { o.segments = ones; });
  refused("propensities", [&](rw::options& o) { o.propensities = ones; });
  refused("propensity_floor", [&](rw::options& o) { o.propensity_floor = 0.5; });
  refused("value", [&](rw::options& o) { o.value = false; });
  refused("per_list", [&](rw::options& o) { o.per_list = each; });
  refused("parameters", [&](rw::options& o) { o.parameters = each; });
  CHECK(each == std::vector<double>{9, 9});
  CHECK_THROWS_AS(rw::top_k<2>(scores, lists, {.per_list = each}), rw::error);
}
