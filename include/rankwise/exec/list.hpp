#ifndef RANKWISE_EXEC_LIST_HPP
#define RANKWISE_EXEC_LIST_HPP

#include <rankwise/core/arch.hpp>
#include <rankwise/exec/pack.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>

/// What a formula sees of one list. It reads scores, labels and weights, folds over the items, keeps numbers between
/// passes and writes gradients; where the memory is and how many items go at once is none of its business.
namespace rankwise::inline RANKWISE_ABI {

/// Numbers per item that a formula's `prepare_list` leaves for its passes: value columns and index columns, `stride`
/// apart. A formula declares `using prepared_items = scratch_columns<1, 2>`.
template <class T>
struct prepared_columns {
  T* values = nullptr;
  std::uint32_t* indices = nullptr;
  std::size_t stride = 0;
};

/// The number of scratch columns a formula uses; it declares `using scratch = scratch_columns<1, 0>` and so on.
template <int Values, int Indices>
struct scratch_columns {
  static constexpr std::size_t values = Values;
  static constexpr std::size_t indices = Indices;
};

namespace detail {

template <class Place, class T>
RANKWISE_FN T explain_place() {
  static_assert(!std::is_same_v<Place, Place>,
                "[rankwise] list.score(i) takes a pack of items, as list.sum and list.each hand it out; one item by "
                "its position: score_of(n), label_of(n), weight_of(n), gradient_of(n, g), hessian_of(n, h)");
  return T(0);
}

/// Where no formula says how many there are.
struct any_scratch {
  static constexpr std::size_t values = static_cast<std::size_t>(-1);
  static constexpr std::size_t indices = values;
};

} // namespace detail

/// Columns over all items that a pass reads. Null weights are 1; a null mask takes nobody out. `Prepared`: the columns
/// that the data has for the formula's `prepared_items`.
template <class Scores, class T, class Constants, class Prepared = detail::any_scratch>
struct list_inputs {
  using prepared_items = Prepared;

  Scores scores{};
  T const* labels = nullptr;
  T const* weights = nullptr;
  std::uint8_t const* live = nullptr;
  Constants const* constants = nullptr;
  std::uint8_t const* marks = nullptr; ///< bits of `item_mark`; null: nothing to remark
  std::uint64_t const* ids = nullptr;  ///< null: an item's id is its place
  double const* segments = nullptr;    ///< while lists are prepared; null: a list is one segment
  prepared_columns<T> prepared{};
  bool wants_value = true;
};

/// What metrics know of an item beside its label.
struct item_mark {
  static constexpr std::uint8_t unretrieved = 1; ///< not in the ranking, yet part of what could have been found
  static constexpr std::uint8_t unjudged = 2;    ///< its label is unknown, and 0
};

template <class Output, class T>
inline constexpr bool is_as_wide = detail::largest_number<typename Output::value_type>() >= detail::largest_number<T>();
template <class T>
inline constexpr bool is_as_wide<no_output, T> = true;

template <class Gradient = no_output, class Hessian = no_output>
struct list_outputs {
  static constexpr bool wants_gradient = !std::is_same_v<Gradient, no_output>;
  static constexpr bool wants_hessian = !std::is_same_v<Hessian, no_output>;
  /// Whether its columns hold everything that a T does.
  template <class T>
  static constexpr bool holds = (is_as_wide<Gradient, T>)&&(is_as_wide<Hessian, T>);

  Gradient gradient{};
  Hessian hessian{};
};

/// Numbers that a formula keeps from one of its passes to the next, `stride` apart: value columns and index columns.
template <class T>
struct list_scratch {
  T* values = nullptr;
  std::uint32_t* indices = nullptr;
  std::size_t stride = 0;
};

/// Lanes whose item takes part: its score is more than minus infinity and the mask lets it. With `whole`, also those
/// that were not retrieved.
template <class V, class Scores, class Index>
RANKWISE_FN math::mask_t<V> lanes_taking_part(Scores const& scores, std::uint8_t const* mask, std::uint8_t const* marks,
                                              bool whole, Index i) {
  math::mask_t<V> const scored = load(scores, i) > V(-math::ops<math::scalar_t<V>>::infinity);
  if (mask == nullptr) {
    return scored;
  }
  math::mask_t<V> const live = scored & (load(mask, i) != V(0));
  if (!whole) {
    return live;
  }
  V const mark = load(marks, i); // unretrieved is the lowest of two bits
  return live | (mark == V(1)) | (mark == V(3));
}

/// `Watched`: it takes note of derivatives that are not finite. `Scratch`: the columns that the formula asks for.
/// `Isa`: where V is a plain number, nothing else in the types of a formula's functions would name the instruction set.
template <class V, class Inputs, class Outputs, bool Watched = true, class Scratch = detail::any_scratch,
          class Isa = arch::native>
class list_view {
public:
  using vector = V;
  using scalar = math::scalar_t<V>;
  static constexpr bool wants_gradient = Outputs::wants_gradient;
  static constexpr bool wants_hessian = Outputs::wants_hessian;

  RANKWISE_FN list_view(Inputs const& in, Outputs const& out, list_scratch<scalar> scratch, std::size_t number,
                        std::size_t first, std::size_t size, bool has_masked, bool all_scored = true,
                        scalar list_weight = scalar(1))
      : in_(in), out_(out), scratch_(scratch), number_(number), first_(first), size_(size), has_masked_(has_masked),
        all_scored_(all_scored), list_weight_(list_weight) {}

  /// Items of the list, masked ones included.
  RANKWISE_FN std::size_t size() const { return size_; }

  /// Which list this is, and where its first item stands in the columns.
  RANKWISE_FN std::size_t number() const { return number_; }
  RANKWISE_FN std::size_t first() const { return first_; }

  template <class Index>
  RANKWISE_FN V score(Index i) const {
    return load(in_.scores, shifted(i));
  }
  template <class Index>
  RANKWISE_FN V label(Index i) const {
    return load(in_.labels, shifted(i));
  }
  template <class Index>
  RANKWISE_FN V weight(Index i) const {
    return in_.weights == nullptr ? V(1) : load(in_.weights, shifted(i));
  }
  /// By the position of an item, where a pack of items is meant: one readable line.
  template <std::integral Place>
  RANKWISE_FN scalar score(Place) const {
    return detail::explain_place<Place, scalar>();
  }
  template <std::integral Place>
  RANKWISE_FN scalar label(Place) const {
    return detail::explain_place<Place, scalar>();
  }
  template <std::integral Place>
  RANKWISE_FN scalar weight(Place) const {
    return detail::explain_place<Place, scalar>();
  }
  RANKWISE_FN bool weighted() const { return in_.weights != nullptr; }
  /// What the view multiplies derivatives by.
  RANKWISE_FN scalar list_weight() const { return list_weight_; }

  /// The same for one item by its position in the list.
  RANKWISE_FN scalar label_of(std::size_t item) const { return static_cast<scalar>(in_.labels[first_ + item]); }
  RANKWISE_FN scalar weight_of(std::size_t item) const {
    return in_.weights == nullptr ? scalar(1) : static_cast<scalar>(in_.weights[first_ + item]);
  }
  RANKWISE_FN bool takes_part(std::size_t item) const {
    return (in_.live == nullptr || in_.live[first_ + item] != 0) &&
           load(in_.scores, pack<scalar>{first_ + item}) > -math::ops<scalar>::infinity;
  }

  /// The scores as they lie in memory, or null where they are no contiguous column of this type.
  RANKWISE_FN scalar const* plain_scores() const {
    if constexpr (
        requires { requires std::is_same_v<std::remove_cvref_t<decltype(in_.scores[0])>, scalar>; } &&
        !requires { in_.scores.stride; }) {
      return &in_.scores[0] + first_;
    } else {
      return nullptr;
    }
  }
  RANKWISE_FN scalar score_of(std::size_t item) const { return load(in_.scores, pack<scalar>{first_ + item}); }
  RANKWISE_FN std::uint64_t id_of(std::size_t item) const { return in_.ids == nullptr ? item : in_.ids[first_ + item]; }
  RANKWISE_FN bool judged(std::size_t item) const {
    return in_.marks == nullptr || (in_.marks[first_ + item] & item_mark::unjudged) == 0;
  }
  RANKWISE_FN bool marked() const { return in_.marks != nullptr; }
  /// Whether the item could have been found: it takes part, or was not retrieved.
  RANKWISE_FN bool counts(std::size_t item) const {
    return takes_part(item) || (in_.marks != nullptr && (in_.marks[first_ + item] & item_mark::unretrieved) != 0);
  }
  /// Items of different segments are not compared; known while the list is prepared.
  RANKWISE_FN bool segmented() const { return in_.segments != nullptr; }
  RANKWISE_FN double segment_of(std::size_t item) const {
    return in_.segments == nullptr ? 0.0 : in_.segments[first_ + item];
  }

  /// The same list with the items that were not retrieved among the live ones: for ideals.
  RANKWISE_FN list_view whole() const {
    list_view copy = *this;
    copy.whole_ = in_.marks != nullptr;
    copy.has_masked_ = has_masked_ || copy.whole_;
    return copy;
  }

  /// What `prepare_list` of the formula returned for this list.
  RANKWISE_FN auto const& constants() const { return in_.constants[number_]; }
  /// The list's part of the columns that `prepare_list` writes. Their numbers have the type of the prepared data, which
  /// may be another than that of the scores.
  template <std::size_t Slot = 0>
  RANKWISE_FN auto* prepared_values() const {
    static_assert(Slot < Inputs::prepared_items::values,
                  "[rankwise] the formula has no such prepared column: `using prepared_items = "
                  "rankwise::scratch_columns<values, indices>`");
    return in_.prepared.values + Slot * in_.prepared.stride + first_;
  }
  template <std::size_t Slot = 0>
  RANKWISE_FN std::uint32_t* prepared_indices() const {
    static_assert(Slot < Inputs::prepared_items::indices,
                  "[rankwise] the formula has no such prepared column: `using prepared_items = "
                  "rankwise::scratch_columns<values, indices>`");
    return in_.prepared.indices + Slot * in_.prepared.stride + first_;
  }
  /// False where the caller asked for derivatives alone: the formula may return 0.
  RANKWISE_FN bool wants_value() const { return in_.wants_value; }
  /// Whether the constants are about the items that take part: `prepare_list` saw the mask, but no scores. If an item
  /// is out because of its score, the formula computes them anew.
  RANKWISE_FN bool constants_hold() const { return all_scored_; }

  /// Lanes whose item takes part. An item is out if its mask is 0 or its score is minus infinity; the folds below and
  /// the outputs leave it out by themselves.
  template <class Index>
  RANKWISE_FN math::mask_t<V> live(Index i) const {
    return lanes_taking_part<V>(in_.scores, in_.live, in_.marks, whole_, shifted(i));
  }
  RANKWISE_FN bool has_masked() const { return has_masked_; }

  /// The sum of f(i) over the items.
  template <class F>
  RANKWISE_FN scalar sum(F f) const {
    constexpr bool adds = !std::is_void_v<decltype(f(pack<V>{0}))>;
    static_assert(adds, "[rankwise] the function of list.sum returns what an item adds; list.each takes one that "
                        "returns nothing");
    if constexpr (adds) {
      meet<V>();
      scalar const total = sum_packs<V>(size_, chosen(f, V(0)));
      meet<V>();
      return total;
    } else {
      return scalar(0);
    }
  }
  /// The largest f(i); minus infinity if nobody takes part.
  template <class F>
  RANKWISE_FN scalar max(F f) const {
    V const lowest(-math::ops<scalar>::infinity);
    meet<V>();
    V const most = combine_packs<V>(size_, lowest, chosen(f, lowest), maximum{});
    meet<V>();
    return math::reduce_max(most);
  }
  /// f(i) for every item in order, masked ones included. Where lanes are threads they meet before and after this, as
  /// they do for sums and maxima; in between, what f keeps is its own thread's.
  template <class F>
  RANKWISE_FN void each(F f) const {
    meet<V>();
    for_each_pack<V>(size_, f);
    meet<V>();
  }

  /// The same for a pass that writes derivatives, where f(i) depends on no other item: long lists start with as many
  /// items as let all other stores stay within a line of the cache. Most columns come from `malloc`, and none would.
  template <class F>
  RANKWISE_FN void each_written(F f) const {
    if constexpr (wants_gradient && detail::in_registers<V>) {
      if (constexpr std::size_t width = static_cast<std::size_t>(math::lanes<V>); size_ >= 16 * width) {
        for_each_pack_from<V>(detail::items_to_line<V>(out_.gradient, first_), size_, f);
        return;
      }
    }
    each(f);
  }

  /// A number per item, kept in scratch column `Slot` until the formula returns.
  template <std::size_t Slot = 0, class Index>
  RANKWISE_FN void keep(Index i, V x) const {
    store_own(values<Slot>(), detail::whole_pack(i), x);
  }
  template <std::size_t Slot = 0, class Index>
  RANKWISE_FN V kept(Index i) const {
    return load(values<Slot>(), detail::whole_pack(i));
  }
  template <std::size_t Slot = 0>
  RANKWISE_FN scalar* values() const {
    static_assert(Slot < Scratch::values, "[rankwise] the formula needs more scratch columns: `using scratch = "
                                          "rankwise::scratch_columns<values, indices>`, or rank::top_scratch for "
                                          "rank::top");
    return scratch_.values + Slot * scratch_.stride;
  }
  template <std::size_t Slot = 0>
  RANKWISE_FN std::uint32_t* indices() const {
    static_assert(Slot < Scratch::indices, "[rankwise] the formula needs more scratch columns: `using scratch = "
                                           "rankwise::scratch_columns<values, indices>`, or rank::top_scratch for "
                                           "rank::top");
    return scratch_.indices + Slot * scratch_.stride;
  }

  /// Writes the derivative of the list's loss by the score of item i, and the second derivative. The view multiplies
  /// them by the list's weight.
  template <class Index>
  RANKWISE_FN void gradient(Index i, V g) const {
    if constexpr (wants_gradient) {
      write(out_.gradient, i, unless_masked(i, g * V(list_weight_)));
    }
  }
  template <class Index>
  RANKWISE_FN void hessian(Index i, V h) const {
    if constexpr (wants_hessian) {
      write(out_.hessian, i, unless_masked(i, h * V(list_weight_)));
    }
  }

  template <std::integral Place, class T>
  RANKWISE_FN void gradient(Place, T) const {
    detail::explain_place<Place, scalar>();
  }
  template <std::integral Place, class T>
  RANKWISE_FN void hessian(Place, T) const {
    detail::explain_place<Place, scalar>();
  }

  /// The same of what holds `list_weight()` already: a formula with a factor for the whole list has it there.
  template <class Index>
  RANKWISE_FN void weighted_gradient(Index i, V g) const {
    if constexpr (wants_gradient) {
      write(out_.gradient, i, unless_masked(i, g));
    }
  }
  template <class Index>
  RANKWISE_FN void weighted_hessian(Index i, V h) const {
    if constexpr (wants_hessian) {
      write(out_.hessian, i, unless_masked(i, h));
    }
  }

  /// The same for one item by its position in the list; it takes part.
  RANKWISE_FN void gradient_of(std::size_t item, scalar g) const {
    if constexpr (wants_gradient) {
      write_one(out_.gradient, item, g * list_weight_);
    }
  }
  RANKWISE_FN void hessian_of(std::size_t item, scalar h) const {
    if constexpr (wants_hessian) {
      write_one(out_.hessian, item, h * list_weight_);
    }
  }

  /// Whether everything that was written is finite where it stands.
  RANKWISE_FN bool written_is_finite() const {
    if constexpr (wants_gradient && Watched) {
      return math::all(excess_ == V(0));
    } else {
      return true;
    }
  }

private:
  template <class Output, class Index>
  RANKWISE_FN void write(Output const& to, Index i, V x) const {
    if constexpr (Watched) {
      V const more = excess<typename Output::value_type>(x);
      if constexpr (Index::full) {
        excess_ = excess_ + more;
      } else {
        excess_ = excess_ + math::select(math::ops<V>::first(i.count), more, V(0));
      }
    }
    store_own(to, shifted(i), x);
  }
  template <class Output>
  RANKWISE_FN void write_one(Output const& to, std::size_t item, scalar x) const {
    if constexpr (Watched) {
      excess_ = excess_ + V(excess<typename Output::value_type>(x));
    }
    store(to, pack<scalar>{first_ + item}, x);
  }

  RANKWISE_FN pack<V> shifted(pack<V> i) const { return {first_ + i.first}; }
  RANKWISE_FN partial_pack<V> shifted(partial_pack<V> i) const { return {first_ + i.first, i.count}; }

  template <class Index>
  RANKWISE_FN V unless_masked(Index i, V x) const {
    return has_masked_ ? math::select(live(i), x, V(0)) : x;
  }

  template <class F>
  RANKWISE_FN auto chosen(F f, V neutral) const {
    return [this, f, neutral](auto i) { return has_masked_ ? math::select(live(i), f(i), neutral) : f(i); };
  }

  Inputs const& in_;
  Outputs const& out_;
  list_scratch<scalar> scratch_;
  std::size_t number_;
  std::size_t first_;
  std::size_t size_;
  bool has_masked_;
  bool all_scored_;
  bool whole_ = false;
  scalar list_weight_;
  mutable V excess_ = V(0); // of what was written
};

} // namespace rankwise::inline RANKWISE_ABI

#endif
