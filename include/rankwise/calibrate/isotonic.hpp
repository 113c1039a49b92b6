#ifndef RANKWISE_CALIBRATE_ISOTONIC_HPP
#define RANKWISE_CALIBRATE_ISOTONIC_HPP

#include <rankwise/calibrate/fit.hpp>
#include <rankwise/calibrate/logit.hpp>
#include <rankwise/label/table.hpp>

namespace rankwise::inline RANKWISE_ABI::calibrate {

/// Isotonic regression: the non-decreasing function of the scores with the least weighted squares, by pooling adjacent
/// violators. It is flat over every pooled block. Between blocks it is
///   between::linear   on the line from the last score of one to the first of the next (scikit-learn's)
///   between::block    the value of the lower block: a step function
/// and outside the scores of the fit it stays at its ends. Equal scores are averaged first. Items with a number that is
/// not finite are left out.
template <class Between = between::linear>
using isotonic = fitted<label::table<Between>>;

namespace detail {

template <class Isa>
struct pool {
  double first;
  double last;
  double weight;
  double value; // the mean
};

/// Non-decreasing pools of points with ascending x.
template <class Isa>
void pool_adjacent_violators(std::vector<pool<Isa>>& pools) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < pools.size(); ++i) {
    pool<Isa> p = pools[i];
    while (kept != 0 && pools[kept - 1].value >= p.value) {
      pool<Isa> const& left = pools[--kept];
      double const weight = left.weight + p.weight;
      p = {left.first, p.last, weight, left.value + (p.value - left.value) * (p.weight / weight)};
    }
    pools[kept++] = p;
  }
  pools.resize(kept);
}

} // namespace detail

template <class Between = between::linear, class Scores, class Labels, class Isa = arch::native>
isotonic<Between> fit_isotonic(Scores const& scores, Labels const& labels, options const& opts = {}) {
  auto const s = detail::host_column(scores);
  auto const y = detail::host_column(labels);
  isotonic<Between> result;
  if (!detail::check_pairs(s, y, opts)) {
    return result;
  }
  auto const sample = label::detail::sorted_sample<Isa>(s, opts);
  std::vector<detail::pool<Isa>> pools;
  double weight = 0;
  std::size_t used = 0;
  for (auto const& item : sample) {
    double const label = static_cast<double>(y[item.item]);
    if (!detail::finite(label)) {
      continue;
    }
    weight += item.weight;
    if (!pools.empty() && pools.back().first == item.x) {
      detail::pool<Isa>& same = pools.back();
      same.weight += item.weight;
      same.value += (label - same.value) * (item.weight / same.weight);
    } else {
      pools.push_back({item.x, item.x, item.weight, label});
    }
    ++used;
  }
  detail::for_each_weighted<Isa>(s.size(), opts, [&](std::size_t, double) { ++result.left_out; });
  result.left_out -= used;
  detail::pool_adjacent_violators<Isa>(pools);
  std::vector<double> x;
  std::vector<double> value;
  for (detail::pool<Isa> const& p : pools) {
    x.push_back(p.first);
    value.push_back(p.value);
    if (p.last != p.first) {
      x.push_back(p.last);
      value.push_back(p.value);
    }
  }
  double squares = 0; // of what is left: around 0 they would cancel
  std::size_t at = 0;
  for (auto const& item : sample) {
    double const label = static_cast<double>(y[item.item]);
    if (detail::finite(label)) {
      while (pools[at].last < item.x) {
        ++at;
      }
      squares += item.weight * (label - pools[at].value) * (label - pools[at].value);
    }
  }
  if (!label::detail::check_points(x.size(), opts.errors)) {
    return result;
  }
  static_cast<label::table<Between>&>(result) = label::table<Between>(std::move(x), std::move(value));
  result.converged = !pools.empty();
  result.loss = weight > 0 ? squares / weight : 0;
  return result;
}

} // namespace rankwise::inline RANKWISE_ABI::calibrate

#endif
