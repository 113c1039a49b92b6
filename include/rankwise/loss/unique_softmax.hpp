#ifndef RANKWISE_LOSS_UNIQUE_SOFTMAX_HPP
#define RANKWISE_LOSS_UNIQUE_SOFTMAX_HPP

#include <rankwise/core/policy.hpp>
#include <rankwise/loss/list_mle.hpp>
#include <rankwise/loss/loss.hpp>
#include <rankwise/math/lse.hpp>
#include <rankwise/math/sigmoid.hpp>
#include <rankwise/metric/gain.hpp>

#include <cstddef>
#include <cstdint>

namespace rankwise::inline RANKWISE_ABI::loss {

/// Softmax in which an item competes with those of smaller labels alone (Zhu et al. 2020):
///   L = sum_i t_i (log(e^x_i + sum over j with y_j < y_i of e^x_j) - x_i),   t_i = w_i gain(y_i),  x = s / temperature
/// in O(n) with prepared data; TF-Ranking has gain::exponential, Rax gain::linear. With labels 0 and 1 it is
/// `multi_positive`. The hessian is the true diagonal. Slot: gain (exponential).
template <class... Pieces>
struct basic_unique_softmax {
  static_assert(slot_set<slots::gain>::accepts<Pieces...>());
  using gain = pick<slots::gain, rankwise::gain::exponential, Pieces...>;

  double temperature = 1;

  using scratch = scratch_columns<4, 1>;
  using prepared_items = scratch_columns<0, 1>;

  template <class List>
  RANKWISE_FN auto prepare_list(List const& list) const {
    return detail::prepare_order(list);
  }

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    using T = typename List::scalar;
    detail::order_constants c;
    std::uint32_t const* const order = detail::order_of(list, c);
    std::size_t const n = c.count;
    T const beta = static_cast<T>(1 / temperature);
    T const peak = list.max([&](auto i) { return list.score(i); });
    T* const x = list.template values<0>();
    T* const lower = list.template values<1>(); // log sum of e^x over the smaller labels; of the whole class above it
    T* const slope = list.template values<2>();
    T* const bend = list.template values<3>();
    T value(0);
    T run = -math::ops<T>::infinity;
    for (std::size_t end = n; end > 0;) {
      T const label = list.label_of(order[end - 1]);
      std::size_t begin = end;
      T joined = run;
      while (begin > 0 && list.label_of(order[begin - 1]) == label) {
        --begin;
        std::uint32_t const i = order[begin];
        x[begin] = beta * math::max(list.score_of(i) - peak, -math::ops<T>::largest);
        lower[begin] = run;
        T const t = list.weight_of(i) * gain{}(label);
        T const up = run - x[begin]; // minus infinity: nobody is below
        value += t * math::softplus(up);
        joined = math::log_add_exp(joined, x[begin]);
      }
      run = joined;
      end = begin;
    }
    if constexpr (List::wants_gradient) {
      // Over the items of greater labels: t e^(ref - lse_i), and the same with its square; ref is the log-sum of the
      // class at hand and all below it, so that no factor is greater than 1.
      T once(0);
      T twice(0);
      T ref = run;
      for (std::size_t begin = 0; begin < n;) {
        T const label = list.label_of(order[begin]);
        std::size_t end = begin;
        T const below = lower[begin];
        T const down = below - ref; // at most 0
        T next(0);
        T next_squared(0);
        for (; end < n && list.label_of(order[end]) == label; ++end) {
          std::uint32_t const i = order[end];
          T const t = list.weight_of(i) * gain{}(label);
          T const p = math::exp(x[end] - ref);
          T const rise = math::sigmoid(below - x[end]); // 1 - the item's own share
          slope[i] = beta * (p * once - t * rise);
          bend[i] = beta * beta * (p * once - p * p * twice + t * rise * math::sigmoid(x[end] - below));
          T const weight = t * rise; // t e^(below - lse_i)
          next += weight;
          next_squared += weight * rise;
        }
        T const factor = below == -math::ops<T>::infinity ? T(0) : math::exp(down);
        once = once * factor + next;
        twice = twice * factor * factor + next_squared;
        ref = below;
        begin = end;
      }
      list.each([&](auto i) {
        list.gradient(i, load(slope, i));
        list.hessian(i, load(bend, i));
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
};

/// unique_softmax{.temperature = 1}
using unique_softmax = basic_unique_softmax<>;

} // namespace rankwise::inline RANKWISE_ABI::loss

#endif
