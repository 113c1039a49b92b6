#ifndef RANKWISE_VALUE_QUANTITY_HPP
#define RANKWISE_VALUE_QUANTITY_HPP

#include <rankwise/math/value.hpp>
#include <rankwise/value/node.hpp>

#include <cstddef>
#include <type_traits>

/// What a head says about an item, as a node: `probability(click)`, `expected_grade(relevance)`, `logit(click)`. A head
/// offers a quantity by a pair of static members, its value and its derivatives by the head's logits; a quantity it
/// does not have does not compile.
namespace rankwise::inline RANKWISE_ABI::value::detail {

/// Stands for logits where only the existence of a quantity is asked.
struct no_logits {
  constexpr double operator()(int) const { return 0; }
};

struct take_probability {
  using unit = rankwise::unit::probability;
  static constexpr char const* name = "probability"; // for print.hpp
  static constexpr char const* latex = "P";
  template <class P, class Head, class Logits>
  RANKWISE_FN static auto apply(Head const& head, Logits z) {
    return head.template probability<P>(z);
  }
  template <class P, class Head, class Logits, class V>
  RANKWISE_FN static void partials(Head const& head, Logits z, V* d) {
    head.template probability_partials<P>(z, d);
  }
};

/// log P(event), from the logits: P itself may be 0 by a rounding.
struct take_log_probability {
  using unit = rankwise::unit::function<rankwise::unit::probability>;
  static constexpr char const* name = "log_probability";
  static constexpr char const* latex = "\\log P";
  template <class P, class Head, class Logits>
  RANKWISE_FN static auto apply(Head const& head, Logits z) {
    return head.template log_probability<P>(z);
  }
  template <class P, class Head, class Logits, class V>
  RANKWISE_FN static void partials(Head const& head, Logits z, V* d) {
    head.template log_probability_partials<P>(z, d);
  }
};
/// The same, written as `log(probability(head))`.
struct take_log_of_probability : take_log_probability {};

template <class Head>
concept has_log_probability = requires(Head const& head, double* d) {
  head.template log_probability<math::precise>(no_logits{});
  head.template log_probability_partials<math::precise>(no_logits{}, d);
};

struct take_expected_grade {
  using unit = rankwise::unit::grade;
  static constexpr char const* name = "expected_grade";
  static constexpr char const* latex = "E";
  template <class P, class Head, class Logits>
  RANKWISE_FN static auto apply(Head const& head, Logits z) {
    return head.template expected_grade<P>(z);
  }
  template <class P, class Head, class Logits, class V>
  RANKWISE_FN static void partials(Head const& head, Logits z, V* d) {
    head.template expected_grade_partials<P>(z, d);
  }
};

/// E[u(r)] for a gain u_k per level.
template <std::size_t Levels, class T = double>
struct take_expected_utility {
  using unit = rankwise::unit::score;
  static constexpr char const* name = "expected_utility";
  static constexpr char const* latex = "U";
  T gain[Levels];

  constexpr char const* fault() const {
    bool finite = true;
    for (T const u : gain) {
      finite = finite && rankwise::detail::finite_parameter(static_cast<double>(u));
    }
    return finite ? nullptr : "a gain of expected_utility (a finite number)";
  }

  template <class U>
  constexpr take_expected_utility<Levels, U> bind() const {
    take_expected_utility<Levels, U> bound{};
    for (std::size_t k = 0; k < Levels; ++k) {
      bound.gain[k] = static_cast<U>(gain[k]);
    }
    return bound;
  }
  template <class P, class Head, class Logits>
  RANKWISE_FN auto apply(Head const& head, Logits z) const {
    return head.template expected_utility<P>(z, gain);
  }
  template <class P, class Head, class Logits, class V>
  RANKWISE_FN void partials(Head const& head, Logits z, V* d) const {
    head.template expected_utility_partials<P>(z, gain, d);
  }
};

/// P(r >= Level)
template <int Level>
struct take_at_least {
  using unit = rankwise::unit::probability;
  static constexpr char const* name = "at_least";
  static constexpr char const* latex = "P";
  template <class P, class Head, class Logits>
  RANKWISE_FN static auto apply(Head const& head, Logits z) {
    return head.template at_least<P>(z, Level);
  }
  template <class P, class Head, class Logits, class V>
  RANKWISE_FN static void partials(Head const& head, Logits z, V* d) {
    head.template at_least_partials<P>(z, Level, d);
  }
};

/// The expected amount of a revenue or dwell-time head.
template <class Unit>
struct take_expected_value {
  using unit = Unit;
  static constexpr char const* name = "expected_value";
  static constexpr char const* latex = "E";
  template <class P, class Head, class Logits>
  RANKWISE_FN static auto apply(Head const& head, Logits z) {
    return head.template expected_value<P>(z);
  }
  template <class P, class Head, class Logits, class V>
  RANKWISE_FN static void partials(Head const& head, Logits z, V* d) {
    head.template expected_value_partials<P>(z, d);
  }
};

template <class Unit>
struct take_first {
  using unit = Unit;
  static constexpr bool is_logit = std::is_same_v<Unit, rankwise::unit::logit>;
  static constexpr char const* name = is_logit ? "logit" : ""; // an input is written by its name alone
  static constexpr char const* latex = is_logit ? "z" : "";
  template <class P, class Head, class Logits>
  RANKWISE_FN static auto apply(Head const&, Logits z) {
    return z(0);
  }
  template <class P, class Head, class Logits, class V>
  RANKWISE_FN static void partials(Head const&, Logits, V* d) {
    d[0] = V(1);
  }
};

} // namespace rankwise::inline RANKWISE_ABI::value::detail

// In the namespace of the heads, so that they are found by their arguments; heads of other namespaces qualify them.
namespace rankwise::inline RANKWISE_ABI::head {

/// P(event) of a binary head, of all events of a chain, of an amount above 0.
template <class Head>
constexpr auto probability(Head const& head) {
  static_assert(
      requires { head.template probability<math::precise>(value::detail::no_logits{}); },
      "[rankwise] probability(head) needs a binary head; an ordinal one has expected_grade(head), an input "
      "feature(input)");
  return value::head_value<Head, value::detail::take_probability>(head);
}

/// log P(event) of the same heads, also where P itself is 0 by a rounding. `log(probability(head))` is the same.
template <class Head>
constexpr auto log_probability(Head const& head) {
  static_assert(value::detail::has_log_probability<Head>,
                "[rankwise] log_probability(head) needs a binary head, a chain or a revenue head");
  return value::head_value<Head, value::detail::take_log_probability>(head);
}

/// E[grade] of an ordinal head.
template <class Head>
constexpr auto expected_grade(Head const& head) {
  static_assert(
      requires { head.template expected_grade<math::precise>(value::detail::no_logits{}); },
      "[rankwise] expected_grade(head) needs an ordinal head; a binary one has probability(head)");
  return value::head_value<Head, value::detail::take_expected_grade>(head);
}

/// E[u(r)] of an ordinal head for a gain per level: `expected_utility(relevance, {0, 1, 3})`.
template <class Head, std::size_t Levels>
constexpr auto expected_utility(Head const& head, double const (&gains)[Levels]) {
  static_assert(
      requires { Head::levels; }, "[rankwise] expected_utility(head, {...}) needs an ordinal head");
  static_assert(Levels == static_cast<std::size_t>(Head::levels),
                "[rankwise] expected_utility(head, {...}) takes one gain for every level of the head");
  value::detail::take_expected_utility<Levels> quantity{};
  for (std::size_t k = 0; k < Levels; ++k) {
    quantity.gain[k] = gains[k];
  }
  return value::head_value<Head, value::detail::take_expected_utility<Levels>>(head, quantity);
}

/// P(r >= Level) of an ordinal head: `at_least<2>(relevance)`.
template <int Level, class Head>
constexpr auto at_least(Head const& head) {
  static_assert(
      requires { Head::levels; }, "[rankwise] at_least<Level>(head) needs an ordinal head");
  static_assert(Level >= 1 && Level < Head::levels, "[rankwise] at_least<Level>(head): levels count from 1");
  return value::head_value<Head, value::detail::take_at_least<Level>>(head);
}

/// The expected amount of a revenue or dwell-time head; the unit says what it may be added to:
/// `expected_value<rw::unit::seconds>(dwell)`.
template <class Unit = unit::score, class Head>
constexpr auto expected_value(Head const& head) {
  static_assert(
      requires { head.template expected_value<math::precise>(value::detail::no_logits{}); },
      "[rankwise] expected_value(head) needs a head of amounts: a regression, revenue or dwell time");
  return value::head_value<Head, value::detail::take_expected_value<Unit>>(head);
}

/// The log-odds of a binary head, as they are.
template <class Head>
constexpr auto logit(Head const& head) {
  static_assert(Head::columns == 1, "[rankwise] logit(head) needs a head with one logit");
  return value::head_value<Head, value::detail::take_first<unit::logit>>(head);
}

/// The number in an input column.
template <class Input>
constexpr auto feature(Input const& input) {
  return value::head_value<Input, value::detail::take_first<typename Input::unit>>(input);
}

/// A head where a value is meant, `2 * click`: says what is missing.
template <class H>
concept head_itself = !value::expression<H> && requires {
  H::columns;
  H::label;
};
template <class A, class B>
concept head_for_value = (head_itself<A> && (head_itself<B> || value::expression<B> || std::is_arithmetic_v<B>)) ||
                         (head_itself<B> && (value::expression<A> || std::is_arithmetic_v<A>));
template <class A>
constexpr value::constant not_a_value() {
  static_assert(!std::is_same_v<A, A>, "[rankwise] a head is no value: say which quantity of it is meant, "
                                       "probability(head), expected_grade(head), expected_value(head), logit(head)");
  return value::constant(0);
}
template <class A, class B>
  requires head_for_value<A, B>
constexpr auto operator+(A const&, B const&) {
  return not_a_value<A>();
}
template <class A, class B>
  requires head_for_value<A, B>
constexpr auto operator-(A const&, B const&) {
  return not_a_value<A>();
}
template <class A, class B>
  requires head_for_value<A, B>
constexpr auto operator*(A const&, B const&) {
  return not_a_value<A>();
}
template <class A, class B>
  requires head_for_value<A, B>
constexpr auto operator/(A const&, B const&) {
  return not_a_value<A>();
}
template <class A, class B>
  requires head_for_value<A, B>
constexpr auto min(A const&, B const&) {
  return not_a_value<A>();
}
template <class A, class B>
  requires head_for_value<A, B>
constexpr auto max(A const&, B const&) {
  return not_a_value<A>();
}
template <class A, class B>
  requires head_for_value<A, B>
constexpr auto pow(A const&, B const&) {
  return not_a_value<A>();
}

} // namespace rankwise::inline RANKWISE_ABI::head

namespace rankwise::inline RANKWISE_ABI::value {

/// From the logits: see head::log_probability.
template <class Head>
  requires detail::has_log_probability<Head>
constexpr auto log(head_value<Head, detail::take_probability> const& x) {
  return head_value<Head, detail::take_log_of_probability>(x.head);
}

} // namespace rankwise::inline RANKWISE_ABI::value

namespace rankwise::inline RANKWISE_ABI {
using head::at_least;
using head::expected_grade;
using head::expected_utility;
using head::expected_value;
using head::feature;
using head::log_probability;
using head::logit;
using head::max;
using head::min;
using head::pow;
using head::probability;
using value::log;
} // namespace rankwise::inline RANKWISE_ABI

#endif
