#ifndef RANKWISE_VALUE_RANKER_HPP
#define RANKWISE_VALUE_RANKER_HPP

#include <rankwise/exec/item_run.hpp>
#include <rankwise/head/heads.hpp>
#include <rankwise/value/arithmetic.hpp>
#include <rankwise/value/quantity.hpp>
#include <rankwise/value/weights.hpp>

#include <cstddef>
#include <span>
#include <type_traits>
#include <utility>

/// Heads and a value model as one object. Scoring is one fused pass from logits to scores, without intermediates.
namespace rankwise::inline RANKWISE_ABI {

namespace detail {

/// One item, or one pack of items, as a bound expression sees it.
template <class Logits, class Index, class Accuracy>
struct item_logits {
  using vector = typename Index::vector;
  using accuracy = Accuracy;
  Logits logits;
  Index index;

  RANKWISE_FN vector logit(int column) const { return load(logits, index, static_cast<std::size_t>(column)); }
};

template <class Value, class Logits, class Out, class Accuracy>
struct score_kernel {
  Value value;
  Logits logits;
  Out scores;

  template <class Index>
  RANKWISE_FN void operator()(Index i) const {
    store(scores, i, value(item_logits<Logits, Index, Accuracy>{logits, i}));
  }
};

/// A block of logits in contiguous columns, whatever the caller's layout is.
template <class T>
struct block_columns {
  T const* const* first;
};
template <class Index, class T>
RANKWISE_FN auto load(block_columns<T> const& c, Index i, std::size_t column_number) {
  return load(c.first[column_number], i);
}

/// Scores whole packs of one block. It is all that is compiled anew for every value model.
template <class Executor, class T, class Value, class Accuracy>
struct block_scorer {
  using V = typename Executor::template vector<T>;

  RANKWISE_FLATTEN static void run(void const* value, T const* const* logits, T* scores, std::size_t packs) {
    using item = item_logits<block_columns<T>, pack<V>, Accuracy>;
    Value const v = *static_cast<Value const*>(value);
    for (std::size_t p = 0; p < packs; ++p) {
      pack<V> const i{p * static_cast<std::size_t>(math::lanes<V>)};
      store(scores, i, v(item{{logits}, i}));
    }
  }
};

template <class T>
using block_function = void (*)(void const* value, T const* const* logits, T* scores, std::size_t packs);

struct no_block {
  constexpr void operator()(std::size_t, std::size_t) const {}
};

/// The address of an item's number in a contiguous column of T; null where there is none.
template <class T, class U, memory W>
constexpr auto contiguous_at(column<U, W> const& c, std::size_t first) {
  if constexpr (std::is_same_v<std::remove_const_t<U>, T>) {
    return c.first + first;
  } else {
    return static_cast<T*>(nullptr);
  }
}
template <class T, class U, memory W>
constexpr T* contiguous_at(strided_column<U, W> const&, std::size_t) {
  return nullptr;
}
template <class T, class U, layout Order, memory W>
constexpr T const* contiguous_at(matrix<U, Order, W> const& m, std::size_t first, std::size_t column_number) {
  if constexpr (std::is_same_v<std::remove_const_t<U>, T> && Order != layout::row_major) {
    return m.row_stride == 1 || Order == layout::column_major ? &m(first, column_number) : nullptr;
  } else {
    return nullptr;
  }
}
template <class T, class U, std::size_t N, memory W>
constexpr T const* contiguous_at(column_set<U, N, W> const& c, std::size_t first, std::size_t column_number) {
  return contiguous_at<T>(c.column_at[column_number], first);
}

/// Brings blocks of logits into contiguous columns, where they are not already, and scores them. One function for all
/// value models over logits of one kind. The end of the range is padded to a full pack, so an item's score does not
/// depend on its place.
template <class T, std::size_t Columns, class Executor, class Logits, class Out>
void score_blocks(Executor executor, Logits const& logits, Out const& scores, block_function<T> score,
                  void const* value) {
  using V = typename Executor::template vector<T>;
  constexpr std::size_t width = static_cast<std::size_t>(math::lanes<V>);
  constexpr std::size_t block = Columns <= 16 ? 256 : 64;
  executor.for_each_block(logits.rows, block, [&](std::size_t begin, std::size_t count) {
    std::size_t const packs = (count + width - 1) / width;
    bool const whole = packs * width == count;
    alignas(64) T gathered[Columns][block];
    T const* column[Columns];
    for (std::size_t c = 0; c < Columns; ++c) {
      column[c] = whole ? contiguous_at<T>(logits, begin, c) : nullptr;
      if (column[c] == nullptr) {
        for (std::size_t p = 0; p < packs; ++p) {
          std::size_t const first = p * width;
          auto const x = first + width <= count ? load(logits, pack<V>{begin + first}, c)
                                                : load(logits, partial_pack<V>{begin + first, count - first}, c);
          math::store(gathered[c] + first, x);
        }
        column[c] = gathered[c];
      }
    }
    alignas(64) T result[block];
    T* const direct = whole ? contiguous_at<T>(scores, begin) : nullptr;
    score(value, column, direct != nullptr ? direct : result, packs);
    if (direct == nullptr) {
      for_each_pack<V>(count, [&](auto i) {
        V const x = load(static_cast<T const*>(result), i);
        i.first += begin;
        store(scores, i, x);
      });
    }
  });
}

/// Receives the derivatives of one pack of items.
template <class V, int Columns, std::size_t Weights>
struct derivatives {
  V by_logit[static_cast<std::size_t>(Columns)];
  item_sums<V, Weights + 1> sums; // the score's share first: it tells whether the item is finite

  template <std::size_t Slot>
  RANKWISE_FN void weight(V g) {
    sums.value[Slot + 1] = sums.value[Slot + 1] + g;
  }
  RANKWISE_FN void logit(int column, V g) { by_logit[column] = by_logit[column] + g; }
};

template <class Value, class Logits, class Seeds, class Gradient, int Columns, std::size_t Weights, class Accuracy>
struct gradient_kernel {
  Value value;
  Logits logits;
  Seeds seeds;
  Gradient gradient; // a matrix like the logits, or no_output

  template <class Index>
  RANKWISE_FN auto operator()(Index i) const {
    using V = typename Index::vector;
    item_logits<Logits, Index, Accuracy> const item{logits, i};
    derivatives<V, Columns, Weights> d;
    for (V& x : d.by_logit) {
      x = V(0);
    }
    for (V& x : d.sums.value) {
      x = V(0);
    }
    V const seed = load(seeds, i);
    d.sums.value[0] = seed * value(item);
    value.backward(item, seed, d);
    auto const finite = math::is_finite(d.sums.value[0]);
    for (std::size_t k = 1; k <= Weights; ++k) {
      d.sums.value[k] = math::select(finite, d.sums.value[k], V(0));
    }
    if constexpr (!std::is_same_v<Gradient, no_output>) {
      for (std::size_t c = 0; c < static_cast<std::size_t>(Columns); ++c) {
        store(gradient, i, c, math::select(finite, d.by_logit[c], V(0)));
      }
    }
    return d.sums;
  }
};

template <class Heads, class Weights>
struct model {
  using heads = Heads;
  Weights const& weights;

  template <name Name>
  static constexpr std::size_t slot = Weights::template slot<Name>();
  template <name Name>
  constexpr double weight() const {
    return weights.template get<Name>();
  }
};

} // namespace detail

/// `Accuracy` is math::precise or math::fast: `fast(ranker)` is the same model with the second.
template <class Heads, class Value, class Accuracy = math::precise>
class ranker {
  static_assert(value::expression<Value>,
                "[rankwise] rw::ranker{rw::heads(...), value}: the second argument is a value expression");

public:
  using weights_type = weights_of<Value>;
  static constexpr int columns = Heads::columns;

  constexpr ranker(Heads const&, Value const& value) : value_(value) {
    static_assert(!std::is_same_v<value::unit_of<Value>, unit::logit>,
                  "[rankwise] the value model yields a logit: rank by rw::probability(head), or weigh it to a score");
  }

  constexpr Value const& value() const { return value_; }

  /// The initial weights, to be changed for a call: `w.set<"relevance">(0.8)`. Where a name occurs several times, its
  /// last initial value counts.
  constexpr weights_type weights() const {
    weights_type w;
    value_.for_each_weight(
        [&w](auto const& node) { w.template set<std::remove_cvref_t<decltype(node)>::label>(node.initial); });
    return w;
  }

  /// scores[i] = value of item i. `logits` is a matrix with one column per logit in the order of the heads, or named
  /// columns: `rw::columns(rw::named<"click">(a), rw::named<"relevance">(b, c))`. An executor may come first.
  template <class Logits, class Out, class Isa = arch::native>
    requires(!executor<Logits>)
  constexpr void score(Logits const& logits, Out&& scores, options const& opts = {}) const {
    run(default_for<Logits>{}, logits, scores, weights(), opts);
  }
  template <class Logits, class Out, class Isa = arch::native>
    requires(!executor<Logits>)
  constexpr void score(Logits const& logits, Out&& scores, weights_type const& w, options const& opts = {}) const {
    run(default_for<Logits>{}, logits, scores, w, opts);
  }
  template <executor Executor, class Logits, class Out>
  constexpr void score(Executor executor, Logits const& logits, Out&& scores, options const& opts = {}) const {
    run(executor, logits, scores, weights(), opts);
  }
  template <executor Executor, class Logits, class Out>
  constexpr void score(Executor executor, Logits const& logits, Out&& scores, weights_type const& w,
                       options const& opts = {}) const {
    run(executor, logits, scores, w, opts);
  }

  /// Derivatives of sum_i seeds[i] score_i by the named weights, and by the logits if a matrix for them is given: what
  /// a loss's gradient by the scores is carried back with. An item whose score is not finite counts for nothing, its
  /// derivatives are 0, and it is reported.
  template <class Logits, class Seeds, class Isa = arch::native>
    requires(!executor<Logits>)
  constexpr weights_type gradient(Logits const& logits, Seeds const& seeds, weights_type const& w,
                                  options const& opts = {}) const {
    no_output none;
    return run_back(default_for<Logits>{}, logits, seeds, none, w, opts);
  }
  template <class Logits, class Seeds, class ByLogits, class Isa = arch::native>
    requires(!executor<Logits>)
  constexpr weights_type gradient(Logits const& logits, Seeds const& seeds, ByLogits&& by_logits, weights_type const& w,
                                  options const& opts = {}) const {
    return run_back(default_for<Logits>{}, logits, seeds, by_logits, w, opts);
  }
  template <executor Executor, class Logits, class Seeds>
  constexpr weights_type gradient(Executor executor, Logits const& logits, Seeds const& seeds, weights_type const& w,
                                  options const& opts = {}) const {
    no_output none;
    return run_back(executor, logits, seeds, none, w, opts);
  }
  template <executor Executor, class Logits, class Seeds, class ByLogits>
  constexpr weights_type gradient(Executor executor, Logits const& logits, Seeds const& seeds, ByLogits&& by_logits,
                                  weights_type const& w, options const& opts = {}) const {
    return run_back(executor, logits, seeds, by_logits, w, opts);
  }

  /// Why item `item` has its score; see value/explain.hpp, which must be included. `baseline` is one number per logit
  /// column, all 0 if it is empty.
  template <class Logits>
  auto explain(Logits const& logits, std::size_t item, std::span<double const> baseline = {}) const {
    return explain(logits, item, weights(), baseline);
  }
  template <class Logits>
  auto explain(Logits const& logits, std::size_t item, weights_type const& w,
               std::span<double const> baseline = {}) const {
    auto const z = view_logits(logits);
    static_assert(decltype(z)::where == memory::host, "[rankwise] explain reads logits in host memory");
    double row[static_cast<std::size_t>(columns)];
    double base[static_cast<std::size_t>(columns)] = {};
    status const in_range =
        item < z.rows ? status{} : status{errc::size_mismatch, "logits", status::nowhere, item + 1, z.rows};
    if (!check_shape(z, {}) || !detail::passed(in_range, {}) ||
        (!baseline.empty() && !detail::check_size(baseline, "the baseline", static_cast<std::size_t>(columns), {}))) {
      return decltype(explain_rows(Heads{}, value_, w, row, base)){};
    }
    for (std::size_t c = 0; c < static_cast<std::size_t>(columns); ++c) {
      row[c] = static_cast<double>(load(z, pack<compute_type<typename decltype(z)::value_type>>{item}, c));
      base[c] = baseline.empty() ? 0 : baseline[c];
    }
    return explain_rows(Heads{}, value_, w, row, base);
  }

private:
  template <class Logits>
  static constexpr auto view_logits(Logits const& logits) {
    if constexpr (detail::is_named_table<Logits>) {
      return Heads::in_order(logits);
    } else {
      return as_matrix(logits);
    }
  }
  template <class Logits>
  using default_for = typename default_executor<decltype(view_logits(std::declval<Logits const&>()))::where>::type;

  template <executor Executor, class Logits, class Out>
  constexpr void run(Executor executor, Logits const& logits, Out&& scores, weights_type const& w,
                     options const& opts) const {
    auto const z = view_logits(logits);
    static_assert(detail::explain_output<Out>());
    auto const s = as_column(scores);
    using M = std::remove_const_t<decltype(z)>;
    using S = std::remove_const_t<decltype(s)>;
    static_assert(M::where == Executor::where && S::where == Executor::where,
                  "[rankwise] logits and scores must be in the executor's memory");
    if (!check_shape(z, opts.errors) || !detail::check_size(s, "scores", z.rows, opts.errors) ||
        !check_logits(s, z, opts.errors)) {
      return;
    }
    using T = compute_type<typename M::value_type>;
    auto const bound = value_.template bind<T>(detail::model<Heads, weights_type>{w});
    using bound_type = std::remove_const_t<decltype(bound)>;
    if constexpr (requires { executor.for_each_block(z.rows, z.rows, detail::no_block{}); }) {
      if (!std::is_constant_evaluated()) {
        detail::score_blocks<T, static_cast<std::size_t>(columns)>(
            executor, z, s, detail::block_scorer<Executor, T, bound_type, Accuracy>::run, &bound);
        return;
      }
    }
    if constexpr (std::is_same_v<typename Executor::template vector<T>, T>) {
      executor.template for_each_item<T>(z.rows, detail::score_kernel<bound_type, M, S, Accuracy>{bound, z, s});
    }
  }

  template <executor Executor, class Logits, class Seeds, class ByLogits>
  constexpr weights_type run_back(Executor executor, Logits const& logits, Seeds const& seeds, ByLogits& by_logits,
                                  weights_type const& w, options const& opts) const {
    auto const z = view_logits(logits);
    auto const s = as_column(seeds);
    auto const g = detail::as_rows(by_logits);
    using M = std::remove_const_t<decltype(z)>;
    using S = std::remove_const_t<decltype(s)>;
    using G = std::remove_const_t<decltype(g)>;
    static_assert(M::where == Executor::where && S::where == Executor::where,
                  "[rankwise] logits and seeds must be in the executor's memory");
    weights_type by_weight;
    if (!check_shape(z, opts.errors) || !detail::check_size(s, "seeds", z.rows, opts.errors) ||
        !detail::check_rows(g, "the gradient by logits", z.rows, static_cast<std::size_t>(columns), opts.errors) ||
        !check_logits(g, z, opts.errors) || !detail::check_apart(g, s, "the gradient by logits", opts.errors)) {
      return by_weight;
    }
    using T = compute_type<typename M::value_type>;
    auto const bound = value_.template bind<T>(detail::model<Heads, weights_type>{w});
    constexpr std::size_t count = weights_type::size();
    using kernel = detail::gradient_kernel<std::remove_const_t<decltype(bound)>, M, S, G, columns, count, Accuracy>;
    workspace own;
    auto const total = executor.template sum_items<T, count + 1>(z.rows, kernel{bound, z, s, g}, &own, opts.errors);
    for (std::size_t k = 0; k < count; ++k) {
      by_weight[k] = total.value[k + 1];
    }
    if (total.flagged != 0) {
      detail::deliver({errc::not_finite, "a logit, seed or the score", total.first_flagged, 0, total.flagged},
                      opts.errors);
    }
    return by_weight;
  }

  template <class M>
  static constexpr bool check_shape(M const& z, on_error const& errors) {
    constexpr std::size_t needed = static_cast<std::size_t>(columns);
    return detail::passed(z.columns == needed
                              ? status{}
                              : status{errc::wrong_shape, "logits (columns)", status::nowhere, needed, z.columns},
                          errors);
  }

  template <class S, class M>
  static constexpr bool check_logits(S const& scores, M const& logits, on_error const& errors) {
    if constexpr (requires { logits.column_at; }) {
      for (auto const& c : logits.column_at) {
        if (!detail::check_size(c, "a logit column", logits.rows, errors) ||
            !detail::check_apart(scores, c, "the output", errors)) {
          return false;
        }
      }
      return true;
    } else {
      return detail::check_apart(scores, logits, "the output", errors);
    }
  }

  Value value_;
};

template <class Heads, class Value>
ranker(Heads const&, Value const&) -> ranker<Heads, Value>;

/// The same as `ranker{heads, value}`, for .cu files: nvcc 13 writes the type that a braced `ranker{...}` deduces into the
/// host code, and cannot spell names there.
template <class Heads, class Value>
constexpr auto make_ranker(Heads const& heads, Value const& value) {
  return ranker<Heads, Value>(heads, value);
}

/// The same ranker with the fast functions of math/: 1e-6 relative in float, the same saturation.
template <class Heads, class Value>
constexpr ranker<Heads, Value, math::fast> fast(ranker<Heads, Value> const& r) {
  return {Heads{}, r.value()};
}

} // namespace rankwise::inline RANKWISE_ABI

#endif
