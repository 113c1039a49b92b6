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
    constexpr std::size_t width = static_cast<std::size_t>(math::lanes<V>);
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
  // A strip of columns stays in the cache while all rows pass.
  template <class... Pack>
  RANKWISE_FN void down(std::size_t begin, std::size_t count, Pack... o) const {
    std::size_t r = begin;
    for (; r + 4 <= begin + count; r += 4) {
      four(r, o...);
    }
    for (; r < begin + count; ++r) {
      (one(r, o), ...);
    }
  }

  template <class Pack>
  RANKWISE_FN V from(Pack o) const {
    return start == nullptr ? V(0) : load(start, o);
  }
  template <class Pack>
  RANKWISE_FN void one(std::size_t r, Pack o) const {
    V sum = from(o);
    T const* const x = a.first + r * a.row;
    for (std::size_t k = 0; k < inner; ++k) {
      sum = math::fma(V(x[k * a.inner]), load(b + k * columns, o), sum);
    }
    store(c + r * columns, o, sum);
  }
  template <class Pack>
  RANKWISE_FN void four(std::size_t r, Pack o) const {
    V s0 = from(o);
    V s1 = s0;
    V s2 = s0;
    V s3 = s0;
    T const* const x = a.first + r * a.row;
    for (std::size_t k = 0; k < inner; ++k) {
      V const y = load(b + k * columns, o);
      T const* const at = x + k * a.inner;
      s0 = math::fma(V(at[0]), y, s0);
      s1 = math::fma(V(at[a.row]), y, s1);
      s2 = math::fma(V(at[2 * a.row]), y, s2);
      s3 = math::fma(V(at[3 * a.row]), y, s3);
    }
    store(c + r * columns, o, s0);
    store(c + (r + 1) * columns, o, s1);
    store(c + (r + 2) * columns, o, s2);
    store(c + (r + 3) * columns, o, s3);
  }
  template <class Pack>
  RANKWISE_FN void four(std::size_t r, Pack o, Pack p) const {
    V s0 = from(o);
    V s1 = s0;
    V s2 = s0;
    V s3 = s0;
    V t0 = from(p);
    V t1 = t0;
    V t2 = t0;
    V t3 = t0;
    T const* const x = a.first + r * a.row;
    for (std::size_t k = 0; k < inner; ++k) {
      V const y = load(b + k * columns, o);
      V const z = load(b + k * columns, p);
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
