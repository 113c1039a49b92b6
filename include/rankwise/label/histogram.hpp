#ifndef RANKWISE_LABEL_HISTOGRAM_HPP
#define RANKWISE_LABEL_HISTOGRAM_HPP

#include <rankwise/core/bytes.hpp>
#include <rankwise/core/policy.hpp>
#include <rankwise/label/sample.hpp>
#include <rankwise/stat/moments.hpp>
#include <rankwise/stat/weight_sums.hpp>

#include <cstddef>

namespace rankwise::inline RANKWISE_ABI::label {

/// Numbers by bins of equal width from `low` up to `high`; the last bin holds `high`, too. Mergeable, with the mean and
/// the standard deviation of what was added; sums are exact, so that parts give the bits of the whole.
template <class Isa>
class basic_histogram {
public:
  basic_histogram(double low, double high, std::size_t bins)
      : low_(low), high_(high), bins_(bins), rounding_(rounding_of(low, high, bins)), weight_(bins + 3) {}

  template <class Column>
  void add(Column const& column, options const& opts = {}) {
    auto const c = detail::host_column(column);
    if (!rankwise::detail::check_parameters(fault(), opts.errors) || !detail::check_weights(opts, c.size())) {
      return;
    }
    detail::for_each_weighted<Isa>(c.size(), opts, [&](std::size_t i, double w) {
      double const x = static_cast<double>(c[i]);
      weight_.add(detail::finite(x) ? place(x) : bins_ + not_finite_cell, w);
    });
    options numbers;
    numbers.item_weights = opts.item_weights;
    numbers.mask = opts.mask;
    status unusable; // counted above, or without a weight
    numbers.errors = unusable;
    moments_.add(c, numbers);
  }
  /// Of two histograms with the same bins.
  void merge(basic_histogram const& other, on_error const& errors = {}) {
    if (!rankwise::detail::check_alike<Isa>(*this, other, errors)) {
      return;
    }
    weight_.merge(other.weight_);
    moments_.merge(other.moments_);
  }

  constexpr char const* fault() const {
    bool const bounds = rankwise::detail::finite_parameter(low_) && rankwise::detail::finite_parameter(high_);
    return bounds && low_ <= high_ && rankwise::detail::finite_parameter(high_ - low_)
               ? bins_ != 0 ? nullptr : "the bins of a histogram (at least 1)"
               : "low or high of a histogram (low at most high, and their difference finite)";
  }

  std::size_t bins() const { return bins_; }
  double weight(std::size_t bin) const { return weight_.value(bin); }
  double lower_edge(std::size_t bin) const {
    return low_ + (high_ - low_) * static_cast<double>(bin) / static_cast<double>(bins_);
  }
  double below() const { return weight_.value(bins_ + below_cell); }
  double above() const { return weight_.value(bins_ + above_cell); }
  double not_finite() const { return weight_.value(bins_ + not_finite_cell); }
  double total() const { return moments_.weight(); } ///< of all finite numbers
  double mean() const { return total() > 0 ? moments_.mean() : 0; }
  double standard_deviation() const { ///< population
    return total() > 0 ? math::sqrt(moments_.population_variance()) : 0;
  }
  /// Standard deviation / mean; 0 where the mean is.
  double coefficient_of_variation() const { return mean() != 0 ? standard_deviation() / mean() : 0; }

  /// For `to_bytes`.
  template <class Self, class Bytes>
  static void parts(Self& self, Bytes& bytes) {
    bytes.kind("histogram");
    bytes.same(self.low_, self.high_, self.bins_);
    bytes(self.weight_, self.moments_);
    bytes.require(self.weight_.size() == self.bins_ + 3);
  }

private:
  static constexpr std::size_t below_cell = 0, above_cell = 1, not_finite_cell = 2; // behind the bins

  // An edge is rounded as numbers of its size are, and none is rounded finer than the least double. Without a width
  // this is not finite, and every place near an edge.
  static double rounding_of(double low, double high, std::size_t bins) {
    double const size = math::max(math::abs(low), math::abs(high)) + 1e-300;
    return 1e-15 * static_cast<double>(bins) * (1 + size / (high - low));
  }
  std::size_t place(double x) const {
    if (x < low_) {
      return bins_ + below_cell;
    }
    if (!(x <= high_)) {
      return bins_ + above_cell;
    }
    double const at = (x - low_) / (high_ - low_) * static_cast<double>(bins_);
    auto bin = at > 0 ? static_cast<std::size_t>(at) : 0; // low == high: the first
    bin = bin < bins_ ? bin : bins_ - 1;
    double const past = at - static_cast<double>(bin);
    if (past > rounding_ && past < 1 - rounding_) {
      return bin; // no edge is near
    }
    // By a rounding it may be the neighbour: the edges are what `lower_edge` says.
    if (bin > 0 && x < lower_edge(bin)) {
      --bin;
    } else if (low_ < high_ && bin + 1 < bins_ && x >= lower_edge(bin + 1)) {
      ++bin;
    }
    return bin;
  }

  double low_;
  double high_;
  std::size_t bins_;
  double rounding_; // more than what roundings of a place and of an edge may be, in bins
  stat::basic_weight_sums<Isa> weight_;
  stat::basic_moments<Isa> moments_;
};

using histogram = basic_histogram<arch::native>;

} // namespace rankwise::inline RANKWISE_ABI::label

#endif
