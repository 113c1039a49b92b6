#ifndef RANKWISE_LOSS_SOFT_RANK_HPP
#define RANKWISE_LOSS_SOFT_RANK_HPP

#include <rankwise/core/policy.hpp>
#include <rankwise/loss/loss.hpp>
#include <rankwise/loss/smooth_ranks.hpp>
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
  static constexpr bool in_groups = true;
  static constexpr std::size_t block_threads = 256;

  template <class List>
  RANKWISE_FN auto prepare_list(List const& list) const {
    return detail::prepare_scale(list, detail::in_ranks(metric));
  }

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    using V = typename List::vector;
    using T = typename List::scalar;
    auto const by = detail::in_ranks(metric);
    T const scale = detail::scale_of(list, by);
    // The worst item first: its rank is the greatest.
    std::size_t const n = rank::top(list, list.size(), [&](auto i) { return -list.score(i); });
    std::uint32_t const* const item = list.template indices<0>();
    T const inverse = static_cast<T>(1 / strength);
    T* const z = list.template values<0>();
    T* const mean = list.template values<1>(); // of z - place over a block, less z of its first item; there
    T* const sum = list.template values<2>();
    T* const rank = list.template values<3>();
    T* const slope = list.template values<4>();
    T* const gain = list.template values<5>();
    std::uint32_t* const length = list.template indices<1>(); // of a block, at its first and its last item
    std::uint32_t* const first = list.template indices<2>();  // item of the block
    if (n == 0 || scale == T(0)) {
      return detail::no_loss(list);
    }
    T const middle = list.score_of(item[n / 2]);
    constexpr T limit = math::ops<T>::largest * T(0.25);
    each_place<V>(n, [&](std::size_t k) {
      z[k] = math::clamp(-math::clamp(list.score_of(item[k]) - middle, -limit, limit) * inverse, -limit, limit);
      gain[k] = by.gain(list.label_of(item[k]), list.weight_of(item[k]));
    });
    if constexpr (is_shared<V>) {
      pool_in_parts<V>(z, mean, length, first, n);
      scan_places<V>(
          n, std::uint32_t{0}, [&](std::size_t k) { return first[k]; },
          [](std::uint32_t before, std::uint32_t here) { return before < here ? here : before; },
          [&](std::size_t k, std::uint32_t at) {
            first[k] = at;
            rank[k] = (z[k] - z[at]) - mean[at];
          });
    } else {
      pool_in_order(z, mean, length, n);
      each_block(length, n, [&](std::size_t at, std::size_t end) {
        for (std::size_t k = at; k < end; ++k) {
          rank[k] = (z[k] - z[at]) - mean[at];
        }
      });
    }
    T const value = detail::loss_by_ranks<V>(by, scale, n, gain, rank); // rank is dL/dr now
    if constexpr (List::wants_gradient) {
      auto const derive = [&](std::size_t k, std::uint32_t size, T share, T middle_of_block) {
        slope[item[k]] = size == 1 ? T(0) : inverse * (middle_of_block - rank[k]);
        if constexpr (List::wants_hessian) {
          z[item[k]] = math::abs(rank[k]) * inverse * inverse * (T(1) - share);
        }
      };
      if constexpr (is_shared<V>) {
        struct block_sum {
          T sum;
          std::uint32_t at;
        };
        scan_places<V>(
            n, block_sum{T(0), 0},
            [&](std::size_t k) {
              return block_sum{rank[k], first[k]};
            },
            [](block_sum a, block_sum b) {
              return block_sum{a.at == b.at ? a.sum + b.sum : b.sum, b.at};
            },
            [&](std::size_t k, block_sum upto) {
              if (k + 1 == first[k] + length[first[k]]) {
                T const share = T(1) / static_cast<T>(length[first[k]]);
                mean[first[k]] = share;
                sum[first[k]] = upto.sum * share;
              }
            });
        each_place<V>(n, [&](std::size_t k) { derive(k, length[first[k]], mean[first[k]], sum[first[k]]); });
      } else {
        each_block(length, n, [&](std::size_t at, std::size_t end) {
          T whole(0);
          for (std::size_t k = at; k < end; ++k) {
            whole += rank[k];
          }
          T const share = T(1) / static_cast<T>(end - at);
          for (std::size_t k = at; k < end; ++k) {
            derive(k, length[at], share, whole * share);
          }
        });
      }
      list.each([&](auto i) {
        list.gradient(i, load(slope, i));
        list.hessian(i, load(z, i));
      });
    }
    return value;
  }

  constexpr char const* fault() const {
    return strength > 0 && rankwise::detail::finite_parameter(strength) ? fault_of(metric)
                                                                        : "the strength of soft_rank (above 0)";
  }

  RANKWISE_LOSS_CALLS

private:
  /// f(begin, end) for every block.
  template <class F>
  RANKWISE_FN static void each_block(std::uint32_t const* length, std::size_t n, F f) {
    for (std::size_t at = 0; at < n;) {
      std::size_t const end = at + length[at];
      f(at, end);
      at = end;
    }
  }

  /// One thread: the last block is at hand, those before it are in memory.
  template <class T>
  RANKWISE_FN static void pool_in_order(T const* z, T* mean, std::uint32_t* length, std::size_t n) {
    std::size_t start = 0;
    std::uint32_t size = 1;
    T middle = -static_cast<T>(n - 1);
    auto const put = [&] {
      mean[start] = middle;
      length[start] = size;
      length[start + size - 1] = size;
    };
    for (std::size_t k = 1; k < n; ++k) {
      // Both means from the same item: places count, however large z is.
      T const own = -static_cast<T>(n - 1 - k);
      T here = (z[k] - z[start]) + own;
      if (!(middle < here)) {
        put();
        start = k;
        size = 1;
        middle = own;
        continue;
      }
      ++size;
      middle += (here - middle) * (T(1) / static_cast<T>(size));
      while (start != 0) {
        std::uint32_t const left = length[start - 1];
        std::size_t const before = start - left;
        here = (z[start] - z[before]) + middle;
        if (!(mean[before] < here)) {
          break;
        }
        T const share = static_cast<T>(size) / static_cast<T>(left + size);
        middle = mean[before] + (here - mean[before]) * share;
        start = before;
        size += left;
      }
    }
    put();
  }

  /// Threads pool parts of the list, then what two neighbours have pooled.
  template <class V, class T>
  RANKWISE_FN static void pool_in_parts(T const* z, T* mean, std::uint32_t* length, std::uint32_t* first,
                                        std::size_t n) {
    each_place<V>(n, [&](std::size_t k) {
      mean[k] = -static_cast<T>(n - 1 - k);
      length[k] = 1;
      first[k] = static_cast<std::uint32_t>(k);
    });
    constexpr std::size_t threads = static_cast<std::size_t>(math::lanes<V>);
    std::size_t const part = (n + threads - 1) / threads;
    each_place<V>(threads, [&](std::size_t t) {
      std::size_t const end = (t + 1) * part < n ? (t + 1) * part : n;
      for (std::size_t k = t * part + 1; k < end; ++k) {
        pool(z, mean, length, first, t * part, k, k + 1);
      }
    });
    for (std::size_t half = part; half < n; half *= 2) {
      each_place<V>((n + half - 1) / (2 * half), [&](std::size_t pair) {
        std::size_t const begin = pair * 2 * half;
        std::size_t const end = begin + 2 * half < n ? begin + 2 * half : n;
        pool(z, mean, length, first, begin, begin + half, end);
      });
    }
  }

  /// The blocks on both sides of place `at` become one if the right one's mean is greater, and swallow those of their
  /// neighbours within [begin, end) that this puts out of order.
  template <class T>
  RANKWISE_FN static void pool(T const* z, T* mean, std::uint32_t* length, std::uint32_t* first, std::size_t begin,
                               std::size_t at, std::size_t end) {
    auto const join = [&](std::size_t place) { // where the new block starts; `end` if both stay
      std::uint32_t const left = length[place - 1];
      std::uint32_t const right = length[place];
      std::size_t const start = place - left;
      // Both means from the same item: places count, however large z is.
      T const here = (z[place] - z[start]) + mean[place];
      if (!(mean[start] < here)) {
        return end;
      }
      std::uint32_t const both = left + right;
      mean[start] += (here - mean[start]) * (static_cast<T>(right) / static_cast<T>(both));
      length[start] = both;
      length[start + both - 1] = both;
      first[place] = 0;
      return start;
    };
    for (std::size_t start = join(at); start != end;) {
      std::size_t const behind = start + length[start];
      std::size_t const joined = behind < end ? join(behind) : end;
      start = joined == end && start > begin ? join(start) : joined;
    }
  }
};

} // namespace rankwise::inline RANKWISE_ABI::loss

#endif
