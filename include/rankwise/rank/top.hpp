#ifndef RANKWISE_RANK_TOP_HPP
#define RANKWISE_RANK_TOP_HPP

#include <rankwise/exec/list.hpp>
#include <rankwise/rank/group_order.hpp>

#include <cstddef>
#include <cstdint>

/// The best items of a list in order. Equal keys keep the order of the list, so every executor and every path below
/// finds the same items in the same order.
namespace rankwise::inline RANKWISE_ABI::rank {

/// What `top` needs of a formula's scratch; its result stands in `list.indices<0>()`, everything else is free
/// afterwards.
using top_scratch = scratch_columns<2, 4>;

namespace detail {

/// Heap sort in place: `before` compares the entries at two places, `swap` exchanges them.
template <class Before, class Swap>
RANKWISE_FN void heap_sort(std::size_t count, Before before, Swap swap) {
  std::size_t heaped = count / 2; // entries from here on are above their children in the heap
  for (std::size_t n = count; n > 1;) {
    if (heaped > 0) {
      --heaped;
    } else {
      swap(0, --n); // the heap's top is the last of the order
    }
    // One entry moves down until no child comes later in the order.
    for (std::size_t entry = heaped, child = 2 * entry + 1; child < n; child = 2 * entry + 1) {
      if (child + 1 < n && before(child, child + 1)) {
        ++child;
      }
      if (!before(entry, child)) {
        break;
      }
      swap(entry, child);
      entry = child;
    }
  }
}

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
  RANKWISE_FN void sort(std::size_t count) const {
    heap_sort(
        count, [this](std::size_t a, std::size_t b) { return before(a, b); },
        [this](std::size_t a, std::size_t b) { swap(a, b); });
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

inline constexpr std::size_t insertion_limit = 32;      // up to this k a sorted buffer beats sorting all
inline constexpr std::size_t counting_limit = 80;       // up to this many items comparing all pairs beats a radix sort
inline constexpr std::size_t narrow_digits_limit = 600; // up to this many items clearing 2,048 counters is too much

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

/// sum + 1 where the mask says so.
template <class V, class Mask>
RANKWISE_FN V add_one_where(Mask mask, V sum) {
  if constexpr (static_cast<std::size_t>(math::lanes<V>) * sizeof(math::scalar_t<V>) == 64) { // one masked addition
    return math::select(mask, sum + V(1), sum);
  } else {
    return sum + math::select(mask, V(1), V(0));
  }
}

/// The ranks of the keys in the register at `p` among themselves, the earlier of equal ones first.
template <class V, class T, class Isa = math::function_isa>
RANKWISE_NOINLINE constexpr V ranks_with_ties(T const* keys) {
  constexpr std::size_t width = static_cast<std::size_t>(math::lanes<V>);
  V const v = math::load<V>(keys);
  V better(0);
  for (std::size_t j = 0; j < width; ++j) {
    V const x(keys[j]);
    V const greater = math::select(x > v, V(1), V(0));
    better += math::select(math::ops<V>::first(j + 1), greater, math::select(x >= v, V(1), V(0)));
  }
  return better;
}

/// The ranks of the keys in the register at `p` among `count` keys, by comparing all pairs. Keys are padded to full
/// registers with minus infinity, for which the rank says nothing.
template <class V, class T>
RANKWISE_FN V ranks_by_counting(T const* keys, std::size_t count, std::size_t p) {
  constexpr std::size_t width = static_cast<std::size_t>(math::lanes<V>);
  V const v = math::load<V>(keys + p);
  // Several chains hide the latency of the sums.
  constexpr std::size_t chains = width < 4 ? width : 4;
  auto const sum_of = [](V const(&x)[chains]) {
    V sum = x[0];
    for (std::size_t c = 1; c < chains; ++c) {
      sum += x[c];
    }
    return sum;
  };
  V better[chains];
  for (V& b : better) {
    b = V(0);
  }
  for (std::size_t j = 0; j < width; j += chains) {
    for (std::size_t c = 0; c < chains; ++c) {
      better[c] = add_one_where(V(keys[p + j + c]) > v, better[c]);
    }
  }
  V const within = sum_of(better);
  auto const live = v > V(-math::ops<T>::infinity);
  auto const alive = static_cast<T>(math::count(live));
  if (math::reduce_add(math::select(live, within, V(0))) != alive * (alive - 1) / 2) [[unlikely]] {
    // Some are equal: then the earlier item is the better one.
    better[0] = ranks_with_ties<V>(keys + p);
    for (std::size_t c = 1; c < chains; ++c) {
      better[c] = V(0);
    }
  }
  for (std::size_t j = 0; j < p; j += chains) { // earlier items
    for (std::size_t c = 0; c < chains; ++c) {
      better[c] = add_one_where(V(keys[j + c]) >= v, better[c]);
    }
  }
  for (std::size_t j = p + width; j < count; j += chains) { // what is read behind the last key is minus infinity
    for (std::size_t c = 0; c < chains; ++c) {
      better[c] = add_one_where(V(keys[j + c]) > v, better[c]);
    }
  }
  return sum_of(better);
}

/// Ranks `count` keys by comparing all pairs and writes the names of the first k of them in order; `names` and `order`
/// may not overlap. Keys that are minus infinity are left out.
template <class V, class T>
RANKWISE_FN std::size_t order_by_counting(T const* keys, T* ranks, std::size_t count, std::size_t k,
                                          std::uint32_t const* names, std::uint32_t* order) {
  constexpr std::size_t width = static_cast<std::size_t>(math::lanes<V>);
  std::size_t taking_part = 0;
  for (std::size_t p = 0; p < count; p += width) {
    taking_part += static_cast<std::size_t>(math::count(math::load<V>(keys + p) > V(-math::ops<T>::infinity)));
    math::store(ranks + p, ranks_by_counting<V>(keys, count, p));
  }
  // Whoever is not among the first k writes into the place behind them.
  for (std::size_t i = 0; i < count; ++i) {
    auto const rank = static_cast<std::size_t>(ranks[i]);
    order[rank < k ? rank : k] = names == nullptr ? static_cast<std::uint32_t>(i) : names[i];
  }
  return taking_part < k ? taking_part : k;
}

inline constexpr std::size_t not_found = static_cast<std::size_t>(-1);

/// The k-th greatest of the numbers in a few registers.
template <class V, std::size_t Registers>
RANKWISE_FN math::scalar_t<V> kth_of(V const (&x)[Registers], std::size_t k) {
  using T = math::scalar_t<V>;
  constexpr std::size_t width = static_cast<std::size_t>(math::lanes<V>);
  T lane[Registers * width];
  for (std::size_t r = 0; r < Registers; ++r) {
    math::store(lane + r * width, x[r]);
  }
#if defined(__GNUC__) && !RANKWISE_ON_DEVICE
  if (!__builtin_is_constant_evaluated()) {
    asm("" : "+m"(lane)); // read lane by lane: g++ would make permutations of them
  }
#endif
  V const zero(0);
  V const limit(static_cast<T>(k));
  constexpr std::size_t chains = width < 4 ? width : 4;
  V least(math::ops<T>::infinity);
  for (std::size_t r = 0; r < Registers; ++r) {
    V greater[chains];
    for (V& g : greater) {
      g = zero;
    }
    for (std::size_t j = 0; j < Registers * width; j += chains) {
      for (std::size_t c = 0; c < chains; ++c) {
        greater[c] = add_one_where(V(lane[j + c]) > x[r], greater[c]);
      }
    }
    V rank = greater[0];
    for (std::size_t c = 1; c < chains; ++c) {
      rank += greater[c];
    }
    least = math::min(least, math::select(rank < limit, x[r], V(math::ops<T>::infinity)));
  }
  return math::reduce_min(least);
}

/// Collects whoever may be among the first k: the k-th best of the registers' lane maxima bounds the k-th best item.
/// Items that equal the bound come last and in the order of the list, so the first k of them do, however many there
/// are.
template <class V, std::size_t Registers, class T>
RANKWISE_FN std::size_t order_by_threshold(T const* source, T* keys, T* ranks, std::size_t n, std::size_t k,
                                           std::uint32_t* names, std::uint32_t* equals, std::uint32_t* order) {
  constexpr std::size_t width = static_cast<std::size_t>(math::lanes<V>);
  V best[Registers];
  for (V& b : best) {
    b = V(-math::ops<T>::largest); // whoever takes part is at least as good
  }
  std::size_t i = 0;
  for (; i + Registers * width <= n; i += Registers * width) {
    for (std::size_t r = 0; r < Registers; ++r) {
      best[r] = math::max(best[r], math::load<V>(source + i + r * width));
    }
  }
  auto const rest = [&](std::size_t at) {
    return math::load_partial<V>(source + at, n - at < width ? n - at : width, -math::ops<T>::infinity);
  };
  for (std::size_t r = 0; i < n; i += width, ++r) {
    best[r] = math::max(best[r], rest(i));
  }
  V const threshold(kth_of(best, k));
  std::size_t count = 0;
  std::size_t equal = 0;
  // Where source and keys are one column, the keys that pass are written over those that were read.
  auto const take = [&](V v, std::size_t at) {
    auto const better = v > threshold;
    auto const as_good = v == threshold;
    if (equal < k && math::any(as_good)) {
      equal += math::ops<V>::store_chosen(ranks, equals + equal, v, as_good, static_cast<std::uint32_t>(at));
    }
    if (math::any(better)) {
      count += math::ops<V>::store_chosen(keys + count, names + count, v, better, static_cast<std::uint32_t>(at));
    }
  };
  for (i = 0; i + width <= n; i += width) {
    V const v = math::load<V>(source + i);
    if (math::any(v >= threshold)) {
      take(v, i);
    }
  }
  if (i < n) {
    take(rest(i), i);
  }
  math::store(keys + count, V(-math::ops<T>::infinity));
  if (count > counting_limit) {
    entries<T> const all{keys, names};
    all.sort(count);
    for (std::size_t r = 0; r < k && r < count; ++r) {
      order[r] = names[r];
    }
  } else {
    order_by_counting<V>(keys, ranks, count, k, names, order);
  }
  std::size_t found = count < k ? count : k;
  for (std::size_t e = 0; e < equal && found < k; ++e) {
    order[found++] = equals[e];
  }
  return found;
}

/// The order of floating-point numbers as that of unsigned ones, the greatest first; both zeros are one number.
template <class T>
RANKWISE_FN auto descending_bits(T x) {
  using bits = typename math::ops<T>::unsigned_integer;
  constexpr bits top = bits{1} << (8 * sizeof(T) - 1);
  auto const b = static_cast<bits>(math::ops<T>::bits(x + T(0)));
  return (b & top) != 0 ? b : static_cast<bits>(~b & ~top);
}

/// Sorts all keys: two passes of a radix sort over their leading `2 Digit` bits, then an insertion sort that repairs
/// the order of keys which agree in those. Where it would have to repair too much it gives up. `a` and `b` hold two
/// columns each; the result stands in `order`.
template <std::size_t Digit, class T>
RANKWISE_FN std::size_t order_by_radix(T const* keys, std::size_t n, T greatest, T least, std::uint32_t* order,
                                       std::uint32_t* digits, std::uint32_t* sorted_items,
                                       std::uint32_t* sorted_digits) {
  constexpr std::size_t buckets = std::size_t{1} << Digit;
  using bits = decltype(descending_bits(T(0)));
  bits const first = descending_bits(greatest);
  bits const range = static_cast<bits>(descending_bits(least) - first);
  int shift = 0;
  while ((range >> shift) >= (bits{1} << (2 * Digit))) {
    ++shift;
  }
  std::uint32_t low_count[buckets] = {};
  std::uint32_t high_count[buckets] = {};
  for (std::size_t i = 0; i < n; ++i) {
    digits[i] = static_cast<std::uint32_t>(static_cast<bits>(descending_bits(keys[i]) - first) >> shift);
  }
  std::size_t count = 0;
  for (std::size_t i = 0; i < n; ++i) {
    if (keys[i] > -math::ops<T>::infinity) {
      ++low_count[digits[i] % buckets];
      ++high_count[digits[i] / buckets];
      ++count;
    }
  }
  std::uint32_t low = 0;
  std::uint32_t high = 0;
  for (std::size_t d = 0; d < buckets; ++d) {
    std::uint32_t const l = low_count[d];
    std::uint32_t const h = high_count[d];
    low_count[d] = low;
    high_count[d] = high;
    low += l;
    high += h;
  }
  for (std::size_t i = 0; i < n; ++i) {
    if (keys[i] > -math::ops<T>::infinity) {
      std::uint32_t const at = low_count[digits[i] % buckets]++;
      sorted_items[at] = static_cast<std::uint32_t>(i);
      sorted_digits[at] = digits[i] / static_cast<std::uint32_t>(buckets);
    }
  }
  for (std::size_t i = 0; i < count; ++i) {
    order[high_count[sorted_digits[i]]++] = sorted_items[i];
  }
  std::size_t repairs = 8 * count;
  T last = math::ops<T>::infinity;
  for (std::size_t i = 0; i < count; ++i) {
    std::uint32_t const item = order[i];
    T const x = keys[item];
    if (!(x > last)) {
      last = x;
      continue;
    }
    std::size_t at = i;
    for (; at > 0 && x > keys[order[at - 1]]; --at) {
      if (repairs-- == 0) {
        return not_found;
      }
      order[at] = order[at - 1];
    }
    order[at] = item;
  }
  return count;
}

/// Whether a bound spares more than it costs.
template <std::size_t Width>
constexpr bool few(std::size_t n, std::size_t k) {
  return k < n &&
         ((k <= Width && n > 2 * Width) || (k <= 2 * Width && n > 4 * Width) || (k <= 4 * Width && n > 8 * Width));
}

/// Everything that `top` does once the keys stand in a column; compiled once for a value type. `source` may be `keys`,
/// which are lost; where more than `few` are wanted it is, padded with minus infinity.
template <class V, class Isa = math::function_isa>
RANKWISE_NOINLINE constexpr std::size_t order_keys(math::scalar_t<V> const* source, math::scalar_t<V>* keys,
                                                   math::scalar_t<V>* spare, std::uint32_t* order, std::size_t stride,
                                                   std::size_t n, std::size_t k) {
  using T = math::scalar_t<V>;
  constexpr std::size_t width = static_cast<std::size_t>(math::lanes<V>);
  std::uint32_t* const names = order + stride;
  if (few<width>(n, k)) {
    if (k <= width) {
      return order_by_threshold<V, 1>(source, keys, spare, n, k, names, order + 2 * stride, order);
    }
    if (k <= 2 * width) {
      return order_by_threshold<V, 2>(source, keys, spare, n, k, names, order + 2 * stride, order);
    }
    return order_by_threshold<V, 4>(source, keys, spare, n, k, names, order + 2 * stride, order);
  }
  if (n <= counting_limit) {
    return order_by_counting<V>(keys, spare, n, k, static_cast<std::uint32_t const*>(nullptr), order);
  }
  V most(-math::ops<T>::largest);
  V least(math::ops<T>::largest);
  for (std::size_t i = 0; i < n; i += width) {
    V const v = math::load<V>(keys + i);
    most = math::max(most, v);
    least = math::min(least, math::select(v > V(-math::ops<T>::infinity), v, V(math::ops<T>::largest)));
  }
  T const greatest = math::reduce_max(most);
  T const smallest = math::reduce_min(least);
  std::size_t found = 0;
  if (smallest <= greatest) {
    found = n <= narrow_digits_limit ? order_by_radix<8>(keys, n, greatest, smallest, order, order + stride,
                                                         order + 2 * stride, order + 3 * stride)
                                     : order_by_radix<11>(keys, n, greatest, smallest, order, order + stride,
                                                          order + 2 * stride, order + 3 * stride);
  }
  if (found == not_found) {
    entries<T> const all{keys, order};
    found = 0;
    for (std::size_t i = 0; i < n; ++i) {
      if (keys[i] > -math::ops<T>::infinity) {
        keys[found] = keys[i];
        order[found++] = static_cast<std::uint32_t>(i);
      }
    }
    all.sort(found);
  }
  return found < k ? found : k;
}

/// Whether no score is NaN or infinite.
template <class List>
RANKWISE_FN bool all_finite(List const& list) {
  using V = typename List::vector;
  V zero(0); // 0 x is 0 for every finite number
  list.each([&](auto i) {
    V const x = math::select(math::ops<V>::first(i.live()), list.score(i), V(0));
    zero = math::fma(x, V(0), zero);
  });
  return math::all(zero == V(0));
}

/// Keys and labels of whoever may be among the first k of a list that nobody is masked out of, next to each other in
/// `keys` and `labels`; `not_found` where a score is not finite or too many are equal. Nobody can foretell who passes,
/// so most of it has no branches: short lists are taken register by register, and of long ones the groups of four
/// registers that hold somebody are written down first, found by the maxima that the first pass leaves in `keys`.
template <std::size_t Registers, class List, class T>
RANKWISE_FN std::size_t collect_by_threshold(List const& list, std::size_t k, T* keys, T* labels) {
  using V = typename List::vector;
  constexpr std::size_t width = static_cast<std::size_t>(math::lanes<V>);
  constexpr std::size_t group = 4;
  std::size_t const n = list.size();
  V const lowest(-math::ops<T>::infinity);
  V best[Registers];
  for (V& b : best) {
    b = lowest;
  }
  V sum[group]; // not finite if a score is not
  for (V& s : sum) {
    s = V(0);
  }
  std::size_t const grouped = n / (group * width) * (group * width);
  std::size_t i = 0;
  for (T* maxima = keys; i < grouped; i += group * width, maxima += width) {
    V x[group];
    for (std::size_t r = 0; r < group; ++r) {
      x[r] = list.score(pack<V>{i + r * width});
      sum[r] += x[r];
    }
    V const most = math::max(math::max(x[0], x[1]), math::max(x[2], x[3]));
    if constexpr (Registers == 1) {
      best[0] = math::max(best[0], most);
    } else {
      for (std::size_t r = 0; r < group; ++r) {
        best[r % Registers] = math::max(best[r % Registers], x[r]);
      }
    }
    math::store(maxima, most);
  }
  for (std::size_t r = 0; r + 1 < group; ++r) { // up to three registers, and a part of one
    if (i + width <= n) {
      V const x = list.score(pack<V>{i});
      sum[r] += x;
      best[r % Registers] = math::max(best[r % Registers], x);
      i += width;
    }
  }
  std::size_t const full = i;
  V rest = lowest;
  if (full < n) {
    partial_pack<V> const at{full, n - full};
    auto const live = math::ops<V>::first(at.count);
    V const x = list.score(at);
    sum[group - 1] += math::select(live, x, V(0));
    rest = math::select(live, x, lowest);
    for (std::size_t r = 0; r < Registers; ++r) {
      best[r] = r == (full - grouped) / width % Registers ? math::max(best[r], rest) : best[r];
    }
  }
  V const total = (sum[0] + sum[1]) + (sum[2] + sum[3]);
  if (!math::all(total - total == V(0)) && !all_finite(list)) { // the sum of finite numbers may be too large
    return not_found;
  }
  V const threshold(kth_of(best, k));
  std::size_t count = 0;
  auto const take = [&](auto at, V x) {
    auto const passes = x >= threshold;
    std::size_t const taken = math::ops<V>::store_chosen(keys + count, x, passes);
    math::ops<V>::store_chosen(labels + count, list.label(at), passes);
    count += taken;
  };
  i = 0;
  if (n >= 8 * group * width) {
    std::uint32_t* const groups = list.template indices<0>();
    std::size_t chosen = 0;
    for (; i < grouped; i += group * width) {
      groups[chosen] = static_cast<std::uint32_t>(i);
      chosen += math::any(math::load<V>(keys + i / group) >= threshold) ? 1u : 0u;
    }
    if (chosen > 4 * width) {
      return not_found;
    }
    for (std::size_t c = 0; c < chosen; ++c) {
      std::size_t const first = groups[c];
      for (std::size_t r = 0; r < group; ++r) {
        pack<V> const at{first + r * width};
        V const x = list.score(at);
        if (math::any(x >= threshold)) {
          take(at, x);
        }
      }
    }
  }
  for (; i < full; i += width) {
    take(pack<V>{i}, list.score(pack<V>{i}));
  }
  if (full < n) {
    take(partial_pack<V>{full, n - full}, rest);
  }
  math::store(keys + count, lowest);
  return count > 4 * width ? not_found : count;
}

/// sum of worth(label, rank) over the first k items of a list that nobody is masked out of, without bringing them in
/// order: items below a bound are dropped at once, and the others need nothing but their ranks. False where a score is
/// not finite, or where the list does not suit it.
template <class List, class Worth>
RANKWISE_FN bool sum_at_once(List const& list, std::size_t k, Worth worth, typename List::scalar& sum) {
  using V = typename List::vector;
  using T = typename List::scalar;
  constexpr std::size_t width = static_cast<std::size_t>(math::lanes<V>);
  if constexpr (width < 4 || is_shared<V>) {
    return false;
  } else {
    std::size_t const n = list.size();
    T* const keys = list.template values<0>();
    T* const labels = list.template values<1>();
    V const lowest(-math::ops<T>::infinity);
    std::size_t count = n;
    if (few<width>(n, k)) {
      count = k <= width       ? collect_by_threshold<1>(list, k, keys, labels)
              : k <= 2 * width ? collect_by_threshold<2>(list, k, keys, labels)
                               : collect_by_threshold<4>(list, k, keys, labels);
      if (count == not_found) {
        return false;
      }
    } else if (n <= 4 * width) {
      V zero(0);
      list.each([&](auto i) {
        V x = list.score(i);
        if constexpr (decltype(i)::full) {
          zero = math::fma(x, V(0), zero);
        } else {
          x = math::select(math::ops<V>::first(i.count), x, V(0));
          zero = math::fma(x, V(0), zero);
          x = math::select(math::ops<V>::first(i.count), x, lowest);
        }
        math::store(keys + i.first, x);
        math::store(labels + i.first, list.label(i));
      });
      if (!math::all(zero == V(0))) {
        return false;
      }
    } else {
      return false;
    }
    V total(0);
    V const limit(static_cast<T>(k < n ? k : n));
    for (std::size_t p = 0; p < count; p += width) {
      V const rank = ranks_by_counting<V>(keys, count, p);
      auto const counts = (rank < limit) & (math::load<V>(keys + p) > lowest);
      total += math::select(counts, worth(math::load<V>(labels + p), rank), V(0));
    }
    sum = math::reduce_add(total);
    return true;
  }
}

} // namespace detail

/// Writes the positions of the `k` items with the greatest `key(i)` into `list.indices<0>()`, best first, and returns
/// how many there are: fewer than k if the list is short or items are masked.
template <class List, class Key>
RANKWISE_FN std::size_t top(List const& list, std::size_t k, Key key) {
  using V = typename List::vector;
  using T = typename List::scalar;
  if (k == 0 || list.size() == 0) {
    return 0;
  }
  if constexpr (math::lanes < V >> 1) {
    T* const keys = list.template values<0>();
    list.each([&](auto i) {
      V const v = detail::masked_key(list, key, i);
      if constexpr (decltype(i)::full) {
        math::store(keys + i.first, v);
      } else {
        math::store(keys + i.first, math::select(math::ops<V>::first(i.count), v, V(-math::ops<T>::infinity)));
      }
    });
    if constexpr (is_shared<V>) {
      return detail::order_in_group<V>(keys, list.template values<1>(), list.template indices<0>(),
                                       list.template indices<1>(), list.size(), k);
    } else {
      return detail::order_keys<V>(keys, keys, list.template values<1>(), list.template indices<0>(),
                                   static_cast<std::size_t>(list.template indices<1>() - list.template indices<0>()),
                                   list.size(), k);
    }
  } else {
    return detail::top_one_by_one(list, k, key);
  }
}

/// The same by score.
template <class List>
RANKWISE_FN std::size_t top(List const& list, std::size_t k) {
  using V = typename List::vector;
  constexpr bool registers = math::lanes<V> != 1 && !is_shared<V>;
  if constexpr (registers) {
    constexpr std::size_t width = static_cast<std::size_t>(math::lanes<V>);
    auto const* const scores = list.plain_scores();
    if (k != 0 && scores != nullptr && !list.has_masked() && detail::few<width>(list.size(), k)) {
      return detail::order_keys<V>(
          scores, list.template values<0>(), list.template values<1>(), list.template indices<0>(),
          static_cast<std::size_t>(list.template indices<1>() - list.template indices<0>()), list.size(), k);
    }
  }
  return top(list, k, [&](auto i) { return list.score(i); });
}

} // namespace rankwise::inline RANKWISE_ABI::rank

#endif
