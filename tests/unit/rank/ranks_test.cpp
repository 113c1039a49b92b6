#include <rankwise/backend/emulated.hpp>
#include <rankwise/backend/parallel.hpp>
#include <rankwise/exec/scalar.hpp>
#include <rankwise/exec/simd.hpp>
#include <rankwise/rank/fusion.hpp>
#include <rankwise/rank/interleave.hpp>
#include <rankwise/rank/ranks.hpp>

#include <doctest/doctest.h>

#include "support/fused.hpp"
#include "support/random.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace ranks_test {

namespace rw = rankwise;

namespace {
using column = std::vector<double>;
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
} // namespace

TEST_CASE("ranks: places from 0, mean places, items that are out") {
  column const s{3, 1, 3, -infinity, 2, 7, 7};
  auto const lists = rw::lists_of_sizes(std::vector{5, 0, 2});
  std::vector<int> places(7);
  rw::ranks(s, lists, places);
  CHECK(places == std::vector<int>{0, 3, 1, -1, 2, 0, 1});
  column mean(7);
  rw::ranks<rw::ties::expected>(s, lists, mean);
  CHECK(mean == column{0.5, 3, 0.5, -1, 2, 0.5, 0.5});
  rw::ranks<rw::ties::by_id>(s, lists, places, {.ids = std::vector<std::uint64_t>{9, 1, ~0ull - 1, 1, 1, ~0ull, 5}});
  CHECK(places == std::vector<int>{0, 3, 1, -1, 2, 1, 0});
  rw::ranks<rw::ties::by_id_descending>(s, lists, places);
  CHECK(places == std::vector<int>{1, 3, 0, -1, 2, 1, 0});
  rw::ranks(s, lists, places, {.mask = column{0, 1, 1, 1, 1, 1, 1}});
  CHECK(places == std::vector<int>{-1, 2, 0, -1, 1, 0, 1});
}

TEST_CASE("ranks: hostile input") {
  column const s{3, not_a_number, 1, 2};
  auto const lists = rw::lists_of_sizes(std::vector{2, 2});
  std::vector<int> places(4, 9);
  rw::status told;
  rw::ranks(s, lists, places, {.errors = told});
  CHECK(told.code == rw::errc::not_finite);
  CHECK(told.where == 0);
  CHECK(places == std::vector<int>{-1, -1, 1, 0});
  std::vector<int> short_one(3, 9);
  rw::ranks(s, lists, short_one, {.errors = told});
  CHECK(told.code == rw::errc::size_mismatch);
  CHECK(short_one == std::vector<int>{9, 9, 9});
  column same = s;
  CHECK_THROWS(rw::ranks(same, lists, same));
}

TEST_CASE("ranks agree with a stable sort") {
  support::random r{5};
  auto const offsets = r.offsets<int>(30, 0, 900);
  auto const n = static_cast<std::size_t>(offsets.back());
  std::vector<float> s = r.uniforms<float>(n, -1, 1);
  for (std::size_t i = 0; i < n; i += 7) {
    s[i] = 0;
  }
  std::vector<int> places(n);
  rw::ranks(s, rw::lists(offsets), places);
  for (std::size_t l = 0; l + 1 < offsets.size(); ++l) {
    std::vector<int> order(static_cast<std::size_t>(offsets[l + 1] - offsets[l]));
    std::iota(order.begin(), order.end(), offsets[l]);
    std::stable_sort(order.begin(), order.end(),
                     [&](int a, int b) { return s[static_cast<std::size_t>(a)] > s[static_cast<std::size_t>(b)]; });
    for (std::size_t k = 0; k < order.size(); ++k) {
      CHECK(places[static_cast<std::size_t>(order[k])] == static_cast<int>(k));
    }
  }
}

TEST_CASE("tiers first, then scores") {
  column const tier{1, 2, 1, 2, 0};
  column const score{9, 1, 3, 5, 100};
  column out(5);
  rw::tiers_then_scores(tier, score, rw::lists<int>::single(5), out);
  CHECK(out == column{3, 4, 2, 5, 1});
  rw::tiers_then_scores(tier, score, rw::lists<int>::single(5), out, {.mask = column{1, 1, 1, 0, 1}});
  CHECK(out == column{3, 4, 2, -infinity, 1});
  rw::status told;
  rw::tiers_then_scores(column{1, not_a_number, 1, 1, 1}, score, rw::lists<int>::single(5), out, {.errors = told});
  CHECK(told.code == rw::errc::not_finite);
  CHECK(out == column(5, -infinity));
  column six(6);
  rw::tiers_then_scores(column{1, 1, not_a_number, 1, not_a_number, not_a_number}, column{1, 2, 3, 4, 5, 6},
                        rw::lists<int>::uniform(3, 2), six, {.errors = told});
  CHECK(std::string(rw::error(told).what()) == "rankwise: a tier of list 1 is NaN or infinite (2 such lists)");
  CHECK(six == column{1, 2, -infinity, -infinity, -infinity, -infinity});
}

TEST_CASE("tiers by the definition, on every executor of the host") {
  for (bool const hostile : {false, true}) {
    CAPTURE(hostile);
    support::tiers_problem const p(hostile);
    CHECK(p.bad_scores == (hostile ? 2 : 0));
    CHECK(p.bad_tiers == (hostile ? 2 : 0));
    auto const check = [&]<class U>(auto executor, U) {
      std::vector<U> out(p.tiers.size(), 7);
      rw::status told;
      rw::options given{.errors = told};
      if (hostile) {
        given.mask = p.scores.mask;
      }
      rw::workspace memory;
      rw::tiers_then_scores(executor, p.tiers, p.scores.scores, p.lists(), out, memory, given);
      CHECK(std::equal(out.begin(), out.end(), p.expected.begin(), p.expected.end()));
      CHECK(told.code == (hostile ? rw::errc::not_finite : rw::errc::ok));
      CHECK(told.found == p.bad_tiers);
      CHECK((!hostile || told.where == p.first_bad_tier));
    };
    check(rw::exec::scalar{}, 0.0);
    check(rw::exec::simd{}, 0.0);
    check(rw::exec::simd{}, 0.0f);
    check(rw::exec::parallel{.threads = 3}, 0.0);
    for (auto const order : {rw::lane_order::forwards, rw::lane_order::backwards, rw::lane_order::scattered}) {
      check(rw::exec::emulated<8>{order}, 0.0f);
    }
  }
}

TEST_CASE("tiers: what throws has written everything else, and what is wrong nothing") {
  column const tier{0, 1, not_a_number, 1, 2, 3};
  column const score{1, 2, 3, 4, not_a_number, 6};
  auto const lists = rw::lists<int>::uniform(3, 2);
  column to(6, 7);
  CHECK_THROWS_WITH(rw::tiers_then_scores(tier, score, lists, to), doctest::Contains("scores of list 2"));
  CHECK(to == column{1, 2, -infinity, -infinity, -infinity, -infinity});
  to.assign(6, 7);
  CHECK_THROWS_WITH(rw::tiers_then_scores(tier, column(6, 1), lists, to), doctest::Contains("a tier of list 1"));
  CHECK(to == column{1, 2, -infinity, -infinity, 1, 2});
  to.assign(6, 7);
  rw::status told;
  rw::tiers_then_scores(tier, column(5), lists, to, {.errors = told});
  CHECK(told.code == rw::errc::offsets_overrun);
  rw::tiers_then_scores(column(5), score, lists, to, {.errors = told});
  CHECK(told.code == rw::errc::size_mismatch);
  rw::tiers_then_scores(rw::exec::scalar{}, to, score, lists, to, {.errors = told});
  CHECK(told.code == rw::errc::aliasing);
  rw::tiers_then_scores(tier, score, lists, to, {.mask = column(5), .errors = told});
  CHECK(told.code == rw::errc::size_mismatch);
  CHECK(to == column(6, 7));
  // A float has no room for so many places, and there are no such columns: nobody reads or writes them.
  float const score_of_all = 1;
  float one = 7;
  std::size_t const long_list = (std::size_t{1} << 24) + 1;
  auto const many = rw::strided(&score_of_all, long_list, 0);
  rw::tiers_then_scores(many, many, rw::lists<>::single(long_list), rw::strided(&one, long_list, 0), {.errors = told});
  CHECK(told.code == rw::errc::out_of_range);
  CHECK(told.found == long_list);
  CHECK(one == 7);
}

TEST_CASE("integers that cannot hold every place are refused, and nothing is written") {
  auto const refused = [](auto scores, auto out, std::size_t found) {
    auto const before = out;
    rw::status told;
    rw::ranks(scores, rw::lists<>::single(scores.size()), out, {.errors = told});
    CHECK(told.code == rw::errc::out_of_range);
    CHECK(told.found == found);
    CHECK(out == before);
    rw::interleaved(rw::interleave::team_draft{}, scores, scores, rw::lists<>::single(scores.size()), scores.size(),
                    out, std::vector<int>(scores.size()), told);
    CHECK(told.code == rw::errc::out_of_range);
    CHECK(out == before);
  };
  refused(column(256), std::vector<std::uint8_t>(256, 9), 255); // 255 says that an item has no place
  refused(column(129), std::vector<std::int8_t>(129, 9), 128);
  refused(column(70000), std::vector<std::uint16_t>(70000, 9), 69999);
  std::vector<std::uint8_t> places(255);
  rw::ranks(column(255), rw::lists<>::single(255), places);
  CHECK(places[254] == 254);
  std::vector<std::int8_t> few(128);
  rw::ranks(column(128), rw::lists<>::single(128), few);
  CHECK(few[127] == 127);
  rw::ranks(column{}, rw::lists<>::single(0), few = {});
  std::vector<std::uint8_t> page(300);
  std::vector<int> team(300);
  rw::interleaved(rw::interleave::team_draft{}, column(300), column(300), rw::lists<>::single(300), 255, page, team);
  CHECK(page[254] == 254);
  CHECK(team[255] == -1);
}

TEST_CASE("fusion") {
  auto const one = rw::lists<int>::single(4);
  column const a{4, 3, 2, -infinity};
  column const b{1, -infinity, 3, 2};
  column fused(4);
  rw::fuse(rw::fusion::reciprocal_rank{}, one, fused, a, b);
  CHECK(fused[0] == doctest::Approx(1 / 61.0 + 1 / 63.0));
  CHECK(fused[1] == doctest::Approx(1 / 62.0));
  CHECK(fused[2] == doctest::Approx(1 / 63.0 + 1 / 61.0));
  CHECK(fused[3] == doctest::Approx(1 / 62.0));
  rw::fuse(rw::fusion::borda{}, one, fused, a, b);
  CHECK(fused == column{4 + 2, 3 + 1, 2 + 4, 1 + 3}); // the one that is missing gets the last point
  rw::fuse(rw::fusion::borda{}, one, fused, column(4, -infinity));
  CHECK(fused == column(4, 2.5));
  CHECK_THROWS_WITH(rw::fuse(rw::fusion::reciprocal_rank{.k = -1}, one, fused, a),
                    doctest::Contains("reciprocal rank fusion"));
  CHECK_THROWS(rw::fuse(rw::fusion::borda{}, one, fused, column(3)));
}

TEST_CASE("interleaving: teams, fairness, and every page has each item once") {
  support::random r{11};
  std::size_t const lists = 400;
  std::size_t const n = 6;
  column const a = r.uniforms<double>(lists * n, 0, 1);
  column const b = r.uniforms<double>(lists * n, 0, 1);
  auto const groups = rw::lists<int>::uniform(lists, n);
  std::vector<int> place(lists * n), team(lists * n), rank_a(lists * n), rank_b(lists * n);
  rw::ranks(a, groups, rank_a);
  rw::ranks(b, groups, rank_b);
  auto const check = [&](std::size_t shown) {
    std::size_t first_from_a = 0;
    for (std::size_t l = 0; l < lists; ++l) {
      std::set<int> places;
      int balance = 0;
      for (std::size_t i = l * n; i < (l + 1) * n; ++i) {
        if (place[i] < 0) {
          CHECK(team[i] == -1);
          continue;
        }
        places.insert(place[i]);
        balance += team[i] == 0 ? 1 : -1;
        if (place[i] == 0) {
          CHECK((team[i] == 0 ? rank_a[i] : rank_b[i]) == 0);
          first_from_a += team[i] == 0 ? 1 : 0;
        }
      }
      CHECK(places.size() == shown);
      CHECK(*places.rbegin() == static_cast<int>(shown) - 1);
      CHECK(std::abs(balance) <= static_cast<int>(shown));
    }
    CHECK(first_from_a > lists * 2 / 5);
    CHECK(first_from_a < lists * 3 / 5);
  };
  rw::interleaved(rw::interleave::team_draft{.seed = 3}, a, b, groups, 4, place, team);
  check(4);
  for (std::size_t l = 0; l < lists; ++l) { // both teams pick equally often
    CHECK(std::count(team.begin() + static_cast<std::ptrdiff_t>(l * n),
                     team.begin() + static_cast<std::ptrdiff_t>((l + 1) * n), 0) == 2);
  }
  auto const again = team;
  rw::interleaved(rw::interleave::team_draft{.seed = 3}, a, b, groups, 4, place, team);
  CHECK(again == team);
  rw::interleaved(rw::interleave::team_draft{.seed = 4}, a, b, groups, 4, place, team);
  CHECK(again != team);
  rw::interleaved(rw::interleave::balanced{.seed = 3}, a, b, groups, 100, place, team);
  check(n);
  // Two rankers that agree show their common order, and nobody has an advantage that clicks could tell.
  rw::interleaved(rw::interleave::balanced{}, a, a, groups, n, place, team);
  CHECK(place == rank_a);
}

TEST_CASE("interleaving: a ranker without an order leaves the page empty") {
  column const a{1, std::numeric_limits<double>::quiet_NaN(), 1, 2}, b{1, 2, 1, 2};
  std::vector<int> place(4), team(4);
  for (bool const swapped : {false, true}) {
    rw::status told;
    rw::interleaved(rw::interleave::team_draft{.seed = 1}, swapped ? b : a, swapped ? a : b,
                    rw::lists<int>::uniform(2, 2), 2, place, team, told);
    CHECK(told.code == rw::errc::not_finite);
    CHECK(place[0] == -1);
    CHECK(team[1] == -1);
    CHECK(place[2] + place[3] == 1);
  }
}

TEST_CASE("balanced interleaving by hand, and the credit of clicks") {
  // First ranker: 0 1 2 3; second: 1 3 0 2.
  column const a{4, 3, 2, 1};
  column const b{2, 4, 1, 3};
  auto const one = rw::lists<int>::single(4);
  std::vector<int> place(4), team(4);
  std::uint64_t seed = 0;
  while (!rw::interleave::balanced{.seed = seed}.a_first(0, 0)) {
    ++seed;
  }
  rw::interleaved(rw::interleave::balanced{.seed = seed}, a, b, one, 4, place, team);
  CHECK(place == std::vector<int>{0, 1, 3, 2}); // 0 of the first, 1 of the second, 3 of the second, 2 of the first
  CHECK(team == std::vector<int>{0, 1, 0, 1});
  column credit(1);
  rw::interleaving_credit(team, column{1, 0, 1, 1}, one, credit);
  CHECK(credit[0] == 1);
  column clicks{1, 0, 1, 1};
  rw::status told;
  rw::interleaving_credit(team, clicks, one, std::span(clicks).first(1), told);
  CHECK(told.code == rw::errc::aliasing);
  CHECK(clicks == column{1, 0, 1, 1});
}

TEST_CASE("ranks and tiers over their own mask or ids are refused; so is one place for all") {
  rw::status told;
  auto const one = rw::lists<>::single(3);
  std::vector<int> id{7, 3, 5};
  rw::ranks<rw::ties::by_id>(column{1, 1, 1}, one, id, {.ids = id, .errors = told});
  CHECK(told.code == rw::errc::aliasing);
  CHECK(id == std::vector<int>{7, 3, 5});
  column mask{1, 0, 1};
  rw::ranks(column{1, 2, 3}, one, mask, {.mask = mask, .errors = told});
  CHECK(told.code == rw::errc::aliasing);
  rw::tiers_then_scores(column{1, 2, 3}, column{1, 2, 3}, one, mask, {.mask = mask, .errors = told});
  CHECK(told.code == rw::errc::aliasing);
  CHECK(mask == column{1, 0, 1});
  double place = 7;
  auto same = rw::strided(&place, 3, 0);
  rw::ranks(column{1, 2, 3}, one, same, {.errors = told});
  CHECK(told.code == rw::errc::aliasing);
  CHECK(place == 7);
}

} // namespace ranks_test
