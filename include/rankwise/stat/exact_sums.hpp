#ifndef RANKWISE_STAT_EXACT_SUMS_HPP
#define RANKWISE_STAT_EXACT_SUMS_HPP

#include <rankwise/stat/exact_sum.hpp>

#include <cstddef>

/// Exact sums of several columns where an executor's kernels find them, on a device say. Many threads add a part of a
/// column each, and the parts are merged as a tree; exact sums do not know how they were put together, so these have
/// the bits of one loop over everything.
namespace rankwise::inline RANKWISE_ABI::stat::detail {

inline constexpr std::size_t numbers_of_part = 128;
inline constexpr std::size_t merged_at_once = 16;

/// Parts of a column of `count` numbers.
constexpr std::size_t sum_parts(std::size_t count) {
  return count == 0 ? 1 : (count + numbers_of_part - 1) / numbers_of_part;
}

/// Thread (part, row): every `parts`-th number, so that neighbours read neighbours. A row is the sum of w v over the
/// numbers v of a column that are finite, and those are followed by as many rows with the sums of their w.
struct add_part {
  double const* values; ///< column after column
  double const* weights;
  std::size_t columns;
  std::size_t count;
  std::size_t parts;
  exact_sum* to; ///< part after part, 2 columns rows each

  template <class Index>
  RANKWISE_FN void operator()(Index i) const {
    for (std::size_t lane = 0; lane < i.live(); ++lane) {
      add((i.first + lane) / parts, (i.first + lane) % parts);
    }
  }

private:
  RANKWISE_FN void add(std::size_t row, std::size_t part) const {
    bool const of_weights = row >= columns;
    double const* const v = values + (of_weights ? row - columns : row) * count;
    exact_sum sum;
    for (std::size_t i = part; i < count; i += parts) {
      double const x = v[i];
      if (x - x == 0) {
        double const w = weights == nullptr ? 1 : weights[i];
        sum.add(of_weights ? w : w * x);
      }
    }
    to[part * 2 * columns + row] = sum;
  }
};

/// Merges parts p, p + step, ... into part p.
struct merge_parts {
  exact_sum* sums;
  std::size_t rows;
  std::size_t parts;
  std::size_t step;

  template <class Index>
  RANKWISE_FN void operator()(Index i) const {
    for (std::size_t lane = 0; lane < i.live(); ++lane) {
      std::size_t const first = (i.first + lane) / rows * (step * merged_at_once);
      std::size_t const row = (i.first + lane) % rows;
      exact_sum sum = sums[first * rows + row];
      for (std::size_t k = 1; k < merged_at_once && first + k * step < parts; ++k) {
        sum.merge(sums[(first + k * step) * rows + row]);
      }
      sums[first * rows + row] = sum;
    }
  }
};

/// Rounded: the sum of every column, followed by that of its weights.
struct round_sums {
  exact_sum const* sums;
  std::size_t columns;
  double* to;

  template <class Index>
  RANKWISE_FN void operator()(Index i) const {
    for (std::size_t lane = 0; lane < i.live(); ++lane) {
      std::size_t const row = i.first + lane;
      to[row < columns ? 2 * row : 2 * (row - columns) + 1] = sums[row].value();
    }
  }
};

/// `sums` has room for 2 columns sum_parts(count) sums, of which the first 2 columns are the result. Null weights
/// are 1.
template <class Executor>
void sum_columns(Executor const& executor, double const* values, double const* weights, std::size_t columns,
                 std::size_t count, exact_sum* sums) {
  std::size_t const parts = sum_parts(count);
  std::size_t const rows = 2 * columns;
  executor.template for_each_item<double>(rows * parts, add_part{values, weights, columns, count, parts, sums});
  for (std::size_t step = 1; step < parts; step *= merged_at_once) {
    std::size_t const left = (parts + step * merged_at_once - 1) / (step * merged_at_once);
    executor.template for_each_item<double>(rows * left, merge_parts{sums, rows, parts, step});
  }
}

} // namespace rankwise::inline RANKWISE_ABI::stat::detail

#endif
