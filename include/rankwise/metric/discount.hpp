#ifndef RANKWISE_METRIC_DISCOUNT_HPP
#define RANKWISE_METRIC_DISCOUNT_HPP

#include <rankwise/core/policies.hpp>
#include <rankwise/exec/pack.hpp>
#include <rankwise/math/log.hpp>

/// What a place is worth; ranks count from 0.
namespace rankwise::inline RANKWISE_ABI::discount {

/// 1 / log2(rank + 2)
struct log2 {
  using slot = slots::discount;
  static constexpr char const* text = "log2";
  template <class V>
  RANKWISE_FN V operator()(V rank) const {
    return as<V>(0.693147180559945309417) / math::log(rank + V(2));
  }
};

/// 1 / (rank + 1)
struct reciprocal {
  using slot = slots::discount;
  static constexpr char const* text = "reciprocal";
  template <class V>
  RANKWISE_FN V operator()(V rank) const {
    return V(1) / (rank + V(1));
  }
};

/// 1 for the first two places, then 1 / log2(rank + 1) (Järvelin and Kekäläinen 2002): the first of both definitions.
struct log2_from_second {
  using slot = slots::discount;
  static constexpr char const* text = "log2_from_second";
  template <class V>
  RANKWISE_FN V operator()(V rank) const {
    return as<V>(0.693147180559945309417) / math::log(math::max(rank + V(1), V(2)));
  }
};

/// 1 everywhere: cumulative gain.
struct none {
  using slot = slots::discount;
  static constexpr char const* text = "none";
  template <class V>
  RANKWISE_FN V operator()(V) const {
    return V(1);
  }
};

} // namespace rankwise::inline RANKWISE_ABI::discount

#endif
