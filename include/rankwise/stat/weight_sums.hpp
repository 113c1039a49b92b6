#ifndef RANKWISE_STAT_WEIGHT_SUMS_HPP
#define RANKWISE_STAT_WEIGHT_SUMS_HPP

#include <rankwise/stat/exact_sum.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace rankwise::inline RANKWISE_ABI::stat {

/// The weight in each of several cells (grades, bins), without rounding: any order and any split give the same bits.
/// Weights of 1, mostly all there are, only count; exact sums come with the first other weight.
template <class Isa>
class basic_weight_sums {
public:
  explicit basic_weight_sums(std::size_t cells = 0) : ones_(cells, 0) {}

  std::size_t size() const { return ones_.size(); }
  /// More cells, empty ones; what is there stays.
  void extend(std::size_t cells) {
    if (cells > ones_.size()) {
      ones_.resize(cells, 0);
      rest_.resize(rest_.empty() ? 0 : cells);
    }
  }

  void add(std::size_t cell, double weight) {
    if (weight == 1) {
      ++ones_[cell];
    } else {
      rest_.resize(ones_.size());
      rest_[cell].add(weight);
    }
  }
  /// Of sums with at most as many cells.
  void merge(basic_weight_sums const& other) {
    extend(other.size());
    for (std::size_t c = 0; c < other.ones_.size(); ++c) {
      ones_[c] += other.ones_[c];
    }
    if (!other.rest_.empty()) {
      rest_.resize(ones_.size());
      for (std::size_t c = 0; c < other.ones_.size(); ++c) {
        rest_[c].merge(other.rest_[c]);
      }
    }
  }

  double value(std::size_t cell) const {
    if (rest_.empty()) {
      return static_cast<double>(ones_[cell]);
    }
    exact_sum sum = rest_[cell];
    sum.add(static_cast<double>(ones_[cell]));
    return sum.value();
  }
  bool empty() const { return ones_.empty(); }

  /// For `to_bytes`.
  template <class Self, class Bytes>
  static void parts(Self& self, Bytes& bytes) {
    bytes.kind("weight_sums");
    bytes(self.ones_, self.rest_);
    bytes.require(self.rest_.empty() || self.rest_.size() == self.ones_.size());
  }

private:
  std::vector<std::uint64_t> ones_;
  std::vector<exact_sum> rest_; // one per cell, or none
};

using weight_sums = basic_weight_sums<arch::native>;

} // namespace rankwise::inline RANKWISE_ABI::stat

#endif
