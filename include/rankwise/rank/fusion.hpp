#ifndef RANKWISE_RANK_FUSION_HPP
#define RANKWISE_RANK_FUSION_HPP

#include <rankwise/core/policy.hpp>
#include <rankwise/math/log.hpp>
#include <rankwise/math/value.hpp>
#include <rankwise/rank/ranks.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

/// One ranking from several: every run is a column of scores over the same items, and an item that a run has not found
/// has a score of minus infinity there.
namespace rankwise::inline RANKWISE_ABI {

namespace fusion {

/// Reciprocal rank fusion (Cormack, Clarke and Büttcher 2009): 1 / (k + r + 1) for rank r, 0 for whoever was not found.
struct reciprocal_rank {
  double k = 60;
  constexpr char const* fault() const {
    return k > -1 && detail::finite_parameter(k) ? nullptr : "k of reciprocal rank fusion (more than -1)";
  }
  RANKWISE_FN double found(std::size_t rank, std::size_t) const { return 1 / (k + static_cast<double>(rank) + 1); }
  RANKWISE_FN double missing(std::size_t, std::size_t) const { return 0; }
};

/// Borda count (Aslam and Montague 2001): n - r points for rank r among n items; whoever was not found shares the
/// points that are left.
struct borda {
  RANKWISE_FN double found(std::size_t rank, std::size_t items) const { return static_cast<double>(items - rank); }
  RANKWISE_FN double missing(std::size_t ranked, std::size_t items) const {
    return (static_cast<double>(items - ranked) + 1) / 2; // the mean of 1 ... items - ranked
  }
};

// What an item that a run has found is worth there: points of a ranking, by rank.

/// The scores themselves: for runs on one scale.
struct score_itself {
  template <class Ranking>
  RANKWISE_HOST_FN auto of(Ranking const& ranking) const {
    return [&ranking](std::size_t r) { return static_cast<double>(ranking.score(r)); };
  }
};

/// From 0 for the worst item that the run has found to 1 for the best; 0 where all are equal.
struct min_max {
  template <class Ranking>
  RANKWISE_HOST_FN auto of(Ranking const& ranking) const {
    double const scale = scale_of(ranking);
    double const low = static_cast<double>(ranking.score(ranking.size() - 1)) * scale;
    double const width = static_cast<double>(ranking.score(0)) * scale - low;
    return [&ranking, scale, low, width](std::size_t r) {
      return width > 0 ? (static_cast<double>(ranking.score(r)) * scale - low) / width : 0;
    };
  }
  /// Brings the width of the scores to where it and its square are numbers.
  template <class Ranking>
  RANKWISE_HOST_FN static double scale_of(Ranking const& ranking) {
    return math::scale_of_span(static_cast<double>(ranking.score(ranking.size() - 1)),
                               static_cast<double>(ranking.score(0)));
  }
};

/// Mean 0 and variance 1 over what the run has found; 0 where all are equal.
struct z_score {
  template <class Ranking>
  RANKWISE_HOST_FN auto of(Ranking const& ranking) const {
    double const n = static_cast<double>(ranking.size());
    double const scale = min_max::scale_of(ranking);
    double mean = 0;
    for (std::size_t r = 0; r < ranking.size(); ++r) {
      mean += static_cast<double>(ranking.score(r)) * scale / n;
    }
    double variance = 0;
    for (std::size_t r = 0; r < ranking.size(); ++r) {
      double const off = static_cast<double>(ranking.score(r)) * scale - mean;
      variance += off * off / n;
    }
    double const deviation = ranking.score(0) == ranking.score(ranking.size() - 1) ? 0 : math::sqrt(variance);
    return [&ranking, scale, mean, deviation](std::size_t r) {
      return deviation > 0 ? (static_cast<double>(ranking.score(r)) * scale - mean) / deviation : 0;
    };
  }
};

/// 1 / (r + 1)^2 for rank r.
struct inverse_square_rank {
  template <class Ranking>
  RANKWISE_HOST_FN auto of(Ranking const&) const {
    return [](std::size_t r) { return 1 / ((static_cast<double>(r) + 1) * (static_cast<double>(r) + 1)); };
  }
};

// What becomes of the points of an item, one of each run that has found it.

struct sum {
  RANKWISE_HOST_FN double operator()(double const* points, std::size_t count) const {
    double total = 0;
    for (std::size_t k = 0; k < count; ++k) {
      total += points[k];
    }
    return total;
  }
};
/// The sum times the number of runs that have found the item.
struct sum_times_runs {
  RANKWISE_HOST_FN double operator()(double const* points, std::size_t count) const {
    return sum{}(points, count) * static_cast<double>(count);
  }
};
/// The sum times the logarithm of that number: 0 for what one run alone has found.
struct sum_times_log_runs {
  RANKWISE_HOST_FN double operator()(double const* points, std::size_t count) const {
    return sum{}(points, count) * math::log(static_cast<double>(count));
  }
};
struct mean {
  RANKWISE_HOST_FN double operator()(double const* points, std::size_t count) const {
    return sum{}(points, count) / static_cast<double>(count);
  }
};
/// Of an even number the mean of the two in the middle.
struct median {
  RANKWISE_HOST_FN double operator()(double* points, std::size_t count) const {
    for (std::size_t k = 1; k < count; ++k) {
      double const held = points[k];
      std::size_t at = k;
      for (; at != 0 && points[at - 1] > held; --at) {
        points[at] = points[at - 1];
      }
      points[at] = held;
    }
    return (points[(count - 1) / 2] + points[count / 2]) / 2;
  }
};
struct largest {
  RANKWISE_HOST_FN double operator()(double const* points, std::size_t count) const {
    double most = points[0];
    for (std::size_t k = 1; k < count; ++k) {
      most = points[k] > most ? points[k] : most;
    }
    return most;
  }
};
struct smallest {
  RANKWISE_HOST_FN double operator()(double const* points, std::size_t count) const {
    double least = points[0];
    for (std::size_t k = 1; k < count; ++k) {
      least = points[k] < least ? points[k] : least;
    }
    return least;
  }
};

/// Points of every run that has found the item, put together: minus infinity for whoever no run has found.
template <class Points, class Together>
struct combination {
  Points points{};
  Together together{};
};

/// CombSUM, CombMNZ, CombANZ, CombMED, CombMAX, CombMIN (Fox and Shaw 1993); `Points` says how scores are made
/// comparable.
template <class Points = min_max>
using comb_sum = combination<Points, sum>;
template <class Points = min_max>
using comb_mnz = combination<Points, sum_times_runs>;
template <class Points = min_max>
using comb_anz = combination<Points, mean>;
template <class Points = min_max>
using comb_med = combination<Points, median>;
template <class Points = min_max>
using comb_max = combination<Points, largest>;
template <class Points = min_max>
using comb_min = combination<Points, smallest>;

/// Inverse square rank (Mourao, Martins and Magalhaes 2015), and its form with the logarithm.
using inverse_square = combination<inverse_square_rank, sum_times_runs>;
using log_inverse_square = combination<inverse_square_rank, sum_times_log_runs>;

} // namespace fusion

namespace detail {

/// The sum of what a method gives a rank, or whoever was not found.
template <class Isa, class Method, class Offset, class Output, class... Runs>
status fuse_ranks(Method const& method, lists<Offset> const& groups, Output const& to, Runs const&... runs) {
  using U = typename Output::value_type;
  for (std::size_t i = 0; i < to.size(); ++i) {
    to[i] = U(0);
  }
  status told; // the first complaint; the other runs are added all the same
  storage<std::uint8_t> here;
  here.resize(groups.longest());
  auto const add = [&](auto const& run) {
    storage<std::uint8_t> done;
    done.resize(groups.size());
    status said;
    each_ranking<ties::stable>(
        executor_for<decltype(run)>{}, run, "a run", groups, {.errors = said}, [&](auto const& ranking) {
          auto const& list = ranking.list();
          done[list.number()] = 1;
          for (std::size_t i = 0; i < list.size(); ++i) {
            here[i] = 0;
          }
          for (std::size_t r = 0; r < ranking.size(); ++r) {
            here[ranking.item(r)] = 1;
            to[list.first() + ranking.item(r)] += static_cast<U>(method.found(r, list.size()));
          }
          for (std::size_t i = 0; i < list.size(); ++i) {
            to[list.first() + i] += here[i] != 0 ? U(0) : static_cast<U>(method.missing(ranking.size(), list.size()));
          }
        });
    told = told.ok() ? said : told;
    for (std::size_t l = 0; l < groups.size(); ++l) {
      for (std::size_t i = groups.begin_of(l); done[l] == 0 && i < groups.end_of(l); ++i) {
        to[i] += static_cast<U>(method.missing(0, groups.size_of(l)));
      }
    }
  };
  (add(runs), ...);
  return told;
}

/// Points of all runs first, side by side for every item, then one number of them.
template <class Isa, class Method, class Offset, class Output, class... Runs>
status fuse_points(Method const& method, lists<Offset> const& groups, Output const& to, Runs const&... runs) {
  using U = typename Output::value_type;
  constexpr std::size_t most = sizeof...(Runs);
  status told;
  storage<double> points;
  storage<std::uint32_t> count;
  points.resize(to.size() * most);
  count.resize(to.size());
  auto const add = [&](auto const& run) {
    status said;
    each_ranking<ties::stable>(executor_for<decltype(run)>{}, run, "a run", groups, {.errors = said},
                               [&](auto const& ranking) {
                                 auto const worth = method.points.of(ranking);
                                 for (std::size_t r = 0; r < ranking.size(); ++r) {
                                   std::size_t const i = ranking.list().first() + ranking.item(r);
                                   points[i * most + count[i]++] = worth(r);
                                 }
                               });
    told = told.ok() ? said : told;
  };
  (add(runs), ...);
  for (std::size_t i = 0; i < to.size(); ++i) {
    to[i] =
        count[i] == 0 ? -math::ops<U>::infinity : static_cast<U>(method.together(points.data() + i * most, count[i]));
  }
  return told;
}

} // namespace detail

/// `fuse(fusion::reciprocal_rank{}, lists, fused, run_a, run_b, run_c)`: fused scores, the greater the better. A run
/// whose list has a number that is not finite counts as if it had found nothing there, and is reported.
template <class Method, class Offset, class Output, class... Runs, class Isa = arch::native>
void fuse(Method const& method, lists<Offset> const& groups, Output&& fused, Runs const&... runs) {
  static_assert(sizeof...(Runs) > 0, "[rankwise] fuse(method, lists, output, runs...) needs at least one run");
  auto const to = as_column(fused);
  using U = typename decltype(to)::value_type;
  on_error const errors;
  constexpr bool combines = requires {
    method.together;
  };
  static_assert(!std::is_integral_v<U>, "[rankwise] fused scores are float or double: integers cut them off");
  static_assert(!combines || std::is_floating_point_v<U> || std::is_integral_v<U>,
                "[rankwise] fused scores of combinations are float or double");
  if (!detail::check_parameters(fault_of(method), errors) ||
      !detail::check_size(to, "the fused scores", groups.items(), errors) ||
      !(detail::check_size(as_column(runs), "a run", groups.items(), errors) && ...) ||
      !(detail::check_apart(to, as_column(runs), "the fused scores", errors) && ...)) {
    return;
  }
  if constexpr (combines) {
    detail::passed(detail::fuse_points<Isa>(method, groups, to, runs...), errors);
  } else {
    detail::passed(detail::fuse_ranks<Isa>(method, groups, to, runs...), errors);
  }
}

} // namespace rankwise::inline RANKWISE_ABI

#endif
