#ifndef RANKWISE_RANK_TOP_HPP
#define RANKWISE_RANK_TOP_HPP

#include <rankwise/exec/list.hpp>

#include <cstddef>
#include <cstdint>

/// The best items of a list in order. Equal keys keep the order of the list (`ties::stable`), so the result is the same
/// on every executor.
namespace rankwise::inline RANKWISE_ABI::rank {

namespace detail {

/// Keys and items as two columns, and the order: greater keys first, then earlier items.
template <class T>
struct entries {
  T* key;
  std::uint32_t* item;

  RANKWISE_FN bool before(std::size_t a, std::size_t b) const {
    return key[a] > key[b] || (key[a] == key[b] && item[a] < item[b]);
  }
  RANKWISE_FN void swap(std::size_t a, std::size_t b) const {
    T const k = key[a];
    key[a] = key[b];
    key[b] = k;
    std::uint32_t const i = item[a];
    item[a] = item[b];
    item[b] = i;
  }
  // Moves entry `root` down until no child comes later in the order: the heap's top is the last of the order.
  RANKWISE_FN void sift(std::size_t root, std::size_t count) const {
    for (std::size_t child = 2 * root + 1; child < count; child = 2 * root + 1) {
      if (child + 1 < count && before(child, child + 1)) {
        ++child;
      }
      if (!before(root, child)) {
        return;
      }
      swap(root, child);
      root = child;
    }
  }
  RANKWISE_FN void sort(std::size_t count) const {
    for (std::size_t root = count / 2; root-- > 0;) {
      sift(root, count);
    }
    for (std::size_t last = count; last-- > 1;) {
      swap(0, last);
      sift(0, last);
    }
  }
};

/// Up to this many are kept sorted while scanning; beyond, all keys are sorted.
inline constexpr std::size_t insertion_limit = 32;

} // namespace detail

/// Writes the `k` items with the greatest `key(i)` into `list.indices()`, best first, their keys into `list.values()`,
/// and returns how many there are: fewer than k if the list is short or items are masked.
template <class List, class Key>
RANKWISE_FN std::size_t top(List const& list, std::size_t k, Key key) {
  using V = typename List::vector;
  using T = typename List::scalar;
  detail::entries<T> const best{list.template values<0>(), list.template indices<0>()};
  std::size_t count = 0;
  bool const sorting = k <= detail::insertion_limit;
  T threshold = -math::ops<T>::infinity;
  list.each([&](auto i) {
    V const v = key(i);
    bool const filling = !sorting || count < k;
    if (!filling && math::none(v > V(threshold))) {
      return;
    }
    for (std::size_t lane = 0; lane < i.live(); ++lane) {
      std::size_t const item = i.first + lane;
      T const x = math::ops<V>::get(v, lane);
      if ((list.has_masked() && !list.takes_part(item)) || (sorting && count == k && !(x > threshold))) {
        continue;
      }
      std::size_t at = count;
      if (sorting) {
        at = count < k ? count : k - 1;
        for (; at > 0 && x > best.key[at - 1]; --at) {
          best.key[at] = best.key[at - 1];
          best.item[at] = best.item[at - 1];
        }
      }
      best.key[at] = x;
      best.item[at] = static_cast<std::uint32_t>(item);
      if (!sorting || count < k) {
        ++count;
      }
      if (sorting && count == k) {
        threshold = best.key[k - 1];
      }
    }
  });
  if (!sorting) {
    best.sort(count);
  }
  return count < k ? count : k;
}

} // namespace rankwise::inline RANKWISE_ABI::rank

#endif
