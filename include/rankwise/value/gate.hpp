#ifndef RANKWISE_VALUE_GATE_HPP
#define RANKWISE_VALUE_GATE_HPP

#include <rankwise/math/sigmoid.hpp>
#include <rankwise/value/arithmetic.hpp>

#include <cstddef>
#include <type_traits>

/// Decisions inside a value model: relevance gates, bands, caps, and the remap of negative values.
namespace rankwise::inline RANKWISE_ABI {

namespace value::detail {

/// x >= t ? then : otherwise, over (x, t, then, otherwise)
struct hard_gate {
  template <class P, class V>
  RANKWISE_FN static V apply(V const (&x)[4]) {
    // A condition that is NaN makes the score NaN instead of closing the gate.
    return math::select(math::is_nan(x[0]), x[0], math::select(x[0] >= x[1], x[2], x[3]));
  }
  template <class P, class V>
  RANKWISE_FN static void partials(V const (&x)[4], V, V (&d)[4]) {
    d[0] = V(0);
    d[1] = V(0);
    d[2] = math::select(x[0] >= x[1], V(1), V(0));
    d[3] = V(1) - d[2];
  }
};

/// v sigma(k (x - t)), over (x, t, k, v)
struct soft_gate {
  template <class P, class V>
  RANKWISE_FN static V apply(V const (&x)[4]) {
    return x[3] * math::sigmoid<P>(x[2] * (x[0] - x[1]));
  }
  template <class P, class V>
  RANKWISE_FN static void partials(V const (&x)[4], V, V (&d)[4]) {
    V const z = x[2] * (x[0] - x[1]);
    V const open = math::sigmoid<P>(z);
    V const slope = x[3] * open * math::sigmoid<P>(-z);
    d[0] = slope * x[2];
    d[1] = -d[0];
    d[2] = slope * (x[0] - x[1]);
    d[3] = open;
  }
};

/// tier + order within the tier, over (tier, x): the number t of thresholds that `tier` reaches, plus x squeezed into
/// (0, 1) by 1/2 + x / (2 (1 + |x|)), which keeps the order of x. However large x is, the sum stays below t + 1.
template <std::size_t Thresholds>
struct bands {
  double threshold[Thresholds];

  constexpr char const* fault() const {
    for (std::size_t k = 0; k < Thresholds; ++k) {
      if (!(threshold[k] - threshold[k] == 0) || (k > 0 && !(threshold[k] > threshold[k - 1]))) {
        return "a threshold of bands (finite and ascending)";
      }
    }
    return nullptr;
  }

  template <class T>
  struct run {
    T threshold[Thresholds];

    template <class P, class V>
    RANKWISE_FN V apply(V const (&x)[2]) const {
      V tier(0);
      for (T const t : threshold) {
        tier = tier + math::select(x[0] >= V(t), V(1), V(0));
      }
      // As the distance from the end of the tier on the side of x: of an infinite x it is 0.
      V const left = V(T(0.5)) / (V(1) + math::abs(x[1]));
      V const inside = tier + math::select(x[1] < V(0), left, V(1) - left);
      V const next = tier + V(1);
      V const below = next * V(T(1) - (sizeof(T) == 4 ? T(0x1p-24) : T(0x1p-53))); // the number before `next`
      return math::select(math::is_nan(x[0]), x[0], math::select(inside > below, below, inside));
    }
    template <class P, class V>
    RANKWISE_FN void partials(V const (&x)[2], V, V (&d)[2]) const {
      V const spread = V(1) + math::abs(x[1]);
      d[0] = V(0);
      d[1] = V(T(0.5)) / (spread * spread);
    }
  };
  template <class T>
  constexpr run<T> bind() const {
    run<T> r{};
    for (std::size_t k = 0; k < Thresholds; ++k) {
      r.threshold[k] = static_cast<T>(threshold[k]);
    }
    return r;
  }
};

/// The remap of Twitter's heavy ranker, over x: values below 0 are shrunk into (0, offset), all others lifted above it,
///   x < 0: offset (x + negative) / total,   x >= 0: x + offset
/// where `negative` is the sum of the sizes of the negative weights and `total` of all weights.
struct remap_negative {
  double negative;
  double total;
  double offset;

  constexpr char const* fault() const {
    bool const good = negative >= 0 && total >= negative && total > 0 && total < 1e300 && offset > 0 && offset < 1e300;
    return good ? nullptr : "a parameter of remap_negative (0 <= negative <= total, total and offset more than 0)";
  }

  template <class T>
  struct run {
    T negative, scale, offset;

    template <class P, class V>
    RANKWISE_FN V apply(V const (&x)[1]) const {
      return math::select(x[0] < V(0), (x[0] + V(negative)) * V(scale), x[0] + V(offset));
    }
    template <class P, class V>
    RANKWISE_FN void partials(V const (&x)[1], V, V (&d)[1]) const {
      d[0] = math::select(x[0] < V(0), V(scale), V(1));
    }
  };
  template <class T>
  constexpr run<T> bind() const {
    return {static_cast<T>(negative), static_cast<T>(offset / total), static_cast<T>(offset)};
  }
};

} // namespace value::detail

namespace value {

/// `then` where `condition` reaches `threshold`, else `otherwise` (0 by default).
template <class Condition, class Threshold, class Then, class Otherwise = double>
  requires detail::operands<Condition, Threshold, Then, Otherwise>
constexpr auto gate(Condition const& condition, Threshold const& threshold, Then const& then,
                    Otherwise const& otherwise = 0.0) {
  using compared = typename unit::comparison<detail::operand_unit<Condition>, detail::operand_unit<Threshold>>::type;
  static_assert(!std::is_void_v<compared>);
  using U = typename unit::comparison<detail::operand_unit<Then>, detail::operand_unit<Otherwise>>::type;
  return operate<U>(detail::hard_gate{}, condition, threshold, then, otherwise);
}

/// `quantity` times sigma(steepness (condition - threshold)): a gate that closes smoothly.
template <class Condition, class Threshold, class Steepness, class Quantity>
  requires detail::operands<Condition, Threshold, Steepness, Quantity>
constexpr auto soft_gate(Condition const& condition, Threshold const& threshold, Steepness const& steepness,
                         Quantity const& quantity) {
  using compared = typename unit::comparison<detail::operand_unit<Condition>, detail::operand_unit<Threshold>>::type;
  static_assert(!std::is_void_v<compared>);
  static_assert(std::is_same_v<detail::operand_unit<Steepness>, unit::number>,
                "[rankwise] soft_gate(condition, threshold, steepness, quantity): the steepness is a number");
  return operate<unit::score>(detail::soft_gate{}, condition, threshold, steepness, quantity);
}

/// Lexicographic order: first the tier of `tier` by ascending thresholds, inside a tier the order of `inside`.
///   bands(expected_grade(relevance), {0.7, 1.4}, engagement)
template <expression Tier, std::size_t Thresholds, expression Inside>
constexpr auto bands(Tier const& tier, double const (&thresholds)[Thresholds], Inside const& inside) {
  detail::bands<Thresholds> op{};
  for (std::size_t k = 0; k < Thresholds; ++k) {
    op.threshold[k] = thresholds[k];
  }
  return operate<unit::score>(op, tier, inside);
}

/// At most `limit`.
template <class A, class Limit>
  requires detail::operands<A, Limit>
constexpr auto cap(A const& x, Limit const& limit) {
  return min(x, limit);
}

/// Lifts values of 0 and more above `offset` and shrinks negative ones below it, so that no score is negative:
/// `remap_negative(x, {.negative = 370, .total = 500, .offset = 0.001})`.
struct remap_parameters {
  double negative = 1; ///< sum of the sizes of the negative weights
  double total = 1;    ///< sum of the sizes of all weights
  double offset = 0.001;
};
template <expression A>
constexpr auto remap_negative(A const& x, remap_parameters const& p) {
  static_assert(std::is_same_v<unit_of<A>, unit::score>, "[rankwise] remap_negative takes a score");
  return operate<unit::score>(detail::remap_negative{p.negative, p.total, p.offset}, x);
}

} // namespace value

using value::bands;
using value::cap;
using value::gate;
using value::remap_negative;
using value::soft_gate;

} // namespace rankwise::inline RANKWISE_ABI

#endif
