#ifndef RANKWISE_ENGINE_CATBOOST_HPP
#define RANKWISE_ENGINE_CATBOOST_HPP

#include <rankwise/core/error.hpp>
#include <rankwise/core/options.hpp>
#include <rankwise/core/tensor.hpp>
#include <rankwise/exec/prepared.hpp>

#include <cstddef>
#include <span>

/// Heads and pointwise losses in the shape of CatBoost's custom objectives: what `calc_ders_range` and
/// `calc_ders_multi` return. CatBoost climbs: its first derivative is that of -L, and so is the second, which is
/// negative where L is convex. It hands over blocks of items, not lists: list-wise losses have no place here.
namespace rankwise::inline RANKWISE_ABI::catboost {

/// One output: the derivatives of a block of items, CatBoost's pairs (der1, der2) as two columns. `weights` is empty
/// where there are none; CatBoost expects the derivatives with the weights in them.
template <class Head, class Targets, class Weights = std::span<float const>>
bool calc_ders_range(Head const& head, std::span<double const> approxes, Targets const& targets, Weights const& weights,
                     std::span<double> der1, std::span<double> der2, on_error const& errors = {}) {
  static_assert(Head::columns == 1,
                "[rankwise] catboost::calc_ders_range is for heads with one logit; calc_ders_multi is for several");
  options with{.value = false, .errors = errors};
  auto const w = as_column(weights);
  if (w.size() != 0) {
    with.item_weights = w;
  }
  if (!rankwise::detail::check_size(as_column(der1), "der1", approxes.size(), errors) ||
      !rankwise::detail::check_size(as_column(der2), "der2", approxes.size(), errors) ||
      !rankwise::detail::check_size(as_column(targets), "targets", approxes.size(), errors) ||
      (w.size() != 0 && !rankwise::detail::check_size(w, "weights", approxes.size(), errors))) {
    return false;
  }
  head.gradient(approxes, targets, der1, der2, with);
  for (std::size_t i = 0; i < approxes.size(); ++i) {
    der1[i] = -der1[i];
    der2[i] = -der2[i];
  }
  return true;
}

/// Several outputs: the derivatives of one item, `der2` row by row. This library's second derivatives are those by one
/// logit each: the matrix has no others.
template <class Head, class Target>
bool calc_ders_multi(Head const& head, std::span<double const> approxes, Target target, double weight,
                     std::span<double> der1, std::span<double> der2, on_error const& errors = {}) {
  constexpr auto n = static_cast<std::size_t>(Head::columns);
  if (!rankwise::detail::check_size(as_column(approxes), "approxes", n, errors) ||
      !rankwise::detail::check_size(as_column(der1), "der1", n, errors) ||
      !rankwise::detail::check_size(as_column(der2), "der2", n * n, errors)) {
    return false;
  }
  double diagonal[n];
  std::span<Target const> const one(&target, 1);
  head.gradient(row_major(approxes.data(), 1, n), one, row_major(der1.data(), 1, n), row_major(diagonal, 1, n),
                {.value = false, .errors = errors});
  for (std::size_t k = 0; k < n; ++k) {
    der1[k] *= -weight;
    for (std::size_t j = 0; j < n; ++j) {
      der2[k * n + j] = j == k ? -weight * diagonal[k] : 0;
    }
  }
  return true;
}

} // namespace rankwise::inline RANKWISE_ABI::catboost

#endif
