#include <rankwise/exec/partition.hpp>

#include "support/random.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace rw = rankwise;
using rw::detail::list_classes;

namespace {

void check(std::vector<int> const& offsets) {
  rw::lists const lists(offsets);
  std::vector<std::uint32_t> order(lists.size() + 1, 77);
  list_classes const classes = rw::detail::classify(lists, order.data());
  CHECK(order.back() == 77);
  order.pop_back();
  CHECK(classes.first[0] == 0);
  CHECK(classes.first[list_classes::count] == lists.size());
  for (std::size_t c = 0; c < list_classes::count; ++c) {
    std::size_t longest = 0;
    for (std::size_t k = classes.first[c]; k < classes.first[c + 1]; ++k) {
      CHECK(list_classes::class_of(lists.size_of(order[k])) == c);
      longest = std::max(longest, lists.size_of(order[k]));
      if (k != classes.first[c]) {
        std::size_t const before = lists.size_of(order[k - 1]);
        bool const falling =
            before > lists.size_of(order[k]) || (before == lists.size_of(order[k]) && order[k - 1] < order[k]);
        CHECK((c + 1 == list_classes::count ? falling : order[k - 1] < order[k]));
      }
    }
    CHECK(classes.longest[c] == longest);
  }
  std::sort(order.begin(), order.end());
  for (std::size_t l = 0; l < order.size(); ++l) {
    CHECK(order[l] == l);
  }
}

} // namespace

TEST_CASE("every list is in the class of its length, once") {
  check({0});
  check({0, 0, 0});
  check({0, 64, 128 + 1, 128 + 1 + 1024, 128 + 1 + 1024 + 1025});
  support::random random(3);
  std::vector<int> offsets{0};
  for (int l = 0; l < 500; ++l) {
    offsets.push_back(offsets.back() + static_cast<int>(random.below(l % 50 == 0 ? 100'000 : l % 7 == 0 ? 1'500 : 80)));
  }
  check(offsets);
}

TEST_CASE("lists of one length are one class") {
  for (std::size_t const length : {0u, 1u, 64u, 65u, 1024u, 1025u, 100'000u}) {
    list_classes const classes = list_classes::uniform(9, length);
    for (std::size_t c = 0; c < list_classes::count; ++c) {
      bool const mine = list_classes::class_of(length) == c;
      CHECK(classes.size_of(c) == (mine ? 9 : 0));
      CHECK(classes.longest[c] == (mine ? length : 0));
    }
  }
}
