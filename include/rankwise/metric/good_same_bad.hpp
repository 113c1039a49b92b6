#ifndef RANKWISE_METRIC_GOOD_SAME_BAD_HPP
#define RANKWISE_METRIC_GOOD_SAME_BAD_HPP

#include <rankwise/stat/distribution.hpp>
#include <rankwise/stat/moments.hpp>

#include <cstddef>

namespace rankwise::inline RANKWISE_ABI::metric {

/// Side by side: how often ours is judged better than theirs, the same, or worse (GSB of arXiv 2508.12365 and
/// 2510.14321). Verdicts are added one column after the other, and states merge.
template <class Isa>
class basic_good_same_bad {
public:
  /// Verdicts: above 0 good, 0 same, below 0 bad.
  template <class Verdicts>
  void add(Verdicts const& verdicts, options const& opts = {}) {
    auto const v = stat::detail::host_rows(verdicts);
    if (stat::detail::check_row_options(opts, v.size())) {
      add_rows(v.size(), opts, v);
    }
  }
  /// Grades of both for the same queries or items.
  template <class Ours, class Theirs>
    requires tensor_column<Theirs const>
  void add(Ours const& ours, Theirs const& theirs, options const& opts = {}) {
    auto const a = stat::detail::host_rows(ours);
    auto const b = stat::detail::host_rows(theirs);
    if (stat::detail::check_size(b, "theirs", a.size(), opts.errors) &&
        stat::detail::check_row_options(opts, a.size())) {
      add_rows(a.size(), opts, a, b);
    }
  }
  void merge(basic_good_same_bad const& other) {
    for (std::size_t k = 0; k < 3; ++k) {
      count_[k] += other.count_[k];
      weight_[k].merge(other.weight_[k]);
    }
  }

  /// Weights of the verdicts.
  double good() const { return weight_[0].value(); }
  double same() const { return weight_[1].value(); }
  double bad() const { return weight_[2].value(); }
  /// (good - bad) / (good + same + bad), between -1 and 1; NaN for no verdicts.
  double net() const {
    stat::exact_sum difference = weight_[0];
    stat::detail::subtract_multiple<Isa>(difference, weight_[2], 1);
    stat::exact_sum sum = weight_[0];
    sum.merge(weight_[1]);
    sum.merge(weight_[2]);
    return stat::detail::ratio(difference, sum);
  }
  /// Of the sign test of good against bad, two-sided, each verdict counting 1: could it be chance?
  double p_value() const {
    auto const g = static_cast<double>(count_[0]);
    auto const b = static_cast<double>(count_[2]);
    double const p = 2 * stat::binomial_tail<Isa>(g > b ? g : b, g + b, 0.5);
    return p < 1 ? p : 1;
  }

  /// For `to_bytes`.
  template <class Self, class Bytes>
  static void parts(Self& self, Bytes& bytes) {
    bytes.kind("good_same_bad");
    bytes(self.count_, self.weight_);
  }

private:
  template <class... Views>
  void add_rows(std::size_t rows, options const& opts, Views const&... views) {
    auto const bad = stat::detail::for_each_block_of_rows<Isa>(
        0, rows, opts,
        [this](auto const& block, auto const&) {
          for (std::size_t i = 0; i < block.count; ++i) {
            double const other = sizeof...(Views) == 2 ? block.x[sizeof...(Views) - 1][i] : 0;
            std::size_t const k = block.x[0][i] > other ? 0 : block.x[0][i] == other ? 1 : 2;
            ++count_[k];
            weight_[k].add(block.weight[i]);
          }
        },
        views...);
    bad.reported("a verdict, grade or weight", opts.errors);
  }

  std::size_t count_[3] = {};
  stat::exact_sum weight_[3];
};

using good_same_bad = basic_good_same_bad<arch::native>;

} // namespace rankwise::inline RANKWISE_ABI::metric

#endif
