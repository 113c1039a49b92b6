#ifndef RANKWISE_METRIC_PAIRS_HPP
#define RANKWISE_METRIC_PAIRS_HPP

#include <rankwise/math/math.hpp>
#include <rankwise/metric/ranked.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

/// Metrics over pairs of items with different labels. Counting takes O(n log n): a merge sort of the labels in the
/// order of the scores. In short lists registers are faster that go through all pairs.
namespace rankwise::inline RANKWISE_ABI {

namespace detail {

/// Places of a ranking with their labels and weights; a pair weighs w_i w_j.
template <class Ranking>
struct weighted_places {
  Ranking const& ranking;
  std::uint32_t* place; ///< sorted by label as far as `sort` was called
  std::uint32_t* spare;

  RANKWISE_FN double label(std::size_t i) const { return static_cast<double>(ranking.label(place[i])); }
  RANKWISE_FN double weight(std::size_t i) const { return static_cast<double>(ranking.weight(place[i])); }

  /// Brings places [from, to) in the order of their labels, the greatest first, and returns the weight of the pairs
  /// that stood the other way round.
  RANKWISE_FN double sort(std::size_t from, std::size_t to) const {
    double inversions = 0;
    for (std::size_t width = 1; width < to - from; width *= 2) {
      for (std::size_t begin = from; begin + width < to; begin += 2 * width) {
        std::size_t const middle = begin + width;
        std::size_t const end = middle + width < to ? middle + width : to;
        double left = 0; // the weight of what is left of the first half
        for (std::size_t i = begin; i < middle; ++i) {
          left += weight(i);
        }
        std::size_t a = begin;
        std::size_t b = middle;
        for (std::size_t at = begin; at < end; ++at) {
          if (a < middle && (b >= end || label(a) >= label(b))) {
            left -= weight(a);
            spare[at] = place[a++];
          } else {
            inversions += a < middle ? weight(b) * left : 0;
            spare[at] = place[b++];
          }
        }
        for (std::size_t at = begin; at < end; ++at) {
          place[at] = spare[at];
        }
      }
    }
    return inversions;
  }

  /// The weight of all pairs of [from, to).
  RANKWISE_FN double pairs(std::size_t from, std::size_t to) const {
    double before = 0;
    double sum = 0;
    for (std::size_t i = from; i < to; ++i) {
      sum += before * weight(i);
      before += weight(i);
    }
    return sum;
  }

  /// The weight of the pairs with equal labels of [from, to), which are sorted.
  RANKWISE_FN double equal_pairs(std::size_t from, std::size_t to) const {
    double sum = 0;
    for (std::size_t begin = from; begin < to;) {
      std::size_t end = begin + 1;
      while (end < to && label(end) == label(begin)) {
        ++end;
      }
      sum += pairs(begin, end);
      begin = end;
    }
    return sum;
  }
};

/// How the pairs of a list stand, by weight.
struct pair_counts {
  double different_scores;
  double comparable;        ///< different labels
  double comparable_in_tie; ///< different labels, equal scores
  double wrong;             ///< comparable, different scores, and the wrong order
  double wrong_in_tie;      ///< comparable, equal scores, and the wrong order by the tie policy
};

/// The pairs of a short list, one item with a register of others at a time. V is a register of doubles.
template <class V>
struct all_pairs {
  static constexpr std::size_t width = static_cast<std::size_t>(math::lanes<V>);
  static constexpr std::size_t most = 32 * width; ///< items; merging longer lists is faster

  // Weights of some pairs, lane by lane. Each is added up in the same way: where all comparable pairs are wrong, both
  // are the same to the bit.
  struct sums {
    V all = V(0);
    V comparable = V(0);
    V wrong = V(0);

    RANKWISE_FN void add(sums const& of, V times) {
      all = math::fma(times, of.all, all);
      comparable = math::fma(times, of.comparable, comparable);
      wrong = math::fma(times, of.wrong, wrong);
    }
  };

  double label[most + width], weight[most + width]; // and a register behind the last

  template <class Ranking>
  RANKWISE_FN explicit all_pairs(Ranking const& ranking) {
    std::size_t const n = ranking.size();
    for (std::size_t r = 0; r < n; ++r) {
      label[r] = static_cast<double>(ranking.label(r));
      weight[r] = static_cast<double>(ranking.weight(r));
    }
    for (std::size_t r = n; r < n + width; ++r) {
      label[r] = weight[r] = 0;
    }
  }

  /// The weights of items [from, to), which stand behind item i.
  RANKWISE_FN sums behind(std::size_t i, std::size_t from, std::size_t to) const {
    V const y(label[i]);
    sums s;
    auto const see = [&](V other, V w) {
      s.all = s.all + w;
      s.comparable = s.comparable + math::select(other != y, w, V(0));
      s.wrong = s.wrong + math::select(other > y, w, V(0));
    };
    std::size_t j = from;
    for (; j + width <= to; j += width) {
      see(math::load<V>(label + j), math::load<V>(weight + j));
    }
    if (j < to) {
      see(math::load<V>(label + j), math::select(math::ops<V>::first(to - j), math::load<V>(weight + j), V(0)));
    }
    return s;
  }
  template <class Ranking>
  RANKWISE_FN pair_counts counts(Ranking const& ranking) const {
    sums tied;
    sums apart;
    for (std::size_t begin = 0; begin < ranking.size();) {
      std::size_t const end = ranking.tie_end(begin);
      for (std::size_t i = begin; i < end; ++i) {
        apart.add(behind(i, end, ranking.size()), V(weight[i]));
        if (i + 1 < end) {
          tied.add(behind(i, i + 1, end), V(weight[i]));
        }
      }
      begin = end;
    }
    double const in_tie = math::reduce_add(tied.comparable);
    return {math::reduce_add(apart.all), math::reduce_add(apart.comparable) + in_tie, in_tie,
            math::reduce_add(apart.wrong), math::reduce_add(tied.wrong)};
  }
};

template <class Ranking>
RANKWISE_FN pair_counts count_pairs_of(Ranking const& ranking) {
  auto const& list = ranking.list();
  std::size_t const n = ranking.size();
  if constexpr (in_registers<typename Ranking::vector>) {
    using pairs = all_pairs<typename doubles_for<typename Ranking::vector>::type>;
    if (n <= pairs::most) {
      return pairs(ranking).counts(ranking);
    }
  }
  weighted_places<Ranking> const x{ranking, list.template indices<1>(), list.template indices<2>()};
  for (std::size_t r = 0; r < n; ++r) {
    x.place[r] = static_cast<std::uint32_t>(r);
  }
  double const all = x.pairs(0, n);
  pair_counts c{all, all, 0, 0, 0};
  for (std::size_t begin = 0; begin < n;) {
    std::size_t const end = ranking.tie_end(begin);
    if (end - begin > 1) {
      double const tied = x.pairs(begin, end);
      c.different_scores -= tied;
      c.wrong_in_tie += x.sort(begin, end);
      c.comparable_in_tie += tied - x.equal_pairs(begin, end);
    }
    begin = end;
  }
  c.wrong = x.sort(0, n); // ties are sorted by now and count nothing
  c.comparable -= x.equal_pairs(0, n);
  return c;
}

template <class Ranking>
RANKWISE_FN pair_counts count_pairs(Ranking const& ranking) {
  return once<typename Ranking::vector>([&] { return count_pairs_of(ranking); });
}

/// The weight of the pairs in the wrong order; ties::expected takes one half of those with equal scores.
template <class Ties>
RANKWISE_FN double wrong_pairs(pair_counts const& c) {
  return c.wrong + (std::is_same_v<Ties, ties::expected> ? c.comparable_in_tie / 2 : c.wrong_in_tie);
}

} // namespace detail

namespace metric {

/// Ordered pair accuracy: the share of pairs with different labels that the scores put in the right order (TF-Ranking's
/// OPA, where equal scores are wrong: ties::pessimistic). ties::expected counts equal scores one half. A pair
/// weighs w_i w_j. Slots: ties, unjudged, empty (lists without such a pair).
template <class... Pieces>
struct ordered_pairs {
  static_assert(slot_set<slots::ties, slots::unjudged, slots::empty>::accepts<Pieces...>());
  static constexpr char const* text = "ordered_pairs";

  template <class Ranking, class Constants>
  RANKWISE_FN auto of(Ranking const& ranking, Constants const&) const {
    auto const c = rankwise::detail::count_pairs(ranking);
    return rankwise::detail::ratio_or<empty, typename Ranking::scalar>(
        c.comparable - rankwise::detail::wrong_pairs<ties>(c), c.comparable);
  }

  RANKWISE_RANKED_METRIC(all, Pieces)
};

/// The number of pairs that the scores put in the wrong order, or their weight, w_i w_j each. Slots: ties, unjudged,
/// empty.
template <class... Pieces>
struct inversions {
  static_assert(slot_set<slots::ties, slots::unjudged, slots::empty>::accepts<Pieces...>());
  static constexpr char const* text = "inversions";

  template <class Ranking, class Constants>
  RANKWISE_FN auto of(Ranking const& ranking, Constants const&) const {
    using T = typename Ranking::scalar;
    auto const c = rankwise::detail::count_pairs(ranking);
    if (c.comparable == 0) {
      return empty::template value<T>();
    }
    return defined_if<T>{static_cast<T>(rankwise::detail::wrong_pairs<ties>(c)), true};
  }

  RANKWISE_RANKED_METRIC(all, Pieces)
};

/// Kendall's rank correlation of scores and labels, with the correction for ties on both sides (tau-b, Kendall 1945):
///   tau = (C - D) / sqrt((n0 - n1) (n0 - n2)),   between -1 and 1
/// C pairs in the right order, D in the wrong one, n0 all pairs, n1 and n2 those with equal scores and labels; a pair
/// weighs w_i w_j.
/// Equal scores are equal whatever the tie policy. Slots: unjudged, empty (all scores or all labels are equal).
template <class... Pieces>
struct kendall_tau {
  static_assert(slot_set<slots::unjudged, slots::empty>::accepts<Pieces...>());
  static constexpr char const* text = "kendall_tau";

  template <class Ranking, class Constants>
  RANKWISE_FN auto of(Ranking const& ranking, Constants const&) const {
    auto const c = rankwise::detail::count_pairs(ranking);
    double const right = c.comparable - c.comparable_in_tie - c.wrong;
    return rankwise::detail::ratio_or<empty, typename Ranking::scalar>(right - c.wrong,
                                                                       math::sqrt(c.different_scores * c.comparable));
  }

  RANKWISE_RANKED_METRIC(all, Pieces)
};

} // namespace metric
} // namespace rankwise::inline RANKWISE_ABI

#endif
