#ifndef RANKWISE_RANK_TOP_K_HPP
#define RANKWISE_RANK_TOP_K_HPP

#include <rankwise/exec/run.hpp>
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

  std::span<std::size_t const> operator[](std::size_t list) const {
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

/// False where nothing was written. Lists that are not finite keep the counts that they have.
template <std::size_t K, class Executor, class Scores, class Offset, class Item, class Count>
bool top_k_into(Executor executor, Scores const& scores, lists<Offset> const& groups, Item* items, Count* counts,
                options const& opts) {
  static_assert(K > 0, "[rankwise] top_k<K>: K is at least 1");
  using formula = top_k_formula<K, Item, Count>;
  auto const s = as_column(scores);
  static_assert(decltype(s)::where == Executor::where,
                "[rankwise] the scores are in another memory than the executor's");
  status const sizes = s.size() == groups.items()
                           ? status{}
                           : status{errc::offsets_overrun, "scores", status::nowhere, groups.items(), s.size()};
  if (!passed(sizes, opts.errors) || !check_length<formula>(groups, opts.errors) ||
      !check_optional(opts.mask, "mask", s.size(), Executor::where, opts.errors)) {
    return false;
  }
  typename storage_for<std::uint8_t, Executor::where>::type live;
  if (opts.mask.given()) {
    live.resize(s.size());
    std::uint8_t* const to = address(live);
    convert_any<double>(executor, opts.mask, [to](auto c, std::size_t first) {
      return convert_mask<decltype(c)>{c, to + first};
    });
  }
  using T = compute_type<value_of<Scores const>>;
  using V = typename Executor::template vector<T>;
  using inputs = list_inputs<std::remove_const_t<decltype(s)>, T, no_constants>;
  list_pass<V, formula, lists<Offset>, inputs, list_outputs<>> const pass{
      {items, counts}, groups, {s, nullptr, nullptr, address(live), nullptr}, {}, nullptr, nullptr, nullptr};
  workspace own;
  pass_total const total = executor.for_each_list(groups, pass, &own, opts.errors);
  if (total.ran && total.flagged != 0) {
    deliver({errc::not_finite, "a score", total.first_flagged, 0, total.flagged}, opts.errors);
  }
  return total.ran;
}

template <class Count>
struct set_none {
  Count* counts;
  template <class Index>
  RANKWISE_FN void operator()(Index i) const {
    for (std::size_t lane = 0; lane < i.live(); ++lane) {
      counts[i.first + lane] = Count(0);
    }
  }
};

} // namespace detail

/// `top_k<10>(scores, lists, {.mask = m})`. Masked items and those with a score of minus infinity are left out; a list
/// with NaN or +infinity has no top and is reported by the error policy.
template <std::size_t K, executor Executor, class Scores, class Offset>
  requires(Executor::where == memory::host)
top_items<K> top_k(Executor executor, Scores const& scores, lists<Offset> const& groups, options const& opts = {}) {
  top_items<K> result;
  result.items.resize(groups.size() * K);
  result.counts.resize(groups.size());
  if (!detail::top_k_into<K>(executor, scores, groups, result.items.data(), result.counts.data(), opts)) {
    return {};
  }
  return result;
}

/// The same into columns of integers, in the memory of the executor: `K` places for each list, of which the first
/// `counts[l]` are written.
template <std::size_t K, executor Executor, class Scores, class Offset, class Items, class Counts>
void top_k(Executor executor, Scores const& scores, lists<Offset> const& groups, Items&& items, Counts&& counts,
           options const& opts = {}) {
  auto const i = as_column(items);
  auto const c = as_column(counts);
  using item_type = typename decltype(i)::value_type;
  using count_type = typename decltype(c)::value_type;
  static_assert(std::is_integral_v<item_type> && std::is_integral_v<count_type> &&
                    std::is_same_v<decltype(i), column<item_type, Executor::where> const> &&
                    std::is_same_v<decltype(c), column<count_type, Executor::where> const>,
                "[rankwise] top_k writes contiguous columns of integers in the memory of the executor");
  if (!detail::check_size(i, "the items", groups.size() * K, opts.errors) ||
      !detail::check_size(c, "the counts", groups.size(), opts.errors)) {
    return;
  }
  executor.template for_each_item<double>(c.size(), detail::set_none<count_type>{c.first});
  detail::top_k_into<K>(executor, scores, groups, i.first, c.first, opts);
}

template <std::size_t K, class Scores, class Offset, class Isa = arch::native>
  requires(!executor<Scores>)
top_items<K> top_k(Scores const& scores, lists<Offset> const& groups, options const& opts = {}) {
  return top_k<K>(executor_for<Scores const>{}, scores, groups, opts);
}

} // namespace rankwise::inline RANKWISE_ABI

#endif
