#ifndef RANKWISE_MATH_LSE_HPP
#define RANKWISE_MATH_LSE_HPP

#include <rankwise/math/exp.hpp>
#include <rankwise/math/log.hpp>
#include <rankwise/math/sigmoid.hpp>
#include <rankwise/math/value.hpp>

namespace rankwise::inline RANKWISE_ABI::math {

/// log(e^a + e^b), as max(a, b) + log1p(e^-|a - b|). The absolute error is at most 2.5 ulp of the larger of |max(a, b)|
/// and log 2; equal infinities are fine, NaN in either stays NaN.
template <class P = precise, class V>
RANKWISE_FN V log_add_exp(V a, std::type_identity_t<V> b) {
  using o = ops<V>;
  const V zero(scalar_t<V>(0));
  const V difference = o::select(a == b, zero, a - b);
  const V z = detail::exp_not_above<P>(o::negative_abs(difference));
  // The last term carries a NaN of a, which max may drop.
  return o::max(a, b) + detail::log1p_unit<P>(z) + o::select(is_nan(difference), difference, zero);
}

/// A running log-sum-exp: the sum of e^x over everything pushed is sum * e^max. Pushing costs one exp; two of them
/// merge, so that lanes, blocks and threads may each keep their own.
template <class V>
struct log_sum {
  V max = V(-ops<scalar_t<V>>::infinity);
  V sum = V(scalar_t<V>(0));

  template <class P = precise>
  RANKWISE_FN void push(V x) {
    merge<P>(log_sum{x, V(scalar_t<V>(1))});
  }

  template <class P = precise>
  RANKWISE_FN void merge(log_sum other) {
    using o = ops<V>;
    const V zero(scalar_t<V>(0));
    const V difference = o::select(other.max == max, zero, other.max - max);
    const V z = detail::exp_not_above<P>(o::negative_abs(difference));
    const auto up = difference > zero;
    sum = o::fma(o::select(up, sum, other.sum), z, o::select(up, other.sum, sum));
    max = o::max(max, other.max);
  }

  /// log of the sum; -inf when nothing was pushed.
  template <class P = precise>
  RANKWISE_FN V value() const {
    return max + log<P>(sum);
  }
};

/// The lanes of a running log-sum-exp, merged.
template <class P = precise, class V>
RANKWISE_FN log_sum<scalar_t<V>> reduce(log_sum<V> x) {
  using T = scalar_t<V>;
  const T max = reduce_max(x.max);
  // A lane without anything in it adds nothing, also where all lanes are like that.
  const V part = x.sum * exp<P>(ops<V>::select(x.max == V(max), V(T(0)), x.max - V(max)));
  return {max, reduce_add(part)};
}

} // namespace rankwise::inline RANKWISE_ABI::math

#endif
