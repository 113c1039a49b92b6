#ifndef RANKWISE_SPARSE_SEGMENT_HPP
#define RANKWISE_SPARSE_SEGMENT_HPP

#include <rankwise/core/storage.hpp>
#include <rankwise/exec/run.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

/// Embedding bags: the rows that the ids of a segment name, reduced to one row. After RecIS (arXiv 2509.20883), but
/// deterministic: rows are added in the order of the ids, whatever the threads.
namespace rankwise::inline RANKWISE_ABI::sparse {

/// sum_i w_i e_i
struct sum {
  RANKWISE_HOST_FN static double divisor(double, double) { return 1; }
};
/// sum_i w_i e_i / n: by the number of ids, weighted or not.
struct mean {
  RANKWISE_HOST_FN static double divisor(double count, double) { return count; }
};
/// sum_i w_i e_i / sum_i w_i; 0 where the weights add up to 0.
struct weighted_mean {
  RANKWISE_HOST_FN static double divisor(double, double weight) { return weight; }
};

struct segment_options {
  any_column weights{}; ///< one per id, default 1
  on_error errors{};
};

/// Ids as a policy maps them, without a column in between: `mapped(modulo{rows}, ids)` where indices are wanted.
template <class Policy, class Ids>
struct mapped_ids {
  using value_type = std::uint64_t;
  Policy policy;
  Ids ids;

  RANKWISE_HOST_FN std::size_t size() const { return ids.size(); }
  RANKWISE_HOST_FN std::uint64_t operator[](std::size_t i) const { return policy(static_cast<std::uint64_t>(ids[i])); }
};
template <class Policy, class Ids>
constexpr auto mapped(Policy const& policy, Ids const& ids) {
  auto const c = as_column(ids);
  return mapped_ids<Policy, std::remove_const_t<decltype(c)>>{policy, c};
}

namespace detail {

template <class C>
inline constexpr bool is_mapped = false;
template <class P, class C>
inline constexpr bool is_mapped<mapped_ids<P, C>> = true;

template <class C>
constexpr auto as_indices(C const& c) {
  if constexpr (is_mapped<C>) {
    return c;
  } else {
    auto const v = as_column(c);
    static_assert(std::is_integral_v<typename decltype(v)::value_type>, "[rankwise] indices are integers");
    static_assert(decltype(v)::where == memory::host, "[rankwise] segments are reduced in host memory");
    return v;
  }
}

template <class C>
constexpr auto as_table(C& c) {
  auto const m = as_matrix(c);
  using T = typename decltype(m)::value_type;
  static_assert(decltype(m)::order == layout::row_major, "[rankwise] embeddings are row-major: one row per id");
  static_assert(decltype(m)::where == memory::host, "[rankwise] segments are reduced in host memory");
  static_assert(std::is_same_v<T, float> || std::is_same_v<T, double>, "[rankwise] embeddings are float or double");
  return m;
}

/// The first index that names no row.
template <class Isa, class Indices>
status check_indices(Indices const& indices, std::size_t rows) {
  // One comparison per id: what is negative is a huge unsigned number.
  bool inside = true;
  for (std::size_t i = 0; i < indices.size(); ++i) {
    inside = inside & (static_cast<std::uint64_t>(indices[i]) < rows);
  }
  for (std::size_t i = 0; !inside && i < indices.size(); ++i) {
    if (!(static_cast<std::uint64_t>(indices[i]) < rows)) {
      return {errc::out_of_range, "an index", i, rows, static_cast<std::size_t>(indices[i])};
    }
  }
  return {};
}

inline constexpr std::size_t coefficients_at_once = 128;

/// Columns column .. of sum_i c_i rows[index(i)], divided: `Width` registers of them stay in registers. `fill(i, n, c)`
/// writes n coefficients from i on; null coefficients are 1.
template <std::size_t Width, class V, class Index, class Table, class RowOf, class Fill, class Out>
RANKWISE_ALWAYS_INLINE inline void add_rows(Table const& table, std::size_t column, Index shape, std::size_t count,
                                            RowOf const& row_of, Fill const& fill, bool weighted,
                                            math::scalar_t<V> divisor, Out* out) {
  using T = math::scalar_t<V>;
  constexpr std::size_t lanes = static_cast<std::size_t>(math::lanes<V>);
  V sums[Width];
  for (V& s : sums) {
    s = V(0);
  }
  T coefficient[coefficients_at_once];
  for (std::size_t first = 0; first < count; first += coefficients_at_once) {
    std::size_t const n = count - first < coefficients_at_once ? count - first : coefficients_at_once;
    if (weighted) {
      fill(first, n, coefficient);
    }
    for (std::size_t i = 0; i < n; ++i) {
      T const* const row = &table(row_of(first + i), column);
      for (std::size_t k = 0; k < Width; ++k) {
        shape.first = k * lanes;
        V const x = load(row, shape);
        sums[k] = weighted ? math::fma(V(coefficient[i]), x, sums[k]) : sums[k] + x;
      }
    }
  }
  for (std::size_t k = 0; k < Width; ++k) {
    shape.first = k * lanes;
    store(out + column, shape, divisor == T(1) ? sums[k] : sums[k] / V(divisor));
  }
}

/// All columns of it.
template <class V, class Table, class RowOf, class Fill, class Out>
RANKWISE_ALWAYS_INLINE inline void add_rows(Table const& table, std::size_t count, RowOf const& row_of,
                                            Fill const& fill, bool weighted, math::scalar_t<V> divisor, Out* out) {
  constexpr std::size_t lanes = static_cast<std::size_t>(math::lanes<V>);
  std::size_t const columns = table.columns;
  std::size_t at = 0;
  for (; at + 8 * lanes <= columns; at += 8 * lanes) {
    add_rows<8, V>(table, at, pack<V>{0}, count, row_of, fill, weighted, divisor, out);
  }
  if (at + 4 * lanes <= columns) {
    add_rows<4, V>(table, at, pack<V>{0}, count, row_of, fill, weighted, divisor, out);
    at += 4 * lanes;
  }
  for (; at + lanes <= columns; at += lanes) {
    add_rows<1, V>(table, at, pack<V>{0}, count, row_of, fill, weighted, divisor, out);
  }
  if constexpr (lanes > 1) {
    if (at < columns) {
      add_rows<1, V>(table, at, partial_pack<V>{0, columns - at}, count, row_of, fill, weighted, divisor, out);
    }
  }
}

template <class T>
RANKWISE_HOST_FN void read_as(any_column const& from, std::size_t first, std::size_t count, T* to) {
  double block[coefficients_at_once];
  from.read(first, count, block);
  for (std::size_t i = 0; i < count; ++i) {
    to[i] = static_cast<T>(block[i]);
  }
}

/// What a segment's sum is divided by; 0: the segment has no value, its output and gradients are 0.
template <class Reduction>
RANKWISE_HOST_FN double divisor_of(Reduction, std::size_t begin, std::size_t count, any_column const& weights) {
  double total = static_cast<double>(count);
  if (std::is_same_v<Reduction, weighted_mean> && weights.given()) {
    total = 0;
    double block[coefficients_at_once];
    for (std::size_t first = 0; first < count; first += coefficients_at_once) {
      std::size_t const n = count - first < coefficients_at_once ? count - first : coefficients_at_once;
      weights.read(begin + first, n, block);
      for (std::size_t i = 0; i < n; ++i) {
        total += block[i];
      }
    }
  }
  return count == 0 ? 0 : Reduction::divisor(static_cast<double>(count), total);
}

template <class Reduction, class Table, class Indices, class Offset, class Out>
struct segment_task {
  Reduction reduction;
  Table table;
  Indices indices;
  lists<Offset> segments;
  Out out;
  any_column weights;

  std::size_t size() const { return segments.size(); }

  template <class Isa>
  bool check(on_error const& errors) const {
    auto const fits = [&](std::size_t found, std::size_t needed, char const* argument, errc code) {
      return rankwise::detail::passed(
          found == needed ? status{} : status{code, argument, status::nowhere, needed, found}, errors);
    };
    return fits(indices.size(), segments.items(), "indices", errc::offsets_overrun) &&
           fits(out.rows, segments.size(), "the output (rows)", errc::wrong_shape) &&
           fits(out.columns, table.columns, "the output (columns)", errc::wrong_shape) &&
           rankwise::detail::check_optional(weights, "weights", indices.size(), memory::host, errors) &&
           rankwise::detail::check_apart(out, table, "the output", errors) &&
           rankwise::detail::passed(check_indices<Isa>(indices, table.rows), errors);
  }

  template <class Executor>
  RANKWISE_FLATTEN void block(std::size_t begin, std::size_t count) const {
    using V = typename Executor::template vector<typename Table::value_type>;
    using T = math::scalar_t<V>;
    for (std::size_t s = begin; s < begin + count; ++s) {
      std::size_t const first = segments.begin_of(s);
      std::size_t const size = segments.size_of(s);
      double const divisor = divisor_of(reduction, first, size, weights);
      auto* const to = &out(s, 0);
      if (divisor == 0) {
        for (std::size_t k = 0; k < out.columns; ++k) {
          to[k] = 0;
        }
        continue;
      }
      add_rows<V>(
          table, size, [&](std::size_t i) { return static_cast<std::size_t>(indices[first + i]); },
          [&](std::size_t i, std::size_t n, T* c) { read_as(weights, first + i, n, c); }, weights.given(),
          static_cast<T>(divisor), to);
    }
  }
};

} // namespace detail

/// A segment reduction for sparse/features.hpp.
template <class Reduction, class Table, class Indices, class Offset, class Out>
constexpr auto pool(Reduction reduction, Table const& table, Indices const& indices, lists<Offset> const& segments,
                    Out&& out, any_column weights = {}) {
  auto const t = detail::as_table(table);
  auto const i = detail::as_indices(indices);
  auto const o = detail::as_table(out);
  return detail::segment_task<Reduction, std::remove_const_t<decltype(t)>, std::remove_const_t<decltype(i)>, Offset,
                              std::remove_const_t<decltype(o)>>{reduction, t, i, segments, o, weights};
}

/// out row s = the rows of `table` that the indices of segment s name, reduced: `reduce(mean{}, table, indices,
/// segments, out, {.weights = w})`. Empty segments give 0. Indices are checked before anything is written; NaN in a
/// row or a weight stays in its segment.
template <executor Executor, class Reduction, class Table, class Indices, class Offset, class Out>
void reduce(Executor executor, Reduction reduction, Table const& table, Indices const& indices,
            lists<Offset> const& segments, Out&& out, segment_options const& opts = {}) {
  static_assert(Executor::where == memory::host, "[rankwise] segments are reduced in host memory");
  auto const task = pool(reduction, table, indices, segments, out, opts.weights);
  if (task.template check<Executor>(opts.errors)) {
    executor.for_each_block(task.size(), 256,
                            [&](std::size_t begin, std::size_t count) { task.template block<Executor>(begin, count); });
  }
}
template <class Reduction, class Table, class Indices, class Offset, class Out, class Isa = arch::native>
  requires(!executor<Reduction>)
void reduce(Reduction reduction, Table const& table, Indices const& indices, lists<Offset> const& segments, Out&& out,
            segment_options const& opts = {}) {
  reduce(exec::basic_simd<Isa>{}, reduction, table, indices, segments, out, opts);
}

/// For every row of a table the positions of its ids, ascending: made once per batch, `reduce_backward` runs row by
/// row. The rows of a table that few ids name stay out of it if the ids go through `unique` first: its `reverse` are
/// indices into as many rows as there are different ids.
template <class Isa>
class basic_inverse {
public:
  template <class Indices, class Offset>
  basic_inverse(Indices const& indices, lists<Offset> const& segments, std::size_t rows, on_error errors = {}) {
    auto const c = detail::as_indices(indices);
    status const sizes = c.size() == segments.items()
                             ? status{}
                             : status{errc::offsets_overrun, "indices", status::nowhere, segments.items(), c.size()};
    if (!rankwise::detail::passed(sizes, errors) ||
        !rankwise::detail::passed(detail::check_indices<Isa>(c, rows), errors)) {
      return;
    }
    offsets_.resize(rows + 1);
    position_.resize(c.size());
    segment_.resize(c.size());
    for (std::size_t i = 0; i < c.size(); ++i) {
      ++offsets_[static_cast<std::size_t>(c[i]) + 1];
    }
    for (std::size_t r = 0; r < rows; ++r) {
      offsets_[r + 1] += offsets_[r];
    }
    storage<std::size_t> next = offsets_;
    for (std::size_t s = 0; s < segments.size(); ++s) {
      for (std::size_t i = segments.begin_of(s); i < segments.end_of(s); ++i) {
        std::size_t const at = next[static_cast<std::size_t>(c[i])]++;
        position_[at] = i;
        segment_[at] = s;
      }
    }
    ready_ = true;
  }

  bool ready() const { return ready_; }
  std::size_t rows() const { return ready_ ? offsets_.size() - 1 : 0; }
  std::size_t items() const { return position_.size(); }
  std::size_t begin_of(std::size_t row) const { return offsets_[row]; }
  std::size_t size_of(std::size_t row) const { return offsets_[row + 1] - offsets_[row]; }
  std::size_t position(std::size_t at) const { return position_[at]; }
  std::size_t segment(std::size_t at) const { return segment_[at]; }

private:
  storage<std::size_t> offsets_;
  storage<std::size_t> position_;
  storage<std::size_t> segment_;
  bool ready_ = false;
};
using inverse = basic_inverse<arch::native>;

/// The derivatives of `reduce` by the rows of the table: gradient row r = the sum over its ids, in their order, of
/// w_i / divisor times the segment's row of `out_gradient`. Rows that no id names get 0.
template <executor Executor, class Reduction, class OutGradient, class Isa, class Offset, class Gradient>
void reduce_backward(Executor executor, Reduction reduction, OutGradient const& out_gradient,
                     basic_inverse<Isa> const& ids, lists<Offset> const& segments, Gradient&& gradient,
                     segment_options const& opts = {}) {
  auto const g = detail::as_table(out_gradient);
  auto const to = detail::as_table(gradient);
  using T = typename decltype(g)::value_type;
  using V = typename Executor::template vector<T>;
  auto const fits = [&](std::size_t found, std::size_t needed, char const* argument) {
    return rankwise::detail::passed(
        found == needed ? status{} : status{errc::wrong_shape, argument, status::nowhere, needed, found}, opts.errors);
  };
  if (!rankwise::detail::passed(ids.ready() ? status{} : status{errc::not_prepared, "the inverse"}, opts.errors) ||
      !fits(segments.items(), ids.items(), "segments (ids)") ||
      !fits(g.rows, segments.size(), "the gradient of the output (rows)") ||
      !fits(to.rows, ids.rows(), "the gradient (rows)") || !fits(to.columns, g.columns, "the gradient (columns)") ||
      !rankwise::detail::check_optional(opts.weights, "weights", ids.items(), memory::host, opts.errors) ||
      !rankwise::detail::check_apart(to, g, "the gradient", opts.errors)) {
    return;
  }
  storage<double> share; // 1 / divisor
  share.resize(segments.size());
  executor.for_each_block(segments.size(), 256, [&](std::size_t begin, std::size_t count) {
    for (std::size_t s = begin; s < begin + count; ++s) {
      double const d = detail::divisor_of(reduction, segments.begin_of(s), segments.size_of(s), opts.weights);
      share[s] = d == 0 ? 0 : 1 / d;
    }
  });
  bool const plain = std::is_same_v<Reduction, sum> && !opts.weights.given();
  executor.for_each_block(ids.rows(), 256, [&](std::size_t begin, std::size_t count) {
    for (std::size_t r = begin; r < begin + count; ++r) {
      std::size_t const first = ids.begin_of(r);
      detail::add_rows<V>(
          g, ids.size_of(r), [&](std::size_t i) { return ids.segment(first + i); },
          [&](std::size_t i, std::size_t n, T* c) {
            for (std::size_t k = 0; k < n; ++k) {
              double w = 1;
              if (opts.weights.given()) {
                opts.weights.read(ids.position(first + i + k), 1, &w);
              }
              c[k] = static_cast<T>(w * share[ids.segment(first + i + k)]);
            }
          },
          !plain, T(1), &to(r, 0));
    }
  });
}
template <class Reduction, class OutGradient, class Isa, class Offset, class Gradient>
  requires(!executor<Reduction>)
void reduce_backward(Reduction reduction, OutGradient const& out_gradient, basic_inverse<Isa> const& ids,
                     lists<Offset> const& segments, Gradient&& gradient, segment_options const& opts = {}) {
  reduce_backward(exec::basic_simd<Isa>{}, reduction, out_gradient, ids, segments, gradient, opts);
}

/// Its derivatives by the weights, one per id. `out` is what `reduce` gave; only weighted_mean needs it.
template <executor Executor, class Reduction, class Table, class Indices, class Offset, class Out, class OutGradient,
          class Gradient>
void reduce_backward_weights(Executor executor, Reduction reduction, Table const& table, Indices const& indices,
                             lists<Offset> const& segments, Out const& out, OutGradient const& out_gradient,
                             Gradient&& gradient, segment_options const& opts = {}) {
  auto const task = pool(reduction, table, indices, segments, out, opts.weights);
  auto const g = detail::as_table(out_gradient);
  static_assert(rankwise::detail::explain_output<Gradient>());
  auto const to = as_column(gradient);
  using T = typename decltype(g)::value_type;
  using V = typename Executor::template vector<T>;
  auto const fits = [&](std::size_t found, std::size_t needed, char const* argument) {
    return rankwise::detail::passed(
        found == needed ? status{} : status{errc::wrong_shape, argument, status::nowhere, needed, found}, opts.errors);
  };
  if (!task.template check<Executor>(opts.errors) ||
      !fits(g.rows, segments.size(), "the gradient of the output (rows)") ||
      !fits(g.columns, task.table.columns, "the gradient of the output (columns)") ||
      !rankwise::detail::check_output(to, "the gradient", task.indices.size(), opts.errors) ||
      !rankwise::detail::check_apart(to, g, "the gradient", opts.errors) ||
      !rankwise::detail::check_apart(to, task.table, "the gradient", opts.errors)) {
    return;
  }
  executor.for_each_block(segments.size(), 256, [&](std::size_t begin, std::size_t count) {
    for (std::size_t s = begin; s < begin + count; ++s) {
      std::size_t const first = segments.begin_of(s);
      double const divisor = detail::divisor_of(reduction, first, segments.size_of(s), opts.weights);
      auto const product = [&](T const* row) {
        return math::reduce_add(combine_packs<V>(
            g.columns, V(0), [&](auto k) { return load(&g(s, 0), k) * load(row, k); }, plus{}));
      };
      T const of_mean = std::is_same_v<Reduction, weighted_mean> && divisor != 0 ? product(&task.out(s, 0)) : T(0);
      for (std::size_t i = first; i < segments.end_of(s); ++i) {
        T const slope = divisor == 0 ? T(0)
                                     : (product(&task.table(static_cast<std::size_t>(task.indices[i]), 0)) - of_mean) /
                                           static_cast<T>(divisor);
        to[i] = static_cast<typename decltype(to)::value_type>(slope);
      }
    }
  });
}
template <class Reduction, class Table, class Indices, class Offset, class Out, class OutGradient, class Gradient,
          class Isa = arch::native>
  requires(!executor<Reduction>)
void reduce_backward_weights(Reduction reduction, Table const& table, Indices const& indices,
                             lists<Offset> const& segments, Out const& out, OutGradient const& out_gradient,
                             Gradient&& gradient, segment_options const& opts = {}) {
  reduce_backward_weights(exec::basic_simd<Isa>{}, reduction, table, indices, segments, out, out_gradient, gradient,
                          opts);
}

} // namespace rankwise::inline RANKWISE_ABI::sparse

#endif
