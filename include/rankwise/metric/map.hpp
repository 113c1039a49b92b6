#ifndef RANKWISE_METRIC_MAP_HPP
#define RANKWISE_METRIC_MAP_HPP

#include <rankwise/metric/precision.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace rankwise::inline RANKWISE_ABI::metric {

/// Average precision at `Cutoff`; its mean over lists is MAP:
///   AP = sum over ranks r < Cutoff with y >= threshold of w P(r) / D,   P(r) = relevant items up to r / (r + 1)
///   D = weight of the relevant items (denominator::relevant), at most of `Cutoff` of them (capped), or of those above
///       the cutoff (found)
/// Slots: denominator (relevant), ties, unjudged, empty. ties::expected is the closed form of McSherry and Najork
/// (2008).
template <std::size_t Cutoff = all, class... Pieces>
struct map {
  static_assert(Cutoff > 0, "[rankwise] map<0>: the cutoff is at least 1; map<> has none");
  static_assert(slot_set<slots::denominator, slots::ties, slots::unjudged, slots::empty>::accepts<Pieces...>());
  using denominator = pick<slots::denominator, rankwise::denominator::relevant, Pieces...>;
  static_assert(std::is_same_v<denominator, rankwise::denominator::relevant> ||
                    std::is_same_v<denominator, rankwise::denominator::capped> ||
                    std::is_same_v<denominator, rankwise::denominator::found>,
                "[rankwise] map divides by denominator::relevant, denominator::capped or denominator::found");
  static constexpr char const* text = "map";

  double threshold = 1;

  struct constants {
    double weight;
  };
  template <class List>
  RANKWISE_FN constants prepare_list(List const& list) const {
    return {std::is_same_v<denominator, rankwise::denominator::capped>
                ? rankwise::detail::capped_weight_of<unjudged>(list, threshold, Cutoff)
                : rankwise::detail::relevant_of<unjudged>(list, threshold).weight};
  }

  template <class Ranking, class Constants>
  RANKWISE_FN auto of(Ranking const& ranking, Constants const& prepared) const {
    using T = typename Ranking::scalar;
    using V = typename Ranking::vector;
    constexpr bool by_found = std::is_same_v<denominator, rankwise::denominator::found>;
    if (!(prepared.weight > 0)) {
      return empty::template value<T>();
    }
    std::size_t const last = ranking.size() < Cutoff ? ranking.size() : Cutoff;
    double sum = 0;
    double weight = 0;
    if constexpr (std::is_same_v<ties, rankwise::ties::expected>) {
      static_assert(!by_found, "[rankwise] map has no closed form for ties::expected with denominator::found");
      double found = 0;
      for (std::size_t begin = 0; begin < last;) {
        std::size_t const end = ranking.tie_end(begin);
        double relevant = 0;
        double relevant_weight = 0;
        for (std::size_t r = begin; r < end; ++r) {
          if (is_relevant(ranking, r)) {
            relevant += 1;
            relevant_weight += static_cast<double>(ranking.weight(r));
          }
        }
        double const n = static_cast<double>(end - begin);
        double const others = n > 1 ? (relevant - 1) / (n - 1) : 0;
        for (std::size_t r = begin; relevant > 0 && r < end && r < last; ++r) {
          double const before = found + static_cast<double>(r - begin) * others;
          sum += relevant_weight / n * (before + 1) / static_cast<double>(r + 1);
        }
        found += relevant;
        begin = end;
      }
    } else {
      // Counts of relevant items up to each rank first; the rest goes a register at a time.
      auto const& list = ranking.list();
      T const least = rankwise::detail::least_relevant<T>(threshold);
      T const* const labels = ranking.labels();
      T* const up_to = list.template values<2>();
      std::uint32_t count = 0;
      for (std::size_t r = 0; r < last; ++r) {
        count += labels[r] >= least ? 1u : 0u;
        up_to[r] = static_cast<T>(count);
      }
      bool const weighted = list.weighted();
      T const* const weights = weighted ? rankwise::detail::weights_by_rank(ranking, last) : nullptr;
      auto const worth = [&](auto r) {
        V const w = weighted ? load(weights, r) : V(1);
        return math::select(load(labels, r) >= V(least), w, V(0));
      };
      sum = static_cast<double>(math::reduce_add(combine_packs<V>(
          last, V(0), [&](auto r) { return worth(r) * load(up_to, r) / (position(r) + V(1)); }, plus{})));
      weight = by_found ? static_cast<double>(math::reduce_add(combine_packs<V>(last, V(0), worth, plus{}))) : 0;
    }
    if constexpr (by_found) {
      return defined_if<T>{weight > 0 ? static_cast<T>(sum / weight) : T(0), true};
    }
    return defined_if<T>{static_cast<T>(sum / prepared.weight), true};
  }

  RANKWISE_RANKED_METRIC(Cutoff, Pieces)

private:
  template <class Ranking>
  RANKWISE_FN bool is_relevant(Ranking const& ranking, std::size_t r) const {
    return static_cast<double>(ranking.label(r)) >= threshold;
  }
};

} // namespace rankwise::inline RANKWISE_ABI::metric

#endif
