#ifndef RANKWISE_HEAD_ORDINAL_HPP
#define RANKWISE_HEAD_ORDINAL_HPP

#include <rankwise/core/name.hpp>
#include <rankwise/exec/pack.hpp>
#include <rankwise/math/sigmoid.hpp>

namespace rankwise::inline RANKWISE_ABI::head {

/// Ordinal relevance with levels 0 .. Levels-1 (DoorDash, arXiv 2605.27704): one logit per threshold,
///   p_k = P(r >= k) = sigma(z_k), k = 1 .. Levels-1,   E[r] = sum_k p_k
/// The thresholds are independent; p_1 >= p_2 >= ... is repaired by the running minimum (ours).
template <name Name, int Levels>
struct ordinal {
  static_assert(Levels >= 2, "[rankwise] head::ordinal<name, Levels>: at least two levels");
  static constexpr auto label = Name;
  static constexpr int columns = Levels - 1;

  /// Calls f(k, p_k) for k = 1 .. Levels-1.
  template <class Logits, class F>
  RANKWISE_FN static void cumulative(Logits logit, F f) {
    auto p = math::sigmoid(logit(0));
    f(1, p);
    for (int k = 1; k < columns; ++k) {
      p = math::min(p, math::sigmoid(logit(k)));
      f(k + 1, p);
    }
  }

  template <class Logits>
  RANKWISE_FN static auto expected_grade(Logits logit) {
    decltype(math::sigmoid(logit(0))) sum(0);
    cumulative(logit, [&sum](int, auto p) { sum += p; });
    return sum;
  }
};

} // namespace rankwise::inline RANKWISE_ABI::head

#endif
