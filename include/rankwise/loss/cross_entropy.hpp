#ifndef RANKWISE_LOSS_CROSS_ENTROPY_HPP
#define RANKWISE_LOSS_CROSS_ENTROPY_HPP

#include <rankwise/exec/items.hpp>
#include <rankwise/exec/list.hpp>
#include <rankwise/math/exp.hpp>
#include <rankwise/math/log.hpp>

#include <cstddef>
#include <utility>

/// The cross-entropy of a list's softmax with any targets t_i, of which the softmax losses are made:
///   L = -sum_i t_i log p_i,  p = softmax(beta s),  T = sum_i t_i
///   dL/ds_i = beta (T p_i - t_i),  d2L/ds_i2 = beta^2 T p_i (1 - p_i)
namespace rankwise::inline RANKWISE_ABI::loss {

namespace detail {

// By name and not in a loop: only then does the compiler keep the sums in registers.
template <class List, class Index, std::size_t N, std::size_t... K>
RANKWISE_FN void add_items(List const& list, Index i, item_sums<typename List::vector, N> x,
                           item_sums<typename List::vector, N>& sum, std::index_sequence<K...>) {
  using V = typename List::vector;
  if (list.has_masked()) {
    auto const live = list.live(i);
    ((x.value[K] = math::select(live, x.value[K], V(0))), ...);
  }
  if constexpr (!Index::full) {
    auto const there = math::ops<V>::first(i.count);
    ((x.value[K] = math::select(there, x.value[K], V(0))), ...);
  }
  ((sum.value[K] += x.value[K]), ...);
}

template <class T, class V, std::size_t N, std::size_t... K>
RANKWISE_FN void empty_lanes(item_sums<V, N>& sum, item_sums<double, N>& to, std::index_sequence<K...>) {
  ((to.value[K] += static_cast<double>(math::reduce_add(sum.value[K])), sum.value[K] = V(T(0))), ...);
}

template <class T, class V, std::size_t N, std::size_t... K>
RANKWISE_FN void add_lanes(item_sums<V, N> const& sum, item_sums<T, N>& to, std::index_sequence<K...>) {
  ((to.value[K] = math::reduce_add(sum.value[K])), ...);
}

} // namespace detail

/// The sums of N numbers per item in one pass: f(i) returns an `item_sums<V, N>`. Items that do not take part are left
/// out. Lanes add up at most 64 numbers before they are emptied into double, so that long lists cost no digits.
template <std::size_t N, class List, class F>
RANKWISE_FN auto sums(List const& list, F f) {
  using V = typename List::vector;
  using T = typename List::scalar;
  constexpr std::size_t width = static_cast<std::size_t>(math::lanes<V>);
  constexpr std::size_t block = 64 * width;
  constexpr auto each_sum = std::make_index_sequence<N>{};
  item_sums<V, N> sum{};
  for (V& s : sum.value) {
    s = V(0);
  }
  item_sums<double, N> emptied{};
  list.each([&](auto i) {
    detail::add_items(list, i, f(i), sum, each_sum);
    if ((i.first + width) % block == 0) {
      detail::empty_lanes<T>(sum, emptied, each_sum);
    }
  });
  item_sums<T, N> total{};
  if (list.size() < block) { // the same without the detour
    detail::add_lanes(sum, total, each_sum);
    return total;
  }
  detail::empty_lanes<T>(sum, emptied, each_sum);
  for (std::size_t k = 0; k < N; ++k) {
    total.value[k] = static_cast<T>(emptied.value[k]);
  }
  return total;
}

/// What the softmax losses differ in.
template <class T>
struct cross_entropy_terms {
  double beta = 1;       ///< 1 / temperature
  T mass{};              ///< T, a virtual item's target included
  bool anchored = false; ///< a virtual item with score 0 takes part
  T anchor{};            ///< its target
  T ridge{};             ///< added to every second derivative
  T pull{};              ///< e in L + e (1 - sum_i t_i p_i / T), over T; for Poly = true
};

namespace detail {

/// `Weighted`: they hold the list's weight already.
template <bool Weighted, class List, class Index, class V>
RANKWISE_FN void write_derivatives(List const& list, Index i, V gradient, V hessian) {
  if constexpr (Weighted) {
    list.weighted_gradient(i, gradient);
    list.weighted_hessian(i, hessian);
  } else {
    list.gradient(i, gradient);
    list.hessian(i, hessian);
  }
}

/// Writes derivatives from e_i = `list.kept(i)` and their sum. `Moderate`: products with the list's weight fit.
template <bool Poly, bool Moderate, class List, class T, class Target>
RANKWISE_FN void cross_entropy_derivatives(List const& list, cross_entropy_terms<T> const& terms, T total, T aligned,
                                           Target target) {
  if constexpr (List::wants_gradient) {
    using V = typename List::vector;
    V const beta = as<V>(terms.beta);
    V const weight(Moderate ? list.list_weight() : T(1));
    V const share = V(1) / V(total);
    V const weighted_beta = weight * beta;
    V const scale = weighted_beta * V(terms.mass) * share;
    V const ridge = weight * V(terms.ridge);
    V const mean = V(aligned) * share; // sum_i t_i p_i
    V const pull = V(terms.pull) * weighted_beta;
    list.each_written([&](auto i) {
      V const e = list.kept(i);
      V const t = target(i);
      V g = scale * e - weighted_beta * t;
      V h = scale * beta * e * (V(1) - e * share) + ridge;
      if constexpr (Poly) {
        V const p = e * share;
        V const d = pull * p * (t - mean);
        g -= d;
        h -= beta * d * (V(1) - p - p);
      }
      write_derivatives<Moderate>(list, i, g, h);
    });
  }
}

} // namespace detail

/// The first half of the short way, for lists without a mask whose scores are so small that e^s neither overflows nor
/// loses digits in the sum: no maximum is looked for. The sums of e^x, of t x and, for Poly, of t e^x; the first is NaN
/// if this is not such a list. Float takes the fast exp.
template <bool Poly = false, class List, class T, class Target>
RANKWISE_FN item_sums<T, Poly ? 3 : 2> begin_cross_entropy(List const& list, cross_entropy_terms<T> const& terms,
                                                           Target target) {
  using V = typename List::vector;
  V const beta = as<V>(terms.beta);
  V widest(0);
  auto sum = sums < Poly ? 3 : 2 > (list, [&](auto i) {
                                 V const x = beta * list.score(i);
                                 V const t = target(i);
                                 widest = math::max(widest, math::abs(x)); // may lose a NaN: the value shows it
                                 V const e =
                                     math::detail::exp_not_above<math::fast>(x); // what is above goes the long way
                                 list.keep(i, e);
                                 if constexpr (Poly) {
                                   return item_sums<V, 3>{{e, t * x, t * e}};
                                 } else {
                                   return item_sums<V, 2>{{e, t * x}};
                                 }
                               });
  if (!math::all(widest <= V(16))) {
    sum.value[0] = math::ops<T>::quiet_nan;
  }
  return sum;
}

/// The second half, with the same terms and target. False if the list has to go the long way.
template <bool Poly = false, class List, class T, class Target>
RANKWISE_FN bool finish_cross_entropy(List const& list, cross_entropy_terms<T> const& terms, Target target,
                                      item_sums<T, Poly ? 3 : 2> const& sum, T& value) {
  if (!(sum.value[0] > T(0))) {
    return false;
  }
  T const total = sum.value[0] + (terms.anchored ? T(1) : T(0));
  T const aligned = Poly ? sum.value[Poly ? 2 : 0] : T(0);
  detail::cross_entropy_derivatives<Poly, true>(list, terms, total, aligned, target);
  value = terms.mass * math::log<math::fast>(total) - sum.value[1];
  if constexpr (Poly) {
    value += terms.pull * (terms.mass - aligned / total);
  }
  return value - value == T(0);
}

/// For any scores.
template <bool Poly = false, class List, class T, class Target>
RANKWISE_FN T cross_entropy(List const& list, cross_entropy_terms<T> terms, Target target) {
  using V = typename List::vector;
  V const beta = as<V>(terms.beta);
  T peak = list.max([&](auto i) { return list.score(i); });
  peak = terms.anchored ? math::max(T(0), peak) : peak;
  // Differences of huge scores overflow; the largest number keeps 0 times them 0. A small temperature makes infinities
  // of it again, for scores that stand for "not here" say: an item without a target adds nothing whatever its distance.
  auto const distance = [&](V s) { return math::max(s - V(peak), V(-math::ops<T>::largest)); };
  constexpr std::size_t count = Poly ? 3 : 2;
  auto const sum = sums<count>(list, [&](auto i) {
    V const x = beta * distance(list.score(i));
    V const t = target(i);
    V const e = math::exp<math::fast>(x);
    list.keep(i, e);
    V const pulled = math::select(t == V(0), V(0), t * x);
    if constexpr (Poly) {
      return item_sums<V, 3>{{e, pulled, t * e}};
    } else {
      return item_sums<V, 2>{{e, pulled}};
    }
  });
  T const to_anchor = static_cast<T>(terms.beta) * -peak;
  T const total = sum.value[0] + (terms.anchored ? math::exp(to_anchor) : T(0));
  T const aligned = Poly ? sum.value[Poly ? 2 : 0] : T(0);
  detail::cross_entropy_derivatives<Poly, false>(list, terms, total, aligned, target);
  T value = terms.mass * math::log(total) - sum.value[1];
  if (terms.anchored) {
    value -= terms.anchor * to_anchor;
  }
  if constexpr (Poly) {
    value += terms.pull * (terms.mass - aligned / total);
  }
  return value;
}

} // namespace rankwise::inline RANKWISE_ABI::loss

#endif
