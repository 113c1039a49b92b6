#ifndef RANKWISE_TESTS_SUPPORT_RAGGED_HPP
#define RANKWISE_TESTS_SUPPORT_RAGGED_HPP

#include <rankwise/core/lists.hpp>
#include <rankwise/core/options.hpp>

#include "random.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace support {

/// Ragged lists from nothing to 50,000 items: the sizes about those of groups of threads, a crowd of short ones, and
/// some that are long. A third of the scores are equal to another one of their list; they are floats, so that float
/// and double see the same order. `everything`: weights, a mask, a list without items that take part, NaN and
/// infinities.
template <class T>
struct ragged {
  std::vector<int> offsets{0};
  std::vector<T> scores, labels;
  std::vector<float> weights;
  std::vector<double> list_weights;
  std::vector<std::uint8_t> mask;

  explicit ragged(std::uint64_t seed, bool everything, int longest = 50'000) {
    random random(seed);
    for (int size : {0, 1, 2, 3, 7, 8, 9, 31, 32, 33, 64, 65, 129, 257, 700, 3000, 0}) {
      offsets.push_back(offsets.back() + size);
    }
    offsets.push_back(offsets.back() + longest);
    for (int l = 0; l < 300; ++l) {
      offsets.push_back(offsets.back() + static_cast<int>(random.below(40)));
    }
    auto const items = static_cast<std::size_t>(offsets.back());
    for (float const x : random.uniforms<float>(items, -4, 4)) {
      scores.push_back(static_cast<T>(random.below(3) == 0 ? std::round(8 * x) / 8 : x));
    }
    labels = random.grades<T>(items, 5);
    if (everything) {
      weights = random.uniforms<float>(items, 0.1, 3);
      list_weights = random.uniforms<double>(offsets.size() - 1, 0.1, 3);
      list_weights[5] = 0;
      mask.resize(items);
      for (auto& live : mask) {
        live = random.below(4) != 0;
      }
      std::fill(mask.begin() + offsets[9], mask.begin() + offsets[10], std::uint8_t{0});
      auto const spoil = [&](std::vector<T>& column, int list, T x) {
        auto const item = static_cast<std::size_t>(offsets[static_cast<std::size_t>(list)]);
        column[item] = x;
        mask[item] = 1;
      };
      spoil(scores, 8, std::numeric_limits<T>::quiet_NaN());
      spoil(scores, 12, std::numeric_limits<T>::infinity());
      spoil(scores, 14, -std::numeric_limits<T>::infinity());
      spoil(labels, 13, std::numeric_limits<T>::quiet_NaN());
    } else {
      list_weights.assign(offsets.size() - 1, 1);
    }
  }

  rankwise::lists<int> lists() const { return rankwise::lists(offsets); }
  rankwise::options options() const {
    rankwise::options given;
    if (!mask.empty()) {
      given.item_weights = weights;
      given.list_weights = list_weights;
      given.mask = mask;
    }
    return given;
  }
};

} // namespace support

#endif
