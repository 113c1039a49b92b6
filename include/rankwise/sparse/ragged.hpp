#ifndef RANKWISE_SPARSE_RAGGED_HPP
#define RANKWISE_SPARSE_RAGGED_HPP

#include <rankwise/core/lists.hpp>
#include <rankwise/core/options.hpp>
#include <rankwise/core/size.hpp>
#include <rankwise/core/storage.hpp>
#include <rankwise/exec/run.hpp>
#include <rankwise/sparse/hash.hpp>

#include <cstddef>
#include <cstdint>

/// Ragged features: row l holds the ids offsets[l] .. offsets[l + 1] - 1. After RecIS (arXiv 2509.20883).
namespace rankwise::inline RANKWISE_ABI::sparse {

/// Ids of a crossed feature with their weights.
struct crossed {
  storage<std::uint64_t> ids;
  storage<double> weights; ///< empty: neither feature had weights
  storage<std::size_t> offsets;

  RANKWISE_HOST_FN lists<std::size_t> rows() const {
    return lists<std::size_t>(column<std::size_t const>{offsets.data(), offsets.size()});
  }
};

struct cross_options {
  any_column first_weights{}; ///< one per id, default 1
  any_column second_weights{};
  std::uint64_t seed = 0;
  on_error errors{};
};

/// Every id of a row of the first feature with every id of the same row of the second, the second running faster:
/// `hash_pair` of both ids, the product of both weights. Rows without ids in one of them are empty.
template <class First, class O1, class Second, class O2, class Isa = arch::native>
crossed cross(First const& first, lists<O1> const& first_rows, Second const& second, lists<O2> const& second_rows,
              cross_options const& opts = {}) {
  auto const a = as_column(first);
  auto const b = as_column(second);
  static_assert(decltype(a)::where == memory::host && decltype(b)::where == memory::host,
                "[rankwise] cross runs in host memory");
  static_assert(std::is_integral_v<typename decltype(a)::value_type> &&
                    std::is_integral_v<typename decltype(b)::value_type>,
                "[rankwise] ids are integers");
  crossed out;
  auto const fits = [&](std::size_t found, std::size_t needed, char const* argument, errc code) {
    return rankwise::detail::passed(found == needed ? status{} : status{code, argument, status::nowhere, needed, found},
                                    opts.errors);
  };
  if (!fits(a.size(), first_rows.items(), "the first ids", errc::offsets_overrun) ||
      !fits(b.size(), second_rows.items(), "the second ids", errc::offsets_overrun) ||
      !fits(second_rows.size(), first_rows.size(), "the second feature (rows)", errc::size_mismatch) ||
      !rankwise::detail::check_optional(opts.first_weights, "first_weights", a.size(), memory::host, opts.errors) ||
      !rankwise::detail::check_optional(opts.second_weights, "second_weights", b.size(), memory::host, opts.errors)) {
    return out;
  }
  std::size_t const rows = first_rows.size();
  out.offsets.resize(rows + 1);
  for (std::size_t l = 0; l < rows; ++l) {
    out.offsets[l + 1] = out.offsets[l] + first_rows.size_of(l) * second_rows.size_of(l);
  }
  out.ids.resize(out.offsets[rows]);
  bool const weighted = opts.first_weights.given() || opts.second_weights.given();
  if (weighted) {
    out.weights.resize(out.offsets[rows]);
  }
  std::size_t at = 0;
  for (std::size_t l = 0; l < rows; ++l) {
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
  return out;
}

/// Which ids of a ragged feature stay.
struct kept_ids {
  storage<std::size_t> items; ///< positions in the columns of the feature, row by row
  storage<std::size_t> offsets;

  RANKWISE_HOST_FN lists<std::size_t> rows() const {
    return lists<std::size_t>(column<std::size_t const>{offsets.data(), offsets.size()});
  }
  /// The numbers of the ids that stay, of a column with one number for each: ids, weights, embeddings' rows.
  template <class From, class To, class Isa = arch::native>
  void take(From const& from, To&& to, on_error errors = {}) const {
    static_assert(rankwise::detail::explain_output<To>());
    auto const f = as_column(from);
    auto const t = as_column(to);
    status beyond;
    for (std::size_t i = 0; i < items.size() && beyond.ok(); ++i) {
      beyond = items[i] < f.size() ? status{} : status{errc::out_of_range, "the input", i, f.size(), items[i]};
    }
    if (!rankwise::detail::passed(beyond, errors) ||
        !rankwise::detail::check_output(t, "the output", items.size(), errors) ||
        !rankwise::detail::check_apart(t, f, "the output", errors)) {
      return;
    }
    for (std::size_t i = 0; i < items.size(); ++i) {
      t[i] = static_cast<typename decltype(t)::value_type>(f[items[i]]);
    }
  }
};

enum class side : unsigned char { left, right };

/// Ragged cut-off: at most `count` ids of every row, the first ones (left) or the last ones (right), in their order.
template <class Offset, class Isa = arch::native>
kept_ids cut_off(lists<Offset> const& rows, std::size_t count, side from = side::left) {
  kept_ids kept;
  kept.offsets.resize(rows.size() + 1);
  for (std::size_t l = 0; l < rows.size(); ++l) {
    std::size_t const size = rows.size_of(l);
    kept.offsets[l + 1] = kept.offsets[l] + (size < count ? size : count);
  }
  kept.items.resize(kept.offsets[rows.size()]);
  for (std::size_t l = 0; l < rows.size(); ++l) {
    std::size_t const stay = kept.offsets[l + 1] - kept.offsets[l];
    std::size_t const first = from == side::left ? rows.begin_of(l) : rows.end_of(l) - stay;
    for (std::size_t i = 0; i < stay; ++i) {
      kept.items[kept.offsets[l] + i] = first + i;
    }
  }
  return kept;
}

/// Different ids in the order of their first appearance; ids[reverse[i]] is the id of item i.
template <class Id>
struct unique_ids {
  storage<Id> ids;
  storage<std::size_t> reverse;
};

/// Any integers, repeated at will.
template <class Ids, class Isa = arch::native>
auto unique(Ids const& ids) {
  auto const c = as_column(ids);
  static_assert(decltype(c)::where == memory::host, "[rankwise] unique runs in host memory");
  using Id = typename decltype(c)::value_type;
  static_assert(std::is_integral_v<Id>, "[rankwise] ids are integers");
  unique_ids<Id> out;
  out.reverse.resize(c.size());
  // Open addressing; a slot holds the number of an id plus one, so that no id is special.
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
    std::size_t at = rankwise::detail::as_size(detail::xxh_finish(static_cast<std::uint64_t>(id))) & (slots - 1);
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
  return out;
}

} // namespace rankwise::inline RANKWISE_ABI::sparse

#endif
