#ifndef RANKWISE_LOSS_APPROX_HPP
#define RANKWISE_LOSS_APPROX_HPP

#include <rankwise/core/policy.hpp>
#include <rankwise/loss/by_ranks.hpp>
#include <rankwise/loss/loss.hpp>
#include <rankwise/math/exp.hpp>
#include <rankwise/math/sigmoid.hpp>
#include <rankwise/rank/top.hpp>

#include <cstddef>
#include <cstdint>

/// Losses that are a metric with the ranks made smooth: every pair of items adds a part of a place. Only items with a
/// gain need a rank, so the cost is (items with a gain) x (items).
namespace rankwise::inline RANKWISE_ABI::loss {

namespace detail {

/// sigma(x_j - x_i) from odds e^x: no exp for a pair. Every other pair goes through the divider, so that neither it nor
/// the multipliers stand idle.
struct sigmoid_of_odds {
  static constexpr double own_level = 0.5;
  static constexpr double own_slope = 0.25;

  template <bool Divide, class V>
  RANKWISE_FN static void add(V own, V other, V& level, V& slope) {
    V const inverse = one_over<Divide>(own + other);
    V const p = other * inverse;
    level += p;
    slope = math::fma(p, inverse, slope); // times e^own
  }
  /// The slope without the factors of both items.
  template <bool Divide, class V>
  RANKWISE_FN static V slope(V own, V other) {
    using o = math::ops<V>;
    V const sum = own + other;
    if constexpr (!Divide && by_estimate<V>) {
      V const y = o::reciprocal_estimate(sum);
      return (y * y) * o::fnma(y + y, sum, V(3)); // one step of Newton's for y^2
    } else {
      V const y = V(1) / sum;
      return y * y;
    }
  }
  template <class V>
  RANKWISE_FN static V factor(V x) {
    return x;
  }

private:
  template <class V>
  static constexpr bool by_estimate = math::ops<V>::native_reciprocal && sizeof(math::scalar_t<V>) == 4;

  template <bool Divide, class V>
  RANKWISE_FN static V one_over(V x) {
    using o = math::ops<V>;
    if constexpr (!Divide && by_estimate<V>) {
      V const y = o::reciprocal_estimate(x);
      return y * o::fnma(x, y, V(2));
    } else {
      return V(1) / x;
    }
  }
};

/// sigma(x_j - x_i) for scores so far apart that odds would overflow.
struct sigmoid_of_difference {
  static constexpr double own_level = 0.5;
  static constexpr double own_slope = 0.25;

  template <bool, class V>
  RANKWISE_FN static void add(V own, V other, V& level, V& slope) {
    V const p = math::sigmoid(other - own);
    level += p;
    slope += p * math::sigmoid(own - other);
  }
  template <bool, class V>
  RANKWISE_FN static V slope(V own, V other) {
    return math::sigmoid(other - own) * math::sigmoid(own - other);
  }
  template <class V>
  RANKWISE_FN static V factor(V) {
    return V(1);
  }
};

/// max(0, 1 + x_j - x_i)
struct hinge_of_difference {
  static constexpr double own_level = 1;
  static constexpr double own_slope = 1;

  template <bool Divide, class V>
  RANKWISE_FN static void add(V own, V other, V& level, V& slope) {
    V const x = V(1) + (other - own);
    level += math::max(x, V(0));
    slope += hinge_of_difference::slope<Divide>(own, other);
  }
  template <bool, class V>
  RANKWISE_FN static V slope(V own, V other) {
    return math::select(V(1) + (other - own) > V(0), V(1), V(0));
  }
  template <class V>
  RANKWISE_FN static V factor(V) {
    return V(1);
  }
};

/// Columns that the losses over ranks use, at least as many as ordering a list takes.
template <std::size_t Values>
using ordering_scratch =
    scratch_columns<static_cast<int>(Values < rank::top_scratch::values ? rank::top_scratch::values : Values),
                    static_cast<int>(rank::top_scratch::indices)>;

/// Whether a metric asks who stands before an item: it then has a second sum over the pairs of a row.
template <class Form>
inline constexpr bool asks_who = requires(Form const& form) {
  form.beside(0.0);
};
template <class Form>
using pair_rank_scratch = ordering_scratch<asks_who<Form> ? 9 : 6>;

/// Turns what items are worth at their ranks into a loss: `gain` and `rank` are the rows' columns, of which `rank`
/// receives dL/drank, and `before`, the sums over those who stand before, dL/dbefore.
template <class V, class T, class Form>
RANKWISE_FN T loss_by_ranks(Form const& form, T scale, std::size_t rows, T const* gain, T* rank, T* before = nullptr) {
  V const factor = V(static_cast<T>(Form::sign) * scale);
  if constexpr (asks_who<Form>) {
    T const sum = sum_packs<V>(rows, [&](auto r) {
      V slope(0);
      V before_slope(0);
      V const g = load(gain, r);
      V const worth = form.worth(load(rank, r), load(before, r), slope, before_slope);
      store(rank, r, factor * g * slope);
      store(before, r, factor * g * before_slope);
      return g * worth;
    });
    return static_cast<T>(Form::sign) * scale * sum;
  } else if constexpr (Form::first_find) {
    V const lowest(-math::ops<T>::infinity);
    auto const worth = [&](auto r, V& slope) { return load(gain, r) * form.worth(load(rank, r), slope); };
    T const best = math::reduce_max(combine_packs<V>(
        rows, lowest,
        [&](auto r) {
          V slope(0);
          return worth(r, slope);
        },
        maximum{}));
    T const sharing = sum_packs<V>(rows, [&](auto r) {
      V slope(0);
      return math::select(worth(r, slope) == V(best), V(1), V(0));
    });
    for_each_pack<V>(rows, [&](auto r) {
      V slope(0);
      V const mine = worth(r, slope);
      store(rank, r, math::select(mine == V(best), factor * load(gain, r) * slope / V(sharing), V(0)));
    });
    return static_cast<T>(Form::sign) * scale * best;
  } else {
    T const sum = sum_packs<V>(rows, [&](auto r) {
      V slope(0);
      V const g = load(gain, r);
      V const worth = form.worth(load(rank, r), slope);
      store(rank, r, factor * g * slope);
      return g * worth;
    });
    return static_cast<T>(Form::sign) * scale * sum;
  }
}

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
  [[maybe_unused]] T* const beside = who ? list.template values < who ? 6 : 0 > () : nullptr;
  [[maybe_unused]] T* const before = who ? list.template values < who ? 7 : 0 > () : nullptr; // then dL/dbefore
  [[maybe_unused]] T* const before_steep = who ? list.template values < who ? 8 : 0 > () : nullptr;
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

/// No item has a gain, or no place is worth anything.
template <class List>
RANKWISE_FN auto no_loss(List const& list) {
  using V = typename List::vector;
  list.each([&](auto i) {
    list.gradient(i, V(0));
    list.hessian(i, V(0));
  });
  return typename List::scalar(0);
}

} // namespace detail

/// A metric of the ranks r_i = sum over j != i of sigma((s_j - s_i) / temperature) (Qin, Liu and Li 2010): ApproxNDCG,
/// ApproxMRR, and every other metric that `by_ranks` knows. The loss is minus the metric (for arp, the metric itself).
/// Ranks count from 0. The hessian is a bound that is never negative, as with lambda losses: the sum of
/// |dL/dr| sigma (1 - sigma) / temperature^2 over the pairs of an item. map and err ask who stands before an item, too:
/// to the extent of that sigma.
template <class Metric>
struct approx {
  double temperature = 1;
  Metric metric{};

  using scratch = detail::pair_rank_scratch<by_ranks<Metric>>;
  using prepared_items = detail::rank_items;
  static constexpr bool in_groups = true;

  template <class List>
  RANKWISE_FN auto prepare_list(List const& list) const {
    return detail::prepare_ranks(list, form());
  }

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    using V = typename List::vector;
    using T = typename List::scalar;
    auto const by = form();
    auto const known = detail::rank_rows(list, by);
    if (known.scale == T(0) || known.rows == 0) {
      return detail::no_loss(list);
    }
    V const beta = as<V>(1 / temperature);
    T const top = list.max([&](auto i) { return list.score(i); });
    T const bottom = -list.max([&](auto i) { return -list.score(i); });
    // e^x of the middle of the scores is 1; both ends and their sums must be normal numbers.
    constexpr double widest = sizeof(T) == 4 ? 80 : 600; // squares of e^40 and e^300 are finite
    T* const x = list.template values<0>();
    if (static_cast<T>(1 / temperature) * (top - bottom) <= static_cast<T>(widest)) {
      V const middle((top + bottom) * T(0.5));
      fill(list, x, V(0), [&](auto i) { return math::exp(beta * (list.score(i) - middle)); });
      return detail::rank_loss<detail::sigmoid_of_odds>(list, by, known, static_cast<T>(1 / temperature), T(0));
    }
    V const nobody(-math::ops<T>::infinity);
    fill(list, x, nobody, [&](auto i) { return math::max(beta * list.score(i), V(-math::ops<T>::largest)); });
    return detail::rank_loss<detail::sigmoid_of_difference>(list, by, known, static_cast<T>(1 / temperature),
                                                            -math::ops<T>::infinity);
  }

  constexpr char const* fault() const {
    return temperature > 0 && rankwise::detail::finite_parameter(temperature) ? fault_of(metric)
                                                                              : "the temperature of approx (above 0)";
  }

  RANKWISE_LOSS_CALLS

private:
  RANKWISE_FN by_ranks<Metric> form() const {
    by_ranks<Metric> f{};
    f.metric = metric;
    return f;
  }
  template <class List, class T, class V, class F>
  RANKWISE_FN static void fill(List const& list, T* x, V nobody, F f) {
    list.each([&](auto i) { store(x, i, list.has_masked() ? math::select(list.live(i), f(i), nobody) : f(i)); });
  }
};

/// A metric of the ranks r_i = sum over j != i of max(0, 1 - (s_i - s_j)), which are never better than the true ones
/// (Rax's bound transformation): where more is better, minus the loss bounds the metric from below. The hessian is the
/// sum of |dL/dr| over the pairs of an item within the margin.
template <class Metric>
struct bound {
  static_assert(!detail::asks_who<by_ranks<Metric>>,
                "[rankwise] bound: hinges of those who stand before an item bound no map or err; take approx");
  Metric metric{};

  using scratch = detail::pair_rank_scratch<by_ranks<Metric>>;
  using prepared_items = detail::rank_items;
  static constexpr bool in_groups = true;

  template <class List>
  RANKWISE_FN auto prepare_list(List const& list) const {
    return detail::prepare_ranks(list, form());
  }

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    using V = typename List::vector;
    using T = typename List::scalar;
    auto const by = form();
    auto const known = detail::rank_rows(list, by);
    if (known.scale == T(0) || known.rows == 0) {
      return detail::no_loss(list);
    }
    T* const x = list.template values<0>();
    V const nobody(-math::ops<T>::infinity);
    list.each([&](auto i) {
      V const s = list.score(i);
      store(x, i, list.has_masked() ? math::select(list.live(i), s, nobody) : s);
    });
    return detail::rank_loss<detail::hinge_of_difference>(list, by, known, T(1), -math::ops<T>::infinity);
  }

  constexpr char const* fault() const { return fault_of(metric); }

  RANKWISE_LOSS_CALLS

private:
  RANKWISE_FN by_ranks<Metric> form() const {
    by_ranks<Metric> f{};
    f.metric = metric;
    return f;
  }
};

} // namespace rankwise::inline RANKWISE_ABI::loss

#endif
