#ifndef RANKWISE_STAT_QUANTILE_HPP
#define RANKWISE_STAT_QUANTILE_HPP

#include <rankwise/stat/resample.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace rankwise::inline RANKWISE_ABI::stat {

/// Exact quantiles of numbers that come in parts: 8 bytes for every number.
template <class Isa>
class basic_quantiles {
public:
  /// Numbers that the mask leaves in and that are finite; others are reported. Weights are not looked at, but for 0,
  /// which leaves an item out.
  template <class Column>
  void add(Column const& numbers, options const& opts = {}) {
    auto const x = detail::host_rows(numbers);
    if (!detail::check_row_options(opts, x.size())) {
      return;
    }
    auto const bad = detail::for_each_block_of_rows<Isa>(
        0, x.size(), opts,
        [this](auto const& block, auto const&) {
          for (std::size_t i = 0; i < block.count; ++i) {
            keys_.push_back(detail::key_of(block.x[0][i]));
          }
        },
        x);
    bad.reported("a number or weight", opts.errors);
    sorted_ = keys_.size() < 2;
  }
  void merge(basic_quantiles const& other) {
    std::size_t const count = other.keys_.size();
    for (std::size_t i = 0; i < count; ++i) { // `other` may be this one
      keys_.push_back(other.keys_[i]);
    }
    sorted_ = keys_.size() < 2;
  }
  std::size_t count() const { return keys_.size(); }

  /// Sorts what has come since the last call. The number at place q (n - 1), 0 <= q <= 1, on the line between its
  /// neighbours (type 7 of Hyndman and Fan 1996: numpy, R). NaN for no numbers, or q out of range.
  double operator()(double q) {
    if (!sorted_) {
      detail::sort_keys<Isa>(keys_);
      sorted_ = true;
    }
    return q >= 0 && q <= 1 ? detail::sorted_quantile(keys_.data(), keys_.size(), q) : math::ops<double>::quiet_nan;
  }

  /// For `to_bytes`.
  template <class Self, class Bytes>
  static void parts(Self& self, Bytes& bytes) {
    bytes.kind("quantiles");
    bytes(self.keys_);
    if constexpr (Bytes::reads) {
      self.sorted_ = self.keys_.size() < 2;
    }
  }

private:
  std::vector<std::uint64_t> keys_;
  bool sorted_ = true;
};

using quantiles = basic_quantiles<arch::native>;

} // namespace rankwise::inline RANKWISE_ABI::stat

#endif
