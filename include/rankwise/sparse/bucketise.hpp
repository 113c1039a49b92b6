#ifndef RANKWISE_SPARSE_BUCKETISE_HPP
#define RANKWISE_SPARSE_BUCKETISE_HPP

#include <rankwise/core/storage.hpp>
#include <rankwise/exec/run.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace rankwise::inline RANKWISE_ABI::sparse {

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
    sorted_.resize(count_ < padding ? padding : count_);
    for (std::size_t k = 0; k < sorted_.size(); ++k) {
      sorted_[k] = k < count_ ? static_cast<T>(b[k]) : math::ops<T>::infinity;
    }
    ready_ = true;
  }

  RANKWISE_HOST_FN bool ready() const { return ready_; }
  RANKWISE_HOST_FN std::size_t size() const { return count_; }
  RANKWISE_HOST_FN T operator[](std::size_t k) const { return sorted_[k]; }

  /// Buckets of a register of numbers.
  template <class V>
  RANKWISE_ALWAYS_INLINE V operator()(V x) const {
    return count_ <= linear_limit || math::lanes<V> == 1 ? by_counting(x) : by_search(x);
  }

private:
  static constexpr std::size_t padding = 4;
  static constexpr std::size_t linear_limit = 64; // up to here comparing with all is cheaper than gathering

  template <class V>
  RANKWISE_ALWAYS_INLINE V by_counting(V x) const {
    if constexpr (math::lanes<V> == 1) {
      std::size_t low = 0; // a number at a time: halving
      for (std::size_t n = count_; n > 0;) {
        std::size_t const half = n / 2;
        bool const right = !(x < sorted_[low + half]);
        low = right ? low + half + 1 : low;
        n = right ? n - half - 1 : half;
      }
      return V(static_cast<T>(low));
    } else {
      V const one(1);
      V below[padding] = {V(0), V(0), V(0), V(0)}; // chains: a sum waits for none of the others
      std::size_t k = 0;
      for (; k + padding <= count_; k += padding) {
        for (std::size_t c = 0; c < padding; ++c) {
          below[c] = math::select(x < V(sorted_[k + c]), below[c] + one, below[c]);
        }
      }
      for (; k < count_; ++k) {
        below[0] = math::select(x < V(sorted_[k]), below[0] + one, below[0]);
      }
      return V(static_cast<T>(count_)) - ((below[0] + below[1]) + (below[2] + below[3]));
    }
  }

  // All lanes halve the same ranges: `low` counts boundaries that are certainly not above x.
  template <class V>
  RANKWISE_ALWAYS_INLINE V by_search(V x) const {
    V low(0);
    for (std::size_t n = count_; n > 1;) {
      std::size_t const half = n / 2;
      V const middle = math::gather(sorted_.data(), low + V(static_cast<T>(half - 1)));
      low = math::select(x < middle, low, low + V(static_cast<T>(half)));
      n -= half;
    }
    return math::select(x < math::gather(sorted_.data(), low), low, low + V(1));
  }

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
  boundaries<T> const& edges;
  To to;

  template <class Index>
  RANKWISE_ALWAYS_INLINE void operator()(Index i) const {
    store(to, i, edges(load(from, i)));
  }
};

template <class Executor, class Values, class T, class Out>
void bucketise(Executor executor, Values const& values, boundaries<T> const& edges, Out& out, on_error const& errors) {
  static_assert(Executor::where == memory::host, "[rankwise] bucketise runs in host memory");
  static_assert(rankwise::detail::explain_output<Out>());
  auto const from = as_column(values);
  auto const to = as_column(out);
  // Buckets are counted in T, exactly up to its mantissa.
  constexpr std::size_t most = std::size_t{1} << (std::is_same_v<T, float> ? 24 : 53);
  if (!rankwise::detail::passed(edges.ready() ? status{} : status{errc::not_prepared, "boundaries"}, errors) ||
      !rankwise::detail::passed(
          edges.size() < most ? status{} : status{errc::list_too_long, "boundaries", 0, most, edges.size()}, errors) ||
      !rankwise::detail::check_output(to, "the output", from.size(), errors) ||
      !rankwise::detail::check_apart(to, from, "the output", errors)) {
    return;
  }
  executor.template for_each_item<T>(
      from.size(),
      bucketise_kernel<std::remove_const_t<decltype(from)>, T, std::remove_const_t<decltype(to)>>{from, edges, to});
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
  bucketise(exec::basic_simd<Isa>{}, values, edges, out, errors);
}

} // namespace rankwise::inline RANKWISE_ABI::sparse

#endif
