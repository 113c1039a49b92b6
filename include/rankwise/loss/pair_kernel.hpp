#ifndef RANKWISE_LOSS_PAIR_KERNEL_HPP
#define RANKWISE_LOSS_PAIR_KERNEL_HPP

#include <rankwise/loss/pair_pieces.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

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
template <class T, class Function, class Weight, class Hessian, bool ByGap, bool BothWays, bool SumsSlopes>
struct pair_formula {
  using hessian = Hessian;
  static constexpr bool by_gap = ByGap;
  static constexpr bool sums_slopes = SumsSlopes;
  static constexpr bool both_ways = BothWays; ///< each of a pair is the better one once

  Function function;
  Weight weight;
  T steepness;
  bool gap; ///< divide weights by 0.01 + |d|
};

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
  V const x = V(formula.steepness) * d;
  pair_term<V> t{};
  if constexpr (Form == pair_form::general) {
    constexpr bool is_term = std::is_convertible_v<decltype(formula.function(x, x)), pair_term<V>>;
    static_assert(is_term, "[rankwise] a pair function returns pair_term<V>{value, slope, curvature}");
    if constexpr (is_term) {
      t = formula.function(x, better.label - worse.label);
    }
  } else {
    V const share = math::inverse(better.odds + worse.odds);
    t = formula.function.of_shares(x, worse.odds * share, better.odds * share);
  }
  V w = formula.weight(better.key, worse.key);
  if constexpr (Form != pair_form::light) {
    w = w * (better.weight * worse.worse_weight);
  }
  if constexpr (Formula::by_gap) {
    if (formula.gap) {
      w = w * math::inverse(as<V>(0.01) + math::abs(d));
    }
  }
  // Not contracted with the sums that follow: additions have units of their own, and the products have work enough.
  V const slope = math::ops<V>::product(w, t.slope);
  return {w * t.value, slope, math::ops<V>::product(w, Formula::hessian::of(t))};
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

/// The sums of the lanes of every slope, then of every curvature.
template <class V, std::size_t N, class T>
RANKWISE_FN void row_totals(V const (&slope)[N], V const (&curvature)[N], T* total) {
  if constexpr (N == 4) {
    math::ops<V>::reduce_add4(slope[0], slope[1], slope[2], slope[3], total);
    math::ops<V>::reduce_add4(curvature[0], curvature[1], curvature[2], curvature[3], total + 4);
  } else if constexpr (N == 2) {
    math::ops<V>::reduce_add4(slope[0], slope[1], curvature[0], curvature[1], total);
  } else {
    total[0] = math::reduce_add(slope[0]);
    total[1] = math::reduce_add(curvature[0]);
  }
}

/// f(0), ..., f(N - 1) written out, so that arrays indexed by its argument stay in registers.
template <std::size_t N, class F>
RANKWISE_FN void unrolled(F const& f) {
  [&]<std::size_t... K>(std::index_sequence<K...>) { (f(K), ...); }(std::make_index_sequence<N>{});
}

/// Items rows .. rows + row_count - 1 against the items columns + begin[r] .. columns + end[r] - 1, which are all worse
/// than row r, or all better. Both bounds ascend; no `begin` stands for zeros. Adds to gradients and hessians; returns
/// the sums of values and absolute slopes, and the number of pairs.
template <bool RowIsBetter, pair_form Form, class V, class Formula, class T, std::size_t Keys, class Isa = arch::native>
RANKWISE_FLATTEN RANKWISE_OUTLINE_FN reduction::pair_sums<double>
run_pairs(Formula const& given, pair_items<T, Keys> const& items, std::size_t rows, std::size_t row_count,
          std::size_t columns, std::uint32_t const* begin, std::uint32_t const* end) {
  constexpr std::size_t at_once = pair_rows_at_once<V>;
  constexpr std::size_t width = static_cast<std::size_t>(math::lanes<V>);
  // Where shares serve all but scores far apart, one body of the loop is enough for those.
  constexpr bool rare = Form == pair_form::general && requires {
    given.function.of_shares(V(0), V(0), V(0));
  };
  // Copies: what the caller holds might lie under the columns that are written.
  Formula const formula = given;
  pair_items<T, Keys> const x = items;
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
    unrolled<at_once>([&](std::size_t r) {
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
      sums.pairs += static_cast<double>(high[r] - low[r]);
    });
    if (highest == 0) {
      continue;
    }
    unrolled<at_once>([&](std::size_t r) {
      row[r] = side([&](T const* from) { return V(from[rows + (first + r < row_count ? first + r : first)]); });
      slope[r] = V(0);
      curvature[r] = V(0);
    });

    auto const step = [&](std::size_t j, auto masked) {
      auto const at = columns + j;
      pair_side<V, Keys> const partner = side([&](T const* c) { return math::load<V>(c + at); });
      V g = math::load<V>(x.gradient + at);
      V h = math::load<V>(x.hessian + at);
      unrolled<at_once>([&](std::size_t r) {
        pair_term<V> t =
            RowIsBetter ? term_of<Form>(formula, row[r], partner) : term_of<Form>(formula, partner, row[r]);
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
      });
      math::store(x.gradient + at, g);
      math::store(x.hessian + at, h);
    };
    std::size_t j = lowest;
    if constexpr (!RowIsBetter) {
      for (; j < highest && j < full_from; j += width) {
        step(j, std::true_type{});
      }
    }
    if constexpr (!rare) {
      for (; j + width <= full_to; j += width) {
        step(j, std::false_type{});
      }
    }
    for (; j < highest; j += width) {
      step(j, std::true_type{});
    }

    T total[2 * at_once];
    row_totals(slope, curvature, total);
    std::size_t const here = row_count - first < at_once ? row_count - first : at_once;
    once<V>([&] {
      for (std::size_t r = 0; r < here; ++r) {
        T* const g = x.gradient + rows + first + r;
        *g = RowIsBetter ? *g + total[r] : *g - total[r];
        x.hessian[rows + first + r] += total[at_once + r];
      }
    });
    for (std::size_t r = 0; r < here; ++r) {
      sums.slopes += static_cast<double>(math::ops<T>::abs(total[r]));
    }
    if constexpr (Form != pair_form::light) {
      sums.value += static_cast<double>(math::reduce_add(value));
    }
  }
  return sums;
}

/// A few items, the rows, against all items, for pairs of which one has to be a row: logistic derivatives alone, from
/// odds, with weights that are 0 for equal labels and without item weights. A row sees everybody, so its own sums are
/// complete, and every other item finds its partners among the rows, whatever the order of both: nothing is sorted. The
/// columns' sums are those of items that are no rows; a row's own go to `row_slope` and `row_curvature`.
///
/// With u = w / (o_i + o_j) the slope is u times the odds of the worse item, and the curvature u / (o_i + o_j) times
/// the odds of both: what one side contributes is multiplied after the sums, and the columns' curvatures still lack it.
/// The columns are padded to whole registers, and by one item at least, with odds 0 and the label -inf, which add
/// nothing. Returns the sum of absolute slopes, each times its column's part, where the formula asks for it.
template <class V, class Formula, class T, std::size_t Keys, class Isa = arch::native>
RANKWISE_FLATTEN RANKWISE_OUTLINE_FN double
sweep_pairs(Formula const& given, pair_items<T, Keys> const& items, std::uint32_t const* row_item,
            std::size_t row_count, std::size_t count, T* row_slope, T* row_curvature, T const* part_of_sum) {
  constexpr std::size_t at_once = pair_rows_at_once<V>;
  constexpr std::size_t width = static_cast<std::size_t>(math::lanes<V>);
  Formula const formula = given;
  pair_items<T, Keys> const x = items;
  double slopes = 0;
  for (std::size_t first = 0; first < row_count; first += at_once) {
    pair_side<V, Keys> row[at_once];
    V minus_odds[at_once];
    V slope[at_once];
    V curvature[at_once];
    V absolute[at_once];
    unrolled<at_once>([&](std::size_t r) {
      std::size_t const i = first + r < row_count ? row_item[first + r] : count;
      row[r].score = V(x.score[i]);
      row[r].odds = V(x.odds[i]);
      minus_odds[r] = -row[r].odds;
      row[r].label = V(x.label[i]);
      if constexpr (Keys != 0) {
        for (std::size_t k = 0; k < Keys; ++k) {
          row[r].key[k] = V(x.key[k][i]);
        }
      }
      slope[r] = V(0);
      curvature[r] = V(0);
      absolute[r] = V(0);
    });
    for (std::size_t j = 0; j < count; j += width) {
      V const odds = math::load<V>(x.odds + j);
      V const label = math::load<V>(x.label + j);
      V const score = Formula::by_gap ? math::load<V>(x.score + j) : V(0);
      V key[Keys == 0 ? 1 : Keys];
      if constexpr (Keys != 0) {
        for (std::size_t k = 0; k < Keys; ++k) {
          key[k] = math::load<V>(x.key[k] + j);
        }
      }
      V const part = Formula::sums_slopes ? math::load<V>(part_of_sum + j) : V(0);
      V g = math::load<V>(x.gradient + j);
      V h = math::load<V>(x.hessian + j);
      unrolled<at_once>([&](std::size_t r) {
        V const share = math::inverse(row[r].odds + odds);
        V w = formula.weight(row[r].key, key);
        if constexpr (Formula::by_gap) {
          if (formula.gap) {
            w = w * math::inverse(as<V>(0.01) + math::abs(row[r].score - score));
          }
        }
        V const u = math::ops<V>::product(math::abs(w), share);
        V const worse = math::select(row[r].label > label, odds, minus_odds[r]);
        // Not contracted with the sums: additions have units of their own, and the products have work enough.
        V const s = math::ops<V>::product(u, worse);
        V const v = math::ops<V>::product(u, share);
        slope[r] = slope[r] + s;
        curvature[r] = math::fma(v, odds, curvature[r]);
        g = g + s;
        h = math::fma(v, row[r].odds, h);
        if constexpr (Formula::sums_slopes) {
          absolute[r] = math::fma(math::abs(s), part, absolute[r]);
        }
      });
      math::store(x.gradient + j, g);
      math::store(x.hessian + j, h);
    }
    T total[2 * at_once];
    row_totals(slope, curvature, total);
    std::size_t const here = row_count - first < at_once ? row_count - first : at_once;
    once<V>([&] {
      for (std::size_t r = 0; r < here; ++r) {
        row_slope[first + r] = -total[r];
        row_curvature[first + r] = total[at_once + r] * x.odds[row_item[first + r]];
      }
    });
    if constexpr (Formula::sums_slopes) {
      for (std::size_t r = 0; r < here; ++r) {
        slopes += static_cast<double>(math::reduce_add(absolute[r]));
      }
    }
  }
  return slopes;
}

} // namespace rankwise::inline RANKWISE_ABI::detail

#endif
