#ifndef RANKWISE_VALUE_NODE_HPP
#define RANKWISE_VALUE_NODE_HPP

#include <rankwise/core/name.hpp>
#include <rankwise/core/policy.hpp>
#include <rankwise/core/unit.hpp>
#include <rankwise/exec/pack.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

/// Expressions over heads, features, weights and constants. A node names what it needs; `bind<T>(model)` turns it into
/// a plain function of an item, with slot numbers for names and numbers of the value type for parameters. A bound node
/// has
///   node(item)                      its value
///   node.backward(item, seed, sink) seed x its derivative, handed to sink.weight<slot>(g) and sink.logit(column, g)
///   leaves<List>                    the list of the leaves below it whose values an item may share
///   node.adjust(list)               what list adjusters below it must do before items are looked at; see adjust.hpp
namespace rankwise::inline RANKWISE_ABI::value {

/// The base of all nodes: what makes the operators apply to them.
struct node {};

template <class N>
concept expression = std::is_base_of_v<node, N>;

/// A named weight, whatever its name.
template <class N>
concept weight_node = requires {
  requires N::is_weight;
};

template <class N>
using unit_of = typename N::unit;

/// The names of the weights below a node, each once, in the order of their first occurrence. Nodes add theirs by a
/// member template, because nvcc cannot deduce a name from `named_weight<Name>`.
template <name... Names>
struct name_list {
  template <name New>
  using with = std::conditional_t<index_of<New, Names...>() != sizeof...(Names), name_list, name_list<Names..., New>>;
  template <template <name...> class Target>
  using into = Target<Names...>;
};

/// A node without weights below it, and without list adjusters: `slots` counts their scratch columns, `head_values` the
/// quantities of heads. `fault()` names the first parameter that is outside of its range, where a node `may_fault`.
struct leaf_node : node {
  static constexpr std::size_t head_values = 0;
  static constexpr bool may_fault = false;
  static constexpr char const* fault() { return nullptr; }
  template <class List>
  using collect = List;
  template <bool Keep>
  static constexpr int slots = 0;
  template <class Weights>
  constexpr void initial_weights(Weights&) const {}
};

namespace detail {

/// Heads and operations with parameters may say what is wrong with them; see core/policy.hpp.
template <class Operation>
concept checked = requires(Operation const& o) {
  o.fault();
};
/// Bound nodes whose value depends on the item's logits alone, each once.
template <class... Leaves>
struct leaf_list;
template <class Leaf>
struct leaf_mark {};
template <class... Leaves>
struct leaf_list : leaf_mark<Leaves>... {
  template <class New>
  using with = std::conditional_t<std::is_base_of_v<leaf_mark<New>, leaf_list>, leaf_list, leaf_list<Leaves..., New>>;
};

/// The value of a leaf that several places of an expression share.
template <class Leaf, class V>
struct shared_value {
  V value;
};
template <class Item, class Leaf>
inline constexpr bool shares = std::is_base_of_v<shared_value<Leaf, typename Item::vector>, Item>;

/// An item that has computed its leaves, each once for the whole expression.
template <class Item, class Leaves>
struct shared_item;
template <class Item, class... Leaves>
struct shared_item<Item, leaf_list<Leaves...>> : Item, shared_value<Leaves, typename Item::vector>... {
  RANKWISE_FN explicit shared_item(Item const& item)
      : Item(item), shared_value<Leaves, typename Item::vector>{Leaves{}.from_logits(item)}... {}
};

template <class Node, class Item>
RANKWISE_FN auto share_leaves(Node const&, Item const& item) {
  return shared_item<Item, typename Node::template leaves<leaf_list<>>>(item);
}

} // namespace detail

struct constant : leaf_node {
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
    template <class Item, class V, class Sink>
    RANKWISE_FN void backward(Item const&, V, Sink&) const {}
    template <class List>
    using leaves = List;
    template <class List>
    RANKWISE_FN void adjust(List&) const {}
    template <class List>
    RANKWISE_FN void adjust_back(List&) const {}
  };
  template <class T, class Model>
  constexpr run<T> bind(Model const&) const {
    return {static_cast<T>(value)};
  }
};

namespace detail {

// Bound nodes stand outside the classes whose names they lost: a kernel's type must not contain a name.
template <class T, std::size_t Slot>
struct run_weight {
  T value;

  template <class Item>
  RANKWISE_FN auto operator()(Item const&) const {
    return typename Item::vector(value);
  }
  template <class Item, class V, class Sink>
  RANKWISE_FN void backward(Item const&, V seed, Sink& sink) const {
    sink.template weight<Slot>(seed);
  }
  template <class List>
  using leaves = List;
  template <class List>
  RANKWISE_FN void adjust(List&) const {}
  template <class List>
  RANKWISE_FN void adjust_back(List&) const {}
};

template <class List, class Leaf>
struct with_leaf {
  using type = typename List::template with<Leaf>;
};
template <class List>
struct without_leaf {
  using type = List;
};

template <class Bound, class Quantity, int First, int Columns>
struct run_head {
  Bound head;
  Quantity quantity;

  template <class Item>
  RANKWISE_FN auto operator()(Item const& item) const {
    if constexpr (shares<Item, run_head>) {
      return static_cast<shared_value<run_head, typename Item::vector> const&>(item).value;
    } else {
      return from_logits(item);
    }
  }
  template <class Item>
  RANKWISE_FN auto from_logits(Item const& item) const {
    return quantity.template apply<typename Item::accuracy>(head, [&item](int k) { return item.logit(First + k); });
  }
  template <class Item, class V, class Sink>
  RANKWISE_FN void backward(Item const& item, V seed, Sink& sink) const {
    V d[static_cast<std::size_t>(Columns)];
    quantity.template partials<typename Item::accuracy>(
        head, [&item](int k) { return item.logit(First + k); }, d);
    for (int k = 0; k < Columns; ++k) {
      sink.logit(First + k, seed * d[k]);
    }
  }

  // Only what has no parameters is the same wherever it stands.
  template <class List>
  using leaves = typename std::conditional_t<std::is_empty_v<Bound> && std::is_empty_v<Quantity>,
                                             with_leaf<List, run_head>, without_leaf<List>>::type;
  template <class List>
  RANKWISE_FN void adjust(List&) const {}
  template <class List>
  RANKWISE_FN void adjust_back(List&) const {}
};

} // namespace detail

/// A weight that serving may change, per call and per request.
template <name Name>
struct named_weight : node {
  using unit = rankwise::unit::number;
  static constexpr auto label = Name;
  static constexpr bool is_weight = true;
  static constexpr std::size_t head_values = 0;
  double initial;

  constexpr explicit named_weight(double v) : initial(v) {}

  static constexpr bool may_fault = false; // a ranker looks at the weights of a call
  static constexpr char const* fault() { return nullptr; }
  template <class List>
  using collect = typename List::template with<Name>;
  template <bool Keep>
  static constexpr int slots = 0;
  template <class Weights>
  constexpr void initial_weights(Weights& w) const {
    w.template set<Name>(initial);
  }

  template <class T, class Model>
  constexpr auto bind(Model const& model) const {
    return detail::run_weight<T, Model::template slot<Name>>{static_cast<T>(model.template weight<Name>())};
  }
};

namespace detail {

/// Stands for a list of names where heads are looked for instead: `Value::collect<known_heads<Heads>>` does not compile
/// where a head is missing.
template <class Heads>
struct known_heads {
  template <name>
  using with = known_heads;
};
template <class List, class Head>
struct with_head {
  using type = List;
};
template <class Heads, class Head>
struct with_head<known_heads<Heads>, Head> {
  static_assert(Heads::template has<Head::label>,
                "[rankwise] the value model uses a head that the ranker does not have: add it to rw::heads(...)");
  static_assert(!Heads::template has<Head::label> || Heads::template holds<Head>,
                "[rankwise] the value model uses a head with another number of logits than the one of that name in "
                "rw::heads(...): levels, or events, differ");
  using type = known_heads<Heads>;
};

} // namespace detail

/// A quantity that a head yields: `quantity.apply<P>(head, z)`, and its derivatives by the head's logits.
template <class Head, class Quantity>
struct head_value : leaf_node {
  using unit = typename Quantity::unit;
  static constexpr std::size_t head_values = 1;
  static constexpr bool may_fault = detail::checked<Head> || detail::checked<Quantity>;
  constexpr char const* fault() const { return rankwise::detail::first_fault(head, quantity); }
  Head head;
  Quantity quantity;

  constexpr explicit head_value(Head const& h, Quantity const& q = {}) : head(h), quantity(q) {}

  template <class List>
  using collect = typename detail::with_head<List, Head>::type;

  template <class T, class Model>
  constexpr auto bind(Model const&) const {
    using heads = typename Model::heads;
    auto const bound_head = bound<T>(head);
    auto const bound_quantity = bound<T>(quantity);
    return detail::run_head<std::remove_const_t<decltype(bound_head)>, std::remove_const_t<decltype(bound_quantity)>,
                            heads::template first_column<Head>(), Head::columns>{bound_head, bound_quantity};
  }
};

namespace detail {

// Numbered bases compile far faster than a tuple.
template <std::size_t Is, class N>
struct leaf {
  N node;
};
template <std::size_t Is, class N>
RANKWISE_FN N const& at(leaf<Is, N> const& l) {
  return l.node;
}

/// The leaves of several bound nodes together.
template <class List, class... Nodes>
struct leaves_of {
  using type = List;
};
template <class List, class First, class... Rest>
struct leaves_of<List, First, Rest...> {
  using type = typename leaves_of<typename First::template leaves<List>, Rest...>::type;
};

template <class Operation, class Indices, class... Nodes>
struct run_operation;

template <class Operation, std::size_t... Is, class... Nodes>
struct run_operation<Operation, std::index_sequence<Is...>, Nodes...> : leaf<Is, Nodes>... {
  Operation operation;

  constexpr explicit run_operation(Operation const& op, Nodes const&... n) : leaf<Is, Nodes>{n}..., operation(op) {}

  template <class Item>
  RANKWISE_FN auto operator()(Item const& item) const {
    using V = typename Item::vector;
    V const x[] = {leaf<Is, Nodes>::node(item)...};
    return operation.template apply<typename Item::accuracy>(x);
  }
  template <class Item, class V, class Sink>
  RANKWISE_FN void backward(Item const& item, V seed, Sink& sink) const {
    V const x[] = {leaf<Is, Nodes>::node(item)...};
    V d[sizeof...(Is)];
    operation.template partials<typename Item::accuracy>(x, operation.template apply<typename Item::accuracy>(x), d);
    (leaf<Is, Nodes>::node.backward(item, seed * d[Is], sink), ...);
  }

  template <class List>
  using leaves = typename leaves_of<List, Nodes...>::type;
  template <class List>
  RANKWISE_FN void adjust(List& list) const {
    (leaf<Is, Nodes>::node.adjust(list), ...);
  }
  template <class List>
  RANKWISE_FN void adjust_back(List& list) const {
    (leaf<Is, Nodes>::node.adjust_back(list), ...);
  }
};

template <class List, class... Nodes>
struct collect_all {
  using type = List;
};
template <class List, class First, class... Rest>
struct collect_all<List, First, Rest...> {
  using type = typename collect_all<typename First::template collect<List>, Rest...>::type;
};

template <class Operation, class Unit, class Indices, class... Nodes>
struct operation;

/// The scratch columns of the first k nodes.
template <bool Keep, class... Nodes>
constexpr int slots_of(std::size_t k = sizeof...(Nodes)) {
  constexpr int each[] = {Nodes::template slots<Keep>..., 0};
  int sum = 0;
  for (std::size_t i = 0; i < k; ++i) {
    sum += each[i];
  }
  return sum;
}

/// The model as the k-th of several operands is bound with: the scratch columns of those before it are taken.
template <std::size_t K, class... Nodes, class Model>
constexpr decltype(auto) model_for(Model const& model) {
  constexpr int taken = slots_of<Model::keep, Nodes...>(K);
  if constexpr (taken == 0) {
    return (model);
  } else {
    return model.template after<taken>();
  }
}

/// An operation over its operands, in a flat pack. `Operation` has
///   apply<P>(x)          its value for the operand values x[N]; P is the accuracy policy
///   partials<P>(x, y, d) d[k] = dy / dx[k], where y = apply<P>(x)
/// and, if it has parameters, bind<T>().
template <class Operation, class Unit, std::size_t... Is, class... Nodes>
struct operation<Operation, Unit, std::index_sequence<Is...>, Nodes...> : node, leaf<Is, Nodes>... {
  using unit = Unit;
  static constexpr std::size_t head_values = (0 + ... + Nodes::head_values);
  Operation op;

  constexpr explicit operation(Operation const& o, Nodes const&... n) : leaf<Is, Nodes>{n}..., op(o) {}

  template <class T, class Model>
  constexpr auto bind(Model const& model) const {
    auto const bound_operation = bound<T>(op);
    using bound_type = std::remove_const_t<decltype(bound_operation)>;
    using indices = std::index_sequence<Is...>;
    if constexpr (slots<Model::keep> == 0) {
      return run_operation<bound_type, indices, decltype(leaf<Is, Nodes>::node.template bind<T>(model))...>(
          bound_operation, leaf<Is, Nodes>::node.template bind<T>(model)...);
    } else {
      return run_operation<bound_type, indices,
                           decltype(leaf<Is, Nodes>::node.template bind<T>(model_for<Is, Nodes...>(model)))...>(
          bound_operation, leaf<Is, Nodes>::node.template bind<T>(model_for<Is, Nodes...>(model))...);
    }
  }
  template <bool Keep>
  static constexpr int slots = (0 + ... + Nodes::template slots<Keep>);

  static constexpr bool may_fault = checked<Operation> || (Nodes::may_fault || ...);
  constexpr char const* fault() const {
    char const* found = fault_of(op);
    if constexpr ((Nodes::may_fault || ...)) {
      ((found = found != nullptr ? found : leaf<Is, Nodes>::node.fault()), ...);
    }
    return found;
  }
  template <class List>
  using collect = typename collect_all<List, Nodes...>::type;
  template <class Weights>
  constexpr void initial_weights(Weights& w) const {
    (leaf<Is, Nodes>::node.initial_weights(w), ...);
  }
  template <class F>
  constexpr auto with_operands(F const& f) const {
    return f(leaf<Is, Nodes>::node...);
  }
};

template <class N>
constexpr auto as_node(N const& n) {
  if constexpr (expression<N>) {
    return n;
  } else {
    static_assert(std::is_arithmetic_v<N>,
                  "[rankwise] an operand of a value expression must be a node (probability(head), weight<\"w\">(1), "
                  "...) or a number");
    return constant(static_cast<double>(n));
  }
}

template <class N>
using node_of = decltype(as_node(std::declval<N const&>()));
template <class N>
using operand_unit = unit_of<node_of<N>>;

/// At least one operand is a node, the others are nodes or numbers.
template <class... N>
concept operands = (expression<N> || ...) && ((expression<N> || std::is_arithmetic_v<N>)&&...);

} // namespace detail

/// Makes an operation node; numbers among the operands become constants.
template <class Unit, class Operation, class... Operands>
constexpr auto operate(Operation const& op, Operands const&... operands) {
  return detail::operation<Operation, Unit, std::index_sequence_for<Operands...>, detail::node_of<Operands>...>(
      op, detail::as_node(operands)...);
}

} // namespace rankwise::inline RANKWISE_ABI::value

#endif
