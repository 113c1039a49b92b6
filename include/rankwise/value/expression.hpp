#ifndef RANKWISE_VALUE_EXPRESSION_HPP
#define RANKWISE_VALUE_EXPRESSION_HPP

#include <rankwise/core/name.hpp>
#include <rankwise/core/policy.hpp>
#include <rankwise/exec/pack.hpp>
#include <rankwise/value/unit.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

/// Expressions over heads, weights and constants. A node names what it needs; `bind<T>(model)` turns it into a plain
/// function of an item's logits, with slot numbers for names and numbers of the value type for parameters.
namespace rankwise::inline RANKWISE_ABI::value {

/// The base of all nodes: what makes + and * apply to them.
struct node {};

template <class N>
concept expression = std::is_base_of_v<node, N>;

/// Names of run-time weights.
template <name... Names>
struct name_list {
  static constexpr std::size_t size = sizeof...(Names);
};

template <class N>
using unit_of = typename N::unit;

struct constant : node {
  using unit = rankwise::unit::number;
  double value;

  constexpr explicit constant(double v) : value(v) {}

  template <class T>
  struct run {
    T value;
    template <class Item>
    RANKWISE_FN auto operator()(Item const&) const {
      return typename Item::vector(value);
    }
  };
  template <class T, class Model>
  constexpr run<T> bind(Model const&) const {
    return {static_cast<T>(value)};
  }
  template <class F>
  constexpr void for_each_weight(F const&) const {}
};

/// A weight that serving may change, per call and per request.
template <name Name>
struct named_weight : node {
  using unit = rankwise::unit::number;
  static constexpr auto label = Name;
  double initial;

  constexpr explicit named_weight(double v) : initial(v) {}

  template <class T, class Model>
  constexpr constant::run<T> bind(Model const& model) const {
    return {static_cast<T>(model.template weight<Name>())};
  }
  template <class F>
  constexpr void for_each_weight(F const& f) const {
    f(*this);
  }
};

/// A quantity that a head yields: `Quantity::of<Head>(logit)`.
template <class Head, class Quantity>
struct head_value : node {
  using unit = typename Quantity::unit;

  template <int First>
  struct run {
    template <class Item>
    RANKWISE_FN auto operator()(Item const& item) const {
      return Quantity::template of<Head>([&item](int k) { return item.logit(First + k); });
    }
  };
  template <class T, class Model>
  constexpr auto bind(Model const&) const {
    using heads = typename Model::heads;
    static_assert(heads::template has<Head::label>,
                  "[rankwise] the value model uses a head that the ranker does not have: add it to rw::heads(...)");
    return run<heads::template first_column<Head>()>{};
  }
  template <class F>
  constexpr void for_each_weight(F const&) const {}
};

namespace detail {

template <std::size_t I, class N>
struct leaf {
  N node;
};

struct add {
  template <class V>
  RANKWISE_FN static V apply(V a, V b) {
    return a + b;
  }
};
struct multiply {
  template <class V>
  RANKWISE_FN static V apply(V a, V b) {
    return a * b;
  }
};

template <class Operation, class Indices, class... Nodes>
struct run_flat;

/// Operands in a flat pack of numbered bases, combined from left to right.
template <class Operation, std::size_t... I, class... Nodes>
struct run_flat<Operation, std::index_sequence<I...>, Nodes...> : leaf<I, Nodes>... {
  constexpr explicit run_flat(Nodes const&... n) : leaf<I, Nodes>{n}... {}

  template <class Item>
  RANKWISE_FN auto operator()(Item const& item) const {
    return fold(static_cast<leaf<I, Nodes> const&>(*this).node(item)...);
  }

private:
  template <class V>
  RANKWISE_FN static V fold(V x) {
    return x;
  }
  template <class V, class... Rest>
  RANKWISE_FN static V fold(V a, V b, Rest... rest) {
    return fold(Operation::apply(a, b), rest...);
  }
};

template <class Operation, class Unit, class Indices, class... Nodes>
struct flat;

template <class Operation, class Unit, std::size_t... I, class... Nodes>
struct flat<Operation, Unit, std::index_sequence<I...>, Nodes...> : node, leaf<I, Nodes>... {
  using unit = Unit;

  constexpr explicit flat(Nodes const&... n) : leaf<I, Nodes>{n}... {}

  template <class T, class Model>
  constexpr auto bind(Model const& model) const {
    return run_flat<Operation, std::index_sequence<I...>,
                    decltype(std::declval<Nodes const&>().template bind<T>(model))...>(
        operand<I>().template bind<T>(model)...);
  }
  template <class F>
  constexpr void for_each_weight(F const& f) const {
    (operand<I>().for_each_weight(f), ...);
  }
  template <std::size_t K>
  constexpr auto const& operand() const {
    return pick_operand<K>(*this);
  }
  template <class F>
  constexpr auto with_operands(F const& f) const {
    return f(operand<I>()...);
  }

private:
  template <std::size_t K, class N>
  static constexpr N const& pick_operand(leaf<K, N> const& l) {
    return l.node;
  }
};

} // namespace detail

template <class Unit, class... Nodes>
using sum = detail::flat<detail::add, Unit, std::index_sequence_for<Nodes...>, Nodes...>;
template <class Unit, class... Nodes>
using product = detail::flat<detail::multiply, Unit, std::index_sequence_for<Nodes...>, Nodes...>;

namespace detail {

template <template <class, class...> class Flat, class Operation, class Unit, class A, class B>
constexpr auto join(A const& a, B const& b) {
  return Flat<Unit, A, B>(a, b);
}

// A sum that gets another term, a product that gets another factor: one flat node, not a tower of pairs.
template <template <class, class...> class Flat, class Operation, class Unit, class OldUnit, class Indices,
          class... Nodes, class B>
constexpr auto join(flat<Operation, OldUnit, Indices, Nodes...> const& a, B const& b) {
  return a.with_operands([&b](auto const&... n) { return Flat<Unit, Nodes..., B>(n..., b); });
}

template <class N>
constexpr auto as_node(N const& n) {
  if constexpr (expression<N>) {
    return n;
  } else {
    return constant(static_cast<double>(n));
  }
}

template <class A, class B>
concept operands = (expression<A> && (expression<B> || std::is_arithmetic_v<B>)) ||
                   (std::is_arithmetic_v<A> && expression<B>);

template <class N>
using node_of = decltype(as_node(std::declval<N const&>()));

} // namespace detail

template <class A, class B>
  requires detail::operands<A, B>
constexpr auto operator+(A const& a, B const& b) {
  using U = typename unit::sum<unit_of<detail::node_of<A>>, unit_of<detail::node_of<B>>>::type;
  return detail::join<sum, detail::add, U>(detail::as_node(a), detail::as_node(b));
}

template <class A, class B>
  requires detail::operands<A, B>
constexpr auto operator*(A const& a, B const& b) {
  using U = unit::product<unit_of<detail::node_of<A>>, unit_of<detail::node_of<B>>>;
  return detail::join<product, detail::multiply, U>(detail::as_node(a), detail::as_node(b));
}

namespace detail {

struct take_probability {
  using unit = rankwise::unit::probability;
  template <class Head, class Logits>
  RANKWISE_FN static auto of(Logits logit) {
    return Head::probability(logit);
  }
};
struct take_expected_grade {
  using unit = rankwise::unit::grade;
  template <class Head, class Logits>
  RANKWISE_FN static auto of(Logits logit) {
    return Head::expected_grade(logit);
  }
};

} // namespace detail

} // namespace rankwise::inline RANKWISE_ABI::value

namespace rankwise::inline RANKWISE_ABI {

/// A named weight with its initial value: `weight<"relevance">(0.6)`.
template <name Name>
constexpr value::named_weight<Name> weight(double initial) {
  return value::named_weight<Name>(initial);
}

} // namespace rankwise::inline RANKWISE_ABI

// In the namespace of the heads, so that they are found by their arguments; heads of other namespaces qualify them.
namespace rankwise::inline RANKWISE_ABI::head {

/// P(event) of a binary head.
template <class Head>
constexpr value::head_value<Head, value::detail::take_probability> probability(Head const&) {
  static_assert(Head::columns == 1,
                "[rankwise] probability(head) needs a binary head; an ordinal one has expected_grade(head)");
  return {};
}

/// E[grade] of an ordinal head.
template <class Head>
constexpr value::head_value<Head, value::detail::take_expected_grade> expected_grade(Head const&) {
  return {};
}

} // namespace rankwise::inline RANKWISE_ABI::head

namespace rankwise::inline RANKWISE_ABI {
using head::expected_grade;
using head::probability;
} // namespace rankwise::inline RANKWISE_ABI

#endif
