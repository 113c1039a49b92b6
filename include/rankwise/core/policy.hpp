#ifndef RANKWISE_CORE_POLICY_HPP
#define RANKWISE_CORE_POLICY_HPP

#include <rankwise/core/config.hpp>

/// Binding: parameters of a policy are double; before a run they become the value type, once.
namespace rankwise::inline RANKWISE_ABI {

/// The policy as a run over numbers of type `T` calls it: what its `bind<T>()` returns, or the policy itself.
template <class T, class Policy>
RANKWISE_FN auto bound(Policy const& policy) {
  if constexpr (requires { policy.template bind<T>(); }) {
    return policy.template bind<T>();
  } else {
    return policy;
  }
}

} // namespace rankwise::inline RANKWISE_ABI

#endif
