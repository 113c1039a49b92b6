#ifndef RANKWISE_TESTS_CUDA_DEVICE_HPP
#define RANKWISE_TESTS_CUDA_DEVICE_HPP

#include "registry.hpp"

#include <rankwise/backend/thrust.hpp>

#include "../support/random.hpp"

#include <thrust/copy.h>
#include <thrust/device_vector.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

/// Memory and executors of the device, which may be a simulated one.
namespace device {

namespace rw = rankwise;

using executor_type = rw::exec::thrust<std::remove_cvref_t<decltype(thrust::cuda::par.on(cudaStream_t{}))>>;
inline executor_type on(void* stream) {
  return {thrust::cuda::par.on(static_cast<cudaStream_t>(stream))};
}
/// Whose calls wait for nothing but what they return.
using restless_type = rw::exec::thrust<std::remove_cvref_t<decltype(thrust::cuda::par_nosync.on(cudaStream_t{}))>>;
inline restless_type restless(void* stream) {
  return {thrust::cuda::par_nosync.on(static_cast<cudaStream_t>(stream))};
}

/// Columns where an executor wants them.
template <class Executor, class U>
using storage = std::conditional_t<Executor::where == rw::memory::host, std::vector<U>, thrust::device_vector<U>>;

template <class Executor, class U, class T>
storage<Executor, U> sent(std::vector<T> const& v) {
  std::vector<U> const converted(v.begin(), v.end());
  return storage<Executor, U>(converted.begin(), converted.end());
}
template <class C>
auto fetched(C const& c) {
  std::vector<typename C::value_type> v(c.size());
  thrust::copy(c.begin(), c.end(), v.begin());
  return v;
}

/// Every number of `found` is that of `expected`, but for `bound` of the largest; NaN and infinities are the same.
template <class A, class B>
bool agrees(std::vector<A> const& found, std::vector<B> const& expected, double bound) {
  double largest = 0;
  for (B const x : expected) {
    double const y = std::abs(static_cast<double>(x));
    largest = std::isfinite(y) ? std::max(largest, y) : largest;
  }
  bool ok = found.size() == expected.size();
  for (std::size_t i = 0; ok && i < found.size(); ++i) {
    double const a = static_cast<double>(found[i]);
    double const b = static_cast<double>(expected[i]);
    ok = a == b || (std::isnan(a) && std::isnan(b)) || std::abs(a - b) <= bound * largest;
  }
  return ok;
}
inline bool agrees(double found, double expected, double bound) {
  return agrees(std::vector{found}, std::vector{expected}, bound);
}

/// What float and double results may differ by from the formula in double.
template <class T>
inline constexpr double tolerance = sizeof(T) == 4 ? 4e-6 : 1e-12;

} // namespace device

#endif
