#ifndef RANKWISE_LABEL_QUANTILES_HPP
#define RANKWISE_LABEL_QUANTILES_HPP

#include <rankwise/label/cut.hpp>
#include <rankwise/label/sample.hpp>
#include <rankwise/stat/weight_sums.hpp>

namespace rankwise::inline RANKWISE_ABI::label {

/// Cuts into `Buckets` buckets of equal weight, fitted to a column: threshold k is the smallest number x of the column
/// such that at least k / Buckets of the weight lies below x. Equal numbers share a bucket, the upper one, so ties make
/// buckets uneven; a bucket that nothing reaches has the threshold infinity. Items that are not finite are left out.
template <int Buckets, class Column, class Isa = arch::native>
cut<Buckets> fit_quantiles(Column const& column, options const& opts = {}) {
  auto const c = detail::host_column(column);
  cut<Buckets> fitted{};
  for (double& t : fitted.threshold) {
    t = math::ops<double>::infinity;
  }
  if (!detail::check_weights(opts, c.size())) {
    return fitted;
  }
  auto const sample = detail::sorted_sample<Isa>(c, opts);
  if (!detail::check_some(sample.size(), "the column", opts.errors)) {
    return fitted;
  }
  // Exact sums: of equal weights they are what counts of items are, but for one rounding.
  stat::basic_weight_sums<Isa> sums(2);
  for (auto const& item : sample) {
    sums.add(0, item.weight);
  }
  double const total = sums.value(0);
  int k = 0;
  double below = 0;
  for (std::size_t i = 0; i < sample.size() && k < Buckets - 1;) {
    for (; k < Buckets - 1 && below * Buckets >= (k + 1) * total * (1 - 0x1p-51); ++k) {
      fitted.threshold[k] = sample[i].x;
    }
    double const x = sample[i].x;
    for (; i < sample.size() && sample[i].x == x; ++i) {
      sums.add(1, sample[i].weight);
    }
    below = sums.value(1);
  }
  return fitted;
}

} // namespace rankwise::inline RANKWISE_ABI::label

#endif
