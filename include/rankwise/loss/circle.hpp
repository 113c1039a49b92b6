#ifndef RANKWISE_LOSS_CIRCLE_HPP
#define RANKWISE_LOSS_CIRCLE_HPP

#include <rankwise/exec/arrange.hpp>
#include <rankwise/loss/loss.hpp>
#include <rankwise/math/exp.hpp>
#include <rankwise/math/lse.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace rankwise::inline RANKWISE_ABI::loss {

/// Circle loss (Sun et al. 2020) over the pairs y_i > y_j of a list; scores are similarities in [-1, 1]:
///   L = log(1 + sum over pairs of e^(gamma (a_j (s_j - m) - a_i (s_i - (1 - m)))))
///   a_i = max(0, 1 + m - s_i),  a_j = max(0, s_j + m)
/// The paces a are constants to the derivatives, as in the paper. With z_ij the terms divided by 1 + their sum:
///   dL/ds_i = gamma (a_i' sum_j z_ji - a_i sum_j z_ij),   hessian: the true diagonal, paces held constant
struct circle {
  double gamma = 64;
  double margin = 0.25;

  using scratch = scratch_columns<6, 0>;
  using prepared_items = scratch_columns<0, 4>; // by label: items, classes, where they begin and end
  static constexpr bool in_groups = true;
  static constexpr bool reads_segments = true;

  struct constants {
    std::uint32_t items{};
    std::uint32_t one_segment{};
  };

  constexpr char const* fault() const {
    return gamma > 0 && rankwise::detail::finite_parameter(gamma) && rankwise::detail::finite_parameter(margin)
               ? nullptr
               : "the gamma (above 0) or margin (finite) of circle";
  }

  template <class List>
  RANKWISE_FN constants prepare_list(List const& list) const {
    using V = typename List::vector;
    std::uint32_t* const classes = list.template prepared_indices<1>();
    std::size_t const n = arrange(list, list.template prepared_indices<0>(), classes);
    class_bounds<V>(
        n, [&](std::size_t p) { return p == 0 || classes[p] != (classes[p - 1] & ~segment_start); },
        list.template prepared_indices<2>(), list.template prepared_indices<3>());
    std::uint32_t const segments = scan_places<V>(
        n, std::uint32_t{0}, [&](std::size_t p) { return (classes[p] & segment_start) != 0 ? 1u : 0u; }, plus{},
        [](std::size_t, std::uint32_t) {});
    return {static_cast<std::uint32_t>(n), segments == 1 ? 1u : 0u};
  }

  template <class List>
  RANKWISE_FN double operator()(List const& list) const {
    using V = typename List::vector;
    list.each([&](auto i) {
      list.template keep<0>(i, V(0));
      list.template keep<1>(i, V(0));
    });
    double total = 0;
    std::uint32_t const* const classes = list.template prepared_indices<1>();
    for (std::size_t p = 0; p < list.constants().items;) {
      std::size_t last = list.constants().one_segment != 0 ? list.constants().items : p + 1;
      while (last < list.constants().items && (classes[last] & segment_start) == 0) {
        ++last;
      }
      total += segment(list, p, last);
      p = last;
    }
    if constexpr (List::wants_gradient) {
      list.each([&](auto i) {
        list.gradient(i, list.template kept<0>(i));
        list.hessian(i, list.template kept<1>(i));
      });
    }
    // Derivatives are in the type of the scores: where the loss does not fit it, the list is flagged.
    auto const fits = static_cast<typename List::scalar>(total);
    return fits - fits == typename List::scalar(0) ? total : math::ops<double>::infinity;
  }

  RANKWISE_LOSS_CALLS

private:
  using log_sum = math::log_sum<double>;

  /// Sums over pairs factor: what the better item adds times what the worse ones add, taken class by class.
  template <class List>
  RANKWISE_FN double segment(List const& list, std::size_t begin, std::size_t end) const {
    using V = typename List::vector;
    using T = typename List::scalar;
    std::uint32_t const* const order = list.template prepared_indices<0>();
    std::uint32_t const* const first = list.template prepared_indices<2>();
    std::uint32_t const* const behind = list.template prepared_indices<3>();
    auto const score = [&](std::size_t p) { return static_cast<double>(list.score_of(order[p])); };
    auto const pace_better = [&](double s) { return s < 1 + margin ? 1 + margin - s : 0.0; };
    auto const pace_worse = [&](double s) { return s > -margin ? s + margin : 0.0; };
    auto const up = [&](std::size_t p) { return -gamma * pace_better(score(p)) * (score(p) - (1 - margin)); };
    auto const down = [&](std::size_t p) { return gamma * pace_worse(score(p)) * (score(p) - margin); };
    auto const together = [](log_sum a, log_sum b) {
      a.merge(b);
      return a;
    };
    // Logarithms of sums over the classes up to a place, kept where the last of them ends or the first begins.
    rankwise::detail::wide_column<T> const downs{list.template values<2>(), list.template values<3>()};
    rankwise::detail::wide_column<T> const ups{list.template values<4>(), list.template values<5>()};
    auto const below = [&](std::size_t p) {
      return first[p] == begin ? -math::ops<double>::infinity : downs[first[p] - 1];
    };
    auto const above = [&](std::size_t p) { return behind[p] == end ? -math::ops<double>::infinity : ups[behind[p]]; };
    auto const sums = [&]<bool Backwards>(std::bool_constant<Backwards>, auto x, auto visit) {
      return scan_places<V, Backwards>(
          end - begin, log_sum{},
          [&](std::size_t k) {
            return list.takes_part(order[begin + k]) ? log_sum{x(begin + k), 1} : log_sum{};
          },
          together, [&](std::size_t k, log_sum const& upto) { visit(begin + k, upto); });
    };
    sums(std::false_type{}, down, [&](std::size_t p, log_sum const& upto) {
      if (p + 1 == behind[p]) {
        downs.set(p, upto.value());
      }
    });
    log_sum all = sums(
        std::false_type{}, [&](std::size_t p) { return up(p) + below(p); }, [](std::size_t, log_sum const&) {});
    all.push(0);
    double const value = all.value();
    if constexpr (List::wants_gradient) {
      sums(std::true_type{}, up, [&](std::size_t p, log_sum const& upto) {
        if (p == first[p]) {
          ups.set(p, upto.value());
        }
      });
      each_place<V>(end - begin, [&](std::size_t k) {
        std::size_t const p = begin + k;
        if (!list.takes_part(order[p])) {
          return;
        }
        double const as_better = -gamma * pace_better(score(p));
        double const as_worse = gamma * pace_worse(score(p));
        double const better = math::exp(up(p) + below(p) - value);
        double const worse = math::exp(down(p) + above(p) - value);
        double const slope = as_better * better + as_worse * worse;
        list.template values<0>()[order[p]] = static_cast<T>(slope);
        list.template values<1>()[order[p]] =
            static_cast<T>(as_better * as_better * better + as_worse * as_worse * worse - slope * slope);
      });
    }
    return value;
  }
};

} // namespace rankwise::inline RANKWISE_ABI::loss

#endif
