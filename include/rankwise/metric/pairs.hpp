#ifndef RANKWISE_METRIC_PAIRS_HPP
#define RANKWISE_METRIC_PAIRS_HPP

#include <rankwise/math/math.hpp>
#include <rankwise/metric/ranked.hpp>

#include <cstddef>
#include <type_traits>

/// Metrics over pairs of items with different labels. Counting takes O(n log n): a merge sort of the labels in the
/// order of the scores.
namespace rankwise::inline RANKWISE_ABI {

namespace detail {

/// Sorts `x` so that greater numbers come first and returns how many pairs stood the other way round; `spare` has the
/// same length.
template <class T>
RANKWISE_FN double sort_counting(T* x, T* spare, std::size_t n) {
  double inversions = 0;
  for (std::size_t width = 1; width < n; width *= 2) {
    for (std::size_t begin = 0; begin + width < n; begin += 2 * width) {
      std::size_t const middle = begin + width;
      std::size_t const end = middle + width < n ? middle + width : n;
      std::size_t a = begin;
      std::size_t b = middle;
      for (std::size_t at = begin; at < end; ++at) {
        if (a < middle && (b >= end || x[a] >= x[b])) {
          spare[at] = x[a++];
        } else {
          inversions += static_cast<double>(middle - a);
          spare[at] = x[b++];
        }
      }
      for (std::size_t at = begin; at < end; ++at) {
        x[at] = spare[at];
      }
    }
  }
  return inversions;
}

RANKWISE_FN double pairs_of(std::size_t n) {
  return static_cast<double>(n) * (static_cast<double>(n) - 1) / 2;
}

/// Pairs of equal numbers in a sorted column.
template <class T>
RANKWISE_FN double equal_pairs(T const* x, std::size_t n) {
  double pairs = 0;
  for (std::size_t begin = 0; begin < n;) {
    std::size_t end = begin + 1;
    while (end < n && x[end] == x[begin]) {
      ++end;
    }
    pairs += pairs_of(end - begin);
    begin = end;
  }
  return pairs;
}

/// How the pairs of a list stand.
struct pair_counts {
  double all;            ///< n (n - 1) / 2
  double same_label;     ///< pairs with equal labels
  double same_score;     ///< pairs with equal scores
  double same_both;      ///< pairs with both
  double against;        ///< different labels, different scores, and the wrong order
  double against_in_tie; ///< different labels, equal scores, and the wrong order by the tie policy
};

template <class Ranking>
RANKWISE_FN pair_counts count_pairs(Ranking const& ranking) {
  auto const& list = ranking.list();
  std::size_t const n = ranking.size();
  auto* const x = list.template values<1>();
  auto* const spare = list.template values<2>();
  for (std::size_t r = 0; r < n; ++r) {
    x[r] = ranking.label(r);
  }
  pair_counts c{pairs_of(n), 0, 0, 0, 0, 0};
  for (std::size_t begin = 0; begin < n;) {
    std::size_t const end = ranking.tie_end(begin);
    if (end - begin > 1) {
      c.same_score += pairs_of(end - begin);
      c.against_in_tie += sort_counting(x + begin, spare, end - begin);
      c.same_both += equal_pairs(x + begin, end - begin);
    }
    begin = end;
  }
  c.against = sort_counting(x, spare, n); // ties are sorted by now and count nothing
  c.same_label = equal_pairs(x, n);
  return c;
}

} // namespace detail

namespace metric {

/// Ordered pair accuracy: the share of pairs with different labels that the scores put in the right order (TF-Ranking's
/// OPA, where equal scores are wrong: ties::pessimistic). ties::expected counts equal scores one half. Item weights do
/// not enter. Slots: ties, unjudged, empty (lists without such a pair).
template <class... Pieces>
struct ordered_pairs {
  static_assert(slot_set<slots::ties, slots::unjudged, slots::empty>::accepts<Pieces...>());
  static constexpr char const* text = "ordered_pairs";

  template <class Ranking, class Constants>
  RANKWISE_FN auto of(Ranking const& ranking, Constants const&) const {
    auto const c = rankwise::detail::count_pairs(ranking);
    double const comparable = c.all - c.same_label;
    double const in_tie =
        std::is_same_v<ties, rankwise::ties::expected> ? (c.same_score - c.same_both) / 2 : c.against_in_tie;
    return rankwise::detail::ratio_or<empty, typename Ranking::scalar>(comparable - c.against - in_tie, comparable);
  }

  RANKWISE_RANKED_METRIC(all, Pieces)
};

/// The number of pairs that the scores put in the wrong order. Slots: ties, unjudged, empty.
template <class... Pieces>
struct inversions {
  static_assert(slot_set<slots::ties, slots::unjudged, slots::empty>::accepts<Pieces...>());
  static constexpr char const* text = "inversions";

  template <class Ranking, class Constants>
  RANKWISE_FN auto of(Ranking const& ranking, Constants const&) const {
    using T = typename Ranking::scalar;
    auto const c = rankwise::detail::count_pairs(ranking);
    double const in_tie =
        std::is_same_v<ties, rankwise::ties::expected> ? (c.same_score - c.same_both) / 2 : c.against_in_tie;
    if (c.all == c.same_label) {
      return empty::template value<T>();
    }
    return defined_if<T>{static_cast<T>(c.against + in_tie), true};
  }

  RANKWISE_RANKED_METRIC(all, Pieces)
};

/// Kendall's rank correlation of scores and labels, with the correction for ties on both sides (tau-b, Kendall 1945):
///   tau = (C - D) / sqrt((n0 - n1) (n0 - n2)),   between -1 and 1
/// C pairs in the right order, D in the wrong one, n0 = n (n - 1) / 2, n1 and n2 pairs with equal scores and labels.
/// Equal scores are equal whatever the tie policy. Slots: unjudged, empty (all scores or all labels are equal).
template <class... Pieces>
struct kendall_tau {
  static_assert(slot_set<slots::unjudged, slots::empty>::accepts<Pieces...>());
  static constexpr char const* text = "kendall_tau";

  template <class Ranking, class Constants>
  RANKWISE_FN auto of(Ranking const& ranking, Constants const&) const {
    auto const c = rankwise::detail::count_pairs(ranking);
    double const right = c.all - c.same_score - c.same_label + c.same_both - c.against;
    return rankwise::detail::ratio_or<empty, typename Ranking::scalar>(
        right - c.against, math::sqrt((c.all - c.same_score) * (c.all - c.same_label)));
  }

  RANKWISE_RANKED_METRIC(all, Pieces)
};

} // namespace metric
} // namespace rankwise::inline RANKWISE_ABI

#endif
