#ifndef RANKWISE_IO_NUMBER_HPP
#define RANKWISE_IO_NUMBER_HPP

#include <rankwise/core/arch.hpp>
#include <rankwise/core/config.hpp>

#include <bit>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <system_error>
#include <type_traits>

/// Decimal text to numbers, eight digits at a time, with the bits that std::from_chars gives: the number nearest to the
/// text, halves to even. std::from_chars itself is called where plain arithmetic cannot settle the rounding.
namespace rankwise::inline RANKWISE_ABI::io {

namespace detail {

inline constexpr std::uint64_t every_byte = 0x0101010101010101u;
inline constexpr std::uint64_t high_bits = 0x80 * every_byte;

/// Eight bytes of text, the first in the lowest bits.
RANKWISE_ALWAYS_INLINE inline std::uint64_t load_eight(char const* p) {
  std::uint64_t word = 0;
  std::memcpy(&word, p, sizeof word);
  if constexpr (std::endian::native == std::endian::big) {
    word = __builtin_bswap64(word);
  }
  return word;
}

/// The same near the end of the text; zeros follow it.
RANKWISE_ALWAYS_INLINE inline std::uint64_t load_eight(char const* p, char const* last) {
  if (last - p >= 8) {
    return load_eight(p);
  }
  std::uint64_t word = 0;
  for (std::ptrdiff_t i = 0; i < last - p; ++i) {
    word |= std::uint64_t{static_cast<unsigned char>(p[i])} << (8 * i);
  }
  return word;
}

/// The high bit of every byte that is no digit, of a word whose bytes had '0' taken off by exclusive or.
RANKWISE_ALWAYS_INLINE inline std::uint64_t no_digits(std::uint64_t digits) {
  return (((digits & ~high_bits) + 0x76 * every_byte) | digits) & high_bits;
}

/// The number that eight digits make, the first in the lowest byte: pairs, then fours, then all.
RANKWISE_ALWAYS_INLINE inline std::uint64_t combine_digits(std::uint64_t digits) {
  digits = digits * 10 + (digits >> 8);
  constexpr std::uint64_t pairs = 0x000000ff000000ffu;
  constexpr std::uint64_t first = 100 + (std::uint64_t{1'000'000} << 32);
  constexpr std::uint64_t second = 1 + (std::uint64_t{10'000} << 32);
  return ((digits & pairs) * first + ((digits >> 16) & pairs) * second) >> 32;
}

inline constexpr std::uint64_t powers_of_ten[20] = {1u,
                                                    10u,
                                                    100u,
                                                    1'000u,
                                                    10'000u,
                                                    100'000u,
                                                    1'000'000u,
                                                    10'000'000u,
                                                    100'000'000u,
                                                    1'000'000'000u,
                                                    10'000'000'000u,
                                                    100'000'000'000u,
                                                    1'000'000'000'000u,
                                                    10'000'000'000'000u,
                                                    100'000'000'000'000u,
                                                    1'000'000'000'000'000u,
                                                    10'000'000'000'000'000u,
                                                    100'000'000'000'000'000u,
                                                    1'000'000'000'000'000'000u,
                                                    10'000'000'000'000'000'000u};

inline constexpr double exact_powers[23] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                            1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/// Appends the digits at p to `mantissa` and counts them; 20 or more of them may have wrapped it around.
RANKWISE_ALWAYS_INLINE inline char const* take_digits(char const* p, char const* last, std::uint64_t& mantissa,
                                                      unsigned& count) {
  while (count < 20) {
    std::uint64_t digits = load_eight(p, last) ^ (0x30 * every_byte);
    std::uint64_t const other = no_digits(digits);
    if (other == 0) {
      mantissa = mantissa * powers_of_ten[8] + combine_digits(digits);
      count += 8;
      p += 8;
      continue;
    }
    auto const n = static_cast<unsigned>(std::countr_zero(other)) / 8;
    if (n != 0) {
      digits <<= 64 - 8 * n;
      mantissa = mantissa * powers_of_ten[n] + combine_digits(digits);
      count += n;
      p += n;
    }
    break;
  }
  return p;
}

/// mantissa / 10^places, nearest, halves to even; mantissa has more than 53 bits and places is at most 19.
template <class Isa>
double divide_exactly(std::uint64_t mantissa, unsigned places) {
#if defined(__SIZEOF_INT128__)
  __extension__ using wide = unsigned __int128;
  wide const numerator = wide{mantissa} << 64;
  std::uint64_t const denominator = powers_of_ten[places];
  wide const quotient = numerator / denominator;
  bool const rest = numerator % denominator != 0;
  auto const high = static_cast<std::uint64_t>(quotient >> 64);
  auto const low = static_cast<std::uint64_t>(quotient);
  // 10^19 has 64 bits, so the quotient has at least 54.
  int const bits = high != 0 ? 128 - std::countl_zero(high) : 64 - std::countl_zero(low);
  int const drop = bits - 53;
  auto kept = static_cast<std::uint64_t>(quotient >> drop);
  wide const dropped = quotient & ((wide{1} << drop) - 1);
  wide const half = wide{1} << (drop - 1);
  if (dropped > half || (dropped == half && (rest || (kept & 1) != 0))) {
    ++kept;
  }
  // kept is at most 2^53, and drop - 64 is between -63 and 11: a normal number.
  return static_cast<double>(kept) * std::bit_cast<double>(static_cast<std::uint64_t>(drop - 64 + 1023) << 52);
#else
  return (void)mantissa, (void)places, std::numeric_limits<double>::quiet_NaN();
#endif
}

inline constexpr bool divides_exactly =
#if defined(__SIZEOF_INT128__)
    true;
#else
    false;
#endif

/// Whether the text's number, which is out of range, is too great rather than too small.
template <class Isa>
bool too_great(char const* p, char const* last) {
  if (p < last && *p == '-') {
    ++p;
  }
  // The decimal exponent of the first digit that is not 0.
  long long exponent = -1;
  bool found = false;
  bool point = false;
  for (; p < last && ((*p >= '0' && *p <= '9') || (*p == '.' && !point)); ++p) {
    if (*p == '.') {
      point = true;
    } else if (found) {
      exponent += point ? 0 : 1;
    } else if (*p != '0') {
      found = true;
      exponent = point ? exponent : 0;
    } else {
      exponent -= point ? 1 : 0;
    }
  }
  if (p < last && (*p == 'e' || *p == 'E')) {
    ++p;
    bool const negative = p < last && *p == '-';
    p += p < last && (*p == '-' || *p == '+') ? 1 : 0;
    long long written = 0;
    for (; p < last && *p >= '0' && *p <= '9' && written < 1'000'000'000'000; ++p) {
      written = 10 * written + (*p - '0');
    }
    exponent += negative ? -written : written;
  }
  return exponent > 0;
}

template <class T, class Isa>
char const* parse_slowly(char const* first, char const* last, T& value) {
  auto const [end, code] = std::from_chars(first, last, value);
  if (code == std::errc::invalid_argument) {
    return nullptr;
  }
  if (code == std::errc::result_out_of_range) {
    T const size = too_great<Isa>(first, end) ? std::numeric_limits<T>::infinity() : T(0);
    value = *first == '-' ? -size : size;
  }
  return end;
}

/// A double that was rounded from the text, rounded again to float; false if the first rounding may change the second.
RANKWISE_ALWAYS_INLINE inline bool narrow(double from, float& to) {
  double const size = from < 0 ? -from : from;
  bool const normal = size >= 0x1p-126 && size < 0x1.fffffep127;
  bool const between = (std::bit_cast<std::uint64_t>(from) & 0x1fffffff) == 0x10000000;
  to = static_cast<float>(from);
  return (normal && !between) || size == 0;
}

} // namespace detail

/// Reads the number that [first, last) begins with and returns where it ends, or null if there is none: digits, with or
/// without sign, point and exponent; "inf" and "nan", which the readers then refuse. What is too great is infinite,
/// what is too small is 0. `Isa` is never given.
template <class T, class Isa = arch::native>
RANKWISE_ALWAYS_INLINE inline char const* parse_number(char const* first, char const* last, T& value) {
  static_assert(std::is_same_v<T, float> || std::is_same_v<T, double>,
                "[rankwise] parse_number reads float and double; integers are read by parse_integer");
  char const* p = first;
  if (p < last && *p == '+') {
    ++p;
    if (p < last && *p == '-') {
      return nullptr;
    }
  }
  char const* const begin = p;
  bool const negative = p < last && *p == '-';
  p += negative ? 1 : 0;
  std::uint64_t mantissa = 0;
  unsigned count = 0;
  p = detail::take_digits(p, last, mantissa, count);
  int power = 0;
  if (p < last && *p == '.') {
    unsigned const before = count;
    p = detail::take_digits(p + 1, last, mantissa, count);
    power = static_cast<int>(before) - static_cast<int>(count);
  }
  bool simple = count - 1 < 19; // at least one digit, and all of them counted
  if (simple && p < last && (*p | 0x20) == 'e') {
    char const* q = p + 1;
    bool const shrinks = q < last && *q == '-';
    q += q < last && (*q == '-' || *q == '+') ? 1 : 0;
    std::uint64_t exponent = 0;
    unsigned digits = 0;
    q = detail::take_digits(q, last, exponent, digits);
    simple = digits - 1 < 4;
    if (simple) { // one that an int holds
      power += shrinks ? -static_cast<int>(exponent) : static_cast<int>(exponent);
    }
    p = q;
  }
  if (simple) {
    double size = 0;
    bool settled = true;
    if (mantissa <= std::uint64_t{1} << 53) {
      auto const exact = static_cast<double>(static_cast<std::int64_t>(mantissa));
      if (static_cast<unsigned>(power + 22) <= 44) {
        size = power < 0 ? exact / detail::exact_powers[-power] : exact * detail::exact_powers[power];
      } else {
        settled = mantissa == 0;
      }
    } else if (power == 0) {
      size = static_cast<double>(mantissa);
    } else if (detail::divides_exactly && power < 0 && power >= -19) {
      size = detail::divide_exactly<Isa>(mantissa, static_cast<unsigned>(-power));
    } else {
      settled = false;
    }
    if (settled) {
      size = negative ? -size : size;
      if constexpr (std::is_same_v<T, double>) {
        value = size;
        return p;
      } else {
        if (detail::narrow(size, value)) {
          return p;
        }
      }
    }
  }
  return detail::parse_slowly<T, Isa>(begin, last, value);
}

/// Reads the integer that [first, last) begins with; null if there is none or it does not fit.
template <class T, class Isa = arch::native>
RANKWISE_ALWAYS_INLINE inline char const* parse_integer(char const* first, char const* last, T& value) {
  static_assert(std::is_integral_v<T>);
  if (first < last && *first == '+') {
    ++first;
    if (first < last && *first == '-') {
      return nullptr;
    }
  }
  bool const negative = first < last && *first == '-';
  std::uint64_t size = 0;
  unsigned count = 0;
  char const* p = detail::take_digits(first + (negative ? 1 : 0), last, size, count);
  if (count == 0) {
    return nullptr;
  }
  if (count > 19) {
    auto const [end, code] = std::from_chars(first, last, value);
    return code == std::errc{} ? end : nullptr;
  }
  auto const limit = static_cast<std::uint64_t>(std::numeric_limits<T>::max());
  if (negative) {
    if (std::is_unsigned_v<T> ? size != 0 : size > limit + 1) {
      return nullptr;
    }
    value = static_cast<T>(std::uint64_t{0} - size);
    return p;
  }
  if (size > limit) {
    return nullptr;
  }
  value = static_cast<T>(size);
  return p;
}

} // namespace rankwise::inline RANKWISE_ABI::io

#endif
