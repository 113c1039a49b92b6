#include <rankwise/core/lists.hpp>

#include <doctest/doctest.h>

#include "support/allocations.hpp"
#include "support/random.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace rw = rankwise;

static_assert(std::is_trivially_copyable_v<rw::lists<int>>);
static_assert(std::is_trivially_copyable_v<rw::lists<>>);
static_assert(rw::list_groups<rw::lists<int> const&> && rw::list_groups<rw::owned_lists<>>);
static_assert(!rw::list_groups<std::vector<int>>);

namespace {

template <class Offset>
rw::status examine(std::vector<Offset> const& offsets) {
  rw::status s;
  rw::lists const groups(offsets, s);
  if (!s.ok()) {
    CHECK(groups.size() == 0);
    CHECK(groups.items() == 0);
    CHECK(groups.longest() == 0);
  }
  return s;
}

} // namespace

TEST_CASE_TEMPLATE("offsets of any integer type", T, int, long, long long, unsigned, std::size_t, std::int16_t,
                   std::uint8_t, std::int8_t) {
  std::vector<T> const offsets{0, 3, 3, 10, 127};
  rw::lists const groups(offsets);
  static_assert(std::is_same_v<decltype(groups), rw::lists<T> const>);
  REQUIRE(groups.size() == 4);
  CHECK(!groups.empty());
  CHECK(groups.items() == 127);
  CHECK(groups.longest() == 117);
  CHECK(groups.begin_of(2) == 3);
  CHECK(groups.end_of(2) == 10);
  CHECK(groups.size_of(1) == 0);
  CHECK(groups.size_of(3) == 117);
  CHECK(groups.offsets() == offsets.data());
}

TEST_CASE("offsets in any contiguous container") {
  std::array<int, 3> const a{0, 1, 4};
  int const c[]{0, 1, 4};
  CHECK(rw::lists(a).items() == 4);
  CHECK(rw::lists(c).items() == 4);
  CHECK(rw::lists(std::span(a)).items() == 4);
  std::array<int, 3> writable = a;
  CHECK(rw::lists(std::span(writable)).items() == 4);
  CHECK(rw::lists(rw::column<int const>{c, 3}).items() == 4);
}

TEST_CASE("lists of lists are the same lists") {
  std::vector<int> const offsets{0, 1, 4};
  rw::lists const groups(offsets);
  CHECK(rw::lists(groups).offsets() == offsets.data());
  auto const owner = rw::lists_of_sizes({1, 3});
  CHECK(rw::lists(owner).offsets() == owner.offsets());
  rw::lists<> view = owner;
  CHECK(view.items() == 4);
  view = {};
  CHECK(view.empty());
  static_assert(std::is_trivially_copyable_v<rw::lists<int>>);
}

TEST_CASE("no offsets, or one, are no lists") {
  for (std::size_t n : {0u, 1u}) {
    std::vector<int> const offsets(n);
    rw::lists const groups(offsets);
    CHECK(groups.empty());
    CHECK(groups.items() == 0);
    CHECK(groups.longest() == 0);
  }
}

TEST_CASE("wrong offsets are reported with the first culprit") {
  auto const start = examine<int>({2, 3});
  CHECK(start.code == rw::errc::offsets_start);
  CHECK(start.found == 2);
  CHECK(examine<int>({-1, 3}).code == rw::errc::offsets_start);
  CHECK(examine<int>({5}).code == rw::errc::offsets_start);
  auto const less = examine<int>({0, 3, 2, 1});
  CHECK(less.code == rw::errc::offsets_decrease);
  CHECK(less.where == 1);
  CHECK(less.expected == 3);
  CHECK(less.found == 2);
  CHECK(examine<std::int8_t>({0, 127, -128}).code == rw::errc::offsets_decrease);
  CHECK(examine<std::uint8_t>({0, 255, 1}).code == rw::errc::offsets_decrease);
  CHECK(examine<int>({0, -3}).code == rw::errc::offsets_decrease);
  CHECK(examine<int>({0, 0, 0}).ok());
  std::vector<int> const falling{0, 3, 2};
  CHECK_THROWS_AS(rw::lists(falling).size(), rw::error);
}

TEST_CASE("extreme offsets do not overflow") {
  constexpr long long far = std::numeric_limits<long long>::max();
  std::vector<long long> const offsets{0, far};
  rw::lists const groups(offsets);
  CHECK(groups.items() == static_cast<std::size_t>(far));
  CHECK(groups.longest() == static_cast<std::size_t>(far));
}

TEST_CASE("uniform lists and a single list need no offsets") {
  auto const u = rw::lists<>::uniform(3, 4);
  CHECK(u.size() == 3);
  CHECK(u.items() == 12);
  CHECK(u.longest() == 4);
  CHECK(u.begin_of(2) == 8);
  CHECK(u.end_of(2) == 12);
  CHECK(u.offsets() == nullptr);
  auto const none = rw::lists<>::uniform(0, 4);
  CHECK(none.items() == 0);
  CHECK(none.longest() == 0);
  auto const hollow = rw::lists<>::uniform(4, 0);
  CHECK(hollow.size() == 4);
  CHECK(hollow.items() == 0);
  // 2^63 lists of two wrap round to no items, which an empty column would match.
  CHECK(rw::lists<>::uniform((std::size_t{1} << 63U), 2).items() == std::numeric_limits<std::size_t>::max());
  CHECK(rw::lists<>::single(7).size() == 1);
  CHECK(rw::lists<>::single(7).size_of(0) == 7);
  CHECK(rw::lists<>{}.empty());
}

TEST_CASE("the same lists over a copy of the offsets") {
  std::vector<int> const offsets{0, 2, 5};
  std::vector<int> const copy = offsets;
  rw::lists const groups(offsets);
  CHECK(groups.over(copy.data()).offsets() == copy.data());
  CHECK(groups.over(copy.data()).items() == 5);
  CHECK(rw::lists<int>::uniform(2, 2).over(copy.data()).offsets() == nullptr);
}

TEST_CASE_TEMPLATE("sizes of any integer type", T, int, unsigned, std::int64_t, std::uint8_t) {
  std::vector<T> const sizes{3, 0, 200, 1};
  auto const groups = rw::lists_of_sizes(sizes);
  REQUIRE(groups.size() == 4);
  CHECK(groups.items() == 204);
  CHECK(groups.size_of(2) == 200);
  CHECK(rw::lists_of_sizes(std::vector<T>{}).empty());
  auto const braced = rw::lists_of_sizes({3, 0, 2}); // copied: the list may be a temporary
  CHECK(braced.size() == 3);
  CHECK(braced.items() == 5);
  CHECK(braced.begin_of(2) == 3);
}

TEST_CASE("wrong sizes") {
  rw::status s;
  auto const groups = rw::lists_of_sizes(std::vector<int>{3, 4, -1, -2}, s);
  CHECK(s.code == rw::errc::negative_size);
  CHECK(s.where == 2);
  CHECK(groups.empty());
  CHECK_THROWS_AS(rw::lists_of_sizes(std::vector<int>{-1}), rw::error);
  // What no offset can count.
  rw::owned_lists<std::uint8_t> const small(std::vector<int>{255, 256}, s);
  CHECK(!s.ok());
  CHECK(small.empty());
  rw::owned_lists<std::uint8_t> const wrapped(std::vector<int>{3, 256}, s);
  CHECK(!s.ok());
  rw::owned_lists<int> const huge(std::vector<long>{1l << 31}, s);
  CHECK(!s.ok());
  constexpr auto top = std::numeric_limits<std::size_t>::max();
  rw::owned_lists<std::size_t> const sum(std::vector<std::size_t>{top, 1}, s);
  CHECK(!s.ok());
  rw::owned_lists<std::uint8_t> const fits(std::vector<int>{255, 0}, s);
  CHECK(s.ok());
  CHECK(fits.items() == 255);
}

TEST_CASE_TEMPLATE("ids of any integer type", T, std::int32_t, std::int64_t, std::uint32_t, unsigned char) {
  std::vector<T> const ids{7, 7, 7, 2, 9, 9, 0};
  auto const groups = rw::lists_of_ids(ids);
  static_assert(std::is_same_v<decltype(groups), rw::owned_lists<> const>);
  REQUIRE(groups.size() == 4);
  CHECK(groups.items() == 7);
  CHECK(groups.longest() == 3);
  CHECK(groups.begin_of(1) == 3);
  CHECK(groups.begin_of(2) == 4);
  CHECK(groups.size_of(3) == 1);
  CHECK(rw::lists_of_ids(std::vector<T>{}).empty());
  CHECK(rw::lists_of_ids(std::vector<T>(5, T(3))).size() == 1);
  CHECK(rw::lists_of_ids(std::vector<T>(5, T(3))).items() == 5);
  T every[6]{1, 0, 1, 0, 2, 0};
  auto const strided = rw::lists_of_ids(rw::strided(every, 3, 2));
  CHECK(strided.size() == 2);
  CHECK(strided.size_of(0) == 2);
  CHECK(rw::lists_of_ids({T(4), T(4), T(1)}).size() == 2); // copied: the list may be a temporary
}

TEST_CASE("ids may be negative, and come in any order") {
  auto const groups = rw::lists_of_ids(std::vector<std::int64_t>{-1, -1, std::numeric_limits<std::int64_t>::min(), 3,
                                                                 std::numeric_limits<std::int64_t>::max(), 0, 0});
  REQUIRE(groups.size() == 5);
  CHECK(groups.size_of(0) == 2);
  CHECK(groups.size_of(4) == 2);
}

TEST_CASE("an id that comes back after another") {
  rw::status s;
  auto const groups = rw::lists_of_ids(std::vector<int>{5, 5, 8, 1, 1, 8, 5, 5, 8}, s);
  CHECK(s.code == rw::errc::bad_format);
  CHECK(s.where == 5); // the first item of the first that does
  CHECK(groups.empty());
  CHECK(groups.items() == 0);
  CHECK_THROWS_WITH_AS(rw::lists_of_ids(std::vector<int>{0, 1, 0}),
                       "rankwise: an id of lists_of_ids comes back after another: sort the items by their list",
                       rw::error);
  CHECK(rw::lists_of_ids(std::vector<int>{1, 0}, s).size() == 2);
  CHECK(s.ok());
  rw::lists_of_ids(std::vector<int>{}, s);
  CHECK(s.ok());
}

TEST_CASE("owned lists are regular") {
  auto const sizes = support::random(3).grades<int>(50, 9);
  auto a = rw::lists_of_sizes(sizes);
  auto const same = [&](rw::lists<> const& l) {
    REQUIRE(l.size() == sizes.size());
    std::size_t first = 0;
    for (std::size_t i = 0; i < l.size(); ++i) {
      CHECK(l.begin_of(i) == first);
      CHECK(l.size_of(i) == static_cast<std::size_t>(sizes[i]));
      first = l.end_of(i);
    }
    CHECK(l.items() == first);
  };
  rw::owned_lists<> b = a;
  CHECK(b.offsets() != a.offsets());
  same(a);
  same(b);
  rw::owned_lists<> c = std::move(b);
  same(c);
  CHECK(b.empty()); // NOLINT(bugprone-use-after-move): it is specified
  CHECK(b.items() == 0);
  b = c;
  same(b);
  same(c);
  b = std::move(c);
  same(b);
  auto& self = b;
  b = self;
  same(b);
  b = std::move(self);
  same(b);
  std::swap(a, b);
  same(a);
  same(b);
  a = {};
  CHECK(a.empty());
  rw::owned_lists<> const from_empty = a;
  CHECK(from_empty.empty());
}

TEST_CASE("looking at lists allocates nothing") {
  std::vector<int> const offsets{0, 2, 5};
  CHECK(support::allocations_of([&] {
          rw::lists const groups(offsets);
          CHECK(groups.size_of(1) == 3);
        }) == 0);
}
