#include <rankwise/core/half.hpp>

#include <doctest/doctest.h>

#include "support/half.hpp"
#include "support/random.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace rw = rankwise;

namespace {

static_assert(sizeof(rw::float16) == 2 && std::is_trivially_copyable_v<rw::float16>);
static_assert(std::is_trivially_default_constructible_v<rw::bfloat16>);
static_assert(rw::float16(1.5f) == 1.5f && rw::bfloat16(-2) == -2.0f && float(rw::float16(65504)) == 65504.0f);
static_assert(rw::float16(65519.99).bits == 0x7bff && rw::float16(65520).bits == 0x7c00);
static_assert(rw::float16(1e300).bits == 0x7c00 && rw::bfloat16(-1e300).bits == 0xff80);
static_assert(rw::half_width<rw::float16> && rw::half_width<rw::bfloat16> && !rw::half_width<float>);

template <rw::half_format Format>
using reference = support::half_reference<Format>;

std::uint16_t bits(float x, rw::float16) {
  return rw::float16(x).bits;
}
std::uint16_t bits(float x, rw::bfloat16) {
  return rw::bfloat16(x).bits;
}

template <class H>
H from_bits(int b) {
  H h;
  h.bits = static_cast<std::uint16_t>(b);
  return h;
}

} // namespace

TEST_CASE_TEMPLATE("all 65,536 patterns: the value by definition, and back", H, rw::float16, rw::bfloat16) {
  int wrong = 0;
  int changed = 0;
  for (int b = 0; b < 65536; ++b) {
    H const h = from_bits<H>(b);
    double const exact = reference<rw::half_format_of<H>>::value(h.bits);
    float const f = h;
    if (std::isnan(exact)) {
      wrong += !std::isnan(f);
      // NaN stays NaN, with its sign, and quiet.
      constexpr int quiet = std::is_same_v<H, rw::float16> ? 0x200 : 0x40;
      changed += H(f).bits != (b | quiet);
    } else {
      wrong += !(static_cast<double>(f) == exact && std::signbit(f) == std::signbit(exact));
      changed += H(f).bits != b || H(static_cast<double>(f)).bits != b;
    }
  }
  CHECK(wrong == 0);
  CHECK(changed == 0);
}

TEST_CASE_TEMPLATE("rounds to nearest, ties to even: every number, middle and neighbour of a middle", H, rw::float16,
                   rw::bfloat16) {
  int wrong = 0;
  for (float const x : reference<rw::half_format_of<H>>::hard_cases()) {
    std::uint16_t const nearest = reference<rw::half_format_of<H>>::nearest(static_cast<double>(x));
    wrong += bits(x, H{}) != nearest || H(static_cast<double>(x)).bits != nearest;
  }
  CHECK(wrong == 0);
}

TEST_CASE_TEMPLATE("integers are rounded once, those of more bits than a double has, too", H, rw::float16,
                   rw::bfloat16) {
  using r = reference<rw::half_format_of<H>>;
  constexpr std::int64_t middle = (std::int64_t{1} << 60) + (std::int64_t{1} << 52); // of two of bfloat16
  static_assert(static_cast<float>(rw::bfloat16(middle)) == 0x1p60f);
  static_assert(static_cast<float>(rw::bfloat16(middle + 1)) == 0x1.02p60f);
  static_assert(static_cast<float>(rw::bfloat16(-middle - 1)) == -0x1.02p60f);
  int wrong = 0;
  int twice = 0;
  for (int bits = 9; bits <= 62; ++bits) {
    std::int64_t const below = std::int64_t{1} << bits;
    std::int64_t const half_step = std::int64_t{1} << (bits > 8 ? bits - 8 : 0);
    for (std::int64_t const change : {-2, -1, 0, 1, 2}) {
      std::int64_t const x = below + half_step + change;
      // The reference takes a double: one just beside the middle stands for the integer.
      auto const at_middle = static_cast<double>(below + half_step);
      double const beside = change == 0  ? at_middle
                            : bits <= 50 ? static_cast<double>(x)
                                         : std::nextafter(at_middle, change > 0 ? 0x1p64 : 0);
      std::uint16_t const nearest = r::nearest(beside);
      auto const positive = static_cast<std::uint64_t>(x);
      wrong += H(x).bits != nearest || H(positive).bits != nearest || H(-x).bits != (nearest | 0x8000);
      twice += H(static_cast<double>(x)).bits != nearest;
    }
  }
  CHECK(wrong == 0);
  if (std::is_same_v<H, rw::bfloat16>) {
    CHECK(twice > 10); // the test means something
  }
  constexpr auto least = std::numeric_limits<std::int64_t>::min();
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  CHECK(H(least).bits == H(-0x1p63).bits);
  CHECK(H(most).bits == H(0x1p64).bits);
  CHECK(H(std::uint64_t{0}).bits == 0);
}

TEST_CASE_TEMPLATE("double is rounded once", H, rw::float16, rw::bfloat16) {
  support::random draw(91);
  int wrong = 0;
  int twice = 0;
  for (int i = 0; i < 200'000; ++i) {
    // Just beside a middle of two numbers, closer than floats are.
    auto const b = static_cast<std::uint16_t>(draw.uniform(0, 0x7b00));
    double const a = reference<rw::half_format_of<H>>::value(b);
    double const next = reference<rw::half_format_of<H>>::value(static_cast<std::uint16_t>(b + 1));
    double const x = (a + next) / 2 + (next - a) * draw.uniform(-1e-9, 1e-9);
    std::uint16_t const nearest = reference<rw::half_format_of<H>>::nearest(x);
    wrong += H(x).bits != nearest;
    twice += H(static_cast<float>(x)).bits != nearest;
  }
  CHECK(wrong == 0);
  CHECK(twice > 50'000); // the test means something
  CHECK(H(1e-300).bits == 0);
  CHECK(H(-1e-300).bits == 0x8000);
  CHECK(std::isnan(static_cast<float>(H(std::numeric_limits<double>::quiet_NaN()))));
  CHECK(H(std::numeric_limits<double>::infinity()) == std::numeric_limits<float>::infinity());
  CHECK(H(true) == 1.0f);
  CHECK(H(3u) == 3.0f);
}

#if defined(__FLT16_MAX__)
TEST_CASE("the compiler's own type has the same bits") {
  int wrong = 0;
  for (float const x : reference<rw::half_format::binary16>::hard_cases()) {
    wrong += __builtin_bit_cast(std::uint16_t, static_cast<rw::compiler_float16>(x)) != rw::float16(x).bits;
  }
  CHECK(wrong == 0);
}
#endif
