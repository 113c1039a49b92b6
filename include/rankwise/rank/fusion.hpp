#ifndef RANKWISE_RANK_FUSION_HPP
#define RANKWISE_RANK_FUSION_HPP

#include <rankwise/core/policy.hpp>
#include <rankwise/core/storage.hpp>
#include <rankwise/exec/group.hpp>
#include <rankwise/exec/scores_pass.hpp>
#include <rankwise/math/log.hpp>
#include <rankwise/math/value.hpp>
#include <rankwise/rank/ranking.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

/// One ranking from several: every run is a column of scores over the same items, and an item that a run has not found
/// has a score of minus infinity there.
namespace rankwise::inline RANKWISE_ABI {

namespace detail {

/// The sum of f(r) over the places r < n, in their order; where lanes are threads, they share the places.
template <class V, class F>
RANKWISE_FN double sum_of_places(std::size_t n, F f) {
  double sum = 0;
  if constexpr (!is_shared<V>) {
    for (std::size_t r = 0; r < n; ++r) {
      sum += f(r);
    }
  } else {
    using group = typename math::ops<V>::group;
    for (std::size_t r = group::lane(); r < n; r += group::size) {
      sum += f(r);
    }
  }
  return sum_of_threads<V>(sum);
}

} // namespace detail

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
  RANKWISE_FN auto of(Ranking const& ranking) const {
    return [&ranking](std::size_t r) { return static_cast<double>(ranking.score(r)); };
  }
};

/// From 0 for the worst item that the run has found to 1 for the best; 0 where all are equal.
struct min_max {
  template <class Ranking>
  RANKWISE_FN auto of(Ranking const& ranking) const {
    spread const worth =
        between(static_cast<double>(ranking.score(ranking.size() - 1)), static_cast<double>(ranking.score(0)));
    return [&ranking, worth](std::size_t r) { return worth(static_cast<double>(ranking.score(r))); };
  }

  /// The same by scores: nobody needs their order.
  struct spread {
    double scale;
    double low;
    double width;

    RANKWISE_FN double operator()(double score) const { return width > 0 ? (score * scale - low) / width : 0; }
  };
  RANKWISE_FN static spread between(double low, double high) {
    double const scale = math::scale_of_span(low, high);
    return {scale, low * scale, high * scale - low * scale};
  }
  /// Brings the width of the scores to where it and its square are numbers.
  template <class Ranking>
  RANKWISE_FN static double scale_of(Ranking const& ranking) {
    return math::scale_of_span(static_cast<double>(ranking.score(ranking.size() - 1)),
                               static_cast<double>(ranking.score(0)));
  }
};

/// Mean 0 and variance 1 over what the run has found; 0 where all are equal.
struct z_score {
  template <class Ranking>
  RANKWISE_FN auto of(Ranking const& ranking) const {
    using V = typename Ranking::vector;
    double const n = static_cast<double>(ranking.size());
    double const scale = min_max::scale_of(ranking);
    double const top = static_cast<double>(ranking.score(0)) * scale; // what all scores share would take their digits
    auto const scaled = [&ranking, scale, top](std::size_t r) {
      return static_cast<double>(ranking.score(r)) * scale - top;
    };
    double const mean = detail::sum_of_places<V>(ranking.size(), [&](std::size_t r) { return scaled(r) / n; });
    double const variance = detail::sum_of_places<V>(ranking.size(), [&](std::size_t r) {
      double const off = scaled(r) - mean;
      return off * off / n;
    });
    double const deviation = ranking.score(0) == ranking.score(ranking.size() - 1) ? 0 : math::sqrt(variance);
    return [scaled, mean, deviation](std::size_t r) { return deviation > 0 ? (scaled(r) - mean) / deviation : 0; };
  }
};

/// 1 / (r + 1)^2 for rank r.
struct inverse_square_rank {
  template <class Ranking>
  RANKWISE_FN auto of(Ranking const&) const {
    return [](std::size_t r) { return 1 / ((static_cast<double>(r) + 1) * (static_cast<double>(r) + 1)); };
  }
};

// What becomes of the points of an item, one of each run that has found it.

struct sum {
  RANKWISE_FN double operator()(double const* points, std::size_t count) const {
    double total = 0;
    for (std::size_t k = 0; k < count; ++k) {
      total += points[k];
    }
    return total;
  }
};
/// The sum times the number of runs that have found the item.
struct sum_times_runs {
  RANKWISE_FN double operator()(double const* points, std::size_t count) const {
    return sum{}(points, count) * static_cast<double>(count);
  }
};
/// The sum times the logarithm of that number: 0 for what one run alone has found.
struct sum_times_log_runs {
  RANKWISE_FN double operator()(double const* points, std::size_t count) const {
    return sum{}(points, count) * math::log(static_cast<double>(count));
  }
};
struct mean {
  RANKWISE_FN double operator()(double const* points, std::size_t count) const {
    return sum{}(points, count) / static_cast<double>(count);
  }
};
/// Of an even number the mean of the two in the middle.
struct median {
  RANKWISE_FN double operator()(double* points, std::size_t count) const {
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
  RANKWISE_FN double operator()(double const* points, std::size_t count) const {
    double most = points[0];
    for (std::size_t k = 1; k < count; ++k) {
      most = points[k] > most ? points[k] : most;
    }
    return most;
  }
};
struct smallest {
  RANKWISE_FN double operator()(double const* points, std::size_t count) const {
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

/// Adds what a method gives the places of one run, and in the same lists whoever has none. Its values count the lists
/// that it has seen.
template <class Method, class To>
struct places_formula {
  using scratch = rank::ranking_scratch;
  static constexpr bool in_groups = true;
  Method method;
  To to;
  column<std::uint8_t, To::where> seen; ///< per list

  template <class Executor, class Lists>
  void start(Executor executor, Lists const&) const {
    executor.template for_each_item<double>(seen.size(), set_all<column<std::uint8_t, To::where>>{seen, 0});
  }

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    using V = typename List::vector;
    using U = typename To::value_type;
    std::size_t const first = list.first();
    std::size_t const items = list.size();
    std::size_t const ranked = rank::order_items<ties::stable>(list);
    std::uint32_t const* const item = list.template indices<0>();
    each_place<V>(ranked, [&](std::size_t r) { to[first + item[r]] += static_cast<U>(method.found(r, items)); });
    if (ranked != items) {
      each_place<V>(items, [&](std::size_t i) {
        if (!list.takes_part(i)) {
          to[first + i] += static_cast<U>(method.missing(ranked, items));
        }
      });
    }
    once<V>([&] { seen[list.number()] = 1; });
    return typename List::scalar(1);
  }
};

/// The same for lists in which a run counts as if it had found nothing.
template <class Method, class To>
struct no_places_formula {
  static constexpr bool in_groups = true;
  Method method;
  To to;
  column<std::uint8_t, To::where> seen;

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    using U = typename To::value_type;
    if (seen[list.number()] == 0) {
      each_place<typename List::vector>(
          list.size(), [&](std::size_t i) { to[list.first() + i] += static_cast<U>(method.missing(0, list.size())); });
    }
    return typename List::scalar(0);
  }
};

/// What one run says of the items that it has found, behind what earlier runs say of them.
template <class Points>
struct points_formula {
  using scratch = rank::ranking_scratch;
  static constexpr bool in_groups = true;
  Points points;
  double* to; ///< `runs` for each item
  std::uint32_t* count;
  std::size_t runs;

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    if constexpr (std::is_same_v<Points, fusion::min_max>) {
      spread_out(list);
    } else {
      by_rank(list);
    }
    return typename List::scalar(0);
  }

private:
  RANKWISE_FN void add(std::size_t item, double worth) const { to[item * runs + count[item]++] = worth; }

  template <class List>
  RANKWISE_FN void spread_out(List const& list) const {
    using V = typename List::vector;
    using T = typename List::scalar;
    T const most = list.max([&](auto i) { return list.score(i); });
    T const least = T(0) - list.max([&](auto i) { return -list.score(i); }); // never -0
    auto const worth = Points::between(static_cast<double>(least), static_cast<double>(most));
    each_place<V>(list.size(), [&](std::size_t i) {
      if (list.takes_part(i)) {
        add(list.first() + i, worth(static_cast<double>(list.score_of(i))));
      }
    });
  }
  template <class List>
  RANKWISE_FN void by_rank(List const& list) const {
    using V = typename List::vector;
    std::size_t const ranked = rank::order_items<ties::stable>(list);
    auto* const labels = list.template values<0>();
    each_place<V>(ranked, [&](std::size_t r) { labels[r] = 0; }); // there are none; a method may look at them
    rank::ranking<List> const ranking(list, ranked);
    auto const worth = points.of(ranking);
    each_place<V>(ranked, [&](std::size_t r) { add(list.first() + ranking.item(r), worth(r)); });
  }
};

/// The points of every item as one number.
template <class Together, class To>
struct put_together {
  Together together;
  double* points;
  std::uint32_t const* count;
  std::size_t runs;
  To to;

  template <class Index>
  RANKWISE_FN void operator()(Index i) const {
    using U = typename To::value_type;
    for (std::size_t at = i.first; at < i.first + i.live(); ++at) {
      to[at] = count[at] == 0 ? -math::ops<U>::infinity : static_cast<U>(together(points + at * runs, count[at]));
    }
  }
};

/// Calls f with memory that the executor's kernels reach, while other calls work in the workspace.
template <class Executor, class F>
void beside_workspace(Executor executor, std::size_t bytes, workspace& memory, F const& f) {
  if constexpr (Executor::where == memory::host) {
    storage<std::byte> own;
    own.resize(bytes);
    f(own.data());
  } else {
    executor.with_memory(bytes, &memory, f, 1);
  }
}

/// The sum of what a method gives a rank, or whoever was not found.
template <class Executor, class Method, class Groups, class To, class... Runs>
status fuse_ranks(Executor executor, Method const& method, Groups const& groups, To const& to, workspace& memory,
                  Runs const&... runs) {
  using U = typename To::value_type;
  std::size_t const count = lists_in(groups).size();
  status told; // the first complaint; the other runs are added all the same
  executor.template for_each_item<double>(to.size(), set_all<To>{to, U(0)});
  beside_workspace(executor, count, memory, [&](std::byte* at) {
    column<std::uint8_t, To::where> const seen{reinterpret_cast<std::uint8_t*>(at), count};
    auto const add = [&](auto const& run) {
      status said;
      pass_total const total = run_scores(executor, places_formula<Method, To>{method, to, seen}, run, "a run", groups,
                                          {.errors = said}, &memory);
      if (total.ran && total.value != static_cast<double>(count)) { // or left on the device
        zeros<float, To::where> const everybody{to.size()};         // scores that every list with items has
        status none;
        run_scores(executor, no_places_formula<Method, To>{method, to, seen}, everybody, "a run", groups,
                   {.errors = none}, &memory);
      }
      told = told.ok() ? said : told;
    };
    (add(runs), ...);
  });
  return told;
}

/// Points of all runs first, side by side for every item, then one number of them.
template <class Executor, class Method, class Groups, class To, class... Runs>
status fuse_points(Executor executor, Method const& method, Groups const& groups, To const& to, workspace& memory,
                   Runs const&... runs) {
  constexpr std::size_t most = sizeof...(Runs);
  using points_type = std::remove_cvref_t<decltype(method.points)>;
  using together_type = std::remove_cvref_t<decltype(method.together)>;
  std::size_t const items = to.size();
  std::size_t const points_bytes = items * most * sizeof(double);
  status told;
  beside_workspace(executor, points_bytes + items * sizeof(std::uint32_t), memory, [&](std::byte* at) {
    auto* const points = reinterpret_cast<double*>(at);
    auto* const count = reinterpret_cast<std::uint32_t*>(at + points_bytes);
    using counts = column<std::uint32_t, To::where>;
    executor.template for_each_item<double>(items, set_all<counts>{{count, items}, 0});
    auto const add = [&](auto const& run) {
      status said;
      run_scores(executor, points_formula<points_type>{method.points, points, count, most}, run, "a run", groups,
                 {.errors = said}, &memory);
      told = told.ok() ? said : told;
    };
    (add(runs), ...);
    executor.template for_each_item<double>(items,
                                            put_together<together_type, To>{method.together, points, count, most, to});
  });
  return told;
}

template <class Executor, class Method, class Groups, class Output, class... Runs>
void fuse_on(Executor executor, Method const& method, Groups const& groups, Output& fused, workspace& memory,
             options const& opts, Runs const&... runs) {
  static_assert(sizeof...(Runs) > 0, "[rankwise] fuse(method, lists, output, runs...) needs at least one run");
  auto const to = as_column(fused);
  using column_type = std::remove_const_t<decltype(to)>;
  using U = typename column_type::value_type;
  on_error const& errors = opts.errors;
  constexpr bool combines = requires {
    method.together;
  };
  static_assert(column_type::where == Executor::where && ((memory_of<Runs const> == Executor::where) && ...),
                "[rankwise] fused scores and runs are in the memory of the executor");
  static_assert(!std::is_integral_v<U>, "[rankwise] fused scores are float or double: integers cut them off");
  static_assert(!combines || std::is_floating_point_v<U> || std::is_integral_v<U>,
                "[rankwise] fused scores of combinations are float or double");
  std::size_t const items = lists_in(groups).items();
  if (!check_options(opts, false) || !check_parameters(fault_of(method), errors) ||
      !check_output(to, "the fused scores", items, errors) ||
      !(check_size(as_column(runs), "a run", items, errors) && ...) ||
      !(check_apart(to, as_column(runs), "the fused scores", errors) && ...) ||
      !check_length<places_formula<Method, column_type>>(lists_in(groups), errors)) {
    return;
  }
  if constexpr (combines) {
    passed(fuse_points(executor, method, groups, to, memory, runs...), errors);
  } else {
    passed(fuse_ranks(executor, method, groups, to, memory, runs...), errors);
  }
}

} // namespace detail

/// `fuse([executor,] fusion::reciprocal_rank{}, lists, fused [, workspace] [, options], run_a, run_b, run_c)`, the
/// workspace after an executor: fused scores, the greater the better. Of the options it takes the error policy. A run
/// whose list has a number that is not finite counts as if it had found nothing there, and is reported.
template <class Method, detail::holds_lists Groups, class Output, class... Runs, class Isa = arch::native>
  requires(!executor<Method>)
void fuse(Method const& method, Groups const& groups, Output&& fused, options const& opts, Runs const&... runs) {
  workspace own;
  detail::fuse_on(executor_for<Output, Runs const...>{}, method, groups, fused, own, opts, runs...);
}
template <class Method, detail::holds_lists Groups, class Output, class... Runs, class Isa = arch::native>
  requires(!executor<Method>)
void fuse(Method const& method, Groups const& groups, Output&& fused, Runs const&... runs) {
  fuse(method, groups, fused, options{}, runs...);
}
template <executor Executor, class Method, detail::holds_lists Groups, class Output, class... Runs>
void fuse(Executor where, Method const& method, Groups const& groups, Output&& fused, workspace& memory,
          options const& opts, Runs const&... runs) {
  detail::fuse_on(where, method, groups, fused, memory, opts, runs...);
}
template <executor Executor, class Method, detail::holds_lists Groups, class Output, class... Runs>
void fuse(Executor where, Method const& method, Groups const& groups, Output&& fused, workspace& memory,
          Runs const&... runs) {
  detail::fuse_on(where, method, groups, fused, memory, {}, runs...);
}
template <executor Executor, class Method, detail::holds_lists Groups, class Output, class... Runs>
void fuse(Executor where, Method const& method, Groups const& groups, Output&& fused, options const& opts,
          Runs const&... runs) {
  workspace own;
  detail::fuse_on(where, method, groups, fused, own, opts, runs...);
}
template <executor Executor, class Method, detail::holds_lists Groups, class Output, class... Runs>
void fuse(Executor where, Method const& method, Groups const& groups, Output&& fused, Runs const&... runs) {
  workspace own;
  detail::fuse_on(where, method, groups, fused, own, {}, runs...);
}

} // namespace rankwise::inline RANKWISE_ABI

#endif
