#ifndef RANKWISE_HEAD_NUMBERS_HPP
#define RANKWISE_HEAD_NUMBERS_HPP

#include <rankwise/core/config.hpp>
#include <rankwise/core/policy.hpp>

#include <concepts>
#include <cstddef>

namespace rankwise::inline RANKWISE_ABI::head {

/// N parameters of a head, one per threshold, level or stage: `{.weights = {1, 2}}`. Another count does not compile.
template <int N, class T = double>
struct numbers {
  T at[static_cast<std::size_t>(N < 1 ? 1 : N)]{};

  RANKWISE_HOST_FN numbers() = default;
  template <std::convertible_to<T>... X>
    requires(sizeof...(X) == static_cast<std::size_t>(N) && N > 0)
  RANKWISE_HOST_FN numbers(X... x) : at{static_cast<T>(x)...} {} // NOLINT(google-explicit-constructor)

  RANKWISE_HOST_FN static numbers all(T x) {
    numbers n;
    for (T& a : n.at) {
      a = x;
    }
    return n;
  }

  /// f(0), f(1), ...
  template <class F>
  RANKWISE_HOST_FN static numbers from(F f) {
    numbers n;
    for (int k = 0; k < N; ++k) {
      n.at[k] = f(k);
    }
    return n;
  }

  constexpr bool are_weights() const { return hold(rankwise::detail::weight_parameter); }
  constexpr bool are_finite() const { return hold(rankwise::detail::finite_parameter); }

  static constexpr int size() { return N; }
  RANKWISE_FN T& operator[](int k) { return at[k]; }
  RANKWISE_FN T const& operator[](int k) const { return at[k]; }

  /// The same numbers in the type of a run.
  template <class U>
  RANKWISE_HOST_FN numbers<N, U> to() const {
    numbers<N, U> n;
    for (int k = 0; k < N; ++k) {
      n.at[k] = static_cast<U>(at[k]);
    }
    return n;
  }

private:
  constexpr bool hold(bool (*test)(double)) const {
    bool all = true;
    for (int k = 0; k < N; ++k) {
      all = all && test(static_cast<double>(at[k]));
    }
    return all;
  }
};

} // namespace rankwise::inline RANKWISE_ABI::head

#endif
