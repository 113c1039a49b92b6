#ifndef RANKWISE_RANK_RANKING_HPP
#define RANKWISE_RANK_RANKING_HPP

#include <rankwise/exec/list.hpp>
#include <rankwise/rank/ties.hpp>
#include <rankwise/rank/top.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

/// The order of one list, found once and read by any number of metrics and losses.
namespace rankwise::inline RANKWISE_ABI::rank {

/// No cutoff.
inline constexpr std::size_t all = static_cast<std::size_t>(-1);

/// What `order` needs of a formula's scratch. `values<1>()`, `values<2>()` and all index columns but the first are free
/// afterwards.
using ranking_scratch = scratch_columns<3, top_scratch::indices>;

/// The items of a list by rank, best first; ranks count from 0. It refers to the list and its scratch.
template <class List>
class ranking {
public:
  using scalar = typename List::scalar;
  using vector = typename List::vector;

  RANKWISE_FN ranking(List const& list, std::size_t places)
      : list_(list), items_(list.template indices<0>()), labels_(list.template values<0>()), places_(places) {}

  /// How many places are known: all items that take part, or as many as were asked for.
  RANKWISE_FN std::size_t size() const { return places_; }

  /// The item at rank r, by its position in the list, and what is known of it.
  RANKWISE_FN std::size_t item(std::size_t r) const { return items_[r]; }
  RANKWISE_FN scalar label(std::size_t r) const { return labels_[r]; }
  RANKWISE_FN scalar weight(std::size_t r) const { return list_.weight_of(items_[r]); }
  RANKWISE_FN scalar score(std::size_t r) const { return list_.score_of(items_[r]); }
  RANKWISE_FN bool judged(std::size_t r) const { return list_.judged(items_[r]); }

  /// Labels by rank, as one column: `load(ranking.labels(), pack)`.
  RANKWISE_FN scalar const* labels() const { return labels_; }

  /// The first rank behind r whose score is another.
  RANKWISE_FN std::size_t tie_end(std::size_t r) const {
    scalar const s = score(r);
    do {
      ++r;
    } while (r < places_ && score(r) == s);
    return r;
  }

  RANKWISE_FN List const& list() const { return list_; }

private:
  List const& list_;
  std::uint32_t const* items_;
  scalar const* labels_;
  std::size_t places_;
};

namespace detail {

/// Heap sort of positions by `before`, in place.
template <class Before>
RANKWISE_FN void sort_positions(std::uint32_t* p, std::size_t count, Before before) {
  heap_sort(
      count, [&](std::size_t a, std::size_t b) { return before(p[a], p[b]); },
      [p](std::size_t a, std::size_t b) {
        std::uint32_t const x = p[a];
        p[a] = p[b];
        p[b] = x;
      });
}

template <class Ties>
inline constexpr bool keeps_list_order = std::is_same_v<Ties, ties::stable>;
template <class Ties>
inline constexpr bool reorders = !std::is_same_v<Ties, ties::stable> && !std::is_same_v<Ties, ties::expected>;

} // namespace detail

/// Writes the items that take part into `list.indices<0>()`, by score, and returns how many there are.
template <class Ties = ties::stable, class Unjudged = unjudged::zero, class List>
RANKWISE_FN std::size_t order_items(List const& list, std::size_t places = all) {
  using V = typename List::vector;
  constexpr bool condensed = std::is_same_v<Unjudged, unjudged::condensed>;
  bool const early = detail::keeps_list_order<Ties> && !(condensed && list.marked());
  std::size_t count = top(list, early ? places : all);
  std::uint32_t* const items = list.template indices<0>();
  if constexpr (condensed) {
    if (list.marked()) {
      count = once<V>([&] {
        std::size_t kept = 0;
        for (std::size_t r = 0; r < count; ++r) {
          items[kept] = items[r];
          kept += list.judged(items[r]) ? 1u : 0u;
        }
        return kept;
      });
    }
  }
  if constexpr (detail::reorders<Ties>) {
    auto const before = [&](std::uint32_t a, std::uint32_t b) {
      return Ties::before(list, a, b) || (!Ties::before(list, b, a) && a < b);
    };
    once<V>([&] {
      for (std::size_t begin = 0; begin < count;) {
        auto const s = list.score_of(items[begin]);
        std::size_t end = begin + 1;
        while (end < count && list.score_of(items[end]) == s) {
          ++end;
        }
        if (end - begin > 1) {
          detail::sort_positions(items + begin, end - begin, before);
        }
        begin = end;
      }
    });
  }
  return count;
}

/// Orders the items that take part by score; `places` says how many a caller will look at. More are found where equal
/// scores or items that nobody has judged ask for it.
template <class Ties = ties::stable, class Unjudged = unjudged::zero, class List>
RANKWISE_FN ranking<List> order(List const& list, std::size_t places = all) {
  std::size_t const count = order_items<Ties, Unjudged>(list, places);
  std::uint32_t const* const items = list.template indices<0>();
  auto* const labels = list.template values<0>();
  each_place<typename List::vector>(count, [&](std::size_t r) { labels[r] = list.label_of(items[r]); });
  return ranking<List>(list, count);
}

} // namespace rankwise::inline RANKWISE_ABI::rank

#endif
