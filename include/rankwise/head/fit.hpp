#ifndef RANKWISE_HEAD_FIT_HPP
#define RANKWISE_HEAD_FIT_HPP

#include <rankwise/core/options.hpp>
#include <rankwise/core/storage.hpp>
#include <rankwise/exec/run.hpp>
#include <rankwise/head/proportional_odds.hpp>
#include <rankwise/math/cholesky.hpp>

#include <cstddef>
#include <utility>

/// Proportional odds with a linear score, eta = x . beta, fitted to a matrix of features by Newton's method with line
/// search and the full hessian, cut-points included. The log-likelihood is concave in beta and b_1 < .. < b_K for every
/// link, so there is one maximum at most.
namespace rankwise::inline RANKWISE_ABI::head {

struct fit_options {
  any_column item_weights{}; ///< one per row, default 1
  double ridge = 0;          ///< adds ridge |beta|^2 / 2 to the loss: makes separable data have a maximum
  double tolerance = 1e-9;   ///< on the largest derivative of the log-likelihood, per unit of weight
  int iterations = 100;      ///< at most
  on_error errors{};         ///< for wrong shapes; what the data are to blame for is in `fitted::outcome`
};

enum class fit_outcome : unsigned char {
  converged,
  no_data,       ///< no rows, or no weight
  missing_level, ///< a level does not occur: its cut-point has no finite estimate
  not_finite,    ///< a feature, label or weight is NaN or infinite, or a weight is negative
  collinear,     ///< features depend on each other or are constant: the coefficients are not determined
  separable,     ///< features tell levels apart without error: the estimates run to infinity
  not_converged  ///< the iterations did not suffice
};

/// In plain words.
template <class Isa = arch::native>
constexpr char const* describe(fit_outcome outcome) {
  switch (outcome) {
  case fit_outcome::converged:
    return "converged";
  case fit_outcome::no_data:
    return "there are no rows with a weight";
  case fit_outcome::missing_level:
    return "a level does not occur among the labels: its cut-point cannot be estimated; use fewer levels";
  case fit_outcome::not_finite:
    return "a feature, label or weight is NaN or infinite, or a weight is negative";
  case fit_outcome::collinear:
    return "features are constant or depend on each other: leave one out, or set .ridge";
  case fit_outcome::separable:
    return "the features separate the levels: the estimates are infinite; set .ridge";
  case fit_outcome::not_converged:
    return "the iterations did not suffice: the last estimate is returned";
  }
  return "";
}

template <class Head>
struct fitted {
  Head head{};                ///< with its cut-points
  storage<double> beta;       ///< one per feature: eta = x . beta is the head's logit
  storage<double> cut_points; ///< b_1 .. b_K
  double log_likelihood = 0;  ///< weighted, without the ridge term
  double gradient_norm = 0;   ///< Euclidean, of the log-likelihood (less ridge) by beta and b
  int iterations = 0;
  fit_outcome outcome = fit_outcome::not_converged;

  // Inlined, as everything that might be compiled differently by units for different instruction sets.
  RANKWISE_HOST_FN fitted() = default;
  RANKWISE_HOST_FN fitted(fitted const&) = default;
  RANKWISE_HOST_FN fitted(fitted&&) noexcept = default;
  RANKWISE_HOST_FN fitted& operator=(fitted const&) = default;
  RANKWISE_HOST_FN fitted& operator=(fitted&&) noexcept = default;
  RANKWISE_HOST_FN ~fitted() = default;

  RANKWISE_HOST_FN bool converged() const { return outcome == fit_outcome::converged; }
};

namespace detail {

// `Isa` keeps the loops of units with different flags apart.
template <class Link, int Levels, class Features, class Labels, class Isa>
struct likelihood {
  static constexpr int K = Levels - 1;
  Features x;
  Labels y;
  storage<double> const& weights; // empty: all 1
  double ridge;

  std::size_t features() const { return x.columns; }
  std::size_t size() const { return x.columns + static_cast<std::size_t>(K); }

  /// Of beta, b_1 .. b_K; NaN if the cut-points are out of order. The derivatives are left out where not wanted.
  double operator()(storage<double> const& at, storage<double>* gradient, storage<double>* hessian,
                    double* furthest) const {
    std::size_t const p = features();
    std::size_t const n = size();
    numbers<K> b;
    for (int k = 0; k < K; ++k) {
      b[k] = at[p + static_cast<std::size_t>(k)];
      if (k > 0 && !(b[k] > b[k - 1])) {
        return math::ops<double>::quiet_nan;
      }
    }
    auto const cut = cuts<K>::of(b).template bind<double>();
    double sum = 0;
    if (gradient != nullptr) {
      gradient->resize(n); // zeros
      hessian->resize(n * n);
      *furthest = 0;
    }
    storage<double> lower, upper; // derivatives of l and u
    lower.resize(n);
    upper.resize(n);
    for (std::size_t i = 0; i < x.rows; ++i) {
      double const w = weights.empty() ? 1 : weights[i];
      if (w == 0) {
        continue; // whatever its likelihood is: 0 times infinity is no number
      }
      double eta = 0;
      for (std::size_t j = 0; j < p; ++j) {
        eta += static_cast<double>(x(i, j)) * at[j];
      }
      auto const where = cut.around(eta, static_cast<double>(y[i]));
      level_likelihood<double> const level = Link::level(where);
      sum += w * level.log_p;
      if (gradient == nullptr) {
        continue;
      }
      for (std::size_t j = 0; j < n; ++j) {
        lower[j] = upper[j] = j < p ? -static_cast<double>(x(i, j)) : 0;
      }
      double const infinite = math::ops<double>::infinity;
      bool const below = where.l > -infinite;
      bool const above = where.u < infinite;
      int reached = 0;
      while (reached < K && static_cast<double>(y[i]) >= reached + 1) {
        ++reached;
      }
      if (below) {
        lower[p + static_cast<std::size_t>(reached) - 1] = 1;
        *furthest = math::max(*furthest, math::abs(where.l));
      }
      if (above) {
        upper[p + static_cast<std::size_t>(reached)] = 1;
        *furthest = math::max(*furthest, math::abs(where.u));
      }
      double const a = below ? level.lower : 0;
      double const c = above ? level.upper : 0;
      double const aa = below ? -a * (Link::score(where.l) + a) : 0;
      double const cc = above ? c * (Link::score(where.u) - c) : 0;
      for (std::size_t j = 0; j < n; ++j) {
        (*gradient)[j] += w * (c * upper[j] - a * lower[j]);
        for (std::size_t k = 0; k <= j; ++k) {
          (*hessian)[j * n + k] -= w * (cc * upper[j] * upper[k] + aa * lower[j] * lower[k] +
                                        a * c * (upper[j] * lower[k] + lower[j] * upper[k]));
        }
      }
    }
    for (std::size_t j = 0; j < p && gradient != nullptr; ++j) {
      (*gradient)[j] -= ridge * at[j];
      (*hessian)[j * n + j] += ridge;
    }
    return sum;
  }

  /// The log-likelihood less the ridge term.
  double objective(storage<double> const& at) const {
    double square = 0;
    for (std::size_t j = 0; j < features(); ++j) {
      square += at[j] * at[j];
    }
    return (*this)(at, nullptr, nullptr, nullptr) - ridge * square / 2;
  }
};

} // namespace detail

/// Fits a proportional-odds head: `fit(head, features, labels)`; features are a matrix with one row per label.
template <class Called, int Levels, class Link, class Features, class Labels, class Isa = arch::native>
fitted<proportional_odds_head<Called, Levels, Link>> fit(proportional_odds_head<Called, Levels, Link> const&,
                                                         Features const& features, Labels const& labels,
                                                         fit_options const& opts = {}) {
  constexpr int K = Levels - 1;
  auto const x = as_matrix(features);
  auto const y = as_column(labels);
  static_assert(decltype(x)::where == memory::host && decltype(y)::where == memory::host,
                "[rankwise] head::fit works in host memory");
  fitted<proportional_odds_head<Called, Levels, Link>> result;
  bool const in_range =
      rankwise::detail::weight_parameter(opts.ridge) && rankwise::detail::weight_parameter(opts.tolerance);
  if (!rankwise::detail::check_parameters(in_range ? nullptr : "ridge or tolerance of fit (0 or more)", opts.errors) ||
      !rankwise::detail::check_size(y, "labels", x.rows, opts.errors) ||
      !rankwise::detail::check_optional(opts.item_weights, "item_weights", x.rows, memory::host, opts.errors)) {
    return result;
  }
  auto const stop = [&result](fit_outcome outcome) {
    result.outcome = outcome;
    return result;
  };

  storage<double> weights;
  if (opts.item_weights.given()) {
    weights.resize(x.rows);
    opts.item_weights.read(0, x.rows, weights.data());
  }
  double mass[static_cast<std::size_t>(Levels)] = {};
  double total = 0;
  for (std::size_t i = 0; i < x.rows; ++i) {
    double const w = weights.empty() ? 1 : weights[i];
    double sum = static_cast<double>(y[i]) + w;
    for (std::size_t j = 0; j < x.columns; ++j) {
      sum += static_cast<double>(x(i, j));
    }
    if (!(sum - sum == 0) || w < 0) {
      return stop(fit_outcome::not_finite);
    }
    int level = 0;
    while (level < K && static_cast<double>(y[i]) >= level + 1) {
      ++level;
    }
    mass[level] += w;
    total += w;
  }
  if (!(total > 0)) {
    return stop(fit_outcome::no_data);
  }

  // The start: beta = 0 and the cut-points that are best there.
  std::size_t const p = x.columns;
  detail::likelihood<Link, Levels, std::remove_const_t<decltype(x)>, std::remove_const_t<decltype(y)>, Isa> const
      likelihood{x, y, weights, opts.ridge};
  std::size_t const n = likelihood.size();
  storage<double> at, next;
  at.resize(n); // zeros
  next.resize(n);
  double below = 0;
  for (int k = 0; k < Levels; ++k) {
    if (!(mass[k] > 0)) {
      return stop(fit_outcome::missing_level);
    }
    below += mass[k];
    if (k < K) {
      at[p + static_cast<std::size_t>(k)] = Link::quantile(below / total);
    }
  }

  double value = likelihood.objective(at);
  storage<double> gradient, hessian, scale;
  scale.resize(n);
  bool polished = false;
  for (;; ++result.iterations) {
    double furthest = 0;
    result.log_likelihood = likelihood(at, &gradient, &hessian, &furthest);
    double square = 0, largest = 0;
    for (std::size_t j = 0; j < n; ++j) {
      double const g = gradient[j];
      // In the parameter's own unit: what a feature is measured in decides nothing.
      double const unit = math::max(1.0, math::sqrt(hessian[j * n + j] / total));
      square += g * g;
      largest = math::max(largest, math::abs(g) / unit);
    }
    result.gradient_norm = math::sqrt(square);
    // Where the estimates run to infinity the gradient vanishes as well, but a Newton step does not.
    constexpr double distant = 15;
    storage<double> step = gradient;
    if (!math::solve_symmetric<Isa>(hessian.data(), step.data(), scale.data(), n)) {
      result.outcome = furthest > distant ? fit_outcome::separable : fit_outcome::collinear;
      break;
    }
    double relative = 0;
    for (std::size_t j = 0; j < n; ++j) {
      relative = math::max(relative, math::abs(step[j]) / (math::abs(at[j]) + 1e-3));
    }
    if (polished || (largest <= opts.tolerance * total && relative <= 1e-6)) {
      result.outcome = fit_outcome::converged;
      if (polished) {
        break;
      }
      polished = true; // one more step: convergence is quadratic here
    }
    if (!polished && result.iterations >= opts.iterations) {
      result.outcome = furthest > distant ? fit_outcome::separable : fit_outcome::not_converged;
      break;
    }
    double length = 1;
    double better = value;
    for (int halving = 0; halving < 60; ++halving, length /= 2) {
      for (std::size_t j = 0; j < n; ++j) {
        next[j] = at[j] + length * step[j];
      }
      better = likelihood.objective(next);
      if (better >= value - 1e-13 * math::abs(value)) { // false for NaN: cut-points out of order
        break;
      }
    }
    if (!(better >= value - 1e-13 * math::abs(value))) {
      result.outcome =
          polished || largest <= 1e3 * opts.tolerance * total ? fit_outcome::converged : fit_outcome::not_converged;
      break;
    }
    std::swap(at, next);
    value = better;
  }
  numbers<K> b;
  result.cut_points.resize(static_cast<std::size_t>(K));
  for (int k = 0; k < K; ++k) {
    b[k] = at[p + static_cast<std::size_t>(k)];
    result.cut_points[static_cast<std::size_t>(k)] = b[k];
  }
  result.head.cuts = cuts<K>::of(b);
  result.beta.resize(p);
  for (std::size_t j = 0; j < p; ++j) {
    result.beta[j] = at[j];
  }
  return result;
}

} // namespace rankwise::inline RANKWISE_ABI::head

#endif
