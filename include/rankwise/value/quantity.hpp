#ifndef RANKWISE_VALUE_QUANTITY_HPP
#define RANKWISE_VALUE_QUANTITY_HPP

#include <rankwise/value/node.hpp>

#include <type_traits>

/// What a head says about an item, as a node: `probability(click)`, `expected_grade(relevance)`, `logit(click)`. A head
/// offers a quantity by a pair of static members, its value and its derivatives by the head's logits; a quantity it
/// does not have does not compile.
namespace rankwise::inline RANKWISE_ABI::value::detail {

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

/// P(event) of a binary head.
template <class Head>
constexpr auto probability(Head const& head) {
  static_assert(Head::columns == 1,
                "[rankwise] probability(head) needs a binary head; an ordinal one has expected_grade(head)");
  return value::head_value<Head, value::detail::take_probability>(head);
}

/// E[grade] of an ordinal head.
template <class Head>
constexpr auto expected_grade(Head const& head) {
  return value::head_value<Head, value::detail::take_expected_grade>(head);
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

} // namespace rankwise::inline RANKWISE_ABI::head

namespace rankwise::inline RANKWISE_ABI {
using head::expected_grade;
using head::feature;
using head::logit;
using head::probability;
} // namespace rankwise::inline RANKWISE_ABI

#endif
