#ifndef RANKWISE_CORE_COLUMNS_HPP
#define RANKWISE_CORE_COLUMNS_HPP

#include <rankwise/core/name.hpp>
#include <rankwise/core/tensor.hpp>

#include <cstddef>
#include <type_traits>

/// Columns under names, for a table that is no matrix: `columns(named<"click">(a), named<"relevance">(b, c))`. Order
/// does not matter; whoever reads them asks for names and gets plain columns in its own order.
namespace rankwise::inline RANKWISE_ABI {

/// Columns of one number type, each contiguous, in an order that was settled at compile time.
template <class T, std::size_t Columns, memory Where = memory::host>
struct column_set {
  using value_type = std::remove_const_t<T>;
  static constexpr memory where = Where;
  static constexpr std::size_t columns = Columns;

  column<T, Where> column_at[Columns == 0 ? 1 : Columns]{};
  std::size_t rows = 0;
};

/// The columns of one name, in order: an ordinal head has several.
template <name Name, class T, std::size_t Columns, memory Where>
struct named_columns {
  static constexpr auto label = Name;
  static constexpr std::size_t width = Columns;
  using element = T;
  static constexpr memory where = Where;

  column<T, Where> column_at[Columns];
};

/// Names one or more columns.
template <name Name, class First, class... Rest>
constexpr auto named(First const& first, Rest const&... rest) {
  using C = column_of<First const>;
  static_assert((std::is_same_v<column_of<Rest const>, C> && ...),
                "[rankwise] columns of one name must be of one kind: the same number type, all contiguous");
  using T = std::remove_reference_t<decltype(as_column(first)[0])>;
  static_assert(std::is_same_v<C, column<T, C::where>>, "[rankwise] named columns are contiguous");
  return named_columns<Name, T const, 1 + sizeof...(Rest), C::where>{
      {{as_column(first).first, as_column(first).count}, {as_column(rest).first, as_column(rest).count}...}};
}

/// Without a name: one readable line.
template <class First, class... Rest>
constexpr named_columns<"?", float const, 1, memory::host> named(First const&, Rest const&...) {
  static_assert(!std::is_same_v<First, First>,
                "[rankwise] the name of a column is a template argument: rw::named<\"click\">(numbers)");
  return {};
}

/// Several named columns together.
template <class... Named>
struct named_table : Named... {
  static_assert(sizeof...(Named) > 0, "[rankwise] columns(...) needs at least one named column");
  static_assert(distinct<Named::label...>(), "[rankwise] two columns have the same name");

  template <name Name>
  static constexpr bool has = ((Named::label == Name) || ...);

  /// The columns of `Name`.
  template <name Name>
  constexpr auto const& get() const RANKWISE_REFERS_TO_THIS {
    return get_from<Name>(static_cast<Named const&>(*this)...);
  }

private:
  template <name Name, class First, class... Rest>
  static constexpr auto const& get_from(First const& first, Rest const&... rest) {
    if constexpr (First::label == Name) {
      return first;
    } else {
      return get_from<Name>(rest...);
    }
  }
};

namespace detail {
// Not by its arguments: nvcc 13 does not see a name among them.
template <class T>
inline constexpr bool is_named_columns = requires(T const& t) {
  T::label;
  T::width;
  t.column_at[0];
};
} // namespace detail

template <class... Named>
constexpr auto columns(Named const&... named) {
  static_assert(
      (detail::is_named_columns<Named> && ...),
      "[rankwise] rw::columns(...) takes columns with names: rw::columns(rw::named<\"click\">(numbers), ...)");
  if constexpr ((detail::is_named_columns<Named> && ...)) {
    return named_table<Named...>{named...};
  } else {
    return named_table<named_columns<"?", float const, 1, memory::host>>{};
  }
}

namespace detail {
template <class T>
inline constexpr bool is_named_table = false;
template <class... Named>
inline constexpr bool is_named_table<named_table<Named...>> = true;
} // namespace detail

} // namespace rankwise::inline RANKWISE_ABI

#endif
