#ifndef RANKWISE_MATH_LOG_PRODUCT_HPP
#define RANKWISE_MATH_LOG_PRODUCT_HPP

#include <rankwise/math/log.hpp>
#include <rankwise/math/value.hpp>

#include <type_traits>

/// A sum of logarithms for the price of one: log(x_1 x_2 ... x_n), where the product would overflow. Every lane has a
/// product of its own. It is kept as a number and a power of two, in two variables, because compilers keep those in
/// registers where they would not keep a struct:
///
///   V number(1);
///   auto exponent = math::no_exponent<V>();
///   number = number * x;                          // for every factor
///   math::take_exponent(number, exponent);        // before the number overflows or underflows
///   V const y = math::log_product(number, exponent);
namespace rankwise::inline RANKWISE_ABI::math {

namespace detail {

template <class V>
struct product_exponent {
  using integer = typename ops<V>::integer;
  using bits = typename ieee<scalar_t<V>>::integer;
  static constexpr bool by_instruction = has_table<V>; // that take a number apart
  static constexpr int mantissa = ieee<scalar_t<V>>::mantissa;
  static constexpr bits start = bits{1} << (mantissa + 7); // keeps the sum of the exponents above 0
  using type = std::conditional_t<by_instruction, V, integer>;
};

} // namespace detail

template <class V>
using exponent_of = typename detail::product_exponent<V>::type;

/// The power of two of 1.
template <class V>
RANKWISE_FN exponent_of<V> no_exponent() {
  using parts = detail::product_exponent<V>;
  if constexpr (parts::by_instruction) {
    return V(scalar_t<V>(0));
  } else {
    return typename parts::integer(parts::start);
  }
}

/// Moves the power of two of a positive normal number, which is in [1, 2) then. NaN may become any number.
template <class V>
RANKWISE_FN void take_exponent(V& number, exponent_of<V>& exponent) {
  using o = ops<V>;
  using parts = detail::product_exponent<V>;
  if constexpr (parts::by_instruction) {
    exponent = exponent + o::exponent_from_one(number);
    number = o::mantissa_from_one(number);
  } else {
    constexpr int bias = detail::exp_constants<scalar_t<V>>::bias;
    auto const b = o::bits(number);
    auto const e = o::subtract(o::template shift_right<parts::mantissa>(b), typename parts::integer(bias));
    exponent = o::add(exponent, e);
    number = o::from_bits(o::subtract(b, o::template shift_left<parts::mantissa>(e)));
  }
}

/// The logarithm of number times 2^exponent: that of the number and a product, both rounded.
template <class P = precise, class V>
RANKWISE_FN V log_product(V number, exponent_of<V> exponent) {
  using o = ops<V>;
  using T = scalar_t<V>;
  using parts = detail::product_exponent<V>;
  V const ln2(static_cast<T>(0.693147180559945309417));
  if constexpr (parts::by_instruction) {
    return o::fma(exponent, ln2, log<P>(number));
  } else {
    // An integer below 2^mantissa, put into the last bits of 2^mantissa, is that number plus 2^mantissa.
    using integer = typename parts::integer;
    constexpr int low_bits = 16;
    constexpr int high_bits = static_cast<int>(8 * sizeof(T)) - low_bits;
    constexpr T magic = detail::log_constants<T>::exponent_magic;
    auto const plus_magic = [](integer k) { return o::from_bits(o::add(k, integer(ops<T>::bits(magic)))); };
    V const high =
        plus_magic(o::template shift_right<low_bits>(exponent)) - V(magic + static_cast<T>(parts::start >> low_bits));
    V const low =
        plus_magic(o::template shift_right<high_bits>(o::template shift_left<high_bits>(exponent))) - V(magic);
    return o::fma(o::fma(high, V(T(65536)), low), ln2, log<P>(number));
  }
}

} // namespace rankwise::inline RANKWISE_ABI::math

#endif
