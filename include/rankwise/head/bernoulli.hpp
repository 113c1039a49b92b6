#ifndef RANKWISE_HEAD_BERNOULLI_HPP
#define RANKWISE_HEAD_BERNOULLI_HPP

#include <rankwise/exec/pack.hpp>
#include <rankwise/math/exp.hpp>
#include <rankwise/math/log.hpp>

namespace rankwise::inline RANKWISE_ABI::head {

/// What a logit z yields, from one exponential: p = sigma(z), q = sigma(-z), and tail = log1p(exp(-|z|)).
template <class V>
struct logistic {
  V p, q, tail;

  RANKWISE_FN explicit logistic(V z) {
    using o = math::ops<V>;
    V const e = math::detail::exp_not_above<math::precise>(o::negative_abs(z));
    V const lower = o::fnma(e, math::detail::share(e, V(1) + e), e); // sigma(-|z|), as math::sigmoid has it
    V const upper = V(1) - lower;
    auto const negative = z < V(0);
    p = math::select(negative, lower, upper);
    q = math::select(negative, upper, lower);
    tail = math::detail::log1p_unit<math::precise>(e);
  }

  /// softplus(x) for x = z or -z
  RANKWISE_FN V softplus(V x) const { return math::max(V(0), x) + tail; }
};

/// The cross-entropy of a logit z and a label y in [0, 1], of which most heads are made:
///   L = max(z, 0) - y z + log1p(exp(-|z|)),   dL/dz = (1 - y) sigma(z) - y sigma(-z),   d2L/dz2 = sigma(z) sigma(-z)
/// All three keep their relative precision in both tails.
template <class V>
struct bernoulli {
  V loss, gradient, hessian;

  RANKWISE_FN bernoulli(V z, V y) {
    logistic<V> const at(z);
    loss = (math::max(z, V(0)) - y * z) + at.tail;
    gradient = (V(1) - y) * at.p - y * at.q;
    hessian = at.p * at.q;
  }
};

/// [y >= k], as 1 or 0: whether a label reaches level k. Labels between two levels count as the lower one, labels
/// beyond the ends as the ends.
template <class V>
RANKWISE_FN V reaches(V y, int k) {
  return math::select(y >= as<V>(k), V(1), V(0));
}

/// Logit k of an item as such a task, of weight w: hands out its derivatives and returns its loss.
template <class Item, class V>
RANKWISE_FN V bernoulli_task(Item& item, int k, V y) {
  bernoulli<V> const task(item.logit(k), y);
  item.gradient(k, task.gradient);
  item.hessian(k, task.hessian);
  return task.loss;
}
template <class Item, class V>
RANKWISE_FN V bernoulli_task(Item& item, int k, V y, V w) {
  bernoulli<V> const task(item.logit(k), y);
  item.gradient(k, w * task.gradient);
  item.hessian(k, w * task.hessian);
  return w * task.loss;
}

} // namespace rankwise::inline RANKWISE_ABI::head

#endif
