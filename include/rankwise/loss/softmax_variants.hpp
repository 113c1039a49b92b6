#ifndef RANKWISE_LOSS_SOFTMAX_VARIANTS_HPP
#define RANKWISE_LOSS_SOFTMAX_VARIANTS_HPP

#include <rankwise/core/policy.hpp>
#include <rankwise/core/random.hpp>
#include <rankwise/loss/cross_entropy.hpp>
#include <rankwise/loss/loss.hpp>
#include <rankwise/math/exp.hpp>
#include <rankwise/math/exp2.hpp>
#include <rankwise/math/log.hpp>
#include <rankwise/math/log_product.hpp>

#include <cstddef>
#include <cstdint>

/// Losses that add something to the softmax cross-entropy, or choose its targets in another way.
namespace rankwise::inline RANKWISE_ABI::loss {

/// PolyLoss of first order (Leng et al. 2022): the cross-entropy's first term counts epsilon more.
///   L = softmax + epsilon (1 - sum_i t_i p_i / T),  t_i = w_i y_i,  T = sum_i t_i
/// The hessian is the true diagonal and may be negative. A list with T = 0 has loss 0.
struct poly1_softmax {
  double epsilon = 1;
  double temperature = 1;

  using scratch = scratch_columns<1, 0>;
  static constexpr bool in_groups = true;

  template <class T>
  struct constants {
    T mass{};
  };
  template <class List>
  RANKWISE_FN auto prepare_list(List const& list) const {
    return constants<typename List::scalar>{list.sum([&](auto i) { return list.weight(i) * list.label(i); })};
  }
  template <class List>
  RANKWISE_FN item_sums<typename List::scalar, 3> begin(List const& list) const {
    using T = typename List::scalar;
    return begin_cross_entropy<true>(list, terms(static_cast<T>(list.constants().mass)), target_of(list));
  }
  template <class List, class Half>
  RANKWISE_FN bool finish(List const& list, Half const& half, typename List::scalar& value) const {
    using T = typename List::scalar;
    T const mass = static_cast<T>(list.constants().mass);
    return finish_cross_entropy<true>(list, terms(mass), target_of(list), half, value);
  }
  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    using T = typename List::scalar;
    T const mass = static_cast<T>(list.constants_hold() ? list.constants().mass : prepare_list(list).mass);
    return cross_entropy<true>(list, terms(mass), target_of(list));
  }

  constexpr char const* fault() const {
    return !rankwise::detail::finite_parameter(epsilon) ? "epsilon of poly1_softmax (a finite number)"
           : temperature > 0 && rankwise::detail::finite_parameter(temperature)
               ? nullptr
               : "the temperature of poly1_softmax (above 0)";
  }

  RANKWISE_LOSS_CALLS

private:
  template <class T>
  RANKWISE_FN cross_entropy_terms<T> terms(T mass) const {
    T const pull = mass == T(0) ? T(0) : static_cast<T>(epsilon) / mass;
    return {.beta = 1 / temperature, .mass = mass, .pull = pull};
  }
  template <class List>
  RANKWISE_FN static auto target_of(List const& list) {
    return [&list](auto i) { return list.weight(i) * list.label(i); };
  }
};

/// Softmax cross-entropy with a virtual item of score 0 in every list (Yan et al. 2022): the scores get a scale, so
/// that exp(s) can be read as a multiple of `anchor`, the virtual item's label.
struct calibrated_softmax {
  double anchor = 1;
  double temperature = 1;

  using scratch = scratch_columns<1, 0>;
  static constexpr bool in_groups = true;

  template <class T>
  struct constants {
    T mass{};
  };
  template <class List>
  RANKWISE_FN auto prepare_list(List const& list) const {
    return constants<typename List::scalar>{list.sum([&](auto i) { return list.weight(i) * list.label(i); })};
  }
  template <class List>
  RANKWISE_FN item_sums<typename List::scalar, 2> begin(List const& list) const {
    using T = typename List::scalar;
    return begin_cross_entropy(list, terms(static_cast<T>(list.constants().mass)), target_of(list));
  }
  template <class List, class Half>
  RANKWISE_FN bool finish(List const& list, Half const& half, typename List::scalar& value) const {
    using T = typename List::scalar;
    T const mass = static_cast<T>(list.constants().mass);
    return finish_cross_entropy(list, terms(mass), target_of(list), half, value);
  }
  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    using T = typename List::scalar;
    T const mass = static_cast<T>(list.constants_hold() ? list.constants().mass : prepare_list(list).mass);
    return cross_entropy(list, terms(mass), target_of(list));
  }

  constexpr char const* fault() const {
    return !rankwise::detail::weight_parameter(anchor) ? "the anchor of calibrated_softmax (0 or more)"
           : temperature > 0 && rankwise::detail::finite_parameter(temperature)
               ? nullptr
               : "the temperature of calibrated_softmax (above 0)";
  }

  RANKWISE_LOSS_CALLS

private:
  template <class T>
  RANKWISE_FN cross_entropy_terms<T> terms(T mass) const {
    T const own = static_cast<T>(anchor);
    return {.beta = 1 / temperature, .mass = mass + own, .anchored = true, .anchor = own};
  }
  template <class List>
  RANKWISE_FN static auto target_of(List const& list) {
    return [&list](auto i) { return list.weight(i) * list.label(i); };
  }
};

/// Cross-entropy NDCG (Bruch 2021), a convex bound of the mean NDCG:
///   t_i = w_i (2^y_i - gamma_i) / sum_j w_j (2^y_j - gamma_j),   gamma_i uniform on [0, 1)
/// gamma is a function of seed, round and the item's place in the columns: give every round its own. LightGBM's
/// rank_xendcg minimises the same loss; its second derivative is an approximation of its own.
struct xendcg {
  std::uint64_t seed = 0;
  std::uint64_t round = 0;

  using scratch = scratch_columns<2, 0>;
  static constexpr bool in_groups = true;

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    using V = typename List::vector;
    using T = typename List::scalar;
    T* const gamma = list.template values<1>();
    each_place<V>(list.size(),
                  [&](std::size_t i) { gamma[i] = static_cast<T>(random_uniform(seed, list.first() + i, round)); });
    T const total = list.sum([&](auto i) {
      V const t = list.weight(i) * (math::exp2(list.label(i)) - list.template kept<1>(i));
      list.template keep<1>(i, t);
      return t;
    });
    V const share = total > T(0) ? V(T(1) / total) : V(0);
    return cross_entropy(list, cross_entropy_terms<T>{.mass = total > T(0) ? T(1) : T(0)},
                         [&](auto i) { return share * list.template kept<1>(i); });
  }

  RANKWISE_LOSS_CALLS
};

/// InfoNCE (van den Oord et al. 2018) over lists of one query's candidates, s = similarity:
///   L = -sum_i t_i log softmax(s / temperature)_i,   t_i = w_i y_i / sum_j w_j y_j
/// One positive of label 1 gives the usual form; several share the target. With G rollouts per query, every rollout is
/// a list: list weights 1 / (N G) make the mean over queries and rollouts.
struct info_nce {
  double temperature = 0.05;

  using scratch = scratch_columns<1, 0>;
  static constexpr bool in_groups = true;

  template <class T>
  struct constants {
    T share{}; // 1 / sum_j w_j y_j, or 0
  };
  template <class List>
  RANKWISE_FN auto prepare_list(List const& list) const {
    using T = typename List::scalar;
    T const sum = list.sum([&](auto i) { return list.weight(i) * list.label(i); });
    return constants<T>{sum == T(0) ? T(0) : T(1) / sum};
  }
  template <class List>
  RANKWISE_FN item_sums<typename List::scalar, 2> begin(List const& list) const {
    using T = typename List::scalar;
    T const share = static_cast<T>(list.constants().share);
    return begin_cross_entropy(list, terms(share), target_of(list, share));
  }
  template <class List, class Half>
  RANKWISE_FN bool finish(List const& list, Half const& half, typename List::scalar& value) const {
    using T = typename List::scalar;
    T const share = static_cast<T>(list.constants().share);
    return finish_cross_entropy(list, terms(share), target_of(list, share), half, value);
  }
  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    using T = typename List::scalar;
    T const share = static_cast<T>(list.constants_hold() ? list.constants().share : prepare_list(list).share);
    return cross_entropy(list, terms(share), target_of(list, share));
  }

  constexpr char const* fault() const {
    return temperature > 0 && rankwise::detail::finite_parameter(temperature) ? nullptr
                                                                              : "the temperature of info_nce (above 0)";
  }

  RANKWISE_LOSS_CALLS

private:
  template <class T>
  RANKWISE_FN cross_entropy_terms<T> terms(T share) const {
    return {.beta = 1 / temperature, .mass = share == T(0) ? T(0) : T(1)};
  }
  template <class List, class T>
  RANKWISE_FN static auto target_of(List const& list, T share) {
    using V = typename List::vector;
    return [&list, share](auto i) { return V(share) * list.weight(i) * list.label(i); };
  }
};

/// Softmax over several positives that do not compete with each other (ASMOL, Zhu et al. 2023): with P the items of
/// label > 0 and N the others,
///   L = sum over i in P of t_i softplus(lse_N - s_i),   t_i = w_i y_i,   lse_N = log sum over j in N of e^s_j
/// in O(n). A list without positives or without negatives has loss 0. The hessian is the true diagonal.
struct multi_positive {
  double temperature = 1;

  using scratch = scratch_columns<2, 0>;
  static constexpr bool in_groups = true;
  static constexpr bool moderate_at_once = true;

  /// The t of the positives: from the least to the most. With clicks they are alike.
  template <class T>
  struct constants {
    T least{};
    T most{};
  };
  template <class List>
  RANKWISE_FN auto prepare_list(List const& list) const {
    using V = typename List::vector;
    using T = typename List::scalar;
    V least(math::ops<T>::infinity);
    V most(-math::ops<T>::infinity);
    list.each([&](auto i) { // masked items have the label 0
      V const t = list.weight(i) * list.label(i);
      auto const positive = list.label(i) > V(0);
      least = math::min(least, math::select(positive, t, least));
      most = math::max(most, math::select(positive, t, most));
    });
    T const low = math::reduce_min(least);
    T const high = math::reduce_max(most);
    return low <= high ? constants<T>{low, high} : constants<T>{};
  }

  /// For scores so small that e^x, e^-x and their products are ordinary numbers: with u = e^(lse_N - x_i) the softplus
  /// is log(1 + u) and its derivative u / (1 + u). One exp per item. The first half adds up e^x over N.
  template <class List>
  RANKWISE_FN typename List::scalar begin(List const& list) const {
    return alike(list) ? sum_of_others<true>(list) : sum_of_others<false>(list);
  }
  template <class List>
  RANKWISE_FN bool finish(List const& list, typename List::scalar all, typename List::scalar& value) const {
    using T = typename List::scalar;
    if (temperature < 0x1p-8 ||                       // derivatives would not have room
        !(all >= as<T>(1e-7) && all <= as<T>(1e9))) { // of scores far from 0 the last digits would be missing
      return false;
    }
    return alike(list) ? finish_alike(list, all, static_cast<T>(list.constants().most), value)
                       : finish_any(list, all, value);
  }

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    using V = typename List::vector;
    using T = typename List::scalar;
    V const beta = as<V>(1 / temperature);
    V const lowest(-math::ops<T>::infinity);
    T const peak = list.max([&](auto i) { return math::select(list.label(i) > V(0), lowest, list.score(i)); });
    if (peak == -math::ops<T>::infinity) {
      list.each([&](auto i) {
        list.gradient(i, V(0));
        list.hessian(i, V(0));
      });
      return T(0);
    }
    auto const distance = [&](auto i) {
      return beta * math::clamp(list.score(i) - V(peak), V(-math::ops<T>::largest), V(math::ops<T>::largest));
    };
    auto const total = sums<1>(list, [&](auto i) {
      V const e = math::select(list.label(i) > V(0), V(0), math::exp<math::fast>(distance(i)));
      list.keep(i, e);
      return item_sums<V, 1>{{e}};
    });
    V const lse(math::log(total.value[0]));
    auto const sum = sums<3>(list, [&](auto i) {
      V const x = lse - distance(i);
      V const z = math::detail::exp_not_above<math::fast>(-math::abs(x));
      V const greater = beta / (V(1) + z); // of sigmoid(x) and sigmoid(-x)
      V const smaller = z * greater;
      auto const falls = x < V(0);
      V const softplus = math::max(x, V(0)) + math::detail::log1p_unit<math::fast>(z); // infinite far below: no matter
      return kept_by_positive(list, i, math::select(list.label(i) > V(0), softplus, V(0)),
                              -math::select(falls, smaller, greater), math::select(falls, greater, smaller));
    });
    derivatives<false>(list, total.value[0], sum, [&](auto i, V) { return list.label(i) > V(0); });
    return sum.value[0];
  }

  constexpr char const* fault() const {
    return temperature > 0 && rankwise::detail::finite_parameter(temperature)
               ? nullptr
               : "the temperature of multi_positive (above 0)";
  }

  RANKWISE_LOSS_CALLS

private:
  // Whether all t are the same: then a sign is enough to know the positives by, and one logarithm serves them all.
  template <class List>
  RANKWISE_FN static bool alike(List const& list) {
    return list.constants().least == list.constants().most;
  }

  template <bool Alike, class List>
  RANKWISE_FN typename List::scalar sum_of_others(List const& list) const {
    using V = typename List::vector;
    V const beta = as<V>(1 / temperature);
    V const minus_beta = -beta;
    auto const others = sums<1>(list, [&](auto i) {
      auto const positive = list.label(i) > V(0);
      V const e = math::detail::exp_unlimited<math::fast>(math::select(positive, minus_beta, beta) * list.score(i));
      list.keep(i, Alike ? math::select(positive, -e, e) : e);
      return item_sums<V, 1>{{math::select(positive, V(0), e)}};
    });
    return others.value[0];
  }

  // In a smaller value the rounding of the terms would show.
  template <class T>
  static constexpr T least_value = static_cast<T>(0x1p-10);

  // Where one of the others is nearly all of them, its second derivative is a difference of these two.
  template <class T>
  RANKWISE_FN static bool has_room(T pull, T bend) {
    return math::abs(bend) >= as<T>(0x1p-22) * math::abs(pull);
  }

  // Kept are -e^-x of positives and e^x of the others; then also 1 / (1 + u), which is 1 for the others.
  template <class List, class T>
  RANKWISE_FN bool finish_alike(List const& list, T all, T target, T& value) const {
    using V = typename List::vector;
    constexpr std::size_t several = 3 * static_cast<std::size_t>(math::lanes<V>); // four factors
    V const minus_all(-all);
    V product(1);
    V largest(1);
    auto exponent = math::no_exponent<V>();
    auto const sum = sums<2>(list, [&](auto i) {
      V const u = math::max(V(0), minus_all * list.kept(i)); // 0 for the others; NaN stays
      V const more = V(1) + u;
      product = product * more;
      if ((i.first & several) == several) {
        largest = math::max(largest, product);
        math::take_exponent(product, exponent);
      }
      if constexpr (List::wants_gradient) {
        V const down = math::inverse(more);
        list.template keep<1>(i, down);
        V const up = u * down;
        return item_sums<V, 2>{{up, up * down}};
      } else {
        return item_sums<V, 2>{{math::min(V(1), u), V(0)}}; // shows a NaN, and fits as `up` does
      }
    });
    // Before the derivatives, which have to wait for the sums.
    T const logs = math::reduce_add(math::log_product<math::fast>(product, exponent));
    bool const in_bounds = math::all(math::max(largest, product) <= V(math::ops<T>::largest / 128));
    bool const in_digits = logs >= (target == T(0) ? T(0) : least_value<T>);
    value = target * logs;
    T const seen = all + value + sum.value[0];
    if (!(in_bounds && in_digits && seen - seen == T(0))) {
      return false;
    }
    if constexpr (List::wants_gradient) {
      if (!has_room(sum.value[0], sum.value[1])) {
        static_cast<void>((*this)(list)); // for derivatives alone: `value` has to be what a call without them returns
        return true;
      }
      T const beta = static_cast<T>(1 / temperature);
      T const share = T(1) / all;
      T const weighted = list.list_weight() * beta * target;
      T const pulled = weighted * share;
      T const bent = beta * pulled;
      T const spread = bent * share;
      V const by_other(sum.value[0] * pulled);
      V const by_positive(weighted * all);
      V const bent_by_other(sum.value[0] * bent);
      V const bent_less(sum.value[0] * spread - sum.value[1] * spread);
      V const bent_by_positive(-beta * (weighted * all));
      list.each_written([&](auto i) {
        V const kept = list.kept(i);
        V const down = list.template kept<1>(i);
        V const e = kept * down;
        auto const other = kept >= V(0);
        list.weighted_gradient(i, e * math::select(other, by_other, by_positive));
        list.weighted_hessian(
            i, e * math::select(other, math::ops<V>::fnma(bent_less, kept, bent_by_other), bent_by_positive * down));
      });
    }
    return true;
  }

  // Kept are e^-x of positives and e^x of the others.
  template <class List, class T>
  RANKWISE_FN bool finish_any(List const& list, T all, T& value) const {
    using V = typename List::vector;
    T const least = static_cast<T>(list.constants().least);
    V const beta = as<V>(1 / temperature);
    V const minus_total(-all);
    bool const wants_value = list.wants_value();
    auto const sum = sums<3>(list, [&](auto i) {
      V const minus_u = minus_total * list.kept(i);
      V const more = V(1) - minus_u;
      // As a term of a sum, less than 1 + u is rounded by.
      V const term = wants_value ? math::detail::log_term<math::fast>(more) : V(0);
      V const down = beta / more;
      return kept_by_positive(list, i, term, minus_u * down, down);
    });
    value = sum.value[0];
    T const largest = math::max(math::abs(least), static_cast<T>(list.constants().most));
    bool const too_low = wants_value && !(math::abs(value) >= least_value<T> * largest);
    if (too_low || !has_room(static_cast<T>(1 / temperature) * sum.value[1], sum.value[2])) {
      return false;
    }
    if (least < T(0)) { // of a negative weight
      derivatives<true>(list, all, sum, [&](auto i, V) { return list.label(i) > V(0); });
    } else {
      derivatives<true>(list, all, sum, [](auto, V kept) { return kept < V(0); });
    }
    T const seen = all + value + sum.value[1];
    return seen - seen == T(0);
  }

  // What a positive adds to the loss, and keeps: its derivatives by lse_N, with a minus. `minus_up` and `down` are
  // -sigmoid(lse_N - x_i) and sigmoid(x_i - lse_N), times beta. Other items keep their e^x.
  template <class List, class Index, class V>
  RANKWISE_FN static item_sums<V, 3> kept_by_positive(List const& list, Index i, V softplus, V minus_up, V down) {
    V const y = list.label(i);
    V const t = list.weight(i) * math::max(y, V(0));
    V const pull = t * minus_up;
    V const bend = pull * down;
    if constexpr (List::wants_gradient) {
      list.keep(i, math::select(y > V(0), pull, list.kept(i)));
      list.template keep<1>(i, bend);
    }
    return {{t * softplus, pull, bend}};
  }

  // `is_positive(i, kept)` tells positives by what they keep or by their label. `Moderate`: products with the list's
  // weight fit.
  template <bool Moderate, class List, class T, class F>
  RANKWISE_FN void derivatives(List const& list, T total, item_sums<T, 3> const& sum, F is_positive) const {
    if constexpr (List::wants_gradient) {
      using V = typename List::vector;
      T const beta = static_cast<T>(1 / temperature);
      T const weight = Moderate ? list.list_weight() : T(1);
      T const one = total > T(0) ? T(1) / total : T(0);
      T const share = weight * one;
      V const by_positive(weight);
      V const by_other(-sum.value[1] * share);
      V const bent_by_positive(-weight);
      V const bent_by_other(-sum.value[1] * (beta * share));
      V const bent_less((sum.value[2] - beta * sum.value[1]) * (share * one));
      list.each_written([&](auto i) {
        V const kept = list.kept(i);
        V const bent = list.template kept<1>(i);
        auto const positive = is_positive(i, kept);
        V const g = kept * math::select(positive, by_positive, by_other);
        V const h =
            math::select(positive, bent * bent_by_positive, kept * math::ops<V>::fnma(bent_less, kept, bent_by_other));
        detail::write_derivatives<Moderate>(list, i, g, h);
      });
    }
  }
};

} // namespace rankwise::inline RANKWISE_ABI::loss

#endif
