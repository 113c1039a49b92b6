#ifndef RANKWISE_MATH_CHOLESKY_HPP
#define RANKWISE_MATH_CHOLESKY_HPP

#include <rankwise/math/value.hpp>

#include <cstddef>

/// The few equations of a Newton step.
namespace rankwise::inline RANKWISE_ABI::math {

/// What happens where a symmetric matrix has no curvature to working precision.
enum class flat_direction {
  fails,     ///< there is no solution
  stays_put, ///< the solution is 0 there
};

/// Solves A x = b for a symmetric positive definite matrix of n rows, row by row in `a`, of which it reads the diagonal
/// and what is left of it; x replaces b. Rows and columns are scaled to a diagonal of 1 first; pivots below 1e-12 have
/// no curvature. `scale` are n numbers of scratch.
template <class Isa>
RANKWISE_HOST_FN bool solve_symmetric(double* a, double* b, double* scale, std::size_t n,
                                      flat_direction flat = flat_direction::fails) {
  bool const fails = flat == flat_direction::fails;
  for (std::size_t i = 0; i < n; ++i) {
    bool const curved = a[i * n + i] > 0;
    if (!curved && fails) {
      return false;
    }
    scale[i] = curved ? 1 / math::sqrt(a[i * n + i]) : 0;
  }
  for (std::size_t i = 0; i < n; ++i) {
    b[i] *= scale[i];
    for (std::size_t j = 0; j <= i; ++j) {
      double sum = a[i * n + j] * scale[i] * scale[j];
      for (std::size_t k = 0; k < j; ++k) {
        sum -= a[i * n + k] * a[j * n + k];
      }
      if (i != j) {
        a[i * n + j] = a[j * n + j] > 0 ? sum / a[j * n + j] : 0;
      } else if (sum > 1e-12) {
        a[i * n + i] = math::sqrt(sum);
      } else if (fails) {
        return false;
      } else {
        a[i * n + i] = 0;
      }
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      b[i] -= a[i * n + k] * b[k];
    }
    b[i] = a[i * n + i] > 0 ? b[i] / a[i * n + i] : 0;
  }
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t k = i + 1; k < n; ++k) {
      b[i] -= a[k * n + i] * b[k];
    }
    b[i] = a[i * n + i] > 0 ? b[i] / a[i * n + i] : 0;
  }
  for (std::size_t i = 0; i < n; ++i) {
    b[i] *= scale[i];
  }
  return true;
}

} // namespace rankwise::inline RANKWISE_ABI::math

#endif
