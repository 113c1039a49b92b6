#ifndef RANKWISE_CALIBRATE_LOGIT_HPP
#define RANKWISE_CALIBRATE_LOGIT_HPP

#include <rankwise/core/unit.hpp>
#include <rankwise/label/pipe.hpp>
#include <rankwise/math/log.hpp>
#include <rankwise/math/sigmoid.hpp>

/// From probabilities to logits and back, for calibrators of the other kind: `logit{} | platt{...}`.
namespace rankwise::inline RANKWISE_ABI::calibrate {

using label::operator|;

/// log(p / (1 - p)); infinite at 0 and 1, NaN outside.
struct logit {
  using unit = rankwise::unit::logit;
  static constexpr char const* name = "logit";
  template <class P>
  struct run {
    template <class V>
    RANKWISE_FN V operator()(V p) const {
      return math::log<P>(p) - math::log1p<P>(-p);
    }
    template <class V>
    RANKWISE_FN V derivative(V p) const {
      return V(1) / (p * (V(1) - p));
    }
  };
  template <class T, class P = math::precise>
  RANKWISE_FN run<P> bind() const {
    return {};
  }
};

/// 1 / (1 + exp(-z)).
struct sigmoid {
  using unit = rankwise::unit::probability;
  static constexpr char const* name = "sigmoid";
  template <class P>
  struct run {
    template <class V>
    RANKWISE_FN V operator()(V z) const {
      return math::sigmoid<P>(z);
    }
    template <class V>
    RANKWISE_FN V derivative(V z) const {
      return math::sigmoid<P>(z) * math::sigmoid<P>(-z);
    }
  };
  template <class T, class P = math::precise>
  RANKWISE_FN run<P> bind() const {
    return {};
  }
};

} // namespace rankwise::inline RANKWISE_ABI::calibrate

#endif
