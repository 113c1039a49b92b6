#ifndef RANKWISE_MATH_POLYNOMIAL_HPP
#define RANKWISE_MATH_POLYNOMIAL_HPP

#include <rankwise/math/value.hpp>

namespace rankwise::inline RANKWISE_ABI::math {

/// c0 + c1 x + c2 x^2 ..., by Horner's rule.
template <class V>
RANKWISE_FN V horner(V, scalar_t<V> c0) {
  return V(c0);
}
template <class V, class... C>
RANKWISE_FN V horner(V x, scalar_t<V> c0, scalar_t<V> c1, C... c) {
  return ops<V>::fma(horner(x, c1, c...), x, V(c0));
}

} // namespace rankwise::inline RANKWISE_ABI::math

#endif
