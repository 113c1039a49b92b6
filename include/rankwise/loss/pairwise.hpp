#ifndef RANKWISE_LOSS_PAIRWISE_HPP
#define RANKWISE_LOSS_PAIRWISE_HPP

#include <rankwise/core/policy.hpp>
#include <rankwise/exec/arrange.hpp>
#include <rankwise/loss/loss.hpp>
#include <rankwise/loss/pair_kernel.hpp>
#include <rankwise/loss/pair_weight.hpp>
#include <rankwise/rank/ranking.hpp>
#include <rankwise/rank/top.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace rankwise::inline RANKWISE_ABI {

namespace detail {

/// The prepared numbers of a list for losses over pairs.
template <class T>
struct pair_constants {
  T scale{};
  std::uint32_t items{};
  bool has_pairs{};
};

/// A loss over the pairs of a list, made of its parts; the losses themselves are thin layers over `run`.
template <class Function, class Weight, class Selection, class Weighting, class Reduction, class Gap, class Hessian>
struct pair_loss {
  static constexpr std::size_t label_keys = Weight::label_keys;
  static constexpr std::size_t rank_keys = Weight::rank_keys;
  static constexpr std::size_t keys = label_keys + rank_keys;
  static constexpr bool truncated = requires { Selection::cutoff; };
  static constexpr bool both = truncated && requires { typename Selection::both; };
  static constexpr bool both_ways = requires { Selection::diagonal; };
  static constexpr bool by_rank = rank_keys != 0 || truncated;

  // Values: 0 and 1 belong to rank::top, later to derivatives by item.
  static constexpr std::size_t score = 2, odds = 3, label = 4, better = 5, worse = 6, slope = 7, curvature = 8,
                               first_key = 9, first_rank_key = first_key + keys;
  // Indices: 0 the items by rank, 1 the item at a place; both are rank::top's before.
  static constexpr std::size_t rank_of = 2, end = 3, rest_end = 4, rest_begin = 5;
  using scratch = scratch_columns<static_cast<int>(first_rank_key + rank_keys), 7>;
  using prepared_items = scratch_columns<static_cast<int>(1 + label_keys), 2>;

  Function const& function;
  Weight const& weight;
  double hessian_floor;

  template <class List>
  RANKWISE_FN auto prepare_list(List const& list) const {
    using T = typename List::scalar;
    pair_constants<T> c{};
    std::uint32_t const* const order = list.template prepared_indices<0>();
    std::uint32_t const* const classes = list.template prepared_indices<1>();
    c.items = static_cast<std::uint32_t>(
        arrange(list, list.template prepared_indices<0>(), list.template prepared_indices<1>()));
    for (std::size_t p = 0; p < c.items; ++p) {
      T const y = list.label_of(order[p]);
      list.template prepared_values<0>()[p] = y;
      c.has_pairs = c.has_pairs || both_ways || (classes[p] & ~segment_start) != 0;
      if constexpr (label_keys != 0) {
        T key[label_keys];
        weight.by_label(y, key);
        each_key<label_keys>([&](auto k) { list.template prepared_values<1 + k>()[p] = key[k]; });
      }
    }
    c.scale = scale_of<T>(list);
    return c;
  }

  template <class List>
  RANKWISE_FN double operator()(List const& list) const {
    using V = typename List::vector;
    using T = typename List::scalar;
    auto const& c = list.constants();
    T scale = static_cast<T>(c.scale);
    if (!list.constants_hold()) {
      scale = scale_of<T>(list);
    }
    reduction::pair_sums<double> sums{0, 0, 0, 0, 0, 0};
    T factor(0);
    if (c.has_pairs && scale != T(0)) {
      if constexpr (by_rank) {
        rank_items(list);
      }
      T const highest = list.max([&](auto i) { return list.score(i); });
      T const lowest = -list.max([&](auto i) { return -list.score(i); });
      context<T> const at{lowest + (highest - lowest) / T(2), highest - lowest};
      for (std::size_t p = 0; p < c.items;) {
        std::size_t last = p + 1;
        while (last < c.items && (list.template prepared_indices<1>()[last] & segment_start) == 0) {
          ++last;
        }
        add(sums, segment<V>(list, at, p, last));
        p = last;
      }
      sums.size = static_cast<double>(list.size());
      sums.value *= static_cast<double>(scale);
      sums.slopes *= static_cast<double>(scale);
      factor = scale * static_cast<T>(Reduction::factor(sums));
    }
    hand_out<V>(list, factor, sums.pairs != 0);
    return sums.value == 0 ? 0 : sums.value / static_cast<double>(scale) * static_cast<double>(factor);
  }

private:
  template <class T>
  struct context {
    T centre;
    T spread;
  };

  template <std::size_t Count, class F>
  RANKWISE_FN static void each_key(F f) {
    [&]<std::size_t... K>(std::index_sequence<K...>) {
      (f(std::integral_constant<std::size_t, K>{}), ...);
    }
    (std::make_index_sequence<Count>{});
  }

  template <class T, class List>
  RANKWISE_FN T scale_of(List const& list) const {
    if constexpr (requires { weight.scale(list); }) {
      return static_cast<T>(weight.scale(list));
    } else {
      return T(1);
    }
  }

  RANKWISE_FN static void add(reduction::pair_sums<double>& to, reduction::pair_sums<double> const& more) {
    to.value += more.value;
    to.slopes += more.slopes;
    to.pairs += more.pairs;
    to.weights += more.weights;
    to.items += more.items;
    to.size += more.size;
  }

  /// Ranks of all items, and what their weights owe to them.
  template <class List>
  RANKWISE_FN void rank_items(List const& list) const {
    using T = typename List::scalar;
    std::size_t count = 0;
    if constexpr (std::is_same_v<typename Weight::ties, ties::stable> ||
                  std::is_same_v<typename Weight::ties, ties::expected>) {
      count = rank::top(list, rank::all, [&](auto i) { return list.score(i); });
    } else {
      count = rank::order<typename Weight::ties>(list).size();
    }
    std::uint32_t const* const order = list.template indices<0>();
    std::uint32_t* const ranks = list.template indices<rank_of>();
    for (std::size_t r = 0; r < count; ++r) {
      ranks[order[r]] = static_cast<std::uint32_t>(r);
    }
    if constexpr (rank_keys != 0) {
      T* key[rank_keys];
      each_key<rank_keys>([&](auto k) { key[k] = list.template values<first_rank_key + k>(); });
      weight.by_rank(list, order, count, key);
      if constexpr (std::is_same_v<typename Weight::ties, ties::expected>) {
        for (std::size_t begin = 0; begin < count;) {
          T const s = list.score_of(order[begin]);
          std::size_t last = begin + 1;
          while (last < count && list.score_of(order[last]) == s) {
            ++last;
          }
          if (last - begin > 1) {
            for (std::size_t k = 0; k < rank_keys; ++k) {
              double sum = 0;
              for (std::size_t r = begin; r < last; ++r) {
                sum += static_cast<double>(key[k][r]);
              }
              T const mean = static_cast<T>(sum / static_cast<double>(last - begin));
              for (std::size_t r = begin; r < last; ++r) {
                key[k][r] = mean;
              }
            }
          }
          begin = last;
        }
      }
    }
  }

  /// The pairs among the prepared places first .. last - 1.
  template <class V, class List>
  RANKWISE_FN reduction::pair_sums<double> segment(List const& list, context<typename List::scalar> const& at,
                                                   std::size_t first, std::size_t last) const {
    using T = typename List::scalar;
    bool const whole = list.constants_hold();
    std::uint32_t const* const order = list.template prepared_indices<0>();
    std::uint32_t const* const classes = list.template prepared_indices<1>();
    std::uint32_t const* const ranks = list.template indices<rank_of>();
    std::uint32_t* const item_at = list.template indices<1>();
    std::uint32_t* const ends = list.template indices<end>();
    std::uint32_t* const rest_ends = list.template indices<rest_end>();
    std::uint32_t* const rest_begins = list.template indices<rest_begin>();
    pair_items<T, keys> x{list.template values<score>(),     list.template values<odds>(),
                          list.template values<label>(),     list.template values<better>(),
                          list.template values<worse>(),     list.template values<slope>(),
                          list.template values<curvature>(), {}};
    each_key<keys>([&](auto k) { x.key[k] = list.template values<first_key + k>(); });

    // Items among the top first, the others behind them, both by label. Of the others, `both` wants none.
    std::size_t tops = 0;
    if constexpr (truncated) {
      for (std::size_t p = first; p < last; ++p) {
        tops += (whole || list.takes_part(order[p])) && ranks[order[p]] < Selection::cutoff ? 1 : 0;
      }
    }
    std::size_t top = 0; // items placed so far
    std::size_t rest = 0;
    std::size_t class_top = 0; // those of lower classes
    std::size_t class_rest = 0;
    std::uint32_t number = classes[first];
    for (std::size_t p = first; p < last; ++p) {
      std::size_t const item = order[p];
      if (!whole && !list.takes_part(item)) {
        continue;
      }
      if (classes[p] != number || both_ways) {
        if (both_ways || (classes[p] & ~segment_start) != (number & ~segment_start)) {
          if constexpr (truncated) {
            for (std::size_t t = class_top; t < top; ++t) {
              rest_begins[t] = static_cast<std::uint32_t>(rest);
            }
          }
          class_top = top;
          class_rest = rest;
        }
        number = classes[p];
      }
      std::size_t q = top;
      if (!truncated || ranks[item] < cutoff_of()) {
        ends[top] = static_cast<std::uint32_t>(class_top);
        rest_ends[top] = static_cast<std::uint32_t>(class_rest);
        ++top;
      } else {
        q = tops + rest;
        ++rest;
      }
      item_at[q] = static_cast<std::uint32_t>(item);
      x.score[q] = list.score_of(item);
      x.label[q] = static_cast<T>(list.template prepared_values<0>()[p]);
      each_key<label_keys>([&](auto k) { x.key[k][q] = static_cast<T>(list.template prepared_values<1 + k>()[p]); });
      each_key<rank_keys>(
          [&](auto k) { x.key[label_keys + k][q] = list.template values<first_rank_key + k>()[ranks[item]]; });
    }
    if constexpr (truncated) {
      for (std::size_t t = class_top; t < top; ++t) {
        rest_begins[t] = static_cast<std::uint32_t>(rest);
      }
    }
    std::size_t const count = top + rest;
    bool const weighted = list.weighted() && !std::is_same_v<Weighting, weighting::item>;
    for (std::size_t q = 0; q < count; ++q) {
      T const w = weighted ? list.weight_of(item_at[q]) : T(1);
      x.better_weight[q] = w;
      x.worse_weight[q] = std::is_same_v<Weighting, weighting::product> ? w : T(1);
    }
    for_each_pack<V>(count, [&](auto i) {
      store(x.gradient, i, V(0));
      store(x.hessian, i, V(0));
    });

    auto const pair_function = bound<T>(function);
    auto const bound_weight = bound<T>(weight);
    pair_formula<std::remove_const_t<decltype(pair_function)>, std::remove_const_t<decltype(bound_weight)>, Hessian,
                 Gap::divides, both_ways> const formula{pair_function, bound_weight, at.spread > T(0)};
    reduction::pair_sums<double> sums{0, 0, 0, 0, 0, 0};
    auto const run = [&]<pair_form Form>(std::integral_constant<pair_form, Form>) {
      add(sums, run_pairs<true, Form, V>(formula, x, 0, top, 0, nullptr, ends));
      if constexpr (truncated && !both) {
        if (rest != 0) {
          for (std::size_t t = 0; t < top; ++t) {
            ends[t] = static_cast<std::uint32_t>(rest);
          }
          add(sums, run_pairs<true, Form, V>(formula, x, 0, top, tops, nullptr, rest_ends));
          add(sums, run_pairs<false, Form, V>(formula, x, 0, top, tops, rest_begins, ends));
        }
      }
    };
    bool from_odds = false;
    if constexpr (requires { pair_function.steepness; }) {
      constexpr T widest = sizeof(T) == 4 ? T(40) : T(300);
      T const steepness = math::ops<T>::abs(pair_function.steepness);
      from_odds = steepness * at.spread <= widest;
      if (from_odds) {
        for_each_pack<V>(count, [&](auto i) {
          store(x.odds, i, math::exp(V(pair_function.steepness) * (load(x.score, i) - V(at.centre))));
        });
        if (!weighted && List::wants_gradient && !list.wants_value()) {
          run(std::integral_constant<pair_form, pair_form::light>{});
        } else {
          run(std::integral_constant<pair_form, pair_form::odds>{});
        }
      }
    }
    if (!from_odds) {
      run(std::integral_constant<pair_form, pair_form::general>{});
    }
    if constexpr (both_ways) {
      sums.pairs *= 2;
      if constexpr (Selection::diagonal) {
        add(sums, with_themselves<V>(formula, x, count));
      }
    }
    if constexpr (List::wants_gradient) {
      T* const g = list.template values<0>();
      T* const h = list.template values<1>();
      for (std::size_t q = 0; q < count; ++q) {
        g[item_at[q]] = x.gradient[q];
        h[item_at[q]] = x.hessian[q];
      }
    }
    sums.items = static_cast<double>(count);
    sums.weights = pair_weights(x, ends, top, sums.pairs, weighted);
    return sums;
  }

  /// Items as their own partners: they add to the value, and to no derivative.
  template <class V, class Formula, class T>
  RANKWISE_FN static reduction::pair_sums<double> with_themselves(Formula const& formula, pair_items<T, keys> const& x,
                                                                  std::size_t count) {
    reduction::pair_sums<double> sums{0, 0, static_cast<double>(count), 0, 0, 0};
    for (std::size_t q = 0; q < count; ++q) {
      pair_side<T, keys> s{T(0), T(1), x.label[q], x.better_weight[q], x.worse_weight[q], {}};
      each_key<keys>([&](auto k) { s.key[k] = x.key[k][q]; });
      sums.value += static_cast<double>(one_way<pair_form::general>(formula, s, s).value);
    }
    return sums;
  }

  /// The sum over the pairs of their item weights.
  template <class T>
  RANKWISE_FN static double pair_weights(pair_items<T, keys> const& x, std::uint32_t const* ends, std::size_t count,
                                         double pairs, bool weighted) {
    if (!weighted || !std::is_same_v<Reduction, reduction::weighted_mean>) {
      return pairs;
    }
    static_assert(!std::is_same_v<Reduction, reduction::weighted_mean> || !truncated || both,
                  "[rankwise] reduction::weighted_mean is about all pairs, or pairs::both_in_top");
    static_assert(!std::is_same_v<Reduction, reduction::weighted_mean> || !both_ways,
                  "[rankwise] reduction::weighted_mean is about pairs::all and pairs::both_in_top");
    double sum = 0;
    double below = 0; // weights of the first `seen` items
    std::size_t seen = 0;
    for (std::size_t q = 0; q < count; ++q) {
      for (; seen < ends[q]; ++seen) {
        below += static_cast<double>(x.worse_weight[seen]);
      }
      sum += static_cast<double>(x.better_weight[q]) * below;
    }
    return sum;
  }

  RANKWISE_FN static std::size_t cutoff_of() {
    if constexpr (truncated) {
      return Selection::cutoff;
    } else {
      return rank::all;
    }
  }

  template <class V, class List>
  RANKWISE_FN void hand_out(List const& list, typename List::scalar factor, bool any) const {
    if constexpr (List::wants_gradient) {
      V const f(factor);
      V const least = as<V>(hessian_floor);
      list.each([&](auto i) {
        V const w = std::is_same_v<Weighting, weighting::item> ? list.weight(i) : V(1);
        list.gradient(i, any ? load(list.template values<0>(), i) * f * w : V(0));
        list.hessian(i, math::max(any ? load(list.template values<1>(), i) * f * w : V(0), least));
      });
    }
  }
};

} // namespace detail

namespace loss {

/// A loss over the pairs of a list, y_i > y_j:
///   L = c sum over pairs of w_ij phi(s_i - s_j),   w_ij = item weights x pair weight
///   dL/ds_i = c sum_j w_ij phi',  dL/ds_j = -c sum_i w_ij phi',  hessian: c sum w_ij phi'' for both
/// phi is the pair function, c the reduction. Slots: pair_weight (one), pairs (all), weighting (better), reduction
/// (sum), score_gap (ignored), hessian (diagonal). Items of different segments make no pair.
template <class Function, class... Pieces>
struct pairwise {
  static_assert(slot_set<slots::pair_weight, slots::pairs, slots::weighting, slots::reduction, slots::score_gap,
                         slots::hessian>::template accepts<Pieces...>());
  using pair_weight_type = pick<slots::pair_weight, pair_weight::one, Pieces...>;

  Function function{};
  pair_weight_type pair_weight{};
  double hessian_floor = 0; ///< no second derivative is smaller

  using parts = detail::pair_loss<
      Function, pair_weight_type, pick<slots::pairs, pairs::all, Pieces...>,
      pick<slots::weighting, weighting::better, Pieces...>, pick<slots::reduction, reduction::sum, Pieces...>,
      pick<slots::score_gap, score_gap::ignored, Pieces...>, pick<slots::hessian, hessian::diagonal, Pieces...>>;
  using scratch = typename parts::scratch;
  using prepared_items = typename parts::prepared_items;
  static constexpr bool reads_segments = true;

  template <class List>
  RANKWISE_FN auto prepare_list(List const& list) const {
    return parts{function, pair_weight, hessian_floor}.prepare_list(list);
  }
  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    return parts{function, pair_weight, hessian_floor}(list);
  }

  RANKWISE_LOSS_CALLS
};

/// RankNet (Burges et al. 2005).
template <class... Pieces>
using ranknet = pairwise<pair::logistic, Pieces...>;

} // namespace loss
} // namespace rankwise::inline RANKWISE_ABI

#endif
