#include <rankwise/io/number.hpp>

#include <doctest/doctest.h>

#include "support/random.hpp"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

namespace rw = rankwise;

namespace {

template <class T>
bool same_bits(T a, T b) {
  return std::memcmp(&a, &b, sizeof a) == 0;
}

// Our number, end included, is that of std::from_chars. Out of range, which from_chars leaves open: strtod's.
template <class T>
bool as_from_chars(std::string const& text) {
  // Exactly as long as it says: a reader that looks further trips the address sanitizer.
  std::vector<char> const exact(text.begin(), text.end());
  char const* const first = exact.data();
  char const* const last = first + exact.size();
  T expected = T(-7);
  auto const [end, code] = std::from_chars(first, last, expected);
  T ours = T(-7);
  char const* const our_end = rw::io::parse_number(first, last, ours);
  if (code == std::errc::invalid_argument) {
    return our_end == nullptr;
  }
  if (code == std::errc::result_out_of_range) {
    if constexpr (sizeof(T) == 4) {
      expected = std::strtof(text.c_str(), nullptr);
    } else {
      expected = std::strtod(text.c_str(), nullptr);
    }
    // from_chars of some libraries calls the smallest subnormals out of range; they count as 0 here.
    return our_end == end && (same_bits(ours, expected) || (std::abs(expected) < T(1e-30) && ours == 0));
  }
  return our_end == end && same_bits(ours, expected);
}

std::string digits(support::random& random, std::size_t count) {
  std::string s;
  for (std::size_t i = 0; i < count; ++i) {
    s += static_cast<char>('0' + random.below(10));
  }
  return s;
}

template <class T>
std::string printed(T x, char const* format) {
  char text[64];
  std::snprintf(text, sizeof text, format, static_cast<double>(x));
  return text;
}

} // namespace

TEST_CASE_TEMPLATE("numbers have the bits of std::from_chars: a million random texts", T, double, float) {
  support::random random(11);
  std::size_t wrong = 0;
  std::string first_wrong;
  auto const check = [&](std::string const& text) {
    if (!as_from_chars<T>(text)) {
      first_wrong = wrong++ == 0 ? text : first_wrong;
    }
  };
  for (int round = 0; round < 130'000; ++round) {
    std::string const sign = random.below(4) == 0 ? "-" : "";
    // What files hold: a few digits, a point, a few more.
    check(sign + digits(random, 1 + random.below(4)) + "." + digits(random, random.below(7)));
    // Any number of digits on either side.
    check(sign + digits(random, random.below(24)) + "." + digits(random, random.below(24)));
    // Exponents, great and small.
    check(sign + digits(random, 1 + random.below(20)) + "e" + (random.below(2) == 0 ? "-" : "+") +
          digits(random, 1 + random.below(3)));
    check(sign + "0." + std::string(random.below(20), '0') + digits(random, 1 + random.below(19)) + "E" +
          digits(random, 1));
    // Every bit pattern, as short and as long as it gets.
    auto const pattern = random.bits();
    T x = 0;
    std::memcpy(&x, &pattern, sizeof x);
    if (std::isfinite(x)) {
      check(printed(x, "%.17g"));
      check(printed(x, "%.9g"));
    }
    check(printed(random.uniform(-1000, 1000), "%.16g"));
    check(printed(random.uniform(), "%.17f"));
  }
  CAPTURE(first_wrong);
  CHECK(wrong == 0);
}

TEST_CASE_TEMPLATE("numbers half way between two others, and their neighbours in the text", T, double, float) {
  support::random random(12);
  std::size_t wrong = 0;
  std::string first_wrong;
  for (int round = 0; round < 20'000; ++round) {
    // Between 2^53 and 2^63 (2^24 and 2^53) numbers have few bits behind the point: the middle is a short text.
    auto const low = static_cast<T>(
        std::ldexp(1 + random.uniform(), static_cast<int>(random.below(40)) + (sizeof(T) == 4 ? 0 : 13)));
    T const high = std::nextafter(low, std::numeric_limits<T>::infinity());
    long double const middle = (static_cast<long double>(low) + static_cast<long double>(high)) / 2;
    char text[128];
    std::snprintf(text, sizeof text, "%.40Lf", middle);
    std::string exact = text;
    exact.erase(exact.find_last_not_of('0') + 1);
    std::string above = exact + "1";
    std::string below = exact;
    if (below.back() >= '1' && below.back() <= '9') {
      below.back() = static_cast<char>(below.back() - 1);
      below += "9";
    }
    for (std::string const& s : {exact, above, below, exact + "00000000000000000000", exact + "00000000000000000001"}) {
      if (!as_from_chars<T>(s)) {
        first_wrong = wrong++ == 0 ? s : first_wrong;
      }
    }
  }
  CAPTURE(first_wrong);
  CHECK(wrong == 0);
}

TEST_CASE("numbers that are hard to round, and texts that are no numbers") {
  for (char const* text : {"0",
                           "-0",
                           "0.0",
                           "-0.0e5",
                           "1",
                           "1.",
                           ".5",
                           "-.5",
                           "00001",
                           "0.1",
                           "1e0",
                           "1e",
                           "1e+",
                           "1e-",
                           "1ex",
                           "1.5.5",
                           "9007199254740991",
                           "9007199254740992",
                           "9007199254740993",
                           "9007199254740995",
                           "18446744073709551615",
                           "18446744073709551616",
                           "9999999999999999999",
                           "99999999999999999999",
                           "1.7976931348623157e308",
                           "1.7976931348623159e308",
                           "2.2250738585072014e-308",
                           "2.2250738585072011e-308",
                           "4.9e-324",
                           "2.4e-324",
                           "2.5e-324",
                           "1e22",
                           "1e23",
                           "8.5e22",
                           "123456789012345678e-19",
                           "0.000000000000000000001",
                           "3.4028235e38",
                           "3.4028236e38",
                           "1.1754943e-38",
                           "1.4e-45",
                           "7e-46",
                           "16777217",
                           "16777217.0000001",
                           "33554435",
                           "0.30000001192092896",
                           "0.300000026822090148925781250",
                           "1e400",
                           "-1e400",
                           "1e-400",
                           "-1e-400",
                           "0e999999",
                           "1e99999999999999999999",
                           "1e-99999999999999999999",
                           "1e-2147483648", // no int is its opposite
                           "1.55e-2147483647",
                           "1.55e4294967295",
                           "6.02214076e23",
                           "179769313486231580793e289",
                           "89255.0000000000000000",
                           "5708990770823839207320493820740630171355185151999e-3",
                           "inf",
                           "-inf",
                           "infinity",
                           "nan",
                           "-nan",
                           "NaN",
                           "",
                           "-",
                           "+",
                           ".",
                           "-.",
                           "e5",
                           ".e5",
                           "--1",
                           "x",
                           "0x10",
                           "1,5",
                           " 1",
                           "1 ",
                           "1\n"}) {
    CAPTURE(text);
    CHECK(as_from_chars<double>(text));
    CHECK(as_from_chars<float>(text));
  }
  double x = 0;
  std::string const plus = "+2.5";
  CHECK(rw::io::parse_number(plus.data(), plus.data() + 4, x) == plus.data() + 4);
  CHECK(x == 2.5);
  std::string const two_signs = "+-2.5";
  CHECK(rw::io::parse_number(two_signs.data(), two_signs.data() + 5, x) == nullptr);
}

TEST_CASE_TEMPLATE("integers fit or are none", T, std::int8_t, std::uint8_t, std::int32_t, std::uint32_t, std::int64_t,
                   std::uint64_t) {
  auto const parse = [](std::string const& s, T& x) {
    std::vector<char> const exact(s.begin(), s.end());
    char const* const end = rw::io::parse_integer(exact.data(), exact.data() + exact.size(), x);
    return end == nullptr ? -1 : static_cast<int>(end - exact.data());
  };
  T x = 0;
  auto const top = std::numeric_limits<T>::max();
  auto const bottom = std::numeric_limits<T>::min();
  std::string const text_of_top = std::to_string(top);
  CHECK(parse(text_of_top, x) == static_cast<int>(text_of_top.size()));
  CHECK(x == top);
  std::string const text_of_bottom = std::to_string(bottom);
  CHECK(parse(text_of_bottom, x) == static_cast<int>(text_of_bottom.size()));
  CHECK(x == bottom);
  std::string beyond = text_of_top;
  ++beyond.back(); // no maximum ends in 9
  CHECK(parse(beyond, x) == -1);
  CHECK(parse(text_of_top + "0", x) == -1);
  CHECK(parse("99999999999999999999999", x) == -1);
  CHECK(parse("007:", x) == 3);
  CHECK(x == 7);
  CHECK(parse("+5", x) == 2);
  CHECK(parse("", x) == -1);
  CHECK(parse("-", x) == -1);
  CHECK(parse("x", x) == -1);
  CHECK(parse("+-1", x) == -1);
  CHECK(parse("-1", x) == (std::is_signed_v<T> ? 2 : -1));
}
