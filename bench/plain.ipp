// The loops that the library is measured against: what one writes with the standard library alone. plain.cpp compiles
// them as they are, plain_fast_math.cpp with -ffast-math, which lets g++ vectorise std::exp and std::log.
#include "plain.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <vector>

namespace PLAIN_NAMESPACE {

void polarise(float const* score, float* label, std::size_t n, float steepness, float centre) {
  for (std::size_t i = 0; i < n; ++i) {
    label[i] = 1.0f / (1.0f + std::exp(-steepness * (score[i] - centre)));
  }
}

double softmax(float const* score, float const* label, std::size_t const* offset, std::size_t lists, float* gradient,
               float* hessian) {
  double total = 0;
  for (std::size_t l = 0; l < lists; ++l) {
    float const* const s = score + offset[l];
    float const* const y = label + offset[l];
    float* const g = gradient + offset[l];
    float* const h = hessian + offset[l];
    std::size_t const n = offset[l + 1] - offset[l];
    float peak = std::numeric_limits<float>::lowest();
    for (std::size_t i = 0; i < n; ++i) {
      peak = std::max(peak, s[i]);
    }
    float sum = 0;
    float mass = 0;
    for (std::size_t i = 0; i < n; ++i) {
      g[i] = std::exp(s[i] - peak);
      sum += g[i];
      mass += y[i];
    }
    float aligned = 0;
    float const share = 1 / sum;
    for (std::size_t i = 0; i < n; ++i) {
      float const p = g[i] * share;
      aligned += y[i] * (s[i] - peak);
      g[i] = mass * p - y[i];
      h[i] = mass * p * (1 - p);
    }
    total += static_cast<double>(mass * std::log(sum) - aligned);
  }
  return total;
}

double ndcg(float const* score, float const* label, float const* inverse_ideal, std::size_t const* offset,
            std::size_t lists, std::size_t cutoff) {
  double total = 0;
  std::vector<unsigned> order;
  // Gains and discounts from tables: the opponent is not to pay for pow and log2.
  static std::vector<float> const discount = [cutoff] {
    std::vector<float> d(cutoff);
    for (std::size_t r = 0; r < cutoff; ++r) {
      d[r] = 1 / std::log2(static_cast<float>(r) + 2);
    }
    return d;
  }();
  constexpr float gain[] = {0, 1, 3, 7, 15};
  for (std::size_t l = 0; l < lists; ++l) {
    float const* const s = score + offset[l];
    std::size_t const n = offset[l + 1] - offset[l];
    std::size_t const k = std::min(cutoff, n);
    order.resize(n);
    std::iota(order.begin(), order.end(), 0u);
    std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(k), order.end(),
                      [s](unsigned a, unsigned b) { return s[a] > s[b] || (s[a] == s[b] && a < b); });
    float dcg = 0;
    for (std::size_t r = 0; r < k; ++r) {
      dcg += gain[static_cast<int>(label[offset[l] + order[r]])] * discount[r];
    }
    total += static_cast<double>(dcg * inverse_ideal[l]);
  }
  return total / static_cast<double>(lists);
}

void score(float const* logits, float* scores, std::size_t n, float relevance, float engagement) {
  auto const sigmoid = [](float z) { return 1.0f / (1.0f + std::exp(-z)); };
  for (std::size_t i = 0; i < n; ++i) {
    float const p1 = sigmoid(logits[i]);
    float const p2 = std::min(p1, sigmoid(logits[n + i]));
    scores[i] = relevance * (p1 + p2) + engagement * sigmoid(logits[2 * n + i]) * sigmoid(logits[3 * n + i]);
  }
}

} // namespace PLAIN_NAMESPACE
