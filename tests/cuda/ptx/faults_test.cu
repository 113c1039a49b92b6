// What the machine is there for: it finds what a device would hang on, crash on or get wrong now and then.
#include "../registry.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace {

struct numbers {
  int* to;
};
constexpr unsigned threads = 64;

__global__ void some_leave_before_a_barrier(numbers) {
  if (threadIdx.x < 40) {
    __syncthreads();
  }
}
__global__ void two_barriers(numbers n) {
  if (threadIdx.x == 7) {
    __syncthreads();
    n.to[0] = 1;
  } else {
    __syncthreads();
  }
}
__global__ void two_kinds_of_barriers(numbers) {
  if (threadIdx.x == 7) {
    __syncthreads_or(1);
  } else {
    __syncthreads();
  }
}
__global__ void warps_that_go_different_ways(numbers) {
  if (threadIdx.x < 32) {
    __syncwarp();
    __syncthreads();
  } else {
    __syncthreads();
    __syncwarp();
  }
}
__global__ void a_mask_names_who_has_left(numbers n) {
  if (threadIdx.x % 32 < 16) {
    n.to[threadIdx.x] = __shfl_sync(0xffffffffu, threadIdx.x, 3);
  }
}
__global__ void a_mask_lacks_the_caller(numbers n) {
  n.to[threadIdx.x] = __shfl_sync(0xffu, threadIdx.x, 3);
}
__global__ void a_lane_outside_of_the_mask(numbers n) {
  if (threadIdx.x < 8) {
    n.to[threadIdx.x] = __shfl_sync(0xffu, threadIdx.x, 9);
  }
}
__global__ void different_masks(numbers n) {
  n.to[threadIdx.x] = __shfl_xor_sync(threadIdx.x % 32 < 16 ? 0xffffu : 0xffffffffu, threadIdx.x, 1);
}
__global__ void different_votes(numbers n) {
  n.to[threadIdx.x] = threadIdx.x % 32 < 16 ? __any_sync(0xffffffffu, 1) : __ballot_sync(0xffffffffu, 1) != 0;
}
__global__ void behind_the_end(numbers n) {
  n.to[threads + threadIdx.x] = 1;
}
__global__ void not_aligned(numbers n) {
  *reinterpret_cast<long long*>(n.to + 1) = 1;
}
__global__ void what_nobody_wrote(numbers n) {
  n.to[threadIdx.x] = n.to[threadIdx.x] + 1;
}
__global__ void shared_that_nobody_wrote(numbers n) {
  __shared__ int told[threads];
  if (threadIdx.x != 5) {
    told[threadIdx.x] = 1;
  }
  __syncthreads();
  n.to[threadIdx.x] = told[threadIdx.x];
}
__global__ void behind_a_shared_variable(numbers n) {
  __shared__ int told[threads];
  told[threadIdx.x + static_cast<unsigned>(n.to != nullptr)] = 1;
  n.to[threadIdx.x] = told[threadIdx.x];
}
__global__ void two_blocks_write_one_number(numbers n) {
  if (threadIdx.x == 0) {
    n.to[0] = static_cast<int>(blockIdx.x);
  }
}

/// Thread t tells a neighbour its number.
enum class waiting { for_nobody, for_the_warp, for_all };
template <waiting For, unsigned Distance>
__global__ void tell(numbers n) {
  __shared__ int told[threads];
  told[threadIdx.x] = -1;
  __syncthreads();
  told[threadIdx.x] = static_cast<int>(threadIdx.x);
  if (For == waiting::for_all) {
    __syncthreads();
  } else if (For == waiting::for_the_warp) {
    __syncwarp();
  }
  n.to[threadIdx.x] = told[threadIdx.x ^ Distance];
}
/// The same where the neighbour writes again.
template <bool Waits>
__global__ void tell_twice(numbers n) {
  __shared__ int told[threads];
  for (int round = 0; round < 2; ++round) {
    told[threadIdx.x] = round;
    __syncthreads();
    n.to[threadIdx.x] = told[threadIdx.x ^ 1];
    if (Waits) {
      __syncthreads();
    }
  }
}
__global__ void too_many_threads(numbers) {}

cudaError_t start(void (*kernel)(numbers), numbers n, unsigned blocks, unsigned count = threads) {
  void* arguments[] = {&n};
  return cudaLaunchKernel(kernel, dim3(blocks), dim3(count), arguments, 0, nullptr);
}

/// What is wrong with a kernel; nothing where it runs.
std::string fault_of(void (*kernel)(numbers), int* to = nullptr, unsigned blocks = 1) {
  void* there = nullptr;
  cudaMalloc(&there, threads * sizeof(int));
  start(kernel, {to == nullptr ? static_cast<int*>(there) : to}, blocks);
  cudaError_t const error = cudaDeviceSynchronize();
  std::string const what = error == cudaSuccess ? "" : cudaGetErrorString(error);
  cudaDeviceReset();
  cudaFree(there);
  return what;
}

device::add_family const faults("faults", [](void*) {
  auto const found = [](char const* expected, std::string const& what) {
    device::check(what.find(expected) != std::string::npos, std::string(expected) + ": \"" + what + '"');
  };
  auto const fine = [](std::string const& what) { device::check(what.empty(), what); };
  found("for all threads, of which some have ended", fault_of(some_leave_before_a_barrier));
  found("wait at different barriers", fault_of(two_barriers));
  found("wait at different barriers", fault_of(two_kinds_of_barriers));
  found("wait at different barriers", fault_of(warps_that_go_different_ways));
  found("waits for lane 16, which has ended", fault_of(a_mask_names_who_has_left));
  found("not in its own mask", fault_of(a_mask_lacks_the_caller));
  found("reads lane 9", fault_of(a_lane_outside_of_the_mask));
  found("waits for lane 0, which has ended", fault_of(different_masks));
  found("waits for what never comes", fault_of(different_votes));
  found("outside of every allocation", fault_of(behind_the_end));
  found("is not aligned", fault_of(not_aligned));
  found("reads what nobody wrote", fault_of(what_nobody_wrote));
  found("reads what nobody wrote", fault_of(shared_that_nobody_wrote));
  found("outside of every shared variable", fault_of(behind_a_shared_variable));
  found("wrote, without waiting", fault_of(two_blocks_write_one_number, nullptr, 2));
  int here[threads] = {};
  found("an address that is not the device's", fault_of(tell<waiting::for_all, 1>, here));

  int* freed = nullptr;
  cudaMalloc(reinterpret_cast<void**>(&freed), sizeof here);
  cudaFree(freed);
  found("outside of every allocation", fault_of(tell<waiting::for_all, 1>, freed));

  for (int again = 0; again < 3; ++again) { // in another order of threads each time
    found("without waiting for it", fault_of(tell<waiting::for_nobody, 1>));
    found("without waiting for it", fault_of(tell<waiting::for_the_warp, 32>));
    found("without waiting for it", fault_of(tell_twice<false>));
    fine(fault_of(tell<waiting::for_the_warp, 1>));
    fine(fault_of(tell<waiting::for_all, 32>));
    fine(fault_of(tell_twice<true>));
  }

  device::check(start(too_many_threads, {}, 1, 512) == cudaErrorLaunchOutOfResources, "no launch bounds");
  device::check(start(too_many_threads, {}, 0) == cudaErrorInvalidConfiguration, "no blocks");
  cudaGetLastError();

  // Nothing happens before somebody waits, and memory is there until everything has happened.
  int* there = nullptr;
  cudaMalloc(reinterpret_cast<void**>(&there), sizeof here);
  start(tell<waiting::for_all, 1>, {there}, 1);
  cudaMemcpyAsync(here, there, sizeof here, cudaMemcpyDeviceToHost, nullptr);
  device::check(here[0] == 0, "a result that nobody has waited for");
  cudaFree(there);
  device::check(here[0] == 1, "freeing waits");
});

} // namespace
