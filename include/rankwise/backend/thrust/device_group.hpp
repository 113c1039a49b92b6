#ifndef RANKWISE_BACKEND_THRUST_DEVICE_GROUP_HPP
#define RANKWISE_BACKEND_THRUST_DEVICE_GROUP_HPP

#include <rankwise/exec/group.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

/// The groups of exec/group.hpp on a CUDA device; nothing without nvcc. On the host their functions do nothing: no
/// kernel runs there.
#if defined(__CUDACC__)
namespace rankwise::inline RANKWISE_ABI::detail {

#define RANKWISE_GROUP_FN __host__ __device__ __forceinline__ static

#if RANKWISE_ON_DEVICE
/// f(x) for a number; for a struct of numbers f of every word.
template <class T, class F>
__device__ __forceinline__ T by_words(T x, F f) {
  if constexpr (std::is_arithmetic_v<T>) {
    return f(x);
  } else {
    static_assert(std::is_trivially_copyable_v<T> && sizeof(T) % sizeof(std::uint32_t) == 0);
    struct words {
      std::uint32_t word[sizeof(T) / sizeof(std::uint32_t)];
    };
    words w = __builtin_bit_cast(words, x);
#pragma unroll
    for (std::uint32_t& word : w.word) {
      word = f(word);
    }
    return __builtin_bit_cast(T, w);
  }
}
#endif

/// Numbers of one kind in the memory of a block, without the initialisation that structs may ask for.
template <class T, std::size_t Count>
struct shared_memory {
  alignas(T) unsigned char bytes[Count * sizeof(T)];
#if RANKWISE_ON_DEVICE
  __device__ __forceinline__ T& operator[](std::size_t i) {
    return reinterpret_cast<T*>(bytes)[i];
  }
#endif
};

/// A part of a warp, or all of it.
template <std::size_t Lanes>
struct tile_group {
  static_assert(Lanes == 2 || Lanes == 4 || Lanes == 8 || Lanes == 16 || Lanes == 32);
  static constexpr std::size_t size = Lanes;

  RANKWISE_GROUP_FN std::size_t lane() {
#if RANKWISE_ON_DEVICE
    return threadIdx.x % Lanes;
#else
    return 0;
#endif
  }
  RANKWISE_GROUP_FN void sync() {
#if RANKWISE_ON_DEVICE
    __syncwarp(mask());
#endif
  }
  template <class T>
  RANKWISE_GROUP_FN T broadcast(T x, std::size_t from) {
#if RANKWISE_ON_DEVICE
    return by_words(
        x, [&](auto word) { return __shfl_sync(mask(), word, static_cast<int>(from), static_cast<int>(Lanes)); });
#else
    static_cast<void>(from);
    return x;
#endif
  }
  template <class T, class Op>
  RANKWISE_GROUP_FN T reduce(T x, Op op) {
#if RANKWISE_ON_DEVICE
    return reduce_among<Lanes>(mask(), x, op);
#else
    static_cast<void>(op);
    return x;
#endif
  }
  template <class T, class Op>
  RANKWISE_GROUP_FN T scan(T x, Op op) {
#if RANKWISE_ON_DEVICE
    for (unsigned step = 1; step < Lanes; step *= 2) {
      T const below =
          by_words(x, [&](auto word) { return __shfl_up_sync(mask(), word, step, static_cast<int>(Lanes)); });
      x = lane() >= step ? op(below, x) : x;
    }
#else
    static_cast<void>(op);
#endif
    return x;
  }
  template <class T, class Op>
  RANKWISE_GROUP_FN T scan_back(T x, Op op) {
#if RANKWISE_ON_DEVICE
    for (unsigned step = 1; step < Lanes; step *= 2) {
      T const above = __shfl_down_sync(mask(), x, step, static_cast<int>(Lanes));
      x = lane() + step < Lanes ? op(x, above) : x;
    }
#else
    static_cast<void>(op);
#endif
    return x;
  }
  RANKWISE_GROUP_FN bool any(bool b) {
#if RANKWISE_ON_DEVICE
    return __any_sync(mask(), b) != 0;
#else
    return b;
#endif
  }
  RANKWISE_GROUP_FN std::size_t count(bool b) {
#if RANKWISE_ON_DEVICE
    return static_cast<std::size_t>(__popc(__ballot_sync(mask(), b)));
#else
    return b ? 1 : 0;
#endif
  }

  /// Butterflies among `Width` neighbours. Both of a pair combine in the order of their lanes, and so all get the same
  /// bits, whatever the operation does with zeros and NaN.
  template <std::size_t Width, class T, class Op>
  RANKWISE_GROUP_FN T reduce_among(unsigned who, T x, Op op) {
#if RANKWISE_ON_DEVICE
#pragma unroll
    for (unsigned half = Width / 2; half != 0; half /= 2) {
      T const other = __shfl_xor_sync(who, x, static_cast<int>(half), static_cast<int>(Width));
      x = (threadIdx.x & half) != 0 ? op(other, x) : op(x, other);
    }
#else
    static_cast<void>(who);
    static_cast<void>(op);
#endif
    return x;
  }

private:
  RANKWISE_GROUP_FN unsigned mask() {
#if RANKWISE_ON_DEVICE
    if constexpr (Lanes == 32) {
      return 0xffffffffu;
    } else {
      return ((1u << Lanes) - 1u) << (threadIdx.x % 32 / Lanes * Lanes);
    }
#else
    return 0;
#endif
  }
};

/// All threads of a block of `Threads`.
template <std::size_t Threads>
struct block_group {
  static constexpr std::size_t warps = Threads / 32;
  static_assert(Threads % 32 == 0 && warps >= 2 && warps <= 32 && (warps & (warps - 1)) == 0);
  static constexpr std::size_t size = Threads;

  RANKWISE_GROUP_FN std::size_t lane() {
#if RANKWISE_ON_DEVICE
    return threadIdx.x;
#else
    return 0;
#endif
  }
  RANKWISE_GROUP_FN void sync() {
#if RANKWISE_ON_DEVICE
    __syncthreads();
#endif
  }
  template <class T>
  RANKWISE_GROUP_FN T broadcast(T x, std::size_t from) {
#if RANKWISE_ON_DEVICE
    __shared__ shared_memory<T, 1> shared;
    __syncthreads(); // whoever still reads the last one
    if (threadIdx.x == from) {
      shared[0] = x;
    }
    __syncthreads();
    return shared[0];
#else
    static_cast<void>(from);
    return x;
#endif
  }
  template <class T, class Op>
  RANKWISE_GROUP_FN T reduce(T x, Op op) {
#if RANKWISE_ON_DEVICE
    __shared__ T part[warps];
    T const own = tile_group<32>::reduce(x, op);
    __syncthreads();
    if (threadIdx.x % 32 == 0) {
      part[threadIdx.x / 32] = own;
    }
    __syncthreads();
    return tile_group<32>::template reduce_among<warps>(0xffffffffu, part[threadIdx.x % warps], op);
#else
    static_cast<void>(op);
    return x;
#endif
  }
  template <class T, class Op>
  RANKWISE_GROUP_FN T scan(T x, Op op) {
#if RANKWISE_ON_DEVICE
    __shared__ shared_memory<T, warps> part;
    T const own = tile_group<32>::scan(x, op);
    __syncthreads();
    if (threadIdx.x % 32 == 31) {
      part[threadIdx.x / 32] = own;
    }
    __syncthreads();
    unsigned const warp = threadIdx.x / 32;
    T below = part[0];
    for (unsigned w = 1; w < warp; ++w) {
      below = op(below, part[w]);
    }
    return warp == 0 ? own : op(below, own);
#else
    static_cast<void>(op);
    return x;
#endif
  }
  template <class T, class Op>
  RANKWISE_GROUP_FN T scan_back(T x, Op op) {
#if RANKWISE_ON_DEVICE
    __shared__ T part[warps];
    T const own = tile_group<32>::scan_back(x, op);
    __syncthreads();
    if (threadIdx.x % 32 == 0) {
      part[threadIdx.x / 32] = own;
    }
    __syncthreads();
    unsigned const warp = threadIdx.x / 32;
    T above = part[warps - 1];
    for (unsigned w = warps - 1; w-- > warp + 1;) {
      above = op(part[w], above);
    }
    return warp == warps - 1 ? own : op(own, above);
#else
    static_cast<void>(op);
    return x;
#endif
  }
  RANKWISE_GROUP_FN bool any(bool b) {
#if RANKWISE_ON_DEVICE
    return __syncthreads_or(b) != 0;
#else
    return b;
#endif
  }
  RANKWISE_GROUP_FN std::size_t count(bool b) {
#if RANKWISE_ON_DEVICE
    return static_cast<std::size_t>(__syncthreads_count(b));
#else
    return b ? 1 : 0;
#endif
  }
};

#undef RANKWISE_GROUP_FN

} // namespace rankwise::inline RANKWISE_ABI::detail
#endif

#endif
