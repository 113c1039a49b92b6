#include <rankwise/stat/order.hpp>

#include <rankwise/core/arch.hpp>

#include <doctest/doctest.h>

#include "support/random.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace d = rankwise::stat::detail;
using isa = rankwise::arch::native;

namespace {

struct item {
  std::uint64_t key;
  std::size_t place;
};

std::vector<item> items_of(std::vector<double> const& numbers) {
  std::vector<item> items;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    items.push_back({d::key_of(numbers[i]), i});
  }
  return items;
}

void check_sorted(std::vector<double> const& numbers) {
  auto items = items_of(numbers);
  auto right = items;
  d::sort_by_key<isa>(items, [](item const& i) { return i.key; });
  std::stable_sort(right.begin(), right.end(),
                   [&](item const& a, item const& b) { return numbers[a.place] < numbers[b.place]; });
  bool same = items.size() == right.size();
  for (std::size_t i = 0; i < right.size(); ++i) {
    same = same && items[i].place == right[i].place;
  }
  CHECK(same);
}

} // namespace

TEST_CASE("keys have the order of their numbers, and give them back") {
  double const most = std::numeric_limits<double>::max();
  std::vector<double> const ascending{-most, -1, -0x1p-1074, 0, 0x1p-1074, 1, 1 + 0x1p-52, most};
  for (std::size_t i = 0; i < ascending.size(); ++i) {
    CHECK(d::number_of(d::key_of(ascending[i])) == ascending[i]);
    CHECK((i == 0 || d::key_of(ascending[i - 1]) < d::key_of(ascending[i])));
  }
  CHECK(d::key_of(-0.0) == d::key_of(0.0));
}

TEST_CASE("the order of a stable sort, for every length and every range of numbers") {
  support::random draw(1);
  for (std::size_t n = 0; n < 140; ++n) {
    CAPTURE(n);
    check_sorted(draw.grades<double>(n, 9));
    check_sorted(draw.uniforms<double>(n, -1, 1));
  }
  for (std::size_t const n : {std::size_t{4095}, std::size_t{4096}, std::size_t{20000}}) {
    CAPTURE(n);
    check_sorted(draw.uniforms<double>(n, -1e9, 1e9));
    check_sorted(draw.uniforms<double>(n, 0.5, 0.5000001));
    check_sorted(draw.grades<double>(n, 3));
    check_sorted(std::vector<double>(n, 4.5));
    std::vector<double> floats;
    for (float const x : draw.uniforms<float>(n, -3, 3)) {
      floats.push_back(static_cast<double>(x));
    }
    check_sorted(floats);
  }
}

TEST_CASE("equal numbers by weight, whatever the order of the input") {
  support::random draw(2);
  std::vector<d::weighted_key> keys;
  for (int i = 0; i < 3000; ++i) {
    keys.push_back({d::key_of(static_cast<double>(draw.below(20))), draw.uniform()});
  }
  auto shuffled = keys;
  draw.shuffle(shuffled);
  d::sort_keys<isa>(keys);
  d::sort_keys<isa>(shuffled);
  CHECK(keys == shuffled);
}
