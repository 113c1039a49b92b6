#ifndef RANKWISE_TRAIN_ACTIVATION_HPP
#define RANKWISE_TRAIN_ACTIVATION_HPP

#include <rankwise/core/config.hpp>
#include <rankwise/exec/pack.hpp>
#include <rankwise/math/exp.hpp>
#include <rankwise/math/normal.hpp>
#include <rankwise/math/tanh.hpp>

/// What stands between the layers of a trunk: a function and its slope, element by element. `gain` is the variance that
/// weights start with, times the number of a layer's inputs. NaN stays NaN.
namespace rankwise::inline RANKWISE_ABI::train::activation {

/// max(0, x); its slope at 0 is 0 (He, Zhang, Ren and Sun 2015, for the gain).
struct relu {
  static constexpr double gain = 2;

  template <class V>
  RANKWISE_FN static V value(V x) {
    return math::select(x < V(0), V(0), x);
  }
  template <class V>
  RANKWISE_FN static V slope(V x) {
    return math::select(x > V(0), V(1), math::select(x <= V(0), V(0), x));
  }
};

struct tanh {
  static constexpr double gain = 1;

  template <class V>
  RANKWISE_FN static V value(V x) {
    return math::tanh(x);
  }
  template <class V>
  RANKWISE_FN static V slope(V x) {
    V const t = math::tanh(x);
    return V(1) - t * t;
  }
};

/// x Phi(x) with the normal distribution's Phi, not its approximation by tanh (Hendrycks and Gimpel 2016).
struct gelu {
  static constexpr double gain = 2;

  template <class V>
  RANKWISE_FN static V value(V x) {
    return math::select(x < as<V>(low), V(0), x * math::normal_cdf(x));
  }
  template <class V>
  RANKWISE_FN static V slope(V x) {
    V const density = math::exp(V(-0.5f) * x * x) * as<V>(0.39894228040143267794);
    V const bent = math::normal_cdf(x) + x * density;
    return math::select(x < as<V>(low), V(0), math::select(x > as<V>(-low), V(1), bent));
  }

private:
  static constexpr double low = -40; // infinity times 0 would be no number
};

/// None: layers without one between them are a single linear layer in two factors.
struct none {
  static constexpr double gain = 1;

  template <class V>
  RANKWISE_FN static V value(V x) {
    return x;
  }
  template <class V>
  RANKWISE_FN static V slope(V) {
    return V(1);
  }
};

} // namespace rankwise::inline RANKWISE_ABI::train::activation

#endif
