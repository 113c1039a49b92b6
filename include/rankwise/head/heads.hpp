#ifndef RANKWISE_HEAD_HEADS_HPP
#define RANKWISE_HEAD_HEADS_HPP

#include <rankwise/core/name.hpp>

#include <cstddef>

namespace rankwise::inline RANKWISE_ABI {

/// The heads of a model, in the order of their logit columns.
template <class... Heads>
struct head_list {
  static_assert(distinct<Heads::label...>(), "[rankwise] two heads of a ranker have the same name");

  /// Logit columns of all heads together.
  static constexpr int columns = (0 + ... + Heads::columns);

  template <name Name>
  static constexpr bool has = ((Heads::label == Name) || ...);

  /// The first logit column of a head.
  template <class Head>
  static consteval int first_column() {
    constexpr std::size_t wanted = index_of<Head::label, Heads::label...>();
    std::size_t position = 0;
    int column = 0;
    ((column += position++ < wanted ? Heads::columns : 0), ...);
    return column;
  }
};

/// heads(relevance, click, purchase)
template <class... Heads>
constexpr head_list<Heads...> heads(Heads const&...) {
  return {};
}

} // namespace rankwise::inline RANKWISE_ABI

#endif
