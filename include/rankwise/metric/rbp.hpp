#ifndef RANKWISE_METRIC_RBP_HPP
#define RANKWISE_METRIC_RBP_HPP

#include <rankwise/core/policy.hpp>
#include <rankwise/math/exp.hpp>
#include <rankwise/math/log.hpp>
#include <rankwise/metric/gain.hpp>
#include <rankwise/metric/ranked.hpp>

#include <cstddef>

namespace rankwise::inline RANKWISE_ABI::metric {

/// Rank-biased precision at `Cutoff` (Moffat and Zobel 2008), a user who goes on to the next item with probability p:
///   RBP = (1 - p) sum over r < Cutoff of w gain(y) p^r
/// Slots: gain (positive: 1 for y > 0; any gain within [0, 1]), ties, unjudged, empty.
template <std::size_t Cutoff = all, class... Pieces>
struct rbp {
  static_assert(Cutoff > 0, "[rankwise] rbp<0>: the cutoff is at least 1; rbp<> has none");
  static_assert(slot_set<slots::gain, slots::ties, slots::unjudged, slots::empty>::accepts<Pieces...>());
  static constexpr char const* text = "rbp";

  using gain = pick<slots::gain, rankwise::gain::positive, Pieces...>;

  double p = 0.8; ///< the paper's persistence

  constexpr char const* fault() const { return p >= 0 && p < 1 ? nullptr : "p of rbp (from 0 to less than 1)"; }

  struct constants {
    double any;
  };
  template <class List>
  RANKWISE_FN constants prepare_list(List const& list) const {
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (rankwise::detail::eligible<unjudged>(list, i) && gain{}(static_cast<double>(list.label_of(i))) != 0) {
        return {1};
      }
    }
    return {0};
  }

  /// p^r
  struct reached {
    double p;
    template <class V>
    RANKWISE_FN V operator()(V rank) const {
      using T = math::scalar_t<V>;
      T const step = math::log(static_cast<T>(p));
      return math::select(rank == V(0), V(1), math::exp(rank * V(step))); // also where p is 0
    }
  };
  RANKWISE_FN reached place() const { return {p}; }

  template <class Ranking, class Constants>
  RANKWISE_FN auto of(Ranking const& ranking, Constants const& prepared) const {
    using T = typename Ranking::scalar;
    if (!(prepared.any > 0)) {
      return empty::template value<T>();
    }
    double const sum = sum_over_ranks<ties>(ranking, Cutoff, gain{}, place());
    return defined_if<T>{static_cast<T>((1 - p) * sum), true};
  }

  RANKWISE_RANKED_METRIC(Cutoff, Pieces)
};

} // namespace rankwise::inline RANKWISE_ABI::metric

#endif
