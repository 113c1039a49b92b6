#ifndef RANKWISE_TRAIN_PRODUCT_HPP
#define RANKWISE_TRAIN_PRODUCT_HPP

#include <rankwise/exec/pack.hpp>

#include <cstddef>

/// Products of small matrices, for layers of a trunk: a tile of four rows and two registers of columns at a time. Every
/// number is one chain of fused operations in the order of the inner index, wherever its row and column stand.
namespace rankwise::inline RANKWISE_ABI::train::detail {

/// The left factor a(r, k) = first[r * row + k * inner]: as it lies in memory, or turned.
template <class T>
struct left_factor {
  T const* first;
  std::size_t row;
  std::size_t inner;
};

/// c(r, o) = start(o) + sum_k a(r, k) b(k, o) for rows [begin, begin + count); b and c are row-major without gaps.
/// `start` null: from 0.
template <class V, class T>
struct product {
  left_factor<T> a;
  T const* b;
  T const* start;
  T* c;
  std::size_t inner;
  std::size_t columns;

  RANKWISE_FLATTEN void operator()(std::size_t begin, std::size_t count) const {
    std::size_t o = 0;
    for (; o + 2 * width <= columns; o += 2 * width) {
      down(begin, count, pack<V>{o}, pack<V>{o + width});
    }
    if (o + width <= columns) {
      down(begin, count, pack<V>{o});
      o += width;
    }
    if constexpr (width > 1) {
      if (o < columns) {
        down(begin, count, partial_pack<V>{o, columns - o});
      }
    }
  }

private:
  static constexpr std::size_t width = static_cast<std::size_t>(math::lanes<V>);
  static constexpr std::size_t depth = 256; // of a strip that is copied: it fits the nearest cache

  // Some rows of the right factor: as they lie in b, or copied side by side.
  struct strip {
    T const* first;
    std::size_t stride;
    std::size_t begin, end; // of the inner index
    bool copied;
  };

  // Columns that stand far apart share few lines of the cache: where many rows pass, they are copied first. A sum that
  // goes on in the next strip comes from c, so its chain of operations is the same.
  template <class... Pack>
  RANKWISE_FN void down(std::size_t begin, std::size_t count, Pack... o) const {
    constexpr std::size_t packs = sizeof...(Pack);
    if (count < 16 || columns <= packs * width) {
      rows(begin, count, strip{b, columns, 0, inner, false}, o...);
      return;
    }
    T side_by_side[depth * packs * width];
    for (std::size_t from = 0; from == 0 || from < inner; from += depth) {
      std::size_t const to = inner - from < depth ? inner : from + depth;
      for (std::size_t k = from; k < to; ++k) {
        T* at = side_by_side + (k - from) * packs * width;
        ((math::store(at, V(load(b + k * columns, o))), at += width), ...);
      }
      rows(begin, count, strip{side_by_side, packs * width, from, to, true}, o...);
    }
  }
  template <class... Pack>
  RANKWISE_FN void rows(std::size_t begin, std::size_t count, strip const& s, Pack... o) const {
    std::size_t r = begin;
    for (; r + 4 <= begin + count; r += 4) {
      four(r, s, o...);
    }
    for (; r < begin + count; ++r) {
      std::size_t number = 0;
      ((one(r, s, number, o), ++number), ...);
    }
  }

  template <class Pack>
  RANKWISE_FN V from(std::size_t r, strip const& s, Pack o) const {
    return s.begin != 0 ? load(c + r * columns, o) : start == nullptr ? V(0) : load(start, o);
  }
  template <class Pack>
  RANKWISE_FN static V right(strip const& s, std::size_t k, std::size_t number, Pack o) {
    T const* const row = s.first + (k - s.begin) * s.stride;
    return s.copied ? math::load<V>(row + number * width) : V(load(row, o));
  }
  template <class Pack>
  RANKWISE_FN void one(std::size_t r, strip const& s, std::size_t number, Pack o) const {
    V sum = from(r, s, o);
    T const* const x = a.first + r * a.row;
    for (std::size_t k = s.begin; k < s.end; ++k) {
      sum = math::fma(V(x[k * a.inner]), right(s, k, number, o), sum);
    }
    store(c + r * columns, o, sum);
  }
  template <class Pack>
  RANKWISE_FN void four(std::size_t r, strip const& s, Pack o) const {
    V s0 = from(r, s, o);
    V s1 = from(r + 1, s, o);
    V s2 = from(r + 2, s, o);
    V s3 = from(r + 3, s, o);
    T const* const x = a.first + r * a.row;
    for (std::size_t k = s.begin; k < s.end; ++k) {
      V const y = right(s, k, 0, o);
      T const* const at = x + k * a.inner;
      s0 = math::fma(V(at[0]), y, s0);
      s1 = math::fma(V(at[a.row]), y, s1);
      s2 = math::fma(V(at[2 * a.row]), y, s2);
      s3 = math::fma(V(at[3 * a.row]), y, s3);
    }
    T* const to = c + r * columns;
    store(to, o, s0);
    store(to + columns, o, s1);
    store(to + 2 * columns, o, s2);
    store(to + 3 * columns, o, s3);
  }
  template <class Pack>
  RANKWISE_FN void four(std::size_t r, strip const& s, Pack o, Pack p) const {
    V s0 = from(r, s, o);
    V s1 = from(r + 1, s, o);
    V s2 = from(r + 2, s, o);
    V s3 = from(r + 3, s, o);
    V t0 = from(r, s, p);
    V t1 = from(r + 1, s, p);
    V t2 = from(r + 2, s, p);
    V t3 = from(r + 3, s, p);
    T const* const x = a.first + r * a.row;
    for (std::size_t k = s.begin; k < s.end; ++k) {
      V const y = right(s, k, 0, o);
      V const z = right(s, k, 1, p);
      T const* const at = x + k * a.inner;
      V const x0(at[0]);
      V const x1(at[a.row]);
      V const x2(at[2 * a.row]);
      V const x3(at[3 * a.row]);
      s0 = math::fma(x0, y, s0);
      t0 = math::fma(x0, z, t0);
      s1 = math::fma(x1, y, s1);
      t1 = math::fma(x1, z, t1);
      s2 = math::fma(x2, y, s2);
      t2 = math::fma(x2, z, t2);
      s3 = math::fma(x3, y, s3);
      t3 = math::fma(x3, z, t3);
    }
    T* const to = c + r * columns;
    store(to, o, s0);
    store(to, p, t0);
    store(to + columns, o, s1);
    store(to + columns, p, t1);
    store(to + 2 * columns, o, s2);
    store(to + 2 * columns, p, t2);
    store(to + 3 * columns, o, s3);
    store(to + 3 * columns, p, t3);
  }
};

} // namespace rankwise::inline RANKWISE_ABI::train::detail

#endif
