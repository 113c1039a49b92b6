#include <rankwise/stat/exact_sum.hpp>

#include <doctest/doctest.h>

#include "support/allocations.hpp"
#include "support/random.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

// The reference is a schoolbook one: a row of signed bits, added one by one and rounded by hand.
namespace rw = rankwise;
using rw::stat::exact_sum;

namespace {

double reference_sum(std::vector<double> const& numbers) {
  std::vector<long> bit(2300, 0); // bit k counts 2^(k - 1074)
  for (double const x : numbers) {
    int exponent = 0;
    double const mantissa = std::frexp(x, &exponent); // |mantissa| in [1/2, 1)
    auto whole = static_cast<long long>(std::ldexp(mantissa, 53));
    long place = exponent - 53 + 1074;
    for (; place < 0; ++place) {
      whole /= 2; // a denormal number: these bits are 0
    }
    long const sign = whole < 0 ? -1 : 1;
    for (long long m = whole < 0 ? -whole : whole; m != 0; m /= 2, ++place) {
      bit[static_cast<std::size_t>(place)] += sign * (m % 2);
    }
  }
  auto const settle = [&] {
    long carry = 0;
    for (long& b : bit) {
      long const all = b + carry;
      b = ((all % 2) + 2) % 2;
      carry = (all - b) / 2;
    }
    return carry;
  };
  double sign = 1;
  if (settle() < 0) { // two's complement of a negative number
    sign = -1;
    for (long& b : bit) {
      b = 1 - b;
    }
    bit[0] += 1;
    settle();
  }
  std::size_t top = bit.size();
  while (top != 0 && bit[top - 1] == 0) {
    --top;
  }
  std::size_t const last = top > 53 ? top - 53 : 0;
  double value = 0;
  for (std::size_t k = top; k-- > last;) {
    value = 2 * value + static_cast<double>(bit[k]);
  }
  bool rest = false;
  for (std::size_t k = 0; k + 1 < last; ++k) {
    rest = rest || bit[k] != 0;
  }
  if (last != 0 && bit[last - 1] != 0 && (rest || std::fmod(value, 2) != 0)) {
    value += 1;
  }
  return sign * std::ldexp(value, static_cast<int>(last) - 1074);
}

exact_sum one_by_one(std::vector<double> const& numbers) {
  exact_sum sum;
  for (double const x : numbers) {
    sum.add(x);
  }
  return sum;
}

bool same_bits(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

std::array<unsigned char, exact_sum::bytes> bytes_of(exact_sum const& sum) {
  std::array<unsigned char, exact_sum::bytes> to{};
  sum.write(to);
  return to;
}

// Numbers of magnitudes from 2^low to 2^high, some of them repeated with the other sign.
std::vector<double> numbers_between(support::random& draw, std::size_t count, int low, int high) {
  std::vector<double> out;
  for (std::size_t i = 0; i < count; ++i) {
    double const x =
        std::ldexp(draw.uniform(-1, 1), low + static_cast<int>(draw.below(static_cast<std::size_t>(high - low + 1))));
    out.push_back(x);
    if (draw.below(3) == 0) {
      out.push_back(-x);
    }
  }
  return out;
}

} // namespace

TEST_CASE("the sum is the rounded rational number, for every range of magnitudes") {
  struct range {
    int low, high;
  };
  for (range const r : {range{0, 0}, {-3, 3}, {-40, 40}, {-200, 200}, {-1074, -1000}, {-1074, 1000}, {900, 1000}}) {
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
      CAPTURE(r.low);
      CAPTURE(r.high);
      CAPTURE(seed);
      support::random draw(seed);
      auto numbers = numbers_between(draw, 1 + draw.below(300), r.low, r.high);
      double const expected = reference_sum(numbers);
      exact_sum const sum = one_by_one(numbers);
      CHECK(same_bits(sum.value(), expected));
      exact_sum column;
      column.add(numbers);
      CHECK(column == sum);
    }
  }
}

TEST_CASE("rounding to nearest, ties to even, with bits far below") {
  double const ulp = 0x1p-52;
  CHECK(one_by_one({1, ulp / 2}).value() == 1);
  CHECK(one_by_one({1, ulp / 2, 0x1p-1074}).value() == 1 + ulp);
  CHECK(one_by_one({1, ulp / 2, -0x1p-1074}).value() == 1);
  CHECK(one_by_one({1 + ulp, ulp / 2}).value() == 1 + 2 * ulp);
  CHECK(one_by_one({-1, -ulp / 2, -0x1p-1074}).value() == -1 - ulp);
  CHECK(one_by_one({0x1p-1074, 0x1p-1074}).value() == 0x1p-1073);
  CHECK(one_by_one({0x1p-1022, -0x1p-1074}).value() == 0x1p-1022 - 0x1p-1074);
  CHECK(one_by_one({1e308, 1, -1e308}).value() == 1);
  CHECK(one_by_one({1e100, 1, -1e100, 1e-100}).value() == 1);
  CHECK(same_bits(one_by_one({-0.0, -0.0}).value(), 0.0));
  CHECK(same_bits(exact_sum{}.value(), 0.0));
  // Python 3.10, math.fsum([.1] * 10) and of the ten numbers 1 / 1 .. 1 / 10
  CHECK(one_by_one(std::vector<double>(10, 0.1)).value() == 1.0);
  CHECK(one_by_one({1.0, 1.0 / 2, 1.0 / 3, 1.0 / 4, 1.0 / 5, 1.0 / 6, 1.0 / 7, 1.0 / 8, 1.0 / 9, 1.0 / 10}).value() ==
        2.9289682539682538);
}

TEST_CASE("beyond the largest double the sum is infinite, and still exact") {
  double const most = std::numeric_limits<double>::max();
  double const infinity = std::numeric_limits<double>::infinity();
  exact_sum sum = one_by_one(std::vector<double>(3000, most));
  CHECK(sum.value() == infinity);
  CHECK(one_by_one({most, 0x1p969}).value() == most);     // less than half an ulp
  CHECK(one_by_one({most, 0x1p970}).value() == infinity); // half: IEEE rounds to even, which is infinity
  CHECK(one_by_one({-most, -most}).value() == -infinity);
  for (int i = 0; i < 2999; ++i) {
    sum.add(-most);
  }
  CHECK(sum.value() == most);
  exact_sum column;
  column.add(std::vector<double>{most, most, -most});
  CHECK(column.value() == most);
}

TEST_CASE("quotients of sums, also of such that are no double") {
  double const most = std::numeric_limits<double>::max();
  exact_sum part, whole, none, endless;
  for (int k = 0; k < 5; ++k) {
    whole.add(most);
    part.add(k < 3 ? -most : 0);
  }
  CHECK(part.over(whole) == doctest::Approx(-0.6).epsilon(1e-15));
  CHECK(whole.over(part) == doctest::Approx(-5.0 / 3).epsilon(1e-15));
  exact_sum six;
  six.add(6);
  CHECK(whole.over(six) == doctest::Approx(most / 6 * 5).epsilon(1e-15));
  CHECK(six.over(whole) == doctest::Approx(6 / most / 5).epsilon(1e-14));
  CHECK(std::isnan(none.over(none)));
  CHECK(none.over(whole) == 0);
  endless.add(std::numeric_limits<double>::infinity());
  CHECK(std::isnan(whole.over(endless)));
  CHECK(six.over(endless) == 0);
  CHECK(!endless.of_numbers());
  CHECK(whole.of_numbers());
}

TEST_CASE("infinities and NaN") {
  double const infinity = std::numeric_limits<double>::infinity();
  double const nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(one_by_one({1, infinity, -5}).value() == infinity);
  CHECK(one_by_one({1, -infinity, -infinity}).value() == -infinity);
  CHECK(std::isnan(one_by_one({infinity, -infinity}).value()));
  CHECK(std::isnan(one_by_one({nan, 1}).value()));
  exact_sum column;
  column.add(std::vector<double>{1, 2, infinity, 3});
  CHECK(column.value() == infinity);
  exact_sum other;
  other.add(-infinity);
  column.merge(other);
  CHECK(std::isnan(column.value()));
  CHECK(column.words().low == 0);
}

TEST_CASE("any order and any split give the same bits") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    support::random draw(seed);
    auto numbers = numbers_between(draw, 9000, seed % 2 == 0 ? -1000 : -8, seed % 2 == 0 ? 900 : 8);
    auto const expected = bytes_of(one_by_one(numbers));
    draw.shuffle(numbers);
    std::vector<exact_sum> part(1 + draw.below(5));
    for (std::size_t begin = 0; begin < numbers.size();) {
      std::size_t const end = std::min(numbers.size(), begin + 1 + draw.below(5000));
      part[draw.below(part.size())].add(std::span(numbers).subspan(begin, end - begin));
      begin = end;
    }
    exact_sum all;
    for (exact_sum const& p : part) {
      all.merge(p);
    }
    CHECK(bytes_of(all) == expected);
  }
}

TEST_CASE("many merges of many numbers do not overflow") {
  // Every merge brings full limbs: carries in between must be in time.
  exact_sum big = one_by_one(std::vector<double>(999, 0x1.fffffffffffffp1023));
  exact_sum all;
  for (int i = 0; i < 5000; ++i) {
    all.merge(big);
  }
  exact_sum negative = one_by_one(std::vector<double>(999, -0x1.fffffffffffffp1023));
  for (int i = 0; i < 5000; ++i) {
    all.merge(negative);
  }
  all.add(3);
  CHECK(all.value() == 3);
  for (int i = 0; i < 20; ++i) {
    all.merge(all); // 3 * 2^20
  }
  CHECK(all.value() == 3 * 0x1p20);
}

TEST_CASE("columns of other types, strides, and every length up to two registers and a block") {
  support::random draw(5);
  for (std::size_t n = 0; n < 40; ++n) {
    CAPTURE(n);
    std::vector<float> const few = draw.uniforms<float>(n, -1, 1);
    exact_sum wide;
    for (float const x : few) {
      wide.add(static_cast<double>(x));
    }
    exact_sum sum;
    sum.add(few);
    CHECK(sum == wide);
  }
  std::vector<int> const whole{1, 2, 3, 4, 5, 6, 7};
  exact_sum odd;
  odd.add(rw::strided(whole.data(), 4, 2));
  CHECK(odd.value() == 16);
  exact_sum of_int;
  of_int.add(1);
  of_int.add(whole);
  CHECK(of_int.value() == 29);
}

TEST_CASE("a sum in two words") {
  exact_sum const sum = one_by_one({1, 0x1p-60, 0x1p-70});
  CHECK(sum.words().high == 1);
  CHECK(sum.words().low == 0x1p-60 + 0x1p-70);
}

TEST_CASE("bytes: written, read back, refused") {
  exact_sum const sum = one_by_one({1e300, -1e-300, 3, -7e10});
  auto bytes = bytes_of(sum);
  exact_sum back;
  REQUIRE(back.read(bytes));
  CHECK(back == sum);
  CHECK(bytes_of(back) == bytes);
  back.add(1);
  CHECK(!(back == sum));
  CHECK(bytes_of(one_by_one({3, 1e300, -7e10, -1e-300})) == bytes);
  auto broken = bytes;
  broken[0] = 77;
  CHECK(!back.read(broken));
  broken = bytes;
  broken[1] = 200;
  CHECK(!back.read(broken));
  broken = bytes;
  broken[exact_sum::bytes - 1] = 0x40; // a top limb that no sum reaches
  CHECK(!back.read(broken));
  CHECK(back == one_by_one({1e300, -1e-300, 4, -7e10}));
}

TEST_CASE("a constant expression, and no allocation") {
  constexpr double tenth = [] {
    exact_sum sum;
    for (int i = 0; i < 10; ++i) {
      sum.add(0.1);
    }
    return sum.value();
  }();
  static_assert(tenth == 1);
  static_assert(sizeof(exact_sum) == 552);
  std::vector<double> const numbers(10000, 0.25);
  exact_sum sum;
  CHECK(support::allocations_of([&] { sum.add(numbers); }) == 0);
  CHECK(sum.value() == 2500);
}

TEST_CASE("infinite sums and NaN are equal, and have equal bytes, whatever else was added") {
  double const infinity = std::numeric_limits<double>::infinity();
  double const nan = std::numeric_limits<double>::quiet_NaN();
  std::vector<std::vector<exact_sum>> const kinds{
      {one_by_one({infinity}), one_by_one({infinity, 1}), one_by_one({-3, infinity, infinity, 1e300})},
      {one_by_one({-infinity}), one_by_one({1, -infinity})},
      {one_by_one({nan}), one_by_one({nan, 1}), one_by_one({infinity, -infinity}), one_by_one({nan, infinity, 2})},
      {one_by_one({1})}};
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    for (std::size_t j = 0; j < kinds.size(); ++j) {
      for (exact_sum const& a : kinds[i]) {
        for (exact_sum const& b : kinds[j]) {
          CHECK((a == b) == (i == j));
          CHECK((bytes_of(a) == bytes_of(b)) == (i == j));
        }
      }
    }
  }
  exact_sum back;
  REQUIRE(back.read(bytes_of(kinds[0][2])));
  CHECK(back.value() == infinity);
  back.add(-infinity);
  CHECK(back == kinds[2][0]);
}
