#include <rankwise/exec/simd.hpp>
#include <rankwise/math/quads.hpp>

#include <doctest/doctest.h>

#include "support/executors.hpp"

#include <array>
#include <cstddef>

namespace rw = rankwise;

namespace {

/// The table whose number in row k, column c is 1000 + 16 k + c * c.
template <class V>
void check_quads() {
  using quads = rw::math::quads<V>;
  constexpr std::size_t n = quads::lanes;
  constexpr std::size_t registers = quads::registers;
  static_assert(n * registers == 16);
  auto const at = [](std::size_t k, std::size_t c) { return static_cast<float>(1000 + 16 * k + c * c); };
  auto const is_four = [](V x, std::array<float, 4> expected) {
    float lane[n];
    rw::math::store(lane, x);
    for (std::size_t i = 0; i < n; ++i) {
      CAPTURE(i);
      CHECK(lane[i] == expected[i % 4]);
    }
  };
  V table[registers];
  float across[4] = {};
  float down[4] = {};
  for (std::size_t r = 0; r < registers; ++r) {
    float lane[n];
    for (std::size_t i = 0; i < n; ++i) {
      std::size_t const k = (r * n + i) / 4;
      std::size_t const c = i % 4;
      lane[i] = at(k, c);
      across[k] += lane[i];
      down[c] += lane[i];
    }
    table[r] = rw::math::load<V>(lane);
  }
  V const four = quads::four(2, 3, 5, 7);
  is_four(four, {2, 3, 5, 7});
  is_four(quads::next(four), {3, 5, 7, 0});
  is_four(quads::across(table), {across[0], across[1], across[2], across[3]}); // sums of integers are exact
  is_four(quads::down(table), {down[0], down[1], down[2], down[3]});
  for (std::size_t r = 0; r < registers; ++r) {
    float lane[n];
    rw::math::store(lane, quads::rows_of(four, r));
    for (std::size_t i = 0; i < n; ++i) {
      CAPTURE(r);
      CAPTURE(i);
      CHECK(lane[i] == std::array<float, 4>{2, 3, 5, 7}[(r * n + i) / 4]);
    }
  }
}

} // namespace

TEST_CASE("quads: rows, columns and sums, on every instruction set of x86") {
  std::size_t sets = 0;
  support::for_each_executor([&](auto executor) {
    using V = typename decltype(executor)::template vector<float>;
    if constexpr (rw::math::quads<V>::exist) {
      check_quads<V>();
      ++sets;
    }
  });
#if defined(__SSE2__)
  CHECK(sets != 0);
#else
  CHECK(sets == 0);
#endif
  CHECK_FALSE(rw::math::quads<float>::exist);
}
