#ifndef RANKWISE_METRIC_Q_MEASURE_HPP
#define RANKWISE_METRIC_Q_MEASURE_HPP

#include <rankwise/core/policy.hpp>
#include <rankwise/metric/gain.hpp>
#include <rankwise/metric/precision.hpp>

#include <cstddef>
#include <type_traits>

namespace rankwise::inline RANKWISE_ABI::metric {

/// Q-measure (Sakai 2004), average precision with grades: over ranks r < Cutoff with y >= threshold,
///   Q = 1/W sum of w (C(r) + beta cg(r)) / (r + 1 + beta cg*(r))
/// C(r) relevant items up to r, cg(r) their gains added up, cg*(r) those of the best order, W the weight of all
/// relevant items; beta = 0 is average precision. Slots: gain (linear), ties, unjudged, empty.
template <std::size_t Cutoff = all, class... Pieces>
struct q_measure {
  static_assert(Cutoff > 0, "[rankwise] q_measure<0>: the cutoff is at least 1; q_measure<> has none");
  static_assert(slot_set<slots::gain, slots::ties, slots::unjudged, slots::empty>::accepts<Pieces...>());
  static constexpr char const* text = "q_measure";

  using gain = pick<slots::gain, rankwise::gain::linear, Pieces...>;

  double threshold = 1;
  double beta = 1;

  constexpr char const* fault() const {
    return rankwise::detail::weight_parameter(beta) ? rankwise::detail::fault_of_threshold(threshold)
                                                    : "beta of q_measure (0 or more)";
  }

  template <class List>
  RANKWISE_FN auto prepare_list(List const& list) const {
    return relevant_of<unjudged>(list, threshold);
  }

  template <class Ranking, class Constants>
  RANKWISE_FN auto of(Ranking const& ranking, Constants const& prepared) const {
    using T = typename Ranking::scalar;
    auto const& list = ranking.list();
    // The gains of relevant items in the best order: a heap whose top is the least, taken from the back.
    T* const best = list.template values<2>();
    std::size_t const count = once<typename Ranking::vector>([&] {
      std::size_t n = 0;
      for (std::size_t i = 0; i < list.size(); ++i) {
        if (rankwise::detail::eligible<unjudged>(list, i) && static_cast<double>(list.label_of(i)) >= threshold) {
          best[n++] = gain{}(list.label_of(i));
        }
      }
      sort_descending(best, n);
      return n;
    });
    std::size_t const last = ranking.size() < Cutoff ? ranking.size() : Cutoff;
    auto const relevant = [&](std::size_t r) { return static_cast<double>(ranking.label(r)) >= threshold; };
    auto const gain_at = [&](std::size_t r) { return static_cast<double>(gain{}(ranking.label(r))); };
    double sum = 0;
    double found = 0;
    double gains = 0;
    double ideal = 0;
    auto const divisor = [&](std::size_t r) {
      ideal += r < count ? static_cast<double>(best[r]) : 0;
      return static_cast<double>(r + 1) + beta * ideal;
    };
    for (std::size_t r = 0; r < last;) {
      if constexpr (std::is_same_v<ties, rankwise::ties::expected>) {
        auto const tie = tie_at(ranking, r, relevant);
        double here = 0;  // gains of the tie
        double own = 0;   // w times the gain of the same item
        double other = 0; // w times the gains of all others
        for (std::size_t i = r; i < tie.end; ++i) {
          here += relevant(i) ? gain_at(i) : 0;
          own += relevant(i) ? static_cast<double>(ranking.weight(i)) * gain_at(i) : 0;
        }
        other = tie.weight * here - own;
        double const step = tie.size() > 1 ? 1 / (tie.size() - 1) : 0;
        for (; r < tie.end && r < last; ++r) {
          double const before = static_cast<double>(r - tie.begin);
          double const counts = tie.weight * (found + tie.good_among(before) + 1);
          double const grades = tie.weight * gains + own + before * step * other;
          sum += (counts + beta * grades) / tie.size() / divisor(r);
        }
        found += tie.good;
        gains += here;
      } else {
        double const d = divisor(r);
        if (relevant(r)) {
          found += 1;
          gains += gain_at(r);
          sum += static_cast<double>(ranking.weight(r)) * (found + beta * gains) / d;
        }
        ++r;
      }
    }
    return rankwise::detail::ratio_or<empty, T>(sum, prepared.weight);
  }

  RANKWISE_RANKED_METRIC(Cutoff, Pieces)

private:
  template <class T>
  RANKWISE_FN static void sort_descending(T* x, std::size_t n) {
    auto const sift = [x](std::size_t root, std::size_t count) {
      for (std::size_t child = 2 * root + 1; child < count; child = 2 * root + 1) {
        if (child + 1 < count && x[child] > x[child + 1]) {
          ++child;
        }
        if (!(x[root] > x[child])) {
          return;
        }
        T const held = x[root];
        x[root] = x[child];
        x[child] = held;
        root = child;
      }
    };
    for (std::size_t root = n / 2; root-- > 0;) {
      sift(root, n);
    }
    for (std::size_t end = n; end-- > 1;) {
      T const held = x[0];
      x[0] = x[end];
      x[end] = held;
      sift(0, end);
    }
  }
};

} // namespace rankwise::inline RANKWISE_ABI::metric

#endif
