#ifndef RANKWISE_LOSS_PAIR_LAYOUT_HPP
#define RANKWISE_LOSS_PAIR_LAYOUT_HPP

#include <rankwise/core/columns.hpp>
#include <rankwise/exec/list.hpp>
#include <rankwise/exec/pack.hpp>
#include <rankwise/loss/pair_kernel.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

/// Where losses over pairs keep what: the columns of scratch and of prepared data, and the way of a list's items into
/// them, segment by segment, in the order that the loops over pairs need.
namespace rankwise::inline RANKWISE_ABI::detail {

/// f(0), f(1), ... as constants, for the numbers that a pair weight keeps of an item.
template <std::size_t Count, class F>
RANKWISE_FN void each_key(F f) {
  [&]<std::size_t... K>(std::index_sequence<K...>) {
    (f(std::integral_constant<std::size_t, K>{}), ...);
  }
  (std::make_index_sequence<Count>{});
}

/// The numbers of the item, or the items, that `read` looks up in a column.
template <pair_form Form, class V, class T, std::size_t Keys, class Read>
RANKWISE_FN pair_side<V, Keys> side_of(pair_items<T, Keys> const& x, Read read) {
  pair_side<V, Keys> s{read(x.score), V(1), read(x.label), V(1), V(1), {}};
  if constexpr (Form != pair_form::general) {
    s.odds = read(x.odds);
  }
  if constexpr (Form != pair_form::light) {
    s.weight = read(x.better_weight);
    s.worse_weight = read(x.worse_weight);
  }
  each_key<Keys>([&](auto k) { s.key[k] = read(x.key[k]); });
  return s;
}

/// Where the items of a segment lie in the columns: those among the top first, the rest behind them, both by label.
struct pair_places {
  std::uint32_t const* item_at;
  std::uint32_t const* ends; ///< for the top ones: how many top ones are worse
  std::size_t top;
  std::size_t rest;
};

/// `Weight` says how many numbers it keeps of an item, by its label, its rank and its position; `Selection` whether
/// only the top counts.
template <class Weight, class Selection>
struct pair_layout {
  static constexpr std::size_t label_keys = Weight::label_keys;
  static constexpr std::size_t rank_keys = Weight::rank_keys;
  static constexpr std::size_t item_keys = [] {
    if constexpr (requires { Weight::item_keys; }) {
      return Weight::item_keys;
    } else {
      return std::size_t{0};
    }
  }();
  static constexpr std::size_t keys = label_keys + rank_keys + item_keys;
  static constexpr bool truncated = requires { Selection::cutoff; };
  static constexpr bool both = truncated && requires { typename Selection::both; };

  // Values: 0 and 1 belong to rank::top, later to derivatives by item.
  static constexpr std::size_t score = 2, odds = 3, label = 4, better = 5, worse = 6, slope = 7, curvature = 8,
                               first_key = 9, first_rank_key = first_key + keys;
  // Indices: 0 the items by rank, 1 the item at a place; both are rank::top's before.
  static constexpr std::size_t rank_of = 2, end = 3, rest_end = 4, rest_begin = 5, all_rest = 6;
  using scratch = scratch_columns<static_cast<int>(first_rank_key + rank_keys), 7>;
  using prepared_items = scratch_columns<static_cast<int>(1 + label_keys), 3>;

  Weight const& weight;

  template <class List>
  RANKWISE_FN static auto columns(List const& list) {
    pair_items<typename List::scalar, keys> x{list.template values<score>(),     list.template values<odds>(),
                                              list.template values<label>(),     list.template values<better>(),
                                              list.template values<worse>(),     list.template values<slope>(),
                                              list.template values<curvature>(), {}};
    each_key<keys>([&](auto k) { x.key[k] = list.template values<first_key + k>(); });
    return x;
  }

  /// The items at the prepared places first .. last - 1 into the columns.
  template <class V, class List, class T>
  RANKWISE_FN pair_places place(List const& list, pair_items<T, keys> const& x, std::size_t first,
                                std::size_t last) const {
    if (!truncated && list.constants_hold()) {
      return place_all<V>(list, x, first, last);
    }
    if constexpr (is_shared<V>) {
      return place_in_group<V>(list, x, first, last);
    } else {
      return place_some(list, x, first, last);
    }
  }

private:
  /// All of them, as they were prepared.
  template <class V, class List, class T>
  RANKWISE_FN pair_places place_all(List const& list, pair_items<T, keys> const& x, std::size_t first,
                                    std::size_t last) const {
    std::size_t const count = last - first;
    std::uint32_t const* const order = list.template prepared_indices<0>() + first;
    std::uint32_t const* const ranks = list.template indices<rank_of>();
    each_place<V>(count, [&](std::size_t q) {
      std::size_t const item = order[q];
      x.score[q] = list.score_of(item);
      each_key<rank_keys>(
          [&](auto k) { x.key[label_keys + k][q] = list.template values<first_rank_key + k>()[ranks[item]]; });
      if constexpr (item_keys != 0) {
        each_key<item_keys>(
            [&](auto k) { x.key[label_keys + rank_keys + k][q] = weight.template by_item<T>(list.first() + item, k); });
      }
    });
    for_each_pack<V>(count, [&](auto i) {
      store(x.label, i, load(list.template prepared_values<0>() + first, i));
      each_key<label_keys>(
          [&](auto k) { store(x.key[k], i, load(list.template prepared_values<1 + k>() + first, i)); });
    });
    return {order, list.template prepared_indices<2>() + first, count, 0};
  }

  /// Those that take part, one after the other.
  template <class List, class T>
  RANKWISE_FN pair_places place_some(List const& list, pair_items<T, keys> const& x, std::size_t first,
                                     std::size_t last) const {
    bool const whole = list.constants_hold();
    std::uint32_t const* const order = list.template prepared_indices<0>();
    std::uint32_t const* const lower = list.template prepared_indices<2>();
    std::uint32_t const* const ranks = list.template indices<rank_of>();
    std::uint32_t* const item_at = list.template indices<1>();
    std::uint32_t* const ends = list.template indices<end>();
    std::uint32_t* const rest_ends = list.template indices<rest_end>();
    std::uint32_t* const rest_begins = list.template indices<rest_begin>();
    auto const among_top = [&](std::size_t item) {
      if constexpr (truncated) {
        return ranks[item] < Selection::cutoff;
      } else {
        return true;
      }
    };
    std::size_t tops = 0;
    if constexpr (truncated) {
      if (whole && last - first == list.size()) {
        tops = last - first < Selection::cutoff ? last - first : Selection::cutoff;
      } else {
        for (std::size_t p = first; p < last; ++p) {
          tops += (whole || list.takes_part(order[p])) && among_top(order[p]) ? 1u : 0u;
        }
      }
    }
    std::size_t top = 0; // items placed so far
    std::size_t rest = 0;
    std::size_t class_top = 0; // those of lower classes
    std::size_t class_rest = 0;
    std::uint32_t below = lower[first];
    auto const close_class = [&] {
      if constexpr (truncated && !both) {
        for (std::size_t t = class_top; t < top; ++t) {
          rest_begins[t] = static_cast<std::uint32_t>(rest);
        }
      }
      class_top = top;
      class_rest = rest;
    };
    for (std::size_t p = first; p < last; ++p) {
      std::size_t const item = order[p];
      if (!whole && !list.takes_part(item)) {
        continue;
      }
      if (lower[p] != below) {
        close_class();
        below = lower[p];
      }
      bool const in = among_top(item);
      // Who stands among the top is chance to a branch predictor.
      std::size_t const chosen = std::size_t{0} - static_cast<std::size_t>(in);
      std::size_t const q = (top & chosen) | ((tops + rest) & ~chosen);
      if constexpr (truncated) { // who is not among the top is overwritten by the next one who is
        rest_ends[top] = static_cast<std::uint32_t>(class_rest);
      }
      ends[top] = static_cast<std::uint32_t>(class_top);
      top += chosen & 1;
      rest += ~chosen & 1;
      item_at[q] = static_cast<std::uint32_t>(item);
      place_one(list, x, p, item, q);
    }
    close_class();
    return {item_at, ends, top, both ? 0 : rest};
  }

  /// The numbers of the item at prepared place p for the place q of the columns.
  template <class List, class T>
  RANKWISE_FN void place_one(List const& list, pair_items<T, keys> const& x, std::size_t p, std::size_t item,
                             std::size_t q) const {
    x.score[q] = list.score_of(item);
    x.label[q] = static_cast<T>(list.template prepared_values<0>()[p]);
    each_key<label_keys>([&](auto k) { x.key[k][q] = static_cast<T>(list.template prepared_values<1 + k>()[p]); });
    if constexpr (rank_keys != 0) {
      std::uint32_t const rank = list.template indices<rank_of>()[item];
      each_key<rank_keys>([&](auto k) { x.key[label_keys + k][q] = list.template values<first_rank_key + k>()[rank]; });
    }
    if constexpr (item_keys != 0) {
      each_key<item_keys>(
          [&](auto k) { x.key[label_keys + rank_keys + k][q] = weight.template by_item<T>(list.first() + item, k); });
    }
  }

  /// The same as place_some by threads, which count what stands before each place.
  template <class V, class List, class T>
  RANKWISE_FN pair_places place_in_group(List const& list, pair_items<T, keys> const& x, std::size_t first,
                                         std::size_t last) const {
    bool const whole = list.constants_hold();
    std::uint32_t const* const order = list.template prepared_indices<0>() + first;
    std::uint32_t const* const lower = list.template prepared_indices<2>() + first;
    std::uint32_t const* const ranks = list.template indices<rank_of>();
    std::uint32_t* const item_at = list.template indices<1>();
    std::uint32_t* const ends = list.template indices<end>();
    std::size_t const count = last - first;
    // Who takes part, among the top or not, up to a place; and in lower classes alone.
    struct counted {
      std::uint32_t top;
      std::uint32_t rest;
      std::uint32_t lower_top;
      std::uint32_t lower_rest;
      std::uint32_t begins; // a class
    };
    auto const at = [&](std::size_t k, bool begins) {
      bool const there = whole || list.takes_part(order[k]);
      bool top = there;
      if constexpr (truncated) {
        top = there && ranks[order[k]] < Selection::cutoff;
      }
      return counted{top ? 1u : 0u, there && !top ? 1u : 0u, 0, 0, begins ? 1u : 0u};
    };
    auto const together = [](counted const& a, counted const& b) {
      bool const other = b.begins != 0;
      return counted{a.top + b.top, a.rest + b.rest, other ? a.top + b.lower_top : a.lower_top,
                     other ? a.rest + b.lower_rest : a.lower_rest, a.begins | b.begins};
    };
    counted const none{0, 0, 0, 0, 0};
    std::uint32_t tops = 0;
    if constexpr (truncated) {
      each_place<V>(count, [&](std::size_t k) { tops += at(k, false).top; });
      tops = sum_of_threads<V>(tops);
    }
    counted const all = scan_places<V>(
        count, none, [&](std::size_t k) { return at(k, k == 0 || lower[k] != lower[k - 1]); }, together,
        [&](std::size_t k, counted const& upto) {
          counted const own = at(k, false);
          if (own.top + own.rest == 0) {
            return;
          }
          std::size_t const q = own.top != 0 ? upto.top - 1 : tops + upto.rest - 1;
          if (own.top != 0) {
            ends[q] = upto.lower_top;
            if constexpr (truncated) {
              list.template indices<rest_end>()[q] = upto.lower_rest;
            }
          }
          item_at[q] = order[k];
          place_one(list, x, first + k, order[k], q);
        });
    if constexpr (truncated && !both) {
      scan_places<V, true>(
          count, none, [&](std::size_t k) { return at(k, k + 1 == count || lower[k] != lower[k + 1]); }, together,
          [&](std::size_t k, counted const& from) {
            if (at(k, false).top != 0) { // what came before are the greater classes here
              list.template indices<rest_begin>()[all.top - from.top] = all.rest - from.lower_rest;
            }
          });
    }
    return {item_at, ends, all.top, both ? 0 : all.rest};
  }
};

} // namespace rankwise::inline RANKWISE_ABI::detail

#endif
