#ifndef RANKWISE_BACKEND_THRUST_HPP
#define RANKWISE_BACKEND_THRUST_HPP

#if !defined(THRUST_DEVICE_SYSTEM) && !defined(__CUDACC__)
#error                                                                                                                 \
    "rankwise/backend/thrust.hpp: choose Thrust's device system. Link rankwise::thrust, or compile with -DTHRUST_DEVICE_SYSTEM=THRUST_DEVICE_SYSTEM_CPP (or _OMP, _TBB); CUDA needs nvcc"
#endif

#include <rankwise/backend/thrust/items.hpp>
#include <rankwise/exec/partition.hpp>
#include <rankwise/exec/run.hpp>
#if defined(__CUDACC__) && THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA
#include <rankwise/backend/thrust/device_group.hpp>
#endif

#include <thrust/device_free.h>
#include <thrust/device_malloc.h>
#include <thrust/device_ptr.h>
#include <thrust/device_vector.h>
#include <thrust/execution_policy.h>
#include <thrust/for_each.h>
#include <thrust/host_vector.h>
#include <thrust/iterator/counting_iterator.h>
#include <thrust/scan.h>
#include <thrust/sort.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <type_traits>
#include <utility>

/// `exec::thrust{policy}`: items and lists through a policy of Thrust's. Device vectors are columns in device memory,
/// for which it is the default executor. On a CUDA device groups of threads work on one list together: a part of a
/// warp, a warp or a block, by its length. Link rankwise::thrust.
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

namespace detail {
template <class T, layout Order>
constexpr matrix<T, Order, memory::device> on_device(matrix<T, Order> const& m) {
  return {m.first, m.rows, m.columns, m.row_stride, m.column_stride};
}
} // namespace detail

/// Rows and columns of numbers in device memory: the logits of a ranker. `row_major(device_vector, columns)` and
/// `row_major(device_column(pointer, count), columns)` are core's.
template <class T>
matrix<T, layout::row_major, memory::device> row_major(::thrust::device_ptr<T> first, std::size_t rows,
                                                       std::size_t columns) {
  return detail::on_device(row_major(first.get(), rows, columns));
}
template <class T>
matrix<T, layout::row_major, memory::device> row_major(::thrust::device_ptr<T> first, std::size_t rows,
                                                       std::size_t columns, std::ptrdiff_t row_stride,
                                                       on_error errors = {}) {
  return detail::on_device(row_major(first.get(), rows, columns, row_stride, errors));
}
template <class T>
matrix<T, layout::column_major, memory::device> column_major(::thrust::device_ptr<T> first, std::size_t rows,
                                                             std::size_t columns) {
  return detail::on_device(column_major(first.get(), rows, columns));
}
template <class T>
matrix<T, layout::column_major, memory::device> column_major(::thrust::device_ptr<T> first, std::size_t rows,
                                                             std::size_t columns, std::ptrdiff_t column_stride,
                                                             on_error errors = {}) {
  return detail::on_device(column_major(first.get(), rows, columns, column_stride, errors));
}

template <class T>
struct storage_for<T, memory::device> {
  using type = ::thrust::device_vector<T>;
};

namespace detail {
template <class Offset>
struct thrust_placement;
}
template <class Offset>
struct placement_for<Offset, memory::device> {
  using type = detail::thrust_placement<Offset>;
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

/// Copies between host and device memory in the order of the policy's stream.
template <class Policy>
void thrust_copy(Policy policy, void* to, void const* from, std::size_t bytes) {
  if (bytes == 0) {
    return; // there may be no memory at all
  }
#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA
  if constexpr (on_cuda<Policy>) {
    cudaStream_t const stream = ::thrust::cuda_cub::stream(policy);
    ::thrust::cuda_cub::throw_on_error(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDefault, stream), "rankwise: copy");
    return;
  }
#endif
  static_cast<void>(policy);
  std::memcpy(to, from, bytes);
}

/// Waits for what the policy's stream has to do.
template <class Policy>
void thrust_wait(Policy policy) {
#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA
  if constexpr (on_cuda<Policy>) {
    ::thrust::cuda_cub::throw_on_error(cudaStreamSynchronize(::thrust::cuda_cub::stream(policy)), "rankwise: wait");
  }
#endif
  static_cast<void>(policy);
}

inline void* thrust_allocate(std::size_t bytes) {
  void* const memory = ::thrust::device_malloc(bytes).get();
#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA
  // Groups read registers whole, beyond the end of a list too, and drop what nobody wrote: tools that watch for such
  // reads have nothing to report. Workspaces seldom grow.
  ::thrust::cuda_cub::throw_on_error(cudaMemset(memory, 0, bytes), "rankwise: memory");
  ::thrust::cuda_cub::throw_on_error(cudaStreamSynchronize(nullptr),
                                     "rankwise: memory"); // other streams would not wait
#endif
  return memory;
}
/// Called by destructors, while a fault of the device is on its way to somebody who reports it: the next one is no
/// news.
inline void thrust_deallocate(void* memory) {
#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA
  static_cast<void>(cudaFree(memory));
#else
  ::thrust::device_free(::thrust::device_ptr<void>(memory));
#endif
}
/// The number of the current device: memory of one is not to be used on another.
template <class Policy>
int thrust_place() {
  int device = 0;
#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA
  if constexpr (on_cuda<Policy>) {
    ::thrust::cuda_cub::throw_on_error(cudaGetDevice(&device), "rankwise: device");
  }
#endif
  return device;
}

/// Device memory of one call: the workspace's, or what the allocator gives that the caller has put into the policy,
/// `thrust::cuda::par(allocator)`. The allocator gets it back when everything has been handed to the stream.
template <class Policy>
class thrust_memory {
public:
  static constexpr bool own = requires(Policy p) { p.get_allocator(); };

  thrust_memory(Policy& policy, workspace* memory, std::size_t bytes, std::size_t block = 0)
      : policy_(policy), bytes_(bytes) {
    if constexpr (own) {
      address_ = bytes == 0 ? nullptr
                            : reinterpret_cast<std::byte*>(
                                  ::thrust::raw_pointer_cast(traits::allocate(policy_.get_allocator(), units())));
    } else {
      address_ = memory->device(bytes, thrust_allocate, thrust_deallocate, block, thrust_place<Policy>());
    }
  }
  ~thrust_memory() {
    if constexpr (own) {
      if (address_ != nullptr) {
        using pointer = typename traits::pointer;
        using unit = typename traits::value_type;
        traits::deallocate(policy_.get_allocator(), pointer(reinterpret_cast<unit*>(address_)), units());
      }
    }
  }
  thrust_memory(thrust_memory const&) = delete;
  thrust_memory& operator=(thrust_memory const&) = delete;

  std::byte* get() const { return address_; }

private:
  template <class P>
  struct traits_of {
    using type = void;
  };
  template <class P>
    requires requires(P p) {
      p.get_allocator();
    }
  struct traits_of<P> {
    using type = std::allocator_traits<std::remove_cvref_t<decltype(std::declval<P&>().get_allocator())>>;
  };
  using traits = typename traits_of<Policy>::type;

  std::size_t units() const {
    if constexpr (own) {
      return (bytes_ + sizeof(typename traits::value_type) - 1) / sizeof(typename traits::value_type);
    } else {
      return 0;
    }
  }

  Policy& policy_;
  std::size_t bytes_;
  std::byte* address_ = nullptr;
};

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

/// What is added up: outcomes of lists, or sums of some already.
struct outcome_parts {
  list_outcome const* first;

  RANKWISE_FN void add_to(pass_total& sum, std::size_t p) const { sum.add(first[p], p); }
};
template <class Total>
struct total_parts {
  Total const* first;

  RANKWISE_FN void add_to(Total& sum, std::size_t p) const { sum.merge(first[p]); }
};

/// Neighbours as one, in a fixed order, by a thread or by a group of them: nobody waits for one to go through
/// thousands.
template <class Total, class Parts>
struct thrust_sums {
  static constexpr std::size_t together = pass_total::chunk;

  Parts parts;
  std::size_t count;
  Total* to;

  static constexpr std::size_t sums(std::size_t count) { return (count + together - 1) / together; }
  /// Room for `count` of them and what becomes of them.
  static constexpr std::size_t room(std::size_t count) {
    std::size_t all = count;
    for (; count > together; all += count) {
      count = sums(count);
    }
    return all;
  }

  RANKWISE_FN void operator()(std::size_t k) const { to[k] = every(k, 0, 1); }

  /// What the threads of a group have added up, together.
  template <class Group>
  RANKWISE_FN static Total of_group(Total own) {
    if constexpr (requires { own.weight; }) {
      own.value = Group::reduce(own.value, shared_plus{});
      own.weight = Group::reduce(own.weight, shared_plus{});
    } else {
      for (double& value : own.value) {
        value = Group::reduce(value, shared_plus{});
      }
    }
    own.first_flagged = Group::reduce(own.first_flagged, least{});
    own.flagged = Group::reduce(own.flagged, shared_plus{});
    return own;
  }
  template <class Group>
  RANKWISE_FN void in_group(std::size_t k) const {
    Total const sum = of_group<Group>(every(k, Group::lane(), Group::size));
    if (Group::lane() == 0) {
      to[k] = sum;
    }
  }

private:
  RANKWISE_FN Total every(std::size_t k, std::size_t start, std::size_t step) const {
    std::size_t const end = (k + 1) * together < count ? (k + 1) * together : count;
    Total sum;
    for (std::size_t p = k * together + start; p < end; p += step) {
      parts.add_to(sum, p);
    }
    return sum;
  }

  struct least {
    RANKWISE_FN std::size_t operator()(std::size_t a, std::size_t b) const { return b < a ? b : a; }
  };
};
template <class Total>
using thrust_merge = thrust_sums<Total, total_parts<Total>>;

/// The sums of all chunks or blocks, left on the device.
template <class Total>
struct thrust_result {
  Total const* parts;
  std::size_t count;
  double* to;

  RANKWISE_FN void operator()(std::size_t) const {
    Total total;
    for (std::size_t p = 0; p < count; ++p) {
      total.merge(parts[p]);
    }
    if constexpr (requires { total.weight; }) {
      to[0] = total.value;
      to[1] = total.weight;
    } else {
      to[0] = total.value[0];
      to[1] = 1;
    }
  }
};

/// What a device knows of lists beside their items: offsets, and the order in which groups of threads take them.
template <class Offset>
struct thrust_placement {
  ::thrust::device_vector<Offset> offsets;
  ::thrust::device_vector<std::uint32_t> order;
  list_classes classes;

  void assign(lists<Offset> const& groups) {
    if (groups.offsets() == nullptr) {
      classes = list_classes::uniform(groups.size(), groups.longest());
      return;
    }
    offsets.assign(groups.offsets(), groups.offsets() + groups.size() + 1);
    storage<std::uint32_t> numbers;
    numbers.resize(groups.size());
    classes = classify(groups, numbers.data());
    order.assign(numbers.begin(), numbers.end());
  }
};

/// Lists with all that in place.
template <class Offset>
struct thrust_lists : lists<Offset> {
  thrust_placement<Offset> const* placed;
};

/// Where the parts of a pass lie in device memory; scratch comes first.
template <class Pass, class Groups>
struct thrust_plan {
  std::size_t items;
  std::size_t lists;
  std::size_t scratch; ///< bytes

  thrust_plan(Groups const& groups, std::size_t scratch_bytes)
      : items(groups.items()), lists(groups.size()), scratch(padded(scratch_bytes)) {}

  static std::size_t padded(std::size_t bytes) { return round_up(bytes, workspace::alignment); }
  /// One thread for each list: scratch columns as long as the others.
  static std::size_t scratch_by_items(std::size_t items) {
    return indices_at(items) + padded(Pass::scratch::indices * items * sizeof(std::uint32_t));
  }
  static std::size_t indices_at(std::size_t items) {
    return padded(Pass::scratch::values * items * sizeof(typename Pass::scalar));
  }

  std::size_t outcomes_at() const { return scratch; }
  std::size_t per_list_at() const { return outcomes_at() + padded(lists * sizeof(list_outcome)); }
  std::size_t totals_at() const { return per_list_at() + padded(lists * sizeof(double)); }
  std::size_t offsets_at() const { return totals_at() + padded(totals_bytes()); }
  std::size_t order_at() const { return offsets_at() + padded(offsets_bytes()); }
  std::size_t bytes() const { return order_at() + padded(lists * sizeof(std::uint32_t)); }

  std::size_t totals_bytes() const {
    return thrust_merge<pass_total>::room(pass_total::chunks(lists)) * sizeof(pass_total);
  }
  std::size_t offsets_bytes() const { return (lists + 1) * sizeof(typename Groups::offset_type); }
};

#if defined(__CUDACC__) && THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA

/// Threads of the block that a long list gets: 512, or as many as the formula says, `static constexpr std::size_t
/// block_threads = 256`, where so many would have too few registers.
template <class Pass>
constexpr std::size_t block_threads() {
  if constexpr (requires { std::remove_cvref_t<decltype(Pass::formula)>::block_threads; }) {
    return std::remove_cvref_t<decltype(Pass::formula)>::block_threads;
  } else {
    return 512;
  }
}

/// The group of threads for each class of lists, and the threads of a block.
template <std::size_t Class, std::size_t BlockThreads>
struct class_group {
  using type = tile_group<Class == 0 ? 8 : 32>;
  static constexpr std::size_t block = 128;
};
template <std::size_t BlockThreads>
struct class_group<2, BlockThreads> {
  using type = block_group<BlockThreads>;
  static constexpr std::size_t block = type::size;
};

template <class Group, class Work>
__global__ void __launch_bounds__(Group::block) run_class(Work work) {
  constexpr std::size_t size = Group::type::size;
  std::size_t const thread = static_cast<std::size_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  work(thread / size, static_cast<std::size_t>(gridDim.x) * blockDim.x / size);
}

/// One block of items, added up by a block of threads: neighbours read neighbours.
template <class T, std::size_t N, class Kernel>
struct shared_block {
  using group = block_group<256>;

  Kernel kernel;
  std::size_t items;
  item_total<N>* totals;

  RANKWISE_FN void operator()(std::size_t block) const {
    std::size_t const begin = block * item_block;
    std::size_t const end = begin + item_block < items ? begin + item_block : items;
    item_total<N> total;
    for (std::size_t i = begin + group::lane(); i < end; i += group::size) {
      item_sums<T, N> const x = kernel(pack<T>{i});
      if (math::is_finite(x.value[0])) {
        for (std::size_t k = 0; k < N; ++k) {
          total.value[k] += static_cast<double>(x.value[k]);
        }
      } else {
        total.first_flagged = i < total.first_flagged ? i : total.first_flagged;
        ++total.flagged;
      }
    }
    total = thrust_merge<item_total<N>>::template of_group<group>(total);
    if (group::lane() == 0) {
      totals[block] = total;
    }
  }
};

template <class Work>
__global__ void __launch_bounds__(Work::group::size) run_blocks(Work work) {
  work(blockIdx.x);
}

/// Whether the threads of a group may share what one thread does of F.
template <class F>
inline constexpr bool done_in_groups = requires(F const& f) {
  f.template in_group<tile_group<32>>(std::size_t{0});
};

/// f(0), ..., f(n - 1), by a thread each, or by a warp. Thrust's own loop may wait for the stream; this one is for a
/// pass that has more to do in it.
template <class F>
struct each_of {
  using warp = tile_group<32>;
  static constexpr std::size_t together = done_in_groups<F> ? warp::size : 1;
  static constexpr std::size_t threads = 128;

  F f;
  std::size_t n;

  std::size_t blocks() const { return (n * together + threads - 1) / threads; }

  RANKWISE_FN void operator()(std::size_t thread) const {
    if (std::size_t const k = thread / together; k < n) {
      if constexpr (done_in_groups<F>) {
        f.template in_group<warp>(k);
      } else {
        f(k);
      }
    }
  }
};
template <class Work>
__global__ void __launch_bounds__(Work::threads) run_each(Work work) {
  work(static_cast<std::size_t>(blockIdx.x) * blockDim.x + threadIdx.x);
}

/// Starts a kernel in the policy's stream. A launch of no blocks is none.
template <class Policy, class Work>
void thrust_launch(Policy policy, void (*kernel)(Work), std::size_t blocks, std::size_t threads, Work work) {
  if (blocks == 0) {
    return;
  }
  void* arguments[] = {&work};
  ::thrust::cuda_cub::throw_on_error(cudaLaunchKernel(kernel, dim3(static_cast<unsigned>(blocks)),
                                                      dim3(static_cast<unsigned>(threads)), arguments, 0,
                                                      ::thrust::cuda_cub::stream(policy)),
                                     "rankwise: kernel");
}

/// How the lists of a pass are shared by groups of threads, and where their scratch columns lie: the same for all
/// passes with as many columns.
template <class T, class Columns, std::size_t BlockThreads>
struct thrust_groups {
  static constexpr std::size_t most_scratch = std::size_t{1} << 30; ///< bytes, unless one block needs more
  template <std::size_t Class>
  using group_of = class_group<Class, BlockThreads>;
  template <std::size_t Class>
  using vector = shared_value<T, typename group_of<Class>::type>;

  list_classes classes;
  std::size_t groups[list_classes::count] = {};

  explicit thrust_groups(list_classes const& by_length) : classes(by_length) {
    int device = 0;
    int processors = 0;
    ::thrust::cuda_cub::throw_on_error(cudaGetDevice(&device), "rankwise: device");
    ::thrust::cuda_cub::throw_on_error(cudaDeviceGetAttribute(&processors, cudaDevAttrMultiProcessorCount, device),
                                       "rankwise: device");
    each([&](auto c) {
      using group = group_of<c>;
      constexpr std::size_t in_block = group::block / group::type::size;
      // As many as a processor may hold at once, if registers allow.
      std::size_t const most = static_cast<std::size_t>(processors) * (2048 / group::block) * in_block;
      std::size_t const wanted = round_up(classes.size_of(c), in_block);
      groups[c] = wanted < most ? wanted : most;
      // Scratch for so many may be too much.
      std::size_t const numbers =
          stride<c>() * (Columns::values * sizeof(T) + Columns::indices * sizeof(std::uint32_t));
      std::size_t const blocks = numbers == 0 ? groups[c] / in_block : most_scratch / numbers / in_block;
      std::size_t const affordable = (blocks == 0 ? 1 : blocks) * in_block;
      groups[c] = affordable < groups[c] ? affordable : groups[c];
    });
  }

  template <class F>
  static void each(F f) {
    f(std::integral_constant<std::size_t, 0>{});
    f(std::integral_constant<std::size_t, 1>{});
    f(std::integral_constant<std::size_t, 2>{});
  }
  template <std::size_t Class>
  std::size_t stride() const {
    return group_stride<vector<Class>>(classes.longest[Class]);
  }
  template <std::size_t Class>
  std::size_t values_bytes() const {
    return round_up(groups[Class] * Columns::values * stride<Class>() * sizeof(T), workspace::alignment);
  }
  /// Classes run one after the other and share their scratch.
  std::size_t scratch_bytes() const {
    std::size_t most = 0;
    each([&](auto c) {
      std::size_t const bytes = values_bytes<c>() + groups[c] * Columns::indices * stride<c>() * sizeof(std::uint32_t);
      most = most < bytes ? bytes : most;
    });
    return most;
  }

  template <class Policy, class Pass>
  void run(Policy policy, Pass const& pass, std::byte* scratch, std::uint32_t const* order,
           list_outcome* outcomes) const {
    each([&](auto c) {
      using group = group_of<c>;
      using work = group_work<decltype(pass.template with<vector<c>>())>;
      work const w{
          pass.template with<vector<c>>(),
          {reinterpret_cast<T*>(scratch), reinterpret_cast<std::uint32_t*>(scratch + values_bytes<c>()), stride<c>()},
          order,
          classes.first[c],
          classes.size_of(c),
          outcomes};
      thrust_launch(policy, run_class<group, work>, groups[c] * group::type::size / group::block, group::block, w);
    });
  }
};

template <class Pass>
using thrust_groups_of = thrust_groups<typename Pass::scalar, typename Pass::scratch, block_threads<Pass>()>;

#endif

} // namespace detail

namespace exec {

/// `thrust{}` is `thrust{::thrust::device}`. With CUDA, give `::thrust::cuda::par.on(stream)` to work in a stream, or
/// `par_nosync.on(stream)`, which spares the waiting where nothing has to be known on the host. Lists and blocks of
/// items are added up in the fixed order, so repeated runs give the same bits.
template <class Policy = detail::thrust_device_policy, memory Where = memory::device, class Isa = detail::thrust_isa>
struct thrust {
  static_assert(Where == memory::device || !detail::on_cuda<Policy>,
                "[rankwise] a CUDA policy works on device memory: copy to a thrust::device_vector");

  Policy policy{};
  double* result = nullptr; ///< see `leaving`

  static constexpr memory where = Where;
  template <class T>
  using vector = T;

  /// The same executor, whose calls wait for nothing: instead of returning a number, which then is 0, they leave two in
  /// memory of the executor's kind, in the order of its stream. A loss is the first, a metric the first divided by the
  /// second. Lists that are not finite are left out, and reported nowhere. `.per_list` and `.parameters` wait.
  constexpr thrust leaving(double* two_numbers) const { return {policy, two_numbers}; }

  /// Until everything is done that was handed to the policy's stream.
  void wait() const { detail::thrust_wait(policy); }

  template <class T, class Kernel>
  void for_each_item(std::size_t n, Kernel const& kernel) const {
    if constexpr (detail::few_items<Kernel> != 0) {
      using few = detail::thrust_few<T, Isa, Kernel>;
      for_each(few::threads(n), few(kernel, n));
    } else {
      for_each(n, detail::thrust_item<T, Isa, Kernel>{kernel});
    }
  }

  /// `wanted`: the sums are the caller's too where they are left.
  template <class T, std::size_t N, class Kernel>
  item_total<N> sum_items(std::size_t n, Kernel const& kernel, workspace* memory, on_error errors,
                          bool wanted = false) const {
    using total_type = item_total<N>;
    std::size_t blocks = detail::item_blocks(n);
    std::size_t const bytes = detail::thrust_merge<total_type>::room(blocks) * sizeof(total_type);
    std::byte* const host = memory->host(bytes);
    if (host == nullptr && bytes != 0) {
      detail::deliver({errc::workspace_too_small, "workspace", status::nowhere, bytes, memory->size()}, errors);
      return total_type::failed();
    }
    auto own = policy;
    detail::thrust_memory<Policy> const there(own, memory, Where == rankwise::memory::device ? bytes : 0);
    auto* const every = reinterpret_cast<total_type*>(Where == rankwise::memory::device ? there.get() : host);
#if defined(__CUDACC__) && THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA
    if constexpr (detail::on_cuda<Policy>) {
      using work = detail::shared_block<T, N, Kernel>;
      detail::thrust_launch(policy, detail::run_blocks<work>, blocks, work::group::size, work{kernel, n, every});
    } else
#endif
    {
      for_each(blocks, detail::thrust_block<T, Isa, N, Kernel>{kernel, n, every});
    }
    total_type* const totals = merge(every, blocks);
    total_type total;
    if (result != nullptr) {
      go_on(1, detail::thrust_result<total_type>{totals, blocks, result});
      if (!wanted) {
        return total;
      }
    }
    if constexpr (Where == rankwise::memory::device) {
      detail::thrust_copy(policy, host, totals, blocks * sizeof(total_type));
      detail::thrust_wait(policy);
    }
    for (std::size_t b = 0; b < blocks; ++b) {
      total.merge(reinterpret_cast<total_type const*>(host)[b]);
    }
    return total;
  }

  /// Calls f with `bytes` of memory that the kernels of one call reach. An f that calls this executor with the same
  /// workspace takes block 1, as those calls take block 0.
  template <class F>
  void with_memory(std::size_t bytes, workspace* memory, F const& f, std::size_t block = 0) const {
    if constexpr (Where == rankwise::memory::device) {
      auto own = policy;
      detail::thrust_memory<Policy> const there(own, memory, bytes, block);
      f(there.get());
    } else {
      f(memory->host(bytes));
    }
  }
  /// Copies numbers to such memory, or from it; then the host waits until they are there.
  template <class T>
  void send(T const* from, std::size_t count, T* to) const {
    detail::thrust_copy(policy, to, from, count * sizeof(T));
  }
  template <class T>
  void fetch(T const* from, std::size_t count, T* to) const {
    detail::thrust_copy(policy, to, from, count * sizeof(T));
    detail::thrust_wait(policy);
  }

  /// Sorts keys in such memory, ascending, and what belongs to them; equal ones keep their order.
  template <class Key, class Value>
  void sort_pairs(Key* keys, std::size_t count, Value* values) const {
    if (count != 0) {
      ::thrust::stable_sort_by_key(policy, keys, keys + count, values);
    }
  }
  /// To every number those before it are added: whole ones, for which the order of adding is all the same.
  template <class Number>
  void add_up(Number* numbers, std::size_t count) const {
    static_assert(std::is_integral_v<Number>, "[rankwise] sums of floats depend on the order of adding");
    if (count != 0) {
      ::thrust::inclusive_scan(policy, numbers, numbers + count, numbers);
    }
  }

  /// Offsets that were not prepared stay where they are: a pass copies them together with what else it needs.
  template <class Offset>
  static lists<Offset> place(lists<Offset> const& groups, workspace* /*memory*/) {
    return groups;
  }
  template <class Offset>
  static detail::thrust_lists<Offset> place(lists<Offset> const& groups,
                                            detail::thrust_placement<Offset> const& placed) {
    return {groups, &placed};
  }

  /// Of host memory. Device memory is sized by the first call and kept.
  template <class Pass, class Groups>
  static std::size_t workspace_bytes(Groups const& groups) {
    using plan_type = detail::thrust_plan<Pass, Groups>;
    return host_bytes(plan_type(groups, Where == memory::host ? plan_type::scratch_by_items(groups.items()) : 0));
  }

  template <class Groups, class Pass>
  pass_total for_each_list(Groups const& groups, Pass pass, workspace* memory, on_error errors) const {
#if defined(__CUDACC__) && THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA
    if constexpr (detail::on_cuda<Policy> && passes_in_groups<Pass>) {
      storage<std::uint32_t> order;
      list_classes_of<Groups> const known(groups, order);
      detail::thrust_groups_of<Pass> const shared(known.classes);
      return run_lists(groups, pass, shared.scratch_bytes(), order.empty() ? nullptr : order.data(), memory, errors,
                       [&](Pass const& there, std::byte* scratch, std::uint32_t const* order_there,
                           list_outcome* outcomes) { shared.run(policy, there, scratch, order_there, outcomes); });
    } else
#endif
    {
      std::size_t const items = groups.items();
      using plan_type = detail::thrust_plan<Pass, Groups>;
      return run_lists(groups, pass, plan_type::scratch_by_items(items), nullptr, memory, errors,
                       [&](Pass const& there, std::byte* scratch, std::uint32_t const*, list_outcome* outcomes) {
                         for_each(groups.size(),
                                  detail::thrust_list<Pass, Isa>{
                                      there,
                                      {reinterpret_cast<typename Pass::scalar*>(scratch),
                                       reinterpret_cast<std::uint32_t*>(scratch + plan_type::indices_at(items)), items},
                                      outcomes});
                       });
    }
  }

private:
  /// The classes of lists: prepared, or found now, with their order on the host.
  template <class Groups>
  struct list_classes_of {
    detail::list_classes classes;

    list_classes_of(Groups const& groups, storage<std::uint32_t>& order) {
      if constexpr (requires { groups.placed; }) {
        classes = groups.placed->classes;
      } else if (groups.offsets() == nullptr) {
        classes = detail::list_classes::uniform(groups.size(), groups.longest());
      } else {
        order.resize(groups.size());
        classes = detail::classify(groups, order.data());
      }
    }
  };

  /// What all ways of running lists have in common: memory, offsets, the sum and what is copied back.
  template <class Groups, class Pass, class Launch>
  pass_total run_lists(Groups const& groups, Pass pass, std::size_t scratch_bytes, std::uint32_t const* order,
                       workspace* memory, on_error errors, Launch launch) const {
    using offset = typename Groups::offset_type;
    detail::thrust_plan<Pass, Groups> const plan(groups, scratch_bytes);
    std::byte* const host = memory->host(host_bytes(plan));
    if (host == nullptr && host_bytes(plan) != 0) {
      detail::deliver({errc::workspace_too_small, "workspace", status::nowhere, host_bytes(plan), memory->size()},
                      errors);
      return pass_total::failed();
    }
    auto own = policy;
    detail::thrust_memory<Policy> const there(own, memory, Where == rankwise::memory::device ? plan.bytes() : 0);
    std::byte* const device = Where == rankwise::memory::device
                                  ? there.get()
                                  : host + detail::thrust_plan<Pass, Groups>::padded(plan.totals_bytes());
    if constexpr (requires { groups.placed; }) {
      pass.groups = groups.over(::thrust::raw_pointer_cast(groups.placed->offsets.data()));
      order = groups.offsets() == nullptr ? nullptr : ::thrust::raw_pointer_cast(groups.placed->order.data());
    } else if (groups.offsets() != nullptr) {
      detail::thrust_copy(policy, device + plan.offsets_at(), groups.offsets(), plan.offsets_bytes());
      pass.groups = groups.over(reinterpret_cast<offset const*>(device + plan.offsets_at()));
      if (order != nullptr) {
        detail::thrust_copy(policy, device + plan.order_at(), order, plan.lists * sizeof(std::uint32_t));
        order = reinterpret_cast<std::uint32_t const*>(device + plan.order_at());
      }
    }
    double* per_list = nullptr;
    if constexpr (requires { pass.per_list; }) {
      per_list = pass.per_list;
      if (per_list != nullptr) {
        pass.per_list = reinterpret_cast<double*>(device + plan.per_list_at());
      }
    }
    auto* const outcomes = reinterpret_cast<list_outcome*>(device + plan.outcomes_at());
    auto* const every = reinterpret_cast<pass_total*>(device + plan.totals_at());
    launch(pass, device, order, outcomes);
    std::size_t chunks = pass_total::chunks(plan.lists);
    go_on(chunks, detail::thrust_sums<pass_total, detail::outcome_parts>{{outcomes}, plan.lists, every});
    pass_total* const totals = merge(every, chunks);
    pass_total total;
    if (result != nullptr) {
      go_on(1, detail::thrust_result<pass_total>{totals, chunks, result});
    } else {
      detail::thrust_copy(policy, host, totals, chunks * sizeof(pass_total));
    }
    if (per_list != nullptr) {
      detail::thrust_copy(policy, per_list, device + plan.per_list_at(), plan.lists * sizeof(double));
    }
    if (result == nullptr || per_list != nullptr) {
      detail::thrust_wait(policy);
    }
    for (std::size_t c = 0; result == nullptr && c < chunks; ++c) {
      total.merge(reinterpret_cast<pass_total const*>(host)[c]);
    }
    return total;
  }

  template <class Plan>
  static std::size_t host_bytes(Plan const& plan) {
    return Plan::padded(plan.totals_bytes()) + (Where == memory::host ? plan.bytes() : 0);
  }

  /// On a CUDA device: few sums of many; `parts` has room for them behind its `count`. On a host they stay as they are,
  /// and are added up as other executors do it.
  template <class Total>
  Total* merge(Total* parts, std::size_t& count) const {
    if constexpr (detail::on_cuda<Policy>) {
      using merging = detail::thrust_merge<Total>;
      while (count > merging::together) {
        go_on(merging::sums(count), merging{{parts}, count, parts + count});
        parts += count;
        count = merging::sums(count);
      }
    }
    return parts;
  }

  /// In the middle of a pass, which waits at its end.
  template <class F>
  void go_on(std::size_t n, F const& f) const {
#if defined(__CUDACC__) && THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA
    if constexpr (detail::on_cuda<Policy>) {
      detail::each_of<F> const work{f, n};
      detail::thrust_launch(policy, detail::run_each<detail::each_of<F>>, work.blocks(), work.threads, work);
      return;
    }
#endif
    for_each(n, f);
  }
  template <class F>
  void for_each(std::size_t n, F const& f) const {
    ::thrust::for_each_n(policy, ::thrust::counting_iterator<std::size_t>(0), n, f);
  }
};

template <class Policy>
thrust(Policy) -> thrust<Policy>;

/// The same for columns in ordinary memory: `thrust_on_host(::thrust::omp::par)`.
template <class Policy>
constexpr thrust<Policy, memory::host> thrust_on_host(Policy policy) {
  return {policy, nullptr};
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
