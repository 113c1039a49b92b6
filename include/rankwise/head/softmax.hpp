#ifndef RANKWISE_HEAD_SOFTMAX_HPP
#define RANKWISE_HEAD_SOFTMAX_HPP

#include <rankwise/head/called.hpp>
#include <rankwise/head/decode.hpp>
#include <rankwise/head/target.hpp>

namespace rankwise::inline RANKWISE_ABI::head {

namespace detail {

/// q = softmax(z) and from_top[k] = z_k - max z of one item; returns log sum_k exp(z_k - max z).
template <int N, class P, class Logits, class V>
RANKWISE_FN V softmax_of(Logits z, V* q, V* from_top) {
  V highest = from_top[0] = z(0);
  for (int k = 1; k < N; ++k) {
    from_top[k] = z(k);
    highest = math::max(highest, from_top[k]);
  }
  V sum(0);
  for (int k = 0; k < N; ++k) {
    from_top[k] -= highest;
    q[k] = math::exp<P>(from_top[k]);
    sum += q[k];
  }
  for (int k = 0; k < N; ++k) {
    q[k] /= sum;
  }
  return math::log<P>(sum);
}

/// p_k = sum_{r >= k} q_r, at most 1, and d[j] = q_j (sum_{k <= j} a_k - sum_k a_k p_k).
template <int N, class V>
RANKWISE_FN void reach_of_classes(V const* q, V* p) {
  V sum(0);
  for (int k = N - 1; k > 0; --k) {
    sum += q[k];
    p[k - 1] = math::select(sum > V(1), V(1), sum);
  }
}
template <int N, class V>
RANKWISE_FN void reach_of_classes_partials(V const* q, V const* p, V const* a, V* d) {
  V mean(0);
  for (int k = 0; k + 1 < N; ++k) {
    mean += a[k] * p[k];
  }
  V sum(0);
  for (int j = 0; j < N; ++j) {
    if (j > 0) {
      sum += a[j - 1];
    }
    d[j] = q[j] * (sum - mean);
  }
}

} // namespace detail

// reach and reach_partials of a head with one logit per level: p_k = sum_{r >= k} softmax(z)_r
#define RANKWISE_SOFTMAX_REACH                                                                                         \
  template <class P, class Logits, class V>                                                                            \
  RANKWISE_FN void reach(Logits z, V* p) const {                                                                       \
    V q[static_cast<::std::size_t>(levels)];                                                                           \
    V from_top[static_cast<::std::size_t>(levels)];                                                                    \
    ::rankwise::head::detail::softmax_of<levels, P>(z, q, from_top);                                                   \
    ::rankwise::head::detail::reach_of_classes<levels>(q, p);                                                          \
  }                                                                                                                    \
  template <class P, class Logits, class V>                                                                            \
  RANKWISE_FN void reach_partials(Logits z, V* a, V* d) const {                                                        \
    V q[static_cast<::std::size_t>(levels)];                                                                           \
    V from_top[static_cast<::std::size_t>(levels)];                                                                    \
    V p[static_cast<::std::size_t>(levels - 1)];                                                                       \
    ::rankwise::head::detail::softmax_of<levels, P>(z, q, from_top);                                                   \
    ::rankwise::head::detail::reach_of_classes<levels>(q, p);                                                          \
    ::rankwise::head::detail::reach_of_classes_partials<levels>(q, p, a, d);                                           \
  }

/// One logit per level, q = softmax(z):
///   L = -sum_k t_k log q_k,   dL/dz_k = q_k - t_k,   d2L/dz_k2 = q_k (1 - q_k)
/// with the targets t of the label: one-hot, or soft ordinal labels.
template <class Called, int Levels, class Target = target::one_hot>
struct softmax_head {
  static_assert(Levels >= 2, "[rankwise] head::softmax<name, Levels>: at least two levels");
  static constexpr auto label = Called::label;
  static constexpr int levels = Levels;
  static constexpr int columns = Levels;

  Target target{};

  constexpr char const* fault() const { return fault_of(target); }

  template <class U>
  RANKWISE_HOST_FN softmax_head<nameless, Levels, Target> bind() const {
    return {target};
  }

  template <class Item>
  RANKWISE_FN auto operator()(Item& item) const {
    using V = typename Item::vector;
    V q[static_cast<std::size_t>(Levels)];
    V from_top[static_cast<std::size_t>(Levels)];
    V t[static_cast<std::size_t>(Levels)];
    V const log_sum = detail::softmax_of<Levels, math::precise>([&item](int k) { return item.logit(k); }, q, from_top);
    target.template weights<Levels>(item.label(), t);
    V loss(0);
    for (int k = 0; k < Levels; ++k) {
      item.gradient(k, q[k] - t[k]);
      item.hessian(k, q[k] * (V(1) - q[k]));
      loss += t[k] * (log_sum - from_top[k]);
    }
    return loss;
  }

  RANKWISE_SOFTMAX_REACH
  RANKWISE_ORDINAL_CALLS
  RANKWISE_DECODE_CALLS
  RANKWISE_ITEM_CALLS
};

/// softmax<"relevance", 3>{}, softmax<"relevance", 3, target::sord<>>{.target = {.scale = 2}}
template <name Name, int Levels, class Target = target::one_hot>
using softmax = softmax_head<called<Name>, Levels, Target>;

} // namespace rankwise::inline RANKWISE_ABI::head

#endif
