#ifndef RANKWISE_RANK_RANKS_HPP
#define RANKWISE_RANK_RANKS_HPP

#include <rankwise/core/storage.hpp>
#include <rankwise/exec/run.hpp>
#include <rankwise/rank/ranking.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

/// Whole columns of ranks, and a call for every ranked list: what fusion, tiers and interleaving are made of.
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
  static_assert(Executor::where == memory::host, "[rankwise] ranks, fusion and interleaving run on the host");
  static_assert(!needs_labels<Ties>, "[rankwise] there are no labels here: ties by id, by lot, expected or stable");
  using formula = each_ranking_formula<Ties, F>;
  auto const s = as_column(scores);
  status const sizes = s.size() == groups.items()
                           ? status{}
                           : status{errc::offsets_overrun, argument, status::nowhere, groups.items(), s.size()};
  if (!passed(sizes, opts.errors) || !check_length<formula>(groups, opts.errors) ||
      !check_optional(opts.mask, "mask", s.size(), Executor::where, opts.errors) ||
      !check_optional(opts.ids, "ids", s.size(), Executor::where, opts.errors)) {
    return false;
  }
  storage<std::uint8_t> live;
  if (opts.mask.given()) {
    live.resize(s.size());
    convert_any<double>(executor, opts.mask, [&live](auto c, std::size_t first) {
      return convert_mask<decltype(c)>{c, live.data() + first};
    });
  }
  storage<std::uint64_t> ids;
  if (opts.ids.given()) {
    ids.resize(s.size());
    copy_ids(opts.ids, ids.data());
  }
  using T = compute_type<value_of<Scores const>>;
  using V = typename Executor::template vector<T>;
  using inputs = list_inputs<std::remove_const_t<decltype(s)>, T, no_constants>;
  storage<T> labels; // the view reads them for the ranking
  labels.resize(s.size());
  inputs in{s, labels.data(), nullptr, opts.mask.given() ? live.data() : nullptr, nullptr};
  in.ids = opts.ids.given() ? ids.data() : nullptr;
  list_pass<V, formula, lists<Offset>, inputs, list_outputs<>> const pass{{&f},    groups,  in,     {},
                                                                          nullptr, nullptr, nullptr};
  workspace own;
  pass_total const total = executor.for_each_list(groups, pass, &own, opts.errors);
  if (total.ran && total.flagged != 0) {
    deliver({errc::not_finite, argument, total.first_flagged, 0, total.flagged}, opts.errors);
  }
  return total.ran;
}

} // namespace detail

/// `ranks<ties::expected>(scores, lists, out, {.mask = m})`: the place of every item in its list, from 0. Equal scores
/// keep the order of the list, or what `Ties` says; ties::expected gives all of them their mean place. Items that do
/// not take part, and those of lists with a number that is not finite, get -1.
template <class Ties = ties::stable, class Scores, class Offset, class Output, class Isa = arch::native>
void ranks(Scores const& scores, lists<Offset> const& groups, Output&& out, options const& opts = {}) {
  auto const to = as_column(out);
  if (!detail::check_size(to, "ranks", groups.items(), opts.errors) ||
      !detail::check_apart(to, as_column(scores), "ranks", opts.errors)) {
    return;
  }
  using U = typename decltype(to)::value_type;
  static_assert(!(std::is_same_v<Ties, ties::expected> && std::is_integral_v<U>),
                "[rankwise] mean places are no whole numbers: ranks<ties::expected> writes float or double");
  for (std::size_t i = 0; i < to.size(); ++i) {
    to[i] = static_cast<U>(-1);
  }
  detail::each_ranking<Ties>(executor_for<Scores const>{}, scores, "scores", groups, opts, [&](auto const& ranking) {
    std::size_t const first = ranking.list().first();
    for (std::size_t r = 0; r < ranking.size(); ++r) {
      if constexpr (std::is_same_v<Ties, ties::expected>) {
        std::size_t const end = ranking.tie_end(r);
        auto const mean = static_cast<U>((static_cast<double>(r) + static_cast<double>(end - 1)) / 2);
        for (; r + 1 < end; ++r) {
          to[first + ranking.item(r)] = mean;
        }
        to[first + ranking.item(r)] = mean;
      } else {
        to[first + ranking.item(r)] = static_cast<U>(r);
      }
    }
  });
}

/// Scores that bring a list into tiers, the greater tier first, and order every tier by score: n for the first item,
/// n-1 for the next ... Equal tiers and scores keep the order of the list; items that do not take part get minus
/// infinity, which keeps them out of whatever reads the result.
template <class Tiers, class Scores, class Offset, class Output, class Isa = arch::native>
void tiers_then_scores(Tiers const& tiers, Scores const& scores, lists<Offset> const& groups, Output&& out,
                       options const& opts = {}) {
  auto const t = as_column(tiers);
  auto const to = as_column(out);
  using U = typename decltype(to)::value_type;
  static_assert(std::is_floating_point_v<U>, "[rankwise] tiers_then_scores writes float or double");
  if (!detail::check_size(t, "tiers", groups.items(), opts.errors) ||
      !detail::check_size(to, "the output", groups.items(), opts.errors) ||
      !detail::check_apart(to, as_column(scores), "the output", opts.errors) ||
      !detail::check_apart(to, t, "the output", opts.errors)) {
    return;
  }
  for (std::size_t i = 0; i < to.size(); ++i) {
    to[i] = -math::ops<U>::infinity;
  }
  storage<std::uint32_t> places;
  places.resize(groups.longest());
  std::size_t bad = status::nowhere;
  detail::each_ranking<ties::stable>(
      executor_for<Scores const>{}, scores, "scores", groups, opts, [&](auto const& ranking) {
        std::size_t const first = ranking.list().first();
        std::size_t const n = ranking.size();
        auto const tier = [&](std::uint32_t r) { return static_cast<double>(t[first + ranking.item(r)]); };
        for (std::size_t r = 0; r < n; ++r) {
          places[r] = static_cast<std::uint32_t>(r);
          if (!(tier(places[r]) - tier(places[r]) == 0)) {
            bad = bad < first + ranking.item(r) ? bad : first + ranking.item(r);
            return;
          }
        }
        rank::detail::sort_positions(places.data(), n, [&](std::uint32_t a, std::uint32_t b) {
          return tier(a) > tier(b) || (tier(a) == tier(b) && a < b);
        });
        for (std::size_t r = 0; r < n; ++r) {
          to[first + ranking.item(places[r])] = static_cast<U>(n - r);
        }
      });
  if (bad != status::nowhere) {
    detail::deliver({errc::not_finite, "a tier of an item; the list", bad, 0, 1}, opts.errors);
  }
}

} // namespace rankwise::inline RANKWISE_ABI

#endif
