#ifndef RANKWISE_LOSS_LISTED_PAIRS_HPP
#define RANKWISE_LOSS_LISTED_PAIRS_HPP

#include <rankwise/exec/pack.hpp>
#include <rankwise/loss/pair_kernel.hpp>
#include <rankwise/loss/pair_layout.hpp>
#include <rankwise/loss/pair_pieces.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

/// Pairs one at a time: those that a selection lists itself, and lists that want to hear of every pair.
namespace rankwise::inline RANKWISE_ABI::detail {

/// What selections that list their pairs themselves see of a segment: places 0 .. size() - 1 of items by label.
template <class T>
struct listed_places {
  T const* scores;
  std::uint32_t const* items;
  std::uint32_t const* lower;
  std::uint32_t const* upper;
  std::uint32_t const* ranked; ///< null where nobody asked
  std::size_t count;
  std::size_t first;

  RANKWISE_FN std::size_t size() const { return count; }
  RANKWISE_FN T score(std::size_t q) const { return scores[q]; }
  /// The number of the item among those of all lists.
  RANKWISE_FN std::size_t item(std::size_t q) const { return first + items[q]; }
  /// Places 0 .. worse(q) - 1 are worse, places better(q) .. size() - 1 better.
  RANKWISE_FN std::size_t worse(std::size_t q) const { return lower[q]; }
  RANKWISE_FN std::size_t better(std::size_t q) const { return upper[q]; }
  RANKWISE_FN bool same_label(std::size_t a, std::size_t b) const { return lower[a] == lower[b]; }
  /// The place of the item at a rank, among those of the segment.
  RANKWISE_FN std::size_t at_rank(std::size_t r) const { return ranked[r]; }
};

/// A selection with `visit(places, f)` calls f(better, worse) for its pairs; with a type `ranked` it asks who stands at
/// a rank.
struct no_pair {
  RANKWISE_FN void operator()(std::size_t, std::size_t) const {}
};
template <class Selection>
inline constexpr bool lists_pairs = requires(Selection const& s, listed_places<float> const& p) {
  s.visit(p, no_pair{}); // nvcc finds no call with a lambda here
};
template <class Selection>
inline constexpr bool lists_by_rank = requires {
  typename Selection::ranked;
};

/// A list that asks for pairs hears of the second derivative of every one, and of the factor of them all in the end.
template <class List>
inline constexpr bool tells_pairs = requires {
  List::wants_pairs;
};

/// The pairs that a selection lists, one at a time; derivatives go to the columns.
template <pair_form Form, class Layout, class List, class Selection, class Formula, class T>
RANKWISE_FN reduction::pair_sums<double> run_listed(List const& list, Selection const& selection,
                                                    Formula const& formula, pair_items<T, Layout::keys> const& x,
                                                    pair_places const& place) {
  std::uint32_t* const upper = list.template indices<Layout::rest_end>();
  for (std::size_t q = place.top; q-- > 0;) {
    bool const last = q + 1 == place.top || place.ends[q + 1] != place.ends[q];
    upper[q] = last ? static_cast<std::uint32_t>(q + 1) : upper[q + 1];
  }
  std::uint32_t* const ranked = list.template indices<Layout::all_rest>();
  if constexpr (lists_by_rank<Selection>) {
    constexpr std::uint32_t nobody = 0xffffffffu;
    for (std::size_t r = 0; r < list.size(); ++r) {
      ranked[r] = nobody;
    }
    for (std::size_t q = 0; q < place.top; ++q) {
      ranked[list.template indices<Layout::rank_of>()[place.item_at[q]]] = static_cast<std::uint32_t>(q);
    }
    for (std::size_t r = 0, next = 0; r < list.size(); ++r) {
      ranked[next] = ranked[r];
      next += ranked[r] != nobody ? 1 : 0;
    }
  }
  reduction::pair_sums<double> sums{0, 0, 0, 0, 0, 0};
  auto const side = [&](std::size_t q) { return side_of<Form, T>(x, [q](T const* from) { return from[q]; }); };
  selection.visit(listed_places<T>{x.score, place.item_at, place.ends, upper, ranked, place.top, list.first()},
                  [&](std::size_t i, std::size_t j) { // i is the better one
                    auto const t = term_of<Form>(formula, side(i), side(j));
                    x.gradient[i] += t.slope;
                    x.gradient[j] -= t.slope;
                    x.hessian[i] += t.curvature;
                    x.hessian[j] += t.curvature;
                    if constexpr (tells_pairs<List>) {
                      list.pair(place.item_at[i], place.item_at[j], t.curvature);
                    }
                    sums.value += static_cast<double>(t.value);
                    sums.slopes += static_cast<double>(math::ops<T>::abs(t.slope));
                    sums.pairs += 1;
                    sums.weights += static_cast<double>(side(i).weight * side(j).worse_weight);
                  });
  return sums;
}

/// Tells a list the second derivatives of all pairs of a segment.
template <class Layout, class V, class List, class Formula, class T>
RANKWISE_FN void tell_pairs(List const& list, Formula const& formula, pair_items<T, Layout::keys> const& x,
                            pair_places const& place) {
  constexpr std::size_t width = static_cast<std::size_t>(math::lanes<V>);
  auto const rows = [&](auto row_is_better, std::size_t base, std::uint32_t const* begin, auto last_of) {
    for (std::size_t q = 0; q < place.top; ++q) {
      auto const row = side_of<pair_form::general, V>(x, [q](T const* from) { return V(from[q]); });
      std::size_t const last = last_of(q);
      for (std::size_t j = begin == nullptr ? 0 : begin[q]; j < last; j += width) {
        auto const partner =
            side_of<pair_form::general, V>(x, [&](T const* from) { return math::load<V>(from + base + j); });
        T second[width];
        math::store(second, decltype(row_is_better)::value
                                ? term_of<pair_form::general>(formula, row, partner).curvature
                                : term_of<pair_form::general>(formula, partner, row).curvature);
        std::size_t const count = last - j < width ? last - j : width;
        for (std::size_t k = 0; k < count; ++k) {
          list.pair(place.item_at[q], place.item_at[base + j + k], second[k]);
        }
      }
    }
  };
  rows(std::true_type{}, 0, nullptr, [&](std::size_t q) { return std::size_t{place.ends[q]}; });
  if constexpr (Layout::truncated && !Layout::both) {
    std::uint32_t const* const ends = list.template indices<Layout::rest_end>();
    rows(std::true_type{}, place.top, nullptr, [&](std::size_t q) { return std::size_t{ends[q]}; });
    rows(std::false_type{}, place.top, list.template indices<Layout::rest_begin>(),
         [&](std::size_t) { return place.rest; });
  }
}

} // namespace rankwise::inline RANKWISE_ABI::detail

#endif
