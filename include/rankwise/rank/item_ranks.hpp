#ifndef RANKWISE_RANK_ITEM_RANKS_HPP
#define RANKWISE_RANK_ITEM_RANKS_HPP

#include <rankwise/exec/list.hpp>
#include <rankwise/rank/top.hpp>

#include <cstddef>
#include <cstdint>

/// The place of every item of a list, where nobody asks who stands at a place.
namespace rankwise::inline RANKWISE_ABI::rank {

namespace detail {

/// Up to this many registers of items comparing all pairs is cheapest.
inline constexpr std::size_t item_ranks_by_counting = 12;

/// Every pair is compared once: whoever does not win, loses. `keys` are padded to full registers with minus infinity.
template <class V, class T>
RANKWISE_FN void count_item_ranks(T const* keys, std::size_t count, std::uint32_t* ranks) {
  constexpr std::size_t width = static_cast<std::size_t>(math::lanes<V>);
  V const one(1);
  V const zero(0);
  for (std::size_t i = 0; i < count; ++i) {
    ranks[i] = 0;
  }
  for (std::size_t p = 0; p < count; p += width) {
    V const v = math::load<V>(keys + p);
    V behind[2] = {zero, zero};
    std::size_t const own = p + width < count ? p + width : count;
    for (std::size_t j = p; j < own; ++j) {
      V const x(keys[j]);
      auto const not_later = math::ops<V>::first(j - p + 1);
      behind[0] += math::select(not_later, math::select(x > v, one, zero), math::select(x >= v, one, zero));
    }
    std::size_t j = own;
    for (; j + 2 <= count; j += 2) { // two chains hide the latency of the sums
      auto const first = v >= V(keys[j]);
      auto const second = v >= V(keys[j + 1]);
      behind[0] += math::select(first, zero, one);
      behind[1] += math::select(second, zero, one);
      ranks[j] += static_cast<std::uint32_t>(math::count(first));
      ranks[j + 1] += static_cast<std::uint32_t>(math::count(second));
    }
    if (j < count) {
      auto const first = v >= V(keys[j]);
      behind[0] += math::select(first, zero, one);
      ranks[j] += static_cast<std::uint32_t>(math::count(first));
    }
    T lane[width];
    math::store(lane, behind[0] + behind[1]);
    for (std::size_t i = p; i < own; ++i) {
      ranks[i] += static_cast<std::uint32_t>(lane[i - p]);
    }
  }
}

} // namespace detail

/// Writes the rank of every item by `key(i)`, the greatest first, equal keys in the order of the list; `to` may be
/// `list.indices<2>()` or a later column. Items that do not take part get ranks behind the others, or none. Needs
/// top_scratch. True if the order was found on the way: then it is in `list.indices<0>()`.
template <class List, class Key>
RANKWISE_FN bool item_ranks(List const& list, Key key, std::uint32_t* to) {
  using V = typename List::vector;
  constexpr std::size_t width = static_cast<std::size_t>(math::lanes<V>);
  std::size_t const n = list.size();
  if constexpr (width > 1 && !is_shared<V>) {
    if (n <= detail::item_ranks_by_counting * width) {
      auto* const keys = list.template values<0>();
      V const lowest(-math::ops<typename List::scalar>::infinity);
      list.each([&](auto i) {
        V v = key(i);
        if (list.has_masked()) {
          v = math::select(list.live(i), v, lowest);
        }
        if constexpr (!decltype(i)::full) {
          v = math::select(math::ops<V>::first(i.count), v, lowest);
        }
        math::store(keys + i.first, v);
      });
      detail::count_item_ranks<V>(keys, n, to);
      return false;
    }
  }
  std::size_t const count = top(list, static_cast<std::size_t>(-1), key);
  std::uint32_t const* const order = list.template indices<0>();
  each_place<V>(count, [&](std::size_t r) { to[order[r]] = static_cast<std::uint32_t>(r); });
  return true;
}

} // namespace rankwise::inline RANKWISE_ABI::rank

#endif
