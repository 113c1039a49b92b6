#ifndef RANKWISE_SPARSE_BUCKETISE_HPP
#define RANKWISE_SPARSE_BUCKETISE_HPP

#include <rankwise/core/storage.hpp>
#include <rankwise/exec/run.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace rankwise::inline RANKWISE_ABI::sparse {

namespace detail {

inline constexpr std::size_t boundary_chains = 4;

/// Ascending boundaries, wherever a kernel reads them.
template <class T>
struct boundary_view {
  T const* sorted;
  std::size_t count;

  /// Buckets of a register of numbers.
  template <class V>
  RANKWISE_FN V operator()(V x) const {
    constexpr std::size_t linear_limit = 64; // up to here comparing with all is cheaper than gathering
    if constexpr (math::lanes<V> == 1) {
      return one_by_halving(x);
    } else {
      return count <= linear_limit ? by_counting(x) : by_search(x);
    }
  }

private:
  template <class V>
  RANKWISE_FN V one_by_halving(V x) const {
    std::size_t low = 0;
    for (std::size_t n = count; n > 0;) {
      std::size_t const half = n / 2;
      bool const right = !(x < sorted[low + half]);
      low = right ? low + half + 1 : low;
      n = right ? n - half - 1 : half;
    }
    return V(static_cast<T>(low));
  }

  template <class V>
  RANKWISE_ALWAYS_INLINE V by_counting(V x) const {
    V const one(1);
    V below[boundary_chains] = {V(0), V(0), V(0), V(0)}; // chains: a sum waits for none of the others
    std::size_t k = 0;
    for (; k + boundary_chains <= count; k += boundary_chains) {
      for (std::size_t c = 0; c < boundary_chains; ++c) {
        below[c] = math::select(x < V(sorted[k + c]), below[c] + one, below[c]);
      }
    }
    for (; k < count; ++k) {
      below[0] = math::select(x < V(sorted[k]), below[0] + one, below[0]);
    }
    return V(static_cast<T>(count)) - ((below[0] + below[1]) + (below[2] + below[3]));
  }

  // All lanes halve the same ranges: `low` counts boundaries that are certainly not above x.
  template <class V>
  RANKWISE_ALWAYS_INLINE V by_search(V x) const {
    V low(0);
    for (std::size_t n = count; n > 1;) {
      std::size_t const half = n / 2;
      V const middle = math::gather(sorted, low + V(static_cast<T>(half - 1)));
      low = math::select(x < middle, low, low + V(static_cast<T>(half)));
      n -= half;
    }
    return math::select(x < math::gather(sorted, low), low, low + V(1));
  }
};

} // namespace detail

/// The bucket of a number: how many of the ascending boundaries b have !(x < b). A number equal to a boundary goes to
/// the right of it, NaN into the last bucket (RecIS, arXiv 2509.20883). With n boundaries there are n + 1 buckets.
///
/// The boundaries are copied, in the type T that numbers are compared in: float, or double.
template <class T>
class boundaries {
public:
  static_assert(std::is_same_v<T, float> || std::is_same_v<T, double>,
                "[rankwise] boundaries<T>: numbers are compared in float or double");
  using scalar = T;

  /// Ascending and without NaN; equal boundaries leave an empty bucket between them.
  template <class C>
  RANKWISE_ALWAYS_INLINE explicit boundaries(C const& ascending, on_error errors = {}) {
    auto const b = as_column(ascending);
    static_assert(decltype(b)::where == memory::host, "[rankwise] boundaries are read in host memory");
    for (std::size_t k = 0; k < b.size(); ++k) {
      T const x = static_cast<T>(b[k]);
      bool const ascends = !math::is_nan(x) && (k == 0 || static_cast<T>(b[k - 1]) <= x);
      if (!rankwise::detail::passed(ascends ? status{} : status{errc::not_ascending, "boundaries", k}, errors)) {
        return;
      }
    }
    count_ = b.size();
    sorted_.resize(count_ < detail::boundary_chains ? detail::boundary_chains : count_);
    for (std::size_t k = 0; k < sorted_.size(); ++k) {
      sorted_[k] = k < count_ ? static_cast<T>(b[k]) : math::ops<T>::infinity;
    }
    ready_ = true;
  }

  RANKWISE_HOST_FN bool ready() const { return ready_; }
  RANKWISE_HOST_FN std::size_t size() const { return count_; }
  RANKWISE_HOST_FN T operator[](std::size_t k) const { return sorted_[k]; }

  detail::boundary_view<T> view() const { return {sorted_.data(), count_}; }

  /// Buckets of a register of numbers.
  template <class V>
  RANKWISE_ALWAYS_INLINE V operator()(V x) const {
    return view()(x);
  }

private:
  rankwise::storage<T> sorted_;
  std::size_t count_ = 0;
  bool ready_ = false;
};

/// The type in which numbers of type U are compared: exact for integers below 2^53.
template <class U>
using boundary_type =
    std::conditional_t<std::is_same_v<U, double> || (std::is_integral_v<U> && sizeof(U) > 2), double, float>;

namespace detail {

template <class From, class T, class To>
struct bucketise_kernel {
  From from;
  boundary_view<T> edges;
  To to;

  template <class Index>
  RANKWISE_FN void operator()(Index i) const {
    store(to, i, edges(load(from, i)));
  }
};

/// Calls f with the boundaries where the executor's kernels read them.
template <class Executor, class T, class F>
void with_boundaries(Executor executor, boundaries<T> const& edges, F const& f) {
  if constexpr (item_by_item<Executor>) {
    workspace own;
    executor.with_memory(edges.size() * sizeof(T), &own, [&](std::byte* memory) {
      auto* const there = reinterpret_cast<T*>(memory);
      if (edges.size() != 0) {
        executor.send(edges.view().sorted, edges.size(), there);
      }
      f(boundary_view<T>{there, edges.size()});
    });
  } else {
    f(edges.view());
  }
}

/// The last bucket that an output of U has: to a float there are integers up to its mantissa, and not all beyond.
template <class U>
consteval std::uint64_t last_bucket() {
  if constexpr (std::is_integral_v<U>) {
    return static_cast<std::uint64_t>(std::numeric_limits<U>::max());
  } else {
    return std::uint64_t{1} << (half_format_of<U> == half_format::bfloat     ? 8
                                : half_format_of<U> == half_format::binary16 ? 11
                                : std::is_same_v<U, float>                   ? 24
                                                                             : 53);
  }
}

/// What every pass with these boundaries checks. Buckets are counted in T, exactly up to its mantissa, and the output
/// must have room for the last one.
template <class T, class To>
bool check_boundaries(boundaries<T> const& edges, To const&, on_error const& errors) {
  using number = typename To::value_type;
  constexpr std::size_t most = std::size_t{1} << (std::is_same_v<T, float> ? 24 : 53);
  std::size_t const count = edges.size();
  bool const fits = count <= last_bucket<number>();
  using rankwise::detail::passed;
  return passed(edges.ready() ? status{} : status{errc::not_prepared, "boundaries"}, errors) &&
         passed(count < most ? status{} : status{errc::list_too_long, "boundaries", 0, most, count}, errors) &&
         passed(fits ? status{}
                     : status{errc::out_of_range, "the last bucket, for the output's type,", status::nowhere, 0, count},
                errors);
}

template <class Executor, class Values, class T, class Out>
void bucketise(Executor executor, Values const& values, boundaries<T> const& edges, Out& out, on_error const& errors) {
  static_assert(rankwise::detail::explain_output<Out>());
  auto const from = as_column(values);
  auto const to = as_column(out);
  static_assert(decltype(from)::where == Executor::where && decltype(to)::where == Executor::where,
                "[rankwise] the columns are in another memory than the executor's");
  if (!check_boundaries(edges, to, errors) || !rankwise::detail::check_output(to, "the output", from.size(), errors) ||
      !rankwise::detail::check_apart(to, from, "the output", errors)) {
    return;
  }
  using kernel = bucketise_kernel<std::remove_const_t<decltype(from)>, T, std::remove_const_t<decltype(to)>>;
  with_boundaries(executor, edges, [&](boundary_view<T> there) {
    executor.template for_each_item<T>(from.size(), kernel{from, there, to});
  });
}

} // namespace detail

/// out[i] = the bucket of values[i]. Boundaries: `boundaries<float>` made once, or any column of ascending numbers.
template <executor Executor, class Values, class Edges, class Out>
void bucketise(Executor executor, Values const& values, Edges const& edges, Out&& out, on_error errors = {}) {
  using T = boundary_type<value_of<Values const>>;
  if constexpr (requires { typename Edges::scalar; }) {
    detail::bucketise(executor, values, edges, out, errors);
  } else {
    status first;
    boundaries<T> const sorted(edges, first);
    if (rankwise::detail::passed(first, errors)) {
      detail::bucketise(executor, values, sorted, out, errors);
    }
  }
}
template <class Values, class Edges, class Out, class Isa = arch::native>
  requires(!executor<Values>)
void bucketise(Values const& values, Edges const& edges, Out&& out, on_error errors = {}) {
  bucketise(executor_at<memory_of<Values const>, Isa>{}, values, edges, out, errors);
}

} // namespace rankwise::inline RANKWISE_ABI::sparse

#endif
