#ifndef RANKWISE_METRIC_GAIN_HPP
#define RANKWISE_METRIC_GAIN_HPP

#include <rankwise/core/policies.hpp>
#include <rankwise/exec/pack.hpp>
#include <rankwise/math/exp2.hpp>

/// What a label is worth. Any real label is allowed; a negative one is a cost.
namespace rankwise::inline RANKWISE_ABI::gain {

/// 2^y - 1 (Burges et al. 2005): XGBoost, LightGBM, Rax, TF-Ranking, gdeval. Exact for whole labels.
struct exponential {
  using slot = slots::gain;
  static constexpr char const* text = "exponential";
  template <class V>
  RANKWISE_FN V operator()(V label) const {
    return math::exp2(label) - V(1);
  }
};

/// y (Järvelin and Kekäläinen 2002): trec_eval, scikit-learn.
struct linear {
  using slot = slots::gain;
  static constexpr char const* text = "linear";
  template <class V>
  RANKWISE_FN V operator()(V label) const {
    return label;
  }
};

/// 1 for y > 0, otherwise 0: the gain of relevance without grades.
struct positive {
  using slot = slots::gain;
  static constexpr char const* text = "positive";
  template <class V>
  RANKWISE_FN V operator()(V label) const {
    return math::select(label > V(0), V(1), V(0));
  }
};

/// That of a label, 0 for one below 0: where negative labels are no costs (gdeval).
template <class Gain>
struct floored {
  using slot = slots::gain;
  static constexpr char const* text = Gain::text;
  template <class V>
  RANKWISE_FN V operator()(V label) const {
    return Gain{}(math::select(label < V(0), V(0), label));
  }
};

} // namespace rankwise::inline RANKWISE_ABI::gain

#endif
