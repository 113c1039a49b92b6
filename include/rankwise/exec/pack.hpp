#ifndef RANKWISE_EXEC_PACK_HPP
#define RANKWISE_EXEC_PACK_HPP

#include <rankwise/core/columns.hpp>
#include <rankwise/core/half.hpp>
#include <rankwise/core/tensor.hpp>
#include <rankwise/exec/group.hpp>
#include <rankwise/math/value.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

/// An index that stands for several items at once. A formula is written against `i`; whether `i` is one item, sixteen
/// lanes of a register or the rest of a list is decided by the executor. `load(column, i)` gives a value of type V.
namespace rankwise::inline RANKWISE_ABI {

/// Stands where a call asked for no such output.
struct no_output {};

/// The items first, first + 1, ... as many as V has lanes.
template <class V>
struct pack {
  using vector = V;
  std::size_t first;

  static constexpr bool full = true;
  RANKWISE_FN std::size_t live() const { return static_cast<std::size_t>(math::lanes<V>); }
};

/// The last items of a range, fewer than V has lanes. The other lanes hold arbitrary numbers and are never stored, so
/// an item gets the same value whether it stands in the middle or at the end.
template <class V>
struct partial_pack {
  using vector = V;
  std::size_t first;
  std::size_t count;

  static constexpr bool full = false;
  RANKWISE_FN std::size_t live() const { return count; }
};

/// A constant or a parameter as a value of type V.
template <class V>
RANKWISE_FN V as(double x) {
  return V(static_cast<math::scalar_t<V>>(x));
}

/// The positions of the items themselves: 0, 1, 2, ...
template <class Index>
RANKWISE_FN auto position(Index i) {
  using V = typename Index::vector;
  return V(static_cast<math::scalar_t<V>>(i.first)) + math::ops<V>::iota();
}

template <class Index, class T>
RANKWISE_FN auto load(T const* p, Index i) {
  using V = typename Index::vector;
  if constexpr (Index::full) {
    return math::load<V>(p + i.first);
  } else {
    return math::load_partial<V>(p + i.first, i.count, math::scalar_t<V>(0));
  }
}

namespace detail {

// The largest number of type F that an integer type T holds.
template <class T, class F>
constexpr F largest_in() {
  constexpr int excess = std::numeric_limits<T>::digits - std::numeric_limits<F>::digits;
  T const top = std::numeric_limits<T>::max();
  if constexpr (excess > 0) {
    return static_cast<F>((top >> excess) << excess);
  } else {
    return static_cast<F>(top);
  }
}

} // namespace detail

/// The value as it is stored in a column of T. Integers get it cut towards zero, held within their range, and 0 for
/// NaN.
template <class T, class V>
RANKWISE_FN V storable(V x) {
  if constexpr (std::is_same_v<T, bool>) {
    return math::select(x >= V(1), V(1), V(0)); // the conversion itself would make 0.3 true
  } else if constexpr (std::is_integral_v<T>) {
    using F = math::scalar_t<V>;
    constexpr F low = static_cast<F>(std::numeric_limits<T>::min());
    constexpr F high = detail::largest_in<T, F>();
    return math::select(math::is_nan(x), V(0), math::clamp(x, V(low), V(high)));
  } else {
    return x;
  }
}

namespace detail {

// The largest finite number of a column of T.
template <class T>
constexpr double largest_number() {
  if constexpr (half_format_of<T> == half_format::binary16) {
    return 0x1.ffcp15;
  } else if constexpr (half_format_of<T> == half_format::bfloat) {
    return 0x1.fep127;
  } else {
    return static_cast<double>(std::numeric_limits<T>::max());
  }
}

} // namespace detail

/// 0 where a column of T holds x as a finite number, NaN where not: a sum of these is 0 if all of them are held.
template <class T, class V>
RANKWISE_FN V excess(V x) {
  using F = math::scalar_t<V>;
  if constexpr (detail::largest_number<T>() < detail::largest_number<F>()) {
    V const largest(static_cast<F>(detail::largest_number<T>()));
    return math::select(math::abs(x) <= largest, V(0), V(math::ops<F>::quiet_nan));
  } else {
    return x * V(0);
  }
}

template <class Index, class T, class V>
RANKWISE_FN void store(T* p, Index i, V x) {
  if constexpr (Index::full) {
    math::store(p + i.first, storable<T>(x));
  } else {
    math::store_partial(p + i.first, i.count, storable<T>(x));
  }
}

/// The same, if no other thread of a group reads it, or has read what stood there, before they meet: then nobody waits,
/// and the numbers of the next items are on their way meanwhile.
template <class Index, class To, class V>
RANKWISE_FN void store_own(To const& to, Index i, V x) {
  if constexpr (is_shared<V>) {
    using T = std::remove_cvref_t<decltype(to[0])>;
    std::size_t const lane = math::ops<V>::group::lane();
    if (Index::full || lane < i.live()) {
      to[i.first + lane] = static_cast<T>(storable<T>(x).own);
    }
  } else {
    store(to, i, x);
  }
}

template <class Index, class T, memory W>
RANKWISE_FN auto load(column<T, W> const& c, Index i) {
  return load(c.first, i);
}

template <class Index, class T, memory W, class V>
RANKWISE_FN void store(column<T, W> const& c, Index i, V x) {
  store(c.first, i, x);
}

template <class Index, class T, memory W>
RANKWISE_FN auto load(strided_column<T, W> const& c, Index i) {
  return math::load_strided<typename Index::vector>(&c[i.first], c.stride, i.live());
}

template <class Index, class T, memory W, class V>
RANKWISE_FN void store(strided_column<T, W> const& c, Index i, V x) {
  if constexpr (math::lanes<V> == 1) {
    c[i.first] = static_cast<T>(storable<T>(x));
  } else if constexpr (requires { math::ops<V>::store_strided(c.first, c.stride, i.live(), x); }) {
    math::ops<V>::store_strided(&c[i.first], c.stride, i.live(), storable<T>(x));
  } else {
    math::scalar_t<V> lane[static_cast<std::size_t>(math::lanes<V>)];
    math::store(lane, storable<T>(x));
    for (std::size_t l = 0; l < i.live(); ++l) {
      c[i.first + l] = static_cast<T>(lane[l]);
    }
  }
}

/// One column of a matrix.
template <class Index, class T, layout Order, memory W>
RANKWISE_FN auto load(matrix<T, Order, W> const& m, Index i, std::size_t column_number) {
  T* const first = m.address(0, column_number);
  if constexpr (Order == layout::column_major) {
    return load(first, i);
  } else {
    return load(strided_column<T, W>{first, m.rows, m.row_stride}, i);
  }
}

template <class Index, class T, layout Order, memory W, class V>
RANKWISE_FN void store(matrix<T, Order, W> const& m, Index i, std::size_t column_number, V x) {
  T* const first = m.address(0, column_number);
  if constexpr (Order == layout::column_major) {
    store(first, i, x);
  } else {
    store(strided_column<T, W>{first, m.rows, m.row_stride}, i, x);
  }
}

template <class Index, class T, std::size_t N, memory W>
RANKWISE_FN auto load(column_set<T, N, W> const& c, Index i, std::size_t column_number) {
  return load(c.column_at[column_number], i);
}

namespace detail {

/// Whether items go a register at a time. Scratch columns have room for a whole one behind a list's last item.
template <class V>
inline constexpr bool in_registers = math::lanes < V >> 1 && !is_shared<V>;

/// What adds up doubles for formulas on V: a register of them, or a double for whoever works alone, be it one thread of
/// a group.
template <class V>
struct doubles_for {
  using type = double;
};
template <template <class, class> class Batch, class T, class Arch>
  requires in_registers<Batch<T, Arch>>
struct doubles_for<Batch<T, Arch>> {
  using type = Batch<double, Arch>;
};

/// Where scratch is stored that is read again at once: what was stored with a mask cannot be, before it has reached the
/// cache.
template <class Index>
RANKWISE_FN auto whole_pack(Index i) {
  using V = typename Index::vector;
  if constexpr (in_registers<V>) {
    return pack<V>{i.first};
  } else {
    return i;
  }
}

} // namespace detail

namespace detail {

/// How many items stand before the first, from item `first` of a column on, whose register is stored within a line of
/// the cache; 0 for columns that registers are not stored in as they are.
template <class V, class T, memory W>
RANKWISE_FN std::size_t items_to_line(column<T, W> const& to, std::size_t first) {
  constexpr std::size_t bytes = static_cast<std::size_t>(math::lanes<V>) * sizeof(T);
  std::size_t const over = (reinterpret_cast<std::uintptr_t>(to.first) + first * sizeof(T)) % bytes;
  return over % sizeof(T) == 0 ? (bytes - over) % bytes / sizeof(T) : 0;
}
template <class V, class Column>
RANKWISE_FN std::size_t items_to_line(Column const&, std::size_t) {
  return 0;
}

} // namespace detail

/// f(p) for the places of a pack, 0 behind the last.
template <class Index, class F>
RANKWISE_FN auto from_places(Index i, F f) {
  using V = typename Index::vector;
  using T = math::scalar_t<V>;
  if constexpr (is_shared<V>) {
    std::size_t const lane = math::ops<V>::group::lane();
    return V(lane < i.live() ? static_cast<T>(f(i.first + lane)) : T(0));
  } else {
    T lane[static_cast<std::size_t>(math::lanes<V>)] = {};
    for (std::size_t l = 0; l < i.live(); ++l) {
      lane[l] = static_cast<T>(f(i.first + l));
    }
    return math::load<V>(lane);
  }
}

/// Operations for `combine_packs`.
struct plus {
  template <class V>
  RANKWISE_FN V operator()(V a, V b) const {
    return a + b;
  }
};
struct maximum {
  template <class V>
  RANKWISE_FN V operator()(V a, V b) const {
    return math::max(a, b);
  }
};

/// Calls f(i) for every item of 0 .. n-1, in order.
template <class V, class F>
RANKWISE_FN void for_each_pack(std::size_t n, F f) {
  constexpr std::size_t width = static_cast<std::size_t>(math::lanes<V>);
  std::size_t i = 0;
  for (; i + width <= n; i += width) {
    f(pack<V>{i});
  }
  if constexpr (width > 1) {
    if (i < n) {
      f(partial_pack<V>{i, n - i});
    }
  }
}

/// The same with the items before `start`, fewer than a pack, on their own.
template <class V, class F>
RANKWISE_FN void for_each_pack_from(std::size_t start, std::size_t n, F f) {
  constexpr std::size_t width = static_cast<std::size_t>(math::lanes<V>);
  if (start > 0) {
    f(partial_pack<V>{0, start});
  }
  std::size_t i = start;
  for (; i + width <= n; i += width) {
    f(pack<V>{i});
  }
  if (i < n) {
    f(partial_pack<V>{i, n - i});
  }
}

/// Combines f(i) over all items, lanes first: `op(V, V)` and a neutral element. Two chains hide the latency of `op`.
template <class V, class F, class Op>
RANKWISE_FN V combine_packs(std::size_t n, V neutral, F f, Op op) {
  constexpr std::size_t width = static_cast<std::size_t>(math::lanes<V>);
  V even = neutral;
  V odd = neutral;
  std::size_t i = 0;
  for (; i + 2 * width <= n; i += 2 * width) {
    even = op(even, f(pack<V>{i}));
    odd = op(odd, f(pack<V>{i + width}));
  }
  if (i + width <= n) {
    even = op(even, f(pack<V>{i}));
    i += width;
  }
  if constexpr (width > 1) {
    if (i < n) {
      odd = op(odd, math::select(math::ops<V>::first(n - i), f(partial_pack<V>{i, n - i}), neutral));
    }
  }
  return op(even, odd);
}

/// The sum of f(i) over all items. At most 128 floats are added one to the other before the sum moves on in double: the
/// error does not grow with the length of a list, and a short one is added up as `combine_packs` does it.
template <class V, class F>
RANKWISE_FN math::scalar_t<V> sum_packs(std::size_t n, F f) {
  using T = math::scalar_t<V>;
  constexpr std::size_t width = static_cast<std::size_t>(math::lanes<V>);
  constexpr std::size_t block = 128 * width;
  double emptied = 0;
  if constexpr (sizeof(T) >= sizeof(double)) {
    return math::reduce_add(combine_packs<V>(n, V(0), f, plus{}));
  } else if constexpr (width == 1) { // so that the compiler still makes registers of the loop
    for (std::size_t first = 0;; first += block) {
      V const part = combine_packs<V>(
          n - first < block ? n - first : block, V(0),
          [&](auto i) {
            i.first += first;
            return f(i);
          },
          plus{});
      if (n <= block) {
        return part;
      }
      emptied += static_cast<double>(part);
      if (n - first <= block) {
        return static_cast<T>(emptied);
      }
    }
  } else {
    std::size_t i = 0;
    while (n - i > block) {
      V sum(0);
      for (std::size_t const end = i + block; i < end; i += width) {
        sum = sum + f(pack<V>{i});
      }
      emptied += static_cast<double>(math::reduce_add(sum));
    }
    V even(0);
    V odd(0);
    for (; i + 2 * width <= n; i += 2 * width) {
      even = even + f(pack<V>{i});
      odd = odd + f(pack<V>{i + width});
    }
    if (i + width <= n) {
      even = even + f(pack<V>{i});
      i += width;
    }
    if (i < n) {
      odd = odd + math::select(math::ops<V>::first(n - i), f(partial_pack<V>{i, n - i}), V(0));
    }
    T const rest = math::reduce_add(even + odd);
    return n <= block ? rest : static_cast<T>(emptied + static_cast<double>(rest));
  }
}

} // namespace rankwise::inline RANKWISE_ABI

#endif
