#ifndef RANKWISE_LOSS_SOFT_RANK_HPP
#define RANKWISE_LOSS_SOFT_RANK_HPP

#include <rankwise/core/policy.hpp>
#include <rankwise/loss/approx.hpp>
#include <rankwise/rank/top.hpp>

#include <cstddef>
#include <cstdint>

namespace rankwise::inline RANKWISE_ABI::loss {

/// A metric of soft ranks by projection (Blondel et al. 2020): the ranks nearest to -s / strength among all mixtures of
/// orders, found by sorting and pooling adjacent violators in O(n log n). A small strength gives the true ranks. With
/// z = -s / strength sorted descending, the greatest rank n - 1 first,
///   r = z - v,   v = the isotonic (falling) regression of z - (n - 1, ..., 1, 0)
///   dr / dz = 1 - the mean over the item's block
/// Where no blocks form, ranks do not depend on the scores and the gradient is 0. The hessian is a bound that is never
/// negative: |dL/dr| / strength^2 (1 - 1 / block).
template <class Metric>
struct soft_rank {
  static_assert(!detail::asks_who<by_ranks<Metric>>,
                "[rankwise] soft_rank: map and err ask who stands before an item; take loss::approx");
  double strength = 1;
  Metric metric{};

  using scratch = detail::ordering_scratch<6>;

  template <class T>
  struct constants {
    T scale{};
  };
  template <class List>
  RANKWISE_FN auto prepare_list(List const& list) const {
    using T = typename List::scalar;
    return constants<T>{static_cast<T>(form().scale(list))};
  }

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    using V = typename List::vector;
    using T = typename List::scalar;
    auto const by = form();
    T const scale = static_cast<T>(list.constants_hold() ? list.constants().scale : prepare_list(list).scale);
    // The worst item first: its rank is the greatest.
    std::size_t const n = rank::top(list, list.size(), [&](auto i) { return -list.score(i); });
    std::uint32_t const* const item = list.template indices<0>();
    T const inverse = static_cast<T>(1 / strength);
    T* const z = list.template values<0>();
    T* const mean = list.template values<1>(); // of z - place over a block, less z of its first item
    T* const length = list.template values<2>();
    T* const rank = list.template values<3>();
    T* const slope = list.template values<4>();
    T* const gain = list.template values<5>();
    if (n == 0 || scale == T(0)) {
      return detail::no_loss(list);
    }
    T const middle = list.score_of(item[n / 2]);
    std::size_t blocks = 0;
    for (std::size_t k = 0; k < n; ++k) {
      T const away = math::clamp(list.score_of(item[k]) - middle, -math::ops<T>::largest * T(0.25),
                                 math::ops<T>::largest * T(0.25));
      z[k] = math::clamp(-away * inverse, -math::ops<T>::largest * T(0.25), math::ops<T>::largest * T(0.25));
      std::size_t begin = k;
      T m = -static_cast<T>(n - 1 - k);
      T l(1);
      for (; blocks > 0; --blocks) {
        // Both means from the same item: places count, however large z is.
        std::size_t const before = begin - static_cast<std::size_t>(length[blocks - 1]);
        T const here = (z[begin] - z[before]) + m;
        if (!(mean[blocks - 1] < here)) {
          break;
        }
        T const other = length[blocks - 1];
        m = mean[blocks - 1] + (here - mean[blocks - 1]) * (l / (l + other));
        l += other;
        begin = before;
      }
      mean[blocks] = m;
      length[blocks] = l;
      ++blocks;
    }
    for (std::size_t b = 0, k = 0; b < blocks; ++b) {
      std::size_t const end = k + static_cast<std::size_t>(length[b]);
      for (std::size_t const begin = k; k < end; ++k) {
        rank[k] = (z[k] - z[begin]) - mean[b];
      }
    }
    for (std::size_t k = 0; k < n; ++k) {
      gain[k] = by.gain(list.label_of(item[k]), list.weight_of(item[k]));
    }
    T const value = detail::loss_by_ranks<V>(by, scale, n, gain, rank); // rank is dL/dr now
    if constexpr (List::wants_gradient) {
      for (std::size_t b = 0, k = 0; b < blocks; ++b) {
        std::size_t const begin = k;
        std::size_t const end = k + static_cast<std::size_t>(length[b]);
        T sum(0);
        for (; k < end; ++k) {
          sum += rank[k];
        }
        T const share = T(1) / length[b];
        for (k = begin; k < end; ++k) {
          bool const alone = end - begin == 1;
          slope[item[k]] = alone ? T(0) : inverse * (sum * share - rank[k]);
        }
      }
      list.each([&](auto i) { list.gradient(i, load(slope, i)); });
      if constexpr (List::wants_hessian) {
        for (std::size_t b = 0, k = 0; b < blocks; ++b) {
          std::size_t const end = k + static_cast<std::size_t>(length[b]);
          for (; k < end; ++k) {
            slope[item[k]] = math::abs(rank[k]) * inverse * inverse * (T(1) - T(1) / length[b]);
          }
        }
        list.each([&](auto i) { list.hessian(i, load(slope, i)); });
      }
    }
    return value;
  }

  constexpr char const* fault() const {
    return strength > 0 && rankwise::detail::finite_parameter(strength) ? fault_of(metric)
                                                                        : "the strength of soft_rank (above 0)";
  }

  RANKWISE_LOSS_CALLS

private:
  RANKWISE_FN by_ranks<Metric> form() const {
    by_ranks<Metric> f{};
    f.metric = metric;
    return f;
  }
};

} // namespace rankwise::inline RANKWISE_ABI::loss

#endif
