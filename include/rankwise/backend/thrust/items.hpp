#ifndef RANKWISE_BACKEND_THRUST_ITEMS_HPP
#define RANKWISE_BACKEND_THRUST_ITEMS_HPP

#include <rankwise/exec/apply.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>

/// Element-wise policies over contiguous columns, a few neighbouring items by each thread: 16 bytes travel at once
/// where the columns are aligned, which is asked once per call. The policy itself is compiled once, for one item.
namespace rankwise::inline RANKWISE_ABI::detail {

/// Neighbouring numbers of one column in a thread's registers.
template <class X, std::size_t N>
struct few_numbers {
  X item[N];

  /// The first of them; `last` comes in behind the others.
  RANKWISE_FN X turn(X last) {
    X const first = item[0];
#if RANKWISE_ON_DEVICE
#pragma unroll
#endif
    for (std::size_t k = 0; k + 1 < N; ++k) {
      item[k] = item[k + 1];
    }
    item[N - 1] = last;
    return first;
  }

  /// `whole`: all of them are there, and aligned.
  RANKWISE_FN void load(X const* from, std::size_t count, bool whole) {
#if RANKWISE_ON_DEVICE
    if (whole) {
      word words[N * sizeof(X) / sizeof(word)];
#pragma unroll
      for (std::size_t w = 0; w < N * sizeof(X) / sizeof(word); ++w) {
        words[w] = reinterpret_cast<word const*>(from)[w];
      }
      __builtin_memcpy(item, words, sizeof(item));
      return;
    }
#pragma unroll 1
#endif
    for (std::size_t k = 0; k < N; ++k) {
      turn(from[whole || k < count ? k : 0]);
    }
  }
  RANKWISE_FN void store(X* to, std::size_t count, bool whole) {
#if RANKWISE_ON_DEVICE
    if (whole) {
      word words[N * sizeof(X) / sizeof(word)];
      __builtin_memcpy(words, item, sizeof(item));
#pragma unroll
      for (std::size_t w = 0; w < N * sizeof(X) / sizeof(word); ++w) {
        reinterpret_cast<word*>(to)[w] = words[w];
      }
      return;
    }
#pragma unroll 1
#endif
    for (std::size_t k = 0; k < N && (whole || k < count); ++k) {
      to[k] = turn(item[0]);
    }
  }

  static constexpr std::size_t alignment = N * sizeof(X) < 16 ? N * sizeof(X) : 16;

private:
#if RANKWISE_ON_DEVICE
  using word = std::conditional_t<
      alignment == 16, uint4,
      std::conditional_t<alignment == 8, uint2, std::conditional_t<alignment == 4, unsigned int, unsigned short>>>;
  static_assert(sizeof(word) == alignment);
#endif
};

template <class X>
bool aligned_to(X const* p, std::size_t alignment) {
  return reinterpret_cast<std::uintptr_t>(p) % alignment == 0;
}

/// What a kernel reads, if that is contiguous columns: `smallest` is then the size of their smallest number.
template <class Input>
struct few_inputs {
  static constexpr std::size_t smallest = 0;
};
template <class X, memory W>
struct few_inputs<one_column<column<X, W>>> {
  static constexpr std::size_t smallest = sizeof(X);

  template <std::size_t N>
  struct numbers {
    few_numbers<std::remove_const_t<X>, N> a;

    static bool aligned(one_column<column<X, W>> const& in) { return aligned_to(in.a.first, decltype(a)::alignment); }
    RANKWISE_FN void load(one_column<column<X, W>> const& in, std::size_t first, std::size_t count, bool whole) {
      a.load(in.a.first + first, count, whole);
    }
    template <class T, class Policy>
    RANKWISE_FN auto next(Policy const& policy) {
      auto const x = a.turn(a.item[0]);
      return policy(rankwise::load(&x, pack<T>{0}));
    }
  };
};
template <class X, memory W, class Y, memory U>
struct few_inputs<two_columns<column<X, W>, column<Y, U>>> {
  static constexpr std::size_t smallest = sizeof(X) < sizeof(Y) ? sizeof(X) : sizeof(Y);
  using input = two_columns<column<X, W>, column<Y, U>>;

  template <std::size_t N>
  struct numbers {
    few_numbers<std::remove_const_t<X>, N> a;
    few_numbers<std::remove_const_t<Y>, N> b;

    static bool aligned(input const& in) {
      return aligned_to(in.a.first, decltype(a)::alignment) && aligned_to(in.b.first, decltype(b)::alignment);
    }
    RANKWISE_FN void load(input const& in, std::size_t first, std::size_t count, bool whole) {
      a.load(in.a.first + first, count, whole);
      b.load(in.b.first + first, count, whole);
    }
    template <class T, class Policy>
    RANKWISE_FN auto next(Policy const& policy) {
      auto const x = a.turn(a.item[0]);
      auto const y = b.turn(b.item[0]);
      return policy(rankwise::load(&x, pack<T>{0}), rankwise::load(&y, pack<T>{0}));
    }
  };
};

/// How many items of a kernel a thread takes; 0: one, by the kernel itself.
template <class Kernel>
inline constexpr std::size_t few_items = 0;
template <class Policy, class Input, class Y, memory W>
  requires(few_inputs<Input>::smallest != 0)
inline constexpr std::size_t few_items<element_kernel<Policy, Input, column<Y, W>>> =
    std::clamp<std::size_t>(16 / std::min(few_inputs<Input>::smallest, sizeof(Y)), 2, 8);

template <class T, class Isa, class Kernel>
struct thrust_few;
template <class T, class Isa, class Policy, class Input, class Y, memory W>
struct thrust_few<T, Isa, element_kernel<Policy, Input, column<Y, W>>> {
  using kernel_type = element_kernel<Policy, Input, column<Y, W>>;
  static constexpr std::size_t width = few_items<kernel_type>;
  using inputs = typename few_inputs<Input>::template numbers<width>;
  using outputs = few_numbers<Y, width>;

  kernel_type kernel;
  std::size_t items;
  bool aligned;

  thrust_few(kernel_type const& k, std::size_t n)
      : kernel(k), items(n), aligned(inputs::aligned(k.in) && aligned_to(k.out.first, outputs::alignment)) {}

  static std::size_t threads(std::size_t n) { return (n + width - 1) / width; }

  RANKWISE_FN void operator()(std::size_t thread) const {
    std::size_t const first = thread * width;
    std::size_t const count = items - first;
    bool const whole = aligned && count >= width;
    inputs in{};
    in.load(kernel.in, first, count, whole);
    outputs out{};
    // One copy of the policy; numbers come and go at the ends of registers.
#if RANKWISE_ON_DEVICE
#pragma unroll 1
#endif
    for (std::size_t k = 0; k < width; ++k) {
      Y y;
      rankwise::store(&y, pack<T>{0}, in.template next<T>(kernel.policy));
      out.turn(y);
    }
    out.store(kernel.out.first + first, count, whole);
  }
};

} // namespace rankwise::inline RANKWISE_ABI::detail

#endif
