#ifndef RANKWISE_LABEL_REWEIGHT_HPP
#define RANKWISE_LABEL_REWEIGHT_HPP

#include <rankwise/label/mix.hpp>

namespace rankwise::inline RANKWISE_ABI::label {

/// Item weights under which the grades have the shares of `target` (one number per grade) and the same total weight:
/// item_weight * target_k / share_k (ours). Items without a grade, masked ones and those of a grade with target 0 weigh
/// 0. Returns the share of the target that falls on grades without items: 0 if the target was reached.
template <class Labels, class Target, class Weights, class Isa = arch::native>
double reweight(Labels const& labels, Target const& target, Weights&& weights, options const& opts = {}) {
  static_assert(rankwise::detail::explain_output<Weights>());
  auto const y = detail::host_column(labels);
  auto const w = detail::host_column(weights);
  if (!detail::check_output(w, "weights", y.size(), opts.errors) || !detail::check_weights(opts, y.size()) ||
      !rankwise::detail::check_apart(w, y, "weights", opts.errors) || !detail::check_target(target, opts.errors)) {
    return 0;
  }
  std::size_t const grades = as_column(target).size();
  basic_label_mix<Isa> mix(grades);
  options quiet = opts;
  status ignored; // checked above
  quiet.errors = ignored;
  mix.add(labels, quiet);
  std::vector<double> factor = detail::shares_of<Isa>(target, grades);
  double missing = 0;
  double reached = 0;
  for (std::size_t k = 0; k < grades; ++k) {
    (mix.weight(k) > 0 ? reached : missing) += factor[k];
  }
  for (std::size_t k = 0; k < grades; ++k) {
    factor[k] = mix.weight(k) > 0 && reached > 0 ? factor[k] / reached / mix.share(k) : 0;
  }
  using T = typename decltype(w)::value_type;
  std::size_t next = 0;
  auto const clear_to = [&](std::size_t end) {
    for (; next < end; ++next) {
      w[next] = T(0);
    }
  };
  detail::for_each_weighted<Isa>(y.size(), quiet, [&](std::size_t i, double weight) {
    std::size_t const k = detail::grade_of(static_cast<double>(y[i]), grades);
    clear_to(i);
    w[i] = static_cast<T>(k < grades ? weight * factor[k] : 0);
    next = i + 1;
  });
  clear_to(y.size());
  return missing;
}

} // namespace rankwise::inline RANKWISE_ABI::label

#endif
