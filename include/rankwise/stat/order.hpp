#ifndef RANKWISE_STAT_ORDER_HPP
#define RANKWISE_STAT_ORDER_HPP

#include <rankwise/core/config.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

/// Sorting of numbers by radix: the tools for ranks, quantiles and areas under curves share it. Nothing here is needed
/// to use them.
namespace rankwise::inline RANKWISE_ABI::stat::detail {

/// Whole numbers in the order of the doubles that they stand for; both zeros are one number.
RANKWISE_HOST_FN std::uint64_t key_of(double x) {
  auto const bits = std::bit_cast<std::uint64_t>(x + 0.0);
  return bits >> 63 != 0 ? ~bits : bits | std::uint64_t{1} << 63;
}
RANKWISE_HOST_FN double number_of(std::uint64_t key) {
  return std::bit_cast<double>(key >> 63 != 0 ? key & ~(std::uint64_t{1} << 63) : ~key);
}

/// A number and how much it counts.
struct weighted_key {
  std::uint64_t key;
  double weight;

  friend constexpr bool operator==(weighted_key const&, weighted_key const&) = default;

  template <class Self, class Bytes>
  static void parts(Self& self, Bytes& bytes) {
    bytes(self.key, self.weight);
  }
};

/// Stable sort by `key(item)`, a std::uint64_t. Bits that all items share take no pass: keys of floats take little more
/// than half the passes that keys of doubles do.
template <class Isa, class T, class Key>
void sort_by_key(std::vector<T>& items, Key key) {
  std::size_t const n = items.size();
  if (n <= 64) {
    for (std::size_t i = 1; i < n; ++i) {
      T const item = items[i];
      std::uint64_t const k = key(item);
      std::size_t at = i;
      for (; at != 0 && key(items[at - 1]) > k; --at) {
        items[at] = items[at - 1];
      }
      items[at] = item;
    }
    return;
  }
  std::uint64_t differ = 0;
  for (T const& item : items) {
    differ |= key(item) ^ key(items[0]);
  }
  if (differ == 0) {
    return;
  }
  auto const low = static_cast<std::size_t>(std::countr_zero(differ));
  std::size_t const bits = 64 - low - static_cast<std::size_t>(std::countl_zero(differ));
  std::size_t const longest = n < 4096 ? 8 : 11;
  std::size_t const digits = (bits + longest - 1) / longest;
  std::size_t const length = (bits + digits - 1) / digits; // of a digit, in bits
  std::size_t const values = std::size_t{1} << length;
  std::vector<std::size_t> count(digits * values, 0);
  for (T const& item : items) {
    std::uint64_t const k = key(item) >> low;
    for (std::size_t d = 0; d < digits; ++d) {
      ++count[d * values + (k >> length * d & (values - 1))];
    }
  }
  std::vector<T> other(n);
  T* from = items.data();
  T* to = other.data();
  for (std::size_t d = 0; d < digits; ++d) {
    std::size_t* const place = count.data() + d * values;
    std::size_t const shift = low + length * d;
    if (place[key(from[0]) >> shift & (values - 1)] == n) {
      continue;
    }
    std::size_t before = 0;
    for (std::size_t v = 0; v < values; ++v) {
      std::size_t const here = place[v];
      place[v] = before;
      before += here;
    }
    for (std::size_t i = 0; i < n; ++i) {
      to[place[key(from[i]) >> shift & (values - 1)]++] = from[i];
    }
    T* const sorted = to;
    to = from;
    from = sorted;
  }
  if (from != items.data()) {
    items.swap(other);
  }
}

template <class Isa>
void sort_keys(std::vector<std::uint64_t>& keys) {
  sort_by_key<Isa>(keys, [](std::uint64_t k) { return k; });
}
/// Equal numbers by their weights, so that the order does not depend on that of the input.
template <class Isa>
void sort_keys(std::vector<weighted_key>& keys) {
  sort_by_key<Isa>(keys, [](weighted_key const& k) { return key_of(k.weight); });
  sort_by_key<Isa>(keys, [](weighted_key const& k) { return k.key; });
}

} // namespace rankwise::inline RANKWISE_ABI::stat::detail

#endif
