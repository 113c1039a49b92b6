#ifndef RANKWISE_EXEC_ARRANGE_HPP
#define RANKWISE_EXEC_ARRANGE_HPP

#include <rankwise/exec/list.hpp>

#include <cstddef>
#include <cstdint>

/// The items of a list by label: what losses over pairs and over permutations prepare once and read in every round.
namespace rankwise::inline RANKWISE_ABI {

/// A class is all items of one segment with one label. Its number counts from 0 within the segment, lowest label first;
/// the first item of a segment has this bit as well.
inline constexpr std::uint32_t segment_start = 0x80000000u;

namespace detail {

/// Heap sort: no memory, and never worse than n log n. `before` is a strict order without equals.
template <class Before>
RANKWISE_FN void sort_items(std::uint32_t* item, std::size_t count, Before before) {
  for (std::size_t heap = count / 2, size = count; size > 1;) {
    std::uint32_t moving = 0;
    if (heap > 0) {
      moving = item[--heap];
    } else {
      moving = item[--size];
      item[size] = item[0];
    }
    std::size_t at = heap;
    for (std::size_t child = 2 * at + 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && before(item[child], item[child + 1])) {
        ++child;
      }
      if (!before(moving, item[child])) {
        break;
      }
      item[at] = item[child];
      at = child;
    }
    item[at] = moving;
  }
}

/// The same with a spare column, in half the time: runs of eight by insertion, then merges whose steps are no branches.
template <class Before>
RANKWISE_FN void merge_items(std::uint32_t* item, std::uint32_t* spare, std::size_t count, Before before) {
  constexpr std::size_t run = 8;
  for (std::size_t begin = 0; begin < count; begin += run) {
    std::size_t const end = begin + run < count ? begin + run : count;
    for (std::size_t i = begin + 1; i < end; ++i) {
      std::uint32_t const moving = item[i];
      std::size_t at = i;
      for (; at > begin && before(moving, item[at - 1]); --at) {
        item[at] = item[at - 1];
      }
      item[at] = moving;
    }
  }
  std::uint32_t* from = item;
  std::uint32_t* to = spare;
  for (std::size_t width = run; width < count; width *= 2) {
    for (std::size_t begin = 0; begin < count; begin += 2 * width) {
      std::size_t const middle = begin + width < count ? begin + width : count;
      std::size_t const end = middle + width < count ? middle + width : count;
      std::size_t a = begin;
      std::size_t b = middle;
      std::size_t next = begin;
      while (a < middle && b < end) {
        std::uint32_t const left = from[a];
        std::uint32_t const right = from[b];
        bool const right_first = before(right, left);
        to[next++] = right_first ? right : left;
        a += right_first ? 0 : 1;
        b += right_first ? 1 : 0;
      }
      while (a < middle) {
        to[next++] = from[a++];
      }
      while (b < end) {
        to[next++] = from[b++];
      }
    }
    std::uint32_t* const sorted = to;
    to = from;
    from = sorted;
  }
  for (std::size_t i = 0; from != item && i < count; ++i) {
    item[i] = from[i];
  }
}

/// Brings items into the order of `before` and returns whether they were in it already; `spare` is a column like
/// `item`, or null.
template <class V, class Before>
RANKWISE_FN bool sort_places(std::uint32_t* item, std::uint32_t* spare, std::size_t count, Before before) {
  if constexpr (!is_shared<V>) {
    for (std::size_t p = 1; p < count; ++p) {
      if (!before(item[p - 1], item[p])) {
        if (spare != nullptr) {
          merge_items(item, spare, count, before);
        } else {
          sort_items(item, count, before);
        }
        return false;
      }
    }
    return true;
  } else {
    using group = typename math::ops<V>::group;
    bool wrong = false;
    for (std::size_t p = 1 + group::lane(); p < count; p += group::size) {
      wrong = wrong || !before(item[p - 1], item[p]);
    }
    if (!group::any(wrong)) {
      return true;
    }
    if (spare != nullptr) {
      sort_in_group<V>(item, spare, count, before);
    } else {
      once<V>([&] { sort_items(item, count, before); });
    }
    return false;
  }
}

/// Doubles in columns of T: what does not fit into one number stands in a second column.
template <class T>
struct wide_column {
  T* number;
  T* rest;

  RANKWISE_FN void set(std::size_t p, double x) const {
    number[p] = static_cast<T>(x);
    if constexpr (sizeof(T) < sizeof(double)) {
      rest[p] = number[p] - number[p] == T(0) ? static_cast<T>(x - static_cast<double>(number[p])) : T(0);
    }
  }
  RANKWISE_FN double operator[](std::size_t p) const {
    double const x = static_cast<double>(number[p]);
    return sizeof(T) < sizeof(double) ? x + static_cast<double>(rest[p]) : x;
  }
};

} // namespace detail

/// Places p < n lie in classes of neighbours, and starts(p) says where one starts: writes for every place the first one
/// of its class and the first one behind it.
template <class V, class Starts>
RANKWISE_FN void class_bounds(std::size_t n, Starts starts, std::uint32_t* first, std::uint32_t* behind) {
  auto const count = static_cast<std::uint32_t>(n);
  scan_places<V>(
      n, std::uint32_t{0}, [&](std::size_t p) { return starts(p) ? static_cast<std::uint32_t>(p) : 0u; },
      [](std::uint32_t a, std::uint32_t b) { return a < b ? b : a; },
      [&](std::size_t p, std::uint32_t at) { first[p] = at; });
  scan_places<V, true>(
      n, count,
      [&](std::size_t p) { return p + 1 == n || first[p + 1] == p + 1 ? static_cast<std::uint32_t>(p + 1) : count; },
      [](std::uint32_t a, std::uint32_t b) { return a < b ? a : b; },
      [&](std::size_t p, std::uint32_t at) { behind[p] = at; });
}

/// Writes the positions of the items that take part by segment, then by label, lowest first; equals keep the order of
/// the list. `classes` receives the class of each. Returns how many there are.
template <class List>
RANKWISE_FN std::size_t arrange(List const& list, std::uint32_t* order, std::uint32_t* classes) {
  using V = typename List::vector;
  auto const before = [&](std::uint32_t a, std::uint32_t b) {
    if (list.segmented() && list.segment_of(a) != list.segment_of(b)) {
      return list.segment_of(a) < list.segment_of(b);
    }
    auto const ya = list.label_of(a);
    auto const yb = list.label_of(b);
    return ya < yb || (ya == yb && a < b);
  };
  std::size_t const count = collect_places<V>(list.size(), order, [&](std::size_t i) { return list.takes_part(i); });
  detail::sort_places<V>(order, classes, count, before);
  auto const begins = [&](std::size_t p) {
    return p == 0 || (list.segmented() && list.segment_of(order[p]) != list.segment_of(order[p - 1]));
  };
  struct numbered {
    std::uint32_t number;
    std::uint32_t begins; // a segment, here or before
  };
  scan_places<V>(
      count, numbered{0, 0},
      [&](std::size_t p) {
        bool const first = begins(p);
        bool const next = !first && list.label_of(order[p]) != list.label_of(order[p - 1]);
        return numbered{next ? 1u : 0u, first ? 1u : 0u};
      },
      [](numbered a, numbered b) {
        return b.begins != 0 ? b : numbered{a.number + b.number, a.begins};
      },
      [&](std::size_t p, numbered sum) { classes[p] = sum.number | (begins(p) ? segment_start : 0u); });
  return count;
}

} // namespace rankwise::inline RANKWISE_ABI

#endif
