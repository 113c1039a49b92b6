#ifndef RANKWISE_TESTS_CUDA_DEVICE_HPP
#define RANKWISE_TESTS_CUDA_DEVICE_HPP

#include "../thrust/parity.hpp"

#include <cuda_runtime_api.h>

#include <cstdio>

/// What the programs of this folder share: one for each family of policies, all with tests/thrust/parity.hpp.
namespace device {

inline int comparisons = 0;
inline int failures = 0;

inline void tell(bool ok, std::string const& what) {
  ++comparisons;
  if (!ok) {
    ++failures;
    std::printf("FAILED: %s\n", what.c_str());
  }
}

/// Runs `tests` with executors on the default stream and on a stream of their own; 77 says that there is no device.
template <class Tests>
int main(Tests tests) {
  int devices = 0;
  if (cudaGetDeviceCount(&devices) != cudaSuccess || devices == 0) {
    std::puts("SKIPPED: no CUDA device here");
    return 77;
  }
  cudaStream_t stream = nullptr;
  if (cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking) != cudaSuccess) {
    std::puts("FAILED: no stream");
    return 1;
  }
  tests(rankwise::exec::thrust{thrust::cuda::par.on(stream)});
  cudaStreamDestroy(stream);
  std::printf("%d comparisons, %d failed\n", comparisons, failures);
  return failures == 0 ? 0 : 1;
}

} // namespace device

#endif
