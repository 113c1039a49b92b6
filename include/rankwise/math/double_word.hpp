#ifndef RANKWISE_MATH_DOUBLE_WORD_HPP
#define RANKWISE_MATH_DOUBLE_WORD_HPP

#include <rankwise/math/value.hpp>

/// Numbers as unevaluated sums high + low of two values, for the few places that need twice the precision
/// (Dekker, "A floating-point technique for extending the available precision", 1971).
namespace rankwise::inline RANKWISE_ABI::math::detail {

template <class V>
struct double_word {
  V high;
  V low;
};

/// a + b exactly, for |a| >= |b| or a == 0.
template <class V>
RANKWISE_FN double_word<V> fast_two_sum(V a, V b) {
  const V sum = a + b;
  return {sum, b - (sum - a)};
}

// The first half of the bits of a number.
template <class V>
RANKWISE_FN V upper_half(V x) {
  using Is = typename ieee<scalar_t<V>>::integer;
  constexpr Is mask = sizeof(Is) == 4 ? static_cast<Is>(~Is{0xfff}) : static_cast<Is>(~Is{0x7ffffff});
  return ops<V>::from_bits(ops<V>::bits(x) & typename ops<V>::integer(mask));
}

/// a * b, exactly but for the last bit of `low`.
template <class V>
RANKWISE_FN double_word<V> two_product(V a, V b) {
  using o = ops<V>;
  const V product = o::product(a, b);
  if constexpr (o::fused) {
    return {product, o::fms(a, b, product)};
  } else {
    const V ah = upper_half(a), bh = upper_half(b);
    const V al = a - ah, bl = b - bh;
    const V rest = o::fma(al, bh, o::fma(ah, bl, o::fms(ah, bh, product)));
    return {product, o::fma(al, bl, rest)};
  }
}

template <class V>
RANKWISE_FN double_word<V> multiply(double_word<V> a, double_word<V> b) {
  using o = ops<V>;
  const double_word<V> p = two_product(a.high, b.high);
  return fast_two_sum(p.high, o::fma(a.high, b.low, o::fma(a.low, b.high, p.low)));
}

} // namespace rankwise::inline RANKWISE_ABI::math::detail

#endif
