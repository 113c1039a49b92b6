#ifndef RANKWISE_SPARSE_SEGMENT_HPP
#define RANKWISE_SPARSE_SEGMENT_HPP

#include <rankwise/core/storage.hpp>
#include <rankwise/exec/run.hpp>
#include <rankwise/sparse/indices.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

/// Embedding bags: the rows that the ids of a segment name, reduced to one row. After RecIS (arXiv 2509.20883), but
/// deterministic: rows are added in the order of the ids, whatever the threads.
namespace rankwise::inline RANKWISE_ABI::sparse {

/// sum_i w_i e_i
struct sum {
  RANKWISE_FN static double divisor(double, double) { return 1; }
};
/// sum_i w_i e_i / n: by the number of ids, weighted or not.
struct mean {
  RANKWISE_FN static double divisor(double count, double) { return count; }
};
/// sum_i w_i e_i / sum_i w_i; 0 where the weights add up to 0.
struct weighted_mean {
  RANKWISE_FN static double divisor(double, double weight) { return weight; }
};

struct segment_options {
  any_column weights{}; ///< one per id, default 1
  on_error errors{};
};

/// Ids as a policy maps them, without a column in between: `mapped(modulo{rows}, ids)` where indices are wanted.
template <class Policy, class Ids>
struct mapped_ids {
  using value_type = std::uint64_t;
  static constexpr memory where = Ids::where;
  Policy policy;
  Ids ids;

  RANKWISE_FN std::size_t size() const { return ids.size(); }
  RANKWISE_FN std::uint64_t operator[](std::size_t i) const { return policy(static_cast<std::uint64_t>(ids[i])); }
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
    return v;
  }
}

template <class C>
constexpr auto as_table(C& c) {
  auto const m = as_matrix(c);
  using T = typename decltype(m)::value_type;
  static_assert(decltype(m)::order == layout::row_major, "[rankwise] embeddings are row-major: one row per id");
  static_assert(std::is_same_v<T, float> || std::is_same_v<T, double>, "[rankwise] embeddings are float or double");
  return m;
}

template <class Executor, class... Columns>
consteval bool explain_segments() {
  static_assert(((Columns::where == Executor::where) && ...),
                "[rankwise] segments are reduced where the executor works: copy the columns there");
  return true;
}

/// For calls that name none: by the memory of the table.
template <class Table, class Isa>
using executor_for_table = executor_at<decltype(as_matrix(std::declval<Table&>()))::where, Isa>;

inline constexpr std::size_t coefficients_at_once = 128;

/// Weights of ids, read block by block on the host.
struct blocks_of_weights {
  any_column weights;

  static constexpr std::size_t at_once = coefficients_at_once;
  RANKWISE_HOST_FN bool given() const { return weights.given(); }
  template <class T>
  RANKWISE_HOST_FN void read(std::size_t first, std::size_t count, T* to, double scale = 1) const {
    double block[at_once];
    weights.read(first, count, block);
    for (std::size_t i = 0; i < count; ++i) {
      to[i] = static_cast<T>(block[i] * scale);
    }
  }
};
/// One by one, wherever they are.
struct single_weights {
  any_column weights;

  static constexpr std::size_t at_once = 1;
  RANKWISE_FN bool given() const { return weights.given(); }
  template <class T>
  RANKWISE_FN void read(std::size_t first, std::size_t, T* to, double scale = 1) const {
    *to = static_cast<T>(weights.as_numbers()[first] * scale);
  }
};
/// Columns column .. of sum_i c_i rows[index(i)], divided: `Width` registers of them stay in registers.
/// `coefficients.read(i, n, c)` writes n of them from i on; where not weighted they are 1.
template <std::size_t Width, class V, class Index, class Table, class RowOf, class Coefficients, class Out>
RANKWISE_FN void add_rows(Table const& table, std::size_t column, Index shape, std::size_t count, RowOf const& row_of,
                          Coefficients const& coefficients, bool weighted, math::scalar_t<V> divisor, Out* out) {
  using T = math::scalar_t<V>;
  constexpr std::size_t lanes = static_cast<std::size_t>(math::lanes<V>);
  constexpr std::size_t at_once = Coefficients::at_once;
  V sums[Width];
  for (V& s : sums) {
    s = V(0);
  }
  T coefficient[at_once];
  for (std::size_t first = 0; first < count; first += at_once) {
    std::size_t const n = count - first < at_once ? count - first : at_once;
    if (weighted) {
      coefficients.read(first, n, coefficient);
    }
    for (std::size_t i = 0; i < n; ++i) {
      T const* const row = table.address(row_of(first + i), column);
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
template <class V, class Table, class RowOf, class Coefficients, class Out>
RANKWISE_ALWAYS_INLINE inline void add_rows(Table const& table, std::size_t count, RowOf const& row_of,
                                            Coefficients const& coefficients, bool weighted, math::scalar_t<V> divisor,
                                            Out* out) {
  constexpr std::size_t lanes = static_cast<std::size_t>(math::lanes<V>);
  std::size_t const columns = table.columns;
  std::size_t at = 0;
  for (; at + 8 * lanes <= columns; at += 8 * lanes) {
    add_rows<8, V>(table, at, pack<V>{0}, count, row_of, coefficients, weighted, divisor, out);
  }
  if (at + 4 * lanes <= columns) {
    add_rows<4, V>(table, at, pack<V>{0}, count, row_of, coefficients, weighted, divisor, out);
    at += 4 * lanes;
  }
  for (; at + lanes <= columns; at += lanes) {
    add_rows<1, V>(table, at, pack<V>{0}, count, row_of, coefficients, weighted, divisor, out);
  }
  if constexpr (lanes > 1) {
    if (at < columns) {
      add_rows<1, V>(table, at, partial_pack<V>{0, columns - at}, count, row_of, coefficients, weighted, divisor, out);
    }
  }
}

/// What a segment's sum is divided by; 0: the segment has no value, its output and gradients are 0. Both the divisor
/// and the coefficients are meant times `scale`, a power of two: the weights of a mean may be of any size, also where
/// the rows are float.
struct division {
  double divisor;
  double scale = 1;
};

/// 1 for weights of ordinary size, else what makes the largest one of them about 1.
RANKWISE_FN double scale_of_weights(double largest) {
  constexpr std::uint64_t infinite = 0x7ff;
  std::uint64_t const exponent = __builtin_bit_cast(std::uint64_t, largest) >> 52;
  if ((largest >= 0x1p-60 && largest <= 0x1p60) || exponent == infinite) {
    return 1;
  }
  std::uint64_t const held = exponent < 24 ? 24 : exponent > 2045 ? 2045 : exponent; // 2^999 to 2^-1022
  return __builtin_bit_cast(double, (2046 - held) << 52);
}

template <class Reduction, class Weights>
RANKWISE_FN division division_of(Reduction, std::size_t begin, std::size_t count, Weights const& weights) {
  division by{static_cast<double>(count)};
  if (std::is_same_v<Reduction, weighted_mean> && weights.given()) {
    constexpr std::size_t at_once = Weights::at_once;
    double largest = 0;
    auto const add_up = [&](double scale) {
      double total = 0;
      double block[at_once];
      for (std::size_t first = 0; first < count; first += at_once) {
        std::size_t const n = count - first < at_once ? count - first : at_once;
        weights.read(begin + first, n, block);
        for (std::size_t i = 0; i < n; ++i) {
          total += block[i] * scale;
          largest = math::max(largest, math::abs(block[i]));
        }
      }
      return total;
    };
    by.divisor = add_up(1);
    by.scale = scale_of_weights(largest);
    if (by.scale != 1) {
      by.divisor = add_up(by.scale);
    }
  }
  by.divisor = count == 0 ? 0 : Reduction::divisor(static_cast<double>(count), by.divisor);
  return by;
}

/// The row of an id, and its weight as a coefficient, for the ids of one segment.
template <class Indices>
struct row_of_index {
  Indices const& indices;
  std::size_t first;

  RANKWISE_FN std::size_t operator()(std::size_t i) const { return static_cast<std::size_t>(indices[first + i]); }
};
template <class Weights>
struct weights_from {
  Weights const& weights;
  std::size_t first;
  double scale;

  static constexpr std::size_t at_once = Weights::at_once;
  template <class T>
  RANKWISE_FN void read(std::size_t i, std::size_t n, T* to) const {
    weights.read(first + i, n, to, scale);
  }
};

/// One number of a task's output, for a thread of its own.
template <class Task>
struct cell_kernel {
  Task task;
  std::size_t columns;

  template <class Index>
  RANKWISE_FN void operator()(Index i) const {
    task.cell(i.first / columns, i.first % columns);
  }
};
/// One segment or id.
template <class Task>
struct row_kernel {
  Task task;

  template <class Index>
  RANKWISE_FN void operator()(Index i) const {
    task.template row<typename Index::vector>(single_weights{task.weights}, i.first);
  }
};

template <class Reduction, class Table, class Indices, class Offset, class Out>
struct segment_task {
  Reduction reduction;
  Table table;
  Indices indices;
  lists<Offset> segments;
  Out out;
  any_column weights;

  std::size_t size() const { return segments.size(); }

  template <class Executor>
  bool check(Executor executor, on_error const& errors) const {
    static_assert(explain_segments<Executor, Table, Indices, Out>());
    auto const fits = [&](std::size_t found, std::size_t needed, char const* argument, errc code) {
      return rankwise::detail::check_equal(found, needed, argument, code, errors);
    };
    return fits(indices.size(), segments.items(), "indices", errc::offsets_overrun) &&
           fits(out.rows, segments.size(), "the output (rows)", errc::wrong_shape) &&
           fits(out.columns, table.columns, "the output (columns)", errc::wrong_shape) &&
           rankwise::detail::check_optional(weights, "weights", indices.size(), Executor::where, errors) &&
           rankwise::detail::check_apart(out, table, "the output", errors) &&
           rankwise::detail::check_apart(out, weights, "the output", errors) &&
           rankwise::detail::passed(check_indices(executor, indices, table.rows), errors);
  }

  template <class Executor>
  RANKWISE_FLATTEN void block(std::size_t begin, std::size_t count) const {
    using V = typename Executor::template vector<typename Table::value_type>;
    using T = math::scalar_t<V>;
    for (std::size_t s = begin; s < begin + count; ++s) {
      std::size_t const first = segments.begin_of(s);
      std::size_t const size = segments.size_of(s);
      blocks_of_weights const w{weights};
      division const by = division_of(reduction, first, size, w);
      auto* const to = out.address(s, 0);
      if (by.divisor == 0) {
        for (std::size_t k = 0; k < out.columns; ++k) {
          to[k] = 0;
        }
        continue;
      }
      add_rows<V>(table, size, row_of_index<Indices>{indices, first},
                  weights_from<blocks_of_weights>{w, first, by.scale}, weights.given(), static_cast<T>(by.divisor), to);
    }
  }

  RANKWISE_FN void cell(std::size_t s, std::size_t k) const {
    using T = typename Table::value_type;
    std::size_t const first = segments.begin_of(s);
    std::size_t const size = segments.size_of(s);
    single_weights const w{weights};
    division const by = division_of(reduction, first, size, w);
    if (by.divisor == 0) {
      out(s, k) = 0;
      return;
    }
    add_rows<1, T>(table, k, pack<T>{0}, size, row_of_index<Indices>{indices, first},
                   weights_from<single_weights>{w, first, by.scale}, weights.given(), static_cast<T>(by.divisor),
                   out.address(s, 0));
  }

  /// On an executor of items: every number of the output by itself.
  template <class Executor>
  void run(Executor executor) const {
    rankwise::detail::with_lists(executor, segments, 0, [&](lists<Offset> const& there, std::byte*) {
      auto task = *this;
      task.segments = there;
      executor.template for_each_item<typename Table::value_type>(out.rows * out.columns,
                                                                  cell_kernel<segment_task>{task, out.columns});
    });
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
  auto const task = pool(reduction, table, indices, segments, out, opts.weights);
  if (!task.check(executor, opts.errors)) {
    return;
  }
  if constexpr (item_by_item<Executor>) {
    task.run(executor);
  } else {
    executor.for_each_block(task.size(), 256,
                            [&](std::size_t begin, std::size_t count) { task.template block<Executor>(begin, count); });
  }
}
template <class Reduction, class Table, class Indices, class Offset, class Out, class Isa = arch::native>
  requires(!executor<Reduction>)
void reduce(Reduction reduction, Table const& table, Indices const& indices, lists<Offset> const& segments, Out&& out,
            segment_options const& opts = {}) {
  reduce(detail::executor_for_table<Table const, Isa>{}, reduction, table, indices, segments, out, opts);
}

namespace detail {

template <class Indices>
inline constexpr memory memory_of_indices = decltype(as_indices(std::declval<Indices const&>()))::where;

/// bounds[row] = how many of the sorted keys are smaller.
template <class Key>
struct bound_kernel {
  Key const* keys;
  std::size_t count;
  std::size_t* bounds;

  template <class Index>
  RANKWISE_FN void operator()(Index row) const {
    std::size_t low = 0;
    std::size_t high = count;
    while (low < high) {
      std::size_t const middle = low + (high - low) / 2;
      if (static_cast<std::uint64_t>(keys[middle]) < row.first) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    bounds[row.first] = low;
  }
};
template <class Offset>
struct segment_kernel {
  lists<Offset> segments;
  std::size_t const* positions;
  std::size_t* to;

  template <class Index>
  RANKWISE_FN void operator()(Index i) const {
    to[i.first] = row_at(segments, positions[i.first]);
  }
};

} // namespace detail

/// For every row of a table the positions of its ids, ascending: made once per batch, `reduce_backward` runs row by
/// row. The rows of a table that few ids name stay out of it if the ids go through `unique` first: its `reverse` are
/// indices into as many rows as there are different ids. It is made where the indices are, `inverse(indices, segments,
/// rows)`, by the executor that is named first, if any; `.on(executor)` is a copy of one of the host's where that
/// executor works.
template <class Isa = arch::native, memory Where = memory::host>
class inverse {
public:
  static constexpr memory where = Where;

  inverse() = default;

  template <class Indices, class Offset>
  inverse(Indices const& indices, lists<Offset> const& segments, std::size_t rows, on_error errors = {})
      : inverse(executor_at<Where, Isa>{}, indices, segments, rows, errors) {}

  template <executor Executor, class Indices, class Offset>
  inverse(Executor executor, Indices const& indices, lists<Offset> const& segments, std::size_t rows,
          on_error errors = {}) {
    auto const c = detail::as_indices(indices);
    static_assert(detail::explain_segments<Executor, std::remove_const_t<decltype(c)>, inverse>());
    if (!rankwise::detail::check_equal(c.size(), segments.items(), "indices", errc::offsets_overrun, errors) ||
        !rankwise::detail::passed(detail::check_indices(executor, c, rows), errors)) {
      return;
    }
    offsets_.resize(rows + 1);
    position_.resize(c.size());
    segment_.resize(c.size());
    if constexpr (item_by_item<Executor>) {
      sort(executor, c, segments);
    } else {
      count(c, segments);
    }
    ready_ = true;
  }

  template <class Executor>
  auto on(Executor executor) const {
    static_assert(Where == memory::host, "[rankwise] this inverse is on a device already");
    inverse<Isa, Executor::where> copy;
    auto const send = [&](auto const& from, auto& to) {
      to.resize(from.size());
      if constexpr (item_by_item<Executor>) {
        executor.send(from.data(), from.size(), rankwise::detail::address(to));
      } else {
        to = from;
      }
    };
    send(offsets_, copy.offsets_);
    send(position_, copy.position_);
    send(segment_, copy.segment_);
    copy.ready_ = ready_;
    return copy;
  }

  bool ready() const { return ready_; }
  std::size_t rows() const { return ready_ ? offsets_.size() - 1 : 0; }
  std::size_t items() const { return position_.size(); }

  /// What a kernel reads.
  struct view_type {
    std::size_t const* offsets;
    std::size_t const* positions;
    std::size_t const* segments;

    RANKWISE_FN std::size_t begin_of(std::size_t row) const { return offsets[row]; }
    RANKWISE_FN std::size_t size_of(std::size_t row) const { return offsets[row + 1] - offsets[row]; }
    RANKWISE_FN std::size_t position(std::size_t at) const { return positions[at]; }
    RANKWISE_FN std::size_t segment(std::size_t at) const { return segments[at]; }
  };
  view_type view() const {
    using rankwise::detail::address;
    return {address(offsets_), address(position_), address(segment_)};
  }

private:
  template <class, memory>
  friend class inverse;
  using numbers = typename storage_for<std::size_t, Where>::type;

  template <class Indices, class Offset>
  void count(Indices const& c, lists<Offset> const& segments) {
    std::size_t const rows = offsets_.size() - 1;
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
  }
  template <class Executor, class Indices, class Offset>
  void sort(Executor executor, Indices const& c, lists<Offset> const& segments) {
    using key = detail::sort_key<Indices>;
    using rankwise::detail::address;
    rankwise::detail::with_lists(
        executor, segments, c.size() * sizeof(key), [&](lists<Offset> const& there, std::byte* memory) {
          auto* const keys = reinterpret_cast<key*>(memory);
          detail::sort_places(executor, c, keys, address(position_));
          executor.template for_each_item<double>(offsets_.size(),
                                                  detail::bound_kernel<key>{keys, c.size(), address(offsets_)});
          executor.template for_each_item<double>(
              c.size(), detail::segment_kernel<Offset>{there, address(position_), address(segment_)});
        });
  }

  numbers offsets_;
  numbers position_;
  numbers segment_;
  bool ready_ = false;
};
template <class Indices, class Offset>
inverse(Indices const&, lists<Offset> const&, std::size_t, on_error = {})
    -> inverse<arch::native, detail::memory_of_indices<Indices>>;
template <executor Executor, class Indices, class Offset>
inverse(Executor, Indices const&, lists<Offset> const&, std::size_t, on_error = {})
    -> inverse<arch::native, Executor::where>;

namespace detail {

/// w_i / divisor of the ids of one row.
template <class View, class Weights>
struct shares_from {
  View const& ids;
  Weights const& weights;
  double const* share;
  std::size_t first;

  static constexpr std::size_t at_once = coefficients_at_once;
  template <class T>
  RANKWISE_FN void read(std::size_t i, std::size_t n, T* to) const {
    for (std::size_t k = 0; k < n; ++k) {
      double w = 1;
      if (weights.given()) {
        weights.read(ids.position(first + i + k), 1, &w);
      }
      to[k] = static_cast<T>(w * share[ids.segment(first + i + k)]);
    }
  }
};
template <class View>
struct shares_from<View, single_weights> {
  View const& ids;
  single_weights const& weights;
  double const* share;
  std::size_t first;

  static constexpr std::size_t at_once = 1;
  template <class T>
  RANKWISE_FN void read(std::size_t i, std::size_t, T* to) const {
    double w = 1;
    if (weights.given()) {
      weights.read(ids.position(first + i), 1, &w);
    }
    *to = static_cast<T>(w * share[ids.segment(first + i)]);
  }
};
template <class View>
struct segment_of_id {
  View const& ids;
  std::size_t first;

  RANKWISE_FN std::size_t operator()(std::size_t i) const { return ids.segment(first + i); }
};

/// share[s] = 1 / divisor of segment s.
template <class Reduction, class Offset>
struct share_task {
  Reduction reduction;
  lists<Offset> segments;
  any_column weights;
  double* share;

  template <class, class Weights>
  RANKWISE_FN void row(Weights const& w, std::size_t s) const {
    division const by = division_of(reduction, segments.begin_of(s), segments.size_of(s), w);
    share[s] = by.divisor == 0 ? 0 : by.scale / by.divisor;
  }
};

template <class G, class View, class To>
struct backward_task {
  G gradient_of_output;
  View ids;
  any_column weights;
  double const* share;
  bool weighted;
  To to;

  template <class V>
  RANKWISE_ALWAYS_INLINE void row(std::size_t r) const {
    using T = math::scalar_t<V>;
    std::size_t const first = ids.begin_of(r);
    blocks_of_weights const w{weights};
    add_rows<V>(gradient_of_output, ids.size_of(r), segment_of_id<View>{ids, first},
                shares_from<View, blocks_of_weights>{ids, w, share, first}, weighted, T(1), to.address(r, 0));
  }
  RANKWISE_FN void cell(std::size_t r, std::size_t k) const {
    using T = typename G::value_type;
    std::size_t const first = ids.begin_of(r);
    single_weights const w{weights};
    add_rows<1, T>(gradient_of_output, k, pack<T>{0}, ids.size_of(r), segment_of_id<View>{ids, first},
                   shares_from<View, single_weights>{ids, w, share, first}, weighted, T(1), to.address(r, 0));
  }
};

} // namespace detail

/// The derivatives of `reduce` by the rows of the table: gradient row r = the sum over its ids, in their order, of
/// w_i / divisor times the segment's row of `out_gradient`. Rows that no id names get 0.
template <executor Executor, class Reduction, class OutGradient, class Isa, memory Where, class Offset, class Gradient>
void reduce_backward(Executor executor, Reduction reduction, OutGradient const& out_gradient,
                     inverse<Isa, Where> const& ids, lists<Offset> const& segments, Gradient&& gradient,
                     segment_options const& opts = {}) {
  auto const g = detail::as_table(out_gradient);
  auto const to = detail::as_table(gradient);
  using T = typename decltype(g)::value_type;
  using V = typename Executor::template vector<T>;
  static_assert(detail::explain_segments<Executor, decltype(g), decltype(to), inverse<Isa, Where>>());
  auto const fits = [&](std::size_t found, std::size_t needed, char const* argument) {
    return rankwise::detail::check_equal(found, needed, argument, errc::wrong_shape, opts.errors);
  };
  if (!rankwise::detail::passed(ids.ready() ? status{} : status{errc::not_prepared, "the inverse"}, opts.errors) ||
      !fits(segments.items(), ids.items(), "segments (ids)") ||
      !fits(g.rows, segments.size(), "the gradient of the output (rows)") ||
      !fits(to.rows, ids.rows(), "the gradient (rows)") || !fits(to.columns, g.columns, "the gradient (columns)") ||
      !rankwise::detail::check_optional(opts.weights, "weights", ids.items(), Executor::where, opts.errors) ||
      !rankwise::detail::check_apart(to, g, "the gradient", opts.errors) ||
      !rankwise::detail::check_apart(to, opts.weights, "the gradient", opts.errors)) {
    return;
  }
  bool const weighted = !std::is_same_v<Reduction, sum> || opts.weights.given();
  using shares = detail::share_task<Reduction, Offset>;
  using task = detail::backward_task<std::remove_const_t<decltype(g)>, typename inverse<Isa, Where>::view_type,
                                     std::remove_const_t<decltype(to)>>;
  if constexpr (item_by_item<Executor>) {
    rankwise::detail::with_lists(
        executor, segments, segments.size() * sizeof(double), [&](lists<Offset> const& there, std::byte* memory) {
          auto* const share = reinterpret_cast<double*>(memory);
          executor.template for_each_item<double>(segments.size(),
                                                  detail::row_kernel<shares>{{reduction, there, opts.weights, share}});
          executor.template for_each_item<T>(
              to.rows * to.columns,
              detail::cell_kernel<task>{{g, ids.view(), opts.weights, share, weighted, to}, to.columns});
        });
  } else {
    storage<double> share; // 1 / divisor
    share.resize(segments.size());
    shares const divisors{reduction, segments, opts.weights, share.data()};
    executor.for_each_block(segments.size(), 256, [&](std::size_t begin, std::size_t count) {
      for (std::size_t s = begin; s < begin + count; ++s) {
        divisors.template row<double>(detail::blocks_of_weights{opts.weights}, s);
      }
    });
    task const rows{g, ids.view(), opts.weights, share.data(), weighted, to};
    executor.for_each_block(ids.rows(), 256, [&](std::size_t begin, std::size_t count) {
      for (std::size_t r = begin; r < begin + count; ++r) {
        rows.template row<V>(r);
      }
    });
  }
}
template <class Reduction, class OutGradient, class Isa, memory Where, class Offset, class Gradient>
  requires(!executor<Reduction>)
void reduce_backward(Reduction reduction, OutGradient const& out_gradient, inverse<Isa, Where> const& ids,
                     lists<Offset> const& segments, Gradient&& gradient, segment_options const& opts = {}) {
  reduce_backward(executor_at<Where, Isa>{}, reduction, out_gradient, ids, segments, gradient, opts);
}

namespace detail {

template <class Task, class G, class To>
struct weights_task {
  Task task;
  G g;
  To to;
  any_column weights;

  template <class V, class Weights>
  RANKWISE_FN void row(Weights const& w, std::size_t s) const {
    using T = math::scalar_t<V>;
    std::size_t const first = task.segments.begin_of(s);
    division const by = division_of(task.reduction, first, task.segments.size_of(s), w);
    auto const product = [&](T const* row) {
      return math::reduce_add(combine_packs<V>(
          g.columns, V(0), [&](auto k) { return load(g.address(s, 0), k) * load(row, k); }, plus{}));
    };
    bool const shifts = std::is_same_v<decltype(task.reduction), weighted_mean> && by.divisor != 0;
    T const of_mean = shifts ? product(task.out.address(s, 0)) : T(0);
    for (std::size_t i = first; i < task.segments.end_of(s); ++i) {
      T const above = product(task.table.address(static_cast<std::size_t>(task.indices[i]), 0)) - of_mean;
      double const slope = by.divisor == 0 ? 0 : static_cast<double>(above) / by.divisor * by.scale;
      to[i] = static_cast<typename To::value_type>(slope);
    }
  }
};

} // namespace detail

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
    return rankwise::detail::check_equal(found, needed, argument, errc::wrong_shape, opts.errors);
  };
  static_assert(detail::explain_segments<Executor, decltype(g), decltype(to)>());
  if (!task.check(executor, opts.errors) || !fits(g.rows, segments.size(), "the gradient of the output (rows)") ||
      !fits(g.columns, task.table.columns, "the gradient of the output (columns)") ||
      !rankwise::detail::check_output(to, "the gradient", task.indices.size(), opts.errors) ||
      !rankwise::detail::check_apart(to, g, "the gradient", opts.errors) ||
      !rankwise::detail::check_apart(to, task.out, "the gradient", opts.errors) ||
      !rankwise::detail::check_apart(to, task.table, "the gradient", opts.errors) ||
      !rankwise::detail::check_apart(to, opts.weights, "the gradient", opts.errors)) {
    return;
  }
  using by_weights = detail::weights_task<std::remove_const_t<decltype(task)>, std::remove_const_t<decltype(g)>,
                                          std::remove_const_t<decltype(to)>>;
  by_weights rows{task, g, to, opts.weights};
  if constexpr (item_by_item<Executor>) {
    rankwise::detail::with_lists(executor, segments, 0, [&](lists<Offset> const& there, std::byte*) {
      rows.task.segments = there;
      executor.template for_each_item<T>(segments.size(), detail::row_kernel<by_weights>{rows});
    });
  } else {
    executor.for_each_block(segments.size(), 256, [&](std::size_t begin, std::size_t count) {
      for (std::size_t s = begin; s < begin + count; ++s) {
        rows.template row<V>(detail::blocks_of_weights{opts.weights}, s);
      }
    });
  }
}
template <class Reduction, class Table, class Indices, class Offset, class Out, class OutGradient, class Gradient,
          class Isa = arch::native>
  requires(!executor<Reduction>)
void reduce_backward_weights(Reduction reduction, Table const& table, Indices const& indices,
                             lists<Offset> const& segments, Out const& out, OutGradient const& out_gradient,
                             Gradient&& gradient, segment_options const& opts = {}) {
  reduce_backward_weights(detail::executor_for_table<Table const, Isa>{}, reduction, table, indices, segments, out,
                          out_gradient, gradient, opts);
}

} // namespace rankwise::inline RANKWISE_ABI::sparse

#endif
