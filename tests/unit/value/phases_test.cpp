#include "support.hpp"

#include <rankwise/value/phases.hpp>

#include <support/random.hpp>

#include <algorithm>
#include <map>

namespace phases_test {

using namespace value_test;

namespace {

constexpr auto author = rw::ids<"author">{};
constexpr auto cheap = rw::weight<"cheap">(1.5) * probability(click);
constexpr auto full =
    rw::weight<"grade">(0.8) * expected_grade(relevance) + 2 * probability(click) * probability(purchase);

struct scored {
  std::size_t item;
  double score;
};

/// The best n, equal scores in the order of the items.
std::vector<scored> best(std::vector<scored> list, std::size_t n) {
  std::stable_sort(list.begin(), list.end(), [](auto const& a, auto const& b) {
    return a.score > b.score || (a.score == b.score && a.item < b.item);
  });
  list.resize(std::min(n, list.size()));
  return list;
}

} // namespace

TEST_CASE("value/phases: every phase ranks what the one before it has kept") {
  std::vector<std::size_t> const sizes{0, 3, 40, 300, 1000};
  std::size_t const items = 1343;
  auto z = random_logits(items, 23);
  for (std::size_t i = 0; i < z.size(); i += 4) {
    z[i] = std::round(z[i]);
  }
  support::random random(24);
  std::vector<int> who(items);
  for (int& id : who) {
    id = static_cast<int>(random.below(20));
  }
  auto const lists = rw::lists_of_sizes(sizes);
  auto const serving = rw::phases(heads, rw::phase<60>(cheap), rw::phase<20>(full),
                                  rw::phase<5>(diversity(rw::previous, author, {.decay = 0.5, .floor = 0.25})));
  auto w = serving.weights();
  CHECK(w.size() == 2);
  w.set<"grade">(0.5);
  auto const page = serving.top(rw::row_major(z, columns), rw::columns(rw::named<"author">(who)), lists, w);
  static_assert(decltype(serving)::page == 5);
  REQUIRE(page.size() == sizes.size());
  for (std::size_t l = 0; l < lists.size(); ++l) {
    CAPTURE(l);
    std::vector<scored> first;
    for (std::size_t i = lists.begin_of(l); i < lists.end_of(l); ++i) {
      first.push_back({i, 1.5 * item(z.data() + i * columns).click});
    }
    auto second = best(first, 60);
    for (auto& s : second) {
      item const x(z.data() + s.item * columns);
      s.score = 0.5 * x.grade + 2 * x.click * x.purchase;
    }
    auto third = best(second, 20);
    std::map<int, int> seen;
    for (auto& s : third) { // best first, so the author's earlier items are the better ones
      s.score *= 0.75 * std::pow(0.5, seen[who[s.item]]++) + 0.25;
    }
    auto const expected = best(third, 5);
    REQUIRE(page[l].size() == expected.size());
    for (std::size_t r = 0; r < expected.size(); ++r) {
      CHECK(page[l][r] == expected[r].item);
      CHECK(page.scores_of(l)[r] == doctest::Approx(expected[r].score).epsilon(1e-12));
    }
  }
}

TEST_CASE("value/phases: a single phase is top_k, and a mask holds for all phases") {
  auto const z = random_logits(100, 25);
  auto const lists = rw::lists_of_sizes(std::vector{60, 40});
  std::vector<int> mask(100, 1);
  mask[70] = 0;
  auto const one = rw::phases(heads, rw::phase<7>(full)).top(rw::row_major(z, columns), lists, {.mask = mask});
  auto const same = rw::ranker(heads, full).top_k<7>(rw::row_major(z, columns), lists, {.mask = mask});
  CHECK(one.items == same.items);
  CHECK(one.scores == same.scores);
  auto const wide = rw::phases(heads, rw::phase<100>(cheap), rw::phase<40>(z_score(rw::previous) + 0 * rw::previous))
                        .top(rw::row_major(z, columns), lists, {.mask = mask});
  CHECK(wide[0].size() == 40);
  CHECK(wide[1].size() == 39);
  for (std::size_t const i : wide[1]) {
    CHECK(i != 70);
  }
}

TEST_CASE("value/phases: what does not fit is an error") {
  auto const z = random_logits(10, 26);
  auto const serving = rw::phases(heads, rw::phase<5>(cheap), rw::phase<2>(full));
  rw::status st;
  auto const none = serving.top(rw::row_major(z, columns), rw::lists<>::single(9), {.errors = st});
  CHECK(st.code == rw::errc::offsets_overrun);
  CHECK(none.size() == 0);
  CHECK_THROWS_AS(serving.top(rw::row_major(z, 5), rw::lists<>::single(12)), rw::error);
}

} // namespace phases_test
