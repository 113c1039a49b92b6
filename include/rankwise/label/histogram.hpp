#ifndef RANKWISE_LABEL_HISTOGRAM_HPP
#define RANKWISE_LABEL_HISTOGRAM_HPP

#include <rankwise/label/sample.hpp>

#include <vector>

namespace rankwise::inline RANKWISE_ABI::label {

/// Numbers by bins of equal width from `low` up to `high`; the last bin holds `high`, too. Mergeable, with the mean and
/// the standard deviation of what was added.
template <class Isa>
class basic_histogram {
public:
  basic_histogram(double low, double high, std::size_t bins) : low_(low), high_(high), weight_(bins, 0) {}

  template <class Column>
  void add(Column const& column, options const& opts = {}) {
    auto const c = detail::host_column(column);
    if (!detail::check_weights(opts, c.size())) {
      return;
    }
    detail::for_each_weighted<Isa>(c.size(), opts, [&](std::size_t i, double w) {
      double const x = static_cast<double>(c[i]);
      if (!detail::finite(x)) {
        not_finite_ += w;
        return;
      }
      double const before = total_;
      total_ += w;
      double const step = (x - mean_) * (w / total_);
      squares_ += before * step * (x - mean_);
      mean_ += step;
      place(x) += w;
    });
  }
  /// Of two histograms with the same bins; others are left out.
  void merge(basic_histogram const& other) {
    if (other.weight_.size() != weight_.size() || other.low_ != low_ || other.high_ != high_) {
      return;
    }
    for (std::size_t b = 0; b < weight_.size(); ++b) {
      weight_[b] += other.weight_[b];
    }
    below_ += other.below_;
    above_ += other.above_;
    not_finite_ += other.not_finite_;
    double const both = total_ + other.total_;
    if (both > 0) {
      double const apart = other.mean_ - mean_;
      squares_ += other.squares_ + apart * apart * (total_ * (other.total_ / both));
      mean_ += apart * (other.total_ / both);
      total_ = both;
    }
  }

  std::size_t bins() const { return weight_.size(); }
  double weight(std::size_t bin) const { return weight_[bin]; }
  double lower_edge(std::size_t bin) const {
    return low_ + (high_ - low_) * static_cast<double>(bin) / static_cast<double>(weight_.size());
  }
  double below() const { return below_; }
  double above() const { return above_; }
  double not_finite() const { return not_finite_; }
  double total() const { return total_; } ///< of all finite numbers
  double mean() const { return mean_; }
  double standard_deviation() const { return total_ > 0 ? math::sqrt(squares_ / total_) : 0; } ///< population
  /// Standard deviation / mean; 0 where the mean is.
  double coefficient_of_variation() const { return mean_ != 0 ? standard_deviation() / mean_ : 0; }

private:
  double& place(double x) {
    if (x < low_) {
      return below_;
    }
    if (!(x <= high_) || weight_.empty()) {
      return above_;
    }
    double const at = (x - low_) / (high_ - low_) * static_cast<double>(weight_.size());
    auto const bin = at > 0 ? static_cast<std::size_t>(at) : 0; // low == high: the first
    return weight_[bin < weight_.size() ? bin : weight_.size() - 1];
  }

  double low_;
  double high_;
  std::vector<double> weight_;
  double below_ = 0;
  double above_ = 0;
  double not_finite_ = 0;
  double total_ = 0;
  double mean_ = 0;
  double squares_ = 0;
};

using histogram = basic_histogram<arch::native>;

} // namespace rankwise::inline RANKWISE_ABI::label

#endif
