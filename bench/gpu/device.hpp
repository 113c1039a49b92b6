#ifndef RANKWISE_BENCH_GPU_DEVICE_HPP
#define RANKWISE_BENCH_GPU_DEVICE_HPP

#include "workload.hpp"

#include <rankwise/backend/thrust.hpp>

#include <thrust/copy.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <type_traits>

/// Executors and data of the device, or of Thrust's system CPP in its place.
namespace gpu {

namespace rw = rankwise;

#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA
/// Nothing here waits, except where the library has to.
using policy_type = std::remove_cvref_t<decltype(thrust::cuda::par_nosync.on(cudaStream_t{}))>;
inline rw::exec::thrust<policy_type> on(void* stream) {
  return {thrust::cuda::par_nosync.on(static_cast<cudaStream_t>(stream))};
}
#else
inline rw::exec::thrust<> on(void* /*stream*/) {
  return {};
}
#endif

using executor_type = decltype(on(nullptr));

inline std::size_t scaled(std::size_t count, double scale) {
  return std::max<std::size_t>(4, static_cast<std::size_t>(static_cast<double>(count) * scale));
}

/// Numbers that look random and depend on their position and on the set alone (splitmix64).
inline double number(std::size_t set, std::size_t position) {
  std::uint64_t z = (set + 1) * 0x9e3779b97f4a7c15u + position * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

template <class T, class C>
std::vector<T> fetched(C const& c) {
  std::vector<T> v(c.size());
  thrust::copy(c.begin(), c.end(), v.begin());
  return v;
}

/// The largest difference, and what it is relative to.
class difference {
public:
  void add(double found, double expected) {
    double const d = std::abs(found - expected);
    worst_ = d <= worst_ ? worst_ : d; // NaN stays
    largest_ = std::max(largest_, std::abs(expected));
  }
  double relative() const { return worst_ == 0 ? 0 : worst_ / largest_; }

private:
  double worst_ = 0;
  double largest_ = 0;
};

} // namespace gpu

#endif
