#ifndef RANKWISE_LABEL_SAMPLE_HPP
#define RANKWISE_LABEL_SAMPLE_HPP

#include <rankwise/exec/run.hpp>
#include <rankwise/stat/order.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

/// How tools over whole columns read them: in host memory, item by item, with weights and a mask. Nothing here is
/// needed to use them.
namespace rankwise::inline RANKWISE_ABI::label::detail {

using rankwise::detail::check_optional;
using rankwise::detail::check_output;
using rankwise::detail::check_size;
using rankwise::detail::passed;

template <class C>
RANKWISE_HOST_FN auto host_column(C&& c) {
  auto const v = as_column(c);
  static_assert(decltype(v)::where == memory::host, "[rankwise] this tool reads host memory: copy the column first");
  return v;
}

RANKWISE_HOST_FN bool check_weights(options const& opts, std::size_t items) {
  return check_optional(opts.item_weights, "item_weights", items, memory::host, opts.errors) &&
         check_optional(opts.mask, "mask", items, memory::host, opts.errors);
}

/// Fits need something to fit.
RANKWISE_HOST_FN bool check_some(std::size_t items, char const* argument, on_error const& errors) {
  return passed(items != 0 ? status{} : status{errc::size_mismatch, argument, status::nowhere, 1, 0}, errors);
}

RANKWISE_HOST_FN bool finite(double x) {
  return x - x == 0;
}

/// Calls f(item, weight) in order for every item that the mask leaves in and whose weight is positive and finite.
template <class Isa, class F>
void for_each_weighted(std::size_t items, options const& opts, F f) {
  constexpr std::size_t block = 256;
  double weight[block];
  double live[block];
  for (std::size_t first = 0; first < items; first += block) {
    std::size_t const count = items - first < block ? items - first : block;
    if (opts.item_weights.given()) {
      opts.item_weights.read(first, count, weight);
    }
    if (opts.mask.given()) {
      opts.mask.read(first, count, live);
    }
    for (std::size_t i = 0; i < count; ++i) {
      double const w = opts.item_weights.given() ? weight[i] : 1;
      if ((!opts.mask.given() || live[i] != 0) && w > 0 && finite(w)) {
        f(first + i, w);
      }
    }
  }
}

/// One item of a sorted column.
template <class Isa>
struct sorted_item {
  double x;
  double weight;
  std::size_t item;
};

/// Item numbers, ascending.
template <class Isa>
void sort_numbers(std::vector<std::size_t>& items) {
  stat::detail::sort_by_key<Isa>(items, [](std::size_t item) { return std::uint64_t{item}; });
}

/// The items of a column that are finite and have a weight, by value; equal values in their order.
template <class Isa, class Column>
std::vector<sorted_item<Isa>> sorted_sample(Column const& column, options const& opts) {
  std::vector<sorted_item<Isa>> sample;
  sample.reserve(column.size());
  for_each_weighted<Isa>(column.size(), opts, [&](std::size_t i, double w) {
    double const x = static_cast<double>(column[i]);
    if (finite(x)) {
      sample.push_back({x, w, i});
    }
  });
  stat::detail::sort_by_key<Isa>(sample, [](sorted_item<Isa> const& item) { return stat::detail::key_of(item.x); });
  return sample;
}

} // namespace rankwise::inline RANKWISE_ABI::label::detail

#endif
