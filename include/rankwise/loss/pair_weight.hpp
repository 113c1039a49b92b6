#ifndef RANKWISE_LOSS_PAIR_WEIGHT_HPP
#define RANKWISE_LOSS_PAIR_WEIGHT_HPP

#include <rankwise/exec/list.hpp>
#include <rankwise/loss/pair_pieces.hpp>
#include <rankwise/metric/discount.hpp>
#include <rankwise/metric/gain.hpp>
#include <rankwise/metric/ranked.hpp>
#include <rankwise/rank/ranking.hpp>
#include <rankwise/rank/ties.hpp>
#include <rankwise/rank/top.hpp>

#include <cstddef>
#include <cstdint>

/// What a pair weighs beside its items' weights. A weight policy declares how many numbers per item it needs,
/// `label_keys` that depend on the label alone and `rank_keys` that depend on the rank, fills them, and makes a weight
/// from those of two items: `w(better, worse)` with the label keys first. `zero_for_equal_labels` says that equal
/// labels make it 0. One with a member `needs_order` is told who stands at which rank. The weight is taken as a
/// constant by the derivatives.
namespace rankwise::inline RANKWISE_ABI {

namespace detail {

/// discount(r) for all ranks, 0 from the cutoff on.
template <std::size_t Cutoff, class List, class Discount, class T>
RANKWISE_FN void discounts_by_rank(List const&, Discount const& discount, std::size_t count, T* to) {
  using V = typename List::vector;
  for_each_pack<V>(count < Cutoff ? count : Cutoff, [&](auto r) { store(to, r, discount(position(r))); });
  each_place<V>(count > Cutoff ? count - Cutoff : 0, [&](std::size_t r) { to[Cutoff + r] = T(0); });
}

/// 1 / the greatest sum of gain x discount over the first `Cutoff` ranks, or 0 where that is not positive.
template <std::size_t Cutoff, class List, class Gain, class Discount>
RANKWISE_FN auto inverse_ideal(List const& list, Gain const& gain, Discount const& discount) {
  using V = typename List::vector;
  using T = typename List::scalar;
  std::size_t const count = rank::top(list, Cutoff, [&](auto i) { return gain(list.label(i)); });
  T* const gains = list.template values<0>();
  std::uint32_t const* const items = list.template indices<0>();
  each_place<V>(count, [&](std::size_t r) { gains[r] = gain(list.label_of(items[r])); });
  T const ideal = sum_packs<V>(count, [&](auto r) { return load(gains, r) * discount(position(r)); });
  return ideal > T(0) ? T(1) / ideal : T(0);
}

/// What stands around another pair weight and adds `Keys` numbers per item to its own, by `by_item<T>(item, k)`.
template <class Weight, std::size_t Keys>
struct weight_around {
  using ties = typename Weight::ties;
  static constexpr std::size_t label_keys = Weight::label_keys;
  static constexpr std::size_t rank_keys = Weight::rank_keys;
  static constexpr std::size_t item_keys = Keys;
  static constexpr std::size_t first_item_key = label_keys + rank_keys;
  static constexpr bool needs_order = true;

  Weight weight;

  template <class T>
  RANKWISE_FN void by_label(T label, T* key) const {
    if constexpr (label_keys != 0) {
      weight.by_label(label, key);
    }
  }
  template <class List, class T>
  RANKWISE_FN void by_rank(List const& list, std::uint32_t const* order, std::size_t count, T* const* key) const {
    if constexpr (rank_keys != 0) {
      weight.by_rank(list, order, count, key);
    }
  }
  template <class List>
  RANKWISE_FN auto scale(List const& list) const {
    if constexpr (requires { weight.scale(list); }) {
      return weight.scale(list);
    } else {
      return typename List::scalar(1);
    }
  }
};

} // namespace detail

namespace pair_weight {

struct one {
  using slot = slots::pair_weight;
  using ties = rankwise::ties::stable;
  static constexpr std::size_t label_keys = 0;
  static constexpr std::size_t rank_keys = 0;

  template <class V>
  RANKWISE_FN V operator()(V const*, V const*) const {
    return V(1);
  }
};

/// y_i - y_j: Rax's labeldiff, LambdaLoss's ARP-Loss2 (Wang et al. 2018)
struct label_difference {
  using slot = slots::pair_weight;
  using ties = rankwise::ties::stable;
  static constexpr bool zero_for_equal_labels = true;
  static constexpr std::size_t label_keys = 1;
  static constexpr std::size_t rank_keys = 0;

  template <class T>
  RANKWISE_FN void by_label(T label, T* key) const {
    key[0] = label;
  }
  template <class V>
  RANKWISE_FN V operator()(V const* better, V const* worse) const {
    return better[0] - worse[0];
  }
};

/// y_i: LambdaLoss's ARP-Loss1 (Wang et al. 2018), with pairs::ordered_with_self
struct better_label : label_difference {
  static constexpr bool zero_for_equal_labels = false;

  template <class V>
  RANKWISE_FN V operator()(V const* better, V const*) const {
    return better[0];
  }
};

/// |D_i - D_j| |G_i - G_j| / Z: what the metric sum_r G discount(r) / Z changes by when the two items exchange their
/// places. Ranks from `Cutoff` on count nothing. Z is the best value of the first `IdealCutoff` ranks, or 1.
template <class Gain, class Discount, std::size_t Cutoff, std::size_t IdealCutoff, bool Normalised,
          class Ties = rankwise::ties::stable>
struct discounted_gain {
  using slot = slots::pair_weight;
  using ties = Ties;
  static constexpr bool zero_for_equal_labels = true;
  static constexpr std::size_t label_keys = 1;
  static constexpr std::size_t rank_keys = 1;

  Gain gain{};
  Discount discount{};

  template <class T>
  RANKWISE_FN void by_label(T label, T* key) const {
    key[0] = gain(label);
  }
  template <class List, class T>
  RANKWISE_FN void by_rank(List const& list, std::uint32_t const*, std::size_t count, T* const* key) const {
    detail::discounts_by_rank<Cutoff>(list, discount, count, key[0]);
  }
  template <class V>
  RANKWISE_FN V operator()(V const* better, V const* worse) const {
    return math::abs((better[0] - worse[0]) * (better[1] - worse[1]));
  }
  template <class List>
  RANKWISE_FN auto scale(List const& list) const {
    if constexpr (Normalised) {
      return detail::inverse_ideal<IdealCutoff>(list, gain, discount);
    } else {
      return typename List::scalar(1);
    }
  }
};

/// The weights of LambdaLoss's metric-driven losses (Wang et al. 2018), d = |rank_i - rank_j|, D the discount:
///   ndcg_loss1     G_i D_i / Z, with pairs::ordered_with_self
///   ndcg_loss2     delta |G_i - G_j| / Z,  delta = D(d - 1) - D(d)
///   ndcg_loss2pp   (|D_i - D_j| + mu delta) |G_i - G_j| / Z
/// `Shift` 1 takes delta one rank further, as pytorchltr does. With a cutoff (Jagerman et al. 2022) one item has to
/// stand above it, and delta is divided by 1 - D of the lower item where that stands below.
template <std::size_t Cutoff = rank::all, class Gain = gain::exponential, class Discount = discount::log2,
          bool Normalised = true, std::size_t Shift = 0>
struct ndcg_loss2 {
  using slot = slots::pair_weight;
  using ties = rankwise::ties::stable;
  static constexpr std::size_t label_keys = 1;
  static constexpr std::size_t rank_keys = 1;

  template <class T>
  RANKWISE_FN void by_label(T label, T* key) const {
    key[0] = Gain{}(label);
  }
  template <class List, class T>
  RANKWISE_FN void by_rank(List const&, std::uint32_t const*, std::size_t count, T* const* key) const {
    each_place<typename List::vector>(count, [&](std::size_t r) { key[0][r] = static_cast<T>(r); });
  }
  template <class V>
  RANKWISE_FN V operator()(V const* better, V const* worse) const {
    return math::abs(better[0] - worse[0]) * delta(better[1], worse[1]);
  }
  template <class V>
  RANKWISE_FN static V delta(V rank_i, V rank_j) {
    V const apart = math::abs(rank_i - rank_j);
    V const d = math::max(apart - V(1), V(0)) + as<V>(static_cast<double>(Shift));
    V const two = Discount{}(d)-Discount{}(d + V(1));
    V result = math::select(apart > V(0), math::abs(two), V(0));
    if constexpr (Cutoff != rank::all) {
      V const lower = math::max(rank_i, rank_j);
      V const last = as<V>(static_cast<double>(Cutoff));
      result = math::select(lower < last, result, result / (V(1) - Discount{}(lower)));
      result = math::select(math::min(rank_i, rank_j) < last, result, V(0));
    }
    return result;
  }
  template <class List>
  RANKWISE_FN auto scale(List const& list) const {
    if constexpr (Normalised) {
      return detail::inverse_ideal<Cutoff>(list, Gain{}, Discount{});
    } else {
      return typename List::scalar(1);
    }
  }
};

template <std::size_t Cutoff = rank::all, class Gain = gain::exponential, class Discount = discount::log2,
          bool Normalised = true>
struct ndcg_loss2pp : ndcg_loss2<Cutoff, Gain, Discount, Normalised> {
  double mu = 10;

  constexpr char const* fault() const {
    return rankwise::detail::weight_parameter(mu) ? nullptr : "mu of ndcg_loss2pp (0 or more)";
  }

  template <class V>
  RANKWISE_FN V operator()(V const* better, V const* worse) const {
    using loss2 = ndcg_loss2<Cutoff, Gain, Discount, Normalised>;
    V const rho = math::abs(discount_at(better[1]) - discount_at(worse[1]));
    return math::abs(better[0] - worse[0]) * (rho + as<V>(mu) * loss2::delta(better[1], worse[1]));
  }

private:
  template <class V>
  RANKWISE_FN static V discount_at(V rank) {
    V const d = Discount{}(rank);
    return Cutoff == rank::all ? d : math::select(rank < as<V>(static_cast<double>(Cutoff)), d, V(0));
  }
};

template <class Gain = gain::exponential, class Discount = discount::log2, bool Normalised = true>
struct ndcg_loss1 : discounted_gain<Gain, Discount, rank::all, rank::all, Normalised> {
  static constexpr bool zero_for_equal_labels = false;

  template <class V>
  RANKWISE_FN V operator()(V const* better, V const*) const {
    return better[0] * better[1];
  }
};

/// What average precision changes by. With N relevant items up to rank r (from 1), C(r) = sum of 1/k over the relevant
/// ranks k <= r:
///   the relevant item below:  U_j - U_i,  U = (N + 1) / r - C
///   the relevant item above:  V_i - V_j,  V = N / r - C
/// both -C(Cutoff) from the cutoff on; divided by the number of relevant items, at most `Cutoff` if `Capped`.
template <std::size_t Cutoff, bool Capped>
struct average_precision {
  using slot = slots::pair_weight;
  using ties = rankwise::ties::stable;
  static constexpr bool needs_order = true;
  static constexpr std::size_t label_keys = 1;
  static constexpr std::size_t rank_keys = 3;

  double threshold = 1;

  constexpr char const* fault() const { return detail::fault_of_threshold(threshold); }

  template <class T>
  RANKWISE_FN void by_label(T label, T* key) const {
    key[0] = static_cast<double>(label) >= threshold ? T(1) : T(0);
  }
  template <class List, class T>
  RANKWISE_FN void by_rank(List const& list, std::uint32_t const* order, std::size_t count, T* const* key) const {
    struct found {
      double items;
      double sum;
    };
    scan_places<typename List::vector>(
        count, found{0, 0},
        [&](std::size_t r) {
          bool const relevant = r < Cutoff && static_cast<double>(list.label_of(order[r])) >= threshold;
          return relevant ? found{1, 1 / static_cast<double>(r + 1)} : found{0, 0};
        },
        [](found a, found b) {
          return found{a.items + b.items, a.sum + b.sum};
        },
        [&](std::size_t r, found upto) {
          double const place = static_cast<double>(r + 1);
          bool const counts = r < Cutoff;
          key[0][r] = static_cast<T>(r);
          key[1][r] = static_cast<T>((counts ? (upto.items + 1) / place : 0) - upto.sum);
          key[2][r] = static_cast<T>((counts ? upto.items / place : 0) - upto.sum);
        });
  }
  template <class V>
  RANKWISE_FN V operator()(V const* better, V const* worse) const {
    V const change = math::select(better[1] > worse[1], worse[2] - better[2], better[3] - worse[3]);
    return (better[0] - worse[0]) * math::abs(change);
  }
  template <class List>
  RANKWISE_FN auto scale(List const& list) const {
    using T = typename List::scalar;
    double relevant = 0;
    each_place<typename List::vector>(list.size(), [&](std::size_t i) {
      relevant += list.takes_part(i) && static_cast<double>(list.label_of(i)) >= threshold ? 1 : 0;
    });
    relevant = sum_of_threads<typename List::vector>(relevant);
    if (Capped && relevant > static_cast<double>(Cutoff)) {
      relevant = static_cast<double>(Cutoff);
    }
    return relevant > 0 ? static_cast<T>(1 / relevant) : T(0);
  }
};

/// What the reciprocal rank of the first relevant item changes by; D = 1 / rank from 1, 0 from the cutoff on, F that of
/// the first relevant item and S of the second:
///   the other item above the first:  D_j - F,    the first relevant item itself:  F - max(D_j, S),    else 0
template <std::size_t Cutoff>
struct reciprocal_rank {
  using slot = slots::pair_weight;
  using ties = rankwise::ties::stable;
  static constexpr bool needs_order = true;
  static constexpr std::size_t label_keys = 1;
  static constexpr std::size_t rank_keys = 3;

  double threshold = 1;

  constexpr char const* fault() const { return detail::fault_of_threshold(threshold); }

  template <class T>
  RANKWISE_FN void by_label(T label, T* key) const {
    key[0] = static_cast<double>(label) >= threshold ? T(1) : T(0);
  }
  template <class List, class T>
  RANKWISE_FN void by_rank(List const& list, std::uint32_t const* order, std::size_t count, T* const* key) const {
    struct found {
      T first;
      T second;
    };
    found const relevant = scan_places<typename List::vector>(
        count, found{0, 0},
        [&](std::size_t r) {
          T const place = r < Cutoff ? T(1) / static_cast<T>(r + 1) : T(0);
          key[0][r] = place;
          return found{static_cast<double>(list.label_of(order[r])) >= threshold ? place : T(0), 0};
        },
        [](found upper, found lower) { // places beyond the cutoff are as nothing
          return upper.first == T(0) ? lower : upper.second == T(0) ? found{upper.first, lower.first} : upper;
        },
        [](std::size_t, found) {});
    each_place<typename List::vector>(count, [&](std::size_t r) {
      key[1][r] = relevant.first;
      key[2][r] = relevant.second;
    });
  }
  template <class V>
  RANKWISE_FN V operator()(V const* better, V const* worse) const {
    V const first = better[2];
    V const demoted = math::select(better[1] == first, first - math::max(worse[1], better[3]), V(0));
    V const change = math::select(worse[1] > first, worse[1] - first, math::max(demoted, V(0)));
    return (better[0] - worse[0]) * change;
  }
};

/// What expected reciprocal rank changes by. With P(r) the probability that nobody has stopped before r, X = D P,
/// S(r) = sum of R X up to r, E = S - R X + X, and a the upper item, b the lower:
///   |R_a - R_b| |X_a - (E_b - S_a) / (1 - R_a)|
/// Probabilities of 1 count as a little less.
template <std::size_t Cutoff, class Err>
struct expected_reciprocal_rank {
  using slot = slots::pair_weight;
  using ties = rankwise::ties::stable;
  static constexpr bool needs_order = true;
  static constexpr std::size_t label_keys = 2;
  static constexpr std::size_t rank_keys = 4;

  Err metric{};

  template <class T>
  RANKWISE_FN void by_label(T label, T* key) const {
    double const p = stops<T>(label);
    key[0] = static_cast<T>(p);
    key[1] = static_cast<T>(1 / (1 - p));
  }
  template <class List, class T>
  RANKWISE_FN void by_rank(List const& list, std::uint32_t const* order, std::size_t count, T* const* key) const {
    struct seen {
      double before; // the probability that somebody looks at the last of these places
      double after;  // and beyond it
      double sum;    // of R X
    };
    auto const discount = [](std::size_t r) {
      return r < Cutoff ? static_cast<double>(typename Err::discount{}(static_cast<double>(r))) : 0;
    };
    scan_places<typename List::vector>(
        count, seen{1, 1, 0},
        [&](std::size_t r) {
          double const p = stops<T>(list.label_of(order[r]));
          return seen{1, 1 - p, p * discount(r)};
        },
        [](seen upper, seen lower) {
          return seen{upper.after * lower.before, upper.after * lower.after, upper.sum + upper.after * lower.sum};
        },
        [&](std::size_t r, seen upto) {
          double const x = discount(r) * upto.before;
          key[0][r] = static_cast<T>(r);
          key[1][r] = static_cast<T>(x);
          key[2][r] = static_cast<T>(upto.sum + (1 - stops<T>(list.label_of(order[r]))) * x);
          key[3][r] = static_cast<T>(upto.sum);
        });
  }
  template <class V>
  RANKWISE_FN V operator()(V const* better, V const* worse) const {
    auto const above = better[2] < worse[2];
    V const x = math::select(above, better[3], worse[3]);
    V const passed = math::select(above, worse[4] - better[5], better[4] - worse[5]);
    V const share = math::select(above, better[1], worse[1]);
    return (better[0] - worse[0]) * math::abs(x - passed * share);
  }

private:
  template <class T>
  RANKWISE_FN double stops(T label) const {
    constexpr double most = sizeof(T) == 4 ? 1 - 0x1p-10 : 1 - 0x1p-20;
    double const p = metric.stops(static_cast<double>(label));
    return p < most ? p : most;
  }
};

} // namespace pair_weight
} // namespace rankwise::inline RANKWISE_ABI

#endif
