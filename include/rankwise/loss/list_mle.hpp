#ifndef RANKWISE_LOSS_LIST_MLE_HPP
#define RANKWISE_LOSS_LIST_MLE_HPP

#include <rankwise/core/policy.hpp>
#include <rankwise/exec/arrange.hpp>
#include <rankwise/loss/loss.hpp>
#include <rankwise/math/exp.hpp>
#include <rankwise/math/exp2.hpp>
#include <rankwise/math/log.hpp>
#include <rankwise/math/log_product.hpp>
#include <rankwise/math/scan.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace rankwise::inline RANKWISE_ABI {

namespace loss {

namespace detail {

/// Items that take part, greatest label first; equal labels keep the order of the list. Returns how many there are;
/// `in_place` says whether that is every item at its own place.
struct order_constants {
  std::uint32_t count = 0;
  std::uint32_t in_place = 0;
};

template <class List>
RANKWISE_FN order_constants by_falling_label(List const& list, std::uint32_t* order, std::uint32_t* spare) {
  using V = typename List::vector;
  std::size_t const count = collect_places<V>(list.size(), order, [&](std::size_t i) { return list.takes_part(i); });
  bool const sorted = rankwise::detail::sort_places<V>(order, spare, count, [&](std::uint32_t a, std::uint32_t b) {
    auto const ya = list.label_of(a);
    auto const yb = list.label_of(b);
    return ya > yb || (ya == yb && a < b);
  });
  return {static_cast<std::uint32_t>(count), sorted && count == list.size() ? 1u : 0u};
}

template <class List>
RANKWISE_FN order_constants prepare_order(List const& list) {
  return by_falling_label(list, list.template prepared_indices<0>(), list.template indices<0>());
}

/// The order that was prepared, or a new one in `indices<0>()` where items are out because of their scores.
template <class List>
RANKWISE_FN std::uint32_t const* order_of(List const& list, order_constants& c) {
  if (list.constants_hold()) {
    c = list.constants();
    return list.template prepared_indices<0>();
  }
  c = by_falling_label(list, list.template indices<0>(), nullptr);
  return list.template indices<0>();
}

} // namespace detail

/// How much the choice of the item at place k of n counts, k = 0, 1, ...
namespace place_weight {

/// 1: ListMLE
struct none {
  template <class V>
  RANKWISE_FN V operator()(V, std::size_t) const {
    return V(1);
  }
};

/// 2^(n - 1 - k) - 1, divided by its sum over the places (Lan et al. 2014): the last place does not count. Computed
/// without 2^n, so that lists may have any length.
struct halving {
  template <class V>
  RANKWISE_FN V operator()(V k, std::size_t n) const {
    double const count = static_cast<double>(n);
    double const tail = math::exp2(-count);
    double const sum = 1 - (count + 1) * tail;
    return n < 2 ? V(0) : (math::exp2(-k - V(1)) - as<V>(tail)) * as<V>(1 / sum);
  }
};

} // namespace place_weight

/// The likelihood of the order of the labels under the Plackett-Luce model (Xia et al. 2008). With the items in the
/// order of their labels, greatest first, equal labels in the order of the list:
///   L = sum_k a_k w_k (log sum over j >= k of e^x_j - x_k),   x = s / temperature,  a_k: place_weight
///   dL/ds_i = (sum over k <= i of a_k w_k p_ki - a_i w_i) / temperature,   p_ki = e^x_i / sum over j >= k of e^x_j
///   d2L/ds_i2 = sum over k <= i of a_k w_k p_ki (1 - p_ki) / temperature^2      the true diagonal
/// Cost: O(n) with prepared data. Lists whose scores are so far apart that sums of e^x would vanish go through a slower
/// loop that keeps the greatest score of every sum.
template <class PlaceWeight = place_weight::none>
struct basic_list_mle {
  double temperature = 1;
  PlaceWeight places{};

  using scratch = scratch_columns<5, 1>;
  using prepared_items = scratch_columns<0, 1>;
  static constexpr bool in_groups = true;

  template <class List>
  RANKWISE_FN auto prepare_list(List const& list) const {
    return detail::prepare_order(list);
  }

  /// Scores so small that e^x neither overflows nor loses digits: nothing is subtracted.
  template <class List>
  RANKWISE_FN bool at_once(List const& list, typename List::scalar& value) const {
    using V = typename List::vector;
    using T = typename List::scalar;
    if (!list.wants_value()) {
      return false; // only the value shows a NaN here
    }
    auto const& c = list.constants();
    std::uint32_t const* const order = list.template prepared_indices<0>();
    std::size_t const n = list.size();
    T* const x = list.template values<0>();
    V const beta = as<V>(1 / temperature);
    V widest(0);
    auto const seen = [&](V s) {
      V const y = beta * s;
      widest = math::max(widest, math::abs(y)); // may lose a NaN: the value shows it
      return y;
    };
    if (c.in_place != 0) {
      value = by_sums<true>(list, order, n, true, [&](auto k) { return seen(list.score(k)); });
    } else {
      each_place<V>(n, [&](std::size_t k) { x[k] = list.score_of(order[k]); });
      value = by_sums<true>(list, order, n, false, [&](auto k) { return seen(load(x, k)); });
    }
    return math::all(widest <= V(16)) && value - value == T(0);
  }

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    using V = typename List::vector;
    using T = typename List::scalar;
    detail::order_constants c;
    std::uint32_t const* const order = detail::order_of(list, c);
    std::size_t const n = c.count;
    T* const x = list.template values<0>(); // in the order of the labels
    V const beta = as<V>(1 / temperature);
    if (c.in_place != 0) {
      list.each([&](auto i) { store(x, i, list.score(i)); });
    } else {
      each_place<V>(n, [&](std::size_t k) { x[k] = list.score_of(order[k]); });
    }
    T const top = math::reduce_max(combine_packs<V>(
        n, V(-math::ops<T>::infinity), [&](auto k) { return load(x, k); }, maximum{}));
    T const bottom = -math::reduce_max(combine_packs<V>(
        n, V(-math::ops<T>::infinity), [&](auto k) { return -load(x, k); }, maximum{}));
    constexpr double widest = sizeof(T) == 4 ? 70 : 650;
    T const width = static_cast<T>(1 / temperature) * (top - bottom);
    if (!(width <= static_cast<T>(widest))) {
      return by_suffixes(list, order, n);
    }
    for_each_pack<V>(n, [&](auto k) { store(x, k, beta * (load(x, k) - V(top))); });
    return by_sums<false>(list, order, n, c.in_place != 0, [&](auto k) { return load(x, k); });
  }

  constexpr char const* fault() const {
    return temperature > 0 && rankwise::detail::finite_parameter(temperature) ? nullptr
                                                                              : "the temperature of list_mle (above 0)";
  }

  RANKWISE_LOSS_CALLS

private:
  template <class List, class Index>
  RANKWISE_FN auto term_weight(List const& list, std::uint32_t const* order, bool in_place, std::size_t n,
                               Index k) const {
    using V = typename List::vector;
    V const place = places(position(k), n);
    if (!list.weighted()) {
      return place;
    }
    if (in_place) {
      return place * list.weight(k);
    }
    return place * from_places(k, [&](std::size_t p) { return list.weight_of(order[p]); });
  }

  // Sums of e^x from the last item up, then of a w / sum from the first item down. `Small` says that three sums
  // of at most 2^19 items multiplied are still a number: where nothing has a weight, all share a logarithm.
  template <bool Small, class List, class X>
  RANKWISE_FN auto by_sums(List const& list, std::uint32_t const* order, std::size_t n, bool in_place, X x) const {
    using V = typename List::vector;
    using T = typename List::scalar;
    constexpr std::size_t width = static_cast<std::size_t>(math::lanes<V>);
    T* const odds = list.template values<1>();
    T* const rest = list.template values<2>();
    double below = 0; // double: a list may have a hundred thousand items
    V value(0);
    double total = 0; // what `value` held after every so many items, where it is float
    std::size_t const full = n / width * width;
    bool const shared =
        Small && std::is_same_v<PlaceWeight, place_weight::none> && !list.weighted() && n <= (std::size_t{1} << 19);
    V product(1);
    auto exponent = math::no_exponent<V>();
    int factors = 0;
    auto const step = [&](auto k) {
      V const y = x(k);
      V const e = math::exp<math::fast>(y);
      V const here = decltype(k)::full ? e : math::select(math::ops<V>::first(k.live()), e, V(0));
      V const within = math::sum_from(here);
      V const s = within + V(static_cast<T>(below));
      below += static_cast<double>(math::ops<V>::get(within, 0));
      store(odds, k, here);
      store(rest, k, s);
      if (shared) {
        if (factors == 3) {
          math::take_exponent(product, exponent);
          factors = 0;
        }
        ++factors;
        if constexpr (decltype(k)::full) {
          product = product * s;
          value -= y;
        } else {
          auto const there = math::ops<V>::first(k.live());
          product = math::select(there, s, V(1)); // the first of all
          value -= math::select(there, y, V(0));
        }
      } else if (list.wants_value()) {
        V const term = term_weight(list, order, in_place, n, k) * (math::log<math::fast>(s) - y);
        value += decltype(k)::full ? term : math::select(math::ops<V>::first(k.live()), term, V(0));
      }
    };
    if (full < n) {
      step(partial_pack<V>{full, n - full});
    }
    [[maybe_unused]] int since = 0;
    for (std::size_t k = full; k != 0; k -= width) {
      step(pack<V>{k - width});
      if constexpr (sizeof(T) < sizeof(double)) {
        if (++since == 128) {
          total += static_cast<double>(math::reduce_add(value));
          value = V(0);
          since = 0;
        }
      }
    }
    if (shared) {
      value += math::log_product<math::fast>(product, exponent);
    }
    if constexpr (List::wants_gradient) {
      V const beta = as<V>(1 / temperature);
      T* const slope = list.template values<3>();
      T* const bend = list.template values<4>();
      double above = 0;
      double above_squared = 0;
      for_each_pack<V>(n, [&](auto k) {
        V const t = term_weight(list, order, in_place, n, k);
        V const inverse = V(1) / load(rest, k);
        V const r = t * inverse;
        V const within = math::sum_up_to(r);
        V const e = load(odds, k);
        V const g = beta * (e * (within + V(static_cast<T>(above))) - t);
        above += static_cast<double>(math::ops<V>::get(within, width - 1));
        V h(0);
        if constexpr (List::wants_hessian) {
          V const squared = math::sum_up_to(r * inverse);
          V const all = e * (squared + V(static_cast<T>(above_squared)));
          // Rounding must not make it negative.
          h = beta * math::max(g + beta * (t - e * all), V(0));
          above_squared += static_cast<double>(math::ops<V>::get(squared, width - 1));
        }
        if (in_place) {
          list.gradient(k, g);
          list.hessian(k, h);
        } else {
          store(odds, k, g);
          store(rest, k, h);
        }
      });
      if (!in_place) {
        each_place<V>(n, [&](std::size_t k) {
          slope[order[k]] = odds[k];
          if constexpr (List::wants_hessian) {
            bend[order[k]] = rest[k];
          }
        });
        list.each_written([&](auto i) {
          list.gradient(i, load(slope, i));
          list.hessian(i, load(bend, i));
        });
      }
    }
    return static_cast<T>(total + static_cast<double>(math::reduce_add(value)));
  }

  // The same for scores far apart: a sum of e^x is kept as the greatest score among its items, as it is, and the sum of
  // e^(x - that). What stands behind an item far ahead then keeps its digits.
  template <class List>
  RANKWISE_FN auto by_suffixes(List const& list, std::uint32_t const* order, std::size_t n) const {
    using V = typename List::vector;
    using T = typename List::scalar;
    T const* const score = list.template values<0>();
    T* const peak = list.template values<1>();
    T* const sum = list.template values<2>();
    T* const slope = list.template values<3>();
    T* const bend = list.template values<4>();
    T const beta = static_cast<T>(1 / temperature);
    T const largest = math::ops<T>::largest; // differences may be infinite
    double const value = once<V>([&] {
      double total = 0;
      T high = -math::ops<T>::infinity;
      T run(0);
      for (std::size_t k = n; k-- > 0;) {
        T const s = score[k];
        T const z = math::exp(-beta * math::min(math::abs(s - high), largest));
        run = s > high ? run * z + T(1) : run + z;
        high = math::max(high, s);
        peak[k] = high;
        sum[k] = run;
        T const t = weight_at(list, order, n, k);
        T const ahead = beta * math::min(high - s, largest); // may be infinite again: 0 times it is 0
        total += t == T(0) ? 0 : static_cast<double>(t * (math::log(run) + ahead));
      }
      return total;
    });
    if constexpr (List::wants_gradient) {
      once<V>([&] {
        T single(0); // over the places so far, of a w (sum from here on) / (sum from there on); and of its square's
        T twice(0);
        for (std::size_t i = 0; i < n; ++i) {
          T const t = weight_at(list, order, n, i);
          T const down =
              i == 0 ? T(0) : math::exp(beta * math::max(peak[i] - peak[i - 1], -largest)) * (sum[i] / sum[i - 1]);
          single = single * down + t;
          twice = twice * down * down + t;
          T const p = math::exp(beta * math::max(score[i] - peak[i], -largest)) / sum[i];
          slope[order[i]] = beta * (p * single - t);
          bend[order[i]] = beta * beta * math::max(p * single - p * p * twice, T(0));
        }
      });
      list.each_written([&](auto i) {
        list.gradient(i, load(slope, i));
        list.hessian(i, load(bend, i));
      });
    }
    return static_cast<T>(value);
  }

  template <class List>
  RANKWISE_FN auto weight_at(List const& list, std::uint32_t const* order, std::size_t n, std::size_t k) const {
    using T = typename List::scalar;
    return places(static_cast<T>(k), n) * list.weight_of(order[k]);
  }
};

/// list_mle{.temperature = 0.5}
using list_mle = basic_list_mle<>;
/// Position-aware ListMLE.
using p_list_mle = basic_list_mle<place_weight::halving>;

} // namespace loss
} // namespace rankwise::inline RANKWISE_ABI

#endif
