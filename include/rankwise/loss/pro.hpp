#ifndef RANKWISE_LOSS_PRO_HPP
#define RANKWISE_LOSS_PRO_HPP

#include <rankwise/loss/list_mle.hpp>
#include <rankwise/loss/loss.hpp>
#include <rankwise/math/exp.hpp>
#include <rankwise/math/log.hpp>

#include <cstddef>
#include <cstdint>

namespace rankwise::inline RANKWISE_ABI::loss {

namespace detail {

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
    for_each_pack<V>(full, [&](auto i) {
      store(slope, i, V(T(0)));
      store(bend, i, V(T(0)));
    });
    if (rest != 0) {
      partial_pack<V> const i{full, rest};
      last_s = load(s, i);
      last_w = load(w, i);
      // Lanes without an item get the greatest reward: then they are in nobody's term.
      last_r = math::select(math::ops<V>::first(rest), load(r, i), V(r[0]));
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
      in_memory(first, [&](V reward, V& a, V& b) { f(reward, load(w, pack<V>{first}), a, b); });
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
  using scratch = scratch_columns<6, 1>;
  using prepared_items = scratch_columns<0, 1>;
  static constexpr bool in_groups = true;

  template <class List>
  RANKWISE_FN auto prepare_list(List const& list) const {
    std::uint32_t* const order = list.template prepared_indices<0>();
    return first_of_each(list, order, detail::prepare_order(list).count);
  }

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    using V = typename List::vector;
    using T = typename List::scalar;
    constexpr std::size_t width = static_cast<std::size_t>(math::lanes<V>);
    std::uint32_t const* order = list.template prepared_indices<0>();
    std::size_t n = 0;
    if (list.constants_hold()) {
      n = list.constants().count;
    } else {
      std::uint32_t* const anew = list.template indices<0>();
      n = first_of_each(list, anew, detail::by_falling_label(list, anew, nullptr).count).count;
      order = anew;
    }
    if constexpr (List::wants_gradient) {
      list.each([&](auto i) {
        list.gradient(i, V(0));
        list.hessian(i, V(0));
      });
    }
    if (n < 2) {
      return T(0);
    }
    T* const s = list.template values<0>();
    T* const r = list.template values<1>();
    T* const w = list.template values<2>();
    T* const slope = list.template values<3>();
    T* const bend = list.template values<4>();
    each_place<V>(n, [&](std::size_t k) {
      s[k] = list.score_of(order[k]);
      r[k] = list.label_of(order[k]);
      w[k] = list.weight_of(order[k]);
    });
    detail::pro_items<V> items(s, r, w, list.template values<5>(), slope, bend, n);
    // No exponent is greater than this.
    T const highest = math::max(T(0), items.max(0, [](V x, V) { return x; }));
    T const lowest = math::max(T(0), items.max(0, [](V x, V) { return -x; }));
    constexpr double widest = sizeof(T) == 4 ? 70 : 650;
    bool const safe = (r[0] - r[n - 1]) * (highest + lowest) <= static_cast<T>(widest);
    constexpr bool gradient = List::wants_gradient;
    T const value = safe ? terms<gradient, false>(items, s, r, w, n) : terms<gradient, true>(items, s, r, w, n);
    items.settle();
    if constexpr (List::wants_gradient) {
      for (std::size_t k = 0; k < n; ++k) {
        if constexpr (width == 1) {
          list.gradient(pack<V>{order[k]}, V(slope[k]));
          list.hessian(pack<V>{order[k]}, V(bend[k]));
        } else {
          list.gradient(partial_pack<V>{order[k], 1}, V(slope[k]));
          list.hessian(partial_pack<V>{order[k], 1}, V(bend[k]));
        }
      }
    }
    return value;
  }

  RANKWISE_LOSS_CALLS

private:
  struct different {
    std::uint32_t count = 0;
  };

  // Of items in falling order of reward, the first with every reward.
  template <class List>
  RANKWISE_FN static different first_of_each(List const& list, std::uint32_t* order, std::size_t count) {
    return {once<typename List::vector>([&] {
      std::uint32_t n = 0;
      for (std::size_t k = 0; k < count; ++k) {
        if (n == 0 || list.label_of(order[k]) < list.label_of(order[n - 1])) {
          order[n++] = order[k];
        }
      }
      return n;
    })};
  }

  // Everything in a term is divided by e^(s_k / T_k^k), or, where that might overflow, by the greatest (`Peak`). What a
  // term does to its own item waits until a register is full of such items.
  template <bool Gradient, bool Peak, class V, class T>
  RANKWISE_FN T terms(detail::pro_items<V>& items, T const* s, T const* r, T const* w, std::size_t n) const {
    constexpr std::size_t width = detail::pro_items<V>::width;
    V const place = math::ops<V>::iota();
    V value(0);
    for (std::size_t first = 0; first < n; first += width) {
      V others(0); // the sum of a term's e without its own
      V lift(0);   // what its own is below the greatest
      std::size_t const end = first + width < n ? first + width : n - 1;
      for (std::size_t k = first; k < end; ++k) {
        T const mine = s[k] * (r[k] - r[n - 1]);
        T top = mine;
        if constexpr (Peak) {
          top = math::max(mine, items.max(first, [&](V score, V reward) {
            V const steep = V(r[k]) - reward;
            return math::select(steep > V(0), score * steep, V(-math::ops<T>::infinity));
          }));
        }
        T const sum = items.keep_sum(first, [&](V score, V reward) {
          V const steep = V(r[k]) - reward;
          V const x = math::detail::exp_not_above<math::fast>(score * steep - V(top));
          return math::select(steep > V(0), x, V(0));
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
          V const weight(w[k]);
          items.each(first, [&](V reward, V e, V& slope, V& bend) {
            V const steep = V(r[k]) - reward;
            V const p = e * share;
            V const d = weight * steep * p;
            slope += d;
            bend += d * steep * (V(1) - p);
          });
        }
      }
      items.at(first, [&](V reward, V weight, V& slope, V& bend) {
        V const own = reward - V(r[n - 1]);
        V const e = Peak ? math::exp<math::fast>(-lift) : V(1);
        V const share = V(1) / (e + others);
        V const d = weight * own * (others * share);
        value += weight * (lift + math::log<math::fast>(e + others));
        slope -= d;
        bend += d * own * (e * share);
      });
    }
    return math::reduce_add(value);
  }
};

} // namespace rankwise::inline RANKWISE_ABI::loss

#endif
