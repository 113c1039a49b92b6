#ifndef RANKWISE_BACKEND_PARALLEL_HPP
#define RANKWISE_BACKEND_PARALLEL_HPP

#include <rankwise/exec/serial.hpp>
#include <rankwise/exec/simd.hpp>

#include <tbb/parallel_for.h>
#include <tbb/partitioner.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <memory>

/// `exec::parallel{.threads = 4}`: exec::simd on threads of oneTBB, with the same bits for any number of them. Link
/// rankwise::parallel.
namespace rankwise::inline RANKWISE_ABI {

namespace detail {

/// Items of an element-wise pass that a thread takes at a time.
inline constexpr std::size_t parallel_block = 16384;

/// Chunks with more items than this are shared out list by list, so that long lists do not queue behind one another.
inline constexpr std::size_t heavy_chunk = 8192;

/// Calls body(context, worker) for workers 0 .. count-1. oneTBB sees one type of body, whatever a pass is made of: what
/// it instantiates takes longer to compile than most passes.
template <class Isa>
RANKWISE_NOINLINE void start_workers(std::size_t count, void (*body)(void const*, std::size_t), void const* context) {
  tbb::this_task_arena::isolate([&] {
    tbb::parallel_for(
        std::size_t{0}, count, std::size_t{1}, [&](std::size_t worker) { body(context, worker); },
        tbb::simple_partitioner());
  });
}

/// Runs body(worker) for workers 0 .. count-1. A worker takes work until there is none, so it does not matter how many
/// of them run at the same time. Isolated: a thread that waits here must not begin another call of the user's, which
/// might use the same workspace.
template <class Isa, class Body>
void run_workers(std::size_t count, Body const& body) {
  if (count <= 1) {
    body(std::size_t{0});
    return;
  }
  start_workers<Isa>(
      count, [](void const* context, std::size_t worker) { (*static_cast<Body const*>(context))(worker); }, &body);
}

/// Where the parts of a pass lie in the workspace: scratch of every worker, totals of chunks, the heavy chunks and the
/// outcomes of their lists.
template <class Size, class Groups>
struct parallel_plan {
  Size scratch;
  std::size_t chunks;
  std::size_t heavy = 0;
  std::size_t workers;

  parallel_plan(Groups const& groups, std::size_t threads)
      : scratch(groups.longest()), chunks(pass_total::chunks(groups.size())) {
    for (std::size_t c = 0; c < chunks; ++c) {
      heavy += is_heavy(groups, c) ? 1u : 0u;
    }
    workers = std::max<std::size_t>(1, std::min(threads, chunks - heavy + heavy * pass_total::chunk));
  }

  static std::size_t begin_of(std::size_t chunk) { return chunk * pass_total::chunk; }
  static std::size_t end_of(Groups const& groups, std::size_t chunk) {
    return std::min(begin_of(chunk + 1), groups.size());
  }
  static bool is_heavy(Groups const& groups, std::size_t chunk) {
    return groups.begin_of(end_of(groups, chunk)) - groups.begin_of(begin_of(chunk)) > heavy_chunk;
  }

  std::size_t totals_at() const { return workers * scratch.bytes(); }
  std::size_t outcomes_at() const { return totals_at() + round_up(chunks * sizeof(pass_total), workspace::alignment); }
  std::size_t numbers_at() const { return outcomes_at() + heavy * pass_total::chunk * sizeof(list_outcome); }
  std::size_t bytes() const { return round_up(numbers_at() + heavy * sizeof(std::size_t), workspace::alignment); }
};

/// A pass without its type: how its lists are shared out is compiled once for all passes.
template <class T>
struct lists_runner {
  void const* pass;
  list_outcome (*one)(void const* pass, std::size_t list, list_scratch<T> scratch);
  pass_total (*some)(void const* pass, std::size_t first, std::size_t last, list_scratch<T> scratch);
};

template <class Isa, class T, class Size, class Groups>
RANKWISE_NOINLINE pass_total share_lists(lists_runner<T> const& run, parallel_plan<Size, Groups> const& plan,
                                         Groups const& groups, workspace* memory, on_error errors) {
  using plan_type = parallel_plan<Size, Groups>;
  std::byte* const bytes = memory->host(plan.bytes());
  if (bytes == nullptr && plan.bytes() != 0) {
    deliver({errc::workspace_too_small, "workspace", status::nowhere, plan.bytes(), memory->size()}, errors);
    return pass_total::failed();
  }
  auto* const totals = reinterpret_cast<pass_total*>(bytes + plan.totals_at());
  auto* const outcomes = reinterpret_cast<list_outcome*>(bytes + plan.outcomes_at());
  auto* const heavy = reinterpret_cast<std::size_t*>(bytes + plan.numbers_at());
  std::uninitialized_default_construct_n(totals, plan.chunks);
  for (std::size_t c = 0, h = 0; h < plan.heavy; ++c) {
    if (plan_type::is_heavy(groups, c)) {
      heavy[h++] = c;
    }
  }
  // Lists of heavy chunks first, one at a time: what takes longest must not come last. Then whole chunks.
  std::size_t const single = plan.heavy * pass_total::chunk;
  std::atomic<std::size_t> next{0};
  run_workers<Isa>(plan.workers, [&](std::size_t worker) {
    auto const scratch = plan.scratch.at(bytes + worker * plan.scratch.bytes());
    for (std::size_t unit = next++; unit < single + plan.chunks; unit = next++) {
      if (unit < single) {
        std::size_t const list = plan_type::begin_of(heavy[unit / pass_total::chunk]) + unit % pass_total::chunk;
        if (list < groups.size()) {
          outcomes[unit] = run.one(run.pass, list, scratch);
        }
      } else if (std::size_t const c = unit - single; !plan_type::is_heavy(groups, c)) {
        totals[c] = run.some(run.pass, plan_type::begin_of(c), plan_type::end_of(groups, c), scratch);
      }
    }
  });
  for (std::size_t h = 0; h < plan.heavy; ++h) {
    std::size_t const begin = plan_type::begin_of(heavy[h]);
    for (std::size_t l = begin; l < plan_type::end_of(groups, heavy[h]); ++l) {
      totals[heavy[h]].add(outcomes[h * pass_total::chunk + l - begin], l);
    }
  }
  pass_total total;
  for (std::size_t c = 0; c < plan.chunks; ++c) {
    total.merge(totals[c]);
  }
  return total;
}

} // namespace detail

namespace exec {

/// `threads` at most, 0 for as many as the arena of the caller has: set tbb::global_control or call from a
/// tbb::task_arena to limit all calls at once.
template <class Arch>
struct basic_parallel {
  int threads = 0;

  static constexpr memory where = memory::host;
  template <class T>
  using vector = typename basic_simd<Arch>::template vector<T>;

  template <class T, class Kernel>
  void for_each_item(std::size_t n, Kernel const& kernel) const {
    std::size_t const blocks = (n + detail::parallel_block - 1) / detail::parallel_block;
    std::atomic<std::size_t> next{0};
    detail::run_workers<basic_parallel>(std::min(concurrency(), blocks), [&](std::size_t) {
      for (std::size_t b = next++; b < blocks; b = next++) {
        std::size_t const begin = b * detail::parallel_block;
        run_block<T>(begin, std::min(detail::parallel_block, n - begin), kernel);
      }
    });
  }

  template <class F>
  void for_each_block(std::size_t n, std::size_t block, F const& f) const {
    std::size_t const share = detail::round_up(detail::parallel_block, block);
    std::size_t const shares = (n + share - 1) / share;
    std::atomic<std::size_t> next{0};
    detail::run_workers<basic_parallel>(std::min(concurrency(), shares), [&](std::size_t) {
      for (std::size_t s = next++; s < shares; s = next++) {
        std::size_t const end = std::min((s + 1) * share, n);
        for (std::size_t begin = s * share; begin < end; begin += block) {
          f(begin, std::min(block, end - begin));
        }
      }
    });
  }

  template <class T, std::size_t N, class Kernel>
  item_total<N> sum_items(std::size_t n, Kernel const& kernel, workspace* memory, on_error errors) const {
    std::size_t const blocks = detail::item_blocks(n);
    std::size_t const needed = blocks * sizeof(item_total<N>);
    auto* const totals = reinterpret_cast<item_total<N>*>(memory->host(needed));
    if (totals == nullptr && needed != 0) {
      detail::deliver({errc::workspace_too_small, "workspace", status::nowhere, needed, memory->size()}, errors);
      return item_total<N>::failed();
    }
    std::atomic<std::size_t> next{0};
    detail::run_workers<basic_parallel>(std::min(concurrency(), blocks), [&](std::size_t) {
      for (std::size_t b = next++; b < blocks; b = next++) {
        std::size_t const begin = b * detail::item_block;
        totals[b] =
            detail::sum_block<basic_parallel, vector<T>, N>(begin, std::min(begin + detail::item_block, n), kernel);
      }
    });
    item_total<N> total;
    for (std::size_t b = 0; b < blocks; ++b) {
      total.merge(totals[b]);
    }
    return total;
  }

  template <class Offset>
  static lists<Offset> place(lists<Offset> const& groups, workspace* /*memory*/) {
    return groups;
  }

  template <class Pass, class Groups>
  std::size_t workspace_bytes(Groups const& groups) const {
    return detail::parallel_plan<detail::scratch_size_of<Pass>, Groups>(groups, concurrency()).bytes();
  }

  template <class Groups, class Pass>
  pass_total for_each_list(Groups const& groups, Pass const& pass, workspace* memory, on_error errors) const {
    detail::lists_runner<typename Pass::scalar> const run{&pass, &run_list<Pass>, &run_lists<Pass>};
    detail::parallel_plan<detail::scratch_size_of<Pass>, Groups> const plan(groups, concurrency());
    return detail::share_lists<basic_parallel>(run, plan, groups, memory, errors);
  }

private:
  std::size_t concurrency() const {
    return static_cast<std::size_t>(threads > 0 ? threads : std::max(1, tbb::this_task_arena::max_concurrency()));
  }

  template <class T, class Kernel>
  RANKWISE_FLATTEN static void run_block(std::size_t begin, std::size_t count, Kernel const& kernel) {
    for_each_pack<vector<T>>(count, [&](auto i) {
      i.first += begin;
      kernel(i);
    });
  }

  template <class Pass>
  RANKWISE_FLATTEN static list_outcome run_list(void const* pass, std::size_t list,
                                                list_scratch<typename Pass::scalar> scratch) {
    return (*static_cast<Pass const*>(pass))(list, scratch);
  }
  template <class Pass>
  static pass_total run_lists(void const* pass, std::size_t first, std::size_t last,
                              list_scratch<typename Pass::scalar> scratch) {
    return detail::run_lists<basic_parallel>(*static_cast<Pass const*>(pass), first, last, scratch);
  }
};

} // namespace exec

template <class Arch>
inline constexpr bool is_executor<exec::basic_parallel<Arch>> = true;

} // namespace rankwise::inline RANKWISE_ABI

#endif
