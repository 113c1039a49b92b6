#ifndef RANKWISE_LABEL_RESAMPLE_HPP
#define RANKWISE_LABEL_RESAMPLE_HPP

#include <rankwise/core/random.hpp>
#include <rankwise/label/mix.hpp>

#include <cstdint>
#include <vector>

namespace rankwise::inline RANKWISE_ABI::label {

namespace detail {

template <class Isa>
struct drawn {
  std::uint64_t key;
  std::size_t item;
};

/// Leaves the `count` items of the smallest keys, in the order of the items. Who is drawn depends on the seed and on
/// the items alone.
template <class Isa>
void draw(std::vector<drawn<Isa>>& from, std::size_t count) {
  if (count < from.size()) {
    stat::detail::sort_by_key<Isa>(from, [](drawn<Isa> const& d) { return d.key; });
    from.resize(count);
    stat::detail::sort_by_key<Isa>(from, [](drawn<Isa> const& d) { return std::uint64_t{d.item}; });
  }
}

} // namespace detail

struct resampling {
  std::uint64_t seed = 1;
  any_column mask{}; ///< 0 leaves an item out
  on_error errors{};
};

/// The items, ascending, of the largest sample without repetition in which the grades have the shares of `target` (one
/// number per grade); equal numbers balance it down to a coefficient of variation of 0 (arXiv 2508.12365). Counts are
/// cut to whole items. A grade with a share but without items leaves nothing.
template <class Labels, class Target, class Isa = arch::native>
std::vector<std::size_t> resample(Labels const& labels, Target const& target, resampling const& how = {}) {
  auto const y = detail::host_column(labels);
  options opts;
  opts.mask = how.mask;
  opts.errors = how.errors;
  if (!detail::check_weights(opts, y.size()) || !detail::check_target(target, opts.errors)) {
    return {};
  }
  std::size_t const grades = as_column(target).size();
  std::vector<std::vector<detail::drawn<Isa>>> of_grade(grades);
  detail::for_each_weighted<Isa>(y.size(), opts, [&](std::size_t i, double) {
    std::size_t const k = detail::grade_of(static_cast<double>(y[i]), grades);
    if (k < grades) {
      of_grade[k].push_back({random_bits(how.seed, i), i});
    }
  });
  std::vector<double> const share = detail::shares_of<Isa>(target, grades);
  double size = -1; // of the whole sample
  for (std::size_t k = 0; k < grades; ++k) {
    if (share[k] > 0) {
      double const most = static_cast<double>(of_grade[k].size()) / share[k];
      size = size < 0 || most < size ? most : size;
    }
  }
  std::vector<std::size_t> items;
  for (std::size_t k = 0; k < grades && size > 0; ++k) {
    // A hair more, for shares like 1/3: n / (1/3) * (1/3) must be n.
    detail::draw<Isa>(of_grade[k], static_cast<std::size_t>(size * share[k] * (1 + 1e-12)));
    for (detail::drawn<Isa> const& d : of_grade[k]) {
      items.push_back(d.item);
    }
  }
  detail::sort_numbers<Isa>(items);
  return items;
}

} // namespace rankwise::inline RANKWISE_ABI::label

#endif
