#ifndef RANKWISE_VALUE_OVER_LISTS_HPP
#define RANKWISE_VALUE_OVER_LISTS_HPP

#include <rankwise/core/columns.hpp>
#include <rankwise/core/options.hpp>
#include <rankwise/exec/items.hpp>
#include <rankwise/exec/pass.hpp>
#include <rankwise/rank/top.hpp>
#include <rankwise/value/adjust.hpp>
#include <rankwise/value/outputs.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

/// A value model over one list after the other: the columns under its adjusters live in scratch memory, everything else
/// is computed while the items go by.
namespace rankwise::inline RANKWISE_ABI::detail {

/// The integer columns of a call, in the order in which they were given: in a pass, as a kernel reads no host memory.
template <std::size_t N>
struct id_columns {
  value::detail::id_column column[N];
};
template <>
struct id_columns<0> {
  value::detail::id_column const* column = nullptr;
};

/// One item, or one pack, of a list: its logits, and the results of the adjusters below the expression at hand.
template <class Logits, class Index, class Accuracy>
struct list_item {
  using vector = typename Index::vector;
  using accuracy = Accuracy;
  Logits const& logits;
  Index index; // in the columns of the call
  Index local; // in the list
  math::scalar_t<vector> const* columns;
  std::size_t stride;

  RANKWISE_FN vector logit(int column) const { return load(logits, index, static_cast<std::size_t>(column)); }
  RANKWISE_FN vector adjusted(int slot) const { return load(columns + static_cast<std::size_t>(slot) * stride, local); }
};

/// Where the derivatives of one pack go: those by logits and adjusters into columns of the list, those by weights into
/// sums. Whatever is not in `use` counts for nothing.
template <class V, class Index, class Use>
struct list_sink {
  using scalar = math::scalar_t<V>;
  Index local;
  Use use;
  scalar* columns; // of the adjusters
  scalar* by_logit;
  V* by_weight;
  std::size_t stride;

  template <std::size_t Slot>
  RANKWISE_FN void weight(V g) {
    by_weight[Slot] = by_weight[Slot] + math::select(use, g, V(0));
  }
  RANKWISE_FN void logit(int column, V g) {
    scalar* const at = by_logit + static_cast<std::size_t>(column) * stride;
    store(at, local, load(static_cast<scalar const*>(at), local) + math::select(use, g, V(0)));
  }
  RANKWISE_FN void adjusted(int slot, V g) {
    store(columns + static_cast<std::size_t>(slot) * stride, local, math::select(use, g, V(0)));
  }
};

/// Scratch of a list: the columns of adjusters, two for sorting, derivatives by logits; as indices the mask, the order,
/// and four that sorting and the hash table of ids use one after the other.
template <int Slots, int Gradients>
using list_run_scratch =
    std::conditional_t<Slots == 0, scratch_columns<Gradients, 1>, scratch_columns<Slots + 2 + Gradients, 6>>;

/// Stands for a pass where only its scratch is asked for.
template <class V, int Slots, int Gradients = 0>
struct list_run_pass {
  using vector = V;
  using scalar = math::scalar_t<V>;
  using scratch = list_run_scratch<Slots, Gradients>;
};

/// One list while its value model runs.
template <class V, class Logits, class Accuracy, bool Keep, int Slots>
struct list_run {
  using vector = V;
  using scalar = math::scalar_t<V>;
  static constexpr bool keep = Keep;

  Logits const& logits;
  std::size_t first;
  std::size_t items;
  value::detail::id_column const* ids;
  std::uint32_t const* live; // null: no mask
  scalar* columns;
  scalar* keys;
  scalar* by_logit;
  std::uint32_t* indices;
  std::size_t stride;
  V* by_weight = nullptr;
  bool flagged = false;

  RANKWISE_FN list_run(Logits const& z, std::size_t begin, std::size_t size, value::detail::id_column const* id,
                       any_column const& mask, list_scratch<scalar> const& memory)
      : logits(z), first(begin), items(size), ids(id), live(nullptr), columns(memory.values),
        keys(memory.values + static_cast<std::size_t>(Slots) * memory.stride),
        by_logit(memory.values + static_cast<std::size_t>(Slots == 0 ? 0 : Slots + 2) * memory.stride),
        indices(memory.indices + memory.stride), stride(memory.stride) {
    if (mask.given()) {
      live = memory.indices;
      if constexpr (RANKWISE_ON_DEVICE == 0 && Logits::where == rankwise::memory::host && !is_shared<V>) {
        constexpr std::size_t width = 64;
        double block[width];
        for (std::size_t i = 0; i < size; i += width) {
          std::size_t const count = i + width < size ? width : size - i;
          mask.read(begin + i, count, block);
          for (std::size_t k = 0; k < count; ++k) {
            memory.indices[i + k] = block[k] != 0 ? 1 : 0;
          }
        }
      } else {
        auto const numbers = mask.as_numbers();
        each_place<V>(size, [&](std::size_t i) { memory.indices[i] = numbers[begin + i] != 0 ? 1 : 0; });
      }
    }
  }

  template <class F>
  RANKWISE_FN void each(F f) const {
    for_each_pack<V>(items, f);
  }
  template <class Index>
  RANKWISE_FN auto item(Index i) const {
    return list_item<Logits, Index, Accuracy>{logits, in_columns(i), i, columns, stride};
  }
  template <class Index>
  RANKWISE_FN Index in_columns(Index i) const {
    i.first += first;
    return i;
  }
  RANKWISE_FN scalar* column(int slot) const { return columns + static_cast<std::size_t>(slot) * stride; }
  RANKWISE_FN auto view(int slot, int id) const {
    return value::adjusted_list<V>{
        items, column(slot), stride, keys, indices, id < 0 ? value::detail::id_column{} : ids[id], first};
  }
  RANKWISE_FN void flag(bool bad) { flagged = flagged || bad; }

  /// x where the mask has the item, else `otherwise`.
  template <class Index>
  RANKWISE_FN V unless_out(Index i, V x, V otherwise) const {
    return live == nullptr ? x : math::select(load(live, i) != V(0), x, otherwise);
  }
  /// x in the lanes that are items, else 0.
  template <class Index>
  RANKWISE_FN V in_range(Index i, V x) const {
    if constexpr (Index::full) {
      return x;
    } else {
      return math::select(all_of(i), x, V(0));
    }
  }
  template <class Index>
  RANKWISE_FN math::mask_t<V> all_of(Index i) const {
    if constexpr (Index::full) {
      return V(0) == V(0);
    } else {
      return math::ops<V>::first(i.count);
    }
  }
  template <class Index, class Use>
  RANKWISE_FN auto sink(Index i, Use use) const {
    return list_sink<V, Index, Use>{i, use, columns, by_logit, by_weight, stride};
  }
};

template <class Out, class Index, class V>
RANKWISE_FN void store_scores(Out const& out, Index i, V y) {
  store_score(out, i, 0, y);
}
template <class Out, class Index, class V, std::size_t N>
RANKWISE_FN void store_scores(Out const& out, Index i, item_sums<V, N> const& y) {
  for (std::size_t k = 0; k < N; ++k) {
    store_score(out, i, k, y.value[k]);
  }
}
template <class V, class F>
RANKWISE_FN V map_scores(V y, F f) {
  return f(y);
}
template <class V, std::size_t N, class F>
RANKWISE_FN item_sums<V, N> map_scores(item_sums<V, N> y, F f) {
  for (V& one : y.value) {
    one = f(one);
  }
  return y;
}

/// Scores of all items of a list. Whoever the mask takes out gets minus infinity, so that the next step leaves it out,
/// too; a list with NaN or infinity under an adjuster gets NaN, and is reported.
template <class V, class Value, int Slots, class Logits, class Out, class Groups, class Ids, class Accuracy,
          class Isa = arch::native>
struct score_lists {
  using vector = V;
  using scalar = math::scalar_t<V>;
  using scratch = list_run_scratch<Slots, 0>;
  static constexpr bool in_groups = true;

  Value value;
  Logits logits;
  Out scores;
  Groups groups;
  any_column mask;
  Ids ids;

  template <class W>
  constexpr score_lists<W, Value, Slots, Logits, Out, Groups, Ids, Accuracy> with() const {
    return {value, logits, scores, groups, mask, ids};
  }

  RANKWISE_FN list_outcome operator()(std::size_t l, list_scratch<scalar> memory) const {
    list_run<V, Logits, Accuracy, false, Slots> list(logits, groups.begin_of(l), groups.size_of(l), ids.column, mask,
                                                     memory);
    value.adjust(list);
    list.each([&](auto i) {
      auto const y = value(value::detail::share_leaves(value, list.item(i)));
      store_scores(scores, list.in_columns(i), map_scores(y, [&](V x) {
                     return list.flagged ? V(math::ops<scalar>::quiet_nan)
                                         : list.unless_out(i, x, V(-math::ops<scalar>::infinity));
                   }));
    });
    return {0, 1, list.flagged};
  }
};

/// Derivatives of sum_i seeds_i score_i, list by list. Those by weights go into one row per list.
template <class V, class Value, int Slots, int Columns, std::size_t Weights, class Logits, class Seeds, class Gradient,
          class Groups, class Ids, class Accuracy, class Isa = arch::native>
struct differentiate_lists {
  using vector = V;
  using scalar = math::scalar_t<V>;
  using scratch = list_run_scratch<Slots, Columns>;
  static constexpr bool in_groups = true;

  Value value;
  Logits logits;
  Seeds seeds;
  Gradient gradient; // a matrix like the logits, or no_output
  double* by_weight; // Weights numbers per list
  Groups groups;
  any_column mask;
  Ids ids;

  template <class W>
  constexpr differentiate_lists<W, Value, Slots, Columns, Weights, Logits, Seeds, Gradient, Groups, Ids, Accuracy>
  with() const {
    return {value, logits, seeds, gradient, by_weight, groups, mask, ids};
  }

  RANKWISE_FN list_outcome operator()(std::size_t l, list_scratch<scalar> memory) const {
    list_run<V, Logits, Accuracy, true, Slots> list(logits, groups.begin_of(l), groups.size_of(l), ids.column, mask,
                                                    memory);
    V sums[Weights + 1];
    for (V& s : sums) {
      s = V(0);
    }
    list.by_weight = sums;
    list.each([&](auto i) {
      for (std::size_t c = 0; c < static_cast<std::size_t>(Columns); ++c) {
        store(list.by_logit + c * list.stride, i, V(0));
      }
    });
    value.adjust(list);
    V bad(0);
    list.each([&](auto i) {
      auto const item = list.item(i);
      V const y = list.unless_out(i, value(item), V(-math::ops<scalar>::infinity));
      V const seed = load(seeds, list.in_columns(i));
      // An item of minus infinity is out; NaN and infinity flag the list.
      bad = bad +
            list.in_range(i, math::select(math::is_finite(seed) & (y < V(math::ops<scalar>::infinity)), V(0), V(1)));
      auto const in = list.all_of(i);
      auto sink = list.sink(i, math::is_finite(y) & in);
      value.backward(item, seed, sink);
    });
    list.flag(math::reduce_add(bad) > scalar(0));
    if (!list.flagged) {
      value.adjust_back(list);
    }
    // What rounding or a kink made of the derivatives must not leak out either, nor what their column does not hold.
    V odd(0);
    list.each([&](auto i) {
      for (std::size_t c = 0; c < static_cast<std::size_t>(Columns); ++c) {
        V const g = load(static_cast<scalar const*>(list.by_logit + c * list.stride), i);
        odd = odd + list.in_range(i, beyond(g));
      }
    });
    scalar total[Weights + 1];
    scalar odd_sum = math::reduce_add(odd);
    for (std::size_t k = 0; k < Weights; ++k) {
      total[k] = math::reduce_add(sums[k]);
      odd_sum += total[k] * scalar(0);
    }
    list.flag(!(odd_sum == scalar(0)));
    once<V>([&] {
      for (std::size_t k = 0; k < Weights; ++k) {
        by_weight[l * Weights + k] = list.flagged ? 0 : static_cast<double>(total[k]);
      }
    });
    if constexpr (!std::is_same_v<Gradient, no_output>) {
      list.each([&](auto i) {
        for (std::size_t c = 0; c < static_cast<std::size_t>(Columns); ++c) {
          V const g = load(static_cast<scalar const*>(list.by_logit + c * list.stride), i);
          store(gradient, list.in_columns(i), c, list.flagged ? V(0) : g);
        }
      });
    }
    return {0, 1, list.flagged};
  }

private:
  RANKWISE_FN static V beyond(V g) {
    if constexpr (std::is_same_v<Gradient, no_output>) {
      return excess<scalar>(g);
    } else {
      return excess<typename Gradient::value_type>(g);
    }
  }
};

/// The rows of derivatives by weights, to be added up list by list.
template <std::size_t Weights>
struct rows_of_lists {
  double const* by_weight;

  template <class Index>
  RANKWISE_FN auto operator()(Index l) const {
    using V = typename Index::vector;
    static_assert(math::lanes<V> == 1);
    item_sums<V, Weights + 1> row;
    row.value[0] = V(0); // it would tell that a row is not finite: all are
    for (std::size_t k = 0; k < Weights; ++k) {
      row.value[k + 1] = V(by_weight[l.first * Weights + k]);
    }
    return row;
  }
};

} // namespace rankwise::inline RANKWISE_ABI::detail

#endif
