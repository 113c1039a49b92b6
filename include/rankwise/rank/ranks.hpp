#ifndef RANKWISE_RANK_RANKS_HPP
#define RANKWISE_RANK_RANKS_HPP

#include <rankwise/core/storage.hpp>
#include <rankwise/exec/arrange.hpp>
#include <rankwise/exec/scores_pass.hpp>
#include <rankwise/rank/ranking.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

/// Whole columns of ranks, tiers before scores, and a call for every ranked list: what interleaving is made of.
namespace rankwise::inline RANKWISE_ABI {

namespace detail {

template <class Ties, class F>
struct each_ranking_formula {
  using scratch = rank::ranking_scratch;
  F const* f;

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    (*f)(rank::order<Ties>(list));
    return typename List::scalar(0);
  }
};

/// Labels are looked at by ties::pessimistic and optimistic alone; here are none.
template <class Ties>
inline constexpr bool needs_labels = std::is_same_v<Ties, ties::pessimistic> || std::is_same_v<Ties, ties::optimistic>;

/// Calls f(ranking) for every list with an item that takes part, in order. False where the call failed.
template <class Ties, class Executor, class Scores, class Offset, class F>
bool each_ranking(Executor executor, Scores const& scores, char const* argument, lists<Offset> const& groups,
                  options const& opts, F const& f) {
  static_assert(Executor::where == memory::host,
                "[rankwise] interleaving and what else is called for every ranking run on the host");
  static_assert(!needs_labels<Ties>, "[rankwise] there are no labels here: ties by id, by lot, expected or stable");
  using T = compute_type<value_of<Scores const>>;
  storage<T> labels; // the view reads them for the ranking
  labels.resize(groups.items());
  workspace own;
  return run_scores(executor, each_ranking_formula<Ties, F>{&f}, scores, argument, groups, opts, &own, address(labels))
      .ran;
}

/// Writes the place of every item that takes part.
template <class Ties, class To>
struct ranks_formula {
  using scratch = rank::ranking_scratch;
  static constexpr bool in_groups = true;
  To to;

  template <class Executor, class Lists>
  void start(Executor executor, Lists const&) const {
    executor.template for_each_item<double>(to.size(), set_all<To>{to, static_cast<typename To::value_type>(-1)});
  }

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    using V = typename List::vector;
    using U = typename To::value_type;
    std::size_t const first = list.first();
    std::size_t const count = rank::order_items<Ties>(list);
    std::uint32_t const* const item = list.template indices<0>();
    if constexpr (!std::is_same_v<Ties, ties::expected>) {
      each_place<V>(count, [&](std::size_t r) { to[first + item[r]] = static_cast<U>(r); });
    } else if constexpr (is_shared<V>) { // everybody finds the ends of a tie on his own
      each_place<V>(count, [&](std::size_t r) {
        auto const own = list.score_of(item[r]);
        auto const first_of = [&](auto before) {
          std::size_t low = 0;
          for (std::size_t high = count; low < high;) {
            std::size_t const at = low + (high - low) / 2;
            bool const earlier = before(list.score_of(item[at]));
            low = earlier ? at + 1 : low;
            high = earlier ? high : at;
          }
          return low;
        };
        std::size_t const begin = first_of([&](auto s) { return s > own; });
        std::size_t const end = first_of([&](auto s) { return s >= own; });
        to[first + item[r]] = mean_place<U>(begin, end);
      });
    } else {
      for (std::size_t begin = 0; begin < count;) {
        auto const own = list.score_of(item[begin]);
        std::size_t end = begin + 1;
        while (end < count && list.score_of(item[end]) == own) {
          ++end;
        }
        auto const mean = mean_place<U>(begin, end);
        for (; begin < end; ++begin) {
          to[first + item[begin]] = mean;
        }
      }
    }
    return typename List::scalar(0);
  }

private:
  template <class U>
  RANKWISE_FN static U mean_place(std::size_t begin, std::size_t end) {
    return static_cast<U>((static_cast<double>(begin) + static_cast<double>(end - 1)) / 2);
  }
};

template <class Ties, class Executor, class Scores, class Groups, class Output>
void ranks_on(Executor executor, Scores const& scores, Groups const& groups, Output& out, workspace& memory,
              options const& opts) {
  static_assert(!needs_labels<Ties>, "[rankwise] there are no labels here: ties by id, by lot, expected or stable");
  auto const to = as_column(out);
  using column_type = std::remove_const_t<decltype(to)>;
  using U = typename column_type::value_type;
  static_assert(column_type::where == Executor::where, "[rankwise] ranks are written in the memory of the executor");
  static_assert(!(std::is_same_v<Ties, ties::expected> && std::is_integral_v<U>),
                "[rankwise] mean places are no whole numbers: ranks<ties::expected> writes float or double");
  std::size_t const longest = lists_in(groups).longest();
  if (!check_output(to, "ranks", lists_in(groups).items(), opts.errors) ||
      !check_apart(to, as_column(scores), "ranks", opts.errors) || !check_apart(to, opts.mask, "ranks", opts.errors) ||
      !check_apart(to, opts.ids, "ranks", opts.errors) ||
      !check_integers<U>(longest == 0 ? 0 : longest - 1, true, "the last rank, for the output's integers,",
                         opts.errors)) {
    return;
  }
  run_scores(executor, ranks_formula<Ties, column_type>{to}, scores, "scores", groups, opts, &memory);
}

} // namespace detail

/// `ranks<ties::expected>([executor,] scores, lists, out [, workspace], {.mask = m})`: the place of every item in its
/// list, from 0. Equal scores keep the order of the list, or what `Ties` says; ties::expected gives all of them their
/// mean place. Items that do not take part, and those of lists with a number that is not finite, get -1. For lists that
/// come again there is `place_lists`.
template <class Ties = ties::stable, class Scores, detail::holds_lists Groups, class Output, class Isa = arch::native>
  requires(!executor<Scores>)
void ranks(Scores const& scores, Groups const& groups, Output&& out, options const& opts = {}) {
  workspace own;
  detail::ranks_on<Ties>(executor_for<Scores const>{}, scores, groups, out, own, opts);
}
template <class Ties = ties::stable, executor Executor, class Scores, detail::holds_lists Groups, class Output>
void ranks(Executor where, Scores const& scores, Groups const& groups, Output&& out, options const& opts = {}) {
  workspace own;
  detail::ranks_on<Ties>(where, scores, groups, out, own, opts);
}
template <class Ties = ties::stable, executor Executor, class Scores, detail::holds_lists Groups, class Output>
void ranks(Executor where, Scores const& scores, Groups const& groups, Output&& out, workspace& memory,
           options const& opts = {}) {
  detail::ranks_on<Ties>(where, scores, groups, out, memory, opts);
}

namespace detail {

/// Writes the order by score alone: n for the first item, n - 1 ...
template <class To>
struct by_score_formula {
  using scratch = rank::ranking_scratch;
  static constexpr bool in_groups = true;
  To to;

  template <class Executor, class Lists>
  void start(Executor executor, Lists const&) const {
    using U = typename To::value_type;
    executor.template for_each_item<double>(to.size(), set_all<To>{to, -math::ops<U>::infinity});
  }

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    using U = typename To::value_type;
    std::size_t const first = list.first();
    std::size_t const count = rank::order_items<ties::stable>(list);
    std::uint32_t const* const item = list.template indices<0>();
    each_place<typename List::vector>(count, [&](std::size_t r) { to[first + item[r]] = static_cast<U>(count - r); });
    return typename List::scalar(0);
  }
};

/// Reads that as scores, and puts tiers before it. A list with a tier that is not finite has no value.
template <class Tiers, class To>
struct by_tier_formula {
  using scratch = scratch_columns<0, 3>;
  static constexpr bool in_groups = true;
  Tiers tiers;
  To to;

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    using V = typename List::vector;
    using U = typename To::value_type;
    using T = typename List::scalar;
    std::size_t const first = list.first();
    std::uint32_t* const place = list.template indices<0>();
    std::uint32_t* const item = list.template indices<1>(); // by score
    std::size_t const count = collect_places<V>(list.size(), place, [&](std::size_t i) { return list.takes_part(i); });
    each_place<V>(count,
                  [&](std::size_t p) { item[count - static_cast<std::size_t>(list.score_of(place[p]))] = place[p]; });
    auto const tier = [&](std::size_t p) { return static_cast<double>(tiers[first + item[p]]); };
    std::size_t bad = 0;
    each_place<V>(count, [&](std::size_t p) {
      bad += tier(p) - tier(p) == 0 ? 0 : 1;
      place[p] = static_cast<std::uint32_t>(p);
    });
    if (sum_of_threads<V>(bad) != 0) {
      each_place<V>(count, [&](std::size_t p) { to[first + item[p]] = -math::ops<U>::infinity; });
      return math::ops<T>::quiet_nan;
    }
    auto const before = [&](std::uint32_t a, std::uint32_t b) {
      return tier(a) > tier(b) || (tier(a) == tier(b) && a < b);
    };
    if constexpr (is_shared<V>) {
      sort_in_group<V>(place, list.template indices<2>(), count, before);
    } else {
      rankwise::detail::merge_items(place, list.template indices<2>(), count, before);
    }
    each_place<V>(count, [&](std::size_t r) { to[first + item[place[r]]] = static_cast<U>(count - r); });
    return T(0);
  }
};

template <class Executor, class Tiers, class Scores, class Groups, class Output>
void tiers_on(Executor executor, Tiers const& tiers, Scores const& scores, Groups const& groups, Output& out,
              workspace& memory, options const& opts) {
  auto const t = as_column(tiers);
  auto const to = as_column(out);
  using tiers_type = std::remove_const_t<decltype(t)>;
  using column_type = std::remove_const_t<decltype(to)>;
  using U = typename column_type::value_type;
  static_assert(std::is_same_v<U, float> || std::is_same_v<U, double>,
                "[rankwise] tiers_then_scores writes float or double");
  static_assert(tiers_type::where == Executor::where && column_type::where == Executor::where,
                "[rankwise] tiers and what tiers_then_scores writes are in the memory of the executor");
  std::size_t const items = lists_in(groups).items();
  std::size_t const longest = lists_in(groups).longest();
  constexpr std::size_t most = std::size_t{1} << std::numeric_limits<U>::digits;
  if (!check_size(t, "tiers", items, opts.errors) || !check_size(to, "the output", items, opts.errors) ||
      !check_apart(to, as_column(scores), "the output", opts.errors) ||
      !check_apart(to, opts.mask, "the output", opts.errors) || !check_apart(to, opts.ids, "the output", opts.errors) ||
      !check_apart(to, t, "the output", opts.errors) ||
      !passed(longest <= most ? status{}
                              : status{errc::out_of_range, "the longest list, for the output's numbers,",
                                       status::nowhere, most, longest},
              opts.errors) ||
      !check_output(to, "the output", items, opts.errors)) {
    return;
  }
  status of_scores; // told when everything has been written
  status of_tiers;
  options given = opts;
  given.errors = of_scores;
  if (run_scores(executor, by_score_formula<column_type>{to}, scores, "scores", groups, given, &memory).ran) {
    run_scores(executor, by_tier_formula<tiers_type, column_type>{t, to}, to, "a tier", groups, {.errors = of_tiers},
               &memory);
  }
  for (status const& s : {of_scores, of_tiers}) {
    if (!s.ok()) {
      deliver(s, opts.errors);
    }
  }
}

} // namespace detail

/// `tiers_then_scores([executor,] tiers, scores, lists, out [, workspace], {.mask = m})`, the workspace after an
/// executor: scores that bring a list into tiers, the greater tier first, and order every tier by score: n for the
/// first item, n-1 for the next ... Equal tiers and scores keep the order of the list; items that do not take part get
/// minus infinity, which keeps them out of whatever reads the result.
template <class Tiers, class Scores, detail::holds_lists Groups, class Output, class Isa = arch::native>
  requires(!executor<Tiers>)
void tiers_then_scores(Tiers const& tiers, Scores const& scores, Groups const& groups, Output&& out,
                       options const& opts = {}) {
  workspace own;
  detail::tiers_on(executor_for<Scores const>{}, tiers, scores, groups, out, own, opts);
}
template <executor Executor, class Tiers, class Scores, detail::holds_lists Groups, class Output>
void tiers_then_scores(Executor where, Tiers const& tiers, Scores const& scores, Groups const& groups, Output&& out,
                       options const& opts = {}) {
  workspace own;
  detail::tiers_on(where, tiers, scores, groups, out, own, opts);
}
template <executor Executor, class Tiers, class Scores, detail::holds_lists Groups, class Output>
void tiers_then_scores(Executor where, Tiers const& tiers, Scores const& scores, Groups const& groups, Output&& out,
                       workspace& memory, options const& opts = {}) {
  detail::tiers_on(where, tiers, scores, groups, out, memory, opts);
}

} // namespace rankwise::inline RANKWISE_ABI

#endif
