#include <rankwise/reward/filter.hpp>

#include <doctest/doctest.h>

#include "support/random.hpp"

#include <limits>
#include <vector>

namespace filter_test {

namespace rw = rankwise;
namespace reward = rw::reward;

namespace {

using positions = std::vector<std::size_t>;
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

// Groups: 2 of 4 right, none, all, 3 of 4, one rollout, none at all, NaN alone.
std::vector<double> const right{1,           0, 0, 1, /**/ 0, 0, /**/ 1, 1, /**/ 1, 1, 0, 1, /**/ 1, /**/ not_a_number,
                                not_a_number};
std::vector<int> const offsets{0, 4, 6, 8, 12, 13, 13, 15};

} // namespace

TEST_CASE("difficulty: some right, some wrong; or fewer right than gamma") {
  CHECK(reward::difficulty_filter{}.groups(right, rw::lists(offsets)) == positions{0, 3});
  CHECK(reward::difficulty_filter{.below = 3}.groups(right, rw::lists(offsets)) == positions{0, 2, 4});
}

TEST_CASE("replay: groups whose accuracy is at most t, without empty ones") {
  CHECK(reward::replay_filter{}.groups(right, rw::lists(offsets)) == positions{1, 6});
  CHECK(reward::replay_filter{.accuracy = 0.5}.groups(right, rw::lists(offsets)) == positions{0, 1, 6});
}

TEST_CASE("confidence below 0.7; NaN is not kept") {
  std::vector<float> const p{0.6f, 0.4f, /**/ 0.9f, 0.1f, /**/ 0.5f, 0.5f, /**/ static_cast<float>(not_a_number), 0.1f};
  CHECK(reward::confidence_filter{}.items(rw::row_major(p, 2)) == positions{0, 2});
}

TEST_CASE("diversity: distinct paths, and their entropy") {
  std::vector<long> const paths{7, 7, 7, 8, /**/ 1, 2, 3, 4, /**/ 5, 5, /**/ 9};
  std::vector<int> const groups{0, 4, 8, 10, 11, 11};
  CHECK(reward::diversity_filter{}.groups(paths, rw::lists(groups)) == positions{0, 1});
  CHECK(reward::diversity_filter{.entropy = 1}.groups(paths, rw::lists(groups)) == positions{1}); // ln 4 > 1
  CHECK(reward::diversity_filter{.paths = 1, .entropy = 0.5}.groups(paths, rw::lists(groups)) == positions{0, 1});
  CHECK(reward::diversity_filter{.paths = 1}.groups(paths, rw::lists(groups)) == positions{0, 1, 2, 3});
}

TEST_CASE("rejection: both limits must be exceeded") {
  std::vector<double> const rele{0.9, 0.5, 0.9, not_a_number};
  std::vector<double> const incr{1.2, 1.2, 1.0, 2};
  CHECK(reward::rejection_filter{.relevance = 0.5, .increment = 1}.items(rele, incr) == positions{0});
}

TEST_CASE("curriculum: buckets by difficulty, items in their order, NaN left out") {
  double const infinity = std::numeric_limits<double>::infinity();
  std::vector<double> const d{0.9, 0.1, 0.5, not_a_number, 0.2, 0.5, infinity, -infinity};
  auto const c = reward::curriculum(d, std::vector<double>{0.2, 0.5});
  CHECK(c.items == positions{1, 7, 4, 0, 2, 5, 6});
  CHECK(c.offsets == positions{0, 2, 3, 7});
  rw::status s;
  CHECK(reward::curriculum(d, std::vector<double>{0.5, 0.2}, s).items.empty());
  CHECK(s.code == rw::errc::not_ascending);
}

TEST_CASE("partial order: best first, equal rewards once, lists without an order become empty") {
  std::vector<double> const r{.5, 2, 1, 1, /**/ 3, 3, /**/ not_a_number, 1, 2, /**/ 4};
  std::vector<int> const groups{0, 4, 6, 9, 10};
  auto const order = reward::build_partial_order(r, rw::lists(groups));
  CHECK(order.items == positions{1, 2, 0, 8, 7});
  CHECK(order.offsets == positions{0, 3, 3, 5, 5});
  // Against a sort, over random rewards with many ties.
  support::random random(4);
  for (int round = 0; round < 50; ++round) {
    auto const x = random.grades<int>(9, 6);
    auto const got = reward::build_partial_order(x, rw::lists<>::single(9));
    for (std::size_t i = 1; i < got.items.size(); ++i) {
      CHECK(x[got.items[i - 1]] > x[got.items[i]]);
    }
    for (std::size_t i : got.items) {
      for (std::size_t j = 0; j < i; ++j) {
        CHECK(x[j] != x[i]); // the first of equal ones stayed
      }
    }
  }
}

TEST_CASE("lists that do not fit are reported") {
  rw::status s;
  CHECK(reward::difficulty_filter{}.groups(right, rw::lists<>::single(3), s).empty());
  CHECK(s.code == rw::errc::offsets_overrun);
}

TEST_CASE("replay: an accuracy of exactly t is at most t, whatever a product would round to") {
  std::vector<int> answers(100);
  for (std::size_t i = 0; i < 29; ++i) {
    answers[i] = 1;
  }
  CHECK(reward::replay_filter{.accuracy = 0.29}.groups(answers, rw::lists<>::single(100)) == positions{0});
  CHECK(reward::replay_filter{.accuracy = 0.28}.groups(answers, rw::lists<>::single(100)).empty());
}

TEST_CASE("bounds of NaN are reported; nothing is kept") {
  std::vector<int> const answers{1, 0};
  std::vector<double> const p{0.5, 0.5};
  auto const one = rw::lists<>::single(2);
  rw::status s;
  auto const refused = [&](auto const& kept) {
    bool const told = s.code == rw::errc::out_of_range && kept.empty();
    s = {};
    return told;
  };
  CHECK(refused(reward::replay_filter{.accuracy = not_a_number}.groups(answers, one, s)));
  CHECK(refused(reward::confidence_filter{.below = not_a_number}.items(rw::row_major(p, 2), s)));
  CHECK(refused(reward::diversity_filter{.entropy = not_a_number}.groups(answers, one, s)));
  CHECK(refused(reward::rejection_filter{.relevance = not_a_number}.items(p, p, s)));
  CHECK(refused(reward::rejection_filter{.increment = not_a_number}.items(p, p, s)));
}

} // namespace filter_test
