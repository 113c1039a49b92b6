#ifndef RANKWISE_LOSS_PAIR_KERNEL_HPP
#define RANKWISE_LOSS_PAIR_KERNEL_HPP

#include <rankwise/loss/pair_pieces.hpp>

#include <cstddef>
#include <cstdint>

/// The loops of losses over pairs. Items lie in columns by label, so that the items worse than a given one are
/// neighbours: pairs of equal labels are never visited, and nothing in the inner loop asks for a label.
namespace rankwise::inline RANKWISE_ABI::detail {

/// Columns of the items of one segment. `Keys` numbers per item are what the weight of a pair is made of.
template <class T, std::size_t Keys>
struct pair_items {
  T* score;
  T* odds; ///< exp(steepness (score - centre)), if the pairs are computed from them
  T* label;
  T* better_weight; ///< a pair weighs the better item's better_weight times the worse item's worse_weight
  T* worse_weight;
  T* gradient;
  T* hessian;
  T* key[Keys == 0 ? 1 : Keys];
};

/// How pairs are computed.
enum class pair_form {
  light,   ///< from odds, derivatives alone, no item weights
  odds,    ///< from odds
  general, ///< from differences of scores
};

/// A pair function and its weight, bound to a number type.
template <class Function, class Weight, class Hessian, bool ByGap, bool BothWays>
struct pair_formula {
  using hessian = Hessian;
  static constexpr bool by_gap = ByGap;
  static constexpr bool both_ways = BothWays; ///< each of a pair is the better one once

  Function function;
  Weight weight;
  bool gap; ///< divide weights by 0.01 + |d|
};

/// 1 / x within 2 ulp, for x in the range of normal numbers.
template <class V>
RANKWISE_FN V inverse(V x) {
  using o = math::ops<V>;
  if constexpr (o::native_reciprocal && sizeof(math::scalar_t<V>) == 4) {
    V const y = o::reciprocal_estimate(x);
    return o::fma(o::fnma(x, y, V(1)), y, y);
  } else {
    return V(1) / x;
  }
}

/// Numbers of one item, or of a register of them.
template <class V, std::size_t Keys>
struct pair_side {
  V score;
  V odds;
  V label;
  V weight; ///< as the better item
  V worse_weight;
  V key[Keys == 0 ? 1 : Keys];
};

template <pair_form Form, class V, std::size_t Keys, class Formula>
RANKWISE_FN pair_term<V> one_way(Formula const& formula, pair_side<V, Keys> const& better,
                                 pair_side<V, Keys> const& worse) {
  V const d = better.score - worse.score;
  pair_term<V> t{};
  if constexpr (Form == pair_form::general) {
    t = formula.function(d, better.label - worse.label);
  } else {
    V const share = inverse(better.odds + worse.odds);
    t = formula.function.of_shares(d, worse.odds * share, better.odds * share);
  }
  V w = formula.weight(better.key, worse.key);
  if constexpr (Form != pair_form::light) {
    w = w * (better.weight * worse.worse_weight);
  }
  if constexpr (Formula::by_gap) {
    if (formula.gap) {
      w = w * inverse(as<V>(0.01) + math::abs(d));
    }
  }
  return {w * t.value, w * t.slope, w * Formula::hessian::of(t)};
}

template <pair_form Form, class V, std::size_t Keys, class Formula>
RANKWISE_FN pair_term<V> term_of(Formula const& formula, pair_side<V, Keys> const& better,
                                 pair_side<V, Keys> const& worse) {
  pair_term<V> t = one_way<Form>(formula, better, worse);
  if constexpr (Formula::both_ways) {
    pair_term<V> const other = one_way<Form>(formula, worse, better);
    t = {t.value + other.value, t.slope - other.slope, t.curvature + other.curvature};
  }
  return t;
}

/// Rows that a pass over the columns serves at once: as many as keep their sums in registers.
template <class V>
inline constexpr std::size_t pair_rows_at_once = math::lanes<V> == 1    ? 1
                                                 : math::lanes<V> >= 16 ? 4
                                                                        : 2;

/// Items rows .. rows + row_count - 1 against the items columns + begin[r] .. columns + end[r] - 1, which are all worse
/// than row r, or all better. Both bounds ascend; no `begin` stands for zeros. Adds to gradients and hessians; returns
/// the sums of values and absolute slopes, and the number of pairs.
template <bool RowIsBetter, pair_form Form, class V, class Formula, class T, std::size_t Keys>
RANKWISE_OUTLINE_FN reduction::pair_sums<double> run_pairs(Formula const& formula, pair_items<T, Keys> const& x,
                                                           std::size_t rows, std::size_t row_count, std::size_t columns,
                                                           std::uint32_t const* begin, std::uint32_t const* end) {
  constexpr std::size_t at_once = pair_rows_at_once<V>;
  constexpr std::size_t width = static_cast<std::size_t>(math::lanes<V>);
  reduction::pair_sums<double> sums{0, 0, 0, 0, 0, 0};

  auto const side = [&](auto read) {
    pair_side<V, Keys> s{V(0), V(0), V(0), V(1), V(1), {}};
    s.score = read(x.score);
    if constexpr (Form == pair_form::general) {
      s.label = read(x.label);
    } else {
      s.odds = read(x.odds);
    }
    if constexpr (Form != pair_form::light) {
      s.weight = read(x.better_weight);
      s.worse_weight = read(x.worse_weight);
    }
    if constexpr (Keys != 0) {
      for (std::size_t k = 0; k < Keys; ++k) {
        s.key[k] = read(x.key[k]);
      }
    }
    return s;
  };

  for (std::size_t first = 0; first < row_count; first += at_once) {
    pair_side<V, Keys> row[at_once];
    V slope[at_once];
    V curvature[at_once];
    std::size_t low[at_once];
    std::size_t high[at_once];
    V value(0);
    std::size_t lowest = 0xffffffffu; // the range that some row needs, and the one that all rows need
    std::size_t highest = 0;
    std::size_t full_from = 0;
    std::size_t full_to = 0xffffffffu;
    for (std::size_t r = 0; r < at_once; ++r) {
      bool const there = first + r < row_count;
      std::size_t const i = there ? first + r : row_count - 1;
      low[r] = begin == nullptr ? 0 : begin[i];
      high[r] = there ? end[i] : low[r];
      if (high[r] > low[r]) {
        lowest = low[r] < lowest ? low[r] : lowest;
        highest = high[r] > highest ? high[r] : highest;
      }
      full_from = low[r] > full_from ? low[r] : full_from;
      full_to = high[r] < full_to ? high[r] : full_to;
      row[r] = side([&](T const* column) { return V(column[rows + i]); });
      slope[r] = V(0);
      curvature[r] = V(0);
      sums.pairs += static_cast<double>(high[r] - low[r]);
    }

    auto const step = [&](std::size_t j, auto masked) {
      auto const at = columns + j;
      pair_side<V, Keys> const column = side([&](T const* c) { return math::load<V>(c + at); });
      V g = math::load<V>(x.gradient + at);
      V h = math::load<V>(x.hessian + at);
      for (std::size_t r = 0; r < at_once; ++r) {
        pair_term<V> t = RowIsBetter ? term_of<Form>(formula, row[r], column) : term_of<Form>(formula, column, row[r]);
        if constexpr (decltype(masked)::value) {
          auto const below = math::ops<V>::first(high[r] > j ? high[r] - j : 0);
          t = {math::select(below, t.value, V(0)), math::select(below, t.slope, V(0)),
               math::select(below, t.curvature, V(0))};
          if constexpr (!RowIsBetter) {
            auto const before = math::ops<V>::first(low[r] > j ? low[r] - j : 0);
            t = {math::select(before, V(0), t.value), math::select(before, V(0), t.slope),
                 math::select(before, V(0), t.curvature)};
          }
        }
        slope[r] = slope[r] + t.slope;
        curvature[r] = curvature[r] + t.curvature;
        g = RowIsBetter ? g - t.slope : g + t.slope;
        h = h + t.curvature;
        if constexpr (Form != pair_form::light) {
          value = value + t.value;
        }
      }
      math::store(x.gradient + at, g);
      math::store(x.hessian + at, h);
    };
    std::size_t j = lowest;
    for (; j < highest && j < full_from; j += width) {
      step(j, std::true_type{});
    }
    for (; j + width <= full_to; j += width) {
      step(j, std::false_type{});
    }
    for (; j < highest; j += width) {
      step(j, std::true_type{});
    }

    for (std::size_t r = 0; r < at_once && first + r < row_count; ++r) {
      T const s = math::reduce_add(slope[r]);
      T* const g = x.gradient + rows + first + r;
      *g = RowIsBetter ? *g + s : *g - s;
      x.hessian[rows + first + r] += math::reduce_add(curvature[r]);
      sums.slopes += static_cast<double>(math::ops<T>::abs(s));
    }
    if constexpr (Form != pair_form::light) {
      sums.value += static_cast<double>(math::reduce_add(value));
    }
  }
  return sums;
}

} // namespace rankwise::inline RANKWISE_ABI::detail

#endif
