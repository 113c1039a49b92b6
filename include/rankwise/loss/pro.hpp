#ifndef RANKWISE_LOSS_PRO_HPP
#define RANKWISE_LOSS_PRO_HPP

#include <rankwise/loss/list_mle.hpp>
#include <rankwise/loss/loss.hpp>
#include <rankwise/loss/pro_table.hpp>
#include <rankwise/math/exp.hpp>
#include <rankwise/math/log.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace rankwise::inline RANKWISE_ABI::loss {

namespace detail {

/// Numbers from anywhere as the first lanes of a register, zeros behind. They are put together in the register: what
/// was written one by one cannot be read back at once without a wait.
template <class V, class F>
RANKWISE_FN V first_lanes(std::size_t count, F f) {
  V const place = math::ops<V>::iota();
  V at(0);
  V x(0);
  for (std::size_t k = 0; k < count; ++k) {
    x = math::select(place == at, V(f(k)), x);
    at += V(1);
  }
  return x;
}

/// What the terms of `pro` read and add to, for n items of different rewards, greatest first. Full registers of them
/// are in memory, the rest in one register: what is stored with a mask cannot be read back at once. Calls are about the
/// items from `first` on, a multiple of the lanes; `at` is about one register.
template <class V>
struct pro_items {
  using T = math::scalar_t<V>;
  static constexpr std::size_t width = static_cast<std::size_t>(math::lanes<V>);

  T const* s;
  T const* r;
  T const* w;
  T* e;
  T* slope;
  T* bend;
  std::size_t full;
  std::size_t rest;
  V last_s = V(T(0));
  V last_r = V(T(0));
  V last_w = V(T(0));
  V last_e = V(T(0));
  V last_slope = V(T(0));
  V last_bend = V(T(0));

  RANKWISE_FN pro_items(T const* scores, T const* rewards, T const* weights, T* terms, T* slopes, T* bends,
                        std::size_t n)
      : s(scores), r(rewards), w(weights), e(terms), slope(slopes), bend(bends), full(n / width * width),
        rest(n - full) {
    if (rest != 0) {
      partial_pack<V> const i{full, rest};
      last_s = load(s, i);
      last_w = w != nullptr ? load(w, i) : V(T(1));
      // Lanes without an item get the greatest reward: then they are in nobody's term.
      last_r = math::select(math::ops<V>::first(rest), load(r, i), V(r[0]));
    }
  }

  RANKWISE_FN void clear() const {
    for (std::size_t i = 0; i < full; i += width) {
      store(slope, pack<V>{i}, V(T(0)));
      store(bend, pack<V>{i}, V(T(0)));
    }
  }
  template <class F>
  RANKWISE_FN T max(std::size_t first, F f) const {
    V x(-math::ops<T>::infinity);
    for (std::size_t i = first; i < full; i += width) {
      x = math::max(x, f(load(s, pack<V>{i}), load(r, pack<V>{i})));
    }
    return math::reduce_max(rest != 0 ? math::max(x, f(last_s, last_r)) : x);
  }
  template <class F>
  RANKWISE_FN T keep_sum(std::size_t first, F f) {
    V sum(T(0));
    for (std::size_t i = first; i < full; i += width) {
      V const x = f(load(s, pack<V>{i}), load(r, pack<V>{i}));
      store(e, pack<V>{i}, x);
      sum += x;
    }
    if (rest != 0) {
      last_e = f(last_s, last_r);
      sum += last_e;
    }
    return math::reduce_add(sum);
  }
  template <class F>
  RANKWISE_FN void each(std::size_t first, F f) {
    for (std::size_t i = first; i < full; i += width) {
      in_memory(i, [&](V reward, V& a, V& b) { f(reward, load(e, pack<V>{i}), a, b); });
    }
    if (rest != 0) {
      f(last_r, last_e, last_slope, last_bend);
    }
  }
  template <class F>
  RANKWISE_FN void at(std::size_t first, F f) {
    if (first < full) {
      in_memory(first,
                [&](V reward, V& a, V& b) { f(reward, w != nullptr ? load(w, pack<V>{first}) : V(T(1)), a, b); });
    } else {
      f(last_r, last_w, last_slope, last_bend);
    }
  }
  RANKWISE_FN void settle() {
    if (rest != 0) {
      store(slope, partial_pack<V>{full, rest}, last_slope);
      store(bend, partial_pack<V>{full, rest}, last_bend);
    }
  }

private:
  template <class F>
  RANKWISE_FN void in_memory(std::size_t i, F f) {
    V a = load(slope, pack<V>{i});
    V b = load(bend, pack<V>{i});
    f(load(r, pack<V>{i}), a, b);
    store(slope, pack<V>{i}, a);
    store(bend, pack<V>{i}, b);
  }
};

} // namespace detail

/// Preference ranking optimisation (Song et al. 2024; BEQUE, Peng et al. 2024): ListMLE with temperatures from the
/// rewards r (the labels). Items in falling order of reward, of equal rewards the first one alone:
///   L = -sum over k < n of w_k log(e^(s_k / T_k^k) / sum over i >= k of e^(s_i / T_k^i))
///   1 / T_k^i = r_k - r_i,   1 / T_k^k = r_k - r_n, the greatest of them
/// Items with a repeated reward get gradient 0. The hessian is the true diagonal. Cost: an exp for every pair of
/// different rewards, and O(n) for the list.
struct pro {
  struct different {
    std::uint32_t count = 0; ///< rewards of a list
  };

  using scratch = scratch_columns<6, 1>;
  using prepared_items = scratch_columns<1, 1>;
  static constexpr bool in_groups = true;
  static constexpr bool moderate_at_once = true;

  template <class List>
  RANKWISE_FN auto prepare_list(List const& list) const {
    std::uint32_t* const order = list.template prepared_indices<0>();
    return different{first_of_each(list, order, detail::prepare_order(list).count, list.template prepared_values<0>())};
  }

  template <class V>
  struct begun {
    bool clear = false;  ///< all scores are finite and all derivatives 0
    bool tabled = false; ///< the table holds the terms
    detail::pro_table<V> table;
  };

  /// Of lists with few rewards: most items have no part in the loss. That their scores are finite is seen while their
  /// derivatives are cleared.
  template <class List, class V = typename List::vector>
  RANKWISE_FN begun<V> begin(List const& list) const {
    begun<V> half;
    std::size_t const n = list.constants().count;
    if (!is_few<V>(n)) {
      return half;
    }
    V flaw(0);
    list.each_written([&](auto i) {
      V const s = list.score(i);
      flaw += s - s;
      list.gradient(i, V(0));
      list.hessian(i, V(0));
    });
    half.clear = math::all(flaw == V(0));
    if constexpr (has_table<V>) {
      half.tabled = n >= 2 && is_tabled<V>(n) &&
                    half.table.begin(list, list.template prepared_indices<0>(), prepared_rewards(list, n), n);
    }
    return half;
  }
  template <class List, class V>
  RANKWISE_FN bool finish(List const& list, begun<V> const& half, typename List::scalar& value) const {
    std::size_t const n = list.constants().count;
    if (!half.clear || n < 2) {
      return half.clear;
    }
    std::uint32_t const* const order = list.template prepared_indices<0>();
    if constexpr (has_table<V>) {
      if (is_tabled<V>(n)) {
        return half.tabled && half.table.finish(list, order, n, value);
      }
    }
    if constexpr (in_a_register<V>) {
      return few(list, order, prepared_rewards(list, n), n, value);
    } else {
      return false;
    }
  }

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    using V = typename List::vector;
    list.each([&](auto i) {
      list.gradient(i, V(0));
      list.hessian(i, V(0));
    });
    if (list.constants_hold()) {
      std::size_t const n = list.constants().count;
      return of(list, list.template prepared_indices<0>(), prepared_rewards(list, n), n);
    }
    std::uint32_t* const order = list.template indices<0>();
    std::size_t const count = detail::by_falling_label(list, order, nullptr).count;
    auto* const rewards = list.template values<1>();
    return of(list, order, rewards, first_of_each(list, order, count, rewards));
  }

  RANKWISE_LOSS_CALLS

private:
  // Of items in falling order of reward, the first with every reward, and the rewards.
  template <class List, class U>
  RANKWISE_FN static std::uint32_t first_of_each(List const& list, std::uint32_t* order, std::size_t count,
                                                 U* rewards) {
    return once<typename List::vector>([&] {
      std::uint32_t n = 0;
      for (std::size_t k = 0; k < count; ++k) {
        U const reward = static_cast<U>(list.label_of(order[k]));
        if (n == 0 || reward < rewards[n - 1]) {
          order[n] = order[k];
          rewards[n] = reward;
          ++n;
        }
      }
      return n;
    });
  }

  // In the type of the scores.
  template <class List>
  RANKWISE_FN static auto const* prepared_rewards(List const& list, std::size_t n) {
    using T = typename List::scalar;
    auto const* const rewards = list.template prepared_values<0>();
    if constexpr (std::is_same_v<decltype(rewards), T const* const>) {
      return rewards;
    } else {
      T* const converted = list.template values<1>();
      each_place<typename List::vector>(n, [&](std::size_t k) { converted[k] = static_cast<T>(rewards[k]); });
      return static_cast<T const*>(converted);
    }
  }

  // Of n items of different rewards, greatest first.
  template <class List, class T>
  RANKWISE_FN T of(List const& list, std::uint32_t const* order, T const* r, std::size_t n) const {
    using V = typename List::vector;
    if (n < 2) {
      return T(0);
    }
    if constexpr (in_a_register<V>) {
      T few_value(0);
      if (is_few<V>(n) && few(list, order, r, n, few_value)) {
        return few_value;
      }
    }
    T* const s = list.template values<0>();
    T* const w = list.weighted() ? list.template values<2>() : nullptr;
    T* const slope = list.template values<3>();
    T* const bend = list.template values<4>();
    each_place<V>(n, [&](std::size_t k) {
      s[k] = list.score_of(order[k]);
      if (w != nullptr) {
        w[k] = list.weight_of(order[k]);
      }
    });
    detail::pro_items<V> const items(s, r, w, list.template values<5>(), slope, bend, n);
    T value(0);
    if (!terms<List::wants_gradient, false>(items, value)) {
      terms<List::wants_gradient, true>(items, value);
    }
    each_place<V>(List::wants_gradient ? n : 0, [&](std::size_t k) {
      list.gradient_of(order[k], slope[k]);
      list.hessian_of(order[k], bend[k]);
    });
    return value;
  }

  template <class V>
  static constexpr bool in_a_register = math::lanes<V> >= 4 && !is_shared<V>;
  template <class V>
  RANKWISE_FN static bool is_few(std::size_t n) {
    return in_a_register<V> && (n <= static_cast<std::size_t>(math::lanes<V>) || is_tabled<V>(n));
  }
  template <class V>
  static constexpr bool has_table = detail::pro_table<V>::most != 0;
  template <class V>
  RANKWISE_FN static bool is_tabled(std::size_t n) {
    return n <= detail::pro_table<V>::most;
  }

  // Up to a register of items, as with grades: four terms at once, so that the sums of their lanes are made together,
  // and one division for all. False where e^x might overflow or digits be lost.
  template <class List, class T>
  RANKWISE_FN bool few(List const& list, std::uint32_t const* order, T const* r, std::size_t n, T& result) const {
    using V = typename List::vector;
    if constexpr (has_table<V>) {
      if (is_tabled<V>(n)) {
        detail::pro_table<V> table;
        return table.begin(list, order, r, n) && table.finish(list, order, n, result);
      }
    }
    constexpr std::size_t width = static_cast<std::size_t>(math::lanes<V>);
    V const place = math::ops<V>::iota();
    V const s = detail::first_lanes<V>(n, [&](std::size_t k) { return list.score_of(order[k]); });
    V const w =
        list.weighted() ? detail::first_lanes<V>(n, [&](std::size_t k) { return list.weight_of(order[k]); }) : V(T(1));
    // Lanes without an item get the greatest reward: then they are in nobody's term. Their score is 0.
    V const reward = math::select(math::ops<V>::first(n), load(r, partial_pack<V>{0, n}), V(r[0]));
    V const own = reward - V(r[n - 1]);
    if (!math::all(math::abs(s) * V(r[0] - r[n - 1]) <= V(30))) { // the span of rewards is the steepest of all
      return false;
    }
    // Everything in a term is divided by e^(s_k / T_k^k), so that a small value keeps its digits.
    T mine[width];
    math::store(mine, s * own);
    V others(0); // the sum of a term's e without its own
    V kept[width];
    for (std::size_t k = 0; k + 1 < n; k += 4) {
      auto const row = [&](std::size_t j) { // behind the last term nobody is below
        std::size_t const at = k + j < n ? k + j : n - 1;
        V const steep = V(r[at]) - reward;
        V const x = s * steep - V(mine[at]);
        V const e = math::select(steep > V(0), math::detail::exp_not_above<math::fast>(x), V(0));
        kept[k + j] = e;
        return e;
      };
      V const e0 = row(0);
      V const e1 = row(1);
      V const e2 = row(2);
      V const e3 = row(3);
      T sum[4];
      math::ops<V>::reduce_add4(e0, e1, e2, e3, sum);
      V const at = place - V(static_cast<T>(k));
      others = math::select(at == V(0), V(sum[0]), others);
      others = math::select(at == V(1), V(sum[1]), others);
      others = math::select(at == V(2), V(sum[2]), others);
      others = math::select(at == V(3), V(sum[3]), others);
    }
    V const total = V(1) + others;
    result = math::reduce_add(w * math::log<math::fast>(total));
    if (result - result != T(0)) { // of huge weights
      return false;
    }
    if constexpr (List::wants_gradient) {
      V const share = V(1) / total;
      V const push = w * own * (others * share);
      V slope = -push;
      V bend = push * own * share;
      T share_of[width];
      T weight_of[width];
      math::store(share_of, share);
      math::store(weight_of, w);
      for (std::size_t k = 0; k + 1 < n; ++k) {
        V const steep = V(r[k]) - reward;
        V const p = kept[k] * V(share_of[k]);
        V const d = V(weight_of[k]) * steep * p;
        slope += d;
        bend += steep * (d - d * p);
      }
      T slopes[width];
      T bends[width];
      math::store(slopes, slope);
      math::store(bends, bend);
      for (std::size_t k = 0; k < n; ++k) {
        list.gradient_of(order[k], slopes[k]);
        list.hessian_of(order[k], bends[k]);
      }
    }
    return true;
  }

  // Everything in a term is divided by e^(s_k / T_k^k), or, with `Peak`, by the greatest; without it, false is returned
  // where something might overflow. What a term does to its own item waits until a register is full of such items.
  template <bool Gradient, bool Peak, class V, class T = math::scalar_t<V>>
  RANKWISE_FN bool terms(detail::pro_items<V> items, T& result) const {
    constexpr std::size_t width = detail::pro_items<V>::width;
    std::size_t const n = items.full + items.rest;
    T const lowest = items.r[n - 1];
    V const place = math::ops<V>::iota();
    V value(0);
    V highest(0);
    items.clear();
    for (std::size_t first = 0; first < n; first += width) {
      V others(0); // the sum of a term's e without its own
      V lift(0);   // what its own is below the greatest
      std::size_t const end = first + width < n ? first + width : n - 1;
      for (std::size_t k = first; k < end; ++k) {
        V const reward_k(items.r[k]);
        T const mine = items.s[k] * (items.r[k] - lowest);
        T top = mine;
        if constexpr (Peak) {
          top = math::max(mine, items.max(first, [&](V score, V reward) {
            V const steep = reward_k - reward;
            return math::select(steep > V(0), score * steep, V(-math::ops<T>::infinity));
          }));
        }
        T const sum = items.keep_sum(first, [&](V score, V reward) {
          V const steep = reward_k - reward;
          V const x = math::select(steep > V(0), score * steep - V(top), V(-math::ops<T>::infinity));
          if constexpr (!Peak) {
            highest = math::max(highest, x);
          }
          return math::detail::exp_not_above<math::fast>(x);
        });
        auto const here = place == V(static_cast<T>(k - first));
        others = math::select(here, V(sum), others);
        T total = sum + T(1);
        if constexpr (Peak) {
          lift = math::select(here, V(top - mine), lift);
          total = sum + math::exp<math::fast>(mine - top);
        }
        if constexpr (Gradient) {
          V const share(T(1) / total);
          V const weight(items.w != nullptr ? items.w[k] : T(1));
          items.each(first, [&](V reward, V e, V& slope, V& bend) {
            V const steep = reward_k - reward;
            V const p = e * share;
            V const d = weight * steep * p;
            slope += d;
            bend += steep * (d - d * p);
          });
        }
      }
      items.at(first, [&](V reward, V weight, V& slope, V& bend) {
        V const own = reward - V(lowest);
        V const e = Peak ? math::exp<math::fast>(-lift) : V(1);
        V const share = V(1) / (e + others);
        V const d = weight * own * (others * share);
        value += weight * (lift + math::log<math::fast>(e + others));
        slope -= d;
        bend += d * own * (e * share);
      });
    }
    items.settle();
    result = math::reduce_add(value);
    return Peak || (math::all(highest <= as<V>(sizeof(T) == 4 ? 70 : 650)) && result - result == T(0));
  }
};

} // namespace rankwise::inline RANKWISE_ABI::loss

#endif
