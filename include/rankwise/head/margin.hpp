#ifndef RANKWISE_HEAD_MARGIN_HPP
#define RANKWISE_HEAD_MARGIN_HPP

#include <rankwise/head/bernoulli.hpp>

/// Losses phi(m) of a margin m that should be large. A margin loss returns value, first and second derivative.
namespace rankwise::inline RANKWISE_ABI::head {

template <class V>
struct margin_loss {
  V value, gradient, hessian;
};

namespace margin {

/// phi(m) = log(1 + exp(-m))
struct logistic {
  template <class V>
  RANKWISE_FN static margin_loss<V> at(V m) {
    head::logistic<V> const at(m);
    return {at.softplus(-m), -at.q, at.q * at.p};
  }
};

/// phi(m) = max(0, 1 - m); the second derivative is 0.
struct hinge {
  template <class V>
  RANKWISE_FN static margin_loss<V> at(V m) {
    V const gap = V(1) - m;
    V const inside = math::select(gap > V(0), V(1), V(0));
    return {inside * gap + (m - m), -inside, V(0)};
  }
};

/// phi(m) = max(0, 1 - m)^2
struct squared_hinge {
  template <class V>
  RANKWISE_FN static margin_loss<V> at(V m) {
    V const gap = V(1) - m;
    V const inside = math::select(gap > V(0), gap, V(0));
    return {inside * inside + (m - m), V(-2) * inside, math::select(gap > V(0), V(2), V(0))};
  }
};

} // namespace margin
} // namespace rankwise::inline RANKWISE_ABI::head

#endif
