#ifndef RANKWISE_VALUE_CONTRIBUTIONS_HPP
#define RANKWISE_VALUE_CONTRIBUTIONS_HPP

#include <rankwise/core/error.hpp>
#include <rankwise/core/tensor.hpp>
#include <rankwise/exec/items.hpp>
#include <rankwise/value/node.hpp>
#include <rankwise/value/outputs.hpp>
#include <rankwise/value/print.hpp>
#include <rankwise/value/ranker.hpp>
#include <rankwise/value/sharing.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

/// What every quantity contributes to every score, in one pass: `contributions(ranker)` is a ranker with an output for
/// each quantity. The leaves of `ranker.explain`, for all items and on every executor.
namespace rankwise::inline RANKWISE_ABI {

namespace value::detail {

/// The value of a bound node for the baseline item, and those of all nodes below it. `leaves` counts the heads' values
/// there; `share` writes what each of them accounts for, where one unit of the node's own change counts `scale`.
template <class T, class Node, class Isa = arch::native>
struct baseline_of {
  static constexpr std::size_t leaves = 0;
  T value;

  template <class Item>
  constexpr baseline_of(Node const& n, Item const& baseline) : value(n(baseline)) {}

  template <class Item, class V>
  RANKWISE_FN void share(Node const&, Item const&, V, V*) const {}
};

template <class T, class Bound, class Quantity, int First, int Columns>
struct baseline_of<T, run_head<Bound, Quantity, First, Columns>> {
  using head = run_head<Bound, Quantity, First, Columns>;
  static constexpr std::size_t leaves = 1;
  T value;

  template <class Item>
  constexpr baseline_of(head const& h, Item const& baseline) : value(h(baseline)) {}

  template <class Item, class V>
  RANKWISE_FN void share(head const& h, Item const& item, V scale, V* out) const {
    *out = scaled_by(scale, h(item) - V(value));
  }
};

template <class T, class Operation, std::size_t... Is, class... Nodes>
struct baseline_of<T, run_operation<Operation, std::index_sequence<Is...>, Nodes...>>
    : leaf<Is, baseline_of<T, Nodes>>... {
  using node = run_operation<Operation, std::index_sequence<Is...>, Nodes...>;
  static constexpr std::size_t leaves = (0 + ... + baseline_of<T, Nodes>::leaves);
  static constexpr std::uint64_t moving = moving_operands<(baseline_of<T, Nodes>::leaves != 0)...>();
  T value;

  template <class Item>
  constexpr baseline_of(node const& n, Item const& baseline)
      : leaf<Is, baseline_of<T, Nodes>>{{at<Is>(n), baseline}}..., value(n(baseline)) {}

  template <class Item, class V>
  RANKWISE_FN void share(node const& n, Item const& item, V scale, V* out) const {
    if constexpr (leaves != 0) {
      V const x[] = {at<Is>(n)(item)...};
      V const b[] = {V(at<Is>(*this).value)...};
      V part[sizeof...(Is)];
      scales_of<typename Item::accuracy, moving>(n.operation, x, b, V(value), part);
      ((at<Is>(*this).share(at<Is>(n), item, scaled_by(scale, part[Is]), out), out += baseline_of<T, Nodes>::leaves),
       ...);
    }
  }
};

/// Bound: a call yields the contributions of all leaves, as `run_outputs` does.
template <class T, class Node>
struct run_contributions {
  static constexpr std::size_t outputs = baseline_of<T, Node>::leaves;
  Node node;
  baseline_of<T, Node> baseline;

  template <class Item>
  RANKWISE_FN auto operator()(Item const& item) const {
    using V = typename Item::vector;
    item_sums<V, outputs> y;
    baseline.share(node, item, V(1), y.value);
    if constexpr (outputs == 1) {
      return y.value[0];
    } else {
      return y;
    }
  }
  template <class List>
  using leaves = typename Node::template leaves<List>;
  template <class List>
  RANKWISE_FN void adjust(List&) const {}
};

/// In place of a value expression: its contributions against a row of logits.
template <class Node, std::size_t Columns>
struct contribution_list {
  static constexpr std::size_t outputs = Node::head_values;
  static constexpr bool may_fault = Node::may_fault;
  Node node;
  std::array<double, Columns> baseline;

  template <class List>
  using collect = typename Node::template collect<List>;
  template <bool Keep>
  static constexpr int slots = 0;
  template <class Weights>
  constexpr void initial_weights(Weights& w) const {
    node.initial_weights(w);
  }
  constexpr char const* fault() const { return node.fault(); }

  /// What an item is compared with has a score, or nothing can be.
  template <class Model>
  constexpr char const* not_finite(Model const& model) const {
    double const score = node.template bind<double>(model)(row_item<double, math::precise>{baseline.data()});
    return score - score == 0 ? nullptr : "the score of the baseline of contributions (give one where it is finite)";
  }

  template <class T, class Model>
  constexpr auto bind(Model const& model) const {
    auto const bound_node = node.template bind<T>(model);
    T row[Columns];
    for (std::size_t c = 0; c < Columns; ++c) {
      row[c] = static_cast<T>(baseline[c]);
    }
    using N = std::remove_const_t<decltype(bound_node)>;
    return run_contributions<T, N>{bound_node, {bound_node, row_item<T, math::precise>{row}}};
  }
};

template <class Value>
consteval bool has_contributions() {
  if constexpr (!expression<Value>) {
    static_assert(expression<Value>,
                  "[rankwise] contributions: of one output, contributions(ranker.output<\"name\">())");
    return false;
  } else {
    constexpr bool adjusts = Value::template slots<false> != 0;
    static_assert(!adjusts, "[rankwise] contributions: the value model has list adjusters; explain single items by "
                            "ranker.explain(logits, lists, item)");
    static_assert(Value::head_values != 0, "[rankwise] contributions: the value model has no head in it");
    return !adjusts && Value::head_values != 0;
  }
}

inline void name_leaves(constant const&, std::vector<std::string>&) {}
template <weight_node Weight>
void name_leaves(Weight const&, std::vector<std::string>&) {}
template <class Head, class Quantity>
void name_leaves(head_value<Head, Quantity> const& h, std::vector<std::string>& names) {
  names.push_back(write(h, style::text).text);
}
template <class Operation, class Unit, class Indices, class... Nodes>
void name_leaves(operation<Operation, Unit, Indices, Nodes...> const& o, std::vector<std::string>& names) {
  o.with_operands([&](auto const&... n) { (name_leaves(n, names), ...); });
}

} // namespace value::detail

template <class Node, std::size_t Columns>
inline constexpr bool value::is_output_list<value::detail::contribution_list<Node, Columns>> = true;

namespace detail {
template <class T, class Node>
inline constexpr std::size_t outputs_of<value::detail::run_contributions<T, Node>> =
    value::detail::run_contributions<T, Node>::outputs;
template <class Node, std::size_t Columns>
inline constexpr std::size_t outputs_of<value::detail::contribution_list<Node, Columns>> =
    value::detail::contribution_list<Node, Columns>::outputs;
} // namespace detail

/// A ranker whose outputs are what the values of heads in `r` contribute, in the order of their occurrence, against a
/// baseline item: one number per logit column, all 0 if there are none. An item's contributions and the score of the
/// baseline add up to its score.
template <class Heads, class Value, class Accuracy>
constexpr auto contributions(ranker<Heads, Value, Accuracy> const& r, std::span<double const> baseline = {}) {
  if constexpr (value::detail::has_contributions<Value>()) {
    constexpr std::size_t columns = static_cast<std::size_t>(Heads::columns);
    value::detail::contribution_list<Value, columns> list{r.value(), {}};
    if (!baseline.empty() && detail::check_size(baseline, "the baseline", columns, {})) {
      for (std::size_t c = 0; c < columns; ++c) {
        list.baseline[c] = baseline[c];
      }
    }
    return ranker<Heads, value::detail::contribution_list<Value, columns>, Accuracy>(Heads{}, list);
  } else {
    return ranker<Heads, value::constant>(Heads{}, value::constant(0));
  }
}

/// What the outputs of `contributions(ranker)` are, in order: `expected_grade(relevance)`, `probability(purchase)`.
template <class Heads, class Node, std::size_t Columns, class Accuracy>
std::vector<std::string>
contribution_names(ranker<Heads, value::detail::contribution_list<Node, Columns>, Accuracy> const& r) {
  std::vector<std::string> names;
  value::detail::name_leaves(r.value().node, names);
  return names;
}

} // namespace rankwise::inline RANKWISE_ABI

#endif
