#ifndef RANKWISE_LABEL_CONFLICT_HPP
#define RANKWISE_LABEL_CONFLICT_HPP

#include <rankwise/core/policy.hpp>
#include <rankwise/label/sample.hpp>

#include <vector>

namespace rankwise::inline RANKWISE_ABI::label {

struct conflict_rule {
  double conversion_from = 0.1; ///< this much engagement is high
  double grade_below = 1;       ///< and a lower grade than this is irrelevant
  any_column mask{};
  on_error errors{};
};

struct conflicts {
  std::vector<std::size_t> items; ///< those in conflict, ascending
  std::size_t high_conversion = 0;
  std::size_t irrelevant = 0;
  std::size_t audited = 0; ///< items with both numbers
};

/// Conflict audit (arXiv 2605.27704 names it; the rule is ours): items that convert well and are graded irrelevant.
/// Either the label is wrong or engagement is. Items with a NaN are left out.
template <class Conversion, class Grades, class Isa = arch::native>
conflicts find_conflicts(Conversion const& conversion, Grades const& grades, conflict_rule const& rule = {}) {
  auto const c = detail::host_column(conversion);
  auto const y = detail::host_column(grades);
  conflicts found;
  options opts;
  opts.mask = rule.mask;
  opts.errors = rule.errors;
  bool const rules = rule.conversion_from == rule.conversion_from && rule.grade_below == rule.grade_below;
  if (!rankwise::detail::check_parameters(rules ? nullptr : "a number of conflict_rule (not NaN)", opts.errors) ||
      !detail::check_size(y, "grades", c.size(), opts.errors) || !detail::check_weights(opts, c.size())) {
    return found;
  }
  detail::for_each_weighted<Isa>(c.size(), opts, [&](std::size_t i, double) {
    double const conversion_i = static_cast<double>(c[i]);
    double const grade = static_cast<double>(y[i]);
    if (conversion_i != conversion_i || grade != grade) {
      return;
    }
    bool const high = conversion_i >= rule.conversion_from;
    bool const irrelevant = grade < rule.grade_below;
    ++found.audited;
    found.high_conversion += high ? 1u : 0u;
    found.irrelevant += irrelevant ? 1u : 0u;
    if (high && irrelevant) {
      found.items.push_back(i);
    }
  });
  return found;
}

} // namespace rankwise::inline RANKWISE_ABI::label

#endif
