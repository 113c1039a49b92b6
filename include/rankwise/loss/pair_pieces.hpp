#ifndef RANKWISE_LOSS_PAIR_PIECES_HPP
#define RANKWISE_LOSS_PAIR_PIECES_HPP

#include <rankwise/core/policies.hpp>
#include <rankwise/core/random.hpp>
#include <rankwise/exec/pack.hpp>
#include <rankwise/loss/pair.hpp>
#include <rankwise/math/log.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

/// The pieces of losses over pairs: which pairs, how item weights enter, what the sum over the pairs is divided by, and
/// what the second derivative is taken for.
namespace rankwise::inline RANKWISE_ABI {

namespace slots {
struct pair_weight;
struct pairs;
struct weighting;
struct reduction;
struct score_gap;
struct hessian;
struct accumulation;
} // namespace slots

/// What differences, exponentials and sums are computed in.
namespace accumulate {

/// The type of the scores.
struct natural {
  using slot = slots::accumulation;
  template <class T>
  using scalar = T;
};
/// Double, also for scores and derivatives in float.
struct in_double {
  using slot = slots::accumulation;
  template <class T>
  using scalar = double;
};

} // namespace accumulate

/// Which pairs of items with different labels count. One with `visit(places, f)` lists them itself: it calls f(better,
/// worse) with places of items that lie by label, lowest first. Ranks are those of the current scores, equal scores in
/// the order of the list.
namespace pairs {

struct all {
  using slot = slots::pairs;
};
/// At least one of the two is among the first `Cutoff`: LightGBM's truncation level, XGBoost's top-k pairs.
template <std::size_t Cutoff>
struct either_in_top {
  using slot = slots::pairs;
  static_assert(Cutoff > 0, "[rankwise] pairs::either_in_top<K>: K is at least 1");
  static constexpr std::size_t cutoff = Cutoff;
};
/// Both are among the first `Cutoff`: allRank.
template <std::size_t Cutoff>
struct both_in_top {
  using slot = slots::pairs;
  using both = void;
  static_assert(Cutoff > 0, "[rankwise] pairs::both_in_top<K>: K is at least 1");
  static constexpr std::size_t cutoff = Cutoff;
};
/// Items next to each other in the order of the scores.
struct neighbours {
  using slot = slots::pairs;
  using ranked = void;

  template <class Places, class F>
  RANKWISE_FN void visit(Places const& places, F f) const {
    for (std::size_t r = 0; r + 1 < places.size(); ++r) {
      std::size_t const a = places.at_rank(r);
      std::size_t const b = places.at_rank(r + 1);
      if (!places.same_label(a, b)) {
        f(a > b ? a : b, a > b ? b : a);
      }
    }
  }
};
/// For every item the one of the worse items with the greatest score: hard negatives.
struct hardest {
  using slot = slots::pairs;

  template <class Places, class F>
  RANKWISE_FN void visit(Places const& places, F f) const {
    std::size_t greatest = 0;
    std::size_t seen = 0;
    for (std::size_t q = 0; q < places.size(); ++q) {
      for (; seen < places.worse(q); ++seen) {
        greatest = places.score(seen) > places.score(greatest) ? seen : greatest;
      }
      if (seen != 0) {
        f(q, greatest);
      }
    }
  }
};
/// `count` partners for every item, drawn with replacement from the items of its segment with another label, by Philox
/// with the seed, the round and the item: the same on any machine, for any number of threads. Training draws anew with
/// `round`.
struct sampled {
  using slot = slots::pairs;
  std::size_t count = 1;
  std::uint64_t seed = 0;
  std::uint64_t round = 0;

  constexpr char const* fault() const { return count == 0 ? "the count of pairs::sampled (at least 1)" : nullptr; }

  template <class Places, class F>
  RANKWISE_FN void visit(Places const& places, F f) const {
    for (std::size_t q = 0; q < places.size(); ++q) {
      std::size_t const worse = places.worse(q);
      std::size_t const better = places.better(q);
      std::size_t const partners = worse + (places.size() - better);
      for (std::size_t k = 0; partners != 0 && k < count; ++k) {
        double const u = random_uniform(seed, places.item(q), round * count + k);
        std::size_t const drawn = static_cast<std::size_t>(u * static_cast<double>(partners));
        std::size_t const other = drawn < worse ? drawn : better + (drawn - worse);
        f(other < q ? q : other, other < q ? other : q);
      }
    }
  }
};

/// Every pair of items in both orders, whatever the labels: each of the two is the better one once.
struct ordered {
  using slot = slots::pairs;
  static constexpr bool diagonal = false;
};
/// The same, and every item with itself.
struct ordered_with_self {
  using slot = slots::pairs;
  static constexpr bool diagonal = true;
};

} // namespace pairs

/// How item weights make the weight of a pair.
namespace weighting {

/// That of the better item: Rax, TF-Ranking. With propensities this is the asymmetric inverse propensity weighting.
struct better {
  using slot = slots::weighting;
};
/// The product of the two.
struct product {
  using slot = slots::weighting;
};
/// None: every item's gradient and hessian are multiplied by its own weight in the end, as LightGBM does. They are then
/// not the derivatives of one loss.
struct item {
  using slot = slots::weighting;
};

} // namespace weighting

/// What the sum over a list's pairs is divided or multiplied by.
namespace reduction {

/// What `reduction` pieces see of a list.
template <class T>
struct pair_sums {
  T value;        ///< weighted sum of the pairs' values
  T slopes;       ///< weighted sum of the absolute slopes
  double pairs;   ///< how many there are
  double weights; ///< the sum of their weights by item weights alone
  double items;   ///< items that take part
  double size;    ///< items of the list, masked ones included
};

/// Nothing.
struct sum {
  using slot = slots::reduction;
  template <class T>
  RANKWISE_FN static T factor(pair_sums<T> const&) {
    return T(1);
  }
};
/// Divided by the number of pairs: Rax.
struct mean_pairs {
  using slot = slots::reduction;
  template <class T>
  RANKWISE_FN static T factor(pair_sums<T> const& s) {
    return s.pairs > 0 ? static_cast<T>(1 / s.pairs) : T(0);
  }
};
/// Divided by the pairs' item weights: TF-Ranking's mean of a list.
struct weighted_mean {
  using slot = slots::reduction;
  template <class T>
  RANKWISE_FN static T factor(pair_sums<T> const& s) {
    return s.weights > 0 ? static_cast<T>(1 / s.weights) : T(0);
  }
};
/// Divided by the number of items that take part.
struct mean_items {
  using slot = slots::reduction;
  template <class T>
  RANKWISE_FN static T factor(pair_sums<T> const& s) {
    return s.items > 0 ? static_cast<T>(1 / s.items) : T(0);
  }
};
/// Divided by the number of pairs, times the size of the list, masked items included: Rax with lambda weights.
struct mean_pairs_times_size {
  using slot = slots::reduction;
  template <class T>
  RANKWISE_FN static T factor(pair_sums<T> const& s) {
    return s.pairs > 0 ? static_cast<T>(s.size / s.pairs) : T(0);
  }
};
/// Times log2(1 + S) / S, S = 2 sum of the pairs' absolute slopes: XGBoost, LightGBM. Taken as a constant by the
/// derivatives.
struct log2_of_slopes {
  using slot = slots::reduction;
  template <class T>
  RANKWISE_FN static T factor(pair_sums<T> const& s) {
    T const twice = T(2) * s.slopes;
    return twice > T(0) ? math::log1p(twice) * T(1.44269504088896340736) / twice : T(1);
  }
};

} // namespace reduction

/// Whether a pair's weight shrinks as its scores move apart.
namespace score_gap {

struct ignored {
  using slot = slots::score_gap;
  static constexpr bool divides = false;
};
/// Divided by 0.01 + |s_i - s_j| unless all scores of the list are equal: XGBoost, LightGBM. Taken as a constant by the
/// derivatives.
struct divides_weight {
  using slot = slots::score_gap;
  static constexpr bool divides = true;
};

} // namespace score_gap

/// What is handed out as second derivative: of a pair's term, by the difference of its scores. Both items get it. A
/// piece that multiplies the curvature says so by `multiple`, and by `floor` from where on: sums then need fewer
/// products.
namespace hessian {

/// The second derivative of the loss with the pairs' weights held constant: the true diagonal. LightGBM's lambdas.
struct diagonal {
  using slot = slots::hessian;
  static constexpr double multiple = 1;
  template <class V>
  RANKWISE_FN static V of(pair_term<V> const& t) {
    return t.curvature;
  }
};
/// Twice the diagonal, and no pair less than twice `floor` times its weight: XGBoost's lambdas.
struct doubled {
  using slot = slots::hessian;
  static constexpr double multiple = 2;
  static constexpr double floor = 1e-16;
  template <class V>
  RANKWISE_FN static V of(pair_term<V> const& t) {
    return V(2) * math::max(t.curvature, as<V>(floor));
  }
};
/// The diagonal, and 0 where it is negative.
struct positive {
  using slot = slots::hessian;
  template <class V>
  RANKWISE_FN static V of(pair_term<V> const& t) {
    return math::max(t.curvature, V(0));
  }
};
/// The squared slope: the outer product of the pair's gradient with itself, for pair functions without a curvature.
struct squared_slope {
  using slot = slots::hessian;
  template <class V>
  RANKWISE_FN static V of(pair_term<V> const& t) {
    return t.slope * t.slope;
  }
};

} // namespace hessian
} // namespace rankwise::inline RANKWISE_ABI

#endif
