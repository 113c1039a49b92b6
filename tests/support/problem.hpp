#ifndef RANKWISE_TESTS_SUPPORT_PROBLEM_HPP
#define RANKWISE_TESTS_SUPPORT_PROBLEM_HPP

#include <rankwise/core/lists.hpp>
#include <rankwise/core/options.hpp>

#include "support/random.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace support {

/// Ragged lists with scores, grades, weights and a mask. Some lists are empty, some have one item, some scores are
/// equal, some weights are 0.
template <class T>
struct problem {
  std::vector<T> scores;
  std::vector<T> labels;
  std::vector<int> offsets;
  std::vector<T> item_weights;
  std::vector<double> list_weights;
  std::vector<std::uint8_t> mask;

  explicit problem(std::uint64_t seed, std::size_t count = 12, std::size_t longest = 40) {
    random r{seed};
    offsets = r.offsets<int>(count, 0, longest);
    std::size_t const n = items();
    scores = r.uniforms<T>(n, -3, 3);
    labels = r.grades<T>(n, 5);
    item_weights = r.uniforms<T>(n, 0, 2);
    list_weights = r.uniforms<double>(count, 0, 3);
    mask.resize(n);
    for (std::size_t i = 0; i < n; ++i) {
      mask[i] = r.below(4) == 0 ? 0 : static_cast<std::uint8_t>(1 + r.below(3));
      if (i != 0 && r.below(5) == 0) {
        scores[i] = scores[i - 1];
      }
      if (r.below(10) == 0) {
        item_weights[i] = 0;
      }
    }
    list_weights[r.below(count)] = 0;
  }

  std::size_t items() const { return static_cast<std::size_t>(offsets.back()); }
  std::size_t size() const { return offsets.size() - 1; }
  rankwise::lists<int> lists() const { return rankwise::lists<int>(offsets); }
  std::size_t begin_of(std::size_t list) const { return static_cast<std::size_t>(offsets[list]); }
  std::size_t end_of(std::size_t list) const { return static_cast<std::size_t>(offsets[list + 1]); }

  /// Every combination of weights and mask, by the bits of `which`: 0 .. 7.
  rankwise::options options(unsigned which) const {
    rankwise::options o;
    if ((which & 1u) != 0) {
      o.item_weights = item_weights;
    }
    if ((which & 2u) != 0) {
      o.list_weights = list_weights;
    }
    if ((which & 4u) != 0) {
      o.mask = mask;
    }
    return o;
  }
  static constexpr unsigned combinations = 8;
};

/// (f(x + step at i) - f(x - step at i)) / 2 step, improved once by Richardson's rule.
template <class F>
double difference(F const& f, std::vector<double> x, std::size_t i, double step = 1e-3) {
  double const at = x[i];
  auto const central = [&](double h) {
    x[i] = at + h;
    double const above = f(x);
    x[i] = at - h;
    double const below = f(x);
    return (above - below) / (2 * h);
  };
  return (4 * central(step / 2) - central(step)) / 3;
}

/// Whether a and b agree to `relative` of the larger one or of `scale`.
inline bool near(double a, double b, double relative, double scale = 1) {
  double const size = std::fmax(scale, std::fmax(std::fabs(a), std::fabs(b)));
  return std::fabs(a - b) <= relative * size;
}

} // namespace support

#endif
