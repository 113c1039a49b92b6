#ifndef RANKWISE_RANK_TOP_HPP
#define RANKWISE_RANK_TOP_HPP

#include <rankwise/exec/list.hpp>

#include <cstddef>
#include <cstdint>

/// The best items of a list in order. Equal keys keep the order of the list, so every executor and every path below
/// finds the same items in the same order.
namespace rankwise::inline RANKWISE_ABI::rank {

/// What `top` needs of a formula's scratch; its result stands in `list.indices<0>()`, everything else is free
/// afterwards.
using top_scratch = scratch_columns<2, 2>;

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
  // A new entry, later than all in the list, into the `count` sorted ones, of which at most `k` stay.
  RANKWISE_FN std::size_t insert(T x, std::uint32_t i, std::size_t count, std::size_t k) const {
    if (count == k && !(x > key[k - 1])) {
      return count;
    }
    std::size_t at = count < k ? count : k - 1;
    for (; at > 0 && x > key[at - 1]; --at) {
      key[at] = key[at - 1];
      item[at] = item[at - 1];
    }
    key[at] = x;
    item[at] = i;
    return count < k ? count + 1 : k;
  }
};

inline constexpr std::size_t insertion_limit = 32; // up to this k a sorted buffer beats sorting all
inline constexpr std::size_t counting_limit = 64;  // up to this many items comparing all pairs is cheapest
inline constexpr std::size_t counting_limit_for_large_k = 256;

/// key(i), and minus infinity for whoever does not take part.
template <class List, class Key, class Index>
RANKWISE_FN typename List::vector masked_key(List const& list, Key const& key, Index i) {
  using V = typename List::vector;
  V const v = key(i);
  return list.has_masked() ? math::select(list.live(i), v, V(-math::ops<typename List::scalar>::infinity)) : v;
}

/// One item after the other.
template <class List, class Key>
RANKWISE_FN std::size_t top_one_by_one(List const& list, std::size_t k, Key key) {
  using V = typename List::vector;
  using T = typename List::scalar;
  entries<T> const best{list.template values<0>(), list.template indices<0>()};
  bool const sorting = k > insertion_limit;
  std::size_t count = 0;
  list.each([&](auto i) {
    V const v = masked_key(list, key, i);
    if (!sorting && count == k && math::none(v > V(best.key[k - 1]))) {
      return;
    }
    for (std::size_t lane = 0; lane < i.live(); ++lane) {
      T const x = math::ops<V>::get(v, lane);
      auto const item = static_cast<std::uint32_t>(i.first + lane);
      if (!(x > -math::ops<T>::infinity)) {
        continue;
      }
      if (sorting) {
        best.key[count] = x;
        best.item[count] = item;
        ++count;
      } else {
        count = best.insert(x, item, count, k);
      }
    }
  });
  if (sorting) {
    best.sort(count);
  }
  return count < k ? count : k;
}

/// Ranks `count` keys by comparing all pairs, a register of items against one item at a time, and writes the names
/// of the first k of them in order; `names` and `order` may not overlap. Keys are padded to full registers with minus
/// infinity; keys that are minus infinity themselves are left out.
template <class V, class T>
RANKWISE_FN std::size_t order_by_counting(T const* keys, T* ranks, std::size_t count, std::size_t k,
                                          std::uint32_t const* names, std::uint32_t* order) {
  constexpr std::size_t width = static_cast<std::size_t>(math::lanes<V>);
  V const one(1);
  V const zero(0);
  std::size_t taking_part = 0;
  for (std::size_t p = 0; p < count; p += width) {
    V const v = math::load<V>(keys + p);
    taking_part += static_cast<std::size_t>(math::count(v > V(-math::ops<T>::infinity)));
    // An equal key counts as better if its item comes earlier.
    V earlier = zero;
    V later = zero;
    for (std::size_t j = 0; j < p; ++j) {
      earlier += math::select(V(keys[j]) >= v, one, zero);
    }
    std::size_t const own = p + width < count ? p + width : count;
    for (std::size_t j = p; j < own; ++j) {
      V const x(keys[j]);
      earlier +=
          math::select(math::ops<V>::first(j - p + 1), math::select(x > v, one, zero), math::select(x >= v, one, zero));
    }
    for (std::size_t j = own; j < count; ++j) {
      later += math::select(V(keys[j]) > v, one, zero);
    }
    math::store(ranks + p, earlier + later);
  }
  // Whoever is not among the first k writes into the place behind them.
  for (std::size_t i = 0; i < count; ++i) {
    auto const rank = static_cast<std::size_t>(ranks[i]);
    order[rank < k ? rank : k] = names == nullptr ? static_cast<std::uint32_t>(i) : names[i];
  }
  return taking_part < k ? taking_part : k;
}

/// All items of a short list at once.
template <class List, class Key>
RANKWISE_FN std::size_t top_by_counting(List const& list, std::size_t k, Key key) {
  using V = typename List::vector;
  auto* const keys = list.template values<0>();
  V const lowest(-math::ops<typename List::scalar>::infinity);
  list.each([&](auto i) {
    V const v = masked_key(list, key, i);
    if constexpr (decltype(i)::full) {
      math::store(keys + i.first, v);
    } else {
      math::store(keys + i.first, math::select(math::ops<V>::first(i.count), v, lowest));
    }
  });
  return order_by_counting<V>(keys, list.template values<1>(), list.size(), k,
                              static_cast<std::uint32_t const*>(nullptr), list.template indices<0>());
}

inline constexpr std::size_t all_passed = static_cast<std::size_t>(-1); // too many equal keys for counting

/// Collects whoever may be among the first k: the k-th best of the registers' lane maxima bounds the k-th best item.
template <std::size_t Accumulators, class List, class Key>
RANKWISE_FN std::size_t top_by_threshold(List const& list, std::size_t k, Key key) {
  using V = typename List::vector;
  using T = typename List::scalar;
  constexpr std::size_t width = static_cast<std::size_t>(math::lanes<V>);
  V const lowest(-math::ops<T>::infinity);
  T* const keys = list.template values<0>();
  T* const ranks = list.template values<1>();
  std::uint32_t* const order = list.template indices<0>();
  std::uint32_t* const names = list.template indices<1>();

  V best[Accumulators];
  for (V& b : best) {
    b = lowest;
  }
  std::size_t turn = 0;
  list.each([&](auto i) {
    V v = masked_key(list, key, i);
    if constexpr (!decltype(i)::full) {
      v = math::select(math::ops<V>::first(i.count), v, lowest);
    }
    best[turn] = math::max(best[turn], v);
    turn = turn + 1 == Accumulators ? 0 : turn + 1;
  });
  for (std::size_t a = 0; a < Accumulators; ++a) {
    math::store(keys + a * width, best[a]);
  }
  order_by_counting<V>(keys, ranks, Accumulators * width, k, static_cast<std::uint32_t const*>(nullptr), order);
  V const threshold(keys[order[k - 1]]);

  std::size_t count = 0;
  list.each([&](auto i) {
    V const v = masked_key(list, key, i);
    auto passes = math::bits(v >= threshold);
    if constexpr (!decltype(i)::full) {
      passes &= (std::uint64_t{1} << i.count) - 1;
    }
    for (; passes != 0; passes &= passes - 1) {
      auto const lane = static_cast<std::size_t>(__builtin_ctzll(passes));
      keys[count] = math::ops<V>::get(v, lane);
      names[count] = static_cast<std::uint32_t>(i.first + lane);
      ++count;
    }
  });
  if (count > counting_limit_for_large_k) {
    return all_passed;
  }
  math::store(keys + count, lowest);
  return order_by_counting<V>(keys, ranks, count, k, names, order);
}

} // namespace detail

/// Writes the positions of the `k` items with the greatest `key(i)` into `list.indices<0>()`, best first, and returns
/// how many there are: fewer than k if the list is short or items are masked.
template <class List, class Key>
RANKWISE_FN std::size_t top(List const& list, std::size_t k, Key key) {
  using V = typename List::vector;
  constexpr std::size_t width = static_cast<std::size_t>(math::lanes<V>);
  std::size_t const n = list.size();
  if (k == 0) {
    return 0;
  }
  if constexpr (width > 1) {
    if (n <= detail::counting_limit || (k > 4 * width && n <= detail::counting_limit_for_large_k)) {
      return detail::top_by_counting(list, k, key);
    }
    std::size_t found = detail::all_passed;
    if (k <= width) {
      found = detail::top_by_threshold<1>(list, k, key);
    } else if (k <= 2 * width) {
      found = detail::top_by_threshold<2>(list, k, key);
    } else if (k <= 4 * width) {
      found = detail::top_by_threshold<4>(list, k, key);
    }
    if (found != detail::all_passed) {
      return found;
    }
  }
  return detail::top_one_by_one(list, k, key);
}

} // namespace rankwise::inline RANKWISE_ABI::rank

#endif
