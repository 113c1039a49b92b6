#ifndef RANKWISE_LOSS_PRO_HPP
#define RANKWISE_LOSS_PRO_HPP

#include <rankwise/loss/list_mle.hpp>
#include <rankwise/loss/loss.hpp>
#include <rankwise/math/exp.hpp>
#include <rankwise/math/log.hpp>

#include <cstddef>
#include <cstdint>

namespace rankwise::inline RANKWISE_ABI::loss {

/// Preference ranking optimisation (Song et al. 2024; BEQUE, Peng et al. 2024): ListMLE with temperatures from the
/// rewards r (the labels). Items in falling order of reward, of equal rewards the first one alone:
///   L = -sum over k < n of w_k log(e^(s_k / T_k^k) / sum over i >= k of e^(s_i / T_k^i))
///   1 / T_k^i = r_k - r_i,   1 / T_k^k = r_k - r_n, the greatest of them
/// Items with a repeated reward get gradient 0. The hessian is the true diagonal. Cost: O(n^2).
struct pro {
  using scratch = scratch_columns<5, 1>;
  using prepared_items = scratch_columns<0, 1>;
  static constexpr bool in_groups = true;

  template <class List>
  RANKWISE_FN auto prepare_list(List const& list) const {
    return detail::prepare_order(list);
  }

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    using V = typename List::vector;
    using T = typename List::scalar;
    detail::order_constants c;
    std::uint32_t const* const order = detail::order_of(list, c);
    T* const s = list.template values<0>();
    T* const r = list.template values<1>();
    T* const slope = list.template values<2>();
    T* const bend = list.template values<3>();
    T* const e = list.template values<4>();
    std::size_t const n = once<V>([&] {
      std::size_t different = 0;
      for (std::size_t k = 0; k < c.count; ++k) {
        T const reward = list.label_of(order[k]);
        if (different == 0 || reward < r[different - 1]) {
          s[different] = list.score_of(order[k]);
          r[different] = reward;
          ++different;
        }
      }
      return different;
    });
    for_each_pack<V>(n, [&](auto i) {
      store(slope, i, V(0));
      store(bend, i, V(0));
    });
    T value(0);
    std::size_t at = 0; // where s[k] stands in the order
    for (std::size_t k = 0; k + 1 < n; ++k) {
      while (list.label_of(order[at]) != r[k]) {
        ++at;
      }
      T const weight = list.weight_of(order[at]);
      T const own = r[k] - r[n - 1];
      T const mine = s[k] * own;
      std::size_t const others = n - k - 1;
      auto const exponent = [&](auto i) { // i counts from k + 1
        i.first += k + 1;
        return load(s, i) * (V(r[k]) - load(r, i));
      };
      T const peak =
          math::max(mine, math::reduce_max(combine_packs<V>(others, V(-math::ops<T>::infinity), exponent, maximum{})));
      T const first = math::exp(mine - peak);
      T const total = first + math::reduce_add(combine_packs<V>(
                                  others, V(0),
                                  [&](auto i) {
                                    V const x = math::exp(exponent(i) - V(peak));
                                    store(e, i, x);
                                    return x;
                                  },
                                  plus{}));
      value += weight * (math::log(total) + (peak - mine));
      if constexpr (List::wants_gradient) {
        T const share = T(1) / total;
        T const p = first * share;
        once<V>([&] {
          slope[k] += weight * own * (p - T(1));
          bend[k] += weight * own * own * p * (T(1) - p);
        });
        for_each_pack<V>(others, [&](auto i) {
          V const q = load(e, i) * V(share);
          i.first += k + 1;
          V const steep = V(r[k]) - load(r, i);
          store(slope, i, load(slope, i) + V(weight) * steep * q);
          store(bend, i, load(bend, i) + V(weight) * steep * steep * q * (V(1) - q));
        });
      }
    }
    if constexpr (List::wants_gradient) {
      list.each([&](auto i) { store(e, i, V(0)); });
      // e receives gradients and then hessians, at the items' own places.
      auto const hand_over = [&](T const* from, auto&& write) {
        once<V>([&] {
          for (std::size_t k = 0, next = 0; k < c.count && next < n; ++k) {
            if (list.label_of(order[k]) == r[next]) {
              e[order[k]] = from[next];
              ++next;
            }
          }
        });
        list.each([&](auto i) { write(i, load(e, i)); });
      };
      hand_over(slope, [&](auto i, V g) { list.gradient(i, g); });
      hand_over(bend, [&](auto i, V h) { list.hessian(i, h); });
    }
    return value;
  }

  RANKWISE_LOSS_CALLS
};

} // namespace rankwise::inline RANKWISE_ABI::loss

#endif
