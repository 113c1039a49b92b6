#ifndef RANKWISE_RANK_GROUP_ORDER_HPP
#define RANKWISE_RANK_GROUP_ORDER_HPP

#include <rankwise/exec/group.hpp>
#include <rankwise/exec/pack.hpp>

#include <cstddef>
#include <cstdint>

/// Sorting by a group of threads: comparisons alone, no atomics, so that everybody finds the same order every time.
namespace rankwise::inline RANKWISE_ABI::rank::detail {

/// Writes the positions of the k greatest of n keys into `order`, best first, equal ones in the order of the list, and
/// returns how many there are; keys that are minus infinity are left out. `ranks` and `spare` are columns like the
/// others. Few keys are compared with each other, many are sorted by merging.
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
  count = collect_places<V>(n, order, [&](std::size_t p) { return keys[p] > -math::ops<T>::infinity; });
  rankwise::detail::sort_in_group<V>(order, spare, count, [&](std::uint32_t a, std::uint32_t b) {
    return keys[a] > keys[b] || (keys[a] == keys[b] && a < b);
  });
  return count < k ? count : k;
}

} // namespace rankwise::inline RANKWISE_ABI::rank::detail

#endif
