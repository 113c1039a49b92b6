#ifndef RANKWISE_CORE_POLICY_HPP
#define RANKWISE_CORE_POLICY_HPP

#include <rankwise/core/config.hpp>
#include <rankwise/core/error.hpp>

/// Binding: parameters of a policy are double; before a run they become the value type, once.
namespace rankwise::inline RANKWISE_ABI {

namespace math {
struct precise;
struct fast;
} // namespace math

/// The policy as a run over numbers of type `T` calls it: what its `bind<T, Accuracy>()` or `bind<T>()` returns, or the
/// policy itself.
template <class T, class Accuracy = math::precise, class Policy>
RANKWISE_FN auto bound(Policy const& policy) {
  if constexpr (requires { policy.template bind<T, Accuracy>(); }) {
    return policy.template bind<T, Accuracy>();
  } else if constexpr (requires { policy.template bind<T>(); }) {
    return policy.template bind<T>();
  } else {
    return policy;
  }
}

/// What is wrong with the parameters of a policy: what its `constexpr char const* fault() const` says, with the range
/// that is allowed, or null. Calls ask before anything is written.
template <class Policy>
constexpr char const* fault_of(Policy const& policy) {
  if constexpr (requires { policy.fault(); }) {
    return policy.fault();
  } else {
    return nullptr;
  }
}

namespace detail {

/// Losses, metrics and heads have calls of their own: `rw_has_calls` comes with the line RANKWISE_..._CALLS in their
/// body. Their formulas must not be tried with a plain number.
template <class Policy>
concept has_calls = requires {
  typename Policy::rw_has_calls;
};

/// Of several policies, the first fault.
template <class... Policies>
constexpr char const* first_fault(Policies const&... policies) {
  char const* found = nullptr;
  ((found = found != nullptr ? found : fault_of(policies)), ...);
  return found;
}

template <class Isa = arch::native>
constexpr bool check_parameters(char const* fault, on_error const& errors) {
  return passed(fault == nullptr ? status{} : status{errc::out_of_range, fault, status::nowhere, 0, status::nowhere},
                errors);
}

/// For ranges of parameters: neither NaN nor infinite.
constexpr bool finite_parameter(double x) {
  return x >= -1.7976931348623157e308 && x <= 1.7976931348623157e308;
}
constexpr bool weight_parameter(double x) {
  return x >= 0 && finite_parameter(x);
}

} // namespace detail

/// A policy that is always bound with one accuracy.
template <class Policy, class Accuracy>
struct with_accuracy {
  Policy policy;

  constexpr char const* fault() const { return fault_of(policy); }

  template <class T>
  RANKWISE_FN auto bind() const {
    return bound<T, Accuracy>(policy);
  }
};

/// The same policy with the fast functions of math/: 1e-6 relative in float, the same saturation.
template <class Policy>
  requires requires(Policy const& p) {
    p.template bind<float, math::fast>();
  }
constexpr with_accuracy<Policy, math::fast> fast(Policy const& policy) {
  return {policy};
}

} // namespace rankwise::inline RANKWISE_ABI

#endif
