#ifndef RANKWISE_LOSS_PAIR_RANKS_HPP
#define RANKWISE_LOSS_PAIR_RANKS_HPP

#include <rankwise/core/columns.hpp>
#include <rankwise/exec/list.hpp>
#include <rankwise/exec/pack.hpp>
#include <rankwise/loss/smooth_ranks.hpp>

#include <cstddef>
#include <cstdint>

/// Smooth ranks that are sums over pairs: every item j adds a part of a place to the rank of item i,
///   r_i = sum over j != i of level(x_j - x_i)
/// Only items with a gain need a rank; they are the rows, so the cost is (items with a gain) x (items). A `Pair` says
/// what level and slope are:
///   add<Divide>(own, other, level, slope)   one item's part of a row's rank, and of its derivative
///   slope<Divide>(own, other)               that derivative again, for the other one
///   factor(x)                               what both leave out of the slope, once for each item of a pair
///   own_level, own_slope                    what an item adds to its own rank, which is taken back
namespace rankwise::inline RANKWISE_ABI::loss::detail {

template <class Form>
using pair_rank_scratch = ordering_scratch<asks_who<Form> ? 9 : 6>;

/// The items with a gain: their positions in the list and their gains. Returns how many there are.
template <class List, class Form, class T>
RANKWISE_FN std::size_t rows_with_gain(List const& list, Form const& form, std::uint32_t* item, T* gain) {
  using V = typename List::vector;
  auto* const all = list.template values<5>();
  list.each([&](auto i) {
    V const g = form.gain(list.label(i), list.weight(i));
    store(all, i, list.has_masked() ? math::select(list.live(i), g, V(0)) : g);
  });
  std::size_t const rows = collect_places<V>(list.size(), item, [&](std::size_t i) { return all[i] != 0; });
  each_place<V>(rows, [&](std::size_t r) { gain[r] = static_cast<T>(all[item[r]]); });
  return rows;
}

/// What a loss over ranks prepares for a list.
template <class T>
struct rank_constants {
  T scale{};
  std::uint32_t rows{};
};
using rank_items = scratch_columns<1, 1>; ///< the items with a gain

template <class List, class Form>
RANKWISE_FN auto prepare_ranks(List const& list, Form const& form) {
  using T = typename List::scalar;
  T const scale = static_cast<T>(form.scale(list));
  std::size_t const rows =
      rows_with_gain(list, form, list.template prepared_indices<0>(), list.template prepared_values<0>());
  return rank_constants<T>{scale, static_cast<std::uint32_t>(rows)};
}

/// The same in the columns of a pass, `indices<0>()` and `values<2>()`, and for the items that take part in it.
template <class List, class Form>
RANKWISE_FN auto rank_rows(List const& list, Form const& form) {
  using T = typename List::scalar;
  T* const gain = list.template values<2>();
  std::uint32_t* const item = list.template indices<0>();
  if (!list.constants_hold()) {
    T const scale = static_cast<T>(form.scale(list));
    return rank_constants<T>{scale, static_cast<std::uint32_t>(rows_with_gain(list, form, item, gain))};
  }
  auto const& c = list.constants();
  auto const* const prepared_gain = list.template prepared_values<0>();
  std::uint32_t const* const prepared_item = list.template prepared_indices<0>();
  each_place<typename List::vector>(c.rows, [&](std::size_t r) {
    gain[r] = static_cast<T>(prepared_gain[r]);
    item[r] = prepared_item[r];
  });
  return rank_constants<T>{static_cast<T>(c.scale), c.rows};
}

/// x of every item into `values<0>()`, `nobody` for those that do not take part.
template <class List, class V, class F>
RANKWISE_FN void fill_x(List const& list, V nobody, F f) {
  auto* const x = list.template values<0>();
  list.each([&](auto i) { store(x, i, list.has_masked() ? math::select(list.live(i), f(i), nobody) : f(i)); });
}

/// The loss of one list whose x stand in `values<0>()`, `nobody` for items that do not take part. Derivatives by x are
/// multiplied by beta = dx/ds.
template <class Pair, class List, class Form>
RANKWISE_FN auto rank_loss(List const& list, Form const& form, rank_constants<typename List::scalar> known,
                           typename List::scalar beta, typename List::scalar nobody) {
  using V = typename List::vector;
  using T = typename List::scalar;
  constexpr std::size_t width = static_cast<std::size_t>(math::lanes<V>);
  std::size_t const n = list.size();
  T* const x = list.template values<0>();
  T* const row_x = list.template values<1>();
  T* const gain = list.template values<2>();
  T* const rank = list.template values<3>(); // then dL/drank
  T* const steep = list.template values<4>();
  T* const own = list.template values<5>();
  std::uint32_t const* const item = list.template indices<0>();
  std::size_t const rows = known.rows;
  constexpr bool who = asks_who<Form>;
  constexpr std::size_t beside_at = who ? 6 : 0; // columns that only such metrics have
  constexpr std::size_t before_at = who ? 7 : 0;
  constexpr std::size_t before_steep_at = who ? 8 : 0;
  [[maybe_unused]] T* const beside = who ? list.template values<beside_at>() : nullptr;
  [[maybe_unused]] T* const before = who ? list.template values<before_at>() : nullptr; // then dL/dbefore
  [[maybe_unused]] T* const before_steep = who ? list.template values<before_steep_at>() : nullptr;
  if constexpr (who) {
    list.each([&](auto i) {
      V const a = form.beside(list.label(i));
      store(beside, i, list.has_masked() ? math::select(list.live(i), a, V(0)) : a);
    });
  }
  // A register of rows against one item at a time: nothing is added up across lanes.
  each_place<V>(rows + width, [&](std::size_t r) { row_x[r] = x[item[r < rows ? r : 0]]; });
  for (std::size_t r = 0; r < rows; r += width) {
    V const mine = math::load<V>(row_x + r);
    V level(0);
    V slope(0);
    if constexpr (who) {
      V sum(0);
      V sum_slope(0);
      for (std::size_t j = 0; j < n; ++j) {
        V p(0);
        V q(0);
        Pair::template add<false>(mine, V(x[j]), p, q);
        V const a(beside[j]);
        level += p;
        slope += q;
        sum = math::fma(a, p, sum);
        sum_slope = math::fma(a, q, sum_slope);
      }
      math::store(before + r, sum);
      math::store(before_steep + r, sum_slope * Pair::factor(mine));
    } else {
      std::size_t j = 0;
      for (; j + 1 < n; j += 2) {
        Pair::template add<false>(mine, V(x[j]), level, slope);
        Pair::template add<true>(mine, V(x[j + 1]), level, slope);
      }
      if (j < n) {
        Pair::template add<false>(mine, V(x[j]), level, slope);
      }
    }
    math::store(rank + r, level - as<V>(Pair::own_level));
    math::store(steep + r, slope * Pair::factor(mine));
  }
  if constexpr (who) { // a row has met itself
    each_place<V>(rows, [&](std::size_t r) { before[r] -= beside[item[r]] * static_cast<T>(Pair::own_level); });
  }
  T const value = loss_by_ranks<V>(form, known.scale, rows, gain, rank, before);
  if constexpr (List::wants_gradient) {
    // The view hands out whole registers of items.
    each_place<V>((width - n % width) % width, [&](std::size_t i) { x[n + i] = nobody; });
    for_each_pack<V>(n, [&](auto i) { store(own, i, V(0)); });
    each_place<V>(rows, [&](std::size_t r) {
      own[item[r]] = rank[r] * steep[r];
      if constexpr (who) {
        own[item[r]] += before[r] * before_steep[r];
      }
    });
    T* const twice = gain; // the rows' gains are no longer needed
    if constexpr (List::wants_hessian) {
      for_each_pack<V>(n, [&](auto i) { store(twice, i, V(0)); });
      each_place<V>(rows, [&](std::size_t r) {
        twice[item[r]] = math::abs(rank[r]) * (steep[r] - static_cast<T>(2 * Pair::own_slope));
        if constexpr (who) { // as much as both together
          T const own_part = beside[item[r]] * static_cast<T>(2 * Pair::own_slope);
          twice[item[r]] += math::abs(before[r]) * math::abs(before_steep[r] - own_part);
        }
      });
    }
    for_each_pack<V>(rows, [&](auto r) {
      store(rank, r, load(rank, r) * Pair::factor(load(row_x, r)));
      if constexpr (who) {
        store(before, r, load(before, r) * Pair::factor(load(row_x, r)));
      }
    });
    list.each([&](auto i) {
      V const mine = math::load<V>(x + i.first);
      [[maybe_unused]] V const counts = who ? load(beside, i) : V(0);
      V g(0);
      V h(0);
      auto const add = [&](std::size_t r, V slope) {
        V a(rank[r]);
        V size = math::abs(a);
        if constexpr (who) {
          V const b = V(before[r]) * counts;
          a = a + b;
          size = size + math::abs(b);
        }
        g = math::fma(a, slope, g);
        if constexpr (List::wants_hessian) {
          h = math::fma(size, slope, h);
        }
      };
      std::size_t r = 0;
      for (; r + 1 < rows; r += 2) {
        add(r, Pair::template slope<false>(V(row_x[r]), mine));
        add(r + 1, Pair::template slope<true>(V(row_x[r + 1]), mine));
      }
      if (r < rows) {
        add(r, Pair::template slope<false>(V(row_x[r]), mine));
      }
      V const factor = Pair::factor(mine);
      list.gradient(i, V(beta) * (g * factor - load(own, i)));
      if constexpr (List::wants_hessian) {
        list.hessian(i, V(beta * beta) * math::max(h * factor + load(twice, i), V(0)));
      }
    });
  }
  return value;
}

} // namespace rankwise::inline RANKWISE_ABI::loss::detail

#endif
