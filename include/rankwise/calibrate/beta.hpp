#ifndef RANKWISE_CALIBRATE_BETA_HPP
#define RANKWISE_CALIBRATE_BETA_HPP

#include <rankwise/calibrate/fit.hpp>
#include <rankwise/calibrate/logit.hpp>

namespace rankwise::inline RANKWISE_ABI::calibrate {

/// Beta calibration of a probability s (Kull, Silva Filho and Flach 2017): 1 / (1 + 1 / (e^c s^a / (1 - s)^b)), which
/// is sigma(a log s - b log(1 - s) + c). Increasing for a, b >= 0; a = b = 1, c = 0 changes nothing. s is held within
/// [epsilon, 1 - epsilon], where epsilon is that of the number type.
struct beta {
  double a = 1;
  double b = 1;
  double c = 0;
  using unit = rankwise::unit::probability;
  static constexpr char const* name = "beta";

  template <class F>
  constexpr auto with_numbers(F f) const {
    return f(a, b, c);
  }
  constexpr char const* fault() const {
    return rankwise::detail::finite_parameter(a) && rankwise::detail::finite_parameter(b) &&
                   rankwise::detail::finite_parameter(c)
               ? nullptr
               : "a, b or c of beta (finite numbers)";
  }

  template <class T, class P>
  struct run {
    T a, b, c;
    static constexpr T epsilon = sizeof(T) == 4 ? T(0x1p-23) : T(0x1p-52);

    template <class V>
    RANKWISE_FN V operator()(V s) const {
      return math::sigmoid<P>(logit(inside(s)));
    }
    template <class V>
    RANKWISE_FN V derivative(V s) const {
      V const p = inside(s);
      V const z = logit(p);
      V const slope = V(a) / p + V(b) / (V(1) - p);
      return math::select(p == s, slope * math::sigmoid<P>(z) * math::sigmoid<P>(-z), V(0));
    }

    template <class V>
    RANKWISE_FN static V inside(V s) {
      return math::clamp(s, V(epsilon), V(T(1) - epsilon));
    }
    template <class V>
    RANKWISE_FN V logit(V p) const {
      return math::fma(V(a), math::log<P>(p), math::fma(-V(b), math::log1p<P>(-p), V(c)));
    }
  };
  template <class T, class P = math::precise>
  RANKWISE_FN run<T, P> bind() const {
    return {static_cast<T>(a), static_cast<T>(b), static_cast<T>(c)};
  }
};

/// Least log-loss with a, b >= 0, as the authors do it: where the free fit has a negative one, that is 0 and the others
/// are fitted again. A label > 0 is positive. One class only gives a = b = 0 and the log-odds of (N+ + 1) / (N + 2).
template <class Probabilities, class Labels, class Isa = arch::native>
fitted<beta> fit_beta(Probabilities const& probabilities, Labels const& labels, options const& opts = {}) {
  auto const s = detail::host_column(probabilities);
  auto const y = detail::host_column(labels);
  fitted<beta> result;
  if (!detail::check_pairs(s, y, opts)) {
    return result;
  }
  detail::logistic_sample<Isa, 3> sample;
  double positive = 0;
  detail::for_each_weighted<Isa>(s.size(), opts, [&](std::size_t i, double w) {
    double const p = static_cast<double>(s[i]);
    double const label = static_cast<double>(y[i]);
    if (!(p >= 0 && p <= 1) || label != label) {
      ++result.left_out;
      return;
    }
    double const inside = math::clamp(p, 0x1p-52, 1 - 0x1p-52);
    sample.rows.push_back({{math::log(inside), -math::log1p(-inside), 1}, label > 0 ? 1.0 : 0.0, w});
    sample.weight += w;
    positive += label > 0 ? w : 0;
  });
  double const negative = sample.weight - positive;
  double theta[3] = {0, 0, math::log((positive + 1) / (negative + 1))};
  if (positive > 0 && negative > 0) {
    bool free[3] = {true, true, true};
    double const start = theta[2];
    detail::report(result, sample.fit(theta, free));
    for (int k = 0; k < 2; ++k) {
      if (theta[k] < 0) {
        free[k] = false;
        theta[0] = theta[1] = 0;
        theta[2] = start;
        detail::report(result, sample.fit(theta, free));
      }
    }
    // Dropping b may have made a negative.
    if (theta[0] < 0) {
      theta[0] = 0;
      theta[2] = start;
      detail::report(result, sample.fit(theta, {false, free[1], true}));
    }
  } else {
    detail::report(result, sample.at(theta, {false, false, true}));
    result.converged = !sample.rows.empty();
  }
  result.a = theta[0];
  result.b = theta[1];
  result.c = theta[2];
  return result;
}

} // namespace rankwise::inline RANKWISE_ABI::calibrate

#endif
