// What the simulated device is there for: it finds what a device would hang on, crash on or get wrong now and then.
#include "runtime.hpp"

#include "../registry.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace {

struct numbers {
  int* to;
};

void some_leave_before_a_barrier(numbers) {
  if (threadIdx.x < 40) {
    __syncthreads();
  }
}
void some_wait_in_the_warp(numbers) {
  if (threadIdx.x < 32) {
    __syncwarp();
    __syncthreads();
  } else {
    __syncthreads();
    __syncwarp();
  }
}
void two_kinds_of_barriers(numbers) {
  if (threadIdx.x == 7) {
    __syncthreads_or(1);
  } else {
    __syncthreads();
  }
}
void a_mask_names_who_has_left(numbers) {
  if (threadIdx.x % 32 < 16) {
    __shfl_sync(0xffffffffu, 1.0f, 3);
  }
}
void a_mask_lacks_the_caller(numbers) {
  __shfl_sync(0xffu, 1.0f, 3);
}
void a_lane_outside_of_the_mask(numbers) {
  if (threadIdx.x < 8) {
    __shfl_sync(0xffu, 1.0f, 9);
  }
}
void different_votes(numbers) {
  if (threadIdx.x % 32 < 16) {
    __any_sync(0xffffffffu, 1);
  } else {
    __ballot_sync(0xffffffffu, 1);
  }
}
void a_mask_of_nobody(numbers) {
  __shfl_sync(0, 1.0f, 3);
}
void different_masks(numbers) {
  __shfl_xor_sync(threadIdx.x % 32 < 16 ? 0xffffu : 0xffffffffu, 1, 1);
}
void nothing(numbers) {}

/// Thread t tells its neighbour its number; with a barrier too few, that depends on who comes first.
template <bool Waits>
void tell(numbers n) {
  __shared__ int told[64];
  told[threadIdx.x] = -1;
  __syncthreads();
  told[threadIdx.x] = static_cast<int>(threadIdx.x);
  if (Waits) {
    __syncthreads();
  }
  n.to[threadIdx.x] = told[threadIdx.x ^ 1];
}

cudaError_t start(void (*kernel)(numbers), numbers n, unsigned blocks = 2) {
  void* arguments[] = {&n};
  return cudaLaunchKernel(kernel, dim3(blocks), dim3(64), arguments, 0, nullptr);
}

/// What is wrong with a kernel.
std::string fault_of(void (*kernel)(numbers), numbers n = {nullptr}) {
  start(kernel, n);
  bool const failed = cudaStreamSynchronize(nullptr) != cudaSuccess;
  std::string const what = simulated::fault();
  return failed != what.empty() ? what : "failed without a reason";
}

template <bool Waits>
bool always_the_same() {
  auto* const there = static_cast<int*>(simulated::allocate(64 * sizeof(int)));
  std::vector<int> found[6];
  for (auto& f : found) {
    start(tell<Waits>, {there}, 1);
    f.resize(64);
    cudaMemcpyAsync(f.data(), there, 64 * sizeof(int), cudaMemcpyDefault, nullptr);
    cudaStreamSynchronize(nullptr);
  }
  simulated::release(there);
  bool same = true;
  for (auto const& f : found) {
    same = same && f == found[0];
  }
  return same;
}

device::add_family const faults("faults", [](void*) {
  auto const found = [](char const* name, std::string const& what, char const* expected) {
    device::check(what.find(expected) != std::string::npos, std::string(name) + ": \"" + what + '"');
  };
  found("threads that leave before a barrier", fault_of(some_leave_before_a_barrier), "for thread 40, which has ended");
  device::check(fault_of(some_wait_in_the_warp).empty(), "warps that go different ways");
  found("two kinds of barriers", fault_of(two_kinds_of_barriers), "others are at");
  found("a mask that names who has left", fault_of(a_mask_names_who_has_left), "for thread 16, which has ended");
  found("a mask without the caller", fault_of(a_mask_lacks_the_caller), "not in its own mask 000000ff");
  found("a lane outside of the mask", fault_of(a_lane_outside_of_the_mask), "reads lane 9");
  found("a mask of nobody", fault_of(a_mask_of_nobody), "names nobody");
  found("different votes", fault_of(different_votes), "others are at");
  found("different masks", fault_of(different_masks), "a shuffle");
#if RANKWISE_SEES_ADDRESSES
  int here = 0;
  static int table = 0;
  found("an address of the stack", fault_of(nothing, {&here}), "holds an address of the host");
  found("an address of the program", fault_of(nothing, {&table}), "holds an address of the host");
#if !RANKWISE_ORDERS_THREADS // whose heap is somewhere else
  std::vector<int> heap(4);
  found("an address of the heap", fault_of(nothing, {heap.data()}), "holds an address of the host");
#endif
#endif
#if !RANKWISE_ORDERS_THREADS // which finds it, and stops the program
  device::check(always_the_same<true>() && !always_the_same<false>(), "a barrier that is missing");
#endif
  device::check(fault_of(nothing).empty(), "a kernel without a fault");
  device::check(start(nothing, {nullptr}, 0) == cudaErrorInvalidConfiguration, "a launch of no blocks");

#if !RANKWISE_ORDERS_THREADS
  // Nothing happens before somebody waits, and memory stays until everything has happened.
  auto* const there = static_cast<int*>(simulated::allocate(64 * sizeof(int)));
  std::vector<int> numbers_here(64, 7);
  start(tell<true>, {there}, 1);
  cudaMemcpyAsync(numbers_here.data(), there, 64 * sizeof(int), cudaMemcpyDefault, nullptr);
  device::check(numbers_here[0] == 7, "a result that nobody has waited for");
  simulated::release(there);
  device::check(numbers_here[0] == 1, "freeing waits");
#endif
});

} // namespace
