#ifndef RANKWISE_VALUE_OUTPUTS_HPP
#define RANKWISE_VALUE_OUTPUTS_HPP

#include <rankwise/core/columns.hpp>
#include <rankwise/exec/items.hpp>
#include <rankwise/exec/pack.hpp>
#include <rankwise/value/node.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

/// Several scores of one pass: `outputs(output<"sum">(a), output<"product">(b))` in place of a value expression. What
/// they have in common, the probabilities of heads, is computed once.
namespace rankwise::inline RANKWISE_ABI {

namespace value {

template <name Name, class Node>
struct named_output {
  static constexpr auto label = Name;
  Node node;
};

namespace detail {

/// Bound outputs: a call yields all of them, or the only one.
template <class Indices, class... Nodes>
struct run_outputs;
template <std::size_t... Is, class... Nodes>
struct run_outputs<std::index_sequence<Is...>, Nodes...> : leaf<Is, Nodes>... {
  static constexpr std::size_t outputs = sizeof...(Nodes);

  constexpr explicit run_outputs(Nodes const&... n) : leaf<Is, Nodes>{n}... {}

  template <class Item>
  RANKWISE_FN auto operator()(Item const& item) const {
    if constexpr (outputs == 1) {
      return at<0>(*this)(item);
    } else {
      return item_sums<typename Item::vector, outputs>{{at<Is>(*this)(item)...}};
    }
  }
  template <class List>
  using leaves = typename leaves_of<List, Nodes...>::type;
  template <class List>
  RANKWISE_FN void adjust(List& list) const {
    (at<Is>(*this).adjust(list), ...);
  }
};

template <class Indices, class... Named>
struct output_list;

} // namespace detail

template <class V>
inline constexpr bool is_output_list = false;
template <class Indices, class... Named>
inline constexpr bool is_output_list<detail::output_list<Indices, Named...>> = true;

namespace detail {

template <std::size_t... Is, class... Named>
struct output_list<std::index_sequence<Is...>, Named...> : leaf<Is, Named>... {
  static_assert(sizeof...(Named) > 0, "[rankwise] outputs(...) needs at least one output");
  static_assert(distinct<Named::label...>(), "[rankwise] two outputs of a ranker have the same name");
  static constexpr std::size_t outputs = sizeof...(Named);

  constexpr explicit output_list(Named const&... n) : leaf<Is, Named>{n}... {}

  template <class List>
  using collect = typename collect_all<List, decltype(Named::node)...>::type;
  template <class Weights>
  constexpr void initial_weights(Weights& w) const {
    (detail::at<Is>(*this).node.initial_weights(w), ...);
  }
  template <bool Keep>
  static constexpr int slots = slots_of<Keep, decltype(Named::node)...>();
  static constexpr bool may_fault = (decltype(Named::node)::may_fault || ...);
  constexpr char const* fault() const {
    char const* found = nullptr;
    ((found = found != nullptr ? found : detail::at<Is>(*this).node.fault()), ...);
    return found;
  }

  template <class T, class Model>
  constexpr auto bind(Model const& model) const {
    return run_outputs<std::index_sequence<Is...>, decltype(detail::at<Is>(*this).node.template bind<T>(
                                                       model_for<Is, decltype(Named::node)...>(model)))...>(
        detail::at<Is>(*this).node.template bind<T>(model_for<Is, decltype(Named::node)...>(model))...);
  }

  /// The expression of one output.
  template <name Name>
  constexpr auto const& get() const {
    constexpr std::size_t at = index_of<Name, Named::label...>();
    static_assert(at != outputs, "[rankwise] the ranker has no output of this name");
    return detail::at<at>(*this).node;
  }
  template <class F>
  constexpr void for_each_output(F const& f) const {
    (f(detail::at<Is>(*this)), ...);
  }
};

} // namespace detail
} // namespace value

namespace detail {
template <class Value>
inline constexpr std::size_t outputs_of = 1;
template <class Indices, class... Nodes>
inline constexpr std::size_t outputs_of<value::detail::run_outputs<Indices, Nodes...>> = sizeof...(Nodes);
template <class Indices, class... Named>
inline constexpr std::size_t outputs_of<value::detail::output_list<Indices, Named...>> = sizeof...(Named);

/// One of several scores of an item.
template <class Index, class V, class Out>
RANKWISE_FN void store_score(Out const& out, Index i, std::size_t k, V x) {
  if constexpr (requires { out.column_at; }) {
    store(out.column_at[k], i, x);
  } else if constexpr (requires { out.row_stride; }) {
    store(out, i, k, x);
  } else {
    store(out, i, x);
  }
}

template <class T>
inline constexpr bool is_column_set = false;
template <class T, std::size_t N, memory W>
inline constexpr bool is_column_set<column_set<T, N, W>> = true;
} // namespace detail

/// A named score.
template <name Name, class Node>
constexpr value::named_output<Name, Node> output(Node const& node) {
  static_assert(value::expression<Node>, "[rankwise] output<\"name\">(x) takes a value expression");
  static_assert(!std::is_same_v<value::unit_of<Node>, unit::logit>,
                "[rankwise] an output is a logit: rank by rw::probability(head), or weigh it to a score");
  return {node};
}

/// Several named scores, in the order of the score columns.
template <class... Named>
constexpr auto outputs(Named const&... named) {
  return value::detail::output_list<std::index_sequence_for<Named...>, Named...>(named...);
}

/// Columns as the destination of several scores: `ranker.score(logits, rw::into(a, b))`.
template <class First, class... Rest>
constexpr auto into(First& first, Rest&... rest) {
  using C = column_of<First>;
  static_assert((std::is_same_v<column_of<Rest>, C> && ...),
                "[rankwise] into(...) takes contiguous columns of one number type");
  using T = std::remove_reference_t<decltype(as_column(first)[0])>;
  static_assert(!std::is_const_v<T> && std::is_same_v<C, column<T, C::where>>,
                "[rankwise] into(...) takes contiguous columns that can be written to");
  column_set<T, 1 + sizeof...(Rest), C::where> set{{as_column(first), as_column(rest)...}, 0};
  set.rows = set.column_at[0].count;
  return set;
}

} // namespace rankwise::inline RANKWISE_ABI

#endif
