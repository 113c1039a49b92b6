#ifndef RANKWISE_IO_TENSOR_TYPE_HPP
#define RANKWISE_IO_TENSOR_TYPE_HPP

#include <rankwise/core/arch.hpp>
#include <rankwise/core/config.hpp>
#include <rankwise/core/half.hpp>
#include <rankwise/core/tensor.hpp>

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

/// The types that numbers have in files of tensors, and their conversion.
namespace rankwise::inline RANKWISE_ABI::io {

static_assert(std::endian::native == std::endian::little, "[rankwise] files of tensors are little-endian");

enum class tensor_type : unsigned char { boolean, i8, u8, i16, u16, i32, u32, i64, u64, f16, bf16, f32, f64, other };

namespace detail {

struct tensor_type_name {
  char const* text;
  std::size_t bytes;
};
inline constexpr tensor_type_name tensor_types[] = {{"BOOL", 1}, {"I8", 1},  {"U8", 1},  {"I16", 2},  {"U16", 2},
                                                    {"I32", 4},  {"U32", 4}, {"I64", 8}, {"U64", 8},  {"F16", 2},
                                                    {"BF16", 2}, {"F32", 4}, {"F64", 8}, {"other", 0}};

template <class T>
consteval tensor_type type_in_file() {
  if constexpr (half_format_of<T> == half_format::binary16) {
    return tensor_type::f16;
  } else if constexpr (half_format_of<T> == half_format::bfloat) {
    return tensor_type::bf16;
  } else if constexpr (std::is_same_v<T, float>) {
    return tensor_type::f32;
  } else if constexpr (std::is_same_v<T, double>) {
    return tensor_type::f64;
  } else {
    static_assert(std::is_integral_v<T>, "[rankwise] a tensor's numbers are float, double, float16, bfloat16, bool or "
                                         "integers");
    if constexpr (std::is_same_v<T, bool>) {
      return tensor_type::boolean;
    } else {
      constexpr tensor_type of_width[4][2] = {{tensor_type::u8, tensor_type::i8},
                                              {tensor_type::u16, tensor_type::i16},
                                              {tensor_type::u32, tensor_type::i32},
                                              {tensor_type::u64, tensor_type::i64}};
      return of_width[std::bit_width(sizeof(T)) - 1][std::is_signed_v<T> ? 1 : 0];
    }
  }
}

/// Calls f(T{}) with the number type of a tensor; false for one that this library does not read.
template <class F>
bool with_type(tensor_type type, F f) {
  switch (type) {
  case tensor_type::boolean:
  case tensor_type::u8:
    return f(std::uint8_t{});
  case tensor_type::i8:
    return f(std::int8_t{});
  case tensor_type::i16:
    return f(std::int16_t{});
  case tensor_type::u16:
    return f(std::uint16_t{});
  case tensor_type::i32:
    return f(std::int32_t{});
  case tensor_type::u32:
    return f(std::uint32_t{});
  case tensor_type::i64:
    return f(std::int64_t{});
  case tensor_type::u64:
    return f(std::uint64_t{});
  case tensor_type::f16:
    return f(float16{});
  case tensor_type::bf16:
    return f(bfloat16{});
  case tensor_type::f32:
    return f(float{});
  case tensor_type::f64:
    return f(double{});
  case tensor_type::other:
    break;
  }
  return false;
}

/// x as a U. Real numbers are rounded; an integer only takes what it holds exactly.
template <class U, class S>
RANKWISE_ALWAYS_INLINE inline bool convert_number(S x, U& out) {
  if constexpr (!std::is_integral_v<U>) {
    if constexpr (half_width<S>) {
      out = static_cast<U>(static_cast<float>(x));
    } else {
      out = static_cast<U>(x);
    }
    return true;
  } else if constexpr (std::is_same_v<U, bool>) {
    out = x != S(0);
    return x == S(0) || x == S(1);
  } else if constexpr (std::is_integral_v<S>) {
    out = static_cast<U>(x);
    return std::in_range<U>(x);
  } else {
    auto const wide = static_cast<double>(x);
    constexpr double low = static_cast<double>(std::numeric_limits<U>::min());
    double const beyond = std::ldexp(1.0, std::numeric_limits<U>::digits); // max + 1, exactly
    bool const whole = wide >= low && wide < beyond && std::trunc(wide) == wide;
    out = whole ? static_cast<U>(wide) : U(0);
    return whole;
  }
}

/// Whether every number has a place of its own.
template <class Column>
RANKWISE_ALWAYS_INLINE constexpr bool has_places(Column const& to) {
  if constexpr (requires { to.stride; }) {
    return to.stride != 0 || to.size() < 2;
  } else {
    return true;
  }
}

/// n numbers of a type, from bytes that need not be aligned, to a column of as many. Returns what is wrong, or null;
/// nothing is written then.
template <class Isa, class Column>
char const* copy_numbers(tensor_type type, char const* from, Column const& to) {
  using U = typename Column::value_type;
  static_assert(Column::where == memory::host, "[rankwise] files are read into host memory");
  auto const each = [&](auto write) {
    return with_type(type, [&](auto zero) {
      using S = decltype(zero);
      for (std::size_t i = 0; i < to.size(); ++i) {
        S x;
        std::memcpy(&x, from + i * sizeof(S), sizeof(S));
        U y{};
        if (!convert_number(x, y)) {
          return false;
        }
        write(i, y);
      }
      return true;
    });
  };
  // Only conversions to integers can fail: those are tried first.
  if constexpr (std::is_integral_v<U>) {
    if (!each([](std::size_t, U) {})) {
      return "a number that the integer type does not hold";
    }
  }
  each([&](std::size_t i, U y) { to[i] = y; });
  return nullptr;
}

} // namespace detail

/// "F32" and so on, as the format writes it.
constexpr char const* to_text(tensor_type type) {
  return detail::tensor_types[static_cast<int>(type)].text;
}
/// Bytes of a number; 0 for `other`.
constexpr std::size_t bytes_of(tensor_type type) {
  return detail::tensor_types[static_cast<int>(type)].bytes;
}

namespace detail {

/// The bytes that the numbers of a tensor take. `countable` is false for a product that no size holds.
struct tensor_bytes {
  std::size_t count;
  bool countable;
};
template <class Isa, class Shape>
constexpr tensor_bytes bytes_of_shape(tensor_type type, Shape const& shape) {
  std::size_t count = bytes_of(type);
  bool countable = true;
  for (std::size_t const extent : shape) { // a product that does not fit is of no use, except by 0
    countable = countable && (extent == 0 || count <= static_cast<std::size_t>(-1) / extent);
    count = extent == 0 ? 0 : countable ? count * extent : count;
    countable = countable || count == 0;
  }
  return {count, countable};
}

} // namespace detail

} // namespace rankwise::inline RANKWISE_ABI::io

#endif
