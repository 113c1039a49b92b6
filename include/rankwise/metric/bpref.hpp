#ifndef RANKWISE_METRIC_BPREF_HPP
#define RANKWISE_METRIC_BPREF_HPP

#include <rankwise/metric/precision.hpp>

#include <cstddef>
#include <type_traits>

/// Metrics for incomplete judgments: which items were judged comes by the option `.judged`. A label below 0 of a judged
/// item says that it was in the pool and yet not judged, as -1 does in TREC's files.
namespace rankwise::inline RANKWISE_ABI::metric {

/// Of judged items alone: the others have the label 0, which is not below every threshold.
template <class List>
RANKWISE_FN relevant_items judged_relevant_of(List const& list, double threshold) {
  return relevant_of<rankwise::unjudged::condensed>(list, threshold);
}

/// Binary preference (Buckley and Voorhees 2004), as trec_eval has it:
///   bpref = 1/W sum over retrieved relevant items of w (1 - min(N(r), R) / min(R, N))
/// R items judged relevant of the weight W, N items judged not relevant, N(r) of them before rank r; an item with
/// N(r) = 0 counts w. Slots: ties, unjudged, empty.
template <class... Pieces>
struct bpref {
  static_assert(slot_set<slots::ties, slots::unjudged, slots::empty>::accepts<Pieces...>());
  static constexpr char const* text = "bpref";

  double threshold = 1;

  constexpr char const* fault() const { return rankwise::detail::fault_of_threshold(threshold); }

  struct constants {
    relevant_items relevant;
    double irrelevant;
  };
  template <class List>
  RANKWISE_FN constants prepare_list(List const& list) const {
    auto const irrelevant = [&](std::size_t i) {
      double const y = static_cast<double>(list.label_of(i));
      return list.judged(i) && y >= 0 && y < threshold ? 1.0 : 0.0;
    };
    return {judged_relevant_of(list, threshold), rankwise::detail::sum_of_eligible<unjudged>(list, irrelevant)};
  }

  template <class Ranking, class Constants>
  RANKWISE_FN auto of(Ranking const& ranking, Constants const& prepared) const {
    double const R = prepared.relevant.count;
    double const most = R < prepared.irrelevant ? R : prepared.irrelevant;
    auto const label = [&](std::size_t r) { return static_cast<double>(ranking.label(r)); };
    auto const relevant = [&](std::size_t r) { return ranking.judged(r) && label(r) >= threshold; };
    auto const irrelevant = [&](std::size_t r) { return ranking.judged(r) && label(r) >= 0 && label(r) < threshold; };
    auto const counts = [&](double before) { return before > 0 ? 1 - (before < R ? before : R) / most : 1; };
    double before = 0;
    double sum = 0;
    for (std::size_t r = 0; r < ranking.size();) {
      if constexpr (std::is_same_v<ties, rankwise::ties::expected>) {
        auto const tie = tie_at(ranking, r, relevant);
        double others = 0;
        for (; r < tie.end; ++r) {
          others += irrelevant(r) ? 1 : 0;
        }
        // Of the irrelevant ones, each number from none to all stands before a relevant one as often.
        double mean = 0;
        for (double x = 0; x <= others; ++x) {
          mean += counts(before + x);
        }
        sum += tie.weight * mean / (others + 1);
        before += others;
      } else {
        sum += relevant(r) ? static_cast<double>(ranking.weight(r)) * counts(before) : 0;
        before += irrelevant(r) ? 1 : 0;
        ++r;
      }
    }
    return rankwise::detail::ratio_or<empty, typename Ranking::scalar>(sum, prepared.relevant.weight);
  }

  RANKWISE_RANKED_METRIC(all, Pieces)
};

/// Inferred average precision (Yilmaz and Aslam 2006), as trec_eval has it: for a relevant item at rank r,
///   1/(r+1) + pooled before r / (r+1) (relevant before + e) / (judged before + 2 e),   e = 0.00001
/// weighted by w, summed and divided by the weight of the relevant items. Items outside the pool (`.judged` is 0) only
/// lengthen the list. Slots: ties, unjudged, empty. ties::expected takes O(n^2) for a tie of n items.
template <class... Pieces>
struct inf_ap {
  static_assert(slot_set<slots::ties, slots::unjudged, slots::empty>::accepts<Pieces...>());
  static constexpr char const* text = "inf_ap";

  double threshold = 1;

  constexpr char const* fault() const { return rankwise::detail::fault_of_threshold(threshold); }

  template <class List>
  RANKWISE_FN relevant_items prepare_list(List const& list) const {
    return judged_relevant_of(list, threshold);
  }

  template <class Ranking, class Constants>
  RANKWISE_FN auto of(Ranking const& ranking, Constants const& prepared) const {
    auto const label = [&](std::size_t r) { return static_cast<double>(ranking.label(r)); };
    auto const relevant = [&](std::size_t r) { return ranking.judged(r) && label(r) >= threshold; };
    counts before{0, 0, 0};
    double sum = 0;
    for (std::size_t r = 0; r < ranking.size();) {
      if constexpr (std::is_same_v<ties, rankwise::ties::expected>) {
        auto const tie = tie_at(ranking, r, relevant);
        counts here{0, 0, 0};
        for (; r < tie.end; ++r) {
          add(here, ranking.judged(r), label(r));
        }
        sum += tie.good > 0 ? tie.weight * mean(tie, before, here) : 0;
        before = {before.pooled + here.pooled, before.judged + here.judged, before.relevant + here.relevant};
      } else {
        sum += relevant(r) ? static_cast<double>(ranking.weight(r)) * at(r, before) : 0;
        add(before, ranking.judged(r), label(r));
        ++r;
      }
    }
    return rankwise::detail::ratio_or<empty, typename Ranking::scalar>(sum, prepared.weight);
  }

  RANKWISE_RANKED_METRIC(all, Pieces)

private:
  struct counts {
    double pooled, judged, relevant;
  };

  RANKWISE_FN void add(counts& c, bool pooled, double label) const {
    c.pooled += pooled ? 1 : 0;
    c.judged += pooled && (label >= 0 || label >= threshold) ? 1 : 0;
    c.relevant += pooled && label >= threshold ? 1 : 0;
  }

  // What a relevant item at rank r is worth.
  RANKWISE_FN static double at(std::size_t r, counts const& before) {
    constexpr double epsilon = 0.00001;
    double const places = static_cast<double>(r) + 1;
    return 1 / places + before.pooled / places * ((before.relevant + epsilon) / (before.judged + 2 * epsilon));
  }

  // The same over all orders of a tie. Judged items before it are a draw; given their number, the relevant ones among
  // them and the pooled ones among the others are two more draws, which enter by their means.
  RANKWISE_FN static double mean(tied const& tie, counts const& before, counts const& here) {
    double const others = tie.size() - 1;
    double const judged = here.judged - 1;
    double const share = judged > 0 ? (here.relevant - 1) / judged : 0;
    double const pooled = others > judged ? (here.pooled - here.judged) / (others - judged) : 0;
    double sum = 0;
    for (std::size_t r = tie.begin; r < tie.end; ++r) {
      double const places = static_cast<double>(r - tie.begin);
      sum += mean_over_draws(others, judged, places, [&](double x) {
        return at(r, {before.pooled + x + (places - x) * pooled, before.judged + x, before.relevant + x * share});
      });
    }
    return sum / tie.size();
  }
};

} // namespace rankwise::inline RANKWISE_ABI::metric

#endif
