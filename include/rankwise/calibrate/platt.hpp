#ifndef RANKWISE_CALIBRATE_PLATT_HPP
#define RANKWISE_CALIBRATE_PLATT_HPP

#include <rankwise/calibrate/fit.hpp>
#include <rankwise/calibrate/logit.hpp>

namespace rankwise::inline RANKWISE_ABI::calibrate {

/// Platt scaling (Platt 1999): sigma(slope s + intercept) of a score or logit s. In the paper's letters A = -slope and
/// B = -intercept.
struct platt {
  double slope = 1;
  double intercept = 0;
  using unit = rankwise::unit::probability;
  static constexpr char const* name = "platt";

  template <class F>
  constexpr auto with_numbers(F f) const {
    return f(slope, intercept);
  }
  constexpr char const* fault() const {
    return rankwise::detail::finite_parameter(slope) && rankwise::detail::finite_parameter(intercept)
               ? nullptr
               : "slope or intercept of platt (finite numbers)";
  }

  template <class T, class P>
  struct run {
    T slope, intercept;
    template <class V>
    RANKWISE_FN V operator()(V s) const {
      return math::sigmoid<P>(math::fma(V(slope), s, V(intercept)));
    }
    template <class V>
    RANKWISE_FN V derivative(V s) const {
      V const z = math::fma(V(slope), s, V(intercept));
      return V(slope) * math::sigmoid<P>(z) * math::sigmoid<P>(-z);
    }
  };
  template <class T, class P = math::precise>
  RANKWISE_FN run<T, P> bind() const {
    return {static_cast<T>(slope), static_cast<T>(intercept)};
  }
};

/// Fits by Newton's method with the prior correction of Platt: targets (N+ + 1) / (N+ + 2) and 1 / (N- + 2) instead of
/// 1 and 0 (Lin, Lin and Weng 2007). A label > 0 is positive. With weights N+ and N- are sums of weights. One class
/// only gives a constant, its corrected share.
template <class Scores, class Labels, class Isa = arch::native>
fitted<platt> fit_platt(Scores const& scores, Labels const& labels, options const& opts = {}) {
  auto const s = detail::host_column(scores);
  auto const y = detail::host_column(labels);
  fitted<platt> result;
  if (!detail::check_pairs(s, y, opts)) {
    return result;
  }
  detail::logistic_sample<Isa, 2> sample;
  double positive = 0;
  double mean = 0;
  detail::for_each_weighted<Isa>(s.size(), opts, [&](std::size_t i, double w) {
    double const x = static_cast<double>(s[i]);
    double const label = static_cast<double>(y[i]);
    if (!detail::finite(x) || label != label) {
      ++result.left_out;
      return;
    }
    sample.rows.push_back({{x, 1}, label > 0 ? 1.0 : 0.0, w});
    sample.weight += w;
    positive += label > 0 ? w : 0;
    mean += w * x;
  });
  double const negative = sample.weight - positive;
  double theta[2] = {0, math::log((positive + 1) / (negative + 1))};
  if (!sample.rows.empty()) {
    // In standard units, where Newton's steps are well scaled.
    mean /= sample.weight;
    double squares = 0;
    for (auto const& r : sample.rows) {
      squares += r.weight * (r.x[0] - mean) * (r.x[0] - mean);
    }
    double const deviation = math::sqrt(squares / sample.weight);
    double const unit = deviation > 0 ? deviation : 1;
    for (auto& r : sample.rows) {
      r.x[0] = (r.x[0] - mean) / unit;
      r.target = r.target > 0 ? (positive + 1) / (positive + 2) : 1 / (negative + 2);
    }
    detail::report(result, sample.fit(theta, {true, true}));
    theta[0] /= unit;
    theta[1] -= theta[0] * mean;
  }
  result.slope = theta[0];
  result.intercept = theta[1];
  return result;
}

} // namespace rankwise::inline RANKWISE_ABI::calibrate

#endif
