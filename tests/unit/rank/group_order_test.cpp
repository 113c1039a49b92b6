#include <rankwise/backend/emulated.hpp>
#include <rankwise/rank/group_order.hpp>

#include "support/random.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

namespace rw = rankwise;

namespace {

template <std::size_t Lanes>
std::vector<std::uint32_t> order_of(std::vector<float> const& keys, std::size_t k, std::size_t step) {
  using V = rw::shared_value<float, rw::emulated_group<Lanes>>;
  std::size_t const n = keys.size();
  struct {
    std::vector<float> keys, ranks;
    std::vector<std::uint32_t> order, spare;
    std::size_t n, k, count;
  } all{keys,
        std::vector<float>(n + Lanes),
        std::vector<std::uint32_t>(n + Lanes),
        std::vector<std::uint32_t>(n + Lanes),
        n,
        k,
        0};
  all.keys.resize(n + Lanes, 99);
  rw::detail::lockstep lanes(Lanes);
  lanes.run(
      [](void* context, std::size_t) {
        auto& a = *static_cast<decltype(all)*>(context);
        a.count = rw::rank::detail::order_in_group<V>(a.keys.data(), a.ranks.data(), a.order.data(), a.spare.data(),
                                                      a.n, a.k);
      },
      &all, 0, step);
  all.order.resize(all.count);
  return all.order;
}

std::vector<std::uint32_t> expected(std::vector<float> const& keys, std::size_t k) {
  std::vector<std::uint32_t> order;
  for (std::uint32_t i = 0; i < keys.size(); ++i) {
    if (keys[i] > -std::numeric_limits<float>::infinity()) {
      order.push_back(i);
    }
  }
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) { return keys[a] > keys[b]; });
  order.resize(std::min(order.size(), k));
  return order;
}

} // namespace

TEST_CASE("the order of a stable sort, whatever the group and the length") {
  support::random random(5);
  for (std::size_t const n : {0u, 1u, 2u, 3u, 31u, 32u, 63u, 64u, 65u, 127u, 128u, 129u, 200u, 513u, 1000u, 4097u}) {
    CAPTURE(n);
    std::vector<float> keys = random.uniforms<float>(n, -2, 2);
    for (std::size_t i = 0; i < n; ++i) {
      keys[i] = random.below(5) == 0   ? -std::numeric_limits<float>::infinity()
                : random.below(3) == 0 ? static_cast<float>(random.below(3)) - 1
                : random.below(9) == 0 ? -0.0f
                                       : keys[i];
    }
    for (std::size_t const k : {std::size_t{1}, std::size_t{3}, std::size_t{20}, n + 1}) {
      auto const right = expected(keys, k);
      CHECK(order_of<4>(keys, k, 3) == right);
      CHECK(order_of<32>(keys, k, 5) == right);
      CHECK(order_of<128>(keys, k, 127) == right);
    }
    std::fill(keys.begin(), keys.end(), 1.0f);
    CHECK(order_of<32>(keys, n, 1) == expected(keys, n));
    CHECK(order_of<32>(keys, 7, 1) == expected(keys, 7));
    std::fill(keys.begin(), keys.end(), -std::numeric_limits<float>::infinity());
    CHECK(order_of<32>(keys, n, 1).empty());
  }
}
