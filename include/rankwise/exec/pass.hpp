#ifndef RANKWISE_EXEC_PASS_HPP
#define RANKWISE_EXEC_PASS_HPP

#include <rankwise/core/lists.hpp>
#include <rankwise/exec/group.hpp>
#include <rankwise/exec/list.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

/// One pass of a formula over the lists, and the fixed order in which the values of lists are added up.
namespace rankwise::inline RANKWISE_ABI {

/// What a metric returns for a list; a loss just returns its number.
template <class T>
struct defined_if {
  T value;
  bool defined;
};

/// One list's share of the result.
struct list_outcome {
  double value = 0;
  double weight = 0;
  bool flagged = false;
};

/// The running total. Lists are added in order within chunks of a fixed length, chunks in order: the sum depends on the
/// lists alone, not on how many threads shared them.
struct pass_total {
  static constexpr std::size_t chunk = 64;

  double value = 0;  ///< sum of weight x value
  double weight = 0; ///< sum of the weights of lists that have a value
  std::size_t first_flagged = static_cast<std::size_t>(-1);
  std::size_t flagged = 0;
  bool ran = true; ///< false: the call failed and nothing was written

  static constexpr pass_total failed() {
    pass_total t;
    t.ran = false;
    return t;
  }

  RANKWISE_FN void add(list_outcome const& o, std::size_t list) {
    if (o.flagged) {
      first_flagged = list < first_flagged ? list : first_flagged;
      ++flagged;
      return;
    }
    value += o.weight * o.value;
    weight += o.weight;
  }
  RANKWISE_FN void merge(pass_total const& next) {
    value += next.value;
    weight += next.weight;
    first_flagged = next.first_flagged < first_flagged ? next.first_flagged : first_flagged;
    flagged += next.flagged;
  }

  static constexpr std::size_t chunks(std::size_t lists) { return (lists + chunk - 1) / chunk; }
};

/// Scratch columns that `Formula` asks for; none by default.
template <class Formula>
struct scratch_of {
  using type = scratch_columns<0, 0>;
};
template <class Formula>
  requires requires {
    typename Formula::scratch;
  }
struct scratch_of<Formula> {
  using type = typename Formula::scratch;
};

/// Columns per item that `prepare_list` of a formula fills; none by default.
template <class Formula>
struct prepared_items_of {
  using type = scratch_columns<0, 0>;
};
template <class Formula>
  requires requires {
    typename Formula::prepared_items;
  }
struct prepared_items_of<Formula> {
  using type = typename Formula::prepared_items;
};

/// Whether lanes of `Formula` may be threads (exec/group.hpp). It says so itself, `static constexpr bool in_groups =
/// true`; if it is silent, it may if it asks for no columns of numbers, so that there is nothing to write but
/// derivatives.
template <class Formula>
inline constexpr bool works_in_groups =
    scratch_of<Formula>::type::values + scratch_of<Formula>::type::indices + prepared_items_of<Formula>::type::values +
        prepared_items_of<Formula>::type::indices ==
    0;
template <class Formula>
  requires requires {
    { Formula::in_groups } -> std::convertible_to<bool>;
  }
inline constexpr bool works_in_groups<Formula> = Formula::in_groups;

/// Whether a pass can be run by groups of threads: it has a formula that may, and `with<V>()` for another value type.
template <class Pass>
inline constexpr bool passes_in_groups = false;
template <class Pass>
  requires requires {
    { Pass::in_groups } -> std::convertible_to<bool>;
  }
inline constexpr bool passes_in_groups<Pass> = Pass::in_groups;

/// What `prepare` has seen of the labels and weights of a list. `large`: a derivative might be too large for a float.
enum class label_size : std::uint8_t { moderate, not_finite, large };

/// What a formula may return for a list.
template <class T>
inline constexpr bool is_outcome = std::is_convertible_v<T, double>;
template <class T>
inline constexpr bool is_outcome<defined_if<T>> = true;

/// What a look at the scores of a list has found.
struct scores_seen {
  std::size_t live; ///< items that take part
  bool flagged;     ///< a score is not finite
  bool all_scored;  ///< nobody is out because of his score
};

/// Looks at the scores of items first .. first + size - 1. x - x is 0 for every finite number: one subtraction settles
/// the ordinary list.
template <class V, class Scores, class Isa = arch::native>
RANKWISE_FN scores_seen look_at_scores(Scores const& scores, std::uint8_t const* mask, std::size_t first,
                                       std::size_t size) {
  using scalar = math::scalar_t<V>;
  if (mask == nullptr) {
    V const zero = combine_packs<V>(
        size, V(0),
        [&scores, first](auto i) {
          i.first += first;
          V const x = load(scores, i);
          return x - x;
        },
        plus{});
    if (math::all(zero == V(0))) {
      return {size, false, true};
    }
  }
  scores_seen seen{0, false, true};
  for_each_pack<V>(size, [&](auto i) {
    i.first += first;
    V const x = load(scores, i);
    math::mask_t<V> asked = math::ops<V>::first(i.live());
    if (mask != nullptr) {
      asked = asked & (load(mask, i) != V(0));
    }
    int const count = math::count(asked);
    math::mask_t<V> const out_of_it = asked & (x == V(-math::ops<scalar>::infinity));
    math::mask_t<V> const finite = asked & (x < V(math::ops<scalar>::infinity)); // not NaN
    int const unscored = math::count(out_of_it);
    seen.live += static_cast<std::size_t>(count - unscored);
    seen.all_scored = seen.all_scored && unscored == 0;
    seen.flagged = seen.flagged || math::count(finite) != count;
  });
  return seen;
}

/// Derivatives of a list that has none.
template <class V, class Outputs, class Isa = arch::native>
RANKWISE_FN void clear_derivatives(Outputs const& out, std::size_t first, std::size_t size) {
  if constexpr (Outputs::wants_gradient) {
    for_each_pack<V>(size, [&](auto i) {
      i.first += first;
      store(out.gradient, i, V(0));
      if constexpr (Outputs::wants_hessian) {
        store(out.hessian, i, V(0));
      }
    });
  }
}

/// What a formula's `begin(list)` returns for its `finish(list, half, value)`; see list_pass.
template <class Formula, class List>
struct first_half {
  struct type {};
  static constexpr bool exists = false;
};
template <class Formula, class List>
  requires requires(Formula const& formula, List const& list, typename List::scalar& value) {
    formula.finish(list, formula.begin(list), value);
  }
struct first_half<Formula, List> {
  using type = decltype(std::declval<Formula const&>().begin(std::declval<List const&>()));
  static constexpr bool exists = true;
};

/// Runs `Formula` over one list: looks for NaN and masked items, then calls it. A list with a derivative that does not
/// fit its column is not finite. A formula may have a shorter way for lists without a mask, `bool at_once(list,
/// value)`: it is called before anybody has looked at the scores, notices itself if one is not finite or does not suit
/// it, and then returns false, whatever it has written. If it also says `moderate_at_once`, it makes finite derivatives
/// of moderate labels there, and nobody watches them. The shorter way may come in two halves, `begin(list)` and `bool
/// finish(list, half, value)`: executors begin with the next list before they finish one. What a list waits for, sums
/// over its lanes above all, is more than a processor looks ahead. A formula that writes something for every list may
/// have `left_out<V>(list, flagged)`: it is called for lists that the formula has not seen because no item takes part,
/// and for those that are not finite.
template <class V, class Formula, class Groups, class Inputs, class Outputs, class Isa = arch::native>
struct list_pass {
  using vector = V;
  using scalar = math::scalar_t<V>;
  using scratch = typename scratch_of<Formula>::type;
  static constexpr bool in_groups = works_in_groups<Formula>;

  Formula formula;
  Groups groups;
  Inputs in;
  Outputs out;
  double const* list_weights = nullptr;
  label_size const* labels = nullptr; // per list
  double* per_list = nullptr;

  /// The same pass with another value type of the same numbers.
  template <class W>
  constexpr list_pass<W, Formula, Groups, Inputs, Outputs> with() const {
    return {formula, groups, in, out, list_weights, labels, per_list};
  }

  // Derivatives as wide as the numbers they are computed with have room for what moderate labels make.
  static constexpr bool unwatched = requires {
    requires Formula::moderate_at_once;
    requires Outputs::template holds<scalar>;
  };
  using short_view = list_view<V, Inputs, Outputs, !unwatched, scratch>;

  static constexpr bool in_halves = first_half<Formula, short_view>::exists;
  static constexpr std::size_t longest_begun = 16 * static_cast<std::size_t>(math::lanes<V>);

  struct begun_list {
    typename first_half<Formula, short_view>::type half{};
    bool holds = false; ///< false: nothing was begun
  };

  RANKWISE_FN list_outcome operator()(std::size_t list, list_scratch<scalar> memory) const {
    return finish(list, begun_list{}, memory);
  }

  /// The first half of a list that is no longer than `longest_begun`; scratch memory of its own until it is finished.
  RANKWISE_FN begun_list begin(std::size_t list, list_scratch<scalar> memory) const requires in_halves {
    if (groups.size_of(list) <= longest_begun && has_short_way(list)) {
      return {formula.begin(short_view_of(list, memory)), true};
    }
    return {};
  }

  RANKWISE_FN list_outcome finish(std::size_t list, begun_list const& begun, list_scratch<scalar> memory) const {
    list_outcome outcome = outcome_of(list, begun, memory);
    if (Outputs::wants_gradient && !in.wants_value) { // a formula may make it all the same
      outcome.value = 0;
    }
    return outcome;
  }

private:
  RANKWISE_FN list_outcome outcome_of(std::size_t list, begun_list const& begun, list_scratch<scalar> memory) const {
    if (begun.holds || has_short_way(list)) {
      short_view const view = short_view_of(list, memory);
      scalar value(0);
      if (at_once(view, begun, value) && view.written_is_finite()) {
        list_outcome const outcome{static_cast<double>(value), weight_of(list), false};
        if (unwatched || list_weights == nullptr || counts(outcome)) {
          tell(list, outcome.value);
          return outcome;
        }
      }
    }
    return the_long_way(list, memory);
  }

  RANKWISE_FN double weight_of(std::size_t list) const { return list_weights == nullptr ? 1 : list_weights[list]; }

  RANKWISE_FN label_size known_of(std::size_t list) const {
    return labels == nullptr ? label_size::moderate : labels[list];
  }

  RANKWISE_FN short_view short_view_of(std::size_t list, list_scratch<scalar> memory) const {
    return short_view(in, out, memory, list, groups.begin_of(list), groups.size_of(list), false, true,
                      static_cast<scalar>(weight_of(list)));
  }

  static constexpr bool is_at_once = requires(Formula const& f, short_view const& view, scalar& value) {
    f.at_once(view, value);
  };

  RANKWISE_FN bool has_short_way(std::size_t list) const {
    if constexpr (in_halves || is_at_once) {
      label_size const known = known_of(list);
      return in.live == nullptr && groups.size_of(list) != 0 &&
             (unwatched ? known == label_size::moderate : known != label_size::not_finite);
    } else {
      return false;
    }
  }

  RANKWISE_FN bool at_once(short_view const& view, begun_list const& begun, scalar& value) const {
    if constexpr (in_halves) {
      return formula.finish(view, begun.holds ? begun.half : formula.begin(view), value);
    } else if constexpr (is_at_once) {
      return formula.at_once(view, value);
    } else {
      return false;
    }
  }

  RANKWISE_FN list_outcome the_long_way(std::size_t list, list_scratch<scalar> memory) const {
    std::size_t const first = groups.begin_of(list);
    std::size_t const size = groups.size_of(list);
    list_outcome outcome{0, weight_of(list), false};
    label_size const known = known_of(list);
    scores_seen const seen = look_at_scores<V>(in.scores, in.live, first, size);
    bool defined = true;
    if (seen.flagged || known == label_size::not_finite) {
      outcome.flagged = true;
      defined = false;
      clear_derivatives<V>(out, first, size);
      leave_out(list, true);
    } else if (seen.live == 0 && !sees_unretrieved()) {
      clear_derivatives<V>(out, first, size);
      leave_out(list, false);
      settle(without_items(), outcome, defined);
    } else {
      list_view<V, Inputs, Outputs, true, scratch> const view(in, out, memory, list, first, size, seen.live != size,
                                                              seen.all_scored, static_cast<scalar>(outcome.weight));
      constexpr bool one = is_outcome<decltype(formula(view))>;
      static_assert(one, "[rankwise] the formula of a list returns one number, or defined_if of one; list.sum adds "
                         "registers up");
      if constexpr (one) {
        settle(formula(view), outcome, defined);
      }
      if (!view.written_is_finite() || (defined && !counts(outcome))) { // too large for its type
        outcome.flagged = true;
        defined = false;
        clear_derivatives<V>(out, first, size);
        leave_out(list, true);
      }
    }
    tell(list, defined ? outcome.value : math::ops<double>::quiet_nan);
    if (!defined) {
      outcome.weight = 0;
    }
    return outcome;
  }

  RANKWISE_FN static bool counts(list_outcome const& o) {
    double const share = o.weight * o.value;
    return share - share == 0;
  }

  RANKWISE_FN void tell(std::size_t list, double value) const {
    if (per_list != nullptr) {
      once<V>([&] { per_list[list] = value; });
    }
  }

  RANKWISE_FN void leave_out(std::size_t list, bool not_finite) const {
    if constexpr (requires { formula.template left_out<V>(list, not_finite); }) {
      formula.template left_out<V>(list, not_finite);
    }
  }

  // A metric may count what could have been found in a list that has found nothing.
  RANKWISE_FN bool sees_unretrieved() const {
    if constexpr (requires { Formula::sees_unretrieved; }) {
      return in.marks != nullptr;
    } else {
      return false;
    }
  }

  RANKWISE_FN auto without_items() const {
    if constexpr (requires { formula.template without_items<scalar>(); }) {
      return formula.template without_items<scalar>();
    } else {
      return scalar(0);
    }
  }

  template <class T>
  RANKWISE_FN static void settle(T value, list_outcome& outcome, bool&) {
    outcome.value = static_cast<double>(value);
  }
  template <class T>
  RANKWISE_FN static void settle(defined_if<T> v, list_outcome& outcome, bool& defined) {
    outcome.value = static_cast<double>(v.value);
    defined = v.defined;
  }
};

} // namespace rankwise::inline RANKWISE_ABI

#endif
