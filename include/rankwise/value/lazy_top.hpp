#ifndef RANKWISE_VALUE_LAZY_TOP_HPP
#define RANKWISE_VALUE_LAZY_TOP_HPP

#include <rankwise/core/storage.hpp>
#include <rankwise/value/ranker.hpp>
#include <rankwise/value/trend.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <type_traits>
#include <vector>

/// The exact page when some logits are expensive: `lazy_top<K>(ranker, rw::heads(conversion), logits, lists, fetch)`
/// asks `fetch` for the late logits of as few items as it can. With the late heads at their best an item's score is a
/// bound; items go in the order of their bounds, and the list ends where the next bound is below the K-th best score.
/// What proves the bound is the trend of the model in every late head (value/trend.hpp); where it is unknown nothing is
/// pruned and all items of the list are fetched.
namespace rankwise::inline RANKWISE_ABI {

template <std::size_t K, class T>
struct lazy_result {
  top_scores<K, T> top;
  std::size_t fetched = 0; ///< items whose late logits were asked for
};

namespace detail {

/// Sets the logits of one late head to what makes the score greatest; false if nothing proves which that is.
template <class Heads, class Ranker, class Head, class T, class Isa = arch::native>
bool set_best(Ranker const& ranker, Head const& head, typename Ranker::weights_type const& w, T* row) {
  trend const t = trend_of(ranker, head, w);
  T const best = t == trend::decreasing ? -math::ops<T>::infinity : math::ops<T>::infinity;
  for (int c = 0; c < Head::columns; ++c) {
    row[Heads::template first_column<Head>() + c] = best;
  }
  return t != trend::unknown;
}

} // namespace detail

/// `logits` has a column for every logit; what stands in the late columns is not read. `fetch(items, late)` writes the
/// late logits of `items`, positions in the columns of the call, into the matrix `late`: a row per item, a column per
/// late logit in the order of the late heads. Items, order and scores are those of `ranker.top_k<K>` over all logits.
template <std::size_t K, class Heads, class Value, class Accuracy, class... Late, class Logits, list_groups Groups,
          class Fetch>
auto lazy_top(ranker<Heads, Value, Accuracy> const& ranked, head_list<Late...> const&, Logits const& logits,
              Groups const& groups, Fetch&& fetch, typename ranker<Heads, Value, Accuracy>::weights_type const& w,
              options const& opts = {}) {
  static_assert((Heads::template holds<Late> && ...), "[rankwise] lazy_top: a late head is not one of the ranker's");
  static_assert(Value::template slots<false> == 0,
                "[rankwise] lazy_top: a list adjuster looks at all items; use rw::phases, where it looks at the page");
  auto const z = as_matrix(logits);
  using T = compute_type<typename decltype(z)::value_type>;
  constexpr std::size_t columns = static_cast<std::size_t>(Heads::columns);
  constexpr std::size_t late_columns = static_cast<std::size_t>(head_list<Late...>::columns);
  lazy_result<K, T> result;
  if (!detail::check_equal(z.rows, groups.items(), "logits", errc::offsets_overrun, opts.errors) ||
      !detail::check_equal(z.columns, columns, "logits (columns)", errc::wrong_shape, opts.errors) ||
      !detail::check_optional(opts.mask, "mask", z.rows, memory::host, opts.errors)) {
    return result;
  }
  T best_row[columns] = {};
  // Every head's part is set, whatever the others say.
  bool const proven = (static_cast<unsigned>(detail::set_best<Heads>(ranked, Late{}, w, best_row)) & ...) != 0;
  int late_at[late_columns];
  std::size_t at = 0;
  ((([&] {
     for (int c = 0; c < Late::columns; ++c) {
       late_at[at++] = Heads::template first_column<Late>() + c;
     }
   })()),
   ...);
  bool is_late[columns] = {};
  for (int const c : late_at) {
    is_late[c] = true;
  }

  status told;
  options quiet;
  quiet.errors = told;
  result.top.items.resize(groups.size() * K);
  result.top.scores.resize(groups.size() * K);
  result.top.counts.resize(groups.size());
  status flagged;
  std::vector<T> table, bound, late, scores;
  std::vector<std::size_t> order, batch;
  std::vector<std::uint32_t> places;
  for (std::size_t l = 0; l < groups.size(); ++l) {
    std::size_t const first = groups.begin_of(l);
    std::size_t const n = groups.size_of(l);
    table.resize(n * columns);
    bound.resize(n);
    for (std::size_t c = 0; c < columns; ++c) {
      for (std::size_t i = 0; i < n; ++i) {
        table[c * n + i] = is_late[c] ? best_row[c] : static_cast<T>(load(z, pack<T>{first + i}, c));
      }
    }
    ranked.score(column_major(table.data(), n, columns), bound, w, quiet);
    if (!told.ok()) { // a weight or a parameter
      detail::deliver(told, opts.errors);
      return lazy_result<K, T>{};
    }
    order.clear();
    for (std::size_t i = 0; i < n; ++i) {
      double live = 1;
      if (opts.mask.given()) {
        opts.mask.read(first + i, 1, &live);
      }
      if (live != 0) {
        order.push_back(i);
      }
    }
    // A bound that is NaN bounds nothing: such an item goes first.
    auto const key = [&](std::size_t i) { return bound[i] == bound[i] ? bound[i] : math::ops<T>::infinity; };
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return key(a) > key(b); });
    detail::best_items<T> best{result.top.scores.data() + l * K, result.top.items.data() + l * K, K};
    bool finite = true;
    for (std::size_t next = 0; next < order.size() && finite;) {
      if (proven && best.count == K && key(order[next]) < best.score[K - 1]) {
        break;
      }
      std::size_t const end = proven ? std::min(order.size(), next + std::max<std::size_t>(K, 32)) : order.size();
      batch.assign(order.begin() + static_cast<std::ptrdiff_t>(next), order.begin() + static_cast<std::ptrdiff_t>(end));
      next = end;
      std::sort(batch.begin(), batch.end());
      std::size_t const m = batch.size();
      for (std::size_t& item : batch) {
        item += first;
      }
      late.assign(m * late_columns, T(0));
      fetch(std::span<std::size_t const>(batch), column_major(late.data(), m, late_columns));
      result.fetched += m;
      table.resize(std::max(table.size(), m * columns));
      for (std::size_t c = 0; c < columns; ++c) {
        for (std::size_t i = 0; i < m; ++i) {
          table[c * m + i] = static_cast<T>(load(z, pack<T>{batch[i]}, c));
        }
      }
      for (std::size_t c = 0; c < late_columns; ++c) {
        std::copy(late.begin() + static_cast<std::ptrdiff_t>(c * m),
                  late.begin() + static_cast<std::ptrdiff_t>((c + 1) * m),
                  table.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(late_at[c]) * m));
      }
      scores.resize(m);
      ranked.score(column_major(table.data(), m, columns), scores, w, quiet);
      for (std::size_t i = 0; i < m; ++i) {
        finite = finite && scores[i] < math::ops<T>::infinity;
        best.insert(scores[i], batch[i]);
      }
    }
    result.top.counts[l] = finite ? best.count : 0;
    if (!finite) {
      flagged = {errc::not_finite, "a score", flagged.ok() ? l : flagged.where, 0, flagged.found + 1};
    }
  }
  if (!flagged.ok()) {
    detail::deliver(flagged, opts.errors);
  }
  return result;
}

/// With the initial weights.
template <std::size_t K, class Heads, class Value, class Accuracy, class... Late, class Logits, list_groups Groups,
          class Fetch>
auto lazy_top(ranker<Heads, Value, Accuracy> const& ranked, head_list<Late...> const& late_heads, Logits const& logits,
              Groups const& groups, Fetch&& fetch, options const& opts = {}) {
  return lazy_top<K>(ranked, late_heads, logits, groups, fetch, ranked.weights(), opts);
}

} // namespace rankwise::inline RANKWISE_ABI

#endif
