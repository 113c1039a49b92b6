#include <rankwise/math/half.hpp>

#include <rankwise/math/batch.hpp>

#include <doctest/doctest.h>

#include "support/half.hpp"
#include "ulp.hpp"

#include <cstdint>
#include <cstring>
#include <type_traits>
#include <vector>

namespace math = rankwise::math;
namespace rw = rankwise;
namespace test = rankwise_tests;

namespace {

template <class H>
std::vector<H> all_patterns() {
  std::vector<H> all(65536);
  for (std::size_t b = 0; b < all.size(); ++b) {
    auto const bits = static_cast<std::uint16_t>(b);
    std::memcpy(&all[b], &bits, 2);
  }
  return all;
}

template <class H>
std::uint16_t bits_of(H h) {
  return __builtin_bit_cast(std::uint16_t, h);
}

/// Registers read and write what the scalar type does, bit for bit, NaN included.
template <class H, class Scalar>
void check_format() {
  auto const halves = all_patterns<H>();
  auto x = support::half_reference<rw::half_format_of<H>>::hard_cases();
  for (int payload = 1; payload < 0x800000; payload += 12345) { // NaN of all kinds
    x.push_back(math::ops<float>::from_bits(0x7f800000 | payload));
    x.push_back(-x.back());
  }
  x.resize(x.size() / 16 * 16);
  test::for_each_type(test::batches<float>{}, [&](auto type) {
    using V = decltype(type);
    constexpr std::size_t n = math::lanes<V>;
    INFO("lanes " << n);
    int differently_read = 0;
    for (std::size_t i = 0; i < halves.size(); i += n) {
      float lane[n];
      math::store(lane, math::load<V>(&halves[i]));
      for (std::size_t l = 0; l < n; ++l) {
        float const expected = __builtin_bit_cast(Scalar, halves[i + l]);
        differently_read += !test::same_bits(lane[l], expected);
      }
    }
    CHECK(differently_read == 0);
    int differently_written = 0;
    for (std::size_t i = 0; i < x.size(); i += n) {
      H to[n];
      math::store(to, math::load<V>(&x[i]));
      for (std::size_t l = 0; l < n; ++l) {
        differently_written += bits_of(to[l]) != Scalar(x[i + l]).bits;
      }
    }
    CHECK(differently_written == 0);
    // The ends of a range, and strides: as above, and nothing else is touched.
    int wrong = 0;
    for (std::size_t count = 0; count <= n; ++count) {
      float lane[n];
      math::store(lane, math::load_partial<V>(&halves[15000], count, 7));
      H to[n];
      std::memset(to, 0x55, sizeof to);
      math::store_partial(to, count, math::load<V>(&x[20000]));
      for (std::size_t l = 0; l < n; ++l) {
        wrong += lane[l] != (l < count ? static_cast<float>(halves[15000 + l]) : 7);
        wrong += bits_of(to[l]) != (l < count ? Scalar(x[20000 + l]).bits : 0x5555);
      }
      for (std::ptrdiff_t const stride : {-3, 1, 2, 5}) {
        if (count != 0) {
          math::store(lane, math::load_strided<V>(&halves[15000], stride, count));
          for (std::size_t l = 0; l < count; ++l) {
            wrong += lane[l] != static_cast<float>((&halves[15000])[static_cast<std::ptrdiff_t>(l) * stride]);
          }
        }
      }
    }
    CHECK(wrong == 0);
  });
}

} // namespace

TEST_CASE("registers of float16 have the bits of the scalar type, all patterns and all hard roundings") {
  check_format<rw::float16, rw::float16>();
}

TEST_CASE("registers of bfloat16 have the bits of the scalar type, all patterns and all hard roundings") {
  check_format<rw::bfloat16, rw::bfloat16>();
}

#if defined(__FLT16_MAX__)
TEST_CASE("registers of the compiler's own two-byte float") {
  check_format<rw::compiler_float16, rw::float16>();
}
#endif
