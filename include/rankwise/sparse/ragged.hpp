#ifndef RANKWISE_SPARSE_RAGGED_HPP
#define RANKWISE_SPARSE_RAGGED_HPP

#include <rankwise/core/lists.hpp>
#include <rankwise/core/options.hpp>
#include <rankwise/core/size.hpp>
#include <rankwise/core/storage.hpp>
#include <rankwise/exec/run.hpp>
#include <rankwise/sparse/hash.hpp>
#include <rankwise/sparse/indices.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

/// Ragged features: row l holds the ids offsets[l] .. offsets[l + 1] - 1. After RecIS (arXiv 2509.20883). Results are
/// in the memory of the ids, on a device with the same bits as on the host; offsets are always on the host.
namespace rankwise::inline RANKWISE_ABI::sparse {

/// Ids of a crossed feature with their weights.
template <memory Where = memory::host>
struct basic_crossed {
  static constexpr memory where = Where;

  typename storage_for<std::uint64_t, Where>::type ids;
  typename storage_for<double, Where>::type weights; ///< empty: neither feature had weights
  storage<std::size_t> offsets;

  RANKWISE_HOST_FN lists<std::size_t> rows() const {
    return lists<std::size_t>(column<std::size_t const>{offsets.data(), offsets.size()});
  }
};
using crossed = basic_crossed<>;

struct cross_options {
  any_column first_weights{}; ///< one per id, default 1
  any_column second_weights{};
  std::uint64_t seed = 0;
  on_error errors{};
};

namespace detail {

template <class Executor, class... Columns>
consteval bool explain_ragged() {
  static_assert(((Columns::where == Executor::where) && ...),
                "[rankwise] ragged features are worked on where the executor works: copy the columns there");
  static_assert((std::is_integral_v<typename Columns::value_type> && ...), "[rankwise] ids are integers");
  return true;
}

/// How many pairs the rows before each one have. False: more than a size can say, in row l.
template <class O1, class O2>
RANKWISE_HOST_FN bool count_pairs(lists<O1> const& first, lists<O2> const& second, storage<std::size_t>& offsets,
                                  std::size_t& l) {
  constexpr auto most = std::numeric_limits<std::size_t>::max();
  constexpr int half = std::numeric_limits<std::size_t>::digits / 2;
  for (l = 0; l < first.size(); ++l) {
    std::size_t const a = first.size_of(l);
    std::size_t const b = second.size_of(l);
    bool const fits = ((a | b) >> half) == 0 || a == 0 || b <= most / a; // dividing is slow
    if (!fits || a * b > most - offsets[l]) {
      return false;
    }
    offsets[l + 1] = offsets[l] + a * b;
  }
  return true;
}

/// One pair by itself, in memory that need not be the host's.
template <class First, class O1, class Second, class O2>
struct cross_kernel {
  First first;
  Second second;
  lists<O1> first_rows;
  lists<O2> second_rows;
  lists<std::size_t> rows;
  any_column first_weights;
  any_column second_weights;
  std::uint64_t seed;
  std::uint64_t* ids;
  double* weights; ///< null: nobody has any

  template <class Index>
  RANKWISE_FN void operator()(Index pair) const {
    std::size_t const l = row_at(rows, pair.first);
    std::size_t const at = pair.first - rows.begin_of(l);
    std::size_t const others = second_rows.size_of(l);
    std::size_t const i = first_rows.begin_of(l) + at / others;
    std::size_t const j = second_rows.begin_of(l) + at % others;
    ids[pair.first] = hash_pair(static_cast<std::uint64_t>(first[i]), static_cast<std::uint64_t>(second[j]), seed);
    if (weights != nullptr) {
      double const u = first_weights.given() ? first_weights.as_numbers()[i] : 1;
      double const v = second_weights.given() ? second_weights.as_numbers()[j] : 1;
      weights[pair.first] = u * v;
    }
  }
};

/// Calls f with two kinds of lists whose offsets the kernels of an executor of items can read.
template <class Executor, class Offset, class F>
void with_rows(Executor executor, lists<Offset> const& rows, lists<std::size_t> const& made, F const& f) {
  std::size_t const count = made.size() + 1;
  rankwise::detail::with_lists(executor, rows, count * sizeof(std::size_t),
                               [&](lists<Offset> const& there, std::byte* memory) {
                                 auto* const to = reinterpret_cast<std::size_t*>(memory);
                                 executor.send(made.offsets(), count, to);
                                 f(there, made.over(to));
                               });
}

} // namespace detail

/// Every id of a row of the first feature with every id of the same row of the second, the second running faster:
/// `hash_pair` of both ids, the product of both weights. Rows without ids in one of them are empty.
template <executor Executor, class First, class O1, class Second, class O2>
basic_crossed<Executor::where> cross(Executor executor, First const& first, lists<O1> const& first_rows,
                                     Second const& second, lists<O2> const& second_rows,
                                     cross_options const& opts = {}) {
  auto const a = as_column(first);
  auto const b = as_column(second);
  using A = std::remove_const_t<decltype(a)>;
  using B = std::remove_const_t<decltype(b)>;
  static_assert(detail::explain_ragged<Executor, A, B>());
  basic_crossed<Executor::where> out;
  auto const fits = [&](std::size_t found, std::size_t needed, char const* argument, errc code) {
    return rankwise::detail::check_equal(found, needed, argument, code, opts.errors);
  };
  if (!fits(a.size(), first_rows.items(), "the first ids", errc::offsets_overrun) ||
      !fits(b.size(), second_rows.items(), "the second ids", errc::offsets_overrun) ||
      !fits(second_rows.size(), first_rows.size(), "the second feature (rows)", errc::size_mismatch) ||
      !rankwise::detail::check_optional(opts.first_weights, "first_weights", a.size(), Executor::where, opts.errors) ||
      !rankwise::detail::check_optional(opts.second_weights, "second_weights", b.size(), Executor::where,
                                        opts.errors)) {
    return out;
  }
  std::size_t const rows = first_rows.size();
  std::size_t row = 0;
  out.offsets.resize(rows + 1);
  if (!detail::count_pairs(first_rows, second_rows, out.offsets, row)) {
    out.offsets = {};
    rankwise::detail::deliver(
        {errc::list_too_long, "the pairs of a row", row, first_rows.size_of(row), second_rows.size_of(row)},
        opts.errors);
    return out;
  }
  out.ids.resize(out.offsets[rows]);
  bool const weighted = opts.first_weights.given() || opts.second_weights.given();
  if (weighted) {
    out.weights.resize(out.offsets[rows]);
  }
  if constexpr (item_by_item<Executor>) {
    if (out.offsets[rows] == 0) {
      return out;
    }
    using rankwise::detail::address;
    detail::with_rows(executor, first_rows, out.rows(), [&](lists<O1> const& a_rows, lists<std::size_t> const& made) {
      rankwise::detail::with_lists(executor, second_rows, 0, [&](lists<O2> const& b_rows, std::byte*) {
        executor.template for_each_item<double>(
            out.offsets[rows],
            detail::cross_kernel<A, O1, B, O2>{a, b, a_rows, b_rows, made, opts.first_weights, opts.second_weights,
                                               opts.seed, address(out.ids), address(out.weights)});
      });
    });
  } else {
    executor.for_each_block(rows, 256, [&](std::size_t begin, std::size_t count) {
      std::size_t at = out.offsets[begin];
      for (std::size_t l = begin; l < begin + count; ++l) {
        for (std::size_t i = first_rows.begin_of(l); i < first_rows.end_of(l); ++i) {
          for (std::size_t j = second_rows.begin_of(l); j < second_rows.end_of(l); ++j) {
            out.ids[at] = hash_pair(static_cast<std::uint64_t>(a[i]), static_cast<std::uint64_t>(b[j]), opts.seed);
            if (weighted) {
              double u = 1;
              double v = 1;
              if (opts.first_weights.given()) {
                opts.first_weights.read(i, 1, &u);
              }
              if (opts.second_weights.given()) {
                opts.second_weights.read(j, 1, &v);
              }
              out.weights[at] = u * v;
            }
            ++at;
          }
        }
      }
    });
  }
  return out;
}
template <class First, class O1, class Second, class O2, class Isa = arch::native>
  requires(!executor<First>)
auto cross(First const& first, lists<O1> const& first_rows, Second const& second, lists<O2> const& second_rows,
           cross_options const& opts = {}) {
  return cross(executor_at<memory_of<First const>, Isa>{}, first, first_rows, second, second_rows, opts);
}

namespace detail {

template <class From, class To>
struct take_kernel {
  From from;
  std::size_t const* items;
  To to;

  template <class Index>
  RANKWISE_FN void operator()(Index i) const {
    to[i.first] = static_cast<typename To::value_type>(from[items[i.first]]);
  }
};

} // namespace detail

/// Which ids of a ragged feature stay.
template <memory Where = memory::host>
struct basic_kept_ids {
  static constexpr memory where = Where;

  typename storage_for<std::size_t, Where>::type items; ///< positions in the columns of the feature, row by row
  storage<std::size_t> offsets;

  RANKWISE_HOST_FN lists<std::size_t> rows() const {
    return lists<std::size_t>(column<std::size_t const>{offsets.data(), offsets.size()});
  }
  /// The numbers of the ids that stay, of a column with one number for each: ids, weights, embeddings' rows.
  template <executor Executor, class From, class To>
  void take(Executor executor, From const& from, To&& to, on_error errors = {}) const {
    static_assert(rankwise::detail::explain_output<To>());
    auto const f = as_column(from);
    auto const t = as_column(to);
    using F = std::remove_const_t<decltype(f)>;
    using T = std::remove_const_t<decltype(t)>;
    static_assert(Executor::where == Where && F::where == Where && T::where == Where,
                  "[rankwise] numbers are taken where the kept ids are: `cut_off(executor, ...)` keeps them where "
                  "that executor works");
    column<std::size_t const, Where> const kept{rankwise::detail::address(items), items.size()};
    if (!rankwise::detail::passed(detail::check_indices(executor, kept, f.size(), "the input"), errors) ||
        !rankwise::detail::check_output(t, "the output", items.size(), errors) ||
        !rankwise::detail::check_apart(t, f, "the output", errors)) {
      return;
    }
    if constexpr (item_by_item<Executor>) {
      executor.template for_each_item<double>(kept.size(), detail::take_kernel<F, T>{f, kept.first, t});
    } else {
      for (std::size_t i = 0; i < kept.size(); ++i) {
        t[i] = static_cast<typename T::value_type>(f[kept[i]]);
      }
    }
  }
  template <class From, class To, class Isa = arch::native>
    requires(!executor<From>)
  void take(From const& from, To&& to, on_error errors = {}) const {
    take(executor_at<Where, Isa>{}, from, to, errors);
  }
};
using kept_ids = basic_kept_ids<>;

enum class side : unsigned char { left, right };

namespace detail {

template <class Offset>
struct cut_kernel {
  lists<Offset> rows;
  lists<std::size_t> kept;
  side from;
  std::size_t* items;

  template <class Index>
  RANKWISE_FN void operator()(Index i) const {
    std::size_t const l = row_at(kept, i.first);
    std::size_t const first = from == side::left ? rows.begin_of(l) : rows.end_of(l) - kept.size_of(l);
    items[i.first] = first + (i.first - kept.begin_of(l));
  }
};

} // namespace detail

/// Ragged cut-off: at most `count` ids of every row, the first ones (left) or the last ones (right), in their order.
/// What stays is known where the executor works, without one on the host: no column says where it is wanted.
template <executor Executor, class Offset>
basic_kept_ids<Executor::where> cut_off(Executor executor, lists<Offset> const& rows, std::size_t count,
                                        side from = side::left) {
  basic_kept_ids<Executor::where> kept;
  kept.offsets.resize(rows.size() + 1);
  for (std::size_t l = 0; l < rows.size(); ++l) {
    std::size_t const size = rows.size_of(l);
    kept.offsets[l + 1] = kept.offsets[l] + (size < count ? size : count);
  }
  kept.items.resize(kept.offsets[rows.size()]);
  if constexpr (item_by_item<Executor>) {
    if (kept.offsets[rows.size()] != 0) {
      detail::with_rows(executor, rows, kept.rows(), [&](lists<Offset> const& there, lists<std::size_t> const& made) {
        executor.template for_each_item<double>(
            made.items(), detail::cut_kernel<Offset>{there, made, from, rankwise::detail::address(kept.items)});
      });
    }
  } else {
    for (std::size_t l = 0; l < rows.size(); ++l) {
      std::size_t const stay = kept.offsets[l + 1] - kept.offsets[l];
      std::size_t const first = from == side::left ? rows.begin_of(l) : rows.end_of(l) - stay;
      for (std::size_t i = 0; i < stay; ++i) {
        kept.items[kept.offsets[l] + i] = first + i;
      }
    }
  }
  return kept;
}
template <class Offset, class Isa = arch::native>
kept_ids cut_off(lists<Offset> const& rows, std::size_t count, side from = side::left) {
  return cut_off(exec::basic_simd<Isa>{}, rows, count, from);
}

/// Different ids in the order of their first appearance; ids[reverse[i]] is the id of item i.
template <class Id, memory Where = memory::host>
struct unique_ids {
  static constexpr memory where = Where;

  typename storage_for<Id, Where>::type ids;
  typename storage_for<std::size_t, Where>::type reverse;
};

namespace detail {

/// Open addressing: a slot holds the number of an id plus one, so that no id is special.
template <class Executor, class Ids, class Id>
void number_by_hash(Executor, Ids const& c, unique_ids<Id, memory::host>& out) {
  std::size_t slots = 16;
  while (slots < 2 * c.size()) {
    slots *= 2;
  }
  storage<std::size_t> slot;
  slot.resize(slots);
  storage<Id> found;
  found.resize(c.size());
  std::size_t count = 0;
  for (std::size_t i = 0; i < c.size(); ++i) {
    Id const id = c[i];
    std::size_t at = rankwise::detail::as_size(xxh_finish(static_cast<std::uint64_t>(id))) & (slots - 1);
    while (slot[at] != 0 && found[slot[at] - 1] != id) {
      at = (at + 1) & (slots - 1);
    }
    if (slot[at] == 0) {
      found[count] = id;
      slot[at] = ++count;
    }
    out.reverse[i] = slot[at] - 1;
  }
  out.ids.resize(count);
  for (std::size_t k = 0; k < count; ++k) {
    out.ids[k] = found[k];
  }
}

/// Equal ids stand together, their places ascending, so that the first of them is where the id appears first.
template <class Key>
struct appearance_kernel {
  Key const* keys;
  std::size_t const* places;
  std::size_t* starts;  ///< of sorted ids: 1 where another one begins
  std::size_t* appears; ///< of items: 1 where an id appears first

  template <class Index>
  RANKWISE_FN void operator()(Index i) const {
    std::size_t const k = i.first;
    std::size_t const first = k == 0 || keys[k] != keys[k - 1] ? 1 : 0;
    starts[k] = first;
    appears[places[k]] = first;
  }
};
/// first[r] = where the r-th smallest id appears first, from starts added up.
struct first_kernel {
  std::size_t const* places;
  std::size_t const* starts;
  std::size_t* first;

  template <class Index>
  RANKWISE_FN void operator()(Index i) const {
    std::size_t const k = i.first;
    if (k == 0 || starts[k] != starts[k - 1]) {
      first[starts[k] - 1] = places[k];
    }
  }
};
struct reverse_kernel {
  std::size_t const* places;
  std::size_t const* starts;
  std::size_t const* appears; ///< added up: the number of an id, from 1, where it appears first
  std::size_t const* first;
  std::size_t* reverse;

  template <class Index>
  RANKWISE_FN void operator()(Index i) const {
    reverse[places[i.first]] = appears[first[starts[i.first] - 1]] - 1;
  }
};
template <class Ids>
struct different_kernel {
  Ids ids;
  std::size_t const* appears;
  std::size_t const* first;
  typename Ids::value_type* to;

  template <class Index>
  RANKWISE_FN void operator()(Index i) const {
    std::size_t const at = first[i.first];
    to[appears[at] - 1] = ids[at];
  }
};

template <class Executor, class Ids, class Id>
void number_by_sorting(Executor executor, Ids const& c, unique_ids<Id, Executor::where>& out) {
  using rankwise::detail::address;
  std::size_t const n = c.size();
  workspace own;
  executor.with_memory(4 * n * sizeof(std::size_t), &own, [&](std::byte* memory) {
    auto* const keys = reinterpret_cast<sort_key<Ids>*>(memory);
    auto* const first = reinterpret_cast<std::size_t*>(memory); // when the keys have served
    std::size_t* const places = first + n;
    std::size_t* const starts = places + n;
    std::size_t* const appears = starts + n;
    sort_places(executor, c, keys, places);
    executor.template for_each_item<double>(n, appearance_kernel<sort_key<Ids>>{keys, places, starts, appears});
    executor.add_up(starts, n);
    executor.add_up(appears, n);
    executor.template for_each_item<double>(n, first_kernel{places, starts, first});
    executor.template for_each_item<double>(n, reverse_kernel{places, starts, appears, first, address(out.reverse)});
    std::size_t count = 0;
    executor.fetch(starts + (n - 1), 1, &count);
    out.ids.resize(count);
    executor.template for_each_item<double>(count, different_kernel<Ids>{c, appears, first, address(out.ids)});
  });
}

} // namespace detail

/// Any integers, repeated at will. On a device the host waits to hear how many are different.
template <executor Executor, class Ids>
auto unique(Executor executor, Ids const& ids) {
  auto const c = as_column(ids);
  using C = std::remove_const_t<decltype(c)>;
  static_assert(detail::explain_ragged<Executor, C>());
  unique_ids<typename C::value_type, Executor::where> out;
  out.reverse.resize(c.size());
  if constexpr (item_by_item<Executor>) {
    if (c.size() != 0) {
      detail::number_by_sorting(executor, c, out);
    }
  } else {
    detail::number_by_hash(executor, c, out);
  }
  return out;
}
template <class Ids, class Isa = arch::native>
auto unique(Ids const& ids) {
  return unique(executor_at<memory_of<Ids const>, Isa>{}, ids);
}

} // namespace rankwise::inline RANKWISE_ABI::sparse

#endif
