#ifndef RANKWISE_SPARSE_INDICES_HPP
#define RANKWISE_SPARSE_INDICES_HPP

#include <rankwise/core/lists.hpp>
#include <rankwise/core/size.hpp>
#include <rankwise/exec/run.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

/// Columns of ids and indices wherever they are: checked before anybody reads by them, found in their rows, and sorted
/// together with their places.
namespace rankwise::inline RANKWISE_ABI::sparse::detail {

/// NaN for an index that names no row.
template <class Indices>
struct index_kernel {
  Indices indices;
  std::size_t rows;

  template <class Index>
  RANKWISE_FN auto operator()(Index i) const {
    using V = typename Index::vector;
    bool const inside = static_cast<std::uint64_t>(indices[i.first]) < rows;
    return item_sums<V, 1>{{inside ? V(0) : V(math::ops<V>::quiet_nan)}};
  }
};
template <class Indices>
struct index_reader {
  Indices indices;
  std::size_t at;
  std::uint64_t* to;

  template <class Index>
  RANKWISE_FN void operator()(Index) const {
    *to = static_cast<std::uint64_t>(indices[at]);
  }
};

/// The first index that names no row. What is negative is a huge unsigned number. Ids are mapped by policies in order.
template <class Executor, class Indices>
status check_indices(Executor executor, Indices const& indices, std::size_t rows, char const* argument = "an index") {
  if constexpr (requires { indices.policy.check(); }) {
    if (status const s = indices.policy.check(); !s.ok()) {
      return s;
    }
  }
  if constexpr (item_by_item<Executor>) {
    workspace own;
    auto const waiting = rankwise::detail::waiting(executor);
    auto const total =
        waiting.template sum_items<float, 1>(indices.size(), index_kernel<Indices>{indices, rows}, &own, on_error{});
    if (total.flagged == 0) {
      return {};
    }
    std::uint64_t found = 0;
    executor.with_memory(sizeof found, &own, [&](std::byte* memory) {
      auto* const there = reinterpret_cast<std::uint64_t*>(memory);
      executor.template for_each_item<float>(1, index_reader<Indices>{indices, total.first_flagged, there});
      executor.fetch(there, 1, &found);
    });
    return {errc::out_of_range, argument, total.first_flagged, rows, rankwise::detail::as_size(found)};
  } else {
    bool inside = true; // one comparison per id
    for (std::size_t i = 0; i < indices.size(); ++i) {
      inside = inside & (static_cast<std::uint64_t>(indices[i]) < rows);
    }
    for (std::size_t i = 0; !inside && i < indices.size(); ++i) {
      if (!(static_cast<std::uint64_t>(indices[i]) < rows)) {
        return {errc::out_of_range, argument, i, rows, static_cast<std::size_t>(indices[i])};
      }
    }
    return {};
  }
}

/// The row that an item is in.
template <class Offset>
RANKWISE_FN std::size_t row_at(lists<Offset> const& rows, std::size_t item) {
  std::size_t low = 0; // of the rows that begin where the item is or before, the last one has items
  std::size_t high = rows.size();
  while (high - low > 1) {
    std::size_t const middle = low + (high - low) / 2;
    (rows.begin_of(middle) <= item ? low : high) = middle;
  }
  return low;
}

/// What ids are sorted as: only which of them are equal, and for indices their order, has to survive.
template <class Ids>
using sort_key = std::conditional_t<(sizeof(typename Ids::value_type) > 4), std::uint64_t, std::uint32_t>;

template <class Ids>
struct key_kernel {
  Ids ids;
  sort_key<Ids>* keys;
  std::size_t* places;

  template <class Index>
  RANKWISE_FN void operator()(Index i) const {
    keys[i.first] = static_cast<sort_key<Ids>>(ids[i.first]);
    places[i.first] = i.first;
  }
};

template <class Executor>
consteval bool explain_sorting() {
  static_assert(
      requires(Executor e, std::uint64_t * keys, std::size_t * places) {
        e.sort_pairs(keys, std::size_t{}, places);
        e.add_up(places, std::size_t{});
      },
      "[rankwise] this executor of items does not sort: it needs sort_pairs(keys, n, values) and add_up(numbers, n)");
  return true;
}

/// The ids in ascending order with their places; the places of equal ids ascend.
template <class Executor, class Ids>
void sort_places(Executor executor, Ids const& ids, sort_key<Ids>* keys, std::size_t* places) {
  static_assert(explain_sorting<Executor>());
  executor.template for_each_item<double>(ids.size(), key_kernel<Ids>{ids, keys, places});
  executor.sort_pairs(keys, ids.size(), places);
}

} // namespace rankwise::inline RANKWISE_ABI::sparse::detail

#endif
