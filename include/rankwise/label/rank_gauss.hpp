#ifndef RANKWISE_LABEL_RANK_GAUSS_HPP
#define RANKWISE_LABEL_RANK_GAUSS_HPP

#include <rankwise/label/sample.hpp>
#include <rankwise/label/table.hpp>
#include <rankwise/math/normal.hpp>

namespace rankwise::inline RANKWISE_ABI::label {

/// Numbers to normal scores: Phi^-1((r - 1/2) / n) for the rank r of n, equal numbers sharing the mean of their ranks
/// (Hazen's positions; with weights r - 1/2 is the weight below plus half of that of the equal ones). Between the
/// numbers of the fit it is linear, outside flat. Items that are not finite are left out.
template <class Column, class Isa = arch::native>
table<between::linear> fit_rank_gauss(Column const& column, options const& opts = {}) {
  auto const c = detail::host_column(column);
  if (!detail::check_weights(opts, c.size()) || !detail::check_some(c.size(), "the column", opts.errors)) {
    return {};
  }
  auto const sample = detail::sorted_sample<Isa>(c, opts);
  // Weights above each item: the smaller tail is what the quantile is taken of, as the other one may round to 1.
  std::vector<double> above(sample.size() + 1, 0);
  for (std::size_t i = sample.size(); i-- > 0;) {
    above[i] = above[i + 1] + sample[i].weight;
  }
  double const total = above[0];
  std::vector<double> x;
  std::vector<double> y;
  double below = 0;
  for (std::size_t i = 0; i < sample.size();) {
    double const value = sample[i].x;
    double equal = 0;
    for (; i < sample.size() && sample[i].x == value; ++i) {
      equal += sample[i].weight;
    }
    x.push_back(value);
    y.push_back(below <= above[i] ? math::normal_quantile((below + equal / 2) / total)
                                  : -math::normal_quantile((above[i] + equal / 2) / total));
    below += equal;
  }
  if (!detail::check_points(x.size(), opts.errors)) {
    return {};
  }
  return {std::move(x), std::move(y)};
}

} // namespace rankwise::inline RANKWISE_ABI::label

#endif
