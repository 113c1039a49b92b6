// The loops that value models are measured against: what one writes with the standard library alone.
#include "value.hpp"

#include <cmath>
#include <cstddef>

namespace VALUE_NAMESPACE {

void one_score(float const* __restrict logits, float* __restrict score, std::size_t n, float const* __restrict weight) {
  for (std::size_t i = 0; i < n; ++i) {
    float sum = 0;
    for (std::size_t c = 0; c < 7; ++c) {
      sum += weight[c] / (1.0f + std::exp(-logits[c * n + i]));
    }
    score[i] = sum;
  }
}

void two_scores(float const* __restrict logits, float* __restrict sum, float* __restrict product, std::size_t n,
                float const* __restrict weight, float const* __restrict exponent) {
  for (std::size_t i = 0; i < n; ++i) {
    float total = 0;
    float logs = 0;
    for (std::size_t c = 0; c < 6; ++c) {
      float const p = 1.0f / (1.0f + std::exp(-logits[c * n + i]));
      total += weight[c] * p;
      logs += exponent[c] * std::log(p);
    }
    sum[i] = total;
    product[i] = std::exp(logs);
  }
}

/// What each of six factors contributes to their product, against factors of one half: by the logarithmic mean.
void shares_of_product(float const* __restrict logits, float* __restrict shares, std::size_t n,
                       float const* __restrict exponent) {
  float least = 0;
  for (std::size_t c = 0; c < 6; ++c) {
    least += exponent[c] * std::log(0.5f);
  }
  float const base = std::exp(least);
  for (std::size_t i = 0; i < n; ++i) {
    float ratio[6];
    float change = 0;
    for (std::size_t c = 0; c < 6; ++c) {
      ratio[c] = exponent[c] * std::log(2.0f / (1.0f + std::exp(-logits[c * n + i])));
      change += ratio[c];
    }
    float const mean = change == 0 ? base : base * (std::exp(change) - 1) / change;
    for (std::size_t c = 0; c < 6; ++c) {
      shares[c * n + i] = mean * ratio[c];
    }
  }
}

} // namespace VALUE_NAMESPACE
