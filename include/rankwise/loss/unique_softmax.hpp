#ifndef RANKWISE_LOSS_UNIQUE_SOFTMAX_HPP
#define RANKWISE_LOSS_UNIQUE_SOFTMAX_HPP

#include <rankwise/core/policy.hpp>
#include <rankwise/exec/arrange.hpp>
#include <rankwise/loss/list_mle.hpp>
#include <rankwise/loss/loss.hpp>
#include <rankwise/math/exp.hpp>
#include <rankwise/math/log.hpp>
#include <rankwise/math/lse.hpp>
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
    using log_sum = math::log_sum<T>;
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
    T const peak = list.max([&](auto i) { return list.score(i); });
    T* const x = list.template values<0>();
    T* const most = list.template values<1>(); // of e^x from a class on: sum e^most; then what greater labels ask for
    T* const sum = list.template values<2>();
    T* const lower = list.template values<3>(); // log sum of e^x over the smaller labels
    T* const target = list.template values<4>();
    T* const all = list.template values<5>(); // log of the item's e^x and all smaller labels'
    T* const squares = list.template values<6>();
    T const scale = static_cast<T>(1 / temperature);
    each_place<V>(n, [&](std::size_t p) {
      x[p] = scale * math::max(list.score_of(order[p]) - peak, -math::ops<T>::largest);
      target[p] = list.weight_of(order[p]) * gain{}(list.label_of(order[p]));
    });
    scan_places<V, true>(
        n, log_sum{},
        [&](std::size_t p) {
          return log_sum{x[p], T(1)};
        },
        [](log_sum a, log_sum b) {
          a.merge(b);
          return a;
        },
        [&](std::size_t p, log_sum upto) {
          most[p] = upto.max;
          sum[p] = upto.sum;
        });
    T const value = sum_packs<V>(n, [&](auto k) {
      // Minus infinity: nobody is below.
      V const below =
          from_places(k, [&](std::size_t p) { return behind[p] < n ? most[behind[p]] : -math::ops<T>::infinity; });
      V const times = from_places(k, [&](std::size_t p) { return behind[p] < n ? sum[behind[p]] : T(1); });
      V const rest = below + math::log(times);
      V const own = load(x, k);
      V const term = math::softplus(rest - own);
      store(lower, k, rest);
      store(all, k, own + term);
      return load(target, k) * term;
    });
    if constexpr (List::wants_gradient) {
      // Of the greater labels: the sum of t e^(ref - all), and of its squares.
      struct asked {
        T ref;
        T once;
        T twice;
      };
      scan_places<V>(
          n, asked{-math::ops<T>::infinity, T(0), T(0)},
          [&](std::size_t p) {
            return asked{-all[p], target[p], target[p]};
          },
          [](asked a, asked b) {
            T const apart = a.ref == b.ref ? T(0) : b.ref - a.ref;
            T const down = math::exp(-math::abs(apart));
            T const a_part = apart > T(0) ? down : T(1);
            T const b_part = apart > T(0) ? T(1) : down;
            return asked{math::max(a.ref, b.ref), a.once * a_part + b.once * b_part,
                         a.twice * (a_part * a_part) + b.twice * (b_part * b_part)};
          },
          [&](std::size_t p, asked upto) {
            most[p] = upto.ref;
            sum[p] = upto.once;
            squares[p] = upto.twice;
          });
      V const beta(scale);
      for_each_pack<V>(n, [&](auto k) {
        auto const above = [&](T const* sums) {
          return from_places(k, [&](std::size_t p) { return first[p] == 0 ? T(0) : sums[first[p] - 1]; });
        };
        V const own = load(x, k);
        V const rest = load(lower, k);
        V const t = load(target, k);
        V const share = math::exp(own + above(most)); // at most 1
        V const rise = math::sigmoid(rest - own);     // 1 - the item's own share
        V const push = share * above(sum);
        store(target, k, beta * (push - t * rise));
        store(all, k, beta * beta * (push - share * share * above(squares) + t * rise * math::sigmoid(own - rest)));
      });
      each_place<V>(n, [&](std::size_t p) {
        x[order[p]] = target[p];
        lower[order[p]] = all[p];
      });
      list.each([&](auto i) {
        list.gradient(i, load(x, i));
        list.hessian(i, load(lower, i));
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
