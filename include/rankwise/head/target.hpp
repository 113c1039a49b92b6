#ifndef RANKWISE_HEAD_TARGET_HPP
#define RANKWISE_HEAD_TARGET_HPP

#include <rankwise/head/bernoulli.hpp>
#include <rankwise/head/numbers.hpp>
#include <rankwise/math/exp.hpp>
#include <rankwise/math/log.hpp>

#include <cstddef>

/// What a label y asks of the class probabilities of levels 0 .. K: `weights<Levels>(y, t)` writes t_0 .. t_K, which
/// add up to 1.
namespace rankwise::inline RANKWISE_ABI::head {

/// Distances of a label and a level, for target::sord.
namespace distance {

struct absolute {
  template <class V>
  RANKWISE_FN static V between(V y, V k) {
    return math::abs(y - k);
  }
};
struct squared {
  template <class V>
  RANKWISE_FN static V between(V y, V k) {
    return (y - k) * (y - k);
  }
};
/// (log(y + 1) - log(k + 1))^2, the squared log of SORD, with levels from 0
struct squared_log {
  template <class V>
  RANKWISE_FN static V between(V y, V k) {
    V const d = math::log1p(y) - math::log1p(k);
    return d * d;
  }
};

} // namespace distance

namespace detail {

/// t = softmax(t)
template <int N, class P = math::precise, class V>
RANKWISE_FN void normalise(V* t) {
  V highest = t[0];
  for (int k = 1; k < N; ++k) {
    highest = math::max(highest, t[k]);
  }
  V sum(0);
  for (int k = 0; k < N; ++k) {
    t[k] = math::exp<P>(t[k] - highest);
    sum += t[k];
  }
  for (int k = 0; k < N; ++k) {
    t[k] /= sum;
  }
}

RANKWISE_HOST_FN double log_factorial(int n) {
  double product = 1; // of few factors: levels are few
  double sum = 0;
  for (int i = 2; i <= n; ++i) {
    product *= i;
    if (product > 1e300) {
      sum += math::log(product);
      product = 1;
    }
  }
  return sum + math::log(product);
}

} // namespace detail

/// Shapes with one peak: c_k, the logarithm of the weight of level k of 0 .. K.
namespace shape {

/// P(r = k) = C(K, k) p^k (1 - p)^(K - k), p = sigma(z)
struct binomial {
  RANKWISE_HOST_FN static double log_weight(int k, int K) {
    return detail::log_factorial(K) - detail::log_factorial(k) - detail::log_factorial(K - k);
  }
};
/// P(r = k) proportional to m^k / k!, m = exp(z)
struct poisson {
  RANKWISE_HOST_FN static double log_weight(int k, int) { return -detail::log_factorial(k); }
};

} // namespace shape

namespace detail {

template <class Shape, int Levels>
inline constexpr numbers<Levels> log_weights = numbers<Levels>::from([](int k) {
  return Shape::log_weight(k, Levels - 1);
});

/// t_k proportional to exp(k x + c_k)
template <class Shape, int Levels, class V>
RANKWISE_FN void peak(V x, V* t) {
  constexpr numbers<Levels> c = log_weights<Shape, Levels>;
  for (int k = 0; k < Levels; ++k) {
    t[k] = as<V>(k) * x + as<V>(c[k]);
  }
  normalise<Levels>(t);
}

} // namespace detail

namespace target {

/// 1 at the level of the label.
struct one_hot {
  template <int Levels, class V>
  RANKWISE_FN void weights(V y, V* t) const {
    V reached(1);
    for (int k = 0; k < Levels; ++k) {
      V const next = k + 1 < Levels ? reaches(y, k + 1) : V(0);
      t[k] = reached - next;
      reached = next;
    }
  }
};

/// One-hot, with a share `rate` of it spread evenly over all levels (Szegedy et al. 2016).
struct smooth {
  double rate = 0.1;

  constexpr char const* fault() const {
    return rate >= 0 && rate <= 1 ? nullptr : "the rate of smooth targets (from 0 to 1)";
  }

  template <int Levels, class V>
  RANKWISE_FN void weights(V y, V* t) const {
    one_hot{}.template weights<Levels>(y, t);
    for (int k = 0; k < Levels; ++k) {
      t[k] = t[k] * as<V>(1 - rate) + as<V>(rate / Levels);
    }
  }
};

/// SORD (Diaz and Marathe 2019): t_k proportional to exp(-scale phi(y, k)). Labels may lie between the levels.
template <class Phi = distance::absolute>
struct sord {
  double scale = 1;

  constexpr char const* fault() const {
    return rankwise::detail::weight_parameter(scale) ? nullptr : "the scale of sord (0 or more)";
  }

  template <int Levels, class V>
  RANKWISE_FN void weights(V y, V* t) const {
    for (int k = 0; k < Levels; ++k) {
      t[k] = as<V>(-scale) * Phi::between(y, V(static_cast<math::scalar_t<V>>(k)));
    }
    detail::normalise<Levels>(t);
  }
};

/// Binomial with K trials and success rate (y + 1/2) / Levels: one peak, at the label (dlordinal's parameters).
struct binomial {
  template <int Levels, class V>
  RANKWISE_FN void weights(V y, V* t) const {
    V const rate = math::clamp((y + as<V>(0.5)) * as<V>(1.0 / Levels), as<V>(0.5 / Levels), as<V>(1 - 0.5 / Levels));
    detail::peak<shape::binomial, Levels>(math::log(rate / (V(1) - rate)), t);
  }
};

/// Poisson with mean y + 1/2, cut off behind the last level: one peak, at the label (ours).
struct poisson {
  template <int Levels, class V>
  RANKWISE_FN void weights(V y, V* t) const {
    detail::peak<shape::poisson, Levels>(math::log(math::max(y + as<V>(0.5), as<V>(0.5))), t);
  }
};

} // namespace target
} // namespace rankwise::inline RANKWISE_ABI::head

#endif
