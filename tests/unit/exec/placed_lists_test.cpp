#include <rankwise/exec/placed_lists.hpp>

#include <rankwise/rank/ranks.hpp>
#include <rankwise/rank/top_k.hpp>

#include <doctest/doctest.h>

#include <vector>

namespace rw = rankwise;

TEST_CASE("placed lists keep their offsets, and stand for the lists") {
  std::vector<float> const scores{1, 3, 2, 5, 4};
  auto groups = [] {
    std::vector<int> offsets{0, 3, 3, 5};
    auto placed = rw::place_lists(rw::exec::simd{}, rw::lists(offsets));
    offsets = {9, 9, 9, 9}; // nothing of the caller's is read
    return placed;
  }();
  auto const moved = static_cast<decltype(groups)&&>(groups);
  CHECK(moved.groups().size() == 3);
  CHECK(moved.groups().items() == 5);
  CHECK(moved.groups().longest() == 3);
  CHECK(moved.groups().begin_of(2) == 3);

  rw::workspace memory;
  auto const page = rw::top_k<2>(rw::exec::simd{}, scores, moved, memory);
  REQUIRE(page.size() == 3);
  CHECK(page[0][0] == 1);
  CHECK(page[0][1] == 2);
  CHECK(page[1].empty());
  CHECK(page[2][0] == 3);
  CHECK(rw::top_k<2>(scores, moved).items == page.items);
  std::vector<int> places(5), again(5);
  rw::ranks(scores, moved, places);
  CHECK(places == std::vector{2, 0, 1, 0, 1});
  rw::ranks(rw::exec::scalar{}, scores, moved, again, memory);
  CHECK(again == places);

  auto const uniform = rw::place_lists(rw::exec::scalar{}, rw::lists<>::uniform(1, 5));
  CHECK(uniform.groups().offsets() == nullptr);
  rw::ranks(scores, uniform, places);
  CHECK(places == std::vector{4, 2, 3, 0, 1});
  rw::ranks(scores, rw::lists_of_sizes(std::vector{5}), again);
  CHECK(again == places);
}

TEST_CASE("prepared data stands for its lists, too") {
  std::vector<float> const scores{1, 3, 2, 5, 4};
  rw::prepared<rw::no_constants, float, std::size_t, rw::memory::host> data;
  data.shape = rw::lists<>::uniform(1, 5);
  std::vector<int> places(5);
  rw::ranks(scores, data, places);
  CHECK(places == std::vector{4, 2, 3, 0, 1});
}
