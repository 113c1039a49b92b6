#ifndef RANKWISE_RANK_INTERLEAVE_HPP
#define RANKWISE_RANK_INTERLEAVE_HPP

#include <rankwise/core/random.hpp>
#include <rankwise/rank/ranks.hpp>

#include <cstddef>
#include <cstdint>

/// One page from two rankers, so that clicks say which is better. Coins come from a counter-based generator: the page
/// of a list depends on the seed and the list's number alone.
namespace rankwise::inline RANKWISE_ABI {

namespace interleave {

/// Team draft (Radlinski, Kurup and Joachims 2008): in every round both teams pick their best item that is still free;
/// a coin says who picks first.
struct team_draft {
  std::uint64_t seed = 0;
  RANKWISE_FN bool a_first(std::size_t list, std::size_t round) const {
    return (random_bits(seed, round, list) & 1u) != 0;
  }
  static constexpr bool by_rounds = true;
};

/// Balanced interleaving (Joachims 2002): one coin for the list says who is ahead by one; an item that both show at the
/// same depth belongs to whoever came first.
struct balanced {
  std::uint64_t seed = 0;
  RANKWISE_FN bool a_first(std::size_t list, std::size_t) const { return (random_bits(seed, 0, list) & 1u) != 0; }
  static constexpr bool by_rounds = false;
};

} // namespace interleave

namespace detail {

/// Whether a list without an order was reported, for NaN or +infinity; otherwise none of its items was found.
template <class Isa, class Scores, class Offset>
bool list_reported(Scores const& scores, lists<Offset> const& groups, std::size_t l) {
  for (std::size_t i = groups.begin_of(l); i < groups.end_of(l); ++i) {
    if (!(static_cast<double>(scores[i]) < math::ops<double>::infinity)) {
      return true;
    }
  }
  return false;
}

} // namespace detail

/// Writes the place of every item on the common page, from 0, and its team, 0 or 1: whose pick it was. Both are -1 for
/// items beyond `places`. Both rankers score the same items; an item with a score of minus infinity is not found by
/// that ranker.
template <class Method, class A, class B, class Offset, class Places, class Teams, class Isa = arch::native>
void interleaved(Method const& method, A const& a, B const& b, lists<Offset> const& groups, std::size_t places,
                 Places&& place_of, Teams&& team_of, on_error errors = {}) {
  auto const place = as_column(place_of);
  auto const team = as_column(team_of);
  using P = typename decltype(place)::value_type;
  using T = typename decltype(team)::value_type;
  std::size_t const items = groups.items();
  std::size_t const longest_page = groups.longest() < places ? groups.longest() : places;
  if (!detail::check_size(as_column(a), "the scores of the first ranker", items, errors) ||
      !detail::check_size(as_column(b), "the scores of the second ranker", items, errors) ||
      !detail::check_size(place, "the places", items, errors) ||
      !detail::check_size(team, "the teams", items, errors) ||
      !detail::check_apart(place, as_column(a), "the places", errors) ||
      !detail::check_apart(place, as_column(b), "the places", errors) ||
      !detail::check_apart(team, as_column(a), "the teams", errors) ||
      !detail::check_apart(team, as_column(b), "the teams", errors) ||
      !detail::check_apart(team, place, "the teams", errors) ||
      !detail::check_integers<P>(longest_page == 0 ? 0 : longest_page - 1, true,
                                 "the last place, for the output's integers,", errors) ||
      !detail::check_integers<T>(1, true, "a team, for the output's integers,", errors)) {
    return;
  }
  for (std::size_t i = 0; i < items; ++i) {
    place[i] = static_cast<P>(-1);
    team[i] = static_cast<T>(-1);
  }
  // Orders of both, by rank; counts per list.
  storage<std::uint32_t> order[2];
  storage<std::size_t> count[2];
  status told; // the first complaint; the other ranker is looked at all the same
  auto const collect = [&](auto const& scores, std::size_t which, char const* argument) {
    order[which].resize(items);
    count[which].resize(groups.size());
    status said;
    bool const ran = detail::each_ranking<ties::stable>(
        executor_for<decltype(scores)>{}, scores, argument, groups, {.errors = said}, [&](auto const& ranking) {
          count[which][ranking.list().number()] = ranking.size();
          for (std::size_t r = 0; r < ranking.size(); ++r) {
            order[which][ranking.list().first() + r] = static_cast<std::uint32_t>(ranking.item(r));
          }
        });
    told = told.ok() ? said : told;
    return ran;
  };
  bool const both = collect(a, 0, "the scores of the first ranker") && collect(b, 1, "the scores of the second ranker");
  if (!both) {
    detail::passed(told, errors);
    return;
  }
  // A list that was reported has no order: its page stays empty, or one ranker would get all of it, and all clicks.
  for (std::size_t l = 0; l < groups.size(); ++l) {
    if ((count[0][l] == 0 && detail::list_reported<Isa>(as_column(a), groups, l)) ||
        (count[1][l] == 0 && detail::list_reported<Isa>(as_column(b), groups, l))) {
      continue;
    }
    std::size_t const first = groups.begin_of(l);
    std::size_t next[2] = {0, 0};
    std::size_t shown = 0;
    // The next item of a ranker, whoever has shown it.
    auto const item = [&](std::size_t which) { return first + order[which][first + next[which]]; };
    auto const free = [&](std::size_t i) { return place[i] == static_cast<P>(-1); };
    auto const show = [&](std::size_t which) {
      place[item(which)] = static_cast<P>(shown++);
      team[item(which)] = static_cast<T>(which);
    };
    if constexpr (Method::by_rounds) {
      for (std::size_t round = 0; shown < places; ++round) {
        std::size_t const starts = method.a_first(l, round) ? 0 : 1;
        std::size_t const before = shown;
        for (std::size_t turn = 0; turn < 2 && shown < places; ++turn) {
          std::size_t const which = turn == 0 ? starts : 1 - starts;
          while (next[which] < count[which][l] && !free(item(which))) {
            ++next[which];
          }
          if (next[which] < count[which][l]) {
            show(which);
          }
        }
        if (shown == before) {
          break;
        }
      }
    } else {
      bool const a_first = method.a_first(l, 0);
      while (shown < places && (next[0] < count[0][l] || next[1] < count[1][l])) {
        bool const a_left = next[0] < count[0][l];
        bool const b_left = next[1] < count[1][l];
        bool const takes_a = a_left && (!b_left || next[0] < next[1] || (next[0] == next[1] && a_first));
        std::size_t const which = takes_a ? 0 : 1;
        if (free(item(which))) {
          show(which);
        }
        ++next[which];
      }
    }
  }
  detail::passed(told, errors);
}

/// Who won a list: the clicks of team 0 minus those of team 1; `clicks` and `teams` are columns over items.
template <class Teams, class Clicks, class Offset, class Output, class Isa = arch::native>
void interleaving_credit(Teams const& teams, Clicks const& clicks, lists<Offset> const& groups, Output&& credit,
                         on_error errors = {}) {
  auto const t = as_column(teams);
  auto const c = as_column(clicks);
  auto const to = as_column(credit);
  using U = typename decltype(to)::value_type;
  if (!detail::check_size(t, "the teams", groups.items(), errors) ||
      !detail::check_size(c, "the clicks", groups.items(), errors) ||
      !detail::check_size(to, "the credit", groups.size(), errors) ||
      !detail::check_apart(to, t, "the credit", errors) || !detail::check_apart(to, c, "the credit", errors)) {
    return;
  }
  for (std::size_t l = 0; l < groups.size(); ++l) {
    double sum = 0;
    for (std::size_t i = groups.begin_of(l); i < groups.end_of(l); ++i) {
      double const of = static_cast<double>(t[i]);
      sum += of == 0 ? static_cast<double>(c[i]) : of == 1 ? -static_cast<double>(c[i]) : 0;
    }
    to[l] = static_cast<U>(sum);
  }
}

} // namespace rankwise::inline RANKWISE_ABI

#endif
