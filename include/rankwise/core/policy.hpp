#ifndef RANKWISE_CORE_POLICY_HPP
#define RANKWISE_CORE_POLICY_HPP

#include <rankwise/core/config.hpp>

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

/// A policy that is always bound with one accuracy.
template <class Policy, class Accuracy>
struct with_accuracy {
  Policy policy;

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
