#ifndef RANKWISE_TRAIN_WEIGHTS_HPP
#define RANKWISE_TRAIN_WEIGHTS_HPP

#include <rankwise/core/error.hpp>
#include <rankwise/math/exp.hpp>

#include <cstddef>
#include <span>

/// Weights of several losses: learned with the model, or solved for in every round. A handful of numbers on the host.
namespace rankwise::inline RANKWISE_ABI::train {

/// What a loss is to `uncertainty`: the factor of e^-eta.
inline constexpr double regression_task = 0.5;
inline constexpr double classification_task = 1;

/// Uncertainty weighting (Kendall, Gal and Cipolla 2018): with log variances eta_k that are learned,
///   L = sum_k w_k L_k + eta_k / 2,   w_k = kind_k e^-eta_k
///   dL/dL_k = w_k,   dL/deta_k = 1/2 - w_k L_k
/// Writes weights and derivatives by eta, and returns L. `kinds` may be empty: classification_task.
template <class Isa = arch::native>
inline double uncertainty(std::span<double const> losses, std::span<double const> log_variances,
                          std::span<double> weights, std::span<double> by_log_variance,
                          std::span<double const> kinds = {}, on_error errors = {}) {
  std::size_t const n = losses.size();
  auto const fits = [&](std::size_t size, char const* argument) {
    return rankwise::detail::check_equal(size, n, argument, errc::size_mismatch, errors);
  };
  if (!fits(log_variances.size(), "log_variances") || !fits(weights.size(), "weights") ||
      !fits(by_log_variance.size(), "by_log_variance") || (!kinds.empty() && !fits(kinds.size(), "kinds"))) {
    return math::ops<double>::quiet_nan;
  }
  double sum = 0;
  for (std::size_t k = 0; k < n; ++k) {
    weights[k] = (kinds.empty() ? classification_task : kinds[k]) * math::exp(-log_variances[k]);
    by_log_variance[k] = 0.5 - weights[k] * losses[k];
    sum += weights[k] * losses[k] + 0.5 * log_variances[k];
  }
  return sum;
}

/// The weights w of several gradients whose weighted sum is shortest (Désidéri 2012; Sener and Koltun 2018):
///   min |sum_k w_k g_k|^2,   w_k >= floor,  sum_k w_k = 1
/// Minus that sum lessens all losses at once; where none does, the sum is 0 and the point is Pareto-stationary.
/// `gram` holds the inner products of the gradients, row by row. A floor above 0 states preferences that no round may
/// give up. Returns the squared length. Pairs of weights are moved until the greatest and the least inner product with
/// the sum differ by less than 1e-12 of the greatest.
template <class Isa = arch::native>
inline double pareto(std::span<double const> gram, std::span<double> weights, double floor = 0, on_error errors = {}) {
  std::size_t const n = weights.size();
  status const shape =
      gram.size() == n * n ? status{} : status{errc::size_mismatch, "gram", status::nowhere, n * n, gram.size()};
  status const room = floor >= 0 && floor * static_cast<double>(n) <= 1
                          ? status{}
                          : status{errc::out_of_range, "floor", status::nowhere, 0, 0};
  if (!rankwise::detail::passed(shape, errors) || !rankwise::detail::passed(room, errors)) {
    return math::ops<double>::quiet_nan;
  }
  if (n == 0) {
    return 0;
  }
  double widest = 0;
  for (double const x : gram) {
    if (!(x - x == 0)) {
      rankwise::detail::deliver({errc::not_finite, "gram", 0, 0, 1}, errors);
      return math::ops<double>::quiet_nan;
    }
    widest = x > widest ? x : widest;
  }
  for (double& w : weights) {
    w = 1 / static_cast<double>(n);
  }
  auto const along = [&](std::size_t k) {
    double sum = 0;
    for (std::size_t j = 0; j < n; ++j) {
      sum += gram[k * n + j] * weights[j];
    }
    return sum;
  };
  constexpr int most_rounds = 100'000;
  for (int round = 0; round < most_rounds; ++round) {
    std::size_t least = 0;
    std::size_t greatest = n;
    double low = math::ops<double>::infinity;
    double high = -math::ops<double>::infinity;
    for (std::size_t k = 0; k < n; ++k) {
      double const x = along(k);
      if (x < low) {
        low = x;
        least = k;
      }
      if (weights[k] > floor && x > high) {
        high = x;
        greatest = k;
      }
    }
    if (greatest == n || !(high - low > 1e-12 * widest)) {
      break;
    }
    double const bend = gram[least * n + least] + gram[greatest * n + greatest] - 2 * gram[least * n + greatest];
    double const room_left = weights[greatest] - floor;
    double const step = bend > 0 && (high - low) / bend < room_left ? (high - low) / bend : room_left;
    weights[least] += step;
    weights[greatest] = step == room_left ? floor : weights[greatest] - step;
  }
  double length = 0;
  for (std::size_t k = 0; k < n; ++k) {
    length += weights[k] * along(k);
  }
  return length > 0 ? length : 0;
}

} // namespace rankwise::inline RANKWISE_ABI::train

#endif
