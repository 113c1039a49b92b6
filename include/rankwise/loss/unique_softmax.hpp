#ifndef RANKWISE_LOSS_UNIQUE_SOFTMAX_HPP
#define RANKWISE_LOSS_UNIQUE_SOFTMAX_HPP

#include <rankwise/core/policy.hpp>
#include <rankwise/exec/arrange.hpp>
#include <rankwise/loss/list_mle.hpp>
#include <rankwise/loss/loss.hpp>
#include <rankwise/math/exp.hpp>
#include <rankwise/math/log.hpp>
#include <rankwise/math/sigmoid.hpp>
#include <rankwise/metric/gain.hpp>

#include <cstddef>
#include <cstdint>

namespace rankwise::inline RANKWISE_ABI::loss {

/// Softmax in which an item competes with those of smaller labels alone (Zhu et al. 2020):
///   L = sum_i t_i (log(e^x_i + sum over j with y_j < y_i of e^x_j) - x_i),   t_i = w_i gain(y_i),  x = s / temperature
/// in O(n) with prepared data; gain::exponential is that of TF-Ranking and Rax. With labels 0 and 1 it is
/// `multi_positive`. The hessian is the true diagonal. Slot: gain (exponential).
template <class... Pieces>
struct basic_unique_softmax {
  static_assert(slot_set<slots::gain>::accepts<Pieces...>());
  using gain = pick<slots::gain, rankwise::gain::exponential, Pieces...>;

  double temperature = 1;

  using scratch = scratch_columns<7, 3>;
  using prepared_items = scratch_columns<0, 3>;
  static constexpr bool in_groups = true;

  template <class List>
  RANKWISE_FN auto prepare_list(List const& list) const {
    auto const c = detail::prepare_order(list);
    find_classes(list, list.template prepared_indices<0>(), c.count, list.template prepared_indices<1>(),
                 list.template prepared_indices<2>());
    return c;
  }

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    using V = typename List::vector;
    using T = typename List::scalar;
    detail::order_constants c;
    std::uint32_t const* const order = detail::order_of(list, c); // the greatest label first
    std::size_t const n = c.count;
    std::uint32_t const* first = list.template prepared_indices<1>();
    std::uint32_t const* behind = list.template prepared_indices<2>();
    if (!list.constants_hold()) {
      find_classes(list, order, n, list.template indices<1>(), list.template indices<2>());
      first = list.template indices<1>();
      behind = list.template indices<2>();
    }
    // A sum of e^x is kept as the greatest score among its items, as it is, and the sum of e^(x - that): what is far
    // below the list's greatest score keeps its digits.
    T* const score = list.template values<0>();
    T* const most = list.template values<1>(); // of the items from a class on; then what greater labels ask for
    T* const sum = list.template values<2>();
    T* const lead = list.template values<3>(); // log sum of e^x over the smaller labels, less the item's x
    T* const target = list.template values<4>();
    T* const peak = list.template values<5>(); // of the item and all smaller labels: their sum is e^peak / part
    T* const part = list.template values<6>();
    T const scale = static_cast<T>(1 / temperature);
    V const beta(scale);
    T const largest = math::ops<T>::largest; // differences may be infinite
    each_place<V>(n, [&](std::size_t p) {
      score[p] = list.score_of(order[p]);
      target[p] = list.weight_of(order[p]) * gain{}(list.label_of(order[p]));
    });
    struct powers {
      T max;
      T sum;
    };
    scan_places<V, true>(
        n, powers{-math::ops<T>::infinity, T(0)},
        [&](std::size_t p) {
          return powers{score[p], T(1)};
        },
        [scale, largest](powers a, powers b) {
          T const apart = a.max == b.max ? T(0) : b.max - a.max;
          T const z = math::exp(-scale * math::min(math::abs(apart), largest));
          return powers{math::max(a.max, b.max), apart > T(0) ? a.sum * z + b.sum : a.sum + b.sum * z};
        },
        [&](std::size_t p, powers upto) {
          most[p] = upto.max;
          sum[p] = upto.sum;
        });
    T const value = sum_packs<V>(n, [&](auto k) {
      // Minus infinity: nobody is below.
      V const below =
          from_places(k, [&](std::size_t p) { return behind[p] < n ? most[behind[p]] : -math::ops<T>::infinity; });
      V const times = from_places(k, [&](std::size_t p) { return behind[p] < n ? sum[behind[p]] : T(1); });
      V const own = load(score, k);
      V const apart = beta * math::clamp(below - own, V(-largest), V(largest));
      V const rest = math::select(below < V(-largest), below, apart + math::log(times));
      V const t = load(target, k);
      V const z = math::exp(-math::abs(rest));
      if constexpr (List::wants_gradient) {
        math::mask_t<V> const lower = below > own;
        V const greater = V(1) / (V(1) + z);
        V const up = math::select(rest > V(0), greater, z * greater);   // the share of the smaller labels
        V const down = math::select(rest > V(0), z * greater, greater); // the item's own
        store(lead, k, rest);
        store(peak, k, math::select(lower, below, own));
        store(part, k, math::select(lower, up / times, down));
      }
      V const softplus = math::max(rest, V(0)) + math::detail::log1p_unit<math::precise>(z);
      return math::select(t == V(0), V(0), t * softplus); // 0, too, where that is infinite
    });
    if constexpr (List::wants_gradient) {
      // Of the greater labels: the sum of t e^(low - x) over their sums, and of its squares.
      struct asked {
        T low;
        T once;
        T twice;
      };
      scan_places<V>(
          n, asked{math::ops<T>::infinity, T(0), T(0)},
          [&](std::size_t p) {
            return asked{peak[p], target[p] * part[p], target[p] * part[p] * part[p]};
          },
          [scale, largest](asked a, asked b) {
            T const apart = a.low == b.low ? T(0) : b.low - a.low;
            T const down = math::exp(-scale * math::min(math::abs(apart), largest));
            T const a_part = apart < T(0) ? down : T(1);
            T const b_part = apart < T(0) ? T(1) : down;
            return asked{math::min(a.low, b.low), a.once * a_part + b.once * b_part,
                         a.twice * (a_part * a_part) + b.twice * (b_part * b_part)};
          },
          [&](std::size_t p, asked upto) {
            most[p] = upto.low;
            sum[p] = upto.once;
            part[p] = upto.twice;
          });
      for_each_pack<V>(n, [&](auto k) {
        auto const above = [&](T const* sums, T nobody) {
          return from_places(k, [&](std::size_t p) { return first[p] == 0 ? nobody : sums[first[p] - 1]; });
        };
        V const t = load(target, k);
        V const share = math::exp(beta * math::max(load(score, k) - above(most, largest), V(-largest))); // at most 1
        V const rest = load(lead, k);
        V const z = math::exp(-math::abs(rest));
        V const greater = V(1) / (V(1) + z);
        V const rise = math::select(rest > V(0), greater, z * greater); // 1 - the item's own share
        V const push = share * above(sum, T(0));
        store(target, k, beta * (push - t * rise));
        store(peak, k, beta * beta * (push - share * share * above(part, T(0)) + t * z * greater * greater));
      });
      each_place<V>(n, [&](std::size_t p) {
        score[order[p]] = target[p];
        lead[order[p]] = peak[p];
      });
      list.each([&](auto i) {
        list.gradient(i, load(score, i));
        list.hessian(i, load(lead, i));
      });
    }
    return value;
  }

  constexpr char const* fault() const {
    return temperature > 0 && rankwise::detail::finite_parameter(temperature)
               ? nullptr
               : "the temperature of unique_softmax (above 0)";
  }

  RANKWISE_LOSS_CALLS

private:
  template <class List>
  RANKWISE_FN static void find_classes(List const& list, std::uint32_t const* order, std::size_t n,
                                       std::uint32_t* first, std::uint32_t* behind) {
    class_bounds<typename List::vector>(
        n, [&](std::size_t p) { return p == 0 || list.label_of(order[p]) != list.label_of(order[p - 1]); }, first,
        behind);
  }
};

/// unique_softmax{.temperature = 1}
using unique_softmax = basic_unique_softmax<>;

} // namespace rankwise::inline RANKWISE_ABI::loss

#endif
