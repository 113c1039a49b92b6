#ifndef RANKWISE_RANK_TOP_K_HPP
#define RANKWISE_RANK_TOP_K_HPP

#include <rankwise/exec/scores_pass.hpp>
#include <rankwise/rank/top.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

/// The best K items of every list, best first; equal scores keep the order of the list.
namespace rankwise::inline RANKWISE_ABI {

/// Positions in the score column, K places per list of which the first `counts[l]` are used.
template <std::size_t K>
struct top_items {
  std::vector<std::size_t> items;
  std::vector<std::size_t> counts;

  std::span<std::size_t const> operator[](std::size_t list) const RANKWISE_REFERS_TO_THIS {
    return std::span<std::size_t const>(items).subspan(list * K, counts[list]);
  }
  std::size_t size() const { return counts.size(); }
};

namespace detail {

template <std::size_t K, class Item, class Count>
struct top_k_formula {
  using scratch = rank::top_scratch;
  static constexpr bool in_groups = true;
  Item* items;
  Count* counts;

  template <class Executor, class Lists>
  void start(Executor executor, Lists const& groups) const {
    using column_type = column<Count, Executor::where>;
    executor.template for_each_item<double>(groups.size(), set_all<column_type>{{counts, groups.size()}, Count(0)});
  }

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    using V = typename List::vector;
    std::size_t const count = rank::top(list, K);
    each_place<V>(count, [&](std::size_t r) {
      items[list.number() * K + r] = static_cast<Item>(list.first() + list.template indices<0>()[r]);
    });
    once<V>([&] { counts[list.number()] = static_cast<Count>(count); });
    return typename List::scalar(0);
  }
};

/// False where nothing was written.
template <std::size_t K, class Executor, class Scores, class Groups, class Item, class Count>
bool top_k_into(Executor executor, Scores const& scores, Groups const& groups, Item* items, Count* counts,
                options const& opts, workspace* memory) {
  static_assert(K > 0, "[rankwise] top_k<K>: K is at least 1");
  return check_options(opts, true) &&
         run_scores(executor, top_k_formula<K, Item, Count>{items, counts}, scores, "scores", groups, opts, memory).ran;
}

} // namespace detail

/// `top_k<10>([executor,] scores, lists [, workspace], {.mask = m})`. Masked items and those with a score of minus
/// infinity are left out; a list with NaN or +infinity has no top and is reported. Other options than the mask mean
/// nothing here and are refused.
template <std::size_t K, executor Executor, class Scores, detail::holds_lists Groups>
  requires(Executor::where == memory::host)
top_items<K> top_k(Executor executor, Scores const& scores, Groups const& groups, workspace& memory,
                   options const& opts = {}) {
  top_items<K> result;
  std::size_t const lists = detail::lists_in(groups).size();
  std::size_t const covered = detail::lists_in(groups).items();
  std::size_t const given = as_column(scores).size();
  if (covered != given) { // before memory is asked for, by a number that may be nonsense
    detail::deliver({errc::offsets_overrun, "scores", status::nowhere, covered, given}, opts.errors);
    return result;
  }
  result.items.resize(lists * K);
  result.counts.resize(lists);
  if (!detail::top_k_into<K>(executor, scores, groups, result.items.data(), result.counts.data(), opts, &memory)) {
    return {};
  }
  return result;
}
template <std::size_t K, executor Executor, class Scores, detail::holds_lists Groups>
  requires(Executor::where == memory::host)
top_items<K> top_k(Executor executor, Scores const& scores, Groups const& groups, options const& opts = {}) {
  workspace own;
  return top_k<K>(executor, scores, groups, own, opts);
}

/// On a device: one readable line.
template <std::size_t K, executor Executor, class Scores, detail::holds_lists Groups>
  requires(Executor::where != memory::host)
top_items<K> top_k(Executor, Scores const&, Groups const&, options const& = {}) {
  static_assert(!std::is_same_v<Scores, Scores>,
                "[rankwise] what a device finds stays there, in columns of integers: top_k<K>(executor, scores, lists, "
                "items, counts), K items and one count for each list");
  return {};
}

/// The same into columns of integers, in the memory of the executor: `K` places for each list, of which the first
/// `counts[l]` are written. For lists that come again there is `place_lists`; with those and a workspace a device
/// allocates nothing from the second call on.
template <std::size_t K, executor Executor, class Scores, detail::holds_lists Groups, class Items, class Counts>
void top_k(Executor executor, Scores const& scores, Groups const& groups, Items&& items, Counts&& counts,
           workspace& memory, options const& opts = {}) {
  auto const i = as_column(items);
  auto const c = as_column(counts);
  using item_type = typename decltype(i)::value_type;
  using count_type = typename decltype(c)::value_type;
  static_assert(std::is_integral_v<item_type> && std::is_integral_v<count_type> &&
                    std::is_same_v<decltype(i), column<item_type, Executor::where> const> &&
                    std::is_same_v<decltype(c), column<count_type, Executor::where> const>,
                "[rankwise] top_k writes contiguous columns of integers in the memory of the executor");
  std::size_t const lists = detail::lists_in(groups).size();
  if (!detail::check_size(i, "the items", lists * K, opts.errors) ||
      !detail::check_size(c, "the counts", lists, opts.errors) ||
      !detail::check_apart(i, as_column(scores), "the items", opts.errors) ||
      !detail::check_apart(i, opts.mask, "the items", opts.errors) ||
      !detail::check_apart(c, as_column(scores), "the counts", opts.errors) ||
      !detail::check_apart(c, opts.mask, "the counts", opts.errors) ||
      !detail::check_apart(c, i, "the counts", opts.errors) ||
      !detail::check_top_integers<item_type, count_type>(detail::lists_in(groups), K, opts.errors)) {
    return;
  }
  detail::top_k_into<K>(executor, scores, groups, i.first, c.first, opts, &memory);
}
template <std::size_t K, executor Executor, class Scores, detail::holds_lists Groups, class Items, class Counts>
  requires(!std::is_same_v<std::remove_cvref_t<Items>, workspace>)
void top_k(Executor executor, Scores const& scores, Groups const& groups, Items&& items, Counts&& counts,
           options const& opts = {}) {
  workspace own;
  top_k<K>(executor, scores, groups, items, counts, own, opts);
}

template <std::size_t K, class Scores, detail::holds_lists Groups, class Isa = arch::native>
  requires(!executor<Scores>)
top_items<K> top_k(Scores const& scores, Groups const& groups, options const& opts = {}) {
  return top_k<K>(executor_for<Scores const>{}, scores, groups, opts);
}

/// Without a K, and without lists: one readable line.
template <class Scores, class... Rest>
top_items<1> top_k(Scores const&, Rest const&...) {
  static_assert(!std::is_same_v<Scores, Scores>, "[rankwise] how many? K is a template argument: top_k<10>(scores, "
                                                 "lists)");
  return {};
}
template <std::size_t K, class Scores, class... Rest>
  requires(!(detail::holds_lists<Scores> || ... || detail::holds_lists<Rest>))
top_items<K> top_k(Scores const&, Rest const&...) {
  static_assert(!std::is_same_v<Scores, Scores>,
                "[rankwise] the lists are missing: top_k<K>(scores, lists), with rw::lists(offsets) or "
                "rw::lists_of_sizes(sizes); for one list rw::lists<>::single(scores.size())");
  return {};
}

} // namespace rankwise::inline RANKWISE_ABI

#endif
