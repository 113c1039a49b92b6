#ifndef RANKWISE_METRIC_MRR_HPP
#define RANKWISE_METRIC_MRR_HPP

#include <rankwise/metric/precision.hpp>

#include <cstddef>
#include <type_traits>

namespace rankwise::inline RANKWISE_ABI::metric {

/// Reciprocal rank of the first relevant item at `Cutoff`; its mean over lists is MRR:
///   RR = 1 / (r + 1) for the first rank r < Cutoff with y >= threshold, otherwise 0
/// Item weights do not enter. Slots: ties, unjudged, empty. ties::expected is exact (McSherry and Najork 2008).
template <std::size_t Cutoff = all, class... Pieces>
struct mrr {
  static_assert(Cutoff > 0, "[rankwise] mrr<0>: the cutoff is at least 1; mrr<> has none");
  static_assert(slot_set<slots::ties, slots::unjudged, slots::empty>::accepts<Pieces...>());
  static constexpr char const* text = "mrr";

  double threshold = 1;

  struct constants {
    double relevant;
  };
  template <class List>
  RANKWISE_FN constants prepare_list(List const& list) const {
    return {rankwise::detail::relevant_of<unjudged>(list, threshold).count};
  }

  template <class Ranking, class Constants>
  RANKWISE_FN auto of(Ranking const& ranking, Constants const& prepared) const {
    using T = typename Ranking::scalar;
    if (!(prepared.relevant > 0)) {
      return empty::template value<T>();
    }
    std::size_t const last = ranking.size() < Cutoff ? ranking.size() : Cutoff;
    auto const relevant = [&](std::size_t r) { return static_cast<double>(ranking.label(r)) >= threshold; };
    for (std::size_t r = 0; r < last; ++r) {
      if constexpr (std::is_same_v<ties, rankwise::ties::expected>) {
        std::size_t const end = ranking.tie_end(r);
        double count = 0;
        for (std::size_t i = r; i < end; ++i) {
          count += relevant(i) ? 1 : 0;
        }
        if (count > 0) {
          double sum = 0;
          double first_here = count / static_cast<double>(end - r); // P(the first relevant one stands at i)
          for (std::size_t i = r; i < end && i < last && first_here > 0; ++i) {
            sum += first_here / static_cast<double>(i + 1);
            double const left = static_cast<double>(end - i);
            first_here = left > count ? first_here * (left - count) / (left - 1) : 0;
          }
          return defined_if<T>{static_cast<T>(sum), true};
        }
        r = end - 1;
      } else if (relevant(r)) {
        return defined_if<T>{T(1) / static_cast<T>(r + 1), true};
      }
    }
    return defined_if<T>{T(0), true};
  }

  RANKWISE_RANKED_METRIC(Cutoff, Pieces)
};

} // namespace rankwise::inline RANKWISE_ABI::metric

#endif
