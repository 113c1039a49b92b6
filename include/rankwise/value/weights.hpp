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

/// The name belongs into the type.
template <class Text, class Initial>
constexpr value::named_weight<"?"> weight(Text const&, Initial const&) {
  static_assert(!std::is_same_v<Text, Text>, "[rankwise] the name of a weight is a template argument: "
                                             "rw::weight<\"click\">(0.6)");
  return value::named_weight<"?">(0);
}

/// Run-time values of the named weights. A name that the value model does not have does not compile.
template <name... Names>
class weight_values {
public:
  static constexpr std::size_t size() { return sizeof...(Names); }

  /// The place of a name, in the order in which the model first uses them.
  template <name Name>
  static constexpr std::size_t slot() {
    constexpr std::size_t at = index_of<Name, Names...>();
    static_assert(at != sizeof...(Names), "[rankwise] the value model has no weight of this name");
    return at;
  }

  template <name Name>
  constexpr void set(double value) {
    values_[slot<Name>()] = value;
  }
  template <name Name>
  constexpr double get() const {
    return values_[slot<Name>()];
  }

  /// The name belongs into the type here, too.
  template <class Text>
  constexpr void set(Text const&, double) {
    static_assert(!std::is_same_v<Text, Text>, "[rankwise] the name of a weight is a template argument: "
                                               "weights.set<\"click\">(0.6)");
  }
  template <class Text>
  constexpr double get(Text const&) const {
    static_assert(!std::is_same_v<Text, Text>, "[rankwise] the name of a weight is a template argument: "
                                               "weights.get<\"click\">()");
    return 0;
  }

  /// By slot; the name of each for messages and files.
  constexpr double& operator[](std::size_t i) { return values_[i]; }
  constexpr double operator[](std::size_t i) const { return values_[i]; }
  constexpr double const* data() const { return values_; }
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

/// The weights of a value model.
template <class Node>
using weights_of = typename Node::template collect<value::name_list<>>::template into<weight_values>;

} // namespace rankwise::inline RANKWISE_ABI

#endif
