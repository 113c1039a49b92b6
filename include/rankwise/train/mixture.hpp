#ifndef RANKWISE_TRAIN_MIXTURE_HPP
#define RANKWISE_TRAIN_MIXTURE_HPP

#include <rankwise/core/lists.hpp>
#include <rankwise/core/options.hpp>
#include <rankwise/core/storage.hpp>
#include <rankwise/exec/item_run.hpp>
#include <rankwise/head/bernoulli.hpp>
#include <rankwise/math/exp.hpp>
#include <rankwise/math/log.hpp>

#include <cstddef>
#include <type_traits>

/// Several rankers at once, of which each list (a query, a session) is served by one that nobody knows (TF-Ranking's
/// MixtureEM). With K columns of logits,
///   L_lk = sum over the list's items i of w_i (softplus(z_ik) - y_i z_ik)
///   q_lk = softmax over k of -L_lk                       the list's share of ranker k: the E step
///   L = sum over lists of v_l sum_k q_lk L_lk,   dL/dz_ik = v_l q_lk w_i (sigma(z_ik) - y_i)       the M step
/// The gradient takes q as given. It is that of the list's likelihood -log(sum_k e^-L_lk / K), whose value is returned
/// with `likelihood`.
namespace rankwise::inline RANKWISE_ABI::train {

struct mixture {
  bool likelihood = false;

  /// Logits and gradient are matrices with one row per item and one column per ranker. Options: item_weights,
  /// list_weights, mask, per_list, errors.
  template <class Logits, class Labels, class Offset, class Gradient, class Isa = arch::native>
  double gradient(Logits const& logits, Labels const& labels, lists<Offset> const& groups, Gradient&& gradient,
                  options const& opts = {}) const {
    auto const z = rankwise::detail::as_rows(logits);
    auto const g = rankwise::detail::as_rows(gradient);
    auto const y = as_column(labels);
    on_error const& errors = opts.errors;
    std::size_t const n = groups.items();
    constexpr double nothing = math::ops<double>::quiet_nan;
    if (!rankwise::detail::check_size(y, "labels", n, errors) ||
        !rankwise::detail::check_rows(z, "logits", n, z.columns, errors) ||
        !rankwise::detail::check_rows(g, "gradient", n, z.columns, errors) ||
        !rankwise::detail::check_optional(opts.item_weights, "item_weights", n, memory::host, errors) ||
        !rankwise::detail::check_optional(opts.list_weights, "list_weights", groups.size(), memory::host, errors) ||
        !rankwise::detail::check_optional(opts.mask, "mask", n, memory::host, errors) ||
        (opts.per_list.given() && !rankwise::detail::check_size(opts.per_list, "per_list", groups.size(), errors)) ||
        !rankwise::detail::check_apart(g, z, "gradient", errors)) {
      return nothing;
    }
    storage<double> weight;
    weight.resize(n);
    read(opts.item_weights, weight, 1);
    storage<double> live;
    live.resize(n);
    read(opts.mask, live, 1);
    storage<double> list_weight;
    list_weight.resize(groups.size());
    read(opts.list_weights, list_weight, 1);
    storage<double> loss;
    loss.resize(z.columns);
    double total = 0;
    std::size_t flagged = 0;
    std::size_t first_flagged = status::nowhere;
    for (std::size_t l = 0; l < groups.size(); ++l) {
      double const value = one_list(z, y, g, groups.begin_of(l), groups.end_of(l), weight, live, list_weight[l], loss);
      bool const finite = value - value == 0;
      if (!finite) {
        first_flagged = flagged == 0 ? l : first_flagged;
        ++flagged;
      }
      total += finite ? list_weight[l] * value : 0;
      if (opts.per_list.given()) {
        opts.per_list.first()[l] = value;
      }
    }
    if (flagged != 0) {
      rankwise::detail::deliver({errc::not_finite, "a logit, label or weight", first_flagged, 0, flagged}, errors);
    }
    return total;
  }

private:
  static void read(any_column const& from, storage<double>& to, double otherwise) {
    for (double& x : to) {
      x = otherwise;
    }
    if (from.given()) {
      from.read(0, to.size(), to.data());
    }
  }

  // NaN if something is not finite; the gradients of the list are then 0.
  template <class Logits, class Labels, class Gradient>
  double one_list(Logits const& z, Labels const& y, Gradient const& g, std::size_t begin, std::size_t end,
                  storage<double> const& weight, storage<double> const& live, double list_weight,
                  storage<double>& loss) const {
    using T = std::remove_cvref_t<decltype(g(0, 0))>;
    double least = math::ops<double>::infinity;
    double check = list_weight - list_weight;
    for (std::size_t k = 0; k < z.columns; ++k) {
      loss[k] = 0;
      for (std::size_t i = begin; i < end; ++i) {
        if (live[i] != 0) {
          head::bernoulli<double> const one(static_cast<double>(z(i, k)), static_cast<double>(y[i]));
          loss[k] += weight[i] * one.loss;
        }
      }
      check += loss[k] - loss[k];
      least = loss[k] < least ? loss[k] : least;
    }
    bool const finite = check == 0;
    double sum = 0;
    for (std::size_t k = 0; k < z.columns; ++k) {
      sum += finite ? math::exp(least - loss[k]) : 1;
    }
    double mean = 0;
    for (std::size_t k = 0; k < z.columns; ++k) {
      double const share = finite ? math::exp(least - loss[k]) / sum : 0;
      mean += share * loss[k];
      for (std::size_t i = begin; i < end; ++i) {
        double slope = 0;
        if (finite && live[i] != 0) {
          head::bernoulli<double> const one(static_cast<double>(z(i, k)), static_cast<double>(y[i]));
          slope = list_weight * share * weight[i] * one.gradient;
        }
        g(i, k) = static_cast<T>(slope);
      }
    }
    if (!finite) {
      return math::ops<double>::quiet_nan;
    }
    return z.columns == 0 ? 0 : likelihood ? least - math::log(sum / static_cast<double>(z.columns)) : mean;
  }
};

} // namespace rankwise::inline RANKWISE_ABI::train

#endif
