#ifndef RANKWISE_LOSS_PAIRWISE_HPP
#define RANKWISE_LOSS_PAIRWISE_HPP

#include <rankwise/core/policy.hpp>
#include <rankwise/exec/arrange.hpp>
#include <rankwise/loss/listed_pairs.hpp>
#include <rankwise/loss/loss.hpp>
#include <rankwise/loss/pair_kernel.hpp>
#include <rankwise/loss/pair_layout.hpp>
#include <rankwise/loss/pair_pieces.hpp>
#include <rankwise/loss/pair_weight.hpp>
#include <rankwise/rank/item_ranks.hpp>
#include <rankwise/rank/ranking.hpp>
#include <rankwise/rank/top.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace rankwise::inline RANKWISE_ABI {

namespace detail {

/// The prepared numbers of a list for losses over pairs.
template <class T>
struct pair_constants {
  T scale{};
  std::uint32_t items{};
  bool one_segment{};
  bool has_pairs{};
};

/// A loss over the pairs of a list, made of its parts; the losses themselves are thin layers over `run`.
template <class Function, class Weight, class Selection, class Weighting, class Reduction, class Gap, class Hessian>
struct pair_loss {
  using layout = pair_layout<Weight, Selection>;
  using scratch = typename layout::scratch;
  using prepared_items = typename layout::prepared_items;
  static constexpr std::size_t label_keys = layout::label_keys, rank_keys = layout::rank_keys, keys = layout::keys;
  static constexpr bool truncated = layout::truncated, both = layout::both;
  static constexpr bool both_ways = requires { Selection::diagonal; };
  static constexpr bool has_shares = requires(Function const& f) { f.of_shares(0.0, 0.0, 0.0); };
  static constexpr bool labels_sorted_out = [] {
    if constexpr (requires { Weight::zero_for_equal_labels; }) {
      return Weight::zero_for_equal_labels;
    } else {
      return false;
    }
  }();
  // Rows of truncated pairs need no order by label, if weights sort the labels out.
  static constexpr bool can_sweep = truncated && !both && labels_sorted_out && requires {
    Function::sigmoid_slope + Hessian::multiple;
  }
  &&(std::is_same_v<Reduction, reduction::sum> || std::is_same_v<Reduction, reduction::log2_of_slopes>);
  static constexpr bool listed = lists_pairs<Selection>;
  static constexpr bool needs_order = requires { Weight::needs_order; };
  static constexpr bool by_rank = lists_by_rank<Selection> || rank_keys != 0 || truncated;

  Function const& function;
  Weight const& weight;
  double hessian_floor;
  Selection const& selection;

  template <class List>
  RANKWISE_FN auto prepare_list(List const& list) const {
    using T = typename List::scalar;
    pair_constants<T> c{};
    std::uint32_t const* const order = list.template prepared_indices<0>();
    std::uint32_t const* const classes = list.template prepared_indices<1>();
    c.items = static_cast<std::uint32_t>(
        arrange(list, list.template prepared_indices<0>(), list.template prepared_indices<1>()));
    std::uint32_t* const lower = list.template prepared_indices<2>();
    struct starts {
      std::uint32_t segment;
      std::uint32_t same; // of items that make no pair with each other
    };
    std::uint32_t pairs = 0;
    starts const last = scan_places<typename List::vector>(
        c.items, starts{0, 0},
        [&](std::size_t p) {
          auto const here = static_cast<std::uint32_t>(p);
          bool const first = (classes[p] & segment_start) != 0;
          bool const next = first || both_ways || classes[p] != (classes[p - 1] & ~segment_start);
          return starts{first ? here : 0, next ? here : 0};
        },
        [](starts before, starts here) {
          return starts{before.segment < here.segment ? here.segment : before.segment,
                        before.same < here.same ? here.same : before.same};
        },
        [&](std::size_t p, starts at) {
          lower[p] = at.same - at.segment;
          pairs += both_ways || (classes[p] & ~segment_start) != 0 ? 1u : 0u;
        });
    c.one_segment = c.items != 0 && last.segment == 0;
    c.has_pairs = sum_of_threads<typename List::vector>(pairs) != 0;
    each_place<typename List::vector>(c.items, [&](std::size_t p) {
      T const y = list.label_of(order[p]);
      list.template prepared_values<0>()[p] = y;
      if constexpr (label_keys != 0) {
        T key[label_keys];
        weight.by_label(y, key);
        each_key<label_keys>([&](auto k) { list.template prepared_values<1 + k>()[p] = key[k]; });
      }
    });
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
    bool any = false;
    if (c.has_pairs && scale != T(0)) {
      any = true;
      bool ordered = false;
      if constexpr (by_rank) {
        ordered = rank_items(list);
      }
      V high(-math::ops<T>::infinity);
      V low(math::ops<T>::infinity);
      list.each([&](auto i) {
        V const s = list.score(i);
        auto counts = math::ops<V>::first(i.live());
        if (list.has_masked()) {
          counts = counts & list.live(i);
        }
        high = math::max(high, math::select(counts, s, high));
        low = math::min(low, math::select(counts, s, low));
      });
      T const highest = math::reduce_max(high);
      T const lowest = math::reduce_min(low);
      context<T> const at{lowest + (highest - lowest) / T(2), highest - lowest};
      if constexpr (both) { // nobody else hears of the items below
        list.each([&](auto i) {
          list.template keep<0>(i, V(0));
          list.template keep<1>(i, V(0));
        });
      }
      bool swept = false;
      if constexpr (can_sweep && List::wants_gradient) {
        bool const own_weights = list.weighted() && !std::is_same_v<Weighting, weighting::item>;
        swept = !list.wants_value() && c.one_segment && c.items == list.size() && list.constants_hold() &&
                !own_weights && from_odds(at, sweep_limit<T>());
        if (swept) {
          sums.slopes = sweep<V>(list, at, ordered);
        }
      }
      for (std::size_t p = swept ? c.items : 0; p < c.items;) {
        std::size_t last = c.one_segment ? c.items : p + 1;
        while (last < c.items && (list.template prepared_indices<1>()[last] & segment_start) == 0) {
          ++last;
        }
        add(sums, segment<V>(list, at, p, last));
        p = last;
      }
      sums.size = static_cast<double>(list.size());
      sums.value *= static_cast<double>(scale);
      sums.slopes *= static_cast<double>(scale * math::ops<T>::abs(steepness_of<T>()));
      factor = scale * static_cast<T>(Reduction::factor(sums));
    }
    hand_out<V>(list, factor * steepness_of<T>(), factor * steepness_of<T>() * steepness_of<T>(), any);
    if constexpr (tells_pairs<List>) {
      list.scale_pairs(factor * steepness_of<T>() * steepness_of<T>(), std::is_same_v<Weighting, weighting::item>);
    }
    return sums.value == 0 || !list.wants_value()
               ? 0
               : sums.value / static_cast<double>(scale) * static_cast<double>(factor);
  }

private:
  template <class T>
  struct context {
    T centre;
    T spread;
  };

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
  RANKWISE_FN bool rank_items(List const& list) const {
    using V = typename List::vector;
    using T = typename List::scalar;
    constexpr bool in_list_order = std::is_same_v<typename Weight::ties, ties::stable>;
    constexpr bool fair = std::is_same_v<typename Weight::ties, ties::expected>;
    std::uint32_t* const ranks = list.template indices<layout::rank_of>();
    std::uint32_t const* order = nullptr;
    std::size_t count = list.size();
    bool ordered = true;
    if constexpr (in_list_order && !needs_order) {
      ordered = rank::item_ranks(
          list, [&](auto i) { return list.score(i); }, ranks);
    } else {
      if constexpr (in_list_order || fair) {
        count = rank::top(list, rank::all, [&](auto i) { return list.score(i); });
      } else {
        count = rank::order<typename Weight::ties>(list).size();
      }
      order = list.template indices<0>();
      each_place<V>(count, [&](std::size_t r) { ranks[order[r]] = static_cast<std::uint32_t>(r); });
    }
    if constexpr (rank_keys != 0) {
      T* key[rank_keys];
      each_key<rank_keys>([&](auto k) { key[k] = list.template values<layout::first_rank_key + k>(); });
      weight.by_rank(list, order, count, key);
      if constexpr (fair) {
        once<V>([&] {
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
        });
      }
    }
    return ordered;
  }

  /// The top items against all. Returns the sum of absolute slopes.
  template <class V, class List>
  RANKWISE_FN double sweep(List const& list, context<typename List::scalar> const& at, bool ordered) const {
    using T = typename List::scalar;
    constexpr std::size_t width = static_cast<std::size_t>(math::lanes<V>);
    std::size_t const count = list.size();
    std::size_t const top = count < Selection::cutoff ? count : Selection::cutoff;
    pair_items<T, keys> const x = layout::columns(list);
    std::uint32_t* const order = list.template indices<0>();
    std::uint32_t const* const ranks = list.template indices<layout::rank_of>();
    if (!ordered) {
      each_place<V>(count, [&](std::size_t i) { order[ranks[i]] = static_cast<std::uint32_t>(i); });
    }
    each_key<rank_keys>([&](auto k) {
      T* const to = x.key[label_keys + k];
      T const* const from = list.template values<layout::first_rank_key + k>();
      each_place<V>(count, [&](std::size_t i) { to[i] = from[ranks[i]]; });
    });
    T const steepness = steepness_of<T>();
    for_each_pack<V>(count, [&](auto i) {
      V const s = list.score(i);
      V const y = list.label(i);
      store(x.score, i, s);
      store(x.label, i, y);
      store(x.gradient, i, V(0));
      store(x.hessian, i, V(0));
      store(x.odds, i, math::exp(V(steepness) * (s - V(at.centre))));
      if constexpr (label_keys != 0) {
        V key[label_keys];
        weight.by_label(y, key);
        each_key<label_keys>([&](auto k) { store(x.key[k], i, key[k]); });
      }
    });
    // Whoever stands behind the last item adds nothing, as a column and as a row.
    each_place<V>(width - count % width, [&](std::size_t p) {
      std::size_t const i = count + p;
      x.score[i] = T(0);
      x.odds[i] = T(0);
      x.label[i] = -math::ops<T>::infinity;
      each_key<keys>([&](auto k) { x.key[k][i] = T(0); });
      x.gradient[i] = T(0);
      x.hessian[i] = T(0);
    });
    T* const row_slope = x.better_weight; // nobody weighs items here
    T* const row_curvature = x.worse_weight;
    T* const g = list.template values<0>();
    T* const h = list.template values<1>();
    auto const formula = formula_for<T>(at);
    if constexpr (formula.sums_slopes) { // two rows meet twice
      for_each_pack<V>(count, [&](auto i) { store(g, i, V(1)); });
      each_place<V>(top, [&](std::size_t r) { g[order[r]] = T(0.5); });
      each_place<V>(width - count % width, [&](std::size_t p) { g[count + p] = T(0); });
    }
    double const slopes = sweep_pairs<V>(formula, x, order, top, count, row_slope, row_curvature, g);
    for_each_pack<V>(count, [&](auto i) {
      store(g, i, as<V>(Function::sigmoid_slope) * load(x.gradient, i));
      store(h, i, as<V>(Function::sigmoid_slope * Hessian::multiple) * (load(x.hessian, i) * load(x.odds, i)));
    });
    each_place<V>(top, [&](std::size_t r) {
      g[order[r]] = static_cast<T>(Function::sigmoid_slope) * row_slope[r];
      h[order[r]] = static_cast<T>(Function::sigmoid_slope * Hessian::multiple) * row_curvature[r];
    });
    return Function::sigmoid_slope * slopes;
  }

  template <class T>
  RANKWISE_FN auto formula_for(context<T> const& at) const {
    auto const pair_function = bound<T>(function);
    auto const bound_weight = bound<T>(weight);
    return pair_formula<T, std::remove_const_t<decltype(pair_function)>, std::remove_const_t<decltype(bound_weight)>,
                        Hessian, Gap::divides, both_ways, std::is_same_v<Reduction, reduction::log2_of_slopes>>{
        pair_function, bound_weight, steepness_of<T>(), at.spread > T(0)};
  }

  /// Whether exponentials of all items are good enough: those far from the centre have fewer exact digits.
  template <class T>
  RANKWISE_FN bool from_odds(context<T> const& at, T widest = sizeof(T) == 4 ? T(40) : T(300)) const {
    return math::ops<T>::abs(steepness_of<T>()) * at.spread <= widest;
  }
  /// The same for sums of curvatures whose terms have a floor: up to where it touches none, p q > floor.
  template <class T>
  RANKWISE_FN static T sweep_limit() {
    if constexpr (requires { Hessian::floor; }) {
      return T(36);
    } else {
      return sizeof(T) == 4 ? T(40) : T(300);
    }
  }

  /// The pairs among the prepared places first .. last - 1.
  template <class V, class List>
  RANKWISE_FN reduction::pair_sums<double> segment(List const& list, context<typename List::scalar> const& at,
                                                   std::size_t first, std::size_t last) const {
    using T = typename List::scalar;
    pair_items<T, keys> const x = layout::columns(list);
    pair_places const place = layout{weight}.template place<V>(list, x, first, last);
    std::uint32_t const* const item_at = place.item_at;
    std::size_t const top = place.top;
    std::size_t const count = place.top + place.rest;
    for_each_pack<V>(count, [&](auto i) {
      store(x.gradient, i, V(0));
      store(x.hessian, i, V(0));
    });

    auto const formula = formula_for(at);
    T const steepness = steepness_of<T>();
    reduction::pair_sums<double> sums{0, 0, 0, 0, 0, 0};
    auto const run = [&]<pair_form Form>(std::integral_constant<pair_form, Form>) {
      if constexpr (listed) {
        add(sums, once<V>([&] { return run_listed<Form, layout>(list, selection, formula, x, place); }));
        return;
      } else {
        add(sums, run_pairs<true, Form, V>(formula, x, 0, top, 0, nullptr, place.ends));
        if constexpr (truncated && !both) {
          if (place.rest != 0) {
            std::uint32_t* const last_of = list.template indices<layout::all_rest>();
            each_place<V>(top, [&](std::size_t t) { last_of[t] = static_cast<std::uint32_t>(place.rest); });
            add(sums,
                run_pairs<true, Form, V>(formula, x, 0, top, top, nullptr, list.template indices<layout::rest_end>()));
            add(sums, run_pairs<false, Form, V>(formula, x, 0, top, top, list.template indices<layout::rest_begin>(),
                                                last_of));
          }
        }
      }
    };
    bool const weighted = list.weighted() && !std::is_same_v<Weighting, weighting::item>;
    auto const weigh = [&] {
      each_place<V>(count, [&](std::size_t q) {
        T const w = weighted ? list.weight_of(item_at[q]) : T(1);
        x.better_weight[q] = w;
        x.worse_weight[q] = std::is_same_v<Weighting, weighting::product> ? w : T(1);
      });
    };
    bool direct = true;
    if constexpr (has_shares && !tells_pairs<List>) {
      direct = !from_odds(at);
      if (!direct) {
        for_each_pack<V>(
            count, [&](auto i) { store(x.odds, i, math::exp(V(steepness) * (load(x.score, i) - V(at.centre)))); });
        if (!weighted && List::wants_gradient && !list.wants_value()) {
          run(std::integral_constant<pair_form, pair_form::light>{});
        } else {
          weigh();
          run(std::integral_constant<pair_form, pair_form::odds>{});
        }
      }
    }
    if (direct) {
      weigh();
      run(std::integral_constant<pair_form, pair_form::general>{});
    }
    if constexpr (tells_pairs<List> && !listed) {
      tell_pairs<layout, V>(list, formula, x, place);
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
      each_place<V>(count, [&](std::size_t q) {
        g[item_at[q]] = x.gradient[q];
        h[item_at[q]] = x.hessian[q];
      });
    }
    sums.items = static_cast<double>(count);
    if constexpr (!listed) {
      sums.weights = pair_weights(x, place.ends, top, sums.pairs, weighted);
    }
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

  template <class T>
  RANKWISE_FN T steepness_of() const {
    if constexpr (requires { function.steepness; }) {
      return static_cast<T>(function.steepness);
    } else {
      return T(1);
    }
  }
  template <class V, class List>
  RANKWISE_FN void hand_out(List const& list, typename List::scalar slope_factor,
                            typename List::scalar curvature_factor, bool any) const {
    if constexpr (List::wants_gradient) {
      V const f(slope_factor);
      V const k(curvature_factor);
      V const least = as<V>(hessian_floor);
      list.each_written([&](auto i) {
        V const w = std::is_same_v<Weighting, weighting::item> ? list.weight(i) : V(1);
        list.gradient(i, any ? load(list.template values<0>(), i) * f * w : V(0));
        list.hessian(i, math::max(any ? load(list.template values<1>(), i) * k * w : V(0), least));
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
/// (sum), score_gap (ignored), hessian (diagonal), accumulation (natural). Items of different segments make no pair.
template <class Function, class... Pieces>
struct pairwise {
  static_assert(slot_set<slots::pair_weight, slots::pairs, slots::weighting, slots::reduction, slots::score_gap,
                         slots::hessian, slots::accumulation>::template accepts<Pieces...>());
  using pair_weight_type = pick<slots::pair_weight, pair_weight::one, Pieces...>;
  using pairs_type = pick<slots::pairs, rankwise::pairs::all, Pieces...>;

  Function function{};
  pair_weight_type pair_weight{};
  double hessian_floor = -math::ops<double>::infinity; ///< no second derivative is smaller
  pairs_type pairs{};

  using parts = rankwise::detail::pair_loss<
      Function, pair_weight_type, pick<slots::pairs, pairs::all, Pieces...>,
      pick<slots::weighting, weighting::better, Pieces...>, pick<slots::reduction, reduction::sum, Pieces...>,
      pick<slots::score_gap, score_gap::ignored, Pieces...>, pick<slots::hessian, hessian::diagonal, Pieces...>>;
  using scratch = typename parts::scratch;
  static constexpr bool in_groups = true;
  static constexpr std::size_t block_threads = 256;
  using prepared_items = typename parts::prepared_items;
  using accumulation = pick<slots::accumulation, accumulate::natural, Pieces...>;
  static constexpr bool reads_segments = true;

  constexpr char const* fault() const {
    return hessian_floor == hessian_floor ? rankwise::detail::first_fault(function, pair_weight, pairs)
                                          : "the hessian_floor of a loss over pairs (a number)";
  }

  template <class List>
  RANKWISE_FN auto prepare_list(List const& list) const {
    return parts{function, pair_weight, hessian_floor, pairs}.prepare_list(list);
  }
  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    return parts{function, pair_weight, hessian_floor, pairs}(list);
  }

  RANKWISE_LOSS_CALLS
};

/// RankNet (Burges et al. 2005).
using ranknet = pairwise<pair::logistic>;

} // namespace loss
} // namespace rankwise::inline RANKWISE_ABI

#endif
