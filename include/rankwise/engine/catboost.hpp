#ifndef RANKWISE_ENGINE_CATBOOST_HPP
#define RANKWISE_ENGINE_CATBOOST_HPP

#include <rankwise/core/arch.hpp>
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

namespace detail {

/// Derivatives that stand, although an item may count for nothing, turn uphill; false where there are none.
template <class Isa = arch::native>
bool turn(status const& outcome, std::span<double> der1, std::span<double> der2) {
  bool const there = outcome.ok() || outcome.code == errc::not_finite || outcome.code == errc::unusable_item;
  for (std::span<double> const ders : {der1, der2}) {
    for (std::size_t i = 0; there && i < ders.size(); ++i) {
      ders[i] = -ders[i];
    }
  }
  return there;
}

} // namespace detail

/// One output: the derivatives of a block of items, CatBoost's pairs (der1, der2) as two columns. `weights` is empty
/// where there are none; CatBoost expects the derivatives with the weights in them.
template <class Head, class Targets, class Weights = std::span<float const>>
bool calc_ders_range(Head const& head, std::span<double const> approxes, Targets const& targets, Weights const& weights,
                     std::span<double> der1, std::span<double> der2, on_error const& errors = {}) {
  static_assert(Head::columns == 1,
                "[rankwise] catboost::calc_ders_range is for heads with one logit; calc_ders_multi is for several");
  status outcome;
  options with{.value = false, .errors = outcome};
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
  bool const there = detail::turn(outcome, der1, der2);
  rankwise::detail::passed(outcome, errors);
  return there;
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
  std::span<double const> const its_weight(&weight, 1);
  status outcome;
  head.gradient(row_major(approxes.data(), 1, n), one, row_major(der1.data(), 1, n), row_major(diagonal, 1, n),
                {.item_weights = its_weight, .value = false, .errors = outcome});
  bool const there = detail::turn(outcome, der1, diagonal);
  for (std::size_t k = 0; there && k < n; ++k) {
    for (std::size_t j = 0; j < n; ++j) {
      der2[k * n + j] = j == k ? diagonal[k] : 0;
    }
  }
  rankwise::detail::passed(outcome, errors);
  return there;
}

} // namespace rankwise::inline RANKWISE_ABI::catboost

#endif
