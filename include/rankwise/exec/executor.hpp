#ifndef RANKWISE_EXEC_EXECUTOR_HPP
#define RANKWISE_EXEC_EXECUTOR_HPP

#include <rankwise/core/arch.hpp>
#include <rankwise/core/tensor.hpp>

#include <cstddef>
#include <type_traits>

/// Executors know containers, instruction sets and devices, and nothing about ranking. An executor has
///   where                       the memory it reads and writes
///   vector<T>                   the value type that a formula over numbers of type T is called with
///   for_each_item<T>(n, f)      calls f(i) for packs of items 0 .. n-1
///   place(lists, workspace)     the lists with offsets that it can read
///   for_each_list(lists, pass, workspace, errors)   calls pass(l, scratch), adds up in the fixed order
/// and one of
///   for_each_block(n, block, f)           calls f(begin, count) for blocks of 0 .. n-1, on the host
///   with_memory(bytes, workspace, f)      calls f with memory that its kernels reach; `send` and `fetch` copy,
///                                         `sort_pairs` and `add_up`, which sparse/indices.hpp asks for
/// and, for all, sum_items<T, N>(n, f, workspace, errors), which adds up, and workspace_bytes<Pass>(lists).
/// The first argument of every call over items or lists may be one; without it the containers choose.
namespace rankwise::inline RANKWISE_ABI {

namespace exec {

template <class Isa = arch::native>
struct basic_scalar;
template <class Arch = arch::native>
struct basic_simd;
template <class Arch = arch::native>
struct basic_parallel; // compilers quote this line: #include <rankwise/backend/parallel.hpp>

/// One item at a time, on one thread.
using scalar = basic_scalar<>;
/// A register of items at a time, on one thread: the default in host memory. `basic_simd<xsimd::avx2>` names another
/// instruction set than the one the unit is compiled for.
using simd = basic_simd<>;
/// `simd` on several threads: `parallel{.threads = 4}`; needs backend/parallel.hpp.
using parallel = basic_parallel<>;

} // namespace exec

/// Specialised in the headers of executors.
template <class E>
inline constexpr bool is_executor = false;

template <class E>
concept executor = is_executor<std::remove_cvref_t<E>>;

/// Its kernels take one item each, in memory that need not be the host's.
template <class E>
concept item_by_item = requires(E e, void (*f)(std::byte*)) {
  e.with_memory(std::size_t{}, nullptr, f);
};

/// The executor for a kind of memory when the caller names none.
template <memory Where>
struct default_executor;

template <>
struct default_executor<memory::host> {
  using type = exec::simd;
};

namespace detail {

/// The executor for a call whose numbers are the host's, whatever it would leave elsewhere.
template <executor Executor>
constexpr Executor waiting(Executor const& e) {
  if constexpr (requires { e.leaving(nullptr); }) {
    return e.leaving(nullptr);
  } else {
    return e;
  }
}

template <memory Where>
consteval bool explain_executor() {
  static_assert(
      requires { typename default_executor<Where>::type; },
      "[rankwise] the columns are in device memory: include <rankwise/backend/thrust.hpp> and link "
      "rankwise::thrust");
  return true;
}

template <class Column, class... Columns>
consteval memory common_memory() {
  static_assert(((memory_of<Columns> == memory_of<Column>)&&...),
                "[rankwise] all columns of a call must be in the same memory, host or device");
  static_assert(explain_executor<memory_of<Column>>());
  return memory_of<Column>;
}

template <memory Where, class Isa>
struct executor_in {
  static_assert(explain_executor<Where>());
  using type = typename default_executor<Where>::type;
};
template <class Isa>
struct executor_in<memory::host, Isa> {
  using type = exec::basic_simd<Isa>;
};

} // namespace detail

/// The default executor for a kind of memory, in a unit of this instruction set.
template <memory Where, class Isa>
using executor_at = typename detail::executor_in<Where, Isa>::type;

template <class... Columns>
using executor_for = typename default_executor<detail::common_memory<Columns...>()>::type;

} // namespace rankwise::inline RANKWISE_ABI

#endif
