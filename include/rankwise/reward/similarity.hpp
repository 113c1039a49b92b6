#ifndef RANKWISE_REWARD_SIMILARITY_HPP
#define RANKWISE_REWARD_SIMILARITY_HPP

#include <rankwise/exec/run.hpp>

#include <cstddef>

/// Similarities of embeddings: every row of `queries` with every row of `documents`. The best of them come from
/// `top_k<10>(out, lists<>::uniform(queries, documents))`.
namespace rankwise::inline RANKWISE_ABI::reward {

/// q . d
struct dot {
  static constexpr bool normalised = false;
};

/// q . d / (|q| |d|), 0 where either is the zero vector.
struct cosine {
  static constexpr bool normalised = true;
};

namespace detail {

/// Documents of one block: their rows stay in the cache while the queries pass.
inline constexpr std::size_t similarity_block = 64;

template <class V, class A, class B>
RANKWISE_FN math::scalar_t<V> inner_product(A const* a, B const* b, std::size_t n) {
  return math::reduce_add(combine_packs<V>(
      n, V(0), [&](auto i) { return load(a, i) * load(b, i); }, plus{}));
}

/// 1 / |a|, or 0 where the squares do not tell: of the zero vector, of numbers whose squares overflow or lose their
/// digits, of NaN.
template <class T>
RANKWISE_FN T inverse_length(T squares) {
  constexpr T least = static_cast<T>(sizeof(T) == 4 ? 1e-30 : 1e-290);
  return squares >= least && squares <= math::ops<T>::largest ? T(1) / math::sqrt(squares) : T(0);
}

/// The cosine of such vectors: both are divided by their greatest numbers first.
template <class T, class A, class B>
RANKWISE_FN T scaled_cosine(A const* a, B const* b, std::size_t n) {
  T most_a(0);
  T most_b(0);
  for (std::size_t k = 0; k < n; ++k) {
    most_a = math::max(most_a, math::abs(load(a, pack<T>{k})));
    most_b = math::max(most_b, math::abs(load(b, pack<T>{k})));
  }
  T const unit_a = most_a > T(0) ? most_a : T(1);
  T const unit_b = most_b > T(0) ? most_b : T(1);
  T product(0);
  T own(0);
  T other(0);
  for (std::size_t k = 0; k < n; ++k) {
    T const x = load(a, pack<T>{k}) / unit_a;
    T const y = load(b, pack<T>{k}) / unit_b;
    product += x * y;
    own += x * x;
    other += y * y;
  }
  return own == T(0) || other == T(0) ? product : product / (math::sqrt(own) * math::sqrt(other));
}

template <class Measure, class Queries, class Documents, class Out>
struct similarity_kernel {
  Queries queries;
  Documents documents;
  Out out;

  template <class Executor, class T>
  RANKWISE_FLATTEN void block(std::size_t begin, std::size_t count) const {
    using V = typename Executor::template vector<T>;
    std::size_t const width = documents.columns;
    T scale[similarity_block];
    bool told = true; // by the squares of all
    for (std::size_t d = 0; d < count; ++d) {
      auto const* const b = documents.address(begin + d, 0);
      scale[d] = Measure::normalised ? inverse_length(inner_product<V>(b, b, width)) : T(1);
      told = told && scale[d] != T(0);
    }
    for (std::size_t q = 0; q < queries.rows; ++q) {
      auto const* const a = queries.address(q, 0);
      T const own = Measure::normalised ? inverse_length(inner_product<V>(a, a, width)) : T(1);
      for (std::size_t d = 0; d < count; ++d) {
        T const product = inner_product<V>(a, documents.address(begin + d, 0), width);
        out(q, begin + d) = static_cast<typename Out::value_type>(product * scale[d] * own);
      }
      for (std::size_t d = 0; d < count && !(told && own != T(0)); ++d) {
        if (own == T(0) || scale[d] == T(0)) {
          T const x = scaled_cosine<T>(a, documents.address(begin + d, 0), width);
          out(q, begin + d) = static_cast<typename Out::value_type>(x);
        }
      }
    }
  }
};

/// One query and one document by each thread, where an executor has no blocks: lengths are added up on the way.
template <class Measure, class Queries, class Documents, class Out>
struct similarity_of_pair {
  Queries queries;
  Documents documents;
  Out out;

  template <class Index>
  RANKWISE_FN void operator()(Index i) const {
    using V = typename Index::vector;
    static_assert(math::lanes<V> == 1);
    std::size_t const q = i.first / documents.rows;
    std::size_t const d = i.first % documents.rows;
    auto const* const a = queries.address(q, 0);
    auto const* const b = documents.address(d, 0);
    V product(0);
    V own(0);
    V other(0);
    for (std::size_t k = 0; k < documents.columns; ++k) {
      V const x = load(a, pack<V>{k});
      V const y = load(b, pack<V>{k});
      product += x * y;
      if constexpr (Measure::normalised) {
        own += x * x;
        other += y * y;
      }
    }
    if constexpr (Measure::normalised) {
      V const by_own = inverse_length(own);
      V const by_other = inverse_length(other);
      product =
          by_own != V(0) && by_other != V(0) ? product * by_other * by_own : scaled_cosine<V>(a, b, documents.columns);
    }
    store(out.address(q, d), pack<V>{0}, product);
  }
};

template <class C>
constexpr auto rows_of_numbers(C& c) {
  auto const m = as_matrix(c);
  static_assert(decltype(m)::order == layout::row_major, "[rankwise] embeddings are row-major: one row each");
  return m;
}

} // namespace detail

/// out(q, d) = the similarity of row q of `queries` and row d of `documents`. All three are row-major matrices. NaN in
/// a row makes its own similarities NaN.
template <executor Executor, class Measure, class Queries, class Documents, class Out>
void similarities(Executor executor, Measure, Queries const& queries, Documents const& documents, Out&& out,
                  on_error errors = {}) {
  auto const q = detail::rows_of_numbers(queries);
  auto const d = detail::rows_of_numbers(documents);
  auto const to = as_matrix(out);
  static_assert(decltype(q)::where == Executor::where && decltype(d)::where == Executor::where &&
                    decltype(to)::where == Executor::where,
                "[rankwise] the matrices are in another memory than the executor's");
  auto const fits = [&](std::size_t found, std::size_t needed, char const* argument) {
    return rankwise::detail::check_equal(found, needed, argument, errc::wrong_shape, errors);
  };
  if (!fits(d.columns, q.columns, "documents (columns)") || !fits(to.rows, q.rows, "the output (rows)") ||
      !fits(to.columns, d.rows, "the output (columns)") ||
      !rankwise::detail::check_apart(to, q, "the output", errors) ||
      !rankwise::detail::check_apart(to, d, "the output", errors)) {
    return;
  }
  using T = compute_type<typename decltype(q)::value_type>;
  using Q = std::remove_const_t<decltype(q)>;
  using D = std::remove_const_t<decltype(d)>;
  using To = std::remove_const_t<decltype(to)>;
  if constexpr (Executor::where == memory::host) {
    detail::similarity_kernel<Measure, Q, D, To> const kernel{q, d, to};
    executor.for_each_block(d.rows, detail::similarity_block, [&](std::size_t begin, std::size_t count) {
      kernel.template block<Executor, T>(begin, count);
    });
  } else {
    executor.template for_each_item<T>(q.rows * d.rows, detail::similarity_of_pair<Measure, Q, D, To>{q, d, to});
  }
}

template <class Measure, class Queries, class Documents, class Out, class Isa = arch::native>
  requires(!executor<Measure>)
void similarities(Measure measure, Queries const& queries, Documents const& documents, Out&& out,
                  on_error errors = {}) {
  constexpr memory where = decltype(detail::rows_of_numbers(queries))::where;
  if constexpr (where == memory::host) {
    similarities(exec::basic_simd<Isa>{}, measure, queries, documents, out, errors);
  } else {
    similarities(typename default_executor<where>::type{}, measure, queries, documents, out, errors);
  }
}

} // namespace rankwise::inline RANKWISE_ABI::reward

#endif
