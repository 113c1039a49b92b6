#include <rankwise/metric/purchases.hpp>

#include <doctest/doctest.h>

#include "support/random.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace rw = rankwise;

namespace {
using column = std::vector<double>;
} // namespace

TEST_CASE("purchases are bound to the latest relevant search of their user, each once") {
  // Searches: user 1 at 10 (topic 0), user 1 at 20 (topic 1), user 2 at 15 (topic 0), user 1 at 40 (topic 0).
  std::vector<int> const users{1, 1, 2, 1};
  std::vector<int> const times{10, 20, 15, 40};
  std::vector<int> const topics{0, 1, 0, 0};
  // Purchases: topic of item = item % 2.
  std::vector<int> const by{1, 1, 1, 2, 1, 3, 1, 1};
  std::vector<int> const items{100, 100, 101, 100, 102, 100, 100, 104};
  std::vector<int> const at{25, 30, 26, 14, 9, 50, 45, 40};
  std::vector<int> bound(8, 77);
  auto const relevant = [&](std::size_t search, std::size_t purchase) { return topics[search] == items[purchase] % 2; };
  rw::bind_purchases(users, times, by, items, at, relevant, bound);
  CHECK(bound == std::vector<int>{0,   // the search at 20 is not relevant
                                  -1,  // the same item for the same search again
                                  1,   // the latest
                                  -1,  // before the user's first search
                                  -1,  // likewise
                                  -1,  // a user who has not searched
                                  3,   // the same item, another search
                                  3}); // at the very time of the search
  rw::bind_purchases(std::vector<int>{}, std::vector<int>{}, by, items, at, relevant, bound);
  CHECK(bound == std::vector<int>(8, -1));
  std::vector<int> none;
  rw::bind_purchases(users, times, none, none, none, relevant, none);
  CHECK_THROWS(rw::bind_purchases(users, times, by, items, std::vector<int>{1}, relevant, bound));
}

TEST_CASE("random searches and purchases are bound as one would by hand") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    support::random draw(seed);
    std::size_t const searches = draw.below(12);
    std::size_t const purchases = draw.below(15);
    std::vector<std::uint64_t> users, times, by, items, at;
    for (std::size_t i = 0; i < searches; ++i) {
      users.push_back(draw.below(3));
      times.push_back(draw.below(8));
    }
    for (std::size_t i = 0; i < purchases; ++i) {
      by.push_back(draw.below(3));
      items.push_back(draw.below(4));
      at.push_back(draw.below(8));
    }
    auto const relevant = [&](std::size_t search, std::size_t purchase) { return (search + items[purchase]) % 3 != 0; };
    std::vector<int> expected(purchases, -1);
    for (std::size_t p = 0; p < purchases; ++p) {
      for (std::size_t s = 0; s < searches; ++s) {
        auto const best = static_cast<std::size_t>(expected[p]);
        if (users[s] == by[p] && times[s] <= at[p] && relevant(s, p) && (expected[p] < 0 || times[s] >= times[best])) {
          expected[p] = static_cast<int>(s);
        }
      }
    }
    std::vector<int> const all = expected;
    for (std::size_t p = 0; p < purchases; ++p) {
      for (std::size_t q = 0; q < purchases; ++q) {
        bool const first = at[q] < at[p] || (at[q] == at[p] && q < p);
        expected[p] = all[q] == all[p] && items[q] == items[p] && first ? -1 : expected[p];
      }
    }
    std::vector<int> bound(purchases, 77);
    rw::bind_purchases(users, times, by, items, at, relevant, bound);
    CHECK(bound == expected);
  }
}

TEST_CASE("ASPH and ISPH: the share of purchases on the page") {
  column const s{5, 4, 3, 2, 1, 2, 1};
  column const y{0, 1, 0, 1, 1, 0, 0};
  auto const lists = rw::lists_of_sizes(std::vector{5, 2});
  rw::metric::purchase_hitrate<2> const metric;
  column per_list(2);
  CHECK(metric(s, y, column{}, lists, {.per_list = per_list}) == doctest::Approx(1 / 3.0));
  CHECK(std::isnan(per_list[1]));
  CHECK(metric(s, y, column{1, 2}, lists) == doctest::Approx((1 / 4.0 + 0) / 2));
  CHECK_THROWS(metric(s, y, column{1}, lists));
  // A search that found nothing, not even a list, of what was bought counts 0.
  CHECK(metric(column{2, 1}, column{1, 0}, column{0, 3, 0}, rw::lists_of_sizes(std::vector{2, 0, 0})) ==
        doctest::Approx(0.5));
  // Masked items are out; those that were not retrieved are only not shown.
  column const bought{1, 1, 1, 1};
  CHECK(metric(column{4, 3, 2, 1}, bought, column{}, rw::lists<int>::single(4), {.mask = column{0, 1, 1, 1}}) ==
        doctest::Approx(2 / 3.0));
  CHECK(metric(column{4, 3, 2, 1}, bought, column{}, rw::lists<int>::single(4), {.retrieved = column{0, 0, 0, 1}}) ==
        doctest::Approx(1 / 4.0));
}

TEST_CASE("rewriting: relevance, increment, hitrate") {
  // f, Z_x, Z_y, E
  column const f{0.9, 0.2, 0.8, 0.7, 0.1, 0.6};
  std::vector<int> const x{1, 1, 0, 0, 0, 0};
  std::vector<int> const y{0, 0, 1, 1, 1, 0};
  std::vector<int> const e{1, 0, 1, 0, 1, 1};
  auto const q = rw::metric::rewriting{.threshold = 0.5}(f, x, y, e);
  CHECK(q.relevance == doctest::Approx(2 / 3.0));
  CHECK(q.increment == doctest::Approx(3 / 1.0));
  CHECK(q.hitrate == doctest::Approx(3 / 3.0)); // items 0, 2, 4 of E were found; 0, 2, 5 are relevant
  auto const nothing = rw::metric::rewriting{}(column{}, column{}, column{}, column{});
  CHECK(std::isnan(nothing.relevance));
}

TEST_CASE("pass@N") {
  std::vector<int> const right{0, 0, 1, 0, 0, 0, 1, 1, 1};
  auto const lists = rw::lists_of_sizes(std::vector{3, 3, 3, 0});
  CHECK(rw::metric::pass_at(1, right, lists) == doctest::Approx(1 / 4.0));
  CHECK(rw::metric::pass_at(3, right, lists) == doctest::Approx(2 / 4.0));
  CHECK(rw::metric::pass_probability(1, 5, 2) == doctest::Approx(2 / 5.0));
  CHECK(rw::metric::pass_probability(2, 5, 2) == doctest::Approx(1 - 3 / 10.0)); // 1 - C(3,2) / C(5,2)
  CHECK(rw::metric::pass_probability(4, 5, 2) == 1);
  CHECK(rw::metric::pass_probability(0, 5, 2) == 0);
  CHECK(std::isnan(rw::metric::pass_probability(6, 5, 2)));
}

TEST_CASE("pass@N of more answers than there are") {
  std::vector<int> const right{0, 1, 0, 1};
  CHECK(rw::metric::pass_at(static_cast<std::size_t>(-1), right, rw::lists<>::uniform(2, 2)) == 1);
}

TEST_CASE("searches and purchases without a time are bound to nothing, and disturb nobody") {
  double const nan = std::nan("");
  std::vector<int> const users{1, 1, 2, 1, 2}, by{1, 2, 1, 2, 1}, items{1, 2, 3, 4, 5};
  column const times{nan, 5, 1, 2, nan}, at{nan, 4, 3, nan, 6};
  std::vector<int> bound(5, 77);
  rw::bind_purchases(
      users, times, by, items, at, [](std::size_t, std::size_t) { return true; }, bound);
  CHECK(bound == std::vector<int>{-1, 2, 3, -1, 1});
}

TEST_CASE("bound searches apart from what they are made of, in integers that hold them all") {
  std::vector<int> const users(200, 1), times(200, 0);
  std::vector<int> by{1}, items{1}, at{5};
  auto const always = [](std::size_t, std::size_t) { return true; };
  rw::status s;
  rw::bind_purchases(users, times, by, items, at, always, by, s);
  CHECK(s.code == rw::errc::aliasing);
  rw::bind_purchases(users, times, by, items, at, always, at, s);
  CHECK(s.code == rw::errc::aliasing);
  CHECK(at[0] == 5);
  std::vector<std::int8_t> narrow{9};
  rw::bind_purchases(users, times, by, items, at, always, narrow, s);
  CHECK(s.code == rw::errc::out_of_range);
  CHECK(narrow[0] == 9);
  std::vector<std::uint8_t> fits{9};
  rw::bind_purchases(users, times, by, items, at, always, fits, s);
  CHECK(s.ok());
  CHECK(fits[0] == 199);
}

TEST_CASE("purchase_hitrate: values in the place of the weights, and over the scores") {
  rw::metric::purchase_hitrate<1> const metric;
  column const scores{2, 1, 2, 1};
  std::vector<int> const bought{1, 0, 0, 1};
  column weights{3, 1};
  CHECK(metric(scores, bought, column{}, rw::lists<>::uniform(2, 2), {.list_weights = weights, .per_list = weights}) ==
        0.75);
  CHECK(weights == column{1, 0});
  column both{2, 1, 2, 1};
  rw::status s;
  metric(both, bought, column{}, rw::lists<>::uniform(2, 2), {.per_list = std::span(both).first(2), .errors = s});
  CHECK(s.code == rw::errc::aliasing);
  CHECK(both == scores);
}
