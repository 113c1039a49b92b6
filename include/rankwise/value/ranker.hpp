#ifndef RANKWISE_VALUE_RANKER_HPP
#define RANKWISE_VALUE_RANKER_HPP

#include <rankwise/core/workspace.hpp>
#include <rankwise/exec/item_run.hpp>
#include <rankwise/head/heads.hpp>
#include <rankwise/value/adjust.hpp>
#include <rankwise/value/arithmetic.hpp>
#include <rankwise/value/call.hpp>
#include <rankwise/value/kernels.hpp>
#include <rankwise/value/outputs.hpp>
#include <rankwise/value/over_lists.hpp>
#include <rankwise/value/quantity.hpp>
#include <rankwise/value/top_scores.hpp>
#include <rankwise/value/weights.hpp>

#include <cstddef>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

/// Heads and a value model as one object. Scoring is one fused pass from logits to scores, without intermediates.
namespace rankwise::inline RANKWISE_ABI {

/// `Accuracy` is math::precise or math::fast: `fast(ranker)` is the same model with the second.
template <class Heads, class Value, class Accuracy = math::precise>
class ranker {
  static_assert(detail::is_head_list<Heads>,
                "[rankwise] rw::ranker{rw::heads(...), value}: the first argument is rw::heads(head, ...)");
  static_assert(value::expression<Value> || value::is_output_list<Value>,
                "[rankwise] rw::ranker{rw::heads(...), value}: the second argument is a value expression, or "
                "rw::outputs(...)");

public:
  using weights_type = weights_of<Value>;
  static constexpr int columns = Heads::columns;
  static constexpr std::size_t outputs = detail::outputs_of<Value>;

  constexpr ranker(Heads const&, Value const& value) : value_(value) {
    if constexpr (detail::is_head_list<Heads>) {
      using known [[maybe_unused]] = typename Value::template collect<value::detail::known_heads<Heads>>;
    }
    if constexpr (value::expression<Value>) {
      static_assert(!std::is_same_v<value::unit_of<Value>, unit::logit>,
                    "[rankwise] the value model yields a logit: rank by rw::probability(head), or weigh it to a score");
    }
    if constexpr (Value::may_fault) {
      if (std::is_constant_evaluated() && value_.fault() != nullptr) {
        detail::invalid_value_model();
      }
    }
  }

  constexpr Value const& value() const { return value_; }

  /// One of several outputs as a ranker of its own.
  template <name Name>
  constexpr auto output() const {
    auto const& node = value_.template get<Name>();
    return ranker<Heads, std::remove_cvref_t<decltype(node)>, Accuracy>(Heads{}, node);
  }
  template <class Text>
  constexpr ranker const& output(Text const&) const {
    static_assert(!std::is_same_v<Text, Text>,
                  "[rankwise] the name of an output is a template argument: ranker.output<\"name\">()");
    return *this;
  }

  /// The initial weights, to be changed for a call: `w.set<"relevance">(0.8)`. Where a name occurs several times, its
  /// last initial value counts.
  constexpr weights_type weights() const {
    weights_type w;
    value_.initial_weights(w);
    return w;
  }

  /// scores[i] = value of item i:
  ///   score([executor,] logits, scores [, weights] [, options])
  ///   score([executor,] logits [, ids], lists, scores [, weights] [, workspace] [, options])
  /// `logits` is a matrix with one column per logit in the order of the heads, or named columns:
  /// `rw::columns(rw::named<"click">(a), rw::named<"relevance">(b, c))`. Several outputs go to a matrix, or to
  /// `rw::into(a, b)`. List adjusters need lists, and those that go by author or brand the ids, as named columns. The
  /// mask of the options takes items out of their lists: their score is minus infinity.
  template <class A = detail::braced, detail::argument B = detail::braced, class Isa = arch::native>
  constexpr void score(A const& a, B&& b, options const& opts = detail::default_options) const {
    score_call<Isa>(opts, a, b);
  }
  template <class A = detail::braced, class B = detail::braced, detail::argument C = detail::braced,
            class Isa = arch::native>
  constexpr void score(A const& a, B&& b, C&& c, options const& opts = detail::default_options) const {
    score_call<Isa>(opts, a, b, c);
  }
  template <class A = detail::braced, class B = detail::braced, class C = detail::braced,
            detail::argument D = detail::braced, class Isa = arch::native>
  constexpr void score(A const& a, B&& b, C&& c, D&& d, options const& opts = detail::default_options) const {
    score_call<Isa>(opts, a, b, c, d);
  }
  template <class A = detail::braced, class B = detail::braced, class C = detail::braced, class D = detail::braced,
            detail::argument E = detail::braced, class Isa = arch::native>
  constexpr void score(A const& a, B&& b, C&& c, D&& d, E&& e, options const& opts = detail::default_options) const {
    score_call<Isa>(opts, a, b, c, d, e);
  }
  template <class A = detail::braced, class B = detail::braced, class C = detail::braced, class D = detail::braced,
            class E = detail::braced, detail::argument F = detail::braced, class Isa = arch::native>
  constexpr void score(A const& a, B&& b, C&& c, D&& d, E&& e, F&& f,
                       options const& opts = detail::default_options) const {
    score_call<Isa>(opts, a, b, c, d, e, f);
  }
  template <class A = detail::braced, class B = detail::braced, class C = detail::braced, class D = detail::braced,
            class E = detail::braced, class F = detail::braced, detail::argument G = detail::braced,
            class Isa = arch::native>
  constexpr void score(A const& a, B&& b, C&& c, D&& d, E&& e, F&& f, G&& g,
                       options const& opts = detail::default_options) const {
    score_call<Isa>(opts, a, b, c, d, e, f, g);
  }

  /// With the weights in braces, {{"name", 2}}: one readable line.
  template <class A, class B, std::size_t N, class Isa = arch::native>
  constexpr void score(A const&, B&&, detail::weight_by_text const (&)[N],
                       options const& = detail::default_options) const {
    static_assert(!std::is_same_v<A, A>,
                  "[rankwise] weights of a call are a value of the ranker's: auto w = ranker.weights(); "
                  "w.set<\"name\">(2); ranker.score(logits, scores, w)");
  }
  /// Without a column for the scores: one readable line.
  template <class A, class Isa = arch::native>
  constexpr void score(A const&, options const& = detail::default_options) const {
    explain_no_scores<A>();
  }

  /// Bytes of workspace that a call over these lists takes; with so much of it `score` allocates nothing.
  template <class Executor = exec::simd, class T = float, class Offset, class Isa = arch::native>
  constexpr std::size_t workspace_bytes(lists<Offset> const& groups) const {
    using V = typename Executor::template vector<T>;
    return Executor{}.template workspace_bytes<detail::list_run_pass<V, Value::template slots<false>>>(groups);
  }

  /// The same for `gradient` over lists.
  template <class Executor = exec::simd, class T = float, class Offset, class Isa = arch::native>
  constexpr std::size_t gradient_workspace_bytes(lists<Offset> const& groups) const {
    using V = typename Executor::template vector<T>;
    return back_bytes<detail::list_run_pass<V, Value::template slots<true>, columns>>(Executor{}, groups) +
           (Executor::where == memory::host ? row_bytes(groups.size()) : 0);
  }

  /// The best K items of every list and their scores, as `score` followed by `rw::top_k<K>` would find them, without a
  /// column of scores: `top_k<K>([executor,] logits [, ids], lists [, weights] [, workspace] [, options])`. A list with
  /// a score of NaN or infinity has no top and is reported. With `top_columns(items, scores, counts)` after the lists
  /// the result goes there, which on a device spares the way to the host; `place_lists` spares the lists'.
  template <std::size_t K, class A = detail::braced, detail::argument B = detail::braced, class Isa = arch::native>
  auto top_k(A const& a, B&& b, options const& opts = detail::default_options) const {
    return top_call<K, Isa>(opts, a, b);
  }
  template <std::size_t K, class A = detail::braced, class B = detail::braced, detail::argument C = detail::braced,
            class Isa = arch::native>
  auto top_k(A const& a, B&& b, C&& c, options const& opts = detail::default_options) const {
    return top_call<K, Isa>(opts, a, b, c);
  }
  template <std::size_t K, class A = detail::braced, class B = detail::braced, class C = detail::braced,
            detail::argument D = detail::braced, class Isa = arch::native>
  auto top_k(A const& a, B&& b, C&& c, D&& d, options const& opts = detail::default_options) const {
    return top_call<K, Isa>(opts, a, b, c, d);
  }
  template <std::size_t K, class A = detail::braced, class B = detail::braced, class C = detail::braced,
            class D = detail::braced, detail::argument E = detail::braced, class Isa = arch::native>
  auto top_k(A const& a, B&& b, C&& c, D&& d, E&& e, options const& opts = detail::default_options) const {
    return top_call<K, Isa>(opts, a, b, c, d, e);
  }
  template <std::size_t K, class A = detail::braced, class B = detail::braced, class C = detail::braced,
            class D = detail::braced, class E = detail::braced, detail::argument F = detail::braced,
            class Isa = arch::native>
  auto top_k(A const& a, B&& b, C&& c, D&& d, E&& e, F&& f, options const& opts = detail::default_options) const {
    return top_call<K, Isa>(opts, a, b, c, d, e, f);
  }

  /// Without lists, and without a K: one readable line.
  template <std::size_t K, class A, class Isa = arch::native>
  auto top_k(A const&, options const& = detail::default_options) const {
    explain_no_lists<A>();
    return top_scores<K, float>{};
  }
  template <class... Args>
  auto top_k(Args const&...) const {
    static_assert(sizeof...(Args) > sizeof...(Args), "[rankwise] how many? K is a template argument: "
                                                     "ranker.top_k<10>(logits, lists)");
    return top_scores<1, float>{};
  }

  /// Derivatives of sum_i seeds[i] score_i by the named weights, and by the logits if a matrix for them is given: what
  /// a loss's gradient by the scores is carried back with.
  ///   gradient([executor,] logits, seeds [, by_logits], weights [, workspace] [, options])
  ///   gradient([executor,] logits [, ids], lists, seeds [, by_logits], weights [, workspace] [, options])
  /// An item whose score is not finite counts for nothing, its derivatives are 0, and it is reported; with list
  /// adjusters that goes for its whole list.
  template <class A = detail::braced, class B = detail::braced, detail::argument C = detail::braced,
            class Isa = arch::native>
  constexpr weights_type gradient(A const& a, B&& b, C&& c, options const& opts = detail::default_options) const {
    return gradient_call<Isa>(opts, a, b, c);
  }
  template <class A = detail::braced, class B = detail::braced, class C = detail::braced,
            detail::argument D = detail::braced, class Isa = arch::native>
  constexpr weights_type gradient(A const& a, B&& b, C&& c, D&& d,
                                  options const& opts = detail::default_options) const {
    return gradient_call<Isa>(opts, a, b, c, d);
  }
  template <class A = detail::braced, class B = detail::braced, class C = detail::braced, class D = detail::braced,
            detail::argument E = detail::braced, class Isa = arch::native>
  constexpr weights_type gradient(A const& a, B&& b, C&& c, D&& d, E&& e,
                                  options const& opts = detail::default_options) const {
    return gradient_call<Isa>(opts, a, b, c, d, e);
  }
  template <class A = detail::braced, class B = detail::braced, class C = detail::braced, class D = detail::braced,
            class E = detail::braced, detail::argument F = detail::braced, class Isa = arch::native>
  constexpr weights_type gradient(A const& a, B&& b, C&& c, D&& d, E&& e, F&& f,
                                  options const& opts = detail::default_options) const {
    return gradient_call<Isa>(opts, a, b, c, d, e, f);
  }
  template <class A = detail::braced, class B = detail::braced, class C = detail::braced, class D = detail::braced,
            class E = detail::braced, class F = detail::braced, detail::argument G = detail::braced,
            class Isa = arch::native>
  constexpr weights_type gradient(A const& a, B&& b, C&& c, D&& d, E&& e, F&& f, G&& g,
                                  options const& opts = detail::default_options) const {
    return gradient_call<Isa>(opts, a, b, c, d, e, f, g);
  }
  template <class A = detail::braced, class B = detail::braced, class C = detail::braced, class D = detail::braced,
            class E = detail::braced, class F = detail::braced, class G = detail::braced,
            detail::argument H = detail::braced, class Isa = arch::native>
  constexpr weights_type gradient(A const& a, B&& b, C&& c, D&& d, E&& e, F&& f, G&& g, H&& h,
                                  options const& opts = detail::default_options) const {
    return gradient_call<Isa>(opts, a, b, c, d, e, f, g, h);
  }

  /// Without weights: one readable line.
  template <class A, class B, class Isa = arch::native>
  constexpr weights_type gradient(A const&, B const&, options const& = detail::default_options) const {
    check_weights_type<B>();
    return {};
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
    static_assert(!adjusts, "[rankwise] explain: the value model has list adjusters; pass the lists after the logits");
    return explain_item(logits, detail::no_ids{}, lists<>::single(item + 1), item, w, baseline);
  }
  /// The same with list adjusters: against a baseline item in the place of this one, all others being as they are.
  template <class Logits, list_groups Groups>
  auto explain(Logits const& logits, Groups const& groups, std::size_t item,
               std::span<double const> baseline = {}) const {
    return explain_item(logits, detail::no_ids{}, groups, item, weights(), baseline);
  }
  template <class Logits, class Ids, list_groups Groups>
  auto explain(Logits const& logits, Ids const& ids, Groups const& groups, std::size_t item,
               std::span<double const> baseline = {}) const {
    return explain_item(logits, ids, groups, item, weights(), baseline);
  }
  template <class Logits, class Ids, list_groups Groups>
  auto explain(Logits const& logits, Ids const& ids, Groups const& groups, std::size_t item, weights_type const& w,
               std::span<double const> baseline = {}) const {
    return explain_item(logits, ids, groups, item, w, baseline);
  }

  /// Without an item: one readable line.
  template <class Logits, class... Rest>
    requires(!(std::is_convertible_v<Rest, std::size_t> || ...))
  void explain(Logits const&, Rest const&...) const {
    static_assert(!std::is_same_v<Logits, Logits>,
                  "[rankwise] which item? ranker.explain(logits, item), or with list adjusters ranker.explain(logits, "
                  "lists, item)");
  }

private:
  static constexpr bool adjusts = Value::template slots<false> > 0;

  template <class Logits>
  using default_for =
      typename default_executor<decltype(detail::view_logits<Heads>(std::declval<Logits const&>()))::where>::type;

  // ---- the forms of a call

  template <class Isa, class First, class... Rest>
  constexpr void score_call(options const& opts, First const& first, Rest&... rest) const {
    if constexpr (executor<First>) {
      score_on(opts, first, rest...);
    } else {
      score_on(opts, default_for<First>{}, first, rest...);
    }
  }
  template <class Executor, class Logits, class Second, class... Rest>
  constexpr void score_on(options const& opts, Executor executor, Logits const& logits, Second& second,
                          Rest&... rest) const {
    if constexpr (detail::is_named_table<std::remove_cvref_t<Second>>) {
      score_over(opts, executor, logits, second, rest...);
    } else if constexpr (detail::holds_lists<Second> && sizeof...(Rest) == 0) {
      explain_no_scores<Second>();
    } else if constexpr (detail::holds_lists<Second>) {
      score_over(opts, executor, logits, detail::no_ids{}, second, rest...);
    } else {
      static_assert(!adjusts,
                    "[rankwise] the value model has a list adjuster (z_score, rrf, diversity, ...), which needs the "
                    "lists: ranker.score(logits, lists, scores)");
      if constexpr (!adjusts) {
        static_assert(sizeof...(Rest) <= 1 && (std::is_same_v<std::remove_cvref_t<Rest>, weights_type> && ...),
                      "[rankwise] expected ranker.score(logits, scores), then weights of this ranker, then options");
        static_assert(explain_scores<Second>());
        run(executor, logits, second, weights_or(rest...), opts);
      }
    }
  }
  template <class Executor, class Logits, class Ids, class Groups, class Out, class... Rest>
  constexpr void score_over(options const& opts, Executor executor, Logits const& logits, Ids const& ids,
                            Groups const& groups, Out& scores, Rest&... rest) const {
    static_assert(detail::holds_lists<Groups>,
                  "[rankwise] expected ranker.score(logits, ids, lists, scores): make lists with rw::lists(offsets) or "
                  "rw::lists_of_sizes(sizes)");
    static_assert(explain_scores<Out>());
    with_call(
        opts, ids, [&](auto const& call) { run_lists(executor, logits, groups, scores, call); }, rest...);
  }
  template <class Out>
  static consteval bool explain_scores() {
    if constexpr (tensor_column<Out>) {
      static_assert(!std::is_integral_v<value_of<Out>>,
                    "[rankwise] scores are float, double, float16 or bfloat16: integers cut them off");
    }
    return true;
  }

  template <class A>
  static consteval void explain_no_scores() {
    static_assert(!std::is_same_v<A, A>, "[rankwise] where do the scores go? ranker.score(logits, scores), or "
                                         "ranker.score(logits, lists, scores)");
  }
  template <class A>
  static consteval void explain_no_lists() {
    static_assert(!std::is_same_v<A, A>, "[rankwise] expected ranker.top_k<K>(logits, lists): make lists with "
                                         "rw::lists(offsets) or rw::lists_of_sizes(sizes); for one list "
                                         "rw::lists<>::single(items)");
  }

  template <std::size_t K, class Isa, class First, class... Rest>
  auto top_call(options const& opts, First const& first, Rest&... rest) const {
    if constexpr (executor<First>) {
      return top_on<K>(opts, first, rest...);
    } else {
      return top_on<K>(opts, default_for<First>{}, first, rest...);
    }
  }
  template <std::size_t K, class Executor, class Logits, class Second, class... Rest>
  auto top_on(options const& opts, Executor executor, Logits const& logits, Second& second, Rest&... rest) const {
    if constexpr (detail::is_named_table<std::remove_cvref_t<Second>>) {
      return top_over<K>(opts, executor, logits, second, rest...);
    } else if constexpr (detail::holds_lists<Second>) {
      return top_over<K>(opts, executor, logits, detail::no_ids{}, second, rest...);
    } else {
      explain_no_lists<Second>();
      return top_scores<K, float>{};
    }
  }
  template <std::size_t K, class Executor, class Logits, class Ids, class Groups, class... Rest>
  auto top_over(options const& opts, Executor executor, Logits const& logits, Ids const& ids, Groups const& groups,
                Rest&... rest) const {
    static_assert(detail::holds_lists<Groups>, "[rankwise] expected ranker.top_k<K>(logits, lists): make lists with "
                                               "rw::lists(offsets) or rw::lists_of_sizes(sizes)");
    using T = compute_type<typename decltype(detail::view_logits<Heads>(logits))::value_type>;
    std::size_t const lists = detail::lists_in(groups).size();
    std::size_t const items = detail::lists_in(groups).items();
    std::size_t const rows = detail::view_logits<Heads>(logits).rows;
    top_scores<K, T> result;
    if (rows != items) { // before memory is asked for, by a number that may be nonsense
      detail::deliver({errc::offsets_overrun, "logits", status::nowhere, items, rows}, opts.errors);
      return result;
    }
    with_call(
        opts, ids,
        [&](auto const& call) {
          result.items.resize(lists * K);
          result.scores.resize(lists * K);
          result.counts.resize(lists);
          if (!run_top_here(executor, logits, groups, K, result.items.data(), result.scores.data(),
                            result.counts.data(), call)) {
            result = {};
          }
        },
        rest...);
    return result;
  }
  template <std::size_t K, class Executor, class Logits, class Ids, class Groups, class Items, class Scores,
            class Counts, class... Rest>
  void top_over(options const& opts, Executor executor, Logits const& logits, Ids const& ids, Groups const& groups,
                top_columns<Items, Scores, Counts> const& to, Rest&... rest) const {
    using T = compute_type<typename decltype(detail::view_logits<Heads>(logits))::value_type>;
    using item = typename column_of<Items>::value_type;
    using count = typename column_of<Counts>::value_type;
    constexpr memory where = Executor::where;
    static_assert(
        std::is_integral_v<item> && std::is_integral_v<count> &&
            std::is_same_v<column_of<Items>, column<item, where>> &&
            std::is_same_v<column_of<Scores>, column<T, where>> &&
            std::is_same_v<column_of<Counts>, column<count, where>>,
        "[rankwise] top_columns are contiguous in the memory of the executor: integers, scores in the type of "
        "the call, integers");
    std::size_t const lists = detail::lists_in(groups).size();
    if (!detail::check_size(to.items, "the items", lists * K, opts.errors) ||
        !detail::check_size(to.scores, "the scores", lists * K, opts.errors) ||
        !detail::check_size(to.counts, "the counts", lists, opts.errors) ||
        !detail::check_top_integers<item, count>(detail::lists_in(groups), K, opts.errors)) {
      return;
    }
    with_call(
        opts, ids,
        [&](auto const& call) {
          run_top(executor, logits, groups, K, to.items.first, to.scores.first, to.counts.first, call);
        },
        rest...);
  }
  /// The result on the host, wherever the executor works.
  template <class Executor, class Logits, class Groups, class T, class Call>
  bool run_top_here(Executor executor, Logits const& logits, Groups const& groups, std::size_t k, std::size_t* items,
                    T* scores, std::size_t* counts, Call const& call) const {
    if constexpr (Executor::where == memory::host) {
      return run_top(executor, logits, groups, k, items, scores, counts, call);
    } else {
      std::size_t const lists = detail::lists_in(groups).size();
      std::size_t const places = lists * k;
      bool ran = false;
      executor.with_memory((places + lists) * sizeof(std::size_t) + places * sizeof(T), call.memory,
                           [&](std::byte* there) {
                             auto* const items_there = reinterpret_cast<std::size_t*>(there);
                             auto* const scores_there = reinterpret_cast<T*>(items_there + places + lists);
                             ran = run_top(executor, logits, groups, k, items_there, scores_there, items_there + places,
                                           call);
                             if (ran) {
                               executor.fetch(items_there, places, items);
                               executor.fetch(items_there + places, lists, counts);
                               executor.fetch(scores_there, places, scores);
                             }
                           },
                           1);
      return ran;
    }
  }

  template <class Isa, class First, class... Rest>
  constexpr weights_type gradient_call(options const& opts, First const& first, Rest&... rest) const {
    static_assert(outputs == 1, "[rankwise] gradient: of one output, ranker.output<\"name\">().gradient(...)");
    if constexpr (executor<First>) {
      return gradient_on(opts, first, rest...);
    } else {
      return gradient_on(opts, default_for<First>{}, first, rest...);
    }
  }
  template <class Executor, class Logits, class Second, class... Rest>
  constexpr weights_type gradient_on(options const& opts, Executor executor, Logits const& logits, Second& second,
                                     Rest&... rest) const {
    if constexpr (detail::is_named_table<std::remove_cvref_t<Second>>) {
      return gradient_over(opts, executor, logits, second, rest...);
    } else if constexpr (detail::holds_lists<Second>) {
      return gradient_over(opts, executor, logits, detail::no_ids{}, second, rest...);
    } else {
      static_assert(!adjusts,
                    "[rankwise] the value model has a list adjuster (z_score, rrf, diversity, ...), which needs the "
                    "lists: ranker.gradient(logits, lists, seeds, weights)");
      return split_outputs(
          [&](auto& by_logits, weights_type const& w, workspace& memory) {
            return run_back(executor, logits, second, by_logits, w, memory, opts);
          },
          rest...);
    }
  }
  template <class Executor, class Logits, class Ids, class Groups, class Seeds, class... Rest>
  constexpr weights_type gradient_over(options const& opts, Executor executor, Logits const& logits, Ids const& ids,
                                       Groups const& groups, Seeds& seeds, Rest&... rest) const {
    static_assert(detail::holds_lists<Groups>,
                  "[rankwise] expected ranker.gradient(logits, ids, lists, seeds, weights): make lists with "
                  "rw::lists(offsets) or rw::lists_of_sizes(sizes)");
    return split_outputs(
        [&](auto& by_logits, weights_type const& w, workspace& memory) {
          return run_lists_back(detail::waiting(executor), logits, groups, seeds, by_logits,
                                detail::list_call<Ids, weights_type>{ids, w, &memory, opts});
        },
        rest...);
  }

  /// [by_logits,] weights [, workspace]
  template <class F>
  constexpr weights_type split_outputs(F const&) const {
    check_weights_type<F>();
    return {};
  }
  template <class F, class W>
  constexpr weights_type split_outputs(F const& f, W& w) const {
    workspace own;
    return split_outputs(f, w, own);
  }
  template <class F, class First, class Second>
  constexpr weights_type split_outputs(F const& f, First& first, Second& second) const {
    if constexpr (detail::is_workspace<Second>) {
      no_output none;
      return split_outputs(f, none, first, second);
    } else {
      workspace own;
      return split_outputs(f, first, second, own);
    }
  }
  template <class F, class ByLogits, class W>
  constexpr weights_type split_outputs(F const& f, ByLogits& by_logits, W& w, workspace& memory) const {
    check_weights_type<W>();
    return f(by_logits, w, memory);
  }
  template <class W>
  static consteval void check_weights_type() {
    static_assert(std::is_same_v<std::remove_cvref_t<W>, weights_type>,
                  "[rankwise] gradient(...) takes the weights after the seeds, and after the matrix for the "
                  "derivatives by logits if there is one: ranker.weights()");
  }

  constexpr weights_type weights_or() const { return weights(); }
  constexpr weights_type const& weights_or(weights_type const& given) const { return given; }

  /// Weights and workspace, whichever there are.
  template <class Ids, class F, class... Rest>
  constexpr void with_call(options const& opts, Ids const& ids, F const& f, Rest&... rest) const {
    static_assert(((std::is_same_v<std::remove_cvref_t<Rest>, weights_type> || detail::is_workspace<Rest>)&&...),
                  "[rankwise] after the lists (and the scores) come weights of this ranker, a workspace, and options");
    weights_type w = weights();
    workspace own;
    workspace* memory = &own;
    ((take(w, memory, rest)), ...);
    f(detail::list_call<Ids, weights_type>{ids, w, memory, opts});
  }
  static constexpr void take(weights_type& w, workspace*&, weights_type const& given) { w = given; }
  static constexpr void take(weights_type&, workspace*& memory, workspace& given) { memory = &given; }

  // ---- checks

  template <class Isa = arch::native>
  constexpr bool check_values(weights_type const& w, on_error const& errors) const {
    if constexpr (Value::may_fault) {
      if (char const* const fault = value_.fault(); fault != nullptr) {
        return detail::passed(detail::outside(fault), errors);
      }
    }
    if constexpr (weights_type::size() != 0) {
      if (!detail::check_weights(w.data(), weights_type::size(), errors)) {
        return false;
      }
    }
    if constexpr (requires(detail::model<Heads, weights_type> const& m) { value_.not_finite(m); }) {
      char const* const what = value_.not_finite(detail::model<Heads, weights_type>{w});
      return detail::passed(what == nullptr ? status{} : status{errc::not_finite, what}, errors);
    }
    return true;
  }

  template <executor Executor, class Logits, class Out>
  constexpr void run(Executor executor, Logits const& logits, Out& scores, weights_type const& w,
                     options const& opts) const {
    if (!detail::check_options(opts, false) || !check_values(w, opts.errors)) {
      return;
    }
    using M = decltype(detail::view_logits<Heads>(logits));
    using T = compute_type<typename M::value_type>;
    auto const bound = value_.template bind<T>(detail::model<Heads, weights_type>{w});
    using bound_type = std::remove_const_t<decltype(bound)>;
    if constexpr (requires { executor.for_each_block(opts.mask.size(), opts.mask.size(), detail::no_block{}); }) {
      if (!std::is_constant_evaluated()) {
        detail::score_items<detail::heads_for<Heads, Logits>, outputs, T>(
            executor, logits, scores, detail::block_scorer<Executor, T, bound_type, Accuracy>::run, &bound,
            opts.errors);
        return;
      }
    }
    if constexpr (std::is_same_v<typename Executor::template vector<T>, T>) {
      auto const z = detail::view_logits<Heads>(logits);
      auto const s = detail::view_scores<outputs>(scores);
      if (detail::check_score<Executor, outputs>(s, z, Heads::columns, opts.errors)) {
        executor.template for_each_item<T>(
            z.rows, detail::score_kernel<bound_type, M, std::remove_const_t<decltype(s)>, Accuracy>{bound, z, s});
      }
    }
  }

  // ---- over lists

  template <class Executor, class Offset, class Ids>
  static bool check_groups(lists<Offset> const& groups, std::size_t rows, Ids const& ids, options const& opts) {
    return detail::check_options(opts, true) &&
           detail::check_equal(rows, groups.items(), "logits", errc::offsets_overrun, opts.errors) &&
           detail::check_length<scratch_columns<0, 1>>(groups, opts.errors) &&
           detail::check_optional(opts.mask, "mask", rows, Executor::where, opts.errors) &&
           detail::check_ids<Executor::where>(ids, rows, opts.errors);
  }

  template <executor Executor, class Logits, class Groups, class Out, class Ids>
  void run_lists(Executor executor, Logits const& logits, Groups const& known, Out& scores,
                 detail::list_call<Ids, weights_type> const& call) const {
    auto const groups = detail::lists_in(known);
    using lists_type = std::remove_const_t<decltype(groups)>;
    auto const z = detail::view_logits<Heads>(logits);
    auto const s = detail::view_scores<outputs>(scores);
    using M = std::remove_const_t<decltype(z)>;
    using S = std::remove_const_t<decltype(s)>;
    on_error const& errors = call.opts.errors;
    if (!detail::check_score<Executor, outputs>(s, z, Heads::columns, errors) || !check_values(call.weights, errors) ||
        !check_groups<Executor>(groups, z.rows, call.ids, call.opts)) {
      return;
    }
    using T = compute_type<typename M::value_type>;
    using V = typename Executor::template vector<T>;
    auto const bound = value_.template bind<T>(detail::model<Heads, weights_type, false, 0, Ids>{call.weights});
    auto const ids = detail::id_columns_of(call.ids);
    using pass_type = detail::score_lists<V, std::remove_const_t<decltype(bound)>, Value::template slots<false>, M, S,
                                          lists_type, std::remove_const_t<decltype(ids)>, Accuracy>;
    auto const over = detail::lists_at(executor, known, call.memory);
    pass_type const pass{bound, z, s, over, call.opts.mask, ids};
    detail::report_lists(executor.for_each_list(over, pass, call.memory, errors), errors);
  }

  template <executor Executor, class Logits, class Groups, class Item, class T, class Count, class Ids>
  bool run_top(Executor executor, Logits const& logits, Groups const& known, std::size_t k, Item* items, T* scores,
               Count* counts, detail::list_call<Ids, weights_type> const& call) const {
    static_assert(outputs == 1, "[rankwise] top_k: by one output, ranker.output<\"name\">().top_k<K>(...)");
    auto const z = detail::view_logits<Heads>(logits);
    using M = std::remove_const_t<decltype(z)>;
    static_assert(M::where == Executor::where, "[rankwise] the logits are in another memory than the executor's");
    on_error const& errors = call.opts.errors;
    auto const groups = detail::lists_in(known);
    using lists_type = std::remove_const_t<decltype(groups)>;
    if (!detail::check_shape(z, Heads::columns, errors) || !detail::check_set(z, errors) ||
        !check_values(call.weights, errors) || !check_groups<Executor>(groups, z.rows, call.ids, call.opts)) {
      return false;
    }
    using V = typename Executor::template vector<T>;
    auto const bound = value_.template bind<T>(detail::model<Heads, weights_type, false, 0, Ids>{call.weights});
    using bound_type = std::remove_const_t<decltype(bound)>;
    auto const ids = detail::id_columns_of(call.ids);
    using ids_type = std::remove_const_t<decltype(ids)>;
    auto const select = [&](auto const& source) {
      detail::top_of_lists<V, std::remove_cvref_t<decltype(source)>, lists_type, Item, Count> const pass{
          source, groups, k, items, scores, counts};
      return detail::report_lists(executor.for_each_list(groups, pass, call.memory, errors), errors);
    };
    if constexpr (Executor::where != memory::host || requires { Executor::shares_lists; }) {
      auto const over = detail::lists_at(executor, known, call.memory);
      detail::top_of_scores<V, bound_type, Value::template slots<false>, M, lists_type, ids_type, Accuracy, Item,
                            Count> const pass{bound, z, over, call.opts.mask, ids, k, items, scores, counts};
      return detail::report_lists(executor.for_each_list(over, pass, call.memory, errors), errors);
    } else if constexpr (adjusts) {
      return select(detail::adjusted_source<V, bound_type, Value::template slots<false>, M, ids_type, Accuracy>{
          bound, z, call.opts.mask, ids});
    } else {
      return select(detail::block_source<V, T, static_cast<std::size_t>(columns), Executor, M>{
          z, detail::block_scorer<Executor, T, bound_type, Accuracy>::run, &bound, call.opts.mask});
    }
  }

  template <executor Executor, class Logits, class Groups, class Seeds, class ByLogits, class Ids>
  weights_type run_lists_back(Executor executor, Logits const& logits, Groups const& known, Seeds const& seeds,
                              ByLogits& by_logits, detail::list_call<Ids, weights_type> const& call) const {
    auto const groups = detail::lists_in(known);
    using lists_type = std::remove_const_t<decltype(groups)>;
    auto const z = detail::view_logits<Heads>(logits);
    auto const s = as_column(seeds);
    auto const g = detail::as_rows(by_logits);
    using M = std::remove_const_t<decltype(z)>;
    using S = std::remove_const_t<decltype(s)>;
    using G = std::remove_const_t<decltype(g)>;
    check_places<Executor, M, S, G>();
    on_error const& errors = call.opts.errors;
    weights_type by_weight;
    if (!detail::check_shape(z, Heads::columns, errors) || !detail::check_set(z, errors) ||
        !detail::check_size(s, "seeds", z.rows, errors) ||
        !detail::check_rows(g, "the gradient by logits", z.rows, static_cast<std::size_t>(columns), errors) ||
        !detail::check_logits(g, z, errors) || !detail::check_apart(g, s, "the gradient by logits", errors) ||
        !check_values(call.weights, errors) || !check_groups<Executor>(groups, z.rows, call.ids, call.opts)) {
      return by_weight;
    }
    using T = compute_type<typename M::value_type>;
    using V = typename Executor::template vector<T>;
    constexpr std::size_t count = weights_type::size();
    auto const bound = value_.template bind<T>(detail::model<Heads, weights_type, true, 0, Ids>{call.weights});
    auto const ids = detail::id_columns_of(call.ids);
    using pass_type =
        detail::differentiate_lists<V, std::remove_const_t<decltype(bound)>, Value::template slots<true>, columns,
                                    count, M, S, G, lists_type, std::remove_const_t<decltype(ids)>, Accuracy>;
    auto const over = detail::lists_at(executor, known, call.memory);
    auto const differentiate = [&](double* rows, workspace* memory) {
      pass_type const pass{bound, z, s, g, rows, over, call.opts.mask, ids};
      return executor.for_each_list(over, pass, memory, errors);
    };
    pass_total total;
    if constexpr (Executor::where == memory::host) {
      // The rows stand behind the memory of the pass.
      std::size_t const before = back_bytes<pass_type>(executor, groups);
      std::size_t const needed = before + row_bytes(groups.size());
      std::byte* const bytes = call.memory->host(needed);
      if (bytes == nullptr && needed != 0) {
        detail::deliver({errc::workspace_too_small, "workspace", status::nowhere, needed, call.memory->size()}, errors);
        return by_weight;
      }
      auto* const rows = reinterpret_cast<double*>(bytes + before);
      workspace scratch(std::span<std::byte>(bytes, before));
      total = differentiate(rows, &scratch);
      for (std::size_t l = 0; total.ran && l < groups.size(); ++l) {
        for (std::size_t k = 0; k < count; ++k) {
          by_weight[k] += rows[l * count + k];
        }
      }
    } else {
      auto const sum = [&](std::byte* there) {
        auto* const rows = reinterpret_cast<double*>(there);
        total = differentiate(rows, call.memory);
        if constexpr (count != 0) {
          if (total.ran) {
            auto const sums = executor.template sum_items<double, count + 1>(
                groups.size(), detail::rows_of_lists<count>{rows}, call.memory, errors);
            for (std::size_t k = 0; k < count; ++k) {
              by_weight[k] = sums.value[k + 1];
            }
          }
        }
      };
      executor.with_memory(groups.size() * count * sizeof(double), call.memory, sum, 1);
    }
    if (total.ran && total.flagged == 0) {
      check_sums(by_weight, "the sum over the lists", errors);
    }
    detail::report_lists(total, errors);
    return by_weight;
  }

  /// What derivatives over lists take on the host: scratch of the pass, up to a whole line; rows by weights, one for
  /// every list.
  template <class Pass, class Executor, class Offset>
  static constexpr std::size_t back_bytes(Executor executor, lists<Offset> const& groups) {
    return detail::round_up(executor.template workspace_bytes<Pass>(groups), workspace::alignment);
  }
  static constexpr std::size_t row_bytes(std::size_t lists) { return lists * weights_type::size() * sizeof(double); }

  template <class Executor, class Logits, class Seeds, class ByLogits>
  static consteval void check_places() {
    static_assert(Logits::where == Executor::where && Seeds::where == Executor::where,
                  "[rankwise] logits and seeds must be in the executor's memory");
    if constexpr (!std::is_same_v<ByLogits, no_output>) {
      static_assert(ByLogits::where == Executor::where,
                    "[rankwise] the derivatives by logits go to the executor's memory");
    }
  }

  /// Derivatives by weights add up over everything, and may overflow then.
  template <class Isa = arch::native>
  static constexpr void check_sums(weights_type const& by_weight, char const* what, on_error const& errors) {
    bool fits = true;
    for (std::size_t k = 0; k < weights_type::size(); ++k) {
      fits = fits && by_weight[k] - by_weight[k] == 0;
    }
    if (!fits) {
      detail::deliver({errc::not_finite, what}, errors);
    }
  }

  template <class Logits, class Ids, class Groups, class Isa = arch::native>
  auto explain_item(Logits const& logits, Ids const& ids, Groups const& groups, std::size_t item, weights_type const& w,
                    std::span<double const> baseline) const {
    static_assert(outputs == 1, "[rankwise] explain: of one output, ranker.output<\"name\">().explain(...)");
    auto const z = detail::view_logits<Heads>(logits);
    constexpr std::size_t width = static_cast<std::size_t>(columns);
    // The item's list, as rows of double.
    std::size_t l = 0;
    while (adjusts && l < groups.size() && groups.end_of(l) <= item) {
      ++l;
    }
    std::size_t const first = adjusts && l < groups.size() ? groups.begin_of(l) : item;
    std::size_t const items = adjusts && l < groups.size() ? groups.size_of(l) : 1;
    status const in_range =
        item < z.rows && item < groups.items()
            ? status{}
            : status{errc::out_of_range, "the item of explain", item, item < z.rows ? groups.items() : z.rows, item};
    static_assert(
        requires(double const* numbers) { explain_rows(Heads{}, value_, w, numbers, numbers, item, item, ids, first); },
        "[rankwise] ranker.explain(...) needs #include <rankwise/value/explain.hpp>");
    using result = decltype(explain_rows(Heads{}, value_, w, static_cast<double const*>(nullptr),
                                         static_cast<double const*>(nullptr), item, item, ids, first));
    if (!detail::check_shape(z, Heads::columns, {}) || !detail::check_set(z, {}) || !detail::passed(in_range, {}) ||
        !check_values(w, {}) || (adjusts && !check_groups<exec::scalar>(detail::view_of(groups), z.rows, ids, {})) ||
        (!baseline.empty() && !detail::check_size(baseline, "the baseline", width, {}))) {
      return result{};
    }
    storage<double> rows;
    rows.resize(items * width);
    detail::fetch_rows(default_for<Logits>{}, z, first, items, width, rows.data());
    double base[width] = {};
    for (std::size_t c = 0; c < width && c < baseline.size(); ++c) {
      base[c] = baseline[c];
    }
    return explain_rows(Heads{}, value_, w, rows.data(), base, items, item - first, ids, first);
  }

  template <executor Executor, class Logits, class Seeds, class ByLogits>
  constexpr weights_type run_back(Executor executor, Logits const& logits, Seeds const& seeds, ByLogits& by_logits,
                                  weights_type const& w, workspace& memory, options const& opts) const {
    auto const z = detail::view_logits<Heads>(logits);
    auto const s = as_column(seeds);
    auto const g = detail::as_rows(by_logits);
    using M = std::remove_const_t<decltype(z)>;
    using S = std::remove_const_t<decltype(s)>;
    using G = std::remove_const_t<decltype(g)>;
    check_places<Executor, M, S, G>();
    weights_type by_weight;
    if (!detail::check_shape(z, Heads::columns, opts.errors) || !detail::check_size(s, "seeds", z.rows, opts.errors) ||
        !detail::check_rows(g, "the gradient by logits", z.rows, static_cast<std::size_t>(columns), opts.errors) ||
        !detail::check_logits(g, z, opts.errors) || !detail::check_options(opts, false) ||
        !check_values(w, opts.errors) || !detail::check_apart(g, s, "the gradient by logits", opts.errors)) {
      return by_weight;
    }
    using T = compute_type<typename M::value_type>;
    auto const bound = value_.template bind<T>(detail::model<Heads, weights_type>{w});
    constexpr std::size_t count = weights_type::size();
    using kernel = detail::gradient_kernel<std::remove_const_t<decltype(bound)>, M, S, G, columns, count, Accuracy>;
    auto const total = detail::waiting(executor).template sum_items<T, count + 1>(z.rows, kernel{bound, z, s, g},
                                                                                  &memory, opts.errors);
    for (std::size_t k = 0; k < count; ++k) {
      by_weight[k] = total.value[k + 1];
    }
    if (total.flagged != 0) {
      detail::deliver({errc::not_finite, "a logit, seed, derivative or the score", total.first_flagged, status::items,
                       total.flagged},
                      opts.errors);
    } else {
      check_sums(by_weight, "the sum over the items", opts.errors);
    }
    return by_weight;
  }

  Value value_;
};

template <class Heads, class Value>
ranker(Heads const&, Value const&) -> ranker<Heads, Value>;

namespace detail {
/// What `rw::ranker{value}` deduces: one readable line.
template <class Value>
consteval bool explain_heads() {
  static_assert(!std::is_same_v<Value, Value>, "[rankwise] the heads are missing: rw::ranker{rw::heads(...), value}");
  return true;
}
} // namespace detail
template <value::expression Value>
ranker(Value const&) -> ranker<std::enable_if_t<detail::explain_heads<Value>(), Value>, Value>;

/// The same as `ranker{heads, value}`, for .cu files: nvcc 13 writes the type that a braced `ranker{...}` deduces into
/// the host code, and cannot spell names there.
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
