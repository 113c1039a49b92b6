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
  template <class V>
  RANKWISE_FN V operator()(V rank) const {
    return as<V>(0.693147180559945309417) / math::log(rank + V(2));
  }
};

/// 1 / (rank + 1)
struct reciprocal {
  using slot = slots::discount;
  template <class V>
  RANKWISE_FN V operator()(V rank) const {
    return V(1) / (rank + V(1));
  }
};

} // namespace rankwise::inline RANKWISE_ABI::discount

#endif
