#ifndef RANKWISE_HEAD_CHOLESKY_HPP
#define RANKWISE_HEAD_CHOLESKY_HPP

#include <rankwise/core/storage.hpp>
#include <rankwise/math/value.hpp>

#include <cstddef>

namespace rankwise::inline RANKWISE_ABI::head::detail {

/// Solves A x = b for a symmetric positive definite matrix of n rows, row by row in `a`; x replaces b. Rows and columns
/// are scaled to a diagonal of 1 first. False if A is not positive definite to working precision.
template <class Isa>
bool solve_symmetric(storage<double>& a, storage<double>& b) {
  std::size_t const n = b.size();
  storage<double> scale;
  scale.resize(n);
  for (std::size_t i = 0; i < n; ++i) {
    if (!(a[i * n + i] > 0)) {
      return false;
    }
    scale[i] = 1 / math::sqrt(a[i * n + i]);
  }
  for (std::size_t i = 0; i < n; ++i) {
    b[i] *= scale[i];
    for (std::size_t j = 0; j <= i; ++j) {
      double sum = a[i * n + j] * scale[i] * scale[j];
      for (std::size_t k = 0; k < j; ++k) {
        sum -= a[i * n + k] * a[j * n + k];
      }
      if (i != j) {
        a[i * n + j] = sum / a[j * n + j];
      } else if (sum > 1e-12) {
        a[i * n + i] = math::sqrt(sum);
      } else {
        return false;
      }
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      b[i] -= a[i * n + k] * b[k];
    }
    b[i] /= a[i * n + i];
  }
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t k = i + 1; k < n; ++k) {
      b[i] -= a[k * n + i] * b[k];
    }
    b[i] /= a[i * n + i];
  }
  for (std::size_t i = 0; i < n; ++i) {
    b[i] *= scale[i];
  }
  return true;
}

} // namespace rankwise::inline RANKWISE_ABI::head::detail

#endif
