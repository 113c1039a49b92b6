#ifndef RANKWISE_RANK_TOP_K_HPP
#define RANKWISE_RANK_TOP_K_HPP

#include <rankwise/exec/run.hpp>
#include <rankwise/rank/top.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
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

template <std::size_t K>
struct top_k_formula {
  using scratch = rank::top_scratch;
  std::size_t* items;
  std::size_t* counts;

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    std::size_t const count = rank::top(list, K);
    for (std::size_t r = 0; r < count; ++r) {
      items[list.number() * K + r] = list.first() + list.template indices<0>()[r];
    }
    counts[list.number()] = count;
    return typename List::scalar(0);
  }
};

} // namespace detail

/// `top_k<10>(scores, lists, {.mask = m})`. Masked items and those with a score of minus infinity are left out; a list
/// with NaN or +infinity has no top and is reported by the error policy.
template <std::size_t K, executor Executor, class Scores, class Offset>
  requires(Executor::where == memory::host)
top_items<K> top_k(Executor executor, Scores const& scores, lists<Offset> const& groups, options const& opts = {}) {
  static_assert(K > 0, "[rankwise] top_k<K>: K is at least 1");
  auto const s = as_column(scores);
  top_items<K> result;
  status const sizes = s.size() == groups.items()
                           ? status{}
                           : status{errc::offsets_overrun, "scores", status::nowhere, groups.items(), s.size()};
  if (!detail::passed(sizes, opts.errors) || !detail::check_length<detail::top_k_formula<K>>(groups, opts.errors) ||
      !detail::check_optional(opts.mask, "mask", s.size(), Executor::where, opts.errors)) {
    return result;
  }
  std::vector<std::uint8_t> live;
  if (opts.mask.given()) {
    live.resize(s.size());
    detail::convert_any<double>(executor, opts.mask, [&live](auto c, std::size_t first) {
      return detail::convert_mask<decltype(c)>{c, live.data() + first};
    });
  }
  result.items.resize(groups.size() * K);
  result.counts.resize(groups.size());
  using T = compute_type<value_of<Scores const>>;
  using V = typename Executor::template vector<T>;
  using inputs = list_inputs<std::remove_const_t<decltype(s)>, T, no_constants>;
  list_pass<V, detail::top_k_formula<K>, lists<Offset>, inputs, list_outputs<>> const pass{
      {result.items.data(), result.counts.data()},
      groups,
      {s, nullptr, nullptr, opts.mask.given() ? live.data() : nullptr, nullptr},
      {},
      nullptr,
      nullptr,
      nullptr};
  workspace own;
  pass_total const total = executor.for_each_list(groups, pass, &own, opts.errors);
  if (total.flagged != 0) {
    detail::deliver({errc::not_finite, "a score", total.first_flagged, 0, total.flagged}, opts.errors);
  }
  return result;
}

template <std::size_t K, class Scores, class Offset, class Isa = arch::native>
  requires(!executor<Scores>)
top_items<K> top_k(Scores const& scores, lists<Offset> const& groups, options const& opts = {}) {
  return top_k<K>(executor_for<Scores const>{}, scores, groups, opts);
}

} // namespace rankwise::inline RANKWISE_ABI

#endif
