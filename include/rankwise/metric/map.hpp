#ifndef RANKWISE_METRIC_MAP_HPP
#define RANKWISE_METRIC_MAP_HPP

#include <rankwise/math/exp.hpp>
#include <rankwise/math/scan.hpp>
#include <rankwise/metric/precision.hpp>

#include <cstddef>
#include <type_traits>

namespace rankwise::inline RANKWISE_ABI::metric {

/// Average precision at `Cutoff`; its mean over lists is MAP:
///   AP = sum over ranks r < Cutoff with y >= threshold of w P(r) / D,   P(r) = relevant items up to r / (r + 1)
///   D = weight of the relevant items (denominator::relevant), at most of `Cutoff` of them (capped), or of those above
///       the cutoff (found)
/// Slots: denominator (relevant), ties, unjudged, empty. ties::expected is exact (McSherry and Najork 2008; our own for
/// denominator::found).
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

  constexpr char const* fault() const { return rankwise::detail::fault_of_threshold(threshold); }

  template <class List>
  RANKWISE_FN auto prepare_list(List const& list) const {
    return rankwise::detail::sought_of<denominator, unjudged>(list, threshold, Cutoff);
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
      double found = 0;
      for (std::size_t begin = 0; begin < last;) {
        auto const tie = tie_at(ranking, begin, [&](std::size_t r) { return is_relevant(ranking, r); });
        if constexpr (by_found) {
          if (tie.end > last) {
            return defined_if<T>{
                static_cast<T>(once<V>([&] { return mean_of_cut(ranking, tie, last, found, sum, weight); })), true};
          }
        }
        if (tie.good > 0) {
          for (std::size_t r = begin; r < tie.end && r < last; ++r) {
            double const before = found + tie.good_among(static_cast<double>(r - begin));
            sum += tie.weight / tie.size() * (before + 1) / static_cast<double>(r + 1);
          }
        }
        found += tie.good;
        weight += tie.weight;
        begin = tie.end;
      }
    } else {
      T const least = rankwise::detail::least_relevant<T>(threshold);
      T const* const labels = ranking.labels();
      bool const weighted = ranking.list().weighted();
      T const* const weights = weighted ? rankwise::detail::weights_by_rank(ranking, last) : nullptr;
      auto const worth = [&](auto r) {
        V const w = weighted ? load(weights, r) : V(1);
        return math::select(load(labels, r) >= V(least), w, V(0));
      };
      std::size_t found = 0; // relevant items in the registers before
      sum = static_cast<double>(sum_packs<V>(last, [&](auto r) {
        auto const relevant = load(labels, r) >= V(least);
        V const up_to = V(static_cast<T>(found)) + math::sum_up_to(math::select(relevant, V(1), V(0)));
        found += static_cast<std::size_t>(math::count(relevant));
        return worth(r) * up_to / (position(r) + V(1));
      }));
      weight = by_found ? static_cast<double>(sum_packs<V>(last, worth)) : 0;
    }
    if constexpr (by_found) {
      return defined_if<T>{weight > 0 ? static_cast<T>(sum / weight) : T(0), true};
    }
    return defined_if<T>{static_cast<T>(sum / prepared.weight), true};
  }

  RANKWISE_RANKED_METRIC(Cutoff, Pieces)

private:
  // The mean of sum / weight where a tie stands across the cutoff. Among draws with x relevant items each of them adds
  // the same to the sum on average.
  template <class Ranking>
  RANKWISE_FN double mean_of_cut(Ranking const& ranking, tied const& tie, std::size_t last, double found, double sum,
                                 double weight) const {
    double const places = static_cast<double>(last - tie.begin);
    auto const adds = [&](double x) {
      double worth = 0;
      for (std::size_t r = tie.begin; r < last; ++r) {
        double const others = places > 1 ? static_cast<double>(r - tie.begin) * (x - 1) / (places - 1) : 0;
        worth += (found + 1 + others) / static_cast<double>(r + 1);
      }
      return worth / places;
    };
    if (!ranking.list().weighted()) {
      return mean_over_draws(tie.size(), tie.good, places,
                             [&](double x) { return weight + x > 0 ? (sum + x * adds(x)) / (weight + x) : 0; });
    }
    auto const relevant = [&](std::size_t r) { return is_relevant(ranking, r); };
    double const spare = tie.size() - tie.good;
    drawn_weight const drawn =
        weight_of_draws(ranking, tie.begin, tie.end, static_cast<std::size_t>(places > spare ? places - spare : 0),
                        static_cast<std::size_t>(places < tie.good ? places : tie.good), relevant);
    if (weight == 0 && sum == 0 && !drawn.costs) { // each of them with a weight is a share of them
      double weightless = 0;
      for (std::size_t r = tie.begin; r < tie.end; ++r) {
        weightless += relevant(r) && !(ranking.weight(r) > 0) ? 1 : 0;
      }
      return mean_over_draws(tie.size(), tie.good, places, [&](double x) {
        double none = 1; // of x
        for (double i = 0; i < x; ++i) {
          none *= weightless > i ? (weightless - i) / (tie.good - i) : 0;
        }
        return x > 0 ? (1 - none) * adds(x) : 0;
      });
    }
    double const least = weight + drawn.least;
    if (!(least > 0)) { // costs: nothing decays then
      return math::ops<double>::quiet_nan;
    }
    auto const& list = ranking.list();
    products_of_draws draws(list.template values<1>(), list.template values<2>(), last - tie.begin + 1);
    return integral_of_decay(least, (weight > 0 ? weight : 0) + drawn.most, [&](double t) {
      draws.clear();
      for (std::size_t r = tie.begin; r < tie.end; ++r) {
        if (relevant(r)) {
          draws.add(math::exp(-t * static_cast<double>(ranking.weight(r))), static_cast<double>(ranking.weight(r)));
        }
      }
      return math::exp(-t * weight) * mean_over_draws(tie.size(), tie.good, places, [&](double x) {
               auto const j = static_cast<std::size_t>(x);
               return sum * draws.product(j) + adds(x) * draws.sum(j);
             });
    });
  }

  template <class Ranking>
  RANKWISE_FN bool is_relevant(Ranking const& ranking, std::size_t r) const {
    return static_cast<double>(ranking.label(r)) >= threshold;
  }
};

} // namespace rankwise::inline RANKWISE_ABI::metric

#endif
