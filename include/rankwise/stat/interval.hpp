#ifndef RANKWISE_STAT_INTERVAL_HPP
#define RANKWISE_STAT_INTERVAL_HPP

#include <rankwise/exec/simd.hpp>
#include <rankwise/stat/distribution.hpp>
#include <rankwise/stat/moments.hpp>
#include <rankwise/stat/resample.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

/// A mean and how sure one may be of it.
namespace rankwise::inline RANKWISE_ABI::stat {

/// An estimate and its confidence interval. All NaN where there is nothing to estimate; the interval is NaN where there
/// is one item only.
struct estimate {
  double value = math::ops<double>::quiet_nan;
  double standard_error = math::ops<double>::quiet_nan;
  double low = math::ops<double>::quiet_nan;
  double high = math::ops<double>::quiet_nan;
  std::size_t items = 0;
};

namespace detail {

RANKWISE_HOST_FN bool check_confidence(double confidence, on_error const& errors) {
  return check_parameter(confidence > 0 && confidence < 1, "confidence (between 0 and 1)", errors);
}

/// The estimate +- Student's quantile x the standard error; bounds are NaN for a confidence that is none.
template <class Isa>
estimate student_interval(double value, double standard_error, double degrees, std::size_t items, double confidence) {
  bool const good = confidence > 0 && confidence < 1;
  double const t = good ? student_upper_quantile<Isa>((1 - confidence) / 2, degrees) : math::ops<double>::quiet_nan;
  return {value, standard_error, value - t * standard_error, value + t * standard_error, items};
}

/// Usable numbers of a column, or of the difference of two, and their weights.
template <class Isa>
struct sample {
  std::vector<double> value;
  std::vector<double> weight; // empty: all 1

  template <class Column>
  bool read(Column const& column, options const& opts) {
    auto const x = host_rows(column);
    if (!check_row_options(opts, x.size())) {
      return false;
    }
    take(opts, "a number or weight", x.size(), x);
    return true;
  }
  template <class A, class B>
  bool read_difference(A const& first, B const& second, options const& opts) {
    auto const a = host_rows(first);
    auto const b = host_rows(second);
    if (!check_size(b, "the second column", a.size(), opts.errors) || !check_row_options(opts, a.size())) {
      return false;
    }
    take(opts, "a number or weight", a.size(), a, b);
    return true;
  }

private:
  template <class... Views>
  void take(options const& opts, char const* what, std::size_t rows, Views const&... views) {
    auto const bad = for_each_block_of_rows<Isa>(
        0, rows, opts,
        [this](auto const& block, [[maybe_unused]] unusable& out) {
          for (std::size_t i = 0; i < block.count; ++i) {
            double x = block.x[0][i];
            if constexpr (sizeof...(Views) == 2) {
              x -= block.x[1][i];
              if (!finite(x)) { // both are, the difference is not
                out.add(block.item[i]);
                continue;
              }
            }
            value.push_back(x);
            if (!block.unit_weights) {
              weight.push_back(block.weight[i]);
            }
          }
        },
        views...);
    bad.reported(what, opts.errors);
  }
};

/// The sum of f over drawn items, in four chains.
template <class F>
RANKWISE_HOST_FN void add_drawn(double (&chain)[4], std::uint32_t const* item, std::size_t count, F f) {
  std::size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    for (std::size_t c = 0; c < 4; ++c) {
      chain[c] += f(item[i + c]);
    }
  }
  for (; i < count; ++i) {
    chain[0] += f(item[i]);
  }
}
RANKWISE_HOST_FN double sum_of(double const (&chain)[4]) {
  return (chain[0] + chain[1]) + (chain[2] + chain[3]);
}

/// The mean of one resample.
template <class Isa>
double resampled_mean(sample<Isa> const& from, std::uint64_t seed, std::uint64_t replicate) {
  std::size_t const n = from.value.size();
  double const* const x = from.value.data();
  double const* const w = from.weight.data();
  double sum[4] = {};
  if (from.weight.empty()) {
    for_each_drawn<Isa>(seed, replicate, n, [&](std::uint32_t const* item, std::size_t count) {
      add_drawn(sum, item, count, [x](std::size_t i) { return x[i]; });
    });
    return sum_of(sum) / static_cast<double>(n);
  }
  double weight[4] = {};
  for_each_drawn<Isa>(seed, replicate, n, [&](std::uint32_t const* item, std::size_t count) {
    add_drawn(sum, item, count, [x, w](std::size_t i) { return w[i] * x[i]; });
    add_drawn(weight, item, count, [w](std::size_t i) { return w[i]; });
  });
  return sum_of(sum) / sum_of(weight);
}

/// Means of all resamples, in their order.
template <class Isa, class Executor>
std::vector<double> resampled_means(Executor const& executor, sample<Isa> const& from, std::size_t replicates,
                                    std::uint64_t seed) {
  std::vector<double> means(replicates);
  for_each_replicate(executor, replicates, [&](std::size_t r) { means[r] = resampled_mean<Isa>(from, seed, r); });
  return means;
}

/// Differences so large or small that their squares or sums would leave the range of double are brought near 1, by a
/// power of two: nothing is rounded. Returns what brings results back.
template <class Isa>
double bring_into_range(std::vector<double>& d) {
  double most = 0;
  for (double const x : d) {
    most = math::abs(x) > most ? math::abs(x) : most;
  }
  double const unit = math::unit_of(most);
  if (unit != 1) {
    for (double& x : d) {
      x /= unit;
    }
  }
  return unit;
}

/// The interval between two quantiles of resampled means, and their standard deviation.
template <class Isa>
estimate percentile_interval(double value, std::vector<double> const& means, std::size_t items, double confidence) {
  basic_moments<Isa> sums;
  sums.add(means);
  std::vector<std::uint64_t> keys;
  keys.reserve(means.size());
  for (double const m : means) {
    keys.push_back(key_of(m));
  }
  sort_keys<Isa>(keys);
  return {value, sums.standard_deviation(), sorted_quantile(keys.data(), keys.size(), (1 - confidence) / 2),
          sorted_quantile(keys.data(), keys.size(), (1 + confidence) / 2), items};
}

} // namespace detail

/// The mean with Student's interval: mean +- t s / sqrt(n). With weights n is the effective size.
struct t_interval {
  double confidence = 0.95;

  template <class Column, class Isa = arch::native>
  estimate operator()(Column const& numbers, options const& opts = {}) const {
    if (!detail::check_confidence(confidence, opts.errors)) {
      return {};
    }
    basic_moments<Isa> sums;
    sums.add(numbers, opts);
    return of(sums);
  }
  /// Of numbers that were added up elsewhere.
  template <class Isa>
  estimate of(basic_moments<Isa> const& sums) const {
    return detail::student_interval<Isa>(sums.mean(), sums.standard_error(), sums.effective_size() - 1, sums.count(),
                                         confidence);
  }
};

/// The mean with the percentile interval of the bootstrap (Efron 1979): resamples of n items with replacement, their
/// means, the quantiles of these. Weights travel with their items. An executor may come first:
/// `bootstrap{}(exec::parallel{}, numbers)` has the same bits.
struct bootstrap {
  double confidence = 0.95;
  std::size_t replicates = 10000;
  std::uint64_t seed = 0;

  template <class Column, class Isa = arch::native>
    requires(!executor<Column>)
  estimate operator()(Column const& numbers, options const& opts = {}) const {
    return (*this)(exec::basic_simd<Isa>{}, numbers, opts);
  }
  template <executor Executor, class Column, class Isa = arch::native>
  estimate operator()(Executor const& executor, Column const& numbers, options const& opts = {}) const {
    detail::sample<Isa> sample;
    if (!detail::check_confidence(confidence, opts.errors) ||
        !detail::check_parameter(replicates > 0, "replicates (at least 1)", opts.errors) ||
        !sample.read(numbers, opts)) {
      return {};
    }
    std::size_t const items = sample.value.size();
    if (items == 0) {
      return {};
    }
    double const scale = detail::bring_into_range<Isa>(sample.value);
    basic_moments<Isa> sums;
    options weights;
    if (!sample.weight.empty()) {
      weights.item_weights = sample.weight;
    }
    sums.add(sample.value, weights);
    if (items == 1) {
      estimate only;
      only.value = scale * sums.mean();
      only.items = 1;
      return only;
    }
    estimate e = detail::percentile_interval<Isa>(
        sums.mean(), detail::resampled_means<Isa>(executor, sample, replicates, seed), items, confidence);
    e.value *= scale;
    e.standard_error *= scale;
    e.low *= scale;
    e.high *= scale;
    return e;
  }
};

} // namespace rankwise::inline RANKWISE_ABI::stat

#endif
