#include "host.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace gpu::host {

namespace {

double sigmoid(double x) {
  return 1 / (1 + std::exp(-x));
}

/// Positions, best first; equal scores in their order.
std::vector<std::size_t> order(std::span<float const> scores) {
  std::vector<std::size_t> at(scores.size());
  std::iota(at.begin(), at.end(), std::size_t{0});
  std::stable_sort(at.begin(), at.end(), [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  return at;
}

double gain(float label) {
  return std::exp2(static_cast<double>(label)) - 1;
}
double discount(std::size_t rank, std::size_t cutoff) {
  return rank < cutoff ? 1 / std::log2(static_cast<double>(rank) + 2) : 0;
}
double ideal(std::span<float const> labels, std::size_t cutoff) {
  auto const best = order(labels);
  double sum = 0;
  for (std::size_t r = 0; r < best.size(); ++r) {
    sum += gain(labels[best[r]]) * discount(r, cutoff);
  }
  return sum;
}

} // namespace

double polarised(double x, double steepness, double centre) {
  return sigmoid(steepness * (x - centre));
}

double scored(std::span<double const> z) {
  double const good = sigmoid(z[0]);
  double const grade = good + std::min(good, sigmoid(z[1]));
  return 0.6 * grade + 2.0 * sigmoid(z[2]) * sigmoid(z[3]) + 0.3 * sigmoid(z[4]) + 0.1 * sigmoid(z[5]) +
         0.2 * sigmoid(z[6]);
}

double softmax(std::span<float const> scores, std::span<float const> labels, std::span<double> gradient) {
  double const top = static_cast<double>(*std::max_element(scores.begin(), scores.end()));
  double sum = 0, mass = 0, dot = 0;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    sum += std::exp(static_cast<double>(scores[i]) - top);
    mass += static_cast<double>(labels[i]);
    dot += static_cast<double>(labels[i]) * (static_cast<double>(scores[i]) - top);
  }
  for (std::size_t i = 0; i < scores.size(); ++i) {
    gradient[i] = mass * std::exp(static_cast<double>(scores[i]) - top) / sum - static_cast<double>(labels[i]);
  }
  return mass * std::log(sum) - dot;
}

void lambda(std::span<float const> scores, std::span<float const> labels, std::size_t cutoff,
            std::span<double> gradient, std::span<double> hessian) {
  std::fill(gradient.begin(), gradient.end(), 0.0);
  std::fill(hessian.begin(), hessian.end(), 0.0);
  double const best = ideal(labels, cutoff);
  if (!(best > 0)) {
    return;
  }
  auto const at = order(scores);
  std::vector<double> d(scores.size());
  for (std::size_t r = 0; r < at.size(); ++r) {
    d[at[r]] = discount(r, cutoff);
  }
  for (std::size_t i = 0; i < scores.size(); ++i) {
    for (std::size_t j = 0; j < scores.size(); ++j) {
      if (labels[i] > labels[j]) {
        double const weight = std::abs((gain(labels[i]) - gain(labels[j])) * (d[i] - d[j])) / best;
        double const wrong = sigmoid(static_cast<double>(scores[j]) - static_cast<double>(scores[i]));
        gradient[i] -= weight * wrong;
        gradient[j] += weight * wrong;
        hessian[i] += weight * wrong * (1 - wrong);
        hessian[j] += weight * wrong * (1 - wrong);
      }
    }
  }
}

double ndcg(std::span<float const> scores, std::span<float const> labels, std::size_t cutoff) {
  double const best = ideal(labels, cutoff);
  auto const at = order(scores);
  double sum = 0;
  for (std::size_t r = 0; r < at.size(); ++r) {
    sum += gain(labels[at[r]]) * discount(r, cutoff);
  }
  return best > 0 ? sum / best : 0;
}

std::vector<std::size_t> top(std::span<float const> scores, std::size_t count) {
  auto at = order(scores);
  at.resize(std::min(count, at.size()));
  return at;
}

} // namespace gpu::host
