#ifndef RANKWISE_LOSS_PAIR_HPP
#define RANKWISE_LOSS_PAIR_HPP

#include <rankwise/exec/pack.hpp>
#include <rankwise/math/exp.hpp>
#include <rankwise/math/log.hpp>
#include <rankwise/math/sigmoid.hpp>

/// What a pair of items costs, as a function of the difference of their scores: d = s_better - s_worse. Losses over
/// pairs take one of these. A pair function is a struct with `template <class V> pair_term<V> run<T>::operator()(d,
/// t)`; t is the difference of the labels, t > 0.
namespace rankwise::inline RANKWISE_ABI {

/// The cost of a pair and its derivatives by d.
template <class V>
struct pair_term {
  V value;
  V slope;
  V curvature;
};

namespace pair {

/// log(1 + e^-x), x = steepness d: RankNet (Burges et al. 2005)
struct logistic {
  double steepness = 1;

  template <class T>
  struct run {
    T steepness;

    template <class V>
    RANKWISE_FN pair_term<V> operator()(V d, V) const {
      V const x = V(steepness) * d;
      V const e = math::exp(-math::abs(x));
      V const small = e / (V(1) + e);
      V const large = V(1) / (V(1) + e);
      auto const right = x >= V(0);
      return of_shares(d, math::select(right, small, large), math::select(right, large, small));
    }
    /// p = sigma(-x) and q = sigma(x), from exponentials of single scores.
    template <class V>
    RANKWISE_FN pair_term<V> of_shares(V d, V p, V q) const {
      V const k(steepness);
      V const slope = -k * p;
      // log(1 + e^-x) = max(-x, 0) - log(1 - min(p, q)), whose argument never loses digits.
      return {math::max(-k * d, V(0)) - math::log1p<math::fast>(-math::min(p, q)), slope, -k * q * slope};
    }
  };
  template <class T>
  RANKWISE_FN run<T> bind() const {
    return {static_cast<T>(steepness)};
  }
};

/// The same in bits, log2(1 + e^-x): LambdaLoss (Wang et al. 2018).
struct logistic_bits {
  double steepness = 1;

  template <class T>
  struct run {
    T steepness;

    template <class V>
    RANKWISE_FN pair_term<V> operator()(V d, V t) const {
      return in_bits(logistic::run<T>{steepness}(d, t));
    }
    template <class V>
    RANKWISE_FN pair_term<V> of_shares(V d, V p, V q) const {
      return in_bits(logistic::run<T>{steepness}.of_shares(d, p, q));
    }

  private:
    template <class V>
    RANKWISE_FN static pair_term<V> in_bits(pair_term<V> const& t) {
      V const log2_e = as<V>(1.44269504088896340736);
      return {log2_e * t.value, log2_e * t.slope, log2_e * t.curvature};
    }
  };
  template <class T>
  RANKWISE_FN run<T> bind() const {
    return {static_cast<T>(steepness)};
  }
};

/// sigma(-x), x = steepness d: a smooth count of wrong pairs. Its second derivative may be negative.
struct soft_zero_one {
  double steepness = 1;

  template <class T>
  struct run {
    T steepness;

    template <class V>
    RANKWISE_FN pair_term<V> operator()(V d, V) const {
      V const e = math::exp(-math::abs(V(steepness) * d));
      V const small = e / (V(1) + e);
      V const large = V(1) / (V(1) + e);
      auto const right = d >= V(0);
      return of_shares(d, math::select(right, small, large), math::select(right, large, small));
    }
    template <class V>
    RANKWISE_FN pair_term<V> of_shares(V, V p, V q) const {
      V const k(steepness);
      V const slope = -k * p * q;
      return {p, slope, k * (p - q) * slope};
    }
  };
  template <class T>
  RANKWISE_FN run<T> bind() const {
    return {static_cast<T>(steepness)};
  }
};

/// max(0, margin - d): RankSVM (Joachims 2002). It has no second derivative: 0.
struct hinge {
  double margin = 1;

  template <class T>
  struct run {
    T margin;

    template <class V>
    RANKWISE_FN pair_term<V> operator()(V d, V) const {
      V const miss = V(margin) - d;
      return {math::max(miss, V(0)), math::select(miss > V(0), V(-1), V(0)), V(0)};
    }
  };
  template <class T>
  RANKWISE_FN run<T> bind() const {
    return {static_cast<T>(margin)};
  }
};

/// max(0, margin - d)^2
struct squared_hinge {
  double margin = 1;

  template <class T>
  struct run {
    T margin;

    template <class V>
    RANKWISE_FN pair_term<V> operator()(V d, V) const {
      V const miss = math::max(V(margin) - d, V(0));
      return {miss * miss, V(-2) * miss, math::select(miss > V(0), V(2), V(0))};
    }
  };
  template <class T>
  RANKWISE_FN run<T> bind() const {
    return {static_cast<T>(margin)};
  }
};

/// (d - t)^2: differences of scores like differences of labels.
struct squared_error {
  template <class V>
  RANKWISE_FN pair_term<V> operator()(V d, V t) const {
    V const miss = d - t;
    return {miss * miss, V(2) * miss, V(2)};
  }
};

/// The quantile loss of t - d: max(level u, (level - 1) u), u = t - d. It has no second derivative: 0.
struct quantile {
  double level = 0.5;

  template <class T>
  struct run {
    T level;

    template <class V>
    RANKWISE_FN pair_term<V> operator()(V d, V t) const {
      V const u = t - d;
      V const below = V(level) - V(1);
      return {math::max(V(level) * u, below * u),
              -math::select(u > V(0), V(level), math::select(u < V(0), below, V(0))), V(0)};
    }
  };
  template <class T>
  RANKWISE_FN run<T> bind() const {
    return {static_cast<T>(level)};
  }
};

} // namespace pair
} // namespace rankwise::inline RANKWISE_ABI

#endif
