#include <rankwise/exec/arrange.hpp>

#include <doctest/doctest.h>

#include "support/random.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace rw = rankwise;

TEST_CASE("arrange: items of any number come into order, by heap and by merges") {
  support::random draw(3);
  for (std::size_t count = 0; count < 300; count += count < 70 ? 1 : 23) {
    for (std::uint32_t const levels : {1u, 3u, 1000u}) {
      CAPTURE(count);
      CAPTURE(levels);
      std::vector<std::uint32_t> key(count), item(count), spare(count + 1, 77);
      for (std::size_t i = 0; i < count; ++i) {
        key[i] = static_cast<std::uint32_t>(draw.below(levels));
        item[i] = static_cast<std::uint32_t>(count - 1 - i);
      }
      auto const before = [&](std::uint32_t a, std::uint32_t b) {
        return key[a] < key[b] || (key[a] == key[b] && a < b);
      };
      std::vector<std::uint32_t> expected = item;
      std::sort(expected.begin(), expected.end(), before);
      std::vector<std::uint32_t> heap = item;
      rw::detail::sort_items(heap.data(), count, before);
      CHECK(heap == expected);
      rw::detail::merge_items(item.data(), spare.data(), count, before);
      CHECK(item == expected);
      CHECK(spare[count] == 77);
    }
  }
}
