#ifndef RANKWISE_HEAD_HEADS_HPP
#define RANKWISE_HEAD_HEADS_HPP

#include <rankwise/core/columns.hpp>
#include <rankwise/core/name.hpp>

#include <cstddef>
#include <type_traits>

namespace rankwise::inline RANKWISE_ABI {

namespace detail {
template <class Head>
concept has_label = requires {
  Head::label;
  Head::columns;
};
} // namespace detail

/// The heads of a model, in the order of their logit columns.
template <class... Heads>
struct head_list {
  static_assert(distinct<Heads::label...>(), "[rankwise] two heads of a ranker have the same name");

  /// Logit columns of all heads together.
  static constexpr int columns = (0 + ... + Heads::columns);

  template <name Name>
  static constexpr bool has = ((Heads::label == Name) || ...);
  /// Whether that head is here: one of its name and as many logits.
  template <class Head>
  static constexpr bool holds = ((Heads::label == Head::label && Heads::columns == Head::columns) || ...);

  /// Named columns in the order of the heads.
  template <class Table>
  static constexpr auto in_order(Table const& table) {
    static_assert((Table::template has<Heads::label> && ...),
                  "[rankwise] a head of the ranker has no column of its name in rw::columns(...)");
    return ordered_columns(table.template get<Heads::label>()...);
  }

  /// The first logit column of a head.
  template <class Head>
  static consteval int first_column() {
    constexpr std::size_t wanted = index_of<Head::label, Heads::label...>();
    std::size_t position = 0;
    int column = 0;
    bool reached = false;
    ((reached = reached || position++ == wanted, column += reached ? 0 : Heads::columns), ...);
    return column;
  }

private:
  template <class First, class... Rest>
  static constexpr auto ordered_columns(First const& first, Rest const&... rest) {
    static_assert(((First::width + ... + Rest::width) == static_cast<std::size_t>(columns)) &&
                      widths_fit<First, Rest...>(),
                  "[rankwise] a head has another number of logits than columns were given under its name");
    using T = typename First::element;
    static_assert((std::is_same_v<typename Rest::element, T> && ...) && ((Rest::where == First::where) && ...),
                  "[rankwise] logit columns must be of one number type, in one memory");
    column_set<T, static_cast<std::size_t>(columns), First::where> set{};
    std::size_t at = 0;
    set.rows = first.column_at[0].count;
    auto const append = [&set, &at](auto const& named) {
      for (auto const& c : named.column_at) {
        set.column_at[at++] = c;
      }
    };
    append(first);
    (append(rest), ...);
    return set;
  }

  template <class... Named>
  static consteval bool widths_fit() {
    return ((Named::width == static_cast<std::size_t>(Heads::columns)) && ...);
  }
};

/// heads(relevance, click, purchase)
template <class... Heads>
constexpr auto heads(Heads const&...) {
  static_assert(
      (detail::has_label<Heads> && ...),
      "[rankwise] rw::heads(...) takes heads, such as rw::head::binary<\"click\">{}: structs with `label` and "
      "`columns`");
  if constexpr ((detail::has_label<Heads> && ...)) {
    return head_list<Heads...>{};
  } else {
    return head_list<>{};
  }
}

namespace detail {
template <class Heads>
inline constexpr bool is_head_list = false;
template <class... Heads>
inline constexpr bool is_head_list<head_list<Heads...>> = true;
} // namespace detail

} // namespace rankwise::inline RANKWISE_ABI

#endif
