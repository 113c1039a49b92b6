#ifndef RANKWISE_HEAD_PROPORTIONAL_ODDS_HPP
#define RANKWISE_HEAD_PROPORTIONAL_ODDS_HPP

#include <rankwise/head/bernoulli.hpp>
#include <rankwise/head/called.hpp>
#include <rankwise/head/cuts.hpp>
#include <rankwise/head/decode.hpp>
#include <rankwise/head/link.hpp>

namespace rankwise::inline RANKWISE_ABI::head {

/// Proportional odds (McCullagh 1980), the cumulative link model: one logit eta and cut-points b_1 < .. < b_K,
///   p_k = P(r >= k) = 1 - F(b_k - eta)
///   L = -log P(r = y) = -log(F(b_{y+1} - eta) - F(b_y - eta)),   b_0 = -inf, b_{K+1} = inf
/// without cancellation in the tails. The parameters, whose derivatives go to `.parameters`, are b_1 and the d_k of
/// b_{k+1} = b_k + softplus(d_k). The hessian is d2L / deta2, never negative.
template <class Called, int Levels, class Link = link::logit, class Cuts = cuts<Levels - 1>>
struct proportional_odds_head {
  static_assert(Levels >= 2, "[rankwise] head::proportional_odds<name, Levels>: at least two levels");
  static constexpr auto label = Called::label;
  static constexpr int levels = Levels;
  static constexpr int columns = 1;
  static constexpr int parameters = Levels - 1;

  Cuts cuts{};

  constexpr char const* fault() const { return fault_of(cuts); }

  template <class T>
  RANKWISE_HOST_FN auto bind() const {
    auto const b = cuts.template bind<T>();
    return proportional_odds_head<nameless, Levels, Link, std::remove_const_t<decltype(b)>>{b};
  }

  template <class Item>
  RANKWISE_FN auto operator()(Item& item) const {
    using V = typename Item::vector;
    V const y = item.label();
    level_likelihood<V> const level = Link::level(cuts.around(item.logit(0), y));
    item.gradient(0, level.shift);
    item.hessian(0, level.curvature);
    V by_cut[static_cast<std::size_t>(parameters)];
    for (int k = 1; k < Levels; ++k) { // b_k is the upper end of level k - 1 and the lower one of level k
      V const at = reaches(y, k);
      V const below = k > 1 ? reaches(y, k - 1) : V(1);
      V const above = k + 1 < Levels ? reaches(y, k + 1) : V(0);
      by_cut[k - 1] = math::select(at > above, level.lower, V(0)) - math::select(below > at, level.upper, V(0));
    }
    cuts.pull(item, by_cut);
    return -level.log_p;
  }

  template <class P, class Logits, class V>
  RANKWISE_FN void reach(Logits z, V* p) const {
    for (int k = 0; k < parameters; ++k) {
      p[k] = Link::template survival<P>(V(cuts.b[k]) - z(0));
    }
  }
  template <class P, class Logits, class V>
  RANKWISE_FN void reach_partials(Logits z, V* a, V* d) const {
    d[0] = V(0);
    for (int k = 0; k < parameters; ++k) {
      d[0] += a[k] * Link::template density<P>(V(cuts.b[k]) - z(0));
    }
  }

  RANKWISE_ORDINAL_CALLS
  RANKWISE_DECODE_CALLS
  RANKWISE_ITEM_CALLS
};

/// proportional_odds<"relevance", 3>{.cuts = cuts<2>::at(-0.5, 1.0)}
template <name Name, int Levels, class Link = link::logit>
using proportional_odds = proportional_odds_head<called<Name>, Levels, Link>;

} // namespace rankwise::inline RANKWISE_ABI::head

#endif
