// The loops that losses of lists are measured against: the definitions, with the standard library alone. One file
// compiles them as they are, another with -ffast-math.
#include "plain_listwise.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <vector>

namespace PLAIN_NAMESPACE {

double list_mle(float const* score, unsigned const* order, std::size_t const* offset, std::size_t lists,
                float* gradient) {
  double total = 0;
  std::vector<float> e;
  std::vector<float> rest;
  for (std::size_t l = 0; l < lists; ++l) {
    std::size_t const n = offset[l + 1] - offset[l];
    float const* const s = score + offset[l];
    unsigned const* const o = order + offset[l];
    float* const g = gradient + offset[l];
    e.resize(n);
    rest.resize(n);
    float peak = std::numeric_limits<float>::lowest();
    for (std::size_t k = 0; k < n; ++k) {
      peak = std::max(peak, s[k]);
    }
    float sum = 0;
    for (std::size_t k = n; k-- > 0;) {
      e[k] = std::exp(s[o[k]] - peak);
      sum += e[k];
      rest[k] = sum;
    }
    float value = 0;
    float inverse = 0;
    for (std::size_t k = 0; k < n; ++k) {
      value += std::log(rest[k]) - (s[o[k]] - peak);
      inverse += 1 / rest[k];
      g[o[k]] = e[k] * inverse - 1;
    }
    total += static_cast<double>(value);
  }
  return total;
}

double approx_ndcg(float const* score, float const* gain, float const* inverse_ideal, std::size_t const* offset,
                   std::size_t lists, bool skip_without_gain, float* gradient) {
  double total = 0;
  for (std::size_t l = 0; l < lists; ++l) {
    std::size_t const n = offset[l + 1] - offset[l];
    float const* const s = score + offset[l];
    float const* const y = gain + offset[l];
    float* const g = gradient + offset[l];
    std::fill(g, g + n, 0.0f);
    float value = 0;
    for (std::size_t i = 0; i < n; ++i) {
      if (skip_without_gain && y[i] == 0) {
        continue;
      }
      float rank = -0.5f;
      for (std::size_t j = 0; j < n; ++j) {
        rank += 1 / (1 + std::exp(s[i] - s[j]));
      }
      float const discount = 1 / std::log2(rank + 2);
      value += y[i] * discount;
      float const a = inverse_ideal[l] * y[i] * discount * discount / ((rank + 2) * 0.693147181f);
      float own = 0;
      for (std::size_t j = 0; j < n; ++j) {
        float const p = 1 / (1 + std::exp(s[i] - s[j]));
        float const slope = a * p * (1 - p);
        g[j] += slope;
        own += slope;
      }
      g[i] -= own;
    }
    total -= static_cast<double>(inverse_ideal[l] * value);
  }
  return total;
}

// As a tensor library runs it: every round's matrix is kept for the way back.
double neural_ndcg(float const* score, float const* gain, float const* inverse_ideal, std::size_t const* offset,
                   std::size_t lists, int rounds, float* gradient) {
  double total = 0;
  std::vector<std::vector<float>> p;
  std::vector<float> d;
  std::vector<float> far;
  for (std::size_t l = 0; l < lists; ++l) {
    std::size_t const n = offset[l + 1] - offset[l];
    float const* const s = score + offset[l];
    float const* const y = gain + offset[l];
    float* const g = gradient + offset[l];
    std::size_t const steps = 1 + 2 * static_cast<std::size_t>(rounds);
    p.resize(steps);
    for (auto& m : p) {
      m.resize(n * n);
    }
    d.assign(n * n, 0);
    far.assign(n, 0);
    for (std::size_t j = 0; j < n; ++j) {
      for (std::size_t k = 0; k < n; ++k) {
        far[j] += std::abs(s[j] - s[k]);
      }
    }
    auto const slope_of = [n](std::size_t i) { return static_cast<float>(n) - 1 - 2 * static_cast<float>(i); };
    for (std::size_t i = 0; i < n; ++i) {
      float* const row = &p[0][i * n];
      float peak = std::numeric_limits<float>::lowest();
      for (std::size_t j = 0; j < n; ++j) {
        row[j] = slope_of(i) * s[j] - far[j];
        peak = std::max(peak, row[j]);
      }
      float sum = 0;
      for (std::size_t j = 0; j < n; ++j) {
        row[j] = std::exp(row[j] - peak);
        sum += row[j];
      }
      for (std::size_t j = 0; j < n; ++j) {
        row[j] /= sum;
      }
    }
    // odd steps scale columns, even ones rows
    std::vector<float> sums(n);
    std::vector<std::vector<float>> scale(steps, std::vector<float>(n));
    for (std::size_t t = 1; t < steps; ++t) {
      bool const rows = t % 2 == 0;
      std::fill(sums.begin(), sums.end(), 0.0f);
      for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = 0; j < n; ++j) {
          sums[rows ? i : j] += p[t - 1][i * n + j];
        }
      }
      for (std::size_t k = 0; k < n; ++k) {
        scale[t][k] = 1 / sums[k];
      }
      for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = 0; j < n; ++j) {
          p[t][i * n + j] = p[t - 1][i * n + j] * scale[t][rows ? i : j];
        }
      }
    }
    float value = 0;
    for (std::size_t i = 0; i < n; ++i) {
      float const discount = 1 / std::log2(static_cast<float>(i) + 2);
      for (std::size_t j = 0; j < n; ++j) {
        value += discount * p[steps - 1][i * n + j] * y[j];
        d[i * n + j] = -inverse_ideal[l] * discount * y[j];
      }
    }
    for (std::size_t t = steps; t-- > 1;) {
      bool const rows = t % 2 == 0;
      std::fill(sums.begin(), sums.end(), 0.0f);
      for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = 0; j < n; ++j) {
          sums[rows ? i : j] += d[i * n + j] * p[t][i * n + j];
        }
      }
      for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = 0; j < n; ++j) {
          std::size_t const k = rows ? i : j;
          d[i * n + j] = scale[t][k] * (d[i * n + j] - sums[k]);
        }
      }
    }
    std::vector<float> by_item(n);
    std::fill(g, g + n, 0.0f);
    for (std::size_t i = 0; i < n; ++i) {
      float mean = 0;
      for (std::size_t j = 0; j < n; ++j) {
        mean += d[i * n + j] * p[0][i * n + j];
      }
      for (std::size_t j = 0; j < n; ++j) {
        float const z = p[0][i * n + j] * (d[i * n + j] - mean);
        by_item[j] += z;
        g[j] += slope_of(i) * z;
      }
    }
    for (std::size_t j = 0; j < n; ++j) {
      for (std::size_t k = 0; k < n; ++k) {
        float const sign = s[j] > s[k] ? 1.0f : s[j] < s[k] ? -1.0f : 0.0f;
        g[j] -= sign * (by_item[j] + by_item[k]);
      }
    }
    total -= static_cast<double>(inverse_ideal[l] * value);
  }
  return total;
}

} // namespace PLAIN_NAMESPACE
