#ifndef RANKWISE_METRIC_ERR_HPP
#define RANKWISE_METRIC_ERR_HPP

#include <rankwise/core/policy.hpp>
#include <rankwise/math/scan.hpp>
#include <rankwise/metric/discount.hpp>
#include <rankwise/metric/gain.hpp>
#include <rankwise/metric/tie.hpp>

#include <cstddef>
#include <type_traits>

namespace rankwise::inline RANKWISE_ABI::metric {

/// Expected reciprocal rank at `Cutoff` (Chapelle, Metzler, Zhang and Grinspan 2009), a user who stops at rank r with
/// probability p_r:
///   ERR = sum over r < Cutoff of w discount(r) p_r prod over q < r of (1 - p_q)
///   p = gain(y) / (gain(max_grade) + 1) for gain::exponential, that is (2^y - 1) / 2^max_grade; y / max_grade for
///   gain::linear; held within [0, 1]
/// Slots: gain (exponential), discount (reciprocal), ties, unjudged, empty. ties::expected takes O(n min(n, Cutoff))
/// for a tie of n items.
template <std::size_t Cutoff = all, class... Pieces>
struct err {
  static_assert(Cutoff > 0, "[rankwise] err<0>: the cutoff is at least 1; err<> has none");
  static_assert(
      slot_set<slots::gain, slots::discount, slots::ties, slots::unjudged, slots::empty>::accepts<Pieces...>());
  static constexpr char const* text = "err";

  using gain = pick<slots::gain, rankwise::gain::exponential, Pieces...>;
  using discount = pick<slots::discount, rankwise::discount::reciprocal, Pieces...>;

  double max_grade = 4; ///< the grade of a perfect item; gdeval's is 4

  constexpr char const* fault() const {
    return max_grade > 0 && rankwise::detail::finite_parameter(max_grade) ? nullptr : "max_grade of err (more than 0)";
  }

  struct constants {
    double share; ///< of a gain in p; 0 where no item has a probability above 0
  };
  template <class List>
  RANKWISE_FN constants prepare_list(List const& list) const {
    double const share = share_of_gain();
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (rankwise::detail::eligible<unjudged>(list, i) &&
          stops_at_gain(gain{}(static_cast<double>(list.label_of(i))), share) > 0) {
        return {share};
      }
    }
    return {0};
  }

  template <class Ranking, class Constants>
  RANKWISE_FN auto of(Ranking const& ranking, Constants const& prepared) const {
    using T = typename Ranking::scalar;
    using V = typename Ranking::vector;
    double const share = prepared.share;
    if (!(share > 0)) {
      return empty::template value<T>();
    }
    std::size_t const last = ranking.size() < Cutoff ? ranking.size() : Cutoff;
    double sum = 0;
    if constexpr (std::is_same_v<ties, rankwise::ties::expected>) {
      T* const products = ranking.list().template values<1>();
      T* const sums = ranking.list().template values<2>();
      sum = once<V>([&] { return mean_over_ties(ranking, share, last, products, sums); });
    } else if constexpr (!is_shared<V>) {
      T const* const weights = ranking.list().weighted() ? rankwise::detail::weights_by_rank(ranking, last) : nullptr;
      double still_there = 1;
      for_each_pack<V>(last, [&](auto r) {
        V stop = stops_at_gain(rankwise::detail::worth_at(ranking, gain{}, r), share);
        if constexpr (!decltype(r)::full) {
          stop = math::select(math::ops<V>::first(r.count), stop, V(0));
        }
        V const worth = discounted(stop, position(r));
        auto const here = math::composed(weights == nullptr ? worth : worth * load(weights, r), V(1) - stop);
        sum += still_there * static_cast<double>(here.add);
        still_there *= static_cast<double>(here.times);
      });
    } else { // of threads, one goes through the list: they would have to meet for every step
      T* const p = ranking.list().template values<1>();
      T* const worth = ranking.list().template values<2>();
      for_each_pack<V>(last, [&](auto r) {
        V const stop = stops_at_gain(gain{}(load(ranking.labels(), r)), share);
        store(p, r, stop);
        store(worth, r, discounted(stop, position(r)));
      });
      sum = once<V>([&] {
        double total = 0;
        double still_there = 1;
        for (std::size_t r = 0; r < last; ++r) {
          total += static_cast<double>(ranking.weight(r)) * static_cast<double>(worth[r]) * still_there;
          still_there *= 1 - static_cast<double>(p[r]);
        }
        return total;
      });
    }
    return defined_if<T>{static_cast<T>(sum), true};
  }

  RANKWISE_RANKED_METRIC(Cutoff, Pieces)

  /// p of a label.
  template <class V>
  RANKWISE_FN V stops(V label) const {
    return stops_at_gain(gain{}(label), share_of_gain());
  }

private:
  // p discount(r). A reciprocal is divided by, as gdeval does: rounded once, 0.009375 is not printed as 0.00938.
  template <class V>
  RANKWISE_FN static V discounted(V stop, V rank) {
    if constexpr (std::is_same_v<discount, rankwise::discount::reciprocal>) {
      return stop / (rank + V(1));
    } else {
      return stop * discount{}(rank);
    }
  }
  RANKWISE_FN double share_of_gain() const {
    double const most = gain{}(max_grade);
    return 1 / (std::is_same_v<gain, rankwise::gain::exponential> ? most + 1 : most);
  }
  template <class V>
  RANKWISE_FN static V stops_at_gain(V g, double share) {
    return math::max(math::min(g * as<V>(share), V(1)), V(0));
  }
  template <class Ranking, class T>
  RANKWISE_FN double mean_over_ties(Ranking const& ranking, double share, std::size_t last, T* products,
                                    T* sums) const {
    double sum = 0;
    double still_there = 1;
    for (std::size_t begin = 0; begin < last;) {
      std::size_t const end = ranking.tie_end(begin);
      std::size_t const places = (end < last ? end : last) - begin;
      products_of_draws draws(products, sums, places);
      double leaves = 1;
      for (std::size_t r = begin; r < end; ++r) {
        double const stop = stops_at_gain(gain{}(static_cast<double>(ranking.label(r))), share);
        draws.add_next(1 - stop, static_cast<double>(ranking.weight(r)) * stop);
        leaves *= 1 - stop;
      }
      for (std::size_t j = 0; j < places; ++j) {
        sum += still_there * draws.sum(j) * static_cast<double>(discount{}(static_cast<T>(begin + j)));
      }
      still_there *= leaves;
      begin = end;
    }
    return sum;
  }
};

} // namespace rankwise::inline RANKWISE_ABI::metric

#endif
