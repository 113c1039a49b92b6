#ifndef RANKWISE_VALUE_WEIGHTS_HPP
#define RANKWISE_VALUE_WEIGHTS_HPP

#include <rankwise/value/node.hpp>

#include <cstddef>
#include <type_traits>

/// The named weights of a value model and their run-time values.
namespace rankwise::inline RANKWISE_ABI {

/// A named weight with its initial value: `weight<"relevance">(0.6)`.
template <name Name>
constexpr value::named_weight<Name> weight(double initial) {
  return value::named_weight<Name>(initial);
}

namespace value {

template <name... Names>
struct name_list {
  static constexpr std::size_t size = sizeof...(Names);
};

namespace detail {

template <class List, class Node>
struct collect {
  using type = List;
};
template <class List, class... Nodes>
struct collect_all {
  using type = List;
};
template <class List, class First, class... Rest>
struct collect_all<List, First, Rest...> {
  using type = typename collect_all<typename collect<List, First>::type, Rest...>::type;
};
template <name... Have, name New>
struct collect<name_list<Have...>, named_weight<New>> {
  static constexpr bool known = (false || ... || (Have == New));
  using type = std::conditional_t<known, name_list<Have...>, name_list<Have..., New>>;
};
template <class List, class Operation, class Unit, class Indices, class... Nodes>
struct collect<List, operation<Operation, Unit, Indices, Nodes...>> {
  using type = typename collect_all<List, Nodes...>::type;
};

template <class Node, class F>
constexpr void for_each_weight(Node const&, F const&) {}
template <name Name, class F>
constexpr void for_each_weight(named_weight<Name> const& w, F const& f) {
  f(w);
}
template <class Operation, class Unit, class Indices, class... Nodes, class F>
constexpr void for_each_weight(operation<Operation, Unit, Indices, Nodes...> const& o, F const& f) {
  o.with_operands([&f](auto const&... n) {
    (for_each_weight(n, f), ...);
    return 0;
  });
}

} // namespace detail

/// The distinct weight names of expressions, in the order of their first occurrence.
template <class... Nodes>
using weight_names = typename detail::collect_all<name_list<>, Nodes...>::type;

} // namespace value

/// Run-time values of the named weights. A name that the value model does not have does not compile.
template <class Names>
class weight_values;

template <name... Names>
class weight_values<value::name_list<Names...>> {
public:
  static constexpr std::size_t size() { return sizeof...(Names); }

  /// The place of a name, in the order in which the model first uses them.
  template <name Name>
  static constexpr std::size_t slot() {
    static_assert((false || ... || (Name == Names)), "[rankwise] the value model has no weight of this name");
    return index_of<Name, Names...>();
  }

  template <name Name>
  constexpr void set(double value) {
    values_[slot<Name>()] = value;
  }
  template <name Name>
  constexpr double get() const {
    return values_[slot<Name>()];
  }

  /// By slot; the name of each for messages and files.
  constexpr double& operator[](std::size_t i) { return values_[i]; }
  constexpr double operator[](std::size_t i) const { return values_[i]; }
  static constexpr char const* name_of(std::size_t i) {
    char const* const names[] = {text<Names>()..., ""};
    return names[i];
  }

  friend constexpr bool operator==(weight_values const&, weight_values const&) = default;

private:
  template <name Name>
  static constexpr char const* text() {
    return stored<Name>.text;
  }
  template <name Name>
  static constexpr auto stored = Name;

  double values_[sizeof...(Names) + 1] = {};
};

} // namespace rankwise::inline RANKWISE_ABI

#endif
