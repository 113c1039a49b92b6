#ifndef RANKWISE_VALUE_PHASES_HPP
#define RANKWISE_VALUE_PHASES_HPP

#include <rankwise/head/input.hpp>
#include <rankwise/value/ranker.hpp>

#include <algorithm>
#include <cstddef>
#include <type_traits>
#include <utility>
#include <vector>

/// Ranking in phases: a cheap expression over all candidates, the full value model over those it keeps, list adjusters
/// over the page alone.
///   phases(heads, phase<200>(cheap), phase<40>(full), phase<10>(diversity(previous, author)))
/// Every phase ranks what the one before it has kept and keeps its best N. That is the approximation, and N names it:
/// whoever is not among the best 200 by `cheap` is gone, whatever the full model would have said. For a page that is
/// exact whatever the first phase says see value/lazy_top.hpp.
namespace rankwise::inline RANKWISE_ABI {

/// The score that the phase before gave an item.
inline constexpr value::head_value<head::input<"score of the previous phase", unit::score>,
                                   value::detail::take_first<unit::score>>
    previous{head::input<"score of the previous phase", unit::score>{}};

namespace detail {

template <std::size_t Keep, class Node>
struct one_phase {
  static constexpr std::size_t keep = Keep;
  Node node;
};

/// The weights of a part of the model, by name.
template <name... Names, class All>
constexpr weight_values<Names...> weights_for(weight_values<Names...>, All const& all) {
  weight_values<Names...> out;
  (out.template set<Names>(all.template get<Names>()), ...);
  return out;
}

/// A column of ids for the items that are left.
template <class Named>
struct ids_left;
template <name Name, class T, std::size_t Columns, memory Where>
struct ids_left<named_columns<Name, T, Columns, Where>> {
  std::vector<std::remove_const_t<T>> numbers;

  void gather(named_columns<Name, T, Columns, Where> const& from, std::vector<std::size_t> const& items) {
    numbers.resize(items.size());
    for (std::size_t i = 0; i < items.size(); ++i) {
      numbers[i] = from.column_at[0][items[i]];
    }
  }
  auto column() const { return named<Name>(numbers); }
};

template <class Table>
struct table_left;
template <>
struct table_left<no_ids> {
  void gather(no_ids const&, std::vector<std::size_t> const&) {}
  static no_ids table() { return {}; }
};
template <class... Named>
struct table_left<named_table<Named...>> : ids_left<Named>... {
  void gather(named_table<Named...> const& from, std::vector<std::size_t> const& items) {
    (static_cast<ids_left<Named>&>(*this).gather(static_cast<Named const&>(from), items), ...);
  }
  auto table() const { return rankwise::columns(static_cast<ids_left<Named> const&>(*this).column()...); }
};

} // namespace detail

/// Ranks by `node` and keeps the best N of every list.
template <std::size_t N, class Node>
constexpr detail::one_phase<N, Node> phase(Node const& node) {
  static_assert(N > 0, "[rankwise] phase<N>(x): N is at least 1");
  static_assert(value::expression<Node>, "[rankwise] phase<N>(x) takes a value expression");
  return {node};
}

template <class Heads, class Accuracy, class... Phases>
class phase_list;

template <class... Heads, class Accuracy, class... Phases>
class phase_list<head_list<Heads...>, Accuracy, Phases...> {
  using first_heads = head_list<Heads...>;
  using previous_head = head::input<"score of the previous phase", unit::score>;
  using later_heads = head_list<Heads..., previous_head>;
  static constexpr std::size_t columns_before = static_cast<std::size_t>(first_heads::columns);

public:
  using weights_type =
      typename value::detail::collect_all<value::name_list<>,
                                          decltype(Phases::node)...>::type::template into<weight_values>;
  static constexpr int columns = first_heads::columns;
  /// How many items a page has at most.
  static constexpr std::size_t page = (Phases::keep, ...);

  constexpr explicit phase_list(Phases const&... p) : phases_(p...) {}

  /// The initial weights of all phases together.
  constexpr weights_type weights() const {
    weights_type w;
    phases_.each([&w](auto const& p) { p.node.initial_weights(w); });
    return w;
  }

  /// The page of every list, with the scores of the last phase:
  ///   top([executor,] logits [, ids], lists [, weights] [, options])
  template <class Logits, list_groups Groups>
  auto top(Logits const& logits, Groups const& groups, options const& opts = {}) const {
    return run(default_for<Logits>{}, logits, detail::no_ids{}, groups, weights(), opts);
  }
  template <class Logits, list_groups Groups>
  auto top(Logits const& logits, Groups const& groups, weights_type const& w, options const& opts = {}) const {
    return run(default_for<Logits>{}, logits, detail::no_ids{}, groups, w, opts);
  }
  template <class Logits, class Ids, list_groups Groups>
    requires(!executor<Logits>)
  auto top(Logits const& logits, Ids const& ids, Groups const& groups, options const& opts = {}) const {
    return run(default_for<Logits>{}, logits, ids, groups, weights(), opts);
  }
  template <class Logits, class Ids, list_groups Groups>
    requires(!executor<Logits>)
  auto top(Logits const& logits, Ids const& ids, Groups const& groups, weights_type const& w,
           options const& opts = {}) const {
    return run(default_for<Logits>{}, logits, ids, groups, w, opts);
  }
  template <executor Executor, class Logits, list_groups Groups>
  auto top(Executor how, Logits const& logits, Groups const& groups, options const& opts = {}) const {
    return run(how, logits, detail::no_ids{}, groups, weights(), opts);
  }
  template <executor Executor, class Logits, list_groups Groups>
  auto top(Executor how, Logits const& logits, Groups const& groups, weights_type const& w,
           options const& opts = {}) const {
    return run(how, logits, detail::no_ids{}, groups, w, opts);
  }
  template <executor Executor, class Logits, class Ids, list_groups Groups>
  auto top(Executor how, Logits const& logits, Ids const& ids, Groups const& groups, options const& opts = {}) const {
    return run(how, logits, ids, groups, weights(), opts);
  }
  template <executor Executor, class Logits, class Ids, list_groups Groups>
  auto top(Executor how, Logits const& logits, Ids const& ids, Groups const& groups, weights_type const& w,
           options const& opts = {}) const {
    return run(how, logits, ids, groups, w, opts);
  }

private:
  template <class Logits>
  static auto view_logits(Logits const& logits) {
    if constexpr (detail::is_named_table<Logits>) {
      return first_heads::in_order(logits);
    } else {
      return as_matrix(logits);
    }
  }

  template <class Logits>
  using default_for = typename default_executor<decltype(view_logits(std::declval<Logits const&>()))::where>::type;

  template <class Executor, class Logits, class Ids, class Groups>
  auto run(Executor how, Logits const& logits, Ids const& ids, Groups const& groups, weights_type const& w,
           options const& opts) const {
    using T = compute_type<typename decltype(view_logits(logits))::value_type>;
    // Each phase tells `now`; the caller hears of the first trouble of all phases.
    status now;
    status worst;
    options own_errors = opts;
    own_errors.errors = now;
    auto result = phases_.with([&](auto const& first, auto const&... rest) -> top_scores<page, T> {
      auto const ranked = make<first_heads>(first.node);
      auto const own = detail::weights_for(ranked.weights(), w);
      auto const kept = [&] {
        if constexpr (std::is_same_v<Ids, detail::no_ids>) {
          return ranked.template top_k<std::remove_cvref_t<decltype(first)>::keep>(how, logits, groups, own,
                                                                                   own_errors);
        } else {
          return ranked.template top_k<std::remove_cvref_t<decltype(first)>::keep>(how, logits, ids, groups, own,
                                                                                   own_errors);
        }
      }();
      worst = now;
      if (!worst.ok() && worst.code != errc::not_finite) {
        return {};
      }
      return next(how, kept, view_logits(logits), ids, w, now, worst, rest...);
    });
    detail::passed(worst, opts.errors);
    return result;
  }

  template <class Executor, std::size_t K, class T, class M, class Ids>
  static top_scores<K, T> next(Executor, top_scores<K, T> const& kept, M const&, Ids const&, weights_type const&,
                               status&, status&) {
    return kept;
  }
  template <class Executor, std::size_t K, class T, class M, class Ids, class Phase, class... Rest>
  static auto next(Executor how, top_scores<K, T> const& kept, M const& z, Ids const& ids, weights_type const& w,
                   status& now, status& worst, Phase const& phase, Rest const&... rest) {
    // The items that are left, in the order of their lists: that is what settles ties.
    std::vector<std::size_t> items;
    std::vector<T> scores;
    std::vector<std::pair<std::size_t, T>> list;
    for (std::size_t l = 0; l < kept.size(); ++l) {
      list.clear();
      for (std::size_t r = 0; r < kept[l].size(); ++r) {
        list.emplace_back(kept[l][r], kept.scores_of(l)[r]);
      }
      std::sort(list.begin(), list.end(), [](auto const& a, auto const& b) { return a.first < b.first; });
      for (auto const& [item, score] : list) {
        items.push_back(item);
        scores.push_back(score);
      }
    }
    std::vector<T> rows((columns_before + 1) * items.size());
    for (std::size_t i = 0; i < items.size(); ++i) {
      for (std::size_t c = 0; c < columns_before; ++c) {
        rows[c * items.size() + i] = static_cast<T>(load(z, pack<T>{items[i]}, c));
      }
      rows[columns_before * items.size() + i] = scores[i];
    }
    detail::table_left<Ids> left;
    left.gather(ids, items);
    auto const groups = lists_of_sizes(kept.counts, now);
    auto const ranked = make<later_heads>(phase.node);
    auto const own = detail::weights_for(ranked.weights(), w);
    options later;
    later.errors = now;
    auto const table = column_major(rows.data(), items.size(), columns_before + 1);
    auto found = [&] {
      if constexpr (std::is_same_v<Ids, detail::no_ids>) {
        return ranked.template top_k<Phase::keep>(how, table, groups, own, later);
      } else {
        return ranked.template top_k<Phase::keep>(how, table, left.table(), groups, own, later);
      }
    }();
    for (std::size_t l = 0; l < found.size(); ++l) {
      for (std::size_t r = 0; r < found.counts[l]; ++r) {
        found.items[l * Phase::keep + r] = items[found.items[l * Phase::keep + r]];
      }
    }
    worst = worst.ok() ? now : worst;
    return next(how, found, z, ids, w, now, worst, rest...);
  }

  template <class AllHeads, class Node>
  static constexpr auto make(Node const& node) {
    return ranker<AllHeads, Node, Accuracy>(AllHeads{}, node);
  }

  // Phases in a flat pack.
  template <class Indices, class... P>
  struct pack_of;
  template <std::size_t... Is, class... P>
  struct pack_of<std::index_sequence<Is...>, P...> : value::detail::leaf<Is, P>... {
    constexpr explicit pack_of(P const&... p) : value::detail::leaf<Is, P>{p}... {}
    template <class F>
    constexpr void each(F const& f) const {
      (f(value::detail::at<Is>(*this)), ...);
    }
    template <class F>
    constexpr auto with(F const& f) const {
      return f(value::detail::at<Is>(*this)...);
    }
  };
  pack_of<std::index_sequence_for<Phases...>, Phases...> phases_;
};

/// phases(rw::heads(...), phase<200>(cheap), phase<10>(full)); `phases<math::fast>(...)` computes with the fast
/// functions of math/.
template <class Accuracy = math::precise, class Heads, class... Phases>
constexpr auto phases(Heads const&, Phases const&... p) {
  static_assert(sizeof...(Phases) > 0, "[rankwise] phases(heads, phase<N>(x), ...) needs at least one phase");
  static_assert((requires { Phases::keep; } && ...), "[rankwise] phases(heads, phase<N>(x), ...)");
  return phase_list<Heads, Accuracy, Phases...>(p...);
}

} // namespace rankwise::inline RANKWISE_ABI

#endif
