#ifndef RANKWISE_HEAD_BERNOULLI_HPP
#define RANKWISE_HEAD_BERNOULLI_HPP

#include <rankwise/exec/pack.hpp>
#include <rankwise/math/sigmoid.hpp>

namespace rankwise::inline RANKWISE_ABI::head {

/// The cross-entropy of a logit z and a label y in [0, 1], of which most heads are made:
///   L = max(z, 0) - y z + log1p(exp(-|z|)),   dL/dz = (1 - y) sigma(z) - y sigma(-z),   d2L/dz2 = sigma(z) sigma(-z)
/// All three keep their relative precision in both tails.
template <class V>
struct bernoulli {
  V loss;
  V gradient;
  V hessian;

  RANKWISE_FN bernoulli(V z, V y) {
    V const p = math::sigmoid(z);
    V const q = math::sigmoid(-z);
    loss = (math::max(z, V(0)) - y * z) + math::softplus(-math::abs(z));
    gradient = (V(1) - y) * p - y * q;
    hessian = p * q;
  }
};

/// [y >= k], as 1 or 0: whether a label reaches level k. Labels between two levels count as the lower one, labels
/// beyond the ends as the ends.
template <class V>
RANKWISE_FN V reaches(V y, int k) {
  return math::select(y >= as<V>(k), V(1), V(0));
}

} // namespace rankwise::inline RANKWISE_ABI::head

#endif
