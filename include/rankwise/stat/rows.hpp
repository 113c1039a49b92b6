#ifndef RANKWISE_STAT_ROWS_HPP
#define RANKWISE_STAT_ROWS_HPP

#include <rankwise/core/options.hpp>
#include <rankwise/exec/run.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>

/// How the tools of this folder and the metrics of single items read columns: in host memory, a block of rows at a
/// time, as double, without the rows that do not take part. Nothing here is needed to use them.
namespace rankwise::inline RANKWISE_ABI::stat::detail {

using rankwise::detail::check_optional;
using rankwise::detail::check_size;
using rankwise::detail::deliver;
using rankwise::detail::passed;

RANKWISE_HOST_FN bool finite(double x) {
  return x - x == 0;
}

/// Rows that take part: N numbers, all finite, and a weight above 0 each.
template <class Isa, std::size_t N>
struct row_block {
  static constexpr std::size_t capacity = 512;

  std::size_t count = 0;
  bool unit_weights = true;
  double x[N == 0 ? 1 : N][capacity];
  double weight[capacity];
  std::size_t item[capacity]; ///< where the row stands in the columns

  RANKWISE_HOST_FN column<double const> numbers(std::size_t k) const { return {x[k], count}; }
};

/// The rows that count for nothing because one of their numbers cannot be used.
struct unusable {
  std::size_t first = status::nowhere;
  std::size_t count = 0;

  RANKWISE_HOST_FN void add(std::size_t item) {
    first = item < first ? item : first;
    ++count;
  }
  RANKWISE_HOST_FN void merge(unusable const& other) {
    first = other.first < first ? other.first : first;
    count += other.count;
  }
  /// Reports them after the pass.
  RANKWISE_HOST_FN bool reported(char const* what, on_error const& errors) const {
    if (count == 0) {
      return false;
    }
    deliver({errc::unusable_item, what, first, 0, count}, errors);
    return true;
  }
};

/// Rows know weights and masks; their callers may know weights of lists as well.
RANKWISE_HOST_FN bool check_row_options(options const& opts, std::size_t rows, bool lists = false) {
  options others = opts;
  others.item_weights = {};
  others.mask = {};
  if (lists) {
    others.list_weights = {};
  }
  char const* const unused = rankwise::detail::option_given(others);
  return passed(unused == nullptr ? status{} : status{errc::unused_option, unused}, opts.errors) &&
         check_optional(opts.item_weights, "item_weights", rows, memory::host, opts.errors) &&
         check_optional(opts.mask, "mask", rows, memory::host, opts.errors);
}

/// A parameter that is outside of what it may be.
RANKWISE_HOST_FN bool check_parameter(bool good, char const* rule, on_error const& errors) {
  return passed(good ? status{} : status{errc::out_of_range, rule, status::nowhere, 0, status::nowhere}, errors);
}

template <class Column>
RANKWISE_HOST_FN auto host_rows(Column const& c) {
  auto const v = as_column(c);
  static_assert(decltype(v)::where == memory::host, "[rankwise] this tool reads host memory: copy the column first");
  return v;
}

/// Rows first .. first+count-1; unusable ones are counted.
template <class Isa, class... Views>
void read_rows(row_block<Isa, sizeof...(Views)>& to, std::size_t first, std::size_t count, options const& opts,
               unusable& bad, Views const&... views) {
  constexpr std::size_t columns = sizeof...(Views);
  constexpr std::uint64_t exponent_bits = 0x7ff0000000000000u;
  std::size_t k = 0;
  std::uint64_t not_finite = 0;
  auto const read = [&](auto const& view) {
    for (std::size_t i = 0; i < count; ++i) {
      double const x = static_cast<double>(view[first + i]);
      to.x[k][i] = x;
      not_finite |= (std::bit_cast<std::uint64_t>(x) & exponent_bits) == exponent_bits ? 1u : 0u;
    }
    ++k;
  };
  (read(views), ...);
  to.count = count;
  to.unit_weights = !opts.item_weights.given();
  for (std::size_t i = 0; i < count; ++i) {
    to.item[i] = first + i;
    to.weight[i] = 1;
  }
  if (not_finite == 0 && to.unit_weights && !opts.mask.given()) {
    return;
  }
  double live[row_block<Isa, columns>::capacity];
  if (opts.item_weights.given()) {
    opts.item_weights.read(first, count, to.weight);
  }
  if (opts.mask.given()) {
    opts.mask.read(first, count, live);
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (opts.mask.given() && live[i] == 0) {
      continue;
    }
    double const w = to.weight[i];
    bool usable = finite(w) && w >= 0;
    for (std::size_t c = 0; c < columns; ++c) {
      usable = usable && finite(to.x[c][i]);
    }
    if (!usable) {
      bad.add(first + i);
    } else if (w > 0) {
      for (std::size_t c = 0; c < columns; ++c) {
        to.x[c][kept] = to.x[c][i];
      }
      to.weight[kept] = w;
      to.item[kept++] = first + i;
    }
  }
  to.count = kept;
}

/// Calls f(block) for rows begin .. end-1 in order. The views have at least `end` entries each.
template <class Isa, class F, class... Views>
unusable for_each_block_of_rows(std::size_t begin, std::size_t end, options const& opts, F f, Views const&... views) {
  row_block<Isa, sizeof...(Views)> block;
  constexpr std::size_t capacity = row_block<Isa, sizeof...(Views)>::capacity;
  unusable bad;
  for (std::size_t first = begin; first < end; first += capacity) {
    read_rows(block, first, end - first < capacity ? end - first : capacity, opts, bad, views...);
    f(block, bad);
  }
  return bad;
}

} // namespace rankwise::inline RANKWISE_ABI::stat::detail

#endif
