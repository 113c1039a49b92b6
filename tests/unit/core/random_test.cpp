#include <rankwise/core/random.hpp>

#include <doctest/doctest.h>

namespace rw = rankwise;

namespace {

// Known answers of the Random123 library (kat_vectors, philox4x32 10).
constexpr std::uint32_t ones = 0xffffffffu;
static_assert(rw::philox({{0, 0, 0, 0}}, 0, 0) ==
              rw::random_block{{0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u}});
static_assert(rw::philox({{ones, ones, ones, ones}}, ones, ones) ==
              rw::random_block{{0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu}});
static_assert(rw::philox({{0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u}}, 0xa4093822u, 0x299f31d0u) ==
              rw::random_block{{0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u}});

} // namespace

TEST_CASE("uniform numbers: in [0, 1), even, another for every seed, item and stream") {
  double sum = 0;
  double squares = 0;
  int constexpr n = 100000;
  for (std::uint64_t i = 0; i < n; ++i) {
    double const u = rw::random_uniform(7, i);
    CHECK_UNARY(u >= 0 && u < 1);
    sum += u;
    squares += u * u;
  }
  CHECK(sum / n == doctest::Approx(0.5).epsilon(0.01));
  CHECK(squares / n == doctest::Approx(1.0 / 3).epsilon(0.01));
  CHECK(rw::random_bits(1, 2, 3) != rw::random_bits(1, 2, 4));
  CHECK(rw::random_bits(1, 2, 3) != rw::random_bits(1, 3, 3));
  CHECK(rw::random_bits(1, 2, 3) != rw::random_bits(2, 2, 3));
  CHECK(rw::random_bits(std::uint64_t{1} << 40, 0) != rw::random_bits(0, 0));
}
