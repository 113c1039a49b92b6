#ifndef RANKWISE_SPARSE_FEATURES_HPP
#define RANKWISE_SPARSE_FEATURES_HPP

#include <rankwise/sparse/bucketise.hpp>
#include <rankwise/sparse/id.hpp>
#include <rankwise/sparse/segment.hpp>

#include <cstddef>
#include <type_traits>

/// Many sparse features in one pass: ids mapped, numbers put into buckets, segments reduced. All are checked before the
/// first is written, and threads share out all of them together.
namespace rankwise::inline RANKWISE_ABI::sparse {

namespace detail {

template <class Policy, class In, class Out>
struct map_task {
  static constexpr bool several = requires { Policy::columns; }; // outputs per id

  Policy policy;
  In in;
  Out out;

  std::size_t size() const { return in.size(); }

  template <class Executor>
  bool check(Executor, on_error const& errors) const {
    static_assert(!std::is_same_v<In, strings> || Executor::where == memory::host,
                  "[rankwise] strings are hashed in host memory");
    if constexpr (requires { In::where; }) {
      static_assert(In::where == Executor::where && Out::where == Executor::where,
                    "[rankwise] the columns are in another memory than the executor's");
    }
    if constexpr (requires { policy.check(); }) {
      if (!rankwise::detail::passed(policy.check(), errors)) {
        return false;
      }
    }
    if constexpr (several) {
      bool const fits = out.rows == size() && out.columns == Policy::columns;
      if (!rankwise::detail::passed(fits ? status{}
                                         : status{errc::wrong_shape, "the output", status::nowhere,
                                                  size() * Policy::columns, out.rows * out.columns},
                                    errors)) {
        return false;
      }
    } else if (!rankwise::detail::check_output(out, "the output", size(), errors)) {
      return false;
    }
    if constexpr (std::is_same_v<In, strings>) {
      return true;
    } else if constexpr (several) {
      return rankwise::detail::check_apart(out, in, "the output", errors);
    } else {
      return rankwise::detail::apart_or_same(out, in, errors);
    }
  }

  template <class Executor>
  RANKWISE_FLATTEN void block(std::size_t begin, std::size_t count) const {
    for (std::size_t i = begin; i < begin + count; ++i) {
      item(i);
    }
  }

  RANKWISE_FN void item(std::size_t i) const {
    using U = typename Out::value_type;
    if constexpr (several) {
      std::uint64_t const id = static_cast<std::uint64_t>(in[i]);
      for (std::size_t k = 0; k < Policy::columns; ++k) {
        out(i, k) = static_cast<U>(policy(id, k));
      }
    } else if constexpr (std::is_convertible_v<decltype(in[i]), std::uint64_t>) {
      out[i] = static_cast<U>(policy(static_cast<std::uint64_t>(in[i])));
    } else {
      out[i] = static_cast<U>(policy(in[i]));
    }
  }

  struct kernel {
    map_task task;

    template <class Index>
    RANKWISE_FN void operator()(Index i) const {
      task.item(i.first);
    }
  };
  template <class Executor>
  void run(Executor executor) const {
    executor.template for_each_item<float>(size(), kernel{*this});
  }
};

template <class T, class In, class Out>
struct bucket_task {
  boundaries<T> const& edges;
  In in;
  Out out;

  std::size_t size() const { return in.size(); }

  template <class Executor>
  bool check(Executor, on_error const& errors) const {
    static_assert(In::where == Executor::where && Out::where == Executor::where,
                  "[rankwise] the columns are in another memory than the executor's");
    return check_boundaries(edges, out, errors) && rankwise::detail::check_output(out, "the output", size(), errors) &&
           rankwise::detail::check_apart(out, in, "the output", errors);
  }

  template <class Executor>
  RANKWISE_FLATTEN void block(std::size_t begin, std::size_t count) const {
    bucketise_kernel<In, T, Out> const kernel{in, edges.view(), out};
    for_each_pack<typename Executor::template vector<T>>(count, [&](auto i) {
      i.first += begin;
      kernel(i);
    });
  }

  template <class Executor>
  void run(Executor executor) const {
    with_boundaries(executor, edges, [&](boundary_view<T> there) {
      executor.template for_each_item<T>(size(), bucketise_kernel<In, T, Out>{in, there, out});
    });
  }
};

// The part of the pass's items begin .. begin+count-1 that is the task's; moves on by the task's size.
template <class Executor, class Task>
void run_part(Task const& task, std::size_t begin, std::size_t end, std::size_t& base) {
  std::size_t const from = begin > base ? begin - base : 0;
  std::size_t const to = end > base ? (end - base < task.size() ? end - base : task.size()) : 0;
  if (from < to) {
    task.template block<Executor>(from, to - from);
  }
  base += task.size();
}

} // namespace detail

/// ids[i] = policy(in[i]); `in` is a column of integers or `strings`. multi_hash writes a matrix of four columns. In
/// place is fine where the types are the same; the output must not overlap the ids otherwise.
template <class Policy, class In, class Out>
constexpr auto map_ids(Policy const& policy, In const& in, Out&& out) {
  auto const from = [&] {
    if constexpr (std::is_same_v<In, strings>) {
      return in;
    } else {
      auto const c = as_column(in);
      static_assert(std::is_integral_v<typename decltype(c)::value_type>, "[rankwise] ids are integers");
      return c;
    }
  }();
  auto const to = [&] {
    if constexpr (requires { Policy::columns; }) {
      return as_matrix(out);
    } else {
      static_assert(rankwise::detail::explain_output<Out>());
      return as_column(out);
    }
  }();
  static_assert(std::is_integral_v<typename decltype(to)::value_type>, "[rankwise] ids are integers");
  return detail::map_task<Policy, std::remove_const_t<decltype(from)>, std::remove_const_t<decltype(to)>>{policy, from,
                                                                                                          to};
}

/// ids[i] = the bucket of values[i]; refers to the boundaries.
template <class T, class In, class Out>
constexpr auto map_buckets(boundaries<T> const& edges, In const& in, Out&& out) {
  static_assert(rankwise::detail::explain_output<Out>());
  auto const from = as_column(in);
  auto const to = as_column(out);
  return detail::bucket_task<T, std::remove_const_t<decltype(from)>, std::remove_const_t<decltype(to)>>{edges, from,
                                                                                                        to};
}

/// Runs tasks made by `map_ids`, `map_buckets` and `pool`: `run_features(executor, errors, a, b, c...)`. A task must
/// not read what another one of the same pass writes. False if a check failed: then nothing was written. On a device
/// every task is a kernel of its own.
template <executor Executor, class... Tasks>
bool run_features(Executor executor, on_error errors, Tasks const&... tasks) {
  if (!(tasks.check(executor, errors) && ...)) {
    return false;
  }
  if constexpr (item_by_item<Executor>) {
    (tasks.run(executor), ...);
  } else {
    executor.for_each_block((std::size_t{0} + ... + tasks.size()), 1024, [&](std::size_t begin, std::size_t count) {
      std::size_t base = 0;
      (detail::run_part<Executor>(tasks, begin, begin + count, base), ...);
    });
  }
  return true;
}
template <class First, class... Rest, class Isa = arch::native>
  requires(!executor<First> && !std::is_same_v<First, on_error>)
bool run_features(First const& first, Rest const&... rest) {
  return run_features(exec::basic_simd<Isa>{}, on_error{}, first, rest...);
}

} // namespace rankwise::inline RANKWISE_ABI::sparse

#endif
