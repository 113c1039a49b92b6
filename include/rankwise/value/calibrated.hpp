#ifndef RANKWISE_VALUE_CALIBRATED_HPP
#define RANKWISE_VALUE_CALIBRATED_HPP

#include <rankwise/core/policy.hpp>
#include <rankwise/core/unit.hpp>
#include <rankwise/value/node.hpp>

#include <type_traits>

/// Calibrators inside a value model: `calibrated(logit(click), platt)`. Any element-wise policy with a derivative will
/// do: those of calibrate/, chains of them, tables.
namespace rankwise::inline RANKWISE_ABI {

namespace value::detail {

/// policy(x)
template <class Policy>
struct calibration {
  static constexpr char const* name = "calibrated";
  Policy policy;

  constexpr char const* fault() const requires checked<Policy> { return policy.fault(); }

  template <class Precise, class Fast>
  struct run {
    Precise precise;
    Fast fast;

    template <class P>
    RANKWISE_FN auto const& at() const {
      if constexpr (std::is_same_v<P, math::fast>) {
        return fast;
      } else {
        return precise;
      }
    }
    template <class P, class V>
    RANKWISE_FN V apply(V const (&x)[1]) const {
      return at<P>()(x[0]);
    }
    template <class P, class V>
    RANKWISE_FN void partials(V const (&x)[1], V, V (&d)[1]) const {
      d[0] = at<P>().derivative(x[0]);
    }
  };
  template <class T>
  constexpr auto bind() const {
    auto const precise = bound<T>(policy);
    auto const fast = bound<T, math::fast>(policy);
    return run<std::remove_const_t<decltype(precise)>, std::remove_const_t<decltype(fast)>>{precise, fast};
  }
};

template <class Policy>
struct unit_after {
  using type = unit::score;
};
template <class Policy>
  requires requires {
    typename Policy::unit;
  }
struct unit_after<Policy> {
  using type = typename Policy::unit;
};

} // namespace value::detail

/// `policy` over the value of a node. What it yields is a probability if the policy says so (`using unit`), otherwise
/// what `Unit` says: `calibrated<unit::probability>(logit(click), isotonic)`.
template <class Unit = void, class Node, class Policy>
  requires value::expression<Node>
constexpr auto calibrated(Node const& node, Policy const& policy) {
  static_assert(
      requires { bound<double>(policy).derivative(1.0); },
      "[rankwise] calibrated(node, policy): the policy has no derivative; calibrators, tables and chains of them do");
  using own = typename value::detail::unit_after<Policy>::type;
  return value::operate<std::conditional_t<std::is_void_v<Unit>, own, Unit>>(value::detail::calibration<Policy>{policy},
                                                                             node);
}

} // namespace rankwise::inline RANKWISE_ABI

#endif
