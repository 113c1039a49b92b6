#ifndef RANKWISE_RANK_GROUP_ORDER_HPP
#define RANKWISE_RANK_GROUP_ORDER_HPP

#include <rankwise/exec/group.hpp>
#include <rankwise/exec/pack.hpp>

#include <cstddef>
#include <cstdint>

/// Sorting by a group of threads: comparisons alone, no atomics, so that everybody finds the same order every time.
namespace rankwise::inline RANKWISE_ABI::rank::detail {

/// Writes the places p < n with chosen(p) into `to`, in their order, until there are `most`, and returns how many there
/// are. For few of many: where nobody chooses, a look is all it takes.
template <class V, class Chosen>
RANKWISE_FN std::size_t collect_few(std::size_t n, std::uint32_t* to, std::size_t most, Chosen chosen) {
  using group = typename math::ops<V>::group;
  std::size_t count = 0;
  group::sync();
  for (std::size_t first = 0; first < n && count < most; first += group::size) {
    std::size_t const p = first + group::lane();
    bool const mine = p < n && chosen(p);
    if (!group::any(mine)) {
      continue;
    }
    std::size_t const before =
        group::scan(static_cast<std::uint32_t>(mine ? 1 : 0), rankwise::detail::shared_plus{}) - (mine ? 1u : 0u);
    if (mine && count + before < most) {
      to[count + before] = static_cast<std::uint32_t>(p);
    }
    count += group::count(mine);
  }
  group::sync();
  return count < most ? count : most;
}

/// No more than the k-th greatest key, and not much less: the k-th greatest of the greatest that each thread sees.
/// Minus infinity if fewer than k threads see any. k is at most the threads of a group, `spare` as long.
template <class V, class T>
RANKWISE_FN T bound_of_best(T const* keys, T* spare, std::size_t n, std::size_t k) {
  using group = typename math::ops<V>::group;
  T most = -math::ops<T>::infinity;
  for (std::size_t p = group::lane(); p < n; p += group::size) {
    most = keys[p] > most ? keys[p] : most;
  }
  group::sync();
  spare[group::lane()] = most;
  group::sync();
  std::size_t before = 0;
  for (std::size_t j = 0; j < group::size; ++j) { // in step with the others: one address for all
    before += spare[j] > most || (spare[j] == most && j < group::lane()) ? 1u : 0u;
  }
  return group::reduce(before == k - 1 ? most : -math::ops<T>::infinity, rankwise::detail::shared_max{});
}

/// Brings positions that stand in the order of the list into that of their keys. `ranks` and `spare` have room for as
/// many. Few are compared with each other, many are sorted by merging.
template <class V, class T>
RANKWISE_FN void sort_positions_in_group(T const* keys, T* ranks, std::uint32_t* item, std::uint32_t* spare,
                                         std::size_t count) {
  constexpr std::size_t width = math::ops<V>::group::size;
  constexpr std::size_t compared = width < 16    ? 64
                                   : width < 128 ? 4 * width
                                                 : 512; // from there on merging is sooner done
  if (count > compared) {
    rankwise::detail::sort_in_group<V>(item, spare, count, [&](std::uint32_t a, std::uint32_t b) {
      return keys[a] > keys[b] || (keys[a] == keys[b] && a < b);
    });
    return;
  }
  each_place<V>(count, [&](std::size_t c) { ranks[c] = keys[item[c]]; });
  each_place<V>(count, [&](std::size_t c) {
    T const own = ranks[c];
    std::size_t before = 0;
    for (std::size_t j = 0; j < count; ++j) {
      before += ranks[j] > own || (ranks[j] == own && j < c) ? 1 : 0;
    }
    spare[before] = item[c];
  });
  each_place<V>(count, [&](std::size_t r) { item[r] = spare[r]; });
}

/// Writes the positions of the k greatest of n keys into `order`, best first, equal ones in the order of the list, and
/// returns how many there are; keys that are minus infinity are left out. `ranks` and `spare` are columns like the
/// others. Where k are few, a bound leaves out almost everybody else; whoever equals it is in order already.
template <class V, class T>
RANKWISE_FN std::size_t order_in_group(T const* keys, T* ranks, std::uint32_t* order, std::uint32_t* spare,
                                       std::size_t n, std::size_t k) {
  constexpr std::size_t width = math::ops<V>::group::size;
  if (k <= width && n > 2 * width) {
    T const bound = bound_of_best<V>(keys, ranks, n, k);
    if (bound > -math::ops<T>::infinity) {
      std::size_t const better = collect_few<V>(n, order, n, [&](std::size_t p) { return keys[p] > bound; });
      sort_positions_in_group<V>(keys, ranks, order, spare, better);
      if (better >= k) {
        return k;
      }
      return better + collect_few<V>(n, order + better, k - better, [&](std::size_t p) { return keys[p] == bound; });
    }
  }
  std::size_t const count =
      collect_places<V>(n, order, [&](std::size_t p) { return keys[p] > -math::ops<T>::infinity; });
  sort_positions_in_group<V>(keys, ranks, order, spare, count);
  return count < k ? count : k;
}

} // namespace rankwise::inline RANKWISE_ABI::rank::detail

#endif
