#ifndef RANKWISE_LOSS_CIRCLE_HPP
#define RANKWISE_LOSS_CIRCLE_HPP

#include <rankwise/exec/arrange.hpp>
#include <rankwise/loss/loss.hpp>
#include <rankwise/math/exp.hpp>
#include <rankwise/math/log.hpp>

#include <cstddef>
#include <cstdint>

namespace rankwise::inline RANKWISE_ABI::loss {

/// Circle loss (Sun et al. 2020) over the pairs y_i > y_j of a list; scores are similarities in [-1, 1]:
///   L = log(1 + sum over pairs of e^(gamma (a_j (s_j - m) - a_i (s_i - (1 - m)))))
///   a_i = max(0, 1 + m - s_i),  a_j = max(0, s_j + m)
/// The paces a are constants to the derivatives, as in the paper. With z_ij the terms divided by 1 + their sum:
///   dL/ds_i = gamma (a_i' sum_j z_ji - a_i sum_j z_ij),   hessian: the true diagonal, paces held constant
struct circle {
  double gamma = 64;
  double margin = 0.25;

  using scratch = scratch_columns<4, 0>;
  using prepared_items = scratch_columns<0, 3>;
  static constexpr bool reads_segments = true;

  struct constants {
    std::uint32_t items{};
  };

  constexpr char const* fault() const {
    return gamma > 0 && rankwise::detail::finite_parameter(gamma) && rankwise::detail::finite_parameter(margin)
               ? nullptr
               : "the gamma (above 0) or margin (finite) of circle";
  }

  template <class List>
  RANKWISE_FN constants prepare_list(List const& list) const {
    return {static_cast<std::uint32_t>(
        arrange(list, list.template prepared_indices<0>(), list.template prepared_indices<1>()))};
  }

  template <class List>
  RANKWISE_FN double operator()(List const& list) const {
    using V = typename List::vector;
    using T = typename List::scalar;
    T* const g = list.template values<0>();
    T* const h = list.template values<1>();
    list.each([&](auto i) {
      list.template keep<0>(i, V(0));
      list.template keep<1>(i, V(0));
    });
    double total = 0;
    std::uint32_t const* const order = list.template prepared_indices<0>();
    std::uint32_t const* const classes = list.template prepared_indices<1>();
    for (std::size_t p = 0; p < list.constants().items;) {
      std::size_t last = p + 1;
      while (last < list.constants().items && (classes[last] & segment_start) == 0) {
        ++last;
      }
      total += segment(list, order + p, classes + p, last - p, g, h);
      p = last;
    }
    if constexpr (List::wants_gradient) {
      list.each([&](auto i) {
        list.gradient(i, list.template kept<0>(i));
        list.hessian(i, list.template kept<1>(i));
      });
    }
    return total;
  }

  RANKWISE_LOSS_CALLS

private:
  /// log(sum e^x), term by term.
  struct log_sum {
    double peak = -math::ops<double>::infinity;
    double sum = 0; ///< times e^peak

    RANKWISE_FN void add(double x) { add(log_sum{x, 1}); }
    RANKWISE_FN void add(log_sum const& more) {
      if (more.sum == 0) {
        return;
      }
      if (more.peak > peak) {
        sum = (sum == 0 ? 0 : sum * math::exp(peak - more.peak)) + more.sum;
        peak = more.peak;
      } else {
        sum += more.sum * math::exp(more.peak - peak);
      }
    }
    RANKWISE_FN double log() const { return peak + math::log(sum); }
  };

  /// Sums over pairs factor: what the better item adds times what the worse ones add, taken class by class.
  template <class List, class T>
  RANKWISE_FN double segment(List const& list, std::uint32_t const* order, std::uint32_t const* classes,
                             std::size_t count, T* g, T* h) const {
    auto const score = [&](std::size_t p) { return static_cast<double>(list.score_of(order[p])); };
    auto const pace_better = [&](double s) { return s < 1 + margin ? 1 + margin - s : 0.0; };
    auto const pace_worse = [&](double s) { return s > -margin ? s + margin : 0.0; };
    auto const up = [&](std::size_t p) { return -gamma * pace_better(score(p)) * (score(p) - (1 - margin)); };
    auto const down = [&](std::size_t p) { return gamma * pace_worse(score(p)) * (score(p) - margin); };
    // For every item, in logarithms, what it adds with all items of the classes left behind.
    auto const walk = [&](std::size_t begin, bool upwards, auto own, auto other, auto visit) {
      log_sum below;
      log_sum current;
      std::uint32_t number = classes[begin] & ~segment_start;
      for (std::size_t step = 0, p = begin; step < count; ++step, p = upwards ? p + 1 : p - 1) {
        if ((classes[p] & ~segment_start) != number) {
          below.add(current);
          current = {};
          number = classes[p] & ~segment_start;
        }
        if (list.takes_part(order[p])) {
          if (below.sum > 0) {
            visit(p, own(p) + below.log());
          }
          current.add(other(p));
        }
      }
    };
    log_sum all{0, 1};
    walk(0, true, up, down, [&](std::size_t, double z) { all.add(z); });
    double const value = all.log();
    if constexpr (List::wants_gradient) {
      auto const share = [&](std::size_t p, double slope, double z) {
        double const part = math::exp(z - value);
        g[order[p]] += static_cast<T>(slope * part);
        h[order[p]] += static_cast<T>(slope * slope * part);
      };
      walk(0, true, up, down, [&](std::size_t p, double z) { share(p, -gamma * pace_better(score(p)), z); });
      walk(count - 1, false, down, up, [&](std::size_t p, double z) { share(p, gamma * pace_worse(score(p)), z); });
      for (std::size_t p = 0; p < count; ++p) {
        T const slope = g[order[p]];
        h[order[p]] -= slope * slope;
      }
    }
    return value;
  }
};

} // namespace rankwise::inline RANKWISE_ABI::loss

#endif
