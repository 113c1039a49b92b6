#ifndef RANKWISE_BACKEND_THRUST_HPP
#define RANKWISE_BACKEND_THRUST_HPP

#if !defined(THRUST_DEVICE_SYSTEM) && !defined(__CUDACC__)
#error                                                                                                                 \
    "rankwise/backend/thrust.hpp: choose Thrust's device system. Link rankwise::thrust, or compile with -DTHRUST_DEVICE_SYSTEM=THRUST_DEVICE_SYSTEM_CPP (or _OMP, _TBB); CUDA needs nvcc"
#endif

#include <rankwise/exec/run.hpp>

#include <thrust/device_free.h>
#include <thrust/device_malloc.h>
#include <thrust/device_ptr.h>
#include <thrust/device_vector.h>
#include <thrust/execution_policy.h>
#include <thrust/for_each.h>
#include <thrust/host_vector.h>
#include <thrust/iterator/counting_iterator.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

/// `exec::thrust{policy}`: one thread for each item, or for each list, through a policy of Thrust's. Device vectors are
/// columns in device memory, for which it is the default executor. Link rankwise::thrust.
namespace rankwise::inline RANKWISE_ABI {

template <class T, class Allocator>
struct column_traits<::thrust::device_vector<T, Allocator>> {
  static column<T, memory::device> view(::thrust::device_vector<T, Allocator>& c) { return {c.data().get(), c.size()}; }
  static column<T const, memory::device> view(::thrust::device_vector<T, Allocator> const& c) {
    return {c.data().get(), c.size()};
  }
};

template <class T, class Allocator>
struct column_traits<::thrust::host_vector<T, Allocator>> {
  static column<T> view(::thrust::host_vector<T, Allocator>& c) { return {c.data(), c.size()}; }
  static column<T const> view(::thrust::host_vector<T, Allocator> const& c) { return {c.data(), c.size()}; }
};

/// Device memory of any origin as a column.
template <class T>
constexpr column<T, memory::device> device_column(T* first, std::size_t count) {
  return {first, count};
}
template <class T>
column<T, memory::device> device_column(::thrust::device_ptr<T> first, std::size_t count) {
  return {first.get(), count};
}

template <class T>
struct storage_for<T, memory::device> {
  using type = ::thrust::device_vector<T>;
};

namespace detail {

using thrust_device_policy = std::remove_cvref_t<decltype(::thrust::device)>;

// Kernels get their names from host and device compilation alike, which need not agree on the host's instruction set.
#if defined(__CUDACC__)
using thrust_isa = arch::isa<0>;
#else
using thrust_isa = arch::native;
#endif

#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA
template <class Policy>
inline constexpr bool on_cuda = std::is_convertible_v<Policy*, ::thrust::cuda_cub::execution_policy<Policy>*>;
#else
template <class Policy>
inline constexpr bool on_cuda = false;
#endif

/// Copies between host and device memory in the order of the policy's stream, and waits for it.
template <class Policy>
void thrust_copy(Policy policy, void* to, void const* from, std::size_t bytes) {
#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA
  if constexpr (on_cuda<Policy>) {
    cudaStream_t const stream = ::thrust::cuda_cub::stream(policy);
    ::thrust::cuda_cub::throw_on_error(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDefault, stream), "rankwise: copy");
    ::thrust::cuda_cub::throw_on_error(cudaStreamSynchronize(stream), "rankwise: copy");
    return;
  }
#endif
  static_cast<void>(policy);
  if (bytes != 0) {
    std::memcpy(to, from, bytes);
  }
}

inline void* thrust_allocate(std::size_t bytes) {
  return ::thrust::device_malloc(bytes).get();
}
inline void thrust_deallocate(void* memory) {
  ::thrust::device_free(::thrust::device_ptr<void>(memory));
}

template <class T, class Isa, class Kernel>
struct thrust_item {
  Kernel kernel;

  RANKWISE_FN void operator()(std::size_t i) const { kernel(pack<T>{i}); }
};

/// One block of items, added up by one thread.
template <class T, class Isa, std::size_t N, class Kernel>
struct thrust_block {
  Kernel kernel;
  std::size_t items;
  item_total<N>* totals;

  RANKWISE_FN void operator()(std::size_t block) const {
    std::size_t const begin = block * item_block;
    std::size_t const end = begin + item_block < items ? begin + item_block : items;
    totals[block] = sum_block<Isa, T, N>(begin, end, kernel);
  }
};

/// One list. Its scratch is the part of the scratch columns that its items have in the other columns.
template <class Pass, class Isa>
struct thrust_list {
  Pass pass;
  list_scratch<typename Pass::scalar> scratch;
  list_outcome* outcomes;

  RANKWISE_FLATTEN RANKWISE_FN void operator()(std::size_t list) const {
    auto own = scratch;
    std::size_t const first = pass.groups.begin_of(list);
    if constexpr (Pass::scratch::values != 0) {
      own.values += first;
    }
    if constexpr (Pass::scratch::indices != 0) {
      own.indices += first;
    }
    outcomes[list] = pass(list, own);
  }
};

/// Where the parts of a pass lie in device memory.
template <class Pass, class Groups>
struct thrust_plan {
  std::size_t items;
  std::size_t lists;

  explicit thrust_plan(Groups const& groups) : items(groups.items()), lists(groups.size()) {}

  static std::size_t padded(std::size_t bytes) { return round_up(bytes, workspace::alignment); }
  std::size_t indices_at() const { return padded(Pass::scratch::values * items * sizeof(typename Pass::scalar)); }
  std::size_t outcomes_at() const {
    return indices_at() + padded(Pass::scratch::indices * items * sizeof(std::uint32_t));
  }
  std::size_t per_list_at() const { return outcomes_at() + padded(outcomes_bytes()); }
  std::size_t offsets_at() const { return per_list_at() + padded(lists * sizeof(double)); }
  std::size_t bytes() const { return offsets_at() + padded(offsets_bytes()); }

  std::size_t outcomes_bytes() const { return lists * sizeof(list_outcome); }
  std::size_t offsets_bytes() const { return (lists + 1) * sizeof(typename Groups::offset_type); }
};

} // namespace detail

namespace exec {

/// `thrust{}` is `thrust{::thrust::device}`. With CUDA, give `::thrust::cuda::par.on(stream)` to work in a stream.
/// Lists are added up on the host in the fixed order, so repeated runs give the same bits.
template <class Policy = detail::thrust_device_policy, memory Where = memory::device, class Isa = detail::thrust_isa>
struct thrust {
  static_assert(Where == memory::device || !detail::on_cuda<Policy>,
                "[rankwise] a CUDA policy works on device memory: copy to a thrust::device_vector");

  Policy policy{};

  static constexpr memory where = Where;
  template <class T>
  using vector = T;

  template <class T, class Kernel>
  void for_each_item(std::size_t n, Kernel const& kernel) const {
    for_each(n, detail::thrust_item<T, Isa, Kernel>{kernel});
  }

  template <class T, std::size_t N, class Kernel>
  item_total<N> sum_items(std::size_t n, Kernel const& kernel, workspace* memory, on_error errors) const {
    using total_type = item_total<N>;
    std::size_t const blocks = detail::item_blocks(n);
    std::size_t const bytes = blocks * sizeof(total_type);
    std::byte* const host = memory->host(bytes);
    if (host == nullptr && bytes != 0) {
      detail::deliver({errc::workspace_too_small, "workspace", status::nowhere, bytes, memory->size()}, errors);
      return total_type::failed();
    }
    auto* const totals = reinterpret_cast<total_type*>(
        Where == rankwise::memory::device ? memory->device(bytes, detail::thrust_allocate, detail::thrust_deallocate)
                                          : host);
    for_each(blocks, detail::thrust_block<T, Isa, N, Kernel>{kernel, n, totals});
    if constexpr (Where == rankwise::memory::device) {
      detail::thrust_copy(policy, host, totals, bytes);
    }
    total_type total;
    for (std::size_t b = 0; b < blocks; ++b) {
      total.merge(reinterpret_cast<total_type const*>(host)[b]);
    }
    return total;
  }

  /// The offsets stay where they are: a pass copies them together with what else it needs on the device.
  template <class Offset>
  static lists<Offset> place(lists<Offset> const& groups, workspace* /*memory*/) {
    return groups;
  }

  /// Of host memory. Device memory is sized by the first call and kept.
  template <class Pass, class Groups>
  static std::size_t workspace_bytes(Groups const& groups) {
    return host_bytes(detail::thrust_plan<Pass, Groups>(groups));
  }

  template <class Groups, class Pass>
  pass_total for_each_list(Groups const& groups, Pass pass, workspace* memory, on_error errors) const {
    detail::thrust_plan<Pass, Groups> const plan(groups);
    std::byte* const host = memory->host(host_bytes(plan));
    if (host == nullptr && host_bytes(plan) != 0) {
      detail::deliver({errc::workspace_too_small, "workspace", status::nowhere, host_bytes(plan), memory->size()},
                      errors);
      return pass_total::failed();
    }
    std::byte* device;
    if constexpr (Where == memory::device) {
      device = memory->device(plan.bytes(), detail::thrust_allocate, detail::thrust_deallocate);
    } else {
      device = host + detail::thrust_plan<Pass, Groups>::padded(plan.outcomes_bytes());
    }
    if (groups.offsets() != nullptr) {
      using offset = typename Groups::offset_type;
      detail::thrust_copy(policy, device + plan.offsets_at(), groups.offsets(), plan.offsets_bytes());
      pass.groups = groups.over(reinterpret_cast<offset const*>(device + plan.offsets_at()));
    }
    double* per_list = nullptr;
    if constexpr (requires { pass.per_list; }) {
      per_list = pass.per_list;
      if (per_list != nullptr) {
        pass.per_list = reinterpret_cast<double*>(device + plan.per_list_at());
      }
    }
    for_each(plan.lists,
             detail::thrust_list<Pass, Isa>{pass,
                                            {reinterpret_cast<typename Pass::scalar*>(device),
                                             reinterpret_cast<std::uint32_t*>(device + plan.indices_at()), plan.items},
                                            reinterpret_cast<list_outcome*>(device + plan.outcomes_at())});
    detail::thrust_copy(policy, host, device + plan.outcomes_at(), plan.outcomes_bytes());
    if (per_list != nullptr) {
      detail::thrust_copy(policy, per_list, device + plan.per_list_at(), plan.lists * sizeof(double));
    }
    return added(reinterpret_cast<list_outcome const*>(host), plan.lists);
  }

private:
  template <class Plan>
  static std::size_t host_bytes(Plan const& plan) {
    return Plan::padded(plan.outcomes_bytes()) + (Where == memory::host ? plan.bytes() : 0);
  }

  template <class F>
  void for_each(std::size_t n, F const& f) const {
    ::thrust::for_each_n(policy, ::thrust::counting_iterator<std::size_t>(0), n, f);
  }

  static pass_total added(list_outcome const* outcomes, std::size_t lists) {
    pass_total total;
    for (std::size_t begin = 0; begin < lists; begin += pass_total::chunk) {
      std::size_t const end = begin + pass_total::chunk < lists ? begin + pass_total::chunk : lists;
      pass_total part;
      for (std::size_t l = begin; l < end; ++l) {
        part.add(outcomes[l], l);
      }
      total.merge(part);
    }
    return total;
  }
};

template <class Policy>
thrust(Policy) -> thrust<Policy>;

/// The same for columns in ordinary memory: `thrust_on_host(::thrust::omp::par)`.
template <class Policy>
constexpr thrust<Policy, memory::host> thrust_on_host(Policy policy) {
  return {policy};
}

} // namespace exec

template <class Policy, memory Where, class Isa>
inline constexpr bool is_executor<exec::thrust<Policy, Where, Isa>> = true;

template <>
struct default_executor<memory::device> {
  using type = exec::thrust<>;
};

} // namespace rankwise::inline RANKWISE_ABI

#endif
