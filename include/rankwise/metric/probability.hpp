#ifndef RANKWISE_METRIC_PROBABILITY_HPP
#define RANKWISE_METRIC_PROBABILITY_HPP

#include <rankwise/math/log.hpp>
#include <rankwise/math/sigmoid.hpp>
#include <rankwise/metric/itemwise.hpp>

/// How good probabilities are: p against what happened, y, both between 0 and 1. Anything else cannot be used.
namespace rankwise::inline RANKWISE_ABI::metric {

namespace detail {

// x, or NaN where p or y is no probability.
template <class V>
RANKWISE_FN V of_probabilities(V p, V y, V x) {
  V const zero(0);
  V const one(1);
  auto const good = (p >= zero) & (p <= one) & (y >= zero) & (y <= one);
  return math::select(good, x, V(math::ops<double>::quiet_nan));
}

// -y log p - (1 - y) log(1 - p), p kept `clip` away from 0 and 1.
template <class V>
RANKWISE_FN V cross_entropy(V p, V y, V clip) {
  V const zero(0);
  V const one(1);
  V const q = math::clamp(p, clip, one - clip);
  // What did not happen counts nothing, also where nothing is clipped and its logarithm is infinite.
  return -(math::select(y == zero, zero, y * math::log(q)) + math::select(y == one, zero, (one - y) * math::log1p(-q)));
}

constexpr bool good_clip(double clip) {
  return clip >= 0 && clip < 0.5;
}

} // namespace detail

/// Mean of -y log p - (1 - y) log(1 - p): log loss, binary cross-entropy. `clip` is how far from 0 and 1 p is kept:
/// 2^-52 by default, as in scikit-learn. With a clip of 0 an item whose loss is infinite cannot be used.
struct log_loss {
  static constexpr char const* text = "log_loss";
  double clip = 0x1p-52;

  constexpr char const* fault() const {
    return detail::good_clip(clip) ? nullptr : "clip of log_loss (from 0, below 1/2)";
  }

  static constexpr std::size_t sums = 1;
  template <math::value V>
  RANKWISE_FN item_sums<V, 1> operator()(V p, V y) const {
    return {{detail::of_probabilities(p, y, detail::cross_entropy(p, y, as<V>(clip)))}};
  }
  RANKWISE_HOST_FN static double finish(double const (&sum)[1], double weight) { return sum[0] / weight; }

  RANKWISE_ITEM_METRIC_CALLS
};

/// The same of logits: softplus(z) - y z, 0 <= y <= 1. Nothing is clipped.
struct logit_loss {
  static constexpr char const* text = "logit_loss";
  static constexpr std::size_t sums = 1;
  template <math::value V>
  RANKWISE_FN item_sums<V, 1> operator()(V z, V y) const {
    return {{detail::of_probabilities(V(0), y, math::softplus(z) - y * z)}};
  }
  RANKWISE_HOST_FN static double finish(double const (&sum)[1], double weight) { return sum[0] / weight; }

  RANKWISE_ITEM_METRIC_CALLS
};

/// Mean of (p - y)^2 (Brier 1950), between 0 and 1.
struct brier {
  static constexpr char const* text = "brier";
  static constexpr std::size_t sums = 1;
  template <math::value V>
  RANKWISE_FN item_sums<V, 1> operator()(V p, V y) const {
    return {{detail::of_probabilities(p, y, (p - y) * (p - y))}};
  }
  RANKWISE_HOST_FN static double finish(double const (&sum)[1], double weight) { return sum[0] / weight; }

  RANKWISE_ITEM_METRIC_CALLS
};

/// Log loss divided by that of always predicting the mean of the labels (He et al. 2014, "Practical lessons from
/// predicting clicks on ads at Facebook"): below 1 if the model knows more than the base rate. NaN where all labels are
/// 0, or all 1.
struct normalised_entropy {
  static constexpr char const* text = "normalised_entropy";
  double clip = 0x1p-52;

  constexpr char const* fault() const {
    return detail::good_clip(clip) ? nullptr : "clip of normalised_entropy (from 0, below 1/2)";
  }

  static constexpr std::size_t sums = 2;
  template <math::value V>
  RANKWISE_FN item_sums<V, 2> operator()(V p, V y) const {
    return {{detail::of_probabilities(p, y, detail::cross_entropy(p, y, as<V>(clip))), y}};
  }
  RANKWISE_HOST_FN static double finish(double const (&sum)[2], double weight) {
    double const rate = sum[1] / weight;
    return rate > 0 && rate < 1 ? sum[0] / weight / detail::cross_entropy(rate, rate, 0.0)
                                : math::ops<double>::quiet_nan;
  }

  RANKWISE_ITEM_METRIC_CALLS
};

/// Sum of the predictions / sum of the labels (He et al. 2014): 1 if calibrated on the whole, above 1 if the model
/// promises too much. Neither needs to be a probability, but none may be negative. NaN where all labels are 0.
struct calibration_ratio {
  static constexpr char const* text = "calibration_ratio";
  static constexpr std::size_t sums = 2;
  template <math::value V>
  RANKWISE_FN item_sums<V, 2> operator()(V p, V y) const {
    V const nan(math::ops<double>::quiet_nan);
    return {{math::select(p >= V(0), p, nan), math::select(y >= V(0), y, nan)}};
  }
  RANKWISE_HOST_FN static double finish(double const (&sum)[2], double) {
    return sum[1] > 0 ? sum[0] / sum[1] : math::ops<double>::quiet_nan;
  }

  RANKWISE_ITEM_METRIC_CALLS
};

} // namespace rankwise::inline RANKWISE_ABI::metric

#endif
