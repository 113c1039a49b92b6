#ifndef RANKWISE_VALUE_SHARING_HPP
#define RANKWISE_VALUE_SHARING_HPP

#include <rankwise/math/log.hpp>
#include <rankwise/math/value.hpp>
#include <rankwise/value/arithmetic.hpp>
#include <rankwise/value/combine.hpp>

#include <cstddef>
#include <cstdint>

/// How the change of an operation's value, from operands b to operands x, is shared out among its operands: sums by
/// term; products, quotients, powers and log-linear forms by the logarithmic mean (Ang 2004: L(a, b) log(x / y),
/// L(a, b) = (a - b) / log(a / b)), if the factors are positive; all others by exact Shapley values (Shapley 1953).
///
/// `scales_of(f, x, b, before, scale)`, where before = f(b), writes scale[k] so that
///   sum_k scale[k] (x[k] - b[k]) = f(x) - f(b)
/// An operand that did not change has its partial derivative there: what moved inside it, and cancelled out, is passed
/// on at that rate. A scale of 0 says that the operand does not count, even if it is infinite or NaN.
namespace rankwise::inline RANKWISE_ABI::value::detail {

/// A row of logits as an item: of the item at hand, or of the baseline.
template <class T, class Accuracy>
struct row_item {
  using vector = T;
  using accuracy = Accuracy;
  T const* row;

  RANKWISE_FN T logit(int column) const { return row[column]; }
};

/// Which operands of an operation can change: bit k for the k-th.
template <bool... Moves>
constexpr std::uint64_t moving_operands() {
  std::uint64_t bits = 0;
  int k = 0;
  ((bits |= std::uint64_t{Moves} << k++), ...);
  return bits;
}

enum class sharing : unsigned char { shapley, linear, logarithmic };

template <class Operation>
inline constexpr sharing sharing_of = sharing::shapley;
template <>
inline constexpr sharing sharing_of<add> = sharing::linear;
template <>
inline constexpr sharing sharing_of<subtract> = sharing::linear;
template <>
inline constexpr sharing sharing_of<negate> = sharing::linear;
template <>
inline constexpr sharing sharing_of<weighted_sum> = sharing::linear;
template <>
inline constexpr sharing sharing_of<multiply> = sharing::logarithmic;
template <>
inline constexpr sharing sharing_of<divide> = sharing::logarithmic;
template <>
inline constexpr sharing sharing_of<power> = sharing::logarithmic;
template <>
inline constexpr sharing sharing_of<log_linear> = sharing::logarithmic;

/// The exponent that an operation gives its k-th operand; 0 for what is an exponent or a weight itself.
template <class V, std::size_t N>
RANKWISE_FN V exponent_of(multiply const&, V const (&)[N], std::size_t) {
  return V(1);
}
template <class V>
RANKWISE_FN V exponent_of(divide const&, V const (&)[2], std::size_t k) {
  return k == 0 ? V(1) : V(-1);
}
template <class V>
RANKWISE_FN V exponent_of(power const&, V const (&x)[2], std::size_t k) {
  return k == 0 ? x[1] : V(0);
}
template <class V, std::size_t N>
RANKWISE_FN V exponent_of(log_linear const&, V const (&x)[N], std::size_t k) {
  return k % 2 == 1 ? x[k - 1] : V(0);
}

/// A scale times what it scales: nothing, whatever that is, where the scale is 0.
template <class V>
RANKWISE_FN V scaled_by(V scale, V x) {
  return math::select(scale == V(0), V(0), scale * x);
}

/// (a - b) / log(a / b), which is a where they are equal; a, b > 0. The smaller one is the denominator: 1 + d would
/// lose the digits of a small a / b.
template <class V>
RANKWISE_FN V logarithmic_mean(V a, V b) {
  V const least = math::min(a, b);
  V const difference = math::max(a, b) - least;
  V const d = math::min(difference / least, V(math::ops<math::scalar_t<V>>::largest));
  return math::select(difference == V(0), least, difference / math::log1p(d));
}

/// Weights s! (n - s - 1)! / n! of the coalitions of s others among n players.
template <std::size_t N, class T>
RANKWISE_FN void coalition_weights(T (&weight)[N]) {
  weight[0] = T(1) / T(N);
  for (std::size_t s = 1; s < N; ++s) {
    weight[s] = weight[s - 1] * static_cast<T>(s) / static_cast<T>(N - s);
  }
}

/// The exact Shapley value of one of N players of a game. `worth(coalition)` takes the set of those that take part, by
/// bits.
template <std::size_t N, class V, class Game>
RANKWISE_FN V shapley_value(Game const& worth, std::size_t player, math::scalar_t<V> const (&weight)[N]) {
  V share(0);
  std::uint32_t const self = std::uint32_t{1} << player;
  for (std::uint32_t set = 0; set < std::uint32_t{1} << N; ++set) {
    if ((set & self) == 0) {
      std::size_t others = 0;
      for (std::uint32_t rest = set; rest != 0; rest &= rest - 1) {
        ++others;
      }
      share = share + V(weight[others]) * (worth(set | self) - worth(set));
    }
  }
  return share;
}

/// The players are the operands whose bits are set in `Moving`; all others have the same value in x and b.
template <class P, std::uint64_t Moving, class Operation, class V, std::size_t N>
RANKWISE_FN void shapley_scales(Operation const& f, V const (&x)[N], V const (&b)[N], V (&scale)[N]) {
  constexpr std::size_t players = static_cast<std::size_t>(__builtin_popcountll(Moving));
  static_assert(players <= 16, "[rankwise] explanations: at most 16 operands with heads under one operation");
  std::size_t place[players];
  std::size_t count = 0;
  for (std::size_t k = 0; k < N; ++k) {
    if ((Moving >> k & 1) != 0) {
      place[count++] = k;
    }
  }
  auto const worth = [&](std::uint32_t set) {
    V mixed[N];
    for (std::size_t k = 0; k < N; ++k) {
      mixed[k] = b[k];
    }
    for (std::size_t p = 0; p < players; ++p) {
      if ((set >> p & 1) != 0) {
        mixed[place[p]] = x[place[p]];
      }
    }
    return f.template apply<P>(mixed);
  };
  math::scalar_t<V> weight[players];
  coalition_weights(weight);
  f.template partials<P>(x, f.template apply<P>(x), scale);
  for (std::size_t p = 0; p < players; ++p) {
    std::size_t const k = place[p];
    V const share = shapley_value<players, V>(worth, p, weight);
    V const change = x[k] - b[k];
    V const rate = math::select(math::is_finite(change), share / change, V(math::ops<math::scalar_t<V>>::quiet_nan));
    scale[k] = math::select(x[k] == b[k], scale[k], math::select(share == V(0), V(0), rate));
  }
}

/// Writes the scales of a product of powers; false where it is none of positive factors.
template <class P, class Operation, class V, std::size_t N>
RANKWISE_FN math::mask_t<V> logarithmic_scales(Operation const& f, V const (&x)[N], V const (&b)[N], V before,
                                               V (&scale)[N]) {
  V const zero(0);
  V const after = f.template apply<P>(x);
  math::mask_t<V> applies = ((after > zero) & (before > zero)) | ((after < zero) & (before < zero));
  V const mean = math::select(after > zero, logarithmic_mean(after, before), -logarithmic_mean(-after, -before));
  for (std::size_t k = 0; k < N; ++k) {
    V const e = exponent_of(f, x, k);
    math::mask_t<V> const positive = (e != zero) & (x[k] > zero) & (b[k] > zero);
    applies = applies & (e == exponent_of(f, b, k)) & ((x[k] == b[k]) | positive);
    V const own = math::select(x[k] > zero, logarithmic_mean(x[k], b[k]), x[k]);
    scale[k] = math::select((e == zero) | (x[k] == zero), zero, mean * e / own);
  }
  return applies;
}

template <class P, std::uint64_t Moving, class Operation, class V, std::size_t N>
RANKWISE_FN void scales_of(Operation const& f, V const (&x)[N], V const (&b)[N], V before, V (&scale)[N]) {
  static_assert(N <= 64, "[rankwise] explanations: at most 64 operands of one operation");
  if constexpr (sharing_of<Operation> == sharing::linear) {
    f.template partials<P>(x, f.template apply<P>(x), scale);
    for (std::size_t k = 0; k < N; ++k) { // a weight of 0 does not keep NaN away
      scale[k] = math::select(scale[k] == V(0), (x[k] - b[k]) * V(0), scale[k]);
    }
  } else if constexpr (sharing_of<Operation> == sharing::logarithmic) {
    V product[N];
    math::mask_t<V> const applies = logarithmic_scales<P>(f, x, b, before, product);
    if (!math::all(applies)) {
      shapley_scales<P, Moving>(f, x, b, scale);
      for (std::size_t k = 0; k < N; ++k) {
        product[k] = math::select(applies, product[k], scale[k]);
      }
    }
    for (std::size_t k = 0; k < N; ++k) {
      scale[k] = product[k];
    }
  } else {
    shapley_scales<P, Moving>(f, x, b, scale);
  }
}

} // namespace rankwise::inline RANKWISE_ABI::value::detail

#endif
