#ifndef RANKWISE_CORE_CONFIG_HPP
#define RANKWISE_CORE_CONFIG_HPP

#include <rankwise/version.hpp>

// Reordered additions take exp apart: a softmax loss of 5.22 would be 4.77, silently.
#if defined(__FAST_MATH__)
#error "[rankwise] -ffast-math (and -Ofast) makes results wrong: compile files that include rankwise with -fno-fast-math"
#endif

// Always inlined, so that no copy of a formula compiled for one instruction set can stand in for another. A program for
// a single instruction set may define RANKWISE_ORDINARY_FUNCTIONS in all its files: without optimisation these compile
// by a third faster then, and a debugger steps into every formula.
#if defined(__GNUC__) && !defined(RANKWISE_ORDINARY_FUNCTIONS)
#define RANKWISE_ALWAYS_INLINE [[gnu::always_inline]]
#else
#define RANKWISE_ALWAYS_INLINE
#endif
#define RANKWISE_HOST_FN RANKWISE_ALWAYS_INLINE constexpr

// Marks a function that a policy's arithmetic runs through: callable on the host, on a CUDA device and in constant
// expressions. It follows the template head: `template <class V> RANKWISE_FN V f(V x)`.
#if !defined(__CUDACC__)
#define RANKWISE_FN RANKWISE_HOST_FN
#elif defined(RANKWISE_ORDINARY_FUNCTIONS) && !defined(__CUDA_ARCH__)
#define RANKWISE_FN __host__ __device__ constexpr
#else
#define RANKWISE_FN __host__ __device__ __forceinline__ constexpr
#endif

// The opposite: a function of some length that is compiled once for all its callers. The types in its signature name
// the instruction set: a template parameter `class Isa = arch::native` where no other does.
#if defined(__CUDACC__)
#define RANKWISE_OUTLINE_FN __host__ __device__ constexpr
#elif defined(__GNUC__)
#define RANKWISE_OUTLINE_FN [[gnu::noinline]] constexpr
#else
#define RANKWISE_OUTLINE_FN constexpr
#endif

// A long function that many callers share: compiled once, also where a caller is flattened. Its template parameters
// name the instruction set.
#if defined(__GNUC__)
#define RANKWISE_NOINLINE [[gnu::noinline]]
#else
#define RANKWISE_NOINLINE
#endif

// Inlines everything a function calls, so that the lambdas of a formula fuse into its loops whatever their size.
#if defined(__GNUC__) && !defined(__CUDA_ARCH__)
#define RANKWISE_FLATTEN [[gnu::flatten]]
#else
#define RANKWISE_FLATTEN
#endif

// Behind a member that returns a view of its object's own numbers: clang then warns where the object is a temporary and
// the view outlives it. It may be used within the same expression.
#if defined(__has_cpp_attribute)
#if __has_cpp_attribute(clang::lifetimebound)
#define RANKWISE_REFERS_TO_THIS [[clang::lifetimebound]]
#endif
#endif
#if !defined(RANKWISE_REFERS_TO_THIS)
#define RANKWISE_REFERS_TO_THIS
#endif

// True where the compiler is translating device code.
#if defined(__CUDA_ARCH__)
#define RANKWISE_ON_DEVICE 1
#else
#define RANKWISE_ON_DEVICE 0
#endif

// True where it may also name instructions of PTX, which a host that plays a device does not have.
#if RANKWISE_ON_DEVICE && (defined(__NVCC__) || defined(__CUDA__))
#define RANKWISE_PTX 1
#else
#define RANKWISE_PTX 0
#endif

#endif
