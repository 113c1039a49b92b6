#ifndef RANKWISE_EXEC_PREPARED_HPP
#define RANKWISE_EXEC_PREPARED_HPP

#include <rankwise/core/lists.hpp>
#include <rankwise/core/options.hpp>
#include <rankwise/core/policy.hpp>
#include <rankwise/core/storage.hpp>
#include <rankwise/core/workspace.hpp>
#include <rankwise/exec/executor.hpp>
#include <rankwise/exec/pass.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

/// What depends on labels and lists alone, computed once: labels and weights in the value type, lists whose labels are
/// not finite, and whatever `prepare_list` of the formula returns for every list.
namespace rankwise::inline RANKWISE_ABI {

/// The container of prepared columns in a kind of memory; backends specialise it.
template <class T, memory Where>
struct storage_for;
template <class T>
struct storage_for<T, memory::host> {
  using type = rankwise::storage<T>;
};

/// Where an executor for this kind of memory keeps what it wants to know of lists in every call; backends specialise
/// it.
struct nothing_placed {
  constexpr void assign(auto const&) {}
};
template <class Offset, memory Where>
struct placement_for {
  using type = nothing_placed;
};

/// Stands where a formula prepares nothing.
struct no_constants {};

namespace detail {

template <class Formula, class T>
struct constants_for {
  using inputs = list_inputs<T const*, T, no_constants, typename prepared_items_of<Formula>::type>;
  using view = list_view<T, inputs, list_outputs<>, true, typename scratch_of<Formula>::type>;

  static auto probe() {
    if constexpr (requires(Formula const& f, view const& v) { f.prepare_list(v); }) {
      return std::type_identity<decltype(std::declval<Formula const&>().prepare_list(std::declval<view const&>()))>{};
    } else {
      return std::type_identity<no_constants>{};
    }
  }
  using type = typename decltype(probe())::type;
};

/// False from the start, and again when its data was moved away: what is left has lists without labels.
class ready_flag {
public:
  RANKWISE_HOST_FN ready_flag(bool ready = false) : ready_(ready) {}
  RANKWISE_HOST_FN ready_flag(ready_flag const& other) = default;
  RANKWISE_HOST_FN ready_flag(ready_flag&& other) noexcept : ready_(std::exchange(other.ready_, false)) {}
  RANKWISE_HOST_FN ready_flag& operator=(ready_flag other) noexcept {
    ready_ = other.ready_;
    return *this;
  }
  RANKWISE_HOST_FN operator bool() const { return ready_; }

private:
  bool ready_;
};

} // namespace detail

/// What `prepare_list` of a formula returns for numbers of type T.
template <class Formula, class T>
using constants_of = typename detail::constants_for<Formula, T>::type;

template <class V>
RANKWISE_FN V load(any_column::numbers const& c, pack<V> i) {
  return static_cast<V>(c[i.first]);
}

/// What was prepared whatever the formula: the lists, labels and options.
template <class T, class Offset, memory Where>
struct prepared_lists {
  using scalar = T;
  static constexpr memory where = Where;
  template <class U>
  using storage = typename storage_for<U, Where>::type;

  /// The lists, over offsets of its own.
  constexpr lists<Offset> groups() const { return shape.over(offsets.data()); }

  lists<Offset> shape;
  rankwise::storage<Offset> offsets; ///< on the host; empty: uniform lists
  typename placement_for<Offset, Where>::type placed;
  storage<T> labels;
  storage<T> item_weights;      ///< empty: all 1
  storage<double> list_weights; ///< empty: all 1
  storage<std::uint8_t> live;   ///< empty: no mask
  storage<label_size> flagged;  ///< per list
  storage<std::uint8_t> marks;  ///< empty: all judged and retrieved; see item_mark
  storage<std::uint64_t> ids;   ///< empty: an item's id is its place
};

/// The result of `prepare`. It owns what it holds: the caller's labels, lists and options may go.
template <class Formula, class T, class Offset, memory Where>
struct prepared : prepared_lists<T, Offset, Where> {
  using formula_type = Formula;
  using constants_type = constants_of<Formula, T>;
  template <class U>
  using storage = typename storage_for<U, Where>::type;

  storage<constants_type> constants; ///< per list
  storage<T> item_values;            ///< columns that `prepare_list` filled, one after the other
  storage<std::uint32_t> item_indices;
  detail::ready_flag ready; ///< false: `prepare` failed, or the data was moved away
};

namespace detail {
template <class D>
inline constexpr bool is_prepared = false;
template <class F, class T, class O, memory W>
inline constexpr bool is_prepared<prepared<F, T, O, W>> = true;
} // namespace detail

template <class D>
concept prepared_data = detail::is_prepared<std::remove_cvref_t<D>>;

namespace detail {

/// The address of a container's numbers, or null if it is empty; works for device containers, too.
template <class C>
constexpr auto* address(C& c) {
  if constexpr (requires { c.data().get(); }) {
    return c.empty() ? nullptr : c.data().get();
  } else {
    return c.empty() ? nullptr : c.data();
  }
}

template <class From, class To>
struct convert {
  From from;
  To* to;
  std::uint8_t const* live;

  template <class Index>
  RANKWISE_FN void operator()(Index i) const {
    auto x = load(from, i);
    using V = decltype(x);
    if (live != nullptr) {
      x = math::select(load(live, i) != V(0), x, V(0));
    }
    store(to, i, x);
  }
};

template <class From>
struct convert_mask {
  From from;
  std::uint8_t* to;

  template <class Index>
  RANKWISE_FN void operator()(Index i) const {
    auto const x = load(from, i);
    using V = decltype(x);
    store(to, i, math::select(x == V(0), V(0), V(1)));
  }
};

/// Weights divided by propensities, of which none counts for less than `floor`.
template <class From, class To>
struct divide_by {
  From from;
  To* to;
  std::uint8_t const* live;
  double floor;
  bool weighted;

  template <class Index>
  RANKWISE_FN void operator()(Index i) const {
    auto const x = load(from, i);
    using V = decltype(x + x);
    V const weight = weighted ? load(to, i) : V(1);
    V const y = weight / math::max(V(floor), x); // NaN stays NaN
    store(to, i, live == nullptr ? y : math::select(load(live, i) != V(0), y, V(0)));
  }
};

/// Items that were not judged get a mark and the label 0.
template <class From, class T>
struct mark_unjudged {
  From from;
  std::uint8_t* marks;
  T* labels;

  template <class Index>
  RANKWISE_FN void operator()(Index i) const {
    auto const x = load(from, i);
    using V = decltype(x + x);
    for (std::size_t lane = 0; lane < i.live(); ++lane) {
      if (math::ops<V>::get(x, lane) == math::scalar_t<V>(0)) {
        marks[i.first + lane] |= item_mark::unjudged;
        labels[i.first + lane] = T(0);
      }
    }
  }
};

/// Items that were not retrieved get a mark and are live no longer.
template <class From>
struct mark_unretrieved {
  From from;
  std::uint8_t* marks;
  std::uint8_t* live;

  template <class Index>
  RANKWISE_FN void operator()(Index i) const {
    auto const x = load(from, i);
    using V = decltype(x + x);
    for (std::size_t lane = 0; lane < i.live(); ++lane) {
      std::size_t const item = i.first + lane;
      if (math::ops<V>::get(x, lane) == math::scalar_t<V>(0) && live[item] != 0) {
        marks[item] |= item_mark::unretrieved;
        live[item] = 0;
      }
    }
  }
};

struct set_live {
  std::uint8_t* live;
  template <class Index>
  RANKWISE_FN void operator()(Index i) const {
    for (std::size_t lane = 0; lane < i.live(); ++lane) {
      live[i.first + lane] = 1;
    }
  }
};

/// Ids as unsigned numbers in the same order.
struct convert_ids {
  any_column::numbers from;
  std::uint64_t* to;

  template <class Index>
  RANKWISE_FN void operator()(Index i) const {
    for (std::size_t lane = 0; lane < i.live(); ++lane) {
      to[i.first + lane] = from.in_order(i.first + lane);
    }
  }
};

/// What is to be said of the labels and weights of a list: items first .. first + size - 1.
template <class V, class T>
RANKWISE_FN label_size size_of_labels(T const* labels, T const* weights, std::size_t first, std::size_t size,
                                      double list_weight) {
  using scalar = math::scalar_t<V>;
  V most(0);
  V heaviest(1);
  auto const zero = [&](auto i) {
    i.first += first;
    V const y = load(labels, i);
    V const w = weights == nullptr ? V(0) : load(weights, i);
    most = math::max(most, math::abs(y));
    heaviest = math::max(heaviest, math::abs(w));
    return (y - y) + (w - w);
  };
  auto const factor = static_cast<scalar>(list_weight); // gradients are multiplied in their own type
  bool const finite =
      math::reduce_add(combine_packs<V>(size, V(0), zero, plus{})) == scalar(0) && factor - factor == scalar(0);
  double const largest = static_cast<double>(math::reduce_max(most)) * static_cast<double>(math::reduce_max(heaviest));
  bool const moderate = largest <= 0x1p40 && (list_weight < 0 ? -list_weight : list_weight) <= 0x1p10;
  return !finite ? label_size::not_finite : moderate ? label_size::moderate : label_size::large;
}

/// Whether items first .. first + size - 1 that take part have segments: NaN has no place in an order.
template <class V>
RANKWISE_FN bool have_segments(double const* segments, std::uint8_t const* mask, std::size_t first, std::size_t size) {
  V const stray = combine_packs<V>(
      size, V(0),
      [&](auto i) {
        i.first += first;
        V const found = math::select(math::is_nan(load(segments, i)), V(1), V(0));
        return mask == nullptr ? found : math::select(load(mask, i) != V(0), found, V(0));
      },
      maximum{});
  return math::all(stray == V(0));
}

/// Runs a formula's `prepare_list` over one list, unless its labels, weights or segments are not numbers.
template <class V, class Formula, class Groups, class T, class Constants>
struct preparation {
  using vector = V;
  using scalar = math::scalar_t<V>;
  using scratch = typename scratch_of<Formula>::type;
  using inputs = list_inputs<T const*, T, no_constants, typename prepared_items_of<Formula>::type>;
  static constexpr bool in_groups = works_in_groups<Formula>;

  Formula formula;
  Groups groups;
  inputs in; // the labels stand in for the scores
  double const* list_weights;
  label_size* sizes;
  Constants* constants;

  template <class W>
  constexpr preparation<W, Formula, Groups, T, Constants> with() const {
    return {formula, groups, in, list_weights, sizes, constants};
  }

  RANKWISE_FN list_outcome operator()(std::size_t list, list_scratch<scalar> memory) const {
    std::size_t const first = groups.begin_of(list);
    std::size_t const size = groups.size_of(list);
    label_size known =
        size_of_labels<V>(in.labels, in.weights, first, size, list_weights == nullptr ? 1 : list_weights[list]);
    if (in.segments != nullptr && !have_segments<V>(in.segments, in.live, first, size)) {
      known = label_size::not_finite;
    }
    Constants found{};
    if constexpr (!std::is_same_v<Constants, no_constants>) {
      if (known != label_size::not_finite) {
        found = formula.prepare_list(list_view<V, inputs, list_outputs<>, true, scratch>(
            in, list_outputs<>{}, memory, list, first, size, in.live != nullptr));
      }
    }
    once<V>([&] {
      sizes[list] = known;
      constants[list] = found;
    });
    return {};
  }
};

// Every check names the instruction set: units with different flags do not share it.
template <class Column, class Isa = arch::native>
constexpr bool check_size(Column const& c, char const* argument, std::size_t needed, on_error const& errors) {
  return check_equal(c.size(), needed, argument, errc::size_mismatch, errors);
}

RANKWISE_HOST_FN bool check_optional(any_column const& c, char const* argument, std::size_t needed, memory where,
                                     on_error const& errors) {
  if (!c.given()) {
    return true;
  }
  return passed(c.where() == where ? status{} : status{errc::wrong_memory, argument}, errors) &&
         check_size(c, argument, needed, errors);
}

/// Of prepared data: `prepare` would have taken it.
template <class Isa = arch::native>
constexpr bool check_unused(any_column const& c, char const* argument, on_error const& errors) {
  return passed(c.given() ? status{errc::not_prepared, argument} : status{}, errors);
}
/// Of a formula that has no use of it, prepared or not.
template <class Isa = arch::native>
constexpr bool check_meaningless(any_column const& c, char const* argument, on_error const& errors) {
  return passed(c.given() ? status{errc::unused_option, argument} : status{}, errors);
}

/// Propensities, one per item, and what the least of them counts as.
template <class Isa = arch::native>
constexpr bool check_propensities(options const& opts, std::size_t items, memory where) {
  bool const usable = !opts.propensities.given() || opts.propensity_floor >= 0; // NaN is not
  return check_optional(opts.propensities, "propensities", items, where, opts.errors) &&
         check_parameters(usable ? nullptr : "propensity_floor (0 or more)", opts.errors);
}

/// Options that are about the data mean nothing to a call that takes prepared data.
template <class Isa = arch::native>
constexpr bool check_no_data(options const& opts, on_error const& errors) {
  return check_unused(opts.item_weights, "item_weights", errors) &&
         check_unused(opts.list_weights, "list_weights", errors) && check_unused(opts.mask, "mask", errors) &&
         check_unused(opts.judged, "judged", errors) && check_unused(opts.retrieved, "retrieved", errors) &&
         check_unused(opts.ids, "ids", errors) && check_unused(opts.segments, "segments", errors) &&
         check_unused(opts.propensities, "propensities", errors);
}

/// True for formulas that keep items of different segments apart.
template <class Formula>
inline constexpr bool reads_segments = false;
template <class Formula>
  requires requires {
    Formula::reads_segments;
  }
inline constexpr bool reads_segments<Formula> = Formula::reads_segments;

/// A formula that keeps indices counts items with 32 bits.
template <class Formula>
inline constexpr bool counts_items =
    scratch_of<Formula>::type::indices + prepared_items_of<Formula>::type::indices != 0;

template <class Offset, class Isa = arch::native>
constexpr bool check_length(lists<Offset> const& groups, bool counted, on_error const& errors) {
  constexpr std::size_t most = 0xffffffffu;
  if (!counted || groups.longest() <= most) {
    return true;
  }
  std::size_t l = 0;
  while (groups.size_of(l) <= most) {
    ++l;
  }
  return passed(status{errc::list_too_long, "lists", l, most, groups.size_of(l)}, errors);
}
template <class Formula, class Offset, class Isa = arch::native>
constexpr bool check_length(lists<Offset> const& groups, on_error const& errors) {
  return check_length<Offset, Isa>(groups, counts_items<Formula>, errors);
}

/// Runs `kernel(column, first)` over an optional column whose number type is known at run time only.
template <class T, class Executor, class Kernel>
constexpr void convert_any(Executor executor, any_column const& from, Kernel kernel) {
  if constexpr (Executor::where == memory::host) {
    constexpr std::size_t width = 512;
    double block[width];
    for (std::size_t first = 0; first < from.size(); first += width) {
      std::size_t const count = first + width < from.size() ? width : from.size() - first;
      from.read(first, count, block);
      executor.template for_each_item<T>(count, kernel(column<double const>{block, count}, first));
    }
  } else {
    executor.template for_each_item<T>(from.size(), kernel(from.as_numbers(), std::size_t{0}));
  }
}

/// Labels, item weights and mask into prepared data, in the value type T; labels and weights of masked items become 0.
template <class T, class Executor, class From, class Data>
constexpr void copy_items(Executor executor, From const& from, options const& opts, Data& data) {
  std::size_t const items = from.size();
  if (opts.mask.given()) {
    data.live.resize(items);
    std::uint8_t* const to = address(data.live);
    convert_any<double>(executor, opts.mask, [to](auto c, std::size_t first) {
      return convert_mask<decltype(c)>{c, to + first};
    });
  }
  std::uint8_t const* const live = address(data.live);
  data.labels.resize(items);
  executor.template for_each_item<T>(items, convert<From, T>{from, address(data.labels), live});
  if (opts.item_weights.given()) {
    data.item_weights.resize(items);
    T* const to = address(data.item_weights);
    convert_any<T>(executor, opts.item_weights, [to, live](auto c, std::size_t first) {
      return convert<decltype(c), T>{c, to + first, live == nullptr ? nullptr : live + first};
    });
  }
  if (opts.propensities.given()) {
    bool const weighted = !data.item_weights.empty();
    if (!weighted) {
      data.item_weights.resize(items);
    }
    T* const to = address(data.item_weights);
    double const floor = opts.propensity_floor;
    convert_any<double>(executor, opts.propensities, [to, weighted, floor, live](auto c, std::size_t first) {
      return divide_by<decltype(c), T>{c, to + first, live == nullptr ? nullptr : live + first, floor, weighted};
    });
  }
  // Rows without lists have no ranking that these could be about.
  if constexpr (requires { data.marks; }) {
    if (opts.judged.given() || opts.retrieved.given()) {
      data.marks.resize(items);
    }
    std::uint8_t* const marks = address(data.marks);
    if (opts.judged.given()) {
      T* const labels = address(data.labels);
      convert_any<double>(executor, opts.judged, [marks, labels](auto c, std::size_t first) {
        return mark_unjudged<decltype(c), T>{c, marks + first, labels + first};
      });
    }
    if (opts.retrieved.given()) {
      if (data.live.empty()) {
        data.live.resize(items);
        executor.template for_each_item<double>(items, set_live{address(data.live)});
      }
      std::uint8_t* const still_live = address(data.live);
      convert_any<double>(executor, opts.retrieved, [marks, still_live](auto c, std::size_t first) {
        return mark_unretrieved<decltype(c)>{c, marks + first, still_live + first};
      });
    }
    if (opts.ids.given()) {
      data.ids.resize(items);
      executor.template for_each_item<double>(items, convert_ids{opts.ids.as_numbers(), address(data.ids)});
    }
  }
}

/// The lists as the executor reads them.
template <class Executor, class Offset, class Data>
constexpr auto placed_on(Executor executor, lists<Offset> const& groups, Data const& data, workspace* memory) {
  if constexpr (requires { executor.place(groups, data.placed); }) {
    return executor.place(groups, data.placed);
  } else {
    return executor.place(groups, memory);
  }
}

/// An optional column of doubles; nothing, if it was not given.
template <class Executor, class Storage>
constexpr void copy_option(Executor executor, any_column const& from, Storage& to) {
  if (from.given()) {
    to.resize(from.size());
    double* const first_to = address(to);
    convert_any<double>(executor, from, [first_to](auto c, std::size_t first) {
      return convert<decltype(c), double>{c, first_to + first, nullptr};
    });
  }
}

/// What a formula asks of the lists and options that it is given.
struct formula_needs {
  bool counts_items;
  bool reads_segments;
};

/// Labels in the value type T of the run, and what the options say, into prepared data; segments are read while lists
/// are prepared, and then no longer. False if something did not fit: then the data is not ready.
template <class Executor, class From, class T, class Offset, class Segments>
RANKWISE_NOINLINE constexpr bool copy_lists(Executor executor, From const& from, lists<Offset> const& groups,
                                            options const& opts, formula_needs needs,
                                            prepared_lists<T, Offset, Executor::where>& data, Segments& segments) {
  std::size_t const items = groups.items();
  on_error const& errors = opts.errors;
  if (!check_equal(from.size(), items, "labels", errc::offsets_overrun, errors) ||
      !check_length(groups, needs.counts_items, errors) ||
      !check_optional(opts.item_weights, "item_weights", items, Executor::where, errors) ||
      !check_optional(opts.list_weights, "list_weights", groups.size(), Executor::where, errors) ||
      !check_optional(opts.mask, "mask", items, Executor::where, errors) ||
      !check_optional(opts.judged, "judged", items, Executor::where, errors) ||
      !check_optional(opts.retrieved, "retrieved", items, Executor::where, errors) ||
      !check_optional(opts.segments, "segments", items, Executor::where, errors) ||
      !check_propensities(opts, items, Executor::where) ||
      (!needs.reads_segments && !check_meaningless(opts.segments, "segments", errors)) ||
      !check_optional(opts.ids, "ids", items, Executor::where, errors)) {
    return false;
  }
  data.shape = groups;
  if (groups.offsets() != nullptr) {
    data.offsets.resize(groups.size() + 1);
    for (std::size_t l = 0; l <= groups.size(); ++l) {
      data.offsets[l] = groups.offsets()[l];
    }
  }
  data.placed.assign(groups);
  copy_items<T>(executor, from, opts, data);
  copy_option(executor, opts.list_weights, data.list_weights);
  copy_option(executor, opts.segments, segments);
  data.flagged.resize(groups.size());
  return true;
}

/// What holds for any formula, then the formula's own preparation, on the executor.
template <class T, class Executor, class Formula, class Labels, class Offset>
constexpr auto prepare(Executor executor, Formula const& formula, Labels const& labels, lists<Offset> const& groups,
                       options const& opts, workspace* memory) {
  using data_type = prepared<Formula, T, Offset, Executor::where>;
  using V = typename Executor::template vector<T>;
  using Constants = typename data_type::constants_type;
  using columns = typename prepared_items_of<Formula>::type;
  data_type data;
  auto const from = as_column(labels);
  static_assert(decltype(from)::where == Executor::where,
                "[rankwise] the labels are in another memory than the executor's");
  typename data_type::template storage<double> segments;
  if (!copy_lists(executor, from, groups, opts, {counts_items<Formula>, reads_segments<Formula>}, data, segments)) {
    return data;
  }
  std::size_t const items = groups.items();
  data.constants.resize(groups.size());
  data.item_values.resize(columns::values * items);
  data.item_indices.resize(columns::indices * items);
  auto const over = placed_on(executor, groups, data, memory);
  T const* const y = address(data.labels);
  preparation<V, Formula, lists<Offset>, T, Constants> const pass{
      formula,
      over,
      {y,
       y,
       address(data.item_weights),
       address(data.live),
       nullptr,
       address(data.marks),
       address(data.ids),
       address(segments),
       {address(data.item_values), address(data.item_indices), items}},
      address(data.list_weights),
      address(data.flagged),
      address(data.constants)};
  data.ready = executor.for_each_list(over, pass, memory, opts.errors).ran;
  return data;
}

} // namespace detail
} // namespace rankwise::inline RANKWISE_ABI

#endif
