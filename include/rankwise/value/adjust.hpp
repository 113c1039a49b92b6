#ifndef RANKWISE_VALUE_ADJUST_HPP
#define RANKWISE_VALUE_ADJUST_HPP

#include <rankwise/core/size.hpp>
#include <rankwise/math/log.hpp>
#include <rankwise/math/value.hpp>
#include <rankwise/rank/top.hpp>
#include <rankwise/value/arithmetic.hpp>
#include <rankwise/value/node.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

/// List adjusters: nodes whose value for an item depends on all items of its list. Normalisers, rank fusion and the
/// diversity decay. They need lists: `ranker.score(logits, lists, scores)`.
///
/// Only what stands under an adjuster is stored, one scratch column per operand; the adjuster puts its result into the
/// first. An operand of minus infinity takes the item out of that operand's ranking: it has not been retrieved there.
/// Equal operands get equal results: they share the mean of what their places would get (diversity alone lets the
/// earlier item go first).
namespace rankwise::inline RANKWISE_ABI {

/// Integers that say which items belong together: the author, the brand, the category. The numbers of a name come with
/// the call: `ranker.score(logits, rw::columns(rw::named<"author">(numbers)), lists, scores)`.
template <name Name>
struct ids {
  static constexpr auto label = Name;
  static constexpr bool names_ids = true;
};

namespace value::detail {

/// A contiguous column of integers of any width. Only equality counts, so the bits are all that is read.
struct id_column {
  void const* first = nullptr;
  unsigned bytes = 0;

  RANKWISE_FN std::uint64_t operator[](std::size_t i) const {
    auto const* const at = static_cast<unsigned char const*>(first) + i * bytes;
    switch (bytes) {
    case 1:
      return *at;
    case 2:
      return bits<std::uint16_t>(at);
    case 4:
      return bits<std::uint32_t>(at);
    default:
      return bits<std::uint64_t>(at);
    }
  }

private:
  template <class T>
  RANKWISE_FN static T bits(unsigned char const* at) {
    T x = 0;
    __builtin_memcpy(&x, at, sizeof x);
    return x;
  }
};

} // namespace value::detail

namespace value {

/// One list as an adjuster sees it: its operands are columns of the list's own length. All columns are padded to full
/// registers. An item that an operand has not retrieved is minus infinity there, `out`.
template <class V>
struct adjusted_list {
  using vector = V;
  using scalar = math::scalar_t<V>;
  static constexpr scalar out = -math::ops<scalar>::infinity;

  std::size_t items;
  scalar* columns; // operand k begins at columns + k * stride
  std::size_t stride;
  scalar* keys; // two columns for sorting
  std::uint32_t* indices;
  detail::id_column groups;
  std::size_t first; // of the list, in the column of groups

  RANKWISE_FN scalar* x(std::size_t k) const { return columns + k * stride; }
  /// The id of an item, by its position in the list; only equality counts.
  RANKWISE_FN std::uint64_t id(std::size_t i) const { return groups[first + i]; }

  template <class Index>
  RANKWISE_FN V operand(std::size_t k, Index i) const {
    return load(static_cast<scalar const*>(x(k)), i);
  }
  template <class Index>
  RANKWISE_FN void put(std::size_t k, Index i, V y) const {
    store(x(k), i, y);
  }
  template <class F>
  RANKWISE_FN void each(F f) const {
    for_each_pack<V>(items, f);
  }
  /// The sum of f(i, x_k) over the items that operand k has retrieved.
  template <class F>
  RANKWISE_FN scalar sum(std::size_t k, F f) const {
    return sum_packs<V>(items, [&](auto i) {
      V const v = operand(k, i);
      return math::select(v > V(out), f(i, v), V(0));
    });
  }
  RANKWISE_FN scalar greatest(std::size_t k) const {
    return math::reduce_max(combine_packs<V>(
        items, V(out), [&](auto i) { return operand(k, i); }, rankwise::maximum{}));
  }
  RANKWISE_FN scalar least(std::size_t k) const {
    return -math::reduce_max(combine_packs<V>(
        items, V(out),
        [&](auto i) {
          V const v = operand(k, i);
          return math::select(v > V(out), -v, V(out));
        },
        rankwise::maximum{}));
  }

  // What rank::top needs.
  template <std::size_t Slot = 0>
  RANKWISE_FN scalar* values() const {
    return keys + Slot * stride;
  }
  template <std::size_t Slot = 0>
  RANKWISE_FN std::uint32_t* order() const {
    return indices + Slot * stride;
  }
};

} // namespace value

namespace value::detail {

/// The same list as rank::top sees it, about one operand.
template <class V>
struct ranked_operand {
  using vector = V;
  using scalar = math::scalar_t<V>;
  adjusted_list<V> const& list;
  std::size_t k;

  RANKWISE_FN std::size_t size() const { return list.items; }
  RANKWISE_FN bool has_masked() const { return false; } // whoever is out is minus infinity
  template <class Index>
  RANKWISE_FN auto live(Index i) const {
    return list.operand(k, i) > V(adjusted_list<V>::out);
  }
  template <class F>
  RANKWISE_FN void each(F f) const {
    list.each(f);
  }
  template <std::size_t Slot = 0>
  RANKWISE_FN scalar* values() const {
    return list.template values<Slot>();
  }
  template <std::size_t Slot = 0>
  RANKWISE_FN std::uint32_t* indices() const {
    return list.template order<Slot>();
  }
};

} // namespace value::detail

namespace value {

/// Orders the items by operand k, greatest first, into `list.order()`; returns how many it has retrieved.
template <class V>
RANKWISE_FN std::size_t sort_by(adjusted_list<V> const& list, std::size_t k) {
  return rank::top(detail::ranked_operand<V>{list, k}, list.items, [&](auto i) { return list.operand(k, i); });
}

/// Replaces operand k by the mean of place_value(r, n) over the places r = 1, 2, ... that items with the same value
/// take together, and by `missing` where the item was not retrieved.
template <class V, class F>
RANKWISE_FN void replace_by_place(adjusted_list<V> const& list, std::size_t k, F place_value,
                                  math::scalar_t<V> missing) {
  using T = math::scalar_t<V>;
  std::size_t const n = sort_by(list, k);
  T* const x = list.x(k);
  std::uint32_t const* const order = list.template order<0>();
  once<V>([&] {
    for (std::size_t begin = 0; begin < n;) {
      std::size_t end = begin + 1;
      while (end < n && x[order[end]] == x[order[begin]]) {
        ++end;
      }
      T sum(0);
      for (std::size_t r = begin; r < end; ++r) {
        sum += place_value(static_cast<T>(r + 1), static_cast<T>(n));
      }
      T const share = sum / static_cast<T>(end - begin);
      for (; begin < end; ++begin) {
        x[order[begin]] = share;
      }
    }
  });
  list.each([&](auto i) {
    V const v = list.operand(k, i);
    list.put(k, i, math::select(v > V(adjusted_list<V>::out), v, V(missing)));
  });
}

} // namespace value

namespace value::detail {

// ---- normalisers: one operand, in place

/// (x - mean) / sd over the list, population standard deviation; 0 where all are equal.
struct z_score {
  static constexpr char const* name = "z_score";
  static constexpr bool keeps_order = true;

  template <class V>
  struct moments {
    using T = math::scalar_t<V>;
    T scale, top, mean, inverse; // of the operand; of what it is then: greatest, mean from there, 1 / sd or 0
    T count;

    RANKWISE_FN explicit moments(adjusted_list<V> const& list) {
      T const low = list.least(0);
      T const high = list.greatest(0);
      scale = math::scale_of_span(low, high);
      count = list.sum(0, [](auto, V) { return V(1); });
      // Against the greatest, so that a common offset does not cost digits.
      top = high * scale;
      mean = count > T(0) ? list.sum(0, [&](auto, V v) { return from_top(v); }) / count : T(0);
      T const squares = list.sum(0, [&](auto, V v) {
        V const d = from_top(v) - V(mean);
        return d * d;
      });
      // All equal: what rounding left of the squares is no spread.
      T const sd = high > low ? math::sqrt(squares / count) : T(0);
      inverse = sd > T(0) ? T(1) / sd : T(0);
    }
    RANKWISE_FN V from_top(V v) const { return v * V(scale) - V(top); }
    RANKWISE_FN V operator()(V v) const { return (from_top(v) - V(mean)) * V(inverse); }
  };

  template <class V>
  RANKWISE_FN void operator()(adjusted_list<V> const& list) const {
    moments<V> const z(list);
    list.each([&](auto i) {
      V const v = list.operand(0, i);
      list.put(0, i, math::select(v > V(list.out), z(v), v));
    });
  }
  /// dL/dx_j = (g_j - mean(g) - z_j mean(g z)) / sd
  template <class V>
  RANKWISE_FN void backward(adjusted_list<V> const& list, math::scalar_t<V> const* seeds) const {
    using T = math::scalar_t<V>;
    moments<V> const z(list);
    T const n = z.count > T(0) ? z.count : T(1);
    T const g = list.sum(0, [&](auto i, V) { return load(seeds, i); }) / n;
    T const gz = list.sum(0, [&](auto i, V v) { return load(seeds, i) * z(v); }) / n;
    list.each([&](auto i) {
      V const v = list.operand(0, i);
      V const d = (load(seeds, i) - V(g) - z(v) * V(gz)) * V(z.inverse) * V(z.scale);
      list.put(0, i, math::select(v > V(list.out), d, V(0)));
    });
  }
};

/// (x - min) / (max - min); 0 where all are equal. An item that is out stays at `Missing`: minus infinity as an operand
/// of its own, 0 in a sum of several.
template <class V>
struct span_of {
  using T = math::scalar_t<V>;
  T low, high, scale, inverse; // of the operand, and 1 / (max - min) of what it is then, or 0

  RANKWISE_FN span_of(adjusted_list<V> const& list, std::size_t k)
      : low(list.least(k)), high(list.greatest(k)), scale(math::scale_of_span(low, high)), inverse(0) {
    T const width = high * scale - low * scale;
    inverse = width > T(0) ? T(1) / width : T(0);
  }
  RANKWISE_FN V operator()(V v) const { return (v * V(scale) - V(low * scale)) * V(inverse); }
};

/// The derivative of k-th min-max column: dL/dx_j = g_j / w, and the ends of the span get what moves it. Of equal ends
/// the first counts.
template <class V>
RANKWISE_FN void span_backward(adjusted_list<V> const& list, std::size_t k, math::scalar_t<V> const* seeds) {
  using T = math::scalar_t<V>;
  span_of<V> const y(list, k);
  T const g = list.sum(k, [&](auto i, V) { return load(seeds, i); });
  T const gy = list.sum(k, [&](auto i, V v) { return load(seeds, i) * y(v); });
  T* const x = list.x(k);
  std::size_t lowest = list.items;
  std::size_t highest = list.items;
  if constexpr (!is_shared<V>) {
    for (std::size_t i = list.items; i-- > 0;) {
      lowest = x[i] == y.low ? i : lowest;
      highest = x[i] == y.high ? i : highest;
    }
  } else {
    using group = typename math::ops<V>::group;
    for (std::size_t i = group::lane(); i < list.items; i += group::size) {
      lowest = x[i] == y.low && i < lowest ? i : lowest;
      highest = x[i] == y.high && i < highest ? i : highest;
    }
    auto const first = [](std::size_t a, std::size_t b) { return b < a ? b : a; };
    lowest = group::reduce(lowest, first);
    highest = group::reduce(highest, first);
  }
  list.each([&](auto i) {
    V const v = list.operand(k, i);
    list.put(k, i, math::select(v > V(list.out), load(seeds, i) * V(y.inverse) * V(y.scale), V(0)));
  });
  if (lowest < list.items && y.inverse > T(0)) {
    once<V>([&] {
      x[lowest] += (gy - g) * y.inverse * y.scale;
      x[highest] -= gy * y.inverse * y.scale;
    });
  }
}

struct min_max {
  static constexpr char const* name = "min_max";
  static constexpr bool keeps_order = true;

  template <class V>
  RANKWISE_FN void operator()(adjusted_list<V> const& list) const {
    span_of<V> const y(list, 0);
    list.each([&](auto i) {
      V const v = list.operand(0, i);
      list.put(0, i, math::select(v > V(list.out), y(v), v));
    });
  }
  template <class V>
  RANKWISE_FN void backward(adjusted_list<V> const& list, math::scalar_t<V> const* seeds) const {
    span_backward(list, 0, seeds);
  }
};

/// 1 for the first place down to 1/n for the last of n: 1 - (rank - 1) / n
struct rank_score {
  static constexpr char const* name = "rank_score";
  static constexpr bool keeps_order = true;

  template <class V>
  RANKWISE_FN void operator()(adjusted_list<V> const& list) const {
    using T = math::scalar_t<V>;
    replace_by_place(
        list, 0, [](T r, T n) { return T(1) - (r - T(1)) / n; }, list.out);
  }
};

// ---- fusion: several operands, the result in the first

/// Adds the other operands to the first.
template <class V>
RANKWISE_FN void add_up(adjusted_list<V> const& list, std::size_t operands) {
  list.each([&](auto i) {
    V sum = list.operand(0, i);
    for (std::size_t k = 1; k < operands; ++k) {
      sum = sum + list.operand(k, i);
    }
    list.put(0, i, sum);
  });
}

/// sum_k 1 / (k0 + rank_k); Cormack, Clarke, Buettcher 2009.
template <std::size_t Operands>
struct reciprocal_rank_fusion {
  static constexpr char const* name = Operands == 1 ? "reciprocal_rank" : "rrf";
  static constexpr bool keeps_order = Operands == 1;
  double k;

  constexpr char const* fault() const { return k > -1 && k < 1e300 ? nullptr : "k of rrf (more than -1)"; }

  template <class V>
  RANKWISE_FN void operator()(adjusted_list<V> const& list) const {
    using T = math::scalar_t<V>;
    T const offset = static_cast<T>(k);
    for (std::size_t o = 0; o < Operands; ++o) {
      replace_by_place(
          list, o, [&](T r, T) { return T(1) / (offset + r); }, T(0));
    }
    add_up(list, Operands);
  }
};

/// sum_k (n_k - rank_k), n_k being the number of items that ranking k has retrieved.
template <std::size_t Operands>
struct borda_count {
  static constexpr char const* name = "borda";
  static constexpr bool keeps_order = Operands == 1;

  template <class V>
  RANKWISE_FN void operator()(adjusted_list<V> const& list) const {
    using T = math::scalar_t<V>;
    for (std::size_t o = 0; o < Operands; ++o) {
      replace_by_place(
          list, o, [](T r, T n) { return n - r; }, T(0));
    }
    add_up(list, Operands);
  }
};

/// sum_k minmax(x_k), times the number of rankings that have retrieved the item; Fox and Shaw 1994, normalised as by
/// Lee 1997.
template <std::size_t Operands, bool Multiplied>
struct comb {
  static constexpr char const* name = Multiplied ? "comb_mnz" : "comb_sum";
  static constexpr bool keeps_order = Operands == 1;

  template <class V>
  RANKWISE_FN void operator()(adjusted_list<V> const& list) const {
    for (std::size_t k = 0; k < Operands; ++k) {
      span_of<V> const y(list, k);
      // Until the sum is made an item that was not retrieved stays at minus infinity: the next line asks for it.
      list.each([&](auto i) {
        V const v = list.operand(k, i);
        list.put(k, i, math::select(v > V(list.out), y(v), v));
      });
    }
    list.each([&](auto i) {
      V sum(0);
      V found(0);
      for (std::size_t k = 0; k < Operands; ++k) {
        V const v = list.operand(k, i);
        auto const retrieved = v > V(list.out);
        sum = sum + math::select(retrieved, v, V(0));
        found = found + math::select(retrieved, V(1), V(0));
      }
      list.put(0, i, Multiplied ? sum * found : sum);
    });
  }
  template <class V>
  RANKWISE_FN void backward(adjusted_list<V> const& list, math::scalar_t<V>* seeds) const {
    if constexpr (Multiplied) {
      list.each([&](auto i) {
        V found(0);
        for (std::size_t k = 0; k < Operands; ++k) {
          found = found + math::select(list.operand(k, i) > V(list.out), V(1), V(0));
        }
        store(seeds, i, load(static_cast<math::scalar_t<V> const*>(seeds), i) * found);
      });
    }
    for (std::size_t k = 0; k < Operands; ++k) {
      span_backward(list, k, static_cast<math::scalar_t<V> const*>(seeds));
    }
  }
};

// ---- diversity

/// How much is left of the value of whoever comes after `count` others: (1 - floor) decay^count + floor.
struct decay_parameters {
  double decay = 0.5;
  double floor = 0;

  constexpr char const* fault() const {
    return decay >= 0 && decay <= 1 && floor >= 0 && floor <= 1 ? nullptr : "decay and floor (from 0 to 1)";
  }
};

/// x times ((1 - floor) decay^j + floor) for the j-th best item of its group, j = 0, 1, ...; of equal items the earlier
/// one goes first.
struct diversity {
  static constexpr char const* name = "diversity";
  static constexpr bool keeps_order = false;
  decay_parameters p;

  constexpr char const* fault() const { return p.fault(); }

  /// Calls f(item, factor) for the items from the best to the worst; where lanes are threads, they share the items.
  template <class V, class F>
  RANKWISE_FN void for_each_factor(adjusted_list<V> const& list, F f) const {
    using T = math::scalar_t<V>;
    std::size_t const n = sort_by(list, 0);
    T const decay = static_cast<T>(p.decay);
    T const floor = static_cast<T>(p.floor);
    if constexpr (is_shared<V>) {
      count_by_sorting(list, n, [&](std::uint32_t item, std::size_t better) {
        T share(1); // decay^better
        for (T power = decay; better != 0; better /= 2) {
          share = better % 2 != 0 ? share * power : share;
          power *= power;
        }
        f(item, (T(1) - floor) * share + floor);
      });
    } else if (n != 0) {
      // An open hash table from ids to their first item, at most half full, and the factors left by group. Four columns
      // are one table where scratch is the list's own; single items may have as much of each column as they are.
      std::uint32_t const* const order = list.template order<0>();
      std::uint32_t* const table = list.template order<1>();
      T* const left = list.template values<0>();
      constexpr bool own = math::lanes<V> != 1;
      int shift = 0;
      std::size_t width = 1;
      while (own ? width < n && 2 * width <= list.stride : 2 * width <= n) {
        width *= 2;
        ++shift;
      }
      std::size_t const last = 4 * width - 1;
      auto const slot = [=](std::size_t s) -> std::uint32_t& {
        return table[own ? s : (s >> shift) * list.stride + (s & (width - 1))];
      };
      for (std::size_t s = 0; s <= last; ++s) {
        slot(s) = 0;
      }
      for (std::size_t r = 0; r < n; ++r) {
        std::uint64_t const id = list.id(order[r]);
        std::size_t s = rankwise::detail::as_size((id * 0x9e3779b97f4a7c15u) >> 32) & last;
        while (slot(s) != 0 && list.id(order[slot(s) - 1]) != id) {
          s = (s + 1) & last;
        }
        if (slot(s) == 0) {
          slot(s) = static_cast<std::uint32_t>(r + 1);
          left[r] = T(1);
        }
        T& share = left[slot(s) - 1];
        f(order[r], (T(1) - floor) * share + floor);
        share *= decay;
      }
    }
  }

  template <class V>
  RANKWISE_FN void operator()(adjusted_list<V> const& list) const {
    using T = math::scalar_t<V>;
    T* const x = list.x(0);
    for_each_factor(list, [x](std::uint32_t item, T factor) { x[item] *= factor; });
  }
  /// With the places as they are: dL/dx = g times the factor.
  template <class V>
  RANKWISE_FN void backward(adjusted_list<V> const& list, math::scalar_t<V> const* seeds) const {
    using T = math::scalar_t<V>;
    T* const x = list.x(0);
    for_each_factor(list, [&](std::uint32_t item, T factor) { x[item] = seeds[item] * factor; });
    list.each([&](auto i) {
      V const v = list.operand(0, i);
      list.put(0, i, math::select(v > V(list.out), v, V(0)));
    });
  }

private:
  /// Calls f(item, better) for all items: how many of the same id are better, or as good and earlier.
  template <class V, class F>
  RANKWISE_FN static void count_by_sorting(adjusted_list<V> const& list, std::size_t n, F f) {
    std::uint32_t const* const order = list.template order<0>();
    std::uint32_t* const place = list.template order<1>();
    auto const id_of = [&](std::uint32_t r) { return list.id(order[r]); };
    each_place<V>(n, [&](std::size_t r) { place[r] = static_cast<std::uint32_t>(r); });
    rankwise::detail::sort_in_group<V>(place, list.template order<2>(), n, [&](std::uint32_t a, std::uint32_t b) {
      std::uint64_t const x = id_of(a);
      std::uint64_t const y = id_of(b);
      return x < y || (x == y && a < b);
    });
    each_place<V>(n, [&](std::size_t at) {
      std::uint64_t const id = id_of(place[at]);
      std::size_t first = 0; // of this id
      for (std::size_t end = at; first < end;) {
        std::size_t const middle = first + (end - first) / 2;
        bool const smaller = id_of(place[middle]) < id;
        first = smaller ? middle + 1 : first;
        end = smaller ? end : middle;
      }
      f(order[place[at]], at - first);
    });
  }
};

/// An adjuster, bound: where its columns are, and which column of ids it asks for.
template <class Adjuster, int Slot, int Ids, class Indices, class... Nodes>
struct run_adjustment;

template <class Adjuster, int Slot, int Ids, std::size_t... Is, class... Nodes>
struct run_adjustment<Adjuster, Slot, Ids, std::index_sequence<Is...>, Nodes...> : leaf<Is, Nodes>... {
  static constexpr int operands = static_cast<int>(sizeof...(Nodes));
  Adjuster adjuster;

  constexpr explicit run_adjustment(Adjuster const& a, Nodes const&... n) : leaf<Is, Nodes>{n}..., adjuster(a) {}

  template <class List>
  using leaves = List; // what stands under it is over when the items are looked at

  template <class Item>
  RANKWISE_FN auto operator()(Item const& item) const {
    return item.adjusted(Slot);
  }
  template <class Item, class V, class Sink>
  RANKWISE_FN void backward(Item const&, V seed, Sink& sink) const {
    sink.adjusted(Slot, seed);
  }

  /// Stores the operands, and runs the adjuster over them; where they are kept, over a copy.
  template <class List>
  RANKWISE_FN void adjust(List& list) const {
    using V = typename List::vector;
    using T = typename List::scalar;
    (at<Is>(*this).adjust(list), ...);
    V bad(0);
    list.each([&](auto i) {
      auto const item = list.item(i);
      V const x[] = {at<Is>(*this)(item)...};
      for (int k = 0; k < operands; ++k) {
        V const v = list.unless_out(i, x[k], V(adjusted_list<V>::out));
        bad = bad + list.in_range(i, math::select(v < V(math::ops<T>::infinity), V(0), V(1)));
        store(list.column(Slot + k), i, v);
        if constexpr (List::keep) {
          store(list.column(Slot + operands + k), i, v);
        }
      }
    });
    list.flag(math::reduce_add(bad) > T(0));
    adjuster(list.view(Slot, Ids));
  }

  /// The result's column holds the derivatives by it; those by the logits and weights below are added to the list's.
  template <class List>
  RANKWISE_FN void adjust_back(List& list) const {
    using V = typename List::vector;
    static_assert(
        requires { adjuster.backward(list.view(Slot, Ids), list.column(Slot)); },
        "[rankwise] this value model has no gradient: ranks (rank_score, reciprocal_rank, rrf, borda) are steps; "
        "z_score, min_max, comb_sum, comb_mnz and diversity have one, and so has yours with backward(list, seeds)");
    adjuster.backward(list.view(Slot + operands, Ids), list.column(Slot));
    list.each([&](auto i) {
      auto const item = list.item(i);
      auto const hand_on = [&](auto const& operand, std::size_t k) {
        V const seed =
            load(static_cast<math::scalar_t<V> const*>(list.column(Slot + operands + static_cast<int>(k))), i);
        auto sink = list.sink(i, list.all_of(i) & (seed != V(0))); // 0 for whoever is out, whatever its numbers are
        operand.backward(item, seed, sink);
      };
      (hand_on(at<Is>(*this), Is), ...);
    });
    (at<Is>(*this).adjust_back(list), ...);
  }
};

template <class Adjuster, class Model, class By>
constexpr int ids_slot() {
  if constexpr (std::is_void_v<By>) {
    return -1;
  } else {
    return Model::template ids_slot<By::label>();
  }
}

/// A list adjuster over its operands. `Adjuster` has
///   operator()(list)       replaces operand 0 of the list by its result
///   backward(list, seeds)  if it has a gradient: replaces the operands by the derivatives, seeds being those by the
///                          result
template <class Adjuster, class By, class Indices, class... Nodes>
struct adjustment;

template <class Adjuster, class By, std::size_t... Is, class... Nodes>
struct adjustment<Adjuster, By, std::index_sequence<Is...>, Nodes...> : node, leaf<Is, Nodes>... {
  using unit = rankwise::unit::score;
  static constexpr std::size_t head_values = (0 + ... + Nodes::head_values);
  Adjuster adjuster;

  constexpr explicit adjustment(Adjuster const& a, Nodes const&... n) : leaf<Is, Nodes>{n}..., adjuster(a) {}

  template <class List>
  using collect = typename collect_all<List, Nodes...>::type;
  template <class Weights>
  constexpr void initial_weights(Weights& w) const {
    (at<Is>(*this).initial_weights(w), ...);
  }
  template <class F>
  constexpr auto with_operands(F const& f) const {
    return f(at<Is>(*this)...);
  }

  static constexpr bool may_fault = checked<Adjuster> || (Nodes::may_fault || ...);
  constexpr char const* fault() const {
    char const* found = fault_of(adjuster);
    ((found = found != nullptr ? found : at<Is>(*this).fault()), ...);
    return found;
  }

  template <bool Keep>
  static constexpr int slots = slots_of<Keep, Nodes...>() + (Keep ? 2 : 1) * static_cast<int>(sizeof...(Nodes));

  template <class T, class Model>
  constexpr auto bind(Model const& model) const {
    constexpr int own = Model::next_slot + slots_of<Model::keep, Nodes...>();
    return run_adjustment<Adjuster, own, ids_slot<Adjuster, Model, By>(), std::index_sequence<Is...>,
                          decltype(std::declval<Nodes const&>().template bind<T>(model_for<Is, Nodes...>(model)))...>(
        adjuster, at<Is>(*this).template bind<T>(model_for<Is, Nodes...>(model))...);
  }
};

/// x ((1 - floor) decay^n + floor), over (x, n)
struct fatigue {
  static constexpr char const* name = "fatigue";
  decay_parameters p;

  constexpr char const* fault() const { return p.fault(); }

  template <class T>
  struct run {
    T decay, floor, log_decay;

    template <class P, class V>
    RANKWISE_FN V power(V n) const {
      return math::select(n == V(0), V(1), pow_of(V(decay), n));
    }
    template <class P, class V>
    RANKWISE_FN V apply(V const (&x)[2]) const {
      return x[0] * (V(T(1) - floor) * power<P>(x[1]) + V(floor));
    }
    template <class P, class V>
    RANKWISE_FN void partials(V const (&x)[2], V, V (&d)[2]) const {
      V const left = V(T(1) - floor) * power<P>(x[1]);
      d[0] = left + V(floor);
      d[1] = x[0] * left * V(log_decay);
    }
  };
  template <class T>
  constexpr run<T> bind() const {
    // With decay 0 everything is gone at once: nothing changes any more.
    return {static_cast<T>(p.decay), static_cast<T>(p.floor), p.decay > 0 ? static_cast<T>(math::log(p.decay)) : T(0)};
  }
};

} // namespace value::detail

/// The k of 1 / (k + rank).
struct rank_constant {
  double k = 60;
};

// In the namespace of the nodes, so that they are found by their arguments.
namespace value {

/// The node of a list adjuster over these operands. `By` is the type of the ids that it goes by, `rw::ids<"author">`.
template <class By = void, class Adjuster, class... Nodes>
constexpr auto adjust(Adjuster const& adjuster, Nodes const&... nodes) {
  static_assert((expression<Nodes> && ...), "[rankwise] a list adjuster takes value expressions");
  static_assert(
      std::is_void_v<By> || requires { By::names_ids; },
      "[rankwise] the ids of a list adjuster are rw::ids<\"name\">{}");
  return detail::adjustment<Adjuster, By, std::index_sequence_for<Nodes...>, Nodes...>(adjuster, nodes...);
}

/// (x - mean) / sd of the list; 0 where all are equal.
template <expression A>
constexpr auto z_score(A const& x) {
  return adjust(detail::z_score{}, x);
}

/// (x - min) / (max - min) of the list; 0 where all are equal.
template <expression A>
constexpr auto min_max(A const& x) {
  return adjust(detail::min_max{}, x);
}

/// 1 - (rank - 1) / n: 1 for the best of the list.
template <expression A>
constexpr auto rank_score(A const& x) {
  return adjust(detail::rank_score{}, x);
}

/// 1 / (k + rank) within the list.
template <expression A>
constexpr auto reciprocal_rank(A const& x, rank_constant c = {}) {
  return adjust(detail::reciprocal_rank_fusion<1>{c.k}, x);
}

/// Reciprocal rank fusion, sum_k 1 / (k + rank_k); k = 60, or `rrf(rank_constant{10}, a, b)`.
template <expression... Nodes>
constexpr auto rrf(Nodes const&... nodes) {
  return adjust(detail::reciprocal_rank_fusion<sizeof...(Nodes)>{rank_constant{}.k}, nodes...);
}
template <expression... Nodes>
constexpr auto rrf(rank_constant c, Nodes const&... nodes) {
  return adjust(detail::reciprocal_rank_fusion<sizeof...(Nodes)>{c.k}, nodes...);
}

/// Borda count, sum_k (n_k - rank_k).
template <expression... Nodes>
constexpr auto borda(Nodes const&... nodes) {
  return adjust(detail::borda_count<sizeof...(Nodes)>{}, nodes...);
}

/// CombSUM: the sum of the min-max normalised operands.
template <expression... Nodes>
constexpr auto comb_sum(Nodes const&... nodes) {
  return adjust(detail::comb<sizeof...(Nodes), false>{}, nodes...);
}

/// CombMNZ: the same, times the number of operands that have retrieved the item.
template <expression... Nodes>
constexpr auto comb_mnz(Nodes const&... nodes) {
  return adjust(detail::comb<sizeof...(Nodes), true>{}, nodes...);
}

/// x (>= 0) times (1 - floor) decay^j + floor for the j-th best item of its author, brand, ...: `by` is
/// `rw::ids<"author">{}`.
template <expression A, class By>
constexpr auto diversity(A const& x, By const&, detail::decay_parameters p = {}) {
  return adjust<By>(detail::diversity{p}, x);
}

/// x (>= 0) times (1 - floor) decay^n + floor for an item that was shown n times: of its own item alone, so it needs no
/// lists.
template <expression A, expression Count>
constexpr auto fatigue(A const& x, Count const& n, detail::decay_parameters p = {}) {
  return operate<unit::score>(detail::fatigue{p}, x, n);
}

} // namespace value

using value::borda;
using value::comb_mnz;
using value::comb_sum;
using value::diversity;
using value::fatigue;
using value::min_max;
using value::rank_score;
using value::reciprocal_rank;
using value::rrf;
using value::z_score;

} // namespace rankwise::inline RANKWISE_ABI

#endif
