#ifndef RANKWISE_RANK_GROUP_ORDER_HPP
#define RANKWISE_RANK_GROUP_ORDER_HPP

#include <rankwise/exec/group.hpp>
#include <rankwise/exec/pack.hpp>

#include <cstddef>
#include <cstdint>

/// Sorting by a group of threads: comparisons alone, no atomics, so that everybody finds the same order every time.
namespace rankwise::inline RANKWISE_ABI::rank::detail {

/// How many of the sorted entries first .. last - 1 come before a key: those that are greater, and equal ones too where
/// they stand before it.
template <class T>
RANKWISE_FN std::size_t entries_before(T const* keys, std::uint32_t const* entries, std::size_t first, std::size_t last,
                                       T key, bool equals_too) {
  std::size_t const begin = first;
  while (first < last) {
    std::size_t const middle = first + (last - first) / 2;
    T const other = keys[entries[middle]];
    bool const before = other > key || (equals_too && other == key);
    first = before ? middle + 1 : first;
    last = before ? last : middle;
  }
  return first - begin;
}

/// Writes the positions of the k greatest of n keys into `order`, best first, equal ones in the order of the list, and
/// returns how many there are; keys that are minus infinity are left out. `ranks` and `spare` are columns like the
/// others. Few keys are compared with each other; of many, sorted runs are merged, every entry finding its place in the
/// neighbouring run on its own.
template <class V, class T>
RANKWISE_FN std::size_t order_in_group(T const* keys, T* ranks, std::uint32_t* order, std::uint32_t* spare,
                                       std::size_t n, std::size_t k) {
  using group = typename math::ops<V>::group;
  constexpr std::size_t width = group::size;
  constexpr std::size_t by_counting = 4 * width < 64 ? 64 : 4 * width;
  std::size_t count = 0;
  if (n <= by_counting) {
    for_each_pack<V>(n, [&](auto i) {
      V const own = load(keys, i);
      V before(0);
      for (std::size_t j = 0; j < n; ++j) { // in step with the others: one address for all
        V const other(keys[j]);
        auto const earlier = position(i) > V(static_cast<T>(j));
        before += math::select((other > own) | ((other == own) & earlier), V(1), V(0));
      }
      auto const there = math::ops<V>::first(i.live()) & (own > V(-math::ops<T>::infinity));
      count += static_cast<std::size_t>(math::count(there));
      store(ranks, i, math::select(there, before, V(math::ops<T>::infinity)));
    });
    each_place<V>(n, [&](std::size_t p) {
      if (ranks[p] < static_cast<T>(n)) {
        order[static_cast<std::size_t>(ranks[p])] = static_cast<std::uint32_t>(p);
      }
    });
    return count < k ? count : k;
  }
  for_each_pack<V>(n, [&](auto i) {
    V const own = load(keys, i);
    auto const there = math::ops<V>::first(i.live()) & (own > V(-math::ops<T>::infinity));
    count += math::ops<V>::store_chosen(ranks + count, order + count, own, there, static_cast<std::uint32_t>(i.first));
  });
  std::uint32_t* from = order;
  std::uint32_t* to = spare;
  for (std::size_t run = 1; run < count; run *= 2) {
    each_place<V>(count, [&](std::size_t p) {
      std::size_t const pair = p / (2 * run) * (2 * run);
      std::size_t const middle = pair + run < count ? pair + run : count;
      std::size_t const end = pair + 2 * run < count ? pair + 2 * run : count;
      std::uint32_t const entry = from[p];
      T const key = keys[entry];
      bool const left = p < middle;
      std::size_t const own = left ? p - pair : p - middle;
      std::size_t const others = left ? entries_before(keys, from, middle, end, key, false)
                                      : entries_before(keys, from, pair, middle, key, true);
      to[pair + own + others] = entry;
    });
    std::uint32_t* const last = from;
    from = to;
    to = last;
  }
  if (from != order) {
    each_place<V>(count, [&](std::size_t p) { order[p] = from[p]; });
  }
  return count < k ? count : k;
}

} // namespace rankwise::inline RANKWISE_ABI::rank::detail

#endif
