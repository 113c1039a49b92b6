#include <rankwise/simulate/experiment.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace rw = rankwise;
namespace simulate = rw::simulate;

namespace {

constexpr auto one_click = [](std::size_t, simulate::visit_random const&, std::size_t) { return 1; };

// 40 lists of 8 items with attractions in both orders.
struct shop {
  std::vector<double> attraction, good, bad;
  rw::owned_lists<> lists{std::vector<std::size_t>(40, 8)};

  shop() {
    for (std::size_t i = 0; i < 320; ++i) {
      attraction.push_back(0.05 + 0.1 * static_cast<double>(i % 8));
      good.push_back(attraction[i]);
      bad.push_back(-attraction[i]);
    }
  }
  auto attracts() const {
    return [this](std::size_t i) { return attraction[i]; };
  }
};

} // namespace

TEST_CASE("a split test measures the expected clicks of both arms and finds the better one") {
  shop const s;
  constexpr auto visitor = simulate::position_based{.severity = 1};
  auto const r =
      simulate::split_test(visitor, s.bad, s.good, s.lists, 4, s.attracts(), one_click, {.visits = 100, .seed = 3});
  double up = 0, down = 0; // of a page of four: sum of examination and attraction
  for (std::size_t rank = 0; rank < 4; ++rank) {
    up += (0.75 - 0.1 * static_cast<double>(rank)) / static_cast<double>(rank + 1);
    down += (0.05 + 0.1 * static_cast<double>(rank)) / static_cast<double>(rank + 1);
  }
  CHECK(r.visits_a + r.visits_b == 4000);
  CHECK(std::abs(static_cast<double>(r.visits_a) - 2000) < 130); // four deviations of a fair coin
  CHECK(r.mean_b == doctest::Approx(up).epsilon(0.05));
  CHECK(r.mean_a == doctest::Approx(down).epsilon(0.1));
  CHECK(r.outcome.difference == doctest::Approx(r.mean_b - r.mean_a).epsilon(1e-12));
  CHECK(r.outcome.p_value < 1e-6);
  auto const again =
      simulate::split_test(visitor, s.bad, s.good, s.lists, 4, s.attracts(), one_click, {.visits = 100, .seed = 3});
  CHECK(again.mean_a == r.mean_a);
  CHECK(again.outcome.p_value == r.outcome.p_value);
}

TEST_CASE("rankers that are alike differ as often as the level says") {
  shop const s;
  constexpr auto visitor = simulate::cascade{};
  int split = 0, drafted = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    INFO("seed " << seed);
    simulate::experiment_options const opts{.visits = 10, .seed = seed};
    split +=
        simulate::split_test(visitor, s.good, s.good, s.lists, 6, s.attracts(), one_click, opts).outcome.p_value < 0.05;
    auto const r = simulate::interleaving_test(visitor, s.good, s.good, s.lists, 6, s.attracts(), one_click, opts);
    drafted += r.credit.p_value < 0.05;
    CHECK(r.wins_a + r.wins_b + r.ties == 400);
  }
  // Of a hundred at the level 0.05: 13 or more have a probability of 0.001.
  CHECK(split < 13);
  CHECK(drafted < 13);
}

TEST_CASE("interleaving needs fewer visits than a split test") {
  shop const s;
  // B exchanges two neighbours of A's in every list.
  std::vector<double> a = s.good, b = s.good;
  for (std::size_t i = 0; i < 320; i += 8) {
    std::swap(a[i + 6], a[i + 7]);
    std::swap(a[i + 4], a[i + 5]);
  }
  constexpr auto visitor = simulate::position_based{.severity = 0.5};
  int split = 0, drafted = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    simulate::experiment_options const opts{.visits = 40, .seed = seed};
    auto const r = simulate::interleaving_test(visitor, a, b, s.lists, 6, s.attracts(), one_click, opts);
    drafted += r.credit.p_value < 0.05 && r.credit.difference > 0;
    split += simulate::split_test(visitor, a, b, s.lists, 6, s.attracts(), one_click, opts).outcome.p_value < 0.05;
  }
  MESSAGE("of 10 experiments, interleaving found " << drafted << ", the split test " << split);
  CHECK(drafted > split);
  CHECK(drafted >= 7);
}

TEST_CASE("what nobody sees counts for nothing: empty lists, no places, items that a ranker has not found") {
  constexpr auto visitor = simulate::position_based{};
  double const no = -std::numeric_limits<double>::infinity();
  std::vector<std::size_t> const offsets{0, 0, 3, 3};
  std::vector<double> const a{1, no, no}, b{3, 2, 1};
  auto const lists = rw::lists(offsets);
  auto const sure = [](std::size_t) { return 1.0; };
  auto const r = simulate::split_test(visitor, a, b, lists, 10, sure, one_click, {.visits = 200});
  CHECK(r.visits_a + r.visits_b == 200);
  CHECK(r.mean_a == 1); // its one item at the top is always looked at
  CHECK(r.mean_b > 1.5);
  auto const nothing = simulate::split_test(visitor, a, b, lists, 0, sure, one_click);
  CHECK(nothing.mean_a == 0);
  CHECK(nothing.outcome.p_value == 1);
  CHECK(simulate::interleaving_test(visitor, a, b, lists, 0, sure, one_click).credit.pairs == 0);
  CHECK(simulate::interleaving_test(visitor, a, b, lists, 10, sure, one_click, {.visits = 20}).credit.pairs == 1);
  rw::status s;
  simulate::split_test(visitor, a, std::vector<double>(2), lists, 3, sure, one_click, {.errors = s});
  CHECK(s.code == rw::errc::size_mismatch);
  simulate::interleaving_test(visitor, std::vector<double>(2), b, lists, 3, sure, one_click, {.errors = s});
  CHECK(s.code == rw::errc::size_mismatch);
}

TEST_CASE("lists that one ranker cannot order have no visits in either arm, and the first of them is told") {
  constexpr auto visitor = simulate::position_based{.severity = 0}; // every place is looked at
  double const nan = std::numeric_limits<double>::quiet_NaN();
  double const infinity = std::numeric_limits<double>::infinity();
  auto const lists = rw::lists<>::uniform(4, 3);
  std::vector<double> const good{3, 2, 1, 1, 2, 3, 2, 3, 1, 1, 3, 2};
  std::size_t asked = 0;
  auto const sure = [&asked](std::size_t) {
    ++asked;
    return 1.0;
  };
  for (double const bad : {nan, infinity}) {
    std::vector<double> a = good, b = good;
    a[4] = bad;
    b[11] = bad; // another list
    rw::status told;
    auto const check = [&](auto const& first, auto const& second, std::size_t list, std::size_t left) {
      auto const r = simulate::split_test(visitor, first, second, lists, 3, sure, one_click, {.errors = told});
      CHECK(told.code == rw::errc::not_finite);
      CHECK(told.where == list);
      CHECK(r.visits_a + r.visits_b == 100 * left);
      CHECK(r.mean_a == 3);
      CHECK(r.mean_b == 3);
      CHECK(r.outcome.difference == 0);
      told = {};
      auto const both = simulate::interleaving_test(visitor, first, second, lists, 3, sure, one_click,
                                                    {.visits = 10, .errors = told});
      CHECK(told.code == rw::errc::not_finite);
      CHECK(told.where == list);
      CHECK(both.credit.pairs == left);
      asked = 0;
      CHECK_THROWS_AS(simulate::split_test(visitor, first, second, lists, 3, sure, one_click), rw::error);
      CHECK(asked == 0); // whoever looks at no status hears of it at once
      CHECK_THROWS_AS(simulate::interleaving_test(visitor, first, second, lists, 3, sure, one_click), rw::error);
    };
    check(a, good, 1, 3);
    check(good, b, 3, 3);
    check(a, b, 1, 2);
  }
  // What comes after it cannot be used either: the first fault stays.
  std::vector<double> a = good;
  a[4] = nan;
  auto const worthless = [&](std::size_t, simulate::visit_random const&, std::size_t) { return nan; };
  rw::status told;
  simulate::split_test(visitor, a, good, lists, 3, sure, worthless, {.errors = told});
  CHECK(told.code == rw::errc::not_finite);
  simulate::split_test(visitor, good, good, lists, 3, sure, worthless, {.errors = told});
  CHECK(told.code == rw::errc::unusable_item);
  simulate::interleaving_test(visitor, good, good, lists, 3, sure, worthless, {.errors = told});
  CHECK(told.code == rw::errc::unusable_item);
}

TEST_CASE("click models and confidences out of range are reported before anybody visits") {
  shop const s;
  rw::status told;
  auto const refused = [&](auto const& visitor, simulate::experiment_options o) {
    o.errors = told;
    auto const split = simulate::split_test(visitor, s.bad, s.good, s.lists, 4, s.attracts(), one_click, o);
    bool const first = told.code == rw::errc::out_of_range && split.visits_a + split.visits_b == 0;
    auto const both = simulate::interleaving_test(visitor, s.bad, s.good, s.lists, 4, s.attracts(), one_click, o);
    return first && told.code == rw::errc::out_of_range && both.wins_a + both.wins_b + both.ties == 0;
  };
  constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
  CHECK(refused(simulate::position_based{.severity = not_a_number}, {}));
  CHECK(refused(simulate::position_based{.severity = -1}, {}));
  CHECK(refused(simulate::position_based{}, {.confidence = not_a_number}));
  CHECK(refused(simulate::cascade{.after_click = not_a_number}, {}));
  CHECK(refused(simulate::cascade{.after_none = 1.5}, {}));
}
