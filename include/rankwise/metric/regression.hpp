#ifndef RANKWISE_METRIC_REGRESSION_HPP
#define RANKWISE_METRIC_REGRESSION_HPP

#include <rankwise/metric/itemwise.hpp>

/// How far predictions are from the numbers that were to be predicted.
namespace rankwise::inline RANKWISE_ABI::metric {

/// Mean of |p - y|.
struct mean_absolute_error {
  static constexpr char const* text = "mean_absolute_error";
  static constexpr std::size_t sums = 1;
  template <math::value V>
  RANKWISE_FN item_sums<V, 1> operator()(V p, V y) const {
    return {{math::abs(p - y)}};
  }
  RANKWISE_HOST_FN static double finish(double const (&sum)[1], double weight) { return sum[0] / weight; }

  RANKWISE_ITEM_METRIC_CALLS
};

/// Mean of (p - y)^2.
struct mean_squared_error {
  static constexpr char const* text = "mean_squared_error";
  static constexpr std::size_t sums = 1;
  template <math::value V>
  RANKWISE_FN item_sums<V, 1> operator()(V p, V y) const {
    return {{(p - y) * (p - y)}};
  }
  RANKWISE_HOST_FN static double finish(double const (&sum)[1], double weight) { return sum[0] / weight; }

  RANKWISE_ITEM_METRIC_CALLS
};

/// Its square root.
struct root_mean_squared_error {
  static constexpr char const* text = "root_mean_squared_error";
  static constexpr std::size_t sums = 1;
  template <math::value V>
  RANKWISE_FN item_sums<V, 1> operator()(V p, V y) const {
    return {{(p - y) * (p - y)}};
  }
  RANKWISE_HOST_FN static double finish(double const (&sum)[1], double weight) { return math::sqrt(sum[0] / weight); }

  RANKWISE_ITEM_METRIC_CALLS
};

/// Mean of p - y: positive if predictions are too high on the whole.
struct bias {
  static constexpr char const* text = "bias";
  static constexpr std::size_t sums = 1;
  template <math::value V>
  RANKWISE_FN item_sums<V, 1> operator()(V p, V y) const {
    return {{p - y}};
  }
  RANKWISE_HOST_FN static double finish(double const (&sum)[1], double weight) { return sum[0] / weight; }

  RANKWISE_ITEM_METRIC_CALLS
};

} // namespace rankwise::inline RANKWISE_ABI::metric

#endif
