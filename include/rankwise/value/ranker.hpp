#ifndef RANKWISE_VALUE_RANKER_HPP
#define RANKWISE_VALUE_RANKER_HPP

#include <rankwise/exec/run.hpp>
#include <rankwise/head/heads.hpp>
#include <rankwise/value/expression.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

/// Heads and a value model as one object. Scoring is one fused pass from logits to scores, without intermediates.
namespace rankwise::inline RANKWISE_ABI {

namespace detail {

/// The distinct weight names of an expression.
template <class List, class Node>
struct collect {
  using type = List;
};
template <name... Have, name New>
struct collect<value::name_list<Have...>, value::named_weight<New>> {
  static constexpr bool known = ((Have == New) || ...);
  using type = std::conditional_t<known, value::name_list<Have...>, value::name_list<Have..., New>>;
};
template <class List, class... Nodes>
struct collect_all {
  using type = List;
};
template <class List, class First, class... Rest>
struct collect_all<List, First, Rest...> {
  using type = typename collect_all<typename collect<List, First>::type, Rest...>::type;
};
template <class List, class Operation, class Unit, class Indices, class... Nodes>
struct collect<List, value::detail::flat<Operation, Unit, Indices, Nodes...>> {
  using type = typename collect_all<List, Nodes...>::type;
};

} // namespace detail

/// Run-time values of the named weights. A name that the value model does not have does not compile.
template <class Names>
class weight_values;

template <name... Names>
class weight_values<value::name_list<Names...>> {
public:
  template <name Name>
  constexpr void set(double value) {
    values_[slot<Name>()] = value;
  }
  template <name Name>
  constexpr double get() const {
    return values_[slot<Name>()];
  }

private:
  template <name Name>
  static consteval std::size_t slot() {
    static_assert(((Name == Names) || ...), "[rankwise] the value model has no weight of this name");
    return index_of<Name, Names...>();
  }

  double values_[sizeof...(Names) + 1] = {};
};

namespace detail {

/// One item, or one pack of items, as a bound expression sees it.
template <class Logits, class Index>
struct item_logits {
  using vector = typename Index::vector;
  Logits logits;
  Index index;

  RANKWISE_FN vector logit(int column) const { return load(logits, index, static_cast<std::size_t>(column)); }
};

template <class Value, class Logits, class Out>
struct score_kernel {
  Value value;
  Logits logits;
  Out scores;

  template <class Index>
  RANKWISE_FN void operator()(Index i) const {
    store(scores, i, value(item_logits<Logits, Index>{logits, i}));
  }
};

template <class Heads, class Weights>
struct model {
  using heads = Heads;
  Weights const& weights;

  template <name Name>
  constexpr double weight() const {
    return weights.template get<Name>();
  }
};

} // namespace detail

template <class Heads, class Value>
class ranker {
public:
  using weights_type = weight_values<typename detail::collect<value::name_list<>, Value>::type>;
  static constexpr int columns = Heads::columns;

  constexpr ranker(Heads const&, Value const& value) : value_(value) {
    static_assert(std::is_same_v<value::unit_of<Value>, unit::score> ||
                      std::is_same_v<value::unit_of<Value>, unit::probability> ||
                      std::is_same_v<value::unit_of<Value>, unit::grade>,
                  "[rankwise] the value model must yield a score, a probability or a grade");
  }

  /// The initial weights, to be changed for a call: `w.set<"relevance">(0.8)`.
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
    constexpr std::size_t needed = static_cast<std::size_t>(columns);
    status const shape = z.columns == needed
                             ? status{}
                             : status{errc::wrong_shape, "logits (columns)", status::nowhere, needed, z.columns};
    if (!detail::passed(shape, opts.errors) || !detail::check_size(s, "scores", z.rows, opts.errors) ||
        !check_logits(s, z, opts.errors)) {
      return;
    }
    using T = compute_type<typename M::value_type>;
    auto const bound = value_.template bind<T>(detail::model<Heads, weights_type>{w});
    executor.template for_each_item<T>(z.rows,
                                       detail::score_kernel<std::remove_const_t<decltype(bound)>, M, S>{bound, z, s});
  }

  template <class S, class M>
  static constexpr bool check_logits(S const& scores, M const& logits, on_error const& errors) {
    if constexpr (requires { logits.column_at; }) {
      for (auto const& c : logits.column_at) {
        if (!detail::check_size(c, "a logit column", logits.rows, errors) ||
            !detail::check_apart(scores, c, "scores", errors)) {
          return false;
        }
      }
      return true;
    } else {
      return detail::check_apart(scores, logits, "scores", errors);
    }
  }

  Value value_;
};

template <class Heads, class Value>
ranker(Heads const&, Value const&) -> ranker<Heads, Value>;

} // namespace rankwise::inline RANKWISE_ABI

#endif
