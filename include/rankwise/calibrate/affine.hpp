#ifndef RANKWISE_CALIBRATE_AFFINE_HPP
#define RANKWISE_CALIBRATE_AFFINE_HPP

#include <rankwise/calibrate/fit.hpp>
#include <rankwise/calibrate/logit.hpp>
#include <rankwise/label/gain.hpp>

namespace rankwise::inline RANKWISE_ABI::calibrate {

/// slope s + intercept, for regression heads and for scores of several models that shall share a scale.
struct affine {
  double slope = 1;
  double intercept = 0;
  static constexpr char const* name = "affine";

  template <class F>
  constexpr auto with_numbers(F f) const {
    return f(slope, intercept);
  }
  constexpr char const* fault() const {
    return rankwise::detail::finite_parameter(slope) && rankwise::detail::finite_parameter(intercept)
               ? nullptr
               : "slope or intercept of affine (finite numbers)";
  }

  template <class T>
  RANKWISE_FN label::linear::run<T> bind() const {
    return label::linear{slope, intercept}.bind<T>();
  }
};

/// Least squares of label - (slope s + intercept). Scores that are all equal get slope 0. `loss` is the mean square.
template <class Scores, class Labels, class Isa = arch::native>
fitted<affine> fit_affine(Scores const& scores, Labels const& labels, options const& opts = {}) {
  auto const s = detail::host_column(scores);
  auto const y = detail::host_column(labels);
  fitted<affine> result;
  if (!detail::check_pairs(s, y, opts)) {
    return result;
  }
  // Means and co-moments, updated item by item (Welford).
  double weight = 0;
  double mean_x = 0;
  double mean_y = 0;
  double xx = 0;
  double xy = 0;
  double yy = 0;
  detail::for_each_weighted<Isa>(s.size(), opts, [&](std::size_t i, double w) {
    double const x = static_cast<double>(s[i]);
    double const label = static_cast<double>(y[i]);
    if (!detail::finite(x) || !detail::finite(label)) {
      ++result.left_out;
      return;
    }
    weight += w;
    double const dx = x - mean_x;
    double const dy = label - mean_y;
    mean_x += dx * (w / weight);
    mean_y += dy * (w / weight);
    xx += w * dx * (x - mean_x);
    xy += w * dx * (label - mean_y);
    yy += w * dy * (label - mean_y);
  });
  if (weight > 0) {
    result.slope = xx > 0 ? xy / xx : 0;
    result.intercept = mean_y - result.slope * mean_x;
    double const rest = (yy - result.slope * xy) / weight;
    result.loss = rest > 0 ? rest : 0;
    result.converged = true;
  }
  return result;
}

} // namespace rankwise::inline RANKWISE_ABI::calibrate

#endif
