#ifndef RANKWISE_TESTS_CUDA_SIMULATED_RUNTIME_HPP
#define RANKWISE_TESTS_CUDA_SIMULATED_RUNTIME_HPP

/// A CUDA device that the host plays, for tests: included before everything else, it makes g++ and clang translate the
/// library's device code, kernels and launches, as nvcc does, and runs them. Threads of a block are fibers; a barrier
/// that somebody does not reach, a shuffle whose mask names a lane that is not there, and a kernel whose arguments hold
/// the address of host memory are faults. Streams do their work when somebody waits for them and not before. Thrust is
/// that of its system CPP, in a policy of its own with a stream. Built with a sanitizer for threads it reports what two
/// threads of a block write and read without a barrier between; a shuffle or a vote of a warp is none.

#include <thrust/copy.h>
#include <thrust/device_free.h>
#include <thrust/device_malloc.h>
#include <thrust/device_ptr.h>
#include <thrust/device_vector.h>
#include <thrust/execution_policy.h>
#include <thrust/fill.h>
#include <thrust/for_each.h>
#include <thrust/host_vector.h>
#include <thrust/iterator/counting_iterator.h>
#include <thrust/scan.h>
#include <thrust/sort.h>
#include <thrust/system/cpp/execution_policy.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <stdexcept>
#include <string>
#include <type_traits>

// A sanitizer for threads takes the threads of a block for what they are. Its own operators new and delete stay, so
// that nobody knows which memory is the device's: streams then do everything at once.
#if defined(__has_feature)
#define RANKWISE_ORDERS_THREADS __has_feature(thread_sanitizer)
#elif defined(__SANITIZE_THREAD__)
#define RANKWISE_ORDERS_THREADS 1
#endif
#if !defined(RANKWISE_ORDERS_THREADS)
#define RANKWISE_ORDERS_THREADS 0
#endif

// Arguments of kernels are searched for addresses of the host where the compiler can clear the bytes between members.
#if defined(__has_builtin)
#if __has_builtin(__builtin_clear_padding)
#define RANKWISE_SEES_ADDRESSES 1
#endif
#endif
#if !defined(RANKWISE_SEES_ADDRESSES)
#define RANKWISE_SEES_ADDRESSES 0
#endif

// ---- the run-time library

// Thrust may have brought declarations of the toolkit's own.
#define dim3 simulated_dim3
#define uint2 simulated_uint2
#define uint3 simulated_uint3
#define uint4 simulated_uint4
#define cudaError_t simulated_cudaError_t
#define cudaSuccess simulated_cudaSuccess
#define cudaErrorInvalidValue simulated_cudaErrorInvalidValue
#define cudaErrorInvalidConfiguration simulated_cudaErrorInvalidConfiguration
#define cudaErrorLaunchFailure simulated_cudaErrorLaunchFailure
#define cudaMemcpyKind simulated_cudaMemcpyKind
#define cudaMemcpyDefault simulated_cudaMemcpyDefault
#define cudaDeviceAttr simulated_cudaDeviceAttr
#define cudaDevAttrMultiProcessorCount simulated_cudaDevAttrMultiProcessorCount
#define cudaDeviceProp simulated_cudaDeviceProp
#define cudaStream_t simulated_cudaStream_t
#define cudaGetDeviceCount simulated_cudaGetDeviceCount
#define cudaGetDevice simulated_cudaGetDevice
#define cudaGetDeviceProperties simulated_cudaGetDeviceProperties
#define cudaDeviceGetAttribute simulated_cudaDeviceGetAttribute
#define cudaStreamCreateWithFlags simulated_cudaStreamCreateWithFlags
#define cudaStreamDestroy simulated_cudaStreamDestroy
#define cudaStreamSynchronize simulated_cudaStreamSynchronize
#define cudaDeviceSynchronize simulated_cudaDeviceSynchronize
#define cudaGetLastError simulated_cudaGetLastError
#define cudaMemcpyAsync simulated_cudaMemcpyAsync
#define cudaMemset simulated_cudaMemset
#define cudaLaunchKernel simulated_cudaLaunchKernel
#undef cudaStreamNonBlocking
#undef __host__
#undef __device__
#undef __global__
#undef __forceinline__
#undef __launch_bounds__
#undef __shared__

struct dim3 {
  unsigned x, y, z;
  constexpr dim3(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_) {} // as CUDA's, implicit
};
struct uint3 {
  unsigned x, y, z;
};
struct alignas(8) uint2 {
  unsigned x, y;
};
struct alignas(16) uint4 {
  unsigned x, y, z, w;
};

namespace simulated {
/// Changes whenever another thread goes on.
struct changing_number {
  unsigned now;
  operator unsigned() const { return __atomic_load_n(&now, __ATOMIC_RELAXED); }
};
struct thread_index {
  changing_number x;
};
} // namespace simulated
extern simulated::thread_index threadIdx;
extern uint3 blockIdx;
extern dim3 blockDim, gridDim;

enum cudaError_t {
  cudaSuccess = 0,
  cudaErrorInvalidValue = 1,
  cudaErrorInvalidConfiguration = 9,
  cudaErrorLaunchFailure = 719
};
enum cudaMemcpyKind { cudaMemcpyDefault = 4 };
enum cudaDeviceAttr { cudaDevAttrMultiProcessorCount = 16 };
inline constexpr unsigned cudaStreamNonBlocking = 1;

namespace simulated {
struct stream;
}
using cudaStream_t = simulated::stream*;

struct cudaDeviceProp {
  char name[32];
  int major, minor, multiProcessorCount;
};

cudaError_t cudaGetDeviceCount(int* count);
cudaError_t cudaGetDevice(int* device);
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device);
cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int device);
cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned flags);
cudaError_t cudaStreamDestroy(cudaStream_t stream);
cudaError_t cudaStreamSynchronize(cudaStream_t stream);
cudaError_t cudaDeviceSynchronize();
cudaError_t cudaGetLastError();
cudaError_t cudaMemcpyAsync(void* to, void const* from, std::size_t bytes, cudaMemcpyKind kind, cudaStream_t stream);
cudaError_t cudaMemset(void* to, int value, std::size_t bytes);

namespace simulated {

/// Processors of the device: so few that a launch for some hundred lists has several for every group of threads.
inline constexpr int processors = 1;

/// Memory of the device, each piece in pages of its own: whoever reads behind its end, or after it was freed, crashes.
void* allocate(std::size_t bytes);
/// Waits for all streams, as CUDA does.
void release(void* memory);

/// What a kernel did that no device would forgive; empty if nothing. Reading it forgets it, and the device is well
/// again.
std::string fault();

cudaError_t launch(dim3 grid, dim3 block, std::size_t bytes, cudaStream_t stream, std::function<void()> thread);
/// The same for what Thrust does item by item.
void enqueue(cudaStream_t stream, std::function<void(bool backwards)> work);

/// A fault if there are addresses of the host among these bytes.
void look_at(void const* arguments, std::size_t bytes);
template <class Arguments>
void look_at(Arguments copy) {
#if RANKWISE_SEES_ADDRESSES
  __builtin_clear_padding(&copy);
  look_at(&copy, sizeof(copy));
#endif
  static_cast<void>(copy);
}

enum class call {
  shuffle,
  shuffle_up,
  shuffle_down,
  shuffle_xor,
  any_of_warp,
  ballot,
  wait_in_warp,
  wait_in_block,
  any_of_block,
  count_of_block
};
/// A thread meets those of its warp that the mask names, or of its block where that is 0. The result of a vote, or the
/// number of the lane asked for.
std::uint64_t meet(call kind, unsigned mask, std::uint64_t number, int bytes = 4, int argument = 0, int width = 32);

template <class T>
T exchanged(call kind, unsigned mask, T x, int argument, int width) {
  static_assert(sizeof(T) == 4 || sizeof(T) == 8);
  std::uint64_t number = 0;
  std::memcpy(&number, &x, sizeof(T));
  number = meet(kind, mask, number, static_cast<int>(sizeof(T)), argument, width);
  std::memcpy(&x, &number, sizeof(T));
  return x;
}

} // namespace simulated

template <class Work>
cudaError_t cudaLaunchKernel(void (*kernel)(Work), dim3 grid, dim3 block, void** arguments, std::size_t,
                             cudaStream_t stream) {
  Work const work = *static_cast<Work const*>(arguments[0]);
  simulated::look_at(work);
  return simulated::launch(grid, block, sizeof(Work), stream, [kernel, work] { kernel(work); });
}

// ---- what device code calls: the overloads that CUDA has, so that smaller numbers are promoted alike

#define RANKWISE_SIMULATED_SHUFFLES(T)                                                                                 \
  inline T __shfl_sync(unsigned mask, T x, int lane, int width = 32) {                                                 \
    return simulated::exchanged(simulated::call::shuffle, mask, x, lane, width);                                       \
  }                                                                                                                    \
  inline T __shfl_up_sync(unsigned mask, T x, unsigned delta, int width = 32) {                                        \
    return simulated::exchanged(simulated::call::shuffle_up, mask, x, static_cast<int>(delta), width);                 \
  }                                                                                                                    \
  inline T __shfl_down_sync(unsigned mask, T x, unsigned delta, int width = 32) {                                      \
    return simulated::exchanged(simulated::call::shuffle_down, mask, x, static_cast<int>(delta), width);               \
  }                                                                                                                    \
  inline T __shfl_xor_sync(unsigned mask, T x, int lanes, int width = 32) {                                            \
    return simulated::exchanged(simulated::call::shuffle_xor, mask, x, lanes, width);                                  \
  }
RANKWISE_SIMULATED_SHUFFLES(int)
RANKWISE_SIMULATED_SHUFFLES(unsigned)
RANKWISE_SIMULATED_SHUFFLES(long)
RANKWISE_SIMULATED_SHUFFLES(unsigned long)
RANKWISE_SIMULATED_SHUFFLES(long long)
RANKWISE_SIMULATED_SHUFFLES(unsigned long long)
RANKWISE_SIMULATED_SHUFFLES(float)
RANKWISE_SIMULATED_SHUFFLES(double)
#undef RANKWISE_SIMULATED_SHUFFLES

constexpr int __clzll(long long x) {
  return x == 0 ? 64 : __builtin_clzll(static_cast<unsigned long long>(x));
}
inline int __any_sync(unsigned mask, int predicate) {
  return static_cast<int>(simulated::meet(simulated::call::any_of_warp, mask, predicate != 0 ? 1 : 0));
}
inline unsigned __ballot_sync(unsigned mask, int predicate) {
  return static_cast<unsigned>(simulated::meet(simulated::call::ballot, mask, predicate != 0 ? 1 : 0));
}
inline void __syncwarp(unsigned mask = 0xffffffffu) {
  simulated::meet(simulated::call::wait_in_warp, mask, 0);
}
inline void __syncthreads() {
  simulated::meet(simulated::call::wait_in_block, 0, 0);
}
inline int __syncthreads_or(int predicate) {
  return static_cast<int>(simulated::meet(simulated::call::any_of_block, 0, predicate != 0 ? 1 : 0));
}
inline int __syncthreads_count(int predicate) {
  return static_cast<int>(simulated::meet(simulated::call::count_of_block, 0, predicate != 0 ? 1 : 0));
}
inline int __popc(unsigned x) {
  return __builtin_popcount(x);
}
// Never contracted with a sum that follows.
constexpr float __fmul_rn(float a, float b) {
  float p = a * b;
  if (!__builtin_is_constant_evaluated()) {
    asm("" : "+x"(p));
  }
  return p;
}
constexpr double __dmul_rn(double a, double b) {
  double p = a * b;
  if (!__builtin_is_constant_evaluated()) {
    asm("" : "+x"(p));
  }
  return p;
}

// ---- Thrust, with streams

THRUST_NAMESPACE_BEGIN
namespace cuda_cub {

template <class Derived>
struct execution_policy : ::thrust::cpp::execution_policy<Derived> {};

template <class Derived>
cudaStream_t stream(execution_policy<Derived>& policy) {
  return static_cast<Derived&>(policy).in;
}

inline void throw_on_error(cudaError_t error, char const* what) {
  if (error != cudaSuccess) {
    throw std::runtime_error(std::string(what) + ": error " + std::to_string(error) + ": " + simulated::fault());
  }
}

} // namespace cuda_cub

namespace cuda {

/// `Waits`: every algorithm waits for its end, as par does and par_nosync does not.
template <bool Waits>
struct simulated_policy : ::thrust::cuda_cub::execution_policy<simulated_policy<Waits>> {
  cudaStream_t in = nullptr;

  simulated_policy on(cudaStream_t stream) const {
    simulated_policy other;
    other.in = stream;
    return other;
  }
};
inline simulated_policy<true> const par;
inline simulated_policy<false> const par_nosync;

/// What an algorithm is told, to be looked at.
struct pointers {
  void const* what[3];
};

template <bool Waits, class Iterator, class Size, class F>
Iterator for_each_n(simulated_policy<Waits>& policy, Iterator first, Size n, F f) {
  simulated::look_at(f);
  simulated::enqueue(policy.in, [first, n, f](bool backwards) {
    for (Size i = 0; i < n; ++i) {
      f(first[static_cast<std::ptrdiff_t>(backwards ? n - 1 - i : i)]);
    }
  });
  if (Waits) {
    ::thrust::cuda_cub::throw_on_error(cudaStreamSynchronize(policy.in), "for_each_n");
  }
  return first + static_cast<std::ptrdiff_t>(n);
}
template <bool Waits, class Key, class Value>
void stable_sort_by_key(simulated_policy<Waits>& policy, Key* first, Key* last, Value* values) {
  simulated::look_at(pointers{{first, last, values}});
  simulated::enqueue(policy.in, [=](bool) { ::thrust::stable_sort_by_key(::thrust::cpp::par, first, last, values); });
  if (Waits) {
    ::thrust::cuda_cub::throw_on_error(cudaStreamSynchronize(policy.in), "stable_sort_by_key");
  }
}
template <bool Waits, class Number>
Number* inclusive_scan(simulated_policy<Waits>& policy, Number* first, Number* last, Number* to) {
  simulated::look_at(pointers{{first, last, to}});
  simulated::enqueue(policy.in, [=](bool) { ::thrust::inclusive_scan(::thrust::cpp::par, first, last, to); });
  if (Waits) {
    ::thrust::cuda_cub::throw_on_error(cudaStreamSynchronize(policy.in), "inclusive_scan");
  }
  return to + (last - first);
}

} // namespace cuda

inline ::thrust::device_ptr<void> simulated_malloc(std::size_t bytes) {
  return ::thrust::device_ptr<void>(simulated::allocate(bytes));
}
inline void simulated_free(::thrust::device_ptr<void> memory) {
  simulated::release(memory.get());
}
THRUST_NAMESPACE_END

#define device_malloc simulated_malloc
#define device_free simulated_free

#define RANKWISE_SIMULATED_DEVICE 1

// ---- from here on the compiler is nvcc, at work on device code, and Thrust's system is CUDA

#define __CUDACC__ 1
#define __CUDA_ARCH__ 800
#define __host__
#define __device__
#define __global__
#define __forceinline__ inline
#define __launch_bounds__(...)
#define __shared__ static
#undef THRUST_DEVICE_SYSTEM
#define THRUST_DEVICE_SYSTEM THRUST_DEVICE_SYSTEM_CUDA

#endif
