#ifndef RANKWISE_VALUE_KERNELS_HPP
#define RANKWISE_VALUE_KERNELS_HPP

#include <rankwise/core/columns.hpp>
#include <rankwise/core/error.hpp>
#include <rankwise/exec/apply.hpp>
#include <rankwise/exec/item_run.hpp>
#include <rankwise/value/outputs.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

/// The inner loops of rankers: one item or one pack after the other, without intermediates. Logits in columns of any
/// kind are brought into blocks of contiguous ones, so that one loop is compiled for each value model.
namespace rankwise::inline RANKWISE_ABI::detail {

/// One item, or one pack of items, as a bound expression sees it.
template <class Logits, class Index, class Accuracy>
struct item_logits {
  using vector = typename Index::vector;
  using accuracy = Accuracy;
  Logits logits;
  Index index;

  RANKWISE_FN vector logit(int column) const { return load(logits, index, static_cast<std::size_t>(column)); }
};

template <class Value, class Logits, class Out, class Accuracy>
struct score_kernel {
  Value value;
  Logits logits;
  Out scores;

  template <class Index>
  RANKWISE_FN void operator()(Index i) const {
    item_logits<Logits, Index, Accuracy> const item{logits, i};
    if constexpr (outputs_of<Value> == 1) {
      store_score(scores, i, 0, value(item));
    } else {
      auto const y = value(value::detail::share_leaves(value, item));
      for (std::size_t k = 0; k < outputs_of<Value>; ++k) {
        store_score(scores, i, k, y.value[k]);
      }
    }
  }
};

/// A block of logits in contiguous columns, whatever the caller's layout is.
template <class T>
struct block_columns {
  T const* const* first;
};
template <class Index, class T>
RANKWISE_FN auto load(block_columns<T> const& c, Index i, std::size_t column_number) {
  return load(c.first[column_number], i);
}

/// Scores whole packs of one block, into one column per output. It is all that is compiled anew for every value model.
template <class Executor, class T, class Value, class Accuracy>
struct block_scorer {
  using V = typename Executor::template vector<T>;

  RANKWISE_FLATTEN static void run(void const* value, T const* const* logits, T* const* scores, std::size_t packs) {
    using item = item_logits<block_columns<T>, pack<V>, Accuracy>;
    Value const v = *static_cast<Value const*>(value);
    for (std::size_t p = 0; p < packs; ++p) {
      pack<V> const i{p * static_cast<std::size_t>(math::lanes<V>)};
      if constexpr (outputs_of<Value> == 1) {
        store(scores[0], i, v(item{{logits}, i}));
      } else {
        // What several scores have in common is computed once.
        auto const y = v(value::detail::share_leaves(v, item{{logits}, i}));
        for (std::size_t k = 0; k < outputs_of<Value>; ++k) {
          store(scores[k], i, y.value[k]);
        }
      }
    }
  }
};

template <class T>
using block_function = void (*)(void const* value, T const* const* logits, T* const* scores, std::size_t packs);

struct no_block {
  constexpr void operator()(std::size_t, std::size_t) const {}
};

/// The address of an item's number in a contiguous column of T; null where there is none.
template <class T, class U, memory W>
constexpr auto contiguous_at(column<U, W> const& c, std::size_t first, std::size_t = 0) {
  if constexpr (std::is_same_v<std::remove_const_t<U>, T>) {
    return c.first + first;
  } else {
    return static_cast<T*>(nullptr);
  }
}
template <class T, class U, memory W>
constexpr T* contiguous_at(strided_column<U, W> const&, std::size_t, std::size_t = 0) {
  return nullptr;
}
template <class T, class U, layout Order, memory W>
constexpr auto contiguous_at(matrix<U, Order, W> const& m, std::size_t first, std::size_t column_number) {
  if constexpr (std::is_same_v<std::remove_const_t<U>, T> && Order != layout::row_major) {
    return m.row_stride == 1 || Order == layout::column_major ? m.address(first, column_number) : nullptr;
  } else {
    return static_cast<T*>(nullptr);
  }
}
template <class T, class U, std::size_t N, memory W>
constexpr auto contiguous_at(column_set<U, N, W> const& c, std::size_t first, std::size_t column_number) {
  return contiguous_at<T>(c.column_at[column_number], first);
}

/// Up to a block of logits as contiguous columns: where they are, or gathered. The end of the range is padded to a full
/// pack, so an item's score does not depend on its place.
template <class T, std::size_t Columns, class Executor>
struct logit_block {
  using V = typename Executor::template vector<T>;
  static constexpr std::size_t width = static_cast<std::size_t>(math::lanes<V>);
  static constexpr std::size_t size = Columns <= 16 ? 256 : 64;

  alignas(64) T gathered[Columns][size];
  T const* column[Columns];

  template <class Logits>
  void read(Logits const& logits, std::size_t begin, std::size_t count) {
    std::size_t const packs = (count + width - 1) / width;
    bool const whole = packs * width == count;
    for (std::size_t c = 0; c < Columns; ++c) {
      column[c] = whole ? contiguous_at<T>(logits, begin, c) : nullptr;
      if (column[c] == nullptr) {
        for (std::size_t p = 0; p < packs; ++p) {
          std::size_t const first = p * width;
          auto const x = first + width <= count ? load(logits, pack<V>{begin + first}, c)
                                                : load(logits, partial_pack<V>{begin + first, count - first}, c);
          math::store(gathered[c] + first, x);
        }
        column[c] = gathered[c];
      }
    }
  }
};

/// How many items stand before the first whose scores are aligned to a register in every output; `nowhere` if there is
/// none, or the scores are too few to be written past the caches.
template <class T, std::size_t Outputs, class V, class Out>
std::size_t items_before_streaming(Out const& scores, std::size_t rows) {
  constexpr std::size_t alignment = static_cast<std::size_t>(math::lanes<V>) * sizeof(T);
  std::size_t before = status::nowhere;
  if (rows * sizeof(T) < streaming_bytes) {
    return before;
  }
  for (std::size_t k = 0; k < Outputs; ++k) {
    T const* const first = contiguous_at<T>(scores, 0, k);
    auto const beyond = reinterpret_cast<std::uintptr_t>(first) % alignment;
    std::size_t const own = (alignment - beyond) % alignment / sizeof(T);
    if (first == nullptr || beyond % sizeof(T) != 0 || (k > 0 && own != before)) {
      return status::nowhere;
    }
    before = own;
  }
  return before;
}

/// Scores all items block by block. One function for all value models over logits of one kind.
template <class T, std::size_t Columns, std::size_t Outputs, class Executor, class Logits, class Out>
void score_blocks(Executor executor, Logits const& logits, Out const& scores, block_function<T> score,
                  void const* value) {
  using block_type = logit_block<T, Columns, Executor>;
  using V = typename block_type::V;
  bool streaming = false;
  auto const run = [&](std::size_t begin, std::size_t count) {
    block_type block;
    block.read(logits, begin, count);
    std::size_t const packs = (count + block_type::width - 1) / block_type::width;
    bool const whole = packs * block_type::width == count;
    alignas(64) T result[Outputs][block_type::size];
    T* to[Outputs];
    for (std::size_t k = 0; k < Outputs; ++k) {
      to[k] = whole && !streaming ? contiguous_at<T>(scores, begin, k) : nullptr;
      to[k] = to[k] != nullptr ? to[k] : result[k];
    }
    score(value, block.column, to, packs);
    for (std::size_t k = 0; k < Outputs; ++k) {
      if (to[k] != result[k]) {
        continue;
      }
      std::size_t stored = 0;
      if constexpr (streams<Executor, T, column<T>>) {
        for (; streaming && stored + block_type::width <= count; stored += block_type::width) {
          math::ops<V>::stream(contiguous_at<T>(scores, begin + stored, k), math::load<V>(result[k] + stored));
        }
      }
      for_each_pack<V>(count - stored, [&](auto i) {
        V const x = load(static_cast<T const*>(result[k]) + stored, i);
        i.first += begin + stored;
        store_score(scores, i, k, x);
      });
    }
  };
  if constexpr (streams<Executor, T, column<T>>) {
    std::size_t const before = items_before_streaming<T, Outputs, V>(scores, logits.rows);
    if (before != status::nowhere) {
      if (before != 0) {
        run(0, before);
      }
      streaming = true;
      executor.for_each_block(logits.rows - before, block_type::size,
                              [&](std::size_t begin, std::size_t count) { run(begin + before, count); });
      math::ops<V>::stream_end();
      return;
    }
  }
  executor.for_each_block(logits.rows, block_type::size, run);
}

/// Receives the derivatives of one pack of items.
template <class V, int Columns, std::size_t Weights>
struct derivatives {
  V by_logit[static_cast<std::size_t>(Columns)];
  item_sums<V, Weights + 1> sums; // the score's share first: it tells whether the item is finite

  template <std::size_t Slot>
  RANKWISE_FN void weight(V g) {
    sums.value[Slot + 1] = sums.value[Slot + 1] + g;
  }
  RANKWISE_FN void logit(int column, V g) { by_logit[column] = by_logit[column] + g; }
};

template <class Value, class Logits, class Seeds, class Gradient, int Columns, std::size_t Weights, class Accuracy>
struct gradient_kernel {
  Value value;
  Logits logits;
  Seeds seeds;
  Gradient gradient; // a matrix like the logits, or no_output

  template <class Index>
  RANKWISE_FN auto operator()(Index i) const {
    using V = typename Index::vector;
    item_logits<Logits, Index, Accuracy> const item{logits, i};
    derivatives<V, Columns, Weights> d;
    for (V& x : d.by_logit) {
      x = V(0);
    }
    for (V& x : d.sums.value) {
      x = V(0);
    }
    V const seed = load(seeds, i);
    d.sums.value[0] = seed * value(item);
    value.backward(item, seed, d);
    for (std::size_t k = 1; k <= Weights; ++k) {
      d.sums.value[0] += excess<double>(d.sums.value[k]);
    }
    if constexpr (!std::is_same_v<Gradient, no_output>) {
      for (V const& x : d.by_logit) {
        d.sums.value[0] += excess<typename Gradient::value_type>(x);
      }
    }
    auto const finite = math::is_finite(d.sums.value[0]);
    for (std::size_t k = 1; k <= Weights; ++k) {
      d.sums.value[k] = math::select(finite, d.sums.value[k], V(0));
    }
    if constexpr (!std::is_same_v<Gradient, no_output>) {
      for (std::size_t c = 0; c < static_cast<std::size_t>(Columns); ++c) {
        store(gradient, i, c, math::select(finite, d.by_logit[c], V(0)));
      }
    }
    return d.sums;
  }
};
} // namespace rankwise::inline RANKWISE_ABI::detail

#endif
