#ifndef RANKWISE_EXEC_APPLY_HPP
#define RANKWISE_EXEC_APPLY_HPP

#include <rankwise/core/policy.hpp>
#include <rankwise/exec/run.hpp>

/// Element-wise policies over columns: one fused pass, in place if the output is the input.
namespace rankwise::inline RANKWISE_ABI {

namespace detail {

template <class Policy, class In, class Out>
struct element_kernel {
  Policy policy;
  In in;
  Out out;

  template <class Index>
  RANKWISE_FN void operator()(Index i) const {
    store(out, i, policy(load(in, i)));
  }
};

template <class A, class B>
constexpr bool same_place(A const& a, B const& b) {
  if constexpr (std::is_same_v<typename A::value_type, typename B::value_type>) {
    if constexpr (requires { a.stride + b.stride; }) {
      return a.first == b.first && a.stride == b.stride;
    } else {
      return !requires {
        a.stride;
      }
      &&!requires {
        b.stride;
      }
      &&a.first == b.first;
    }
  } else {
    return false;
  }
}

} // namespace detail

/// out[i] = policy(in[i]). Arithmetic runs in double for double input, otherwise in float; an integer output gets the
/// value cut towards zero and to the range of its type, and 0 for NaN. The output may be the input itself, but must not
/// overlap it otherwise.
template <executor Executor, class Policy, class In, class Out>
constexpr void apply(Executor executor, Policy const& policy, In const& in, Out&& out, options const& opts = {}) {
  auto const from = as_column(in);
  static_assert(detail::explain_output<Out>());
  auto const to = as_column(out);
  static_assert(decltype(from)::where == Executor::where && decltype(to)::where == Executor::where,
                "[rankwise] the columns are in another memory than the executor's");
  if (!detail::check_output(to, "the output", from.size(), opts.errors) ||
      (!detail::same_place(from, to) && !detail::check_apart(to, from, "the output", opts.errors))) {
    return;
  }
  using T = compute_type<typename decltype(from)::value_type>;
  auto const run = bound<T>(policy);
  executor.template for_each_item<T>(
      from.size(), detail::element_kernel<std::remove_const_t<decltype(run)>, std::remove_const_t<decltype(from)>,
                                          std::remove_const_t<decltype(to)>>{run, from, to});
}

// `Isa` is never given: what the columns choose depends on the unit, and so must the name of this function.
template <class Policy, class In, class Out, class Isa = arch::native>
  requires(!executor<Policy>)
constexpr void apply(Policy const& policy, In const& in, Out&& out, options const& opts = {}) {
  apply(executor_for<In const, Out>{}, policy, in, out, opts);
}

} // namespace rankwise::inline RANKWISE_ABI

#endif
