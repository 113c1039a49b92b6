#ifndef RANKWISE_METRIC_METRIC_HPP
#define RANKWISE_METRIC_METRIC_HPP

#include <rankwise/core/policies.hpp>
#include <rankwise/exec/run.hpp>

/// The calls that every ranking metric answers. A metric is a struct with a formula, `operator()(list)`, that returns
/// the list's value, or a `defined_if` where a list may have none. The line RANKWISE_METRIC_CALLS in its body makes the
/// metric a function of columns:
///
///   metric(scores, labels, lists, {.item_weights = w, .per_list = values})
///   metric(scores, data [, workspace], {...})          data = metric.prepare(labels, lists, {...})
///
/// An executor may come first. The result is the mean over the lists that have a value, weighted by list weights, and 0
/// if there are none. In `.per_list`, a list without a value is NaN.
namespace rankwise::inline RANKWISE_ABI {

namespace detail {
/// A mean of lists whose weights add up beyond the largest number is none. (A sum of values that does has been
/// reported.)
template <class Isa = arch::native>
constexpr double metric_of(pass_total const& total, options const& opts) {
  bool const held = total.weight - total.weight == 0;
  if (total.ran && !held && total.flagged == 0 && total.value - total.value == 0) {
    deliver({errc::not_finite, "the sum of the list weights"}, opts.errors);
  }
  return !total.ran || !held ? math::ops<double>::quiet_nan : total.weight == 0 ? 0 : total.value / total.weight;
}
/// `ndcg<10>(scores, labels, lists)`: one readable line.
template <class... Args>
consteval bool explain_metric_type() {
  static_assert(sizeof...(Args) == 0, "[rankwise] this is the type of a metric: make one with {} and call it, "
                                      "rw::metric::ndcg<10>{}(scores, labels, lists)");
  return true;
}
} // namespace detail

/// What a list counts for in which no item is relevant, so that the metric would be 0 / 0.
namespace empty {

struct zero {
  using slot = slots::empty;
  static constexpr char const* text = "zero";
  template <class T>
  RANKWISE_FN static defined_if<T> value() {
    return {T(0), true};
  }
};
struct one {
  using slot = slots::empty;
  static constexpr char const* text = "one";
  template <class T>
  RANKWISE_FN static defined_if<T> value() {
    return {T(1), true};
  }
};
/// Left out of the mean.
struct skip {
  using slot = slots::empty;
  static constexpr char const* text = "skip";
  template <class T>
  RANKWISE_FN static defined_if<T> value() {
    return {T(0), false};
  }
};

} // namespace empty

} // namespace rankwise::inline RANKWISE_ABI

#define RANKWISE_METRIC_CALLS                                                                                          \
  RANKWISE_PREPARE_CALLS                                                                                               \
  RANKWISE_VALUE_CALLS(operator(), ::rankwise::detail::metric_of)

// For metrics without parameters, which nobody needs to name in braces: calling the type is explained.
#define RANKWISE_NO_PARAMETERS(metric)                                                                                 \
  constexpr metric() = default;                                                                                        \
  template <class... RwArgs>                                                                                           \
    requires(sizeof...(RwArgs) > 1)                                                                                    \
  constexpr explicit metric(RwArgs const&...) {                                                                        \
    static_assert(::rankwise::detail::explain_metric_type<RwArgs...>());                                               \
  }

#endif
