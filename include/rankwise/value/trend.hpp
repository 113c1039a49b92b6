#ifndef RANKWISE_VALUE_TREND_HPP
#define RANKWISE_VALUE_TREND_HPP

#include <rankwise/head/binary.hpp>
#include <rankwise/head/ordinal.hpp>
#include <rankwise/value/adjust.hpp>
#include <rankwise/value/arithmetic.hpp>
#include <rankwise/value/calibrated.hpp>
#include <rankwise/value/combine.hpp>
#include <rankwise/value/gate.hpp>
#include <rankwise/value/ranker.hpp>

#include <cstddef>
#include <type_traits>

/// Which way a value model moves when one of its heads does: `trend_of(ranker, click)`, for the weights of a call. What
/// proves that pruning is exact.
namespace rankwise::inline RANKWISE_ABI {

/// As a function of the logits of one head, everything else being what it is. `unknown` promises nothing. The others
/// hold for the numbers that are computed, too, where the logits are infinite: rounding keeps the order of sums,
/// products and comparisons. Functions that may be off by a rounding (log, exp, pow, soft gates) are `unknown` for that
/// reason.
enum class trend : unsigned char { constant, increasing, decreasing, unknown };

namespace value::detail {

/// What is known of a node: where its values lie, and which way it moves.
struct course {
  double low;
  double high;
  trend way = trend::constant;
};

constexpr double no_bound = math::ops<double>::infinity;

constexpr trend reversed(trend t) {
  return t == trend::increasing ? trend::decreasing : t == trend::decreasing ? trend::increasing : t;
}
/// Of a sum of two.
constexpr trend together(trend a, trend b) {
  return a == trend::constant || a == b ? b : b == trend::constant ? a : trend::unknown;
}
/// Of a factor, times something between low and high.
constexpr trend scaled(trend t, double low, double high) {
  return t == trend::constant ? t : low >= 0 ? t : high <= 0 ? reversed(t) : trend::unknown;
}
constexpr double lesser(double a, double b) {
  return b < a ? b : a;
}
constexpr double greater(double a, double b) {
  return b > a ? b : a;
}
/// A product with 0 is 0: a bound of infinity is one that no value reaches.
constexpr double times(double a, double b) {
  return a == 0 || b == 0 ? 0 : a * b;
}
constexpr double sum_low(double a, double b) {
  return a == -no_bound || b == -no_bound ? -no_bound : a + b;
}
constexpr double sum_high(double a, double b) {
  return a == no_bound || b == no_bound ? no_bound : a + b;
}

constexpr course sum_of(course const& a, course const& b) {
  return {sum_low(a.low, b.low), sum_high(a.high, b.high), together(a.way, b.way)};
}
constexpr course negative_of(course const& a) {
  return {-a.high, -a.low, reversed(a.way)};
}
constexpr course product_of(course const& a, course const& b) {
  double const ends[] = {times(a.low, b.low), times(a.low, b.high), times(a.high, b.low), times(a.high, b.high)};
  course y{ends[0], ends[0], together(scaled(a.way, b.low, b.high), scaled(b.way, a.low, a.high))};
  for (double const e : ends) {
    y.low = lesser(y.low, e);
    y.high = greater(y.high, e);
  }
  return y;
}

/// How an operation passes on what is known of its operands. Of one that is not listed nothing is known: its functions
/// may be off by a rounding, in either direction.
template <class Operation, std::size_t N>
constexpr course course_of(Operation const&, course const (&x)[N]) {
  course y{-no_bound, no_bound};
  for (course const& one : x) {
    y.way = one.way == trend::constant && y.way == trend::constant ? trend::constant : trend::unknown;
  }
  return y;
}
template <std::size_t N>
constexpr course course_of(add const&, course const (&x)[N]) {
  course y = x[0];
  for (std::size_t k = 1; k < N; ++k) {
    y = sum_of(y, x[k]);
  }
  return y;
}
constexpr course course_of(subtract const&, course const (&x)[2]) {
  return sum_of(x[0], negative_of(x[1]));
}
constexpr course course_of(negate const&, course const (&x)[1]) {
  return negative_of(x[0]);
}
template <std::size_t N>
constexpr course course_of(multiply const&, course const (&x)[N]) {
  course y = x[0];
  for (std::size_t k = 1; k < N; ++k) {
    y = product_of(y, x[k]);
  }
  return y;
}
constexpr course course_of(divide const&, course const (&x)[2]) {
  if (x[1].low > 0 || x[1].high < 0) {
    return product_of(x[0], {1 / x[1].high, 1 / x[1].low, reversed(x[1].way)});
  }
  bool const fixed = x[0].way == trend::constant && x[1].way == trend::constant;
  return {-no_bound, no_bound, fixed ? trend::constant : trend::unknown};
}
template <std::size_t N>
constexpr course course_of(weighted_sum const&, course const (&x)[N]) {
  course y = product_of(x[0], x[1]);
  for (std::size_t k = 2; k < N; k += 2) {
    y = sum_of(y, product_of(x[k], x[k + 1]));
  }
  return y;
}
template <std::size_t N>
constexpr course course_of(minimum const&, course const (&x)[N]) {
  course y = x[0];
  for (std::size_t k = 1; k < N; ++k) {
    y = {lesser(y.low, x[k].low), lesser(y.high, x[k].high), together(y.way, x[k].way)};
  }
  return y;
}
template <std::size_t N>
constexpr course course_of(maximum const&, course const (&x)[N]) {
  course y = x[0];
  for (std::size_t k = 1; k < N; ++k) {
    y = {greater(y.low, x[k].low), greater(y.high, x[k].high), together(y.way, x[k].way)};
  }
  return y;
}
constexpr course course_of(clamp const&, course const (&x)[3]) {
  course const below[] = {x[0], x[2]};
  course const inside[] = {course_of(minimum{}, below), x[1]};
  return course_of(maximum{}, inside);
}
/// Opening the gate helps where `then` never lies below `otherwise`.
constexpr course course_of(hard_gate const&, course const (&x)[4]) {
  trend const opening = together(x[0].way, reversed(x[1].way));
  trend const by_gate = opening == trend::constant ? trend::constant
                        : x[2].low >= x[3].high    ? opening
                        : x[2].high <= x[3].low    ? reversed(opening)
                                                   : trend::unknown;
  return {lesser(x[2].low, x[3].low), greater(x[2].high, x[3].high), together(by_gate, together(x[2].way, x[3].way))};
}
/// Inside a band the order survives the squeeze into (0, 1) but for a rounding.
template <std::size_t Thresholds>
constexpr course course_of(bands<Thresholds> const&, course const (&x)[2]) {
  trend const inside = x[1].way == trend::constant ? trend::constant : trend::unknown;
  return {0, static_cast<double>(Thresholds) + 1, together(x[0].way, inside)};
}
/// Increasing where its two branches stay apart.
constexpr course course_of(remap_negative const& op, course const (&x)[1]) {
  bool const apart = op.fault() == nullptr && op.negative < 0.999999 * op.total;
  return {-no_bound, no_bound, apart || x[0].way == trend::constant ? x[0].way : trend::unknown};
}

/// Whether the probabilities of a head rise with each of its logits, and are 1 where all of them are infinite. A head
/// of one's own says so by `static constexpr bool rises = true`.
template <class Head>
inline constexpr bool rises_with_logits = requires {
  requires Head::rises;
};
template <class Called>
inline constexpr bool rises_with_logits<head::binary_head<Called>> = true;
template <class Called, int Levels, class T>
inline constexpr bool rises_with_logits<head::ordinal_head<Called, Levels, head::repair::running_minimum, T>> = true;

/// Quantities that rise with the head's probabilities.
template <class Quantity>
inline constexpr bool known_to_rise =
    std::is_same_v<Quantity, take_probability> || std::is_same_v<Quantity, take_expected_grade>;
template <int Level>
inline constexpr bool known_to_rise<take_at_least<Level>> = true;

/// What is known of a quantity of a head: the range of its unit, and that it rises with the logits.
template <class Head, class Quantity>
constexpr course quantity_course(Head const&, Quantity const&, bool chosen) {
  using rankwise::unit::probability;
  constexpr bool is_probability = std::is_same_v<typename Quantity::unit, probability>;
  constexpr bool itself = requires {
    Quantity::is_logit;
  }; // the logit or the input
  constexpr bool rises = itself || (rises_with_logits<Head> && known_to_rise<Quantity>);
  trend const way = !chosen ? trend::constant : rises ? trend::increasing : trend::unknown;
  if constexpr (is_probability) {
    return {0, 1, way};
  } else if constexpr (std::is_same_v<Quantity, take_expected_grade>) {
    return {0, static_cast<double>(Head::levels - 1), way};
  } else {
    return {-no_bound, no_bound, way};
  }
}

template <class Model, class Head, class Isa = arch::native>
struct surveyor {
  Model const& model;

  constexpr course operator()(constant const& c) const { return {c.value, c.value}; }
  template <weight_node Weight>
  constexpr course operator()(Weight const&) const {
    double const w = model.template weight<Weight::label>();
    return {w, w};
  }
  template <class Other, class Quantity>
  constexpr course operator()(head_value<Other, Quantity> const& h) const {
    constexpr bool chosen = Other::label == Head::label; // whatever is made of its logits
    return quantity_course(h.head, h.quantity, chosen);
  }
  template <class Operation, class Unit, class Indices, class... Nodes>
  constexpr course operator()(operation<Operation, Unit, Indices, Nodes...> const& o) const {
    return o.with_operands([&](auto const&... n) {
      course const x[] = {(*this)(n)...};
      return course_of(o.op, x);
    });
  }
  /// An adjuster that keeps the order of its one operand; for the list as a whole, not for an item alone.
  template <class Adjuster, class By, class Indices, class... Nodes>
  constexpr course operator()(adjustment<Adjuster, By, Indices, Nodes...> const& a) const {
    return a.with_operands([&](auto const&... n) {
      course const x[] = {(*this)(n)...};
      course y{-no_bound, no_bound};
      for (course const& one : x) {
        y.way = together(y.way, one.way);
      }
      y.way = Adjuster::keeps_order || y.way == trend::constant ? y.way : trend::unknown;
      return y;
    });
  }
};

} // namespace value::detail

/// The trend of a ranker's score in one of its heads, for these weights. An adjuster counts as a function that all
/// items of a list share.
template <class Heads, class Value, class Accuracy, class Head, class Weights, class Isa = arch::native>
constexpr trend trend_of(ranker<Heads, Value, Accuracy> const& r, Head const&, Weights const& w) {
  static_assert(Heads::template has<Head::label>, "[rankwise] trend_of: the ranker does not have this head");
  using model = detail::model<Heads, Weights>;
  return value::detail::surveyor<model, Head>{model{w}}(r.value()).way;
}
template <class Heads, class Value, class Accuracy, class Head, class Isa = arch::native>
constexpr trend trend_of(ranker<Heads, Value, Accuracy> const& r, Head const& head) {
  return trend_of(r, head, r.weights());
}

} // namespace rankwise::inline RANKWISE_ABI

#endif
