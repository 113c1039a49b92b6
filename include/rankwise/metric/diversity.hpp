#ifndef RANKWISE_METRIC_DIVERSITY_HPP
#define RANKWISE_METRIC_DIVERSITY_HPP

#include <rankwise/core/policy.hpp>
#include <rankwise/core/storage.hpp>
#include <rankwise/exec/scores_pass.hpp>
#include <rankwise/math/log.hpp>
#include <rankwise/metric/metric.hpp>
#include <rankwise/rank/ranks.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

/// Metrics of what a page has in common: judgments by subtopic (aspects, intents) or vectors come as a matrix with a
/// row per item, in the memory of the scores. They run on every executor; equal scores keep the order of the list.
///
///   metric([executor,] scores, matrix, lists [, workspace], {.mask = m, .per_list = values})
namespace rankwise::inline RANKWISE_ABI {

namespace detail {

/// 1 for list weights of which a few add up beyond the largest number.
struct immense_weights {
  double const* weights;

  template <class Index>
  RANKWISE_FN auto operator()(Index i) const {
    using V = typename Index::vector;
    return item_sums<V, 1>{{math::select(load(weights, i) > V(0x1p900), V(1), V(0))}};
  }
};
struct reduce_weights {
  double* weights;

  template <class Index>
  RANKWISE_FN void operator()(Index i) const {
    using V = typename Index::vector;
    store(weights, i, load(weights, i) * V(0x1p-200));
  }
};

/// The mean over lists of a formula that has its own numbers of items. List weights may have any size: a mean knows
/// nothing of a factor that all of them have.
template <class Executor, class Formula, class Scores, class Offset>
double mean_of_lists(Executor executor, Formula const& formula, Scores const& scores, lists<Offset> const& groups,
                     workspace& memory, options const& opts) {
  auto data = prepare<double>(executor, formula, zeros<double, Executor::where>{groups.items()}, groups, opts, &memory);
  if (!data.ready) {
    return math::ops<double>::quiet_nan;
  }
  std::size_t const weights = data.list_weights.size();
  double* const weight = address(data.list_weights);
  if (weights != 0 && waiting(executor)
                              .template sum_items<double, 1>(weights, immense_weights{weight}, &memory, opts.errors)
                              .value[0] != 0) {
    executor.template for_each_item<double>(weights, reduce_weights{weight});
  }
  return metric_of(run(executor, formula, data, scores, no_output{}, no_output{}, &memory, without_data(opts)), opts);
}

/// False, and reported, where there is not a row for every item of the lists.
template <class Executor, class Matrix>
bool check_rows(Matrix const& m, std::size_t items, on_error const& errors) {
  static_assert(Matrix::where == Executor::where, "[rankwise] the matrix is in another memory than the executor's");
  return check_equal(m.rows, items, "the matrix (rows)", errc::size_mismatch, errors);
}

/// A metric whose `formula(matrix)` is one of lists.
template <class Executor, class Metric, class Scores, class Rows, class Offset>
double matrix_metric(Executor executor, Metric const& metric, Scores const& scores, Rows const& rows,
                     lists<Offset> const& groups, workspace& memory, options const& opts) {
  auto const m = as_matrix(rows);
  return check_rows<Executor>(m, groups.items(), opts.errors)
             ? mean_of_lists(executor, metric.formula(m), scores, groups, memory, opts)
             : math::ops<double>::quiet_nan;
}

RANKWISE_HOST_FN char const* fault_of_alpha(double alpha) {
  return alpha >= 0 && alpha <= 1 ? nullptr : "alpha of alpha_ndcg (from 0 to 1)";
}

/// What an item is worth, and where it stands.
struct worth_at_place {
  double worth;
  std::size_t place;
};
/// The one that is worth more, or the earlier; NaN is worth most.
struct better_place {
  RANKWISE_FN worth_at_place operator()(worth_at_place a, worth_at_place b) const {
    bool const second = b.worth > a.worth || (b.worth == a.worth && b.place < a.place) || b.worth != b.worth;
    return second && a.worth == a.worth ? b : a;
  }
};

template <std::size_t Cutoff, class Empty, class Matrix>
struct alpha_ndcg_formula {
  using scratch = rank::ranking_scratch;
  using prepared_items = scratch_columns<2, 0>; // what is left of subtopics, and what items are worth, in double
  static constexpr bool in_groups = true;
  static constexpr bool sees_unretrieved = true;

  Matrix judged;
  double alpha;

  constexpr char const* fault() const { return fault_of_alpha(alpha); }

  template <class List>
  RANKWISE_FN defined_if<double> operator()(List const& list) const {
    double const ideal = best_dcg(list);
    if (ideal <= 0) {
      return Empty::template value<double>();
    }
    std::size_t const count = rank::order_items(list, Cutoff);
    std::uint32_t const* const items = list.template indices<0>();
    double dcg = 0;
    for (std::size_t r = 0; r < count; ++r) {
      double worth = 0; // every thread adds it up for itself
      each_part(list, items, r, [&](std::size_t first, std::size_t topics) {
        worth = add_worth(list, items[r], first, topics, worth);
      });
      dcg += worth * discount(r);
    }
    return {dcg / ideal, true};
  }
  template <class T>
  RANKWISE_FN static auto without_items() {
    return Empty::template value<T>();
  }

private:
  RANKWISE_FN static double discount(std::size_t r) { return 1 / math::log(static_cast<double>(r) + 2); }

  RANKWISE_FN double judgment(std::size_t row, std::size_t topic) const {
    return static_cast<double>(judged(row, topic));
  }

  /// f(first, topics) for as many subtopics at a time as the list has items, with what they are worth to whoever comes
  /// after the first r items of `shown` in prepared_values<0>(). There may be more subtopics than that.
  template <class List, class F>
  RANKWISE_FN void each_part(List const& list, std::uint32_t const* shown, std::size_t r, F f) const {
    double* const left = list.template prepared_values<0>();
    std::size_t const most = list.size();
    for (std::size_t first = 0; first < judged.columns; first += most) {
      std::size_t const topics = judged.columns - first < most ? judged.columns - first : most;
      each_place<typename List::vector>(topics, [&](std::size_t s) {
        double x = 1;
        for (std::size_t q = 0; q < r; ++q) {
          x *= judgment(list.first() + shown[q], first + s) > 0 ? 1 - alpha : 1;
        }
        left[s] = x;
      });
      f(first, topics);
    }
  }

  /// `sum` with what these subtopics add to the worth of an item; NaN where a judgment is.
  template <class List>
  RANKWISE_FN double add_worth(List const& list, std::size_t item, std::size_t first, std::size_t topics,
                               double sum) const {
    double const* const left = list.template prepared_values<0>();
    for (std::size_t s = 0; s < topics; ++s) {
      double const j = judgment(list.first() + item, first + s);
      sum += j > 0 ? left[s] : j != j ? j : 0;
    }
    return sum;
  }

  /// Of the order that takes the best next item each time; NaN where a judgment is.
  template <class List>
  RANKWISE_FN double best_dcg(List const& list) const {
    using V = typename List::vector;
    constexpr double taken = -1;
    std::size_t const size = list.size();
    double* const worth = list.template prepared_values<1>();
    std::uint32_t* const order = list.template indices<0>();
    each_place<V>(size, [&](std::size_t i) { worth[i] = list.counts(i) ? 0 : taken; });
    double dcg = 0;
    for (std::size_t r = 0; r < size && r < Cutoff; ++r) {
      each_part(list, order, r, [&](std::size_t first, std::size_t topics) {
        each_place<V>(size, [&](std::size_t i) {
          if (worth[i] != taken) {
            worth[i] = add_worth(list, i, first, topics, first == 0 ? 0 : worth[i]);
          }
        });
      });
      auto const best = scan_places<V>(
          size, worth_at_place{0, size},
          [&](std::size_t i) {
            return worth_at_place{worth[i], i};
          },
          better_place{}, [](std::size_t, worth_at_place) {});
      if (!(best.worth > 0)) { // nothing is left that is worth anything; or NaN
        return best.worth != best.worth ? best.worth : dcg;
      }
      dcg += best.worth * discount(r);
      once<V>([&] {
        order[r] = static_cast<std::uint32_t>(best.place);
        worth[best.place] = taken;
      });
    }
    return dcg;
  }
};

template <std::size_t Cutoff, class Matrix>
struct intra_list_formula {
  using scratch = rank::ranking_scratch;
  using prepared_items = scratch_columns<2, 0>; // of vectors, in double: their scale and length
  static constexpr bool in_groups = true;

  Matrix vectors;

  template <class List>
  RANKWISE_FN defined_if<double> operator()(List const& list) const {
    using V = typename List::vector;
    std::size_t const count = rank::order_items(list, Cutoff);
    std::uint32_t const* const items = list.template indices<0>();
    double* const scale = list.template prepared_values<0>();
    double* const norm = list.template prepared_values<1>();
    using numbers = typename doubles_for<V>::type;
    auto const product = [&](std::size_t a, std::size_t b) {
      return dot<numbers>(list.first() + items[a], scale[a], list.first() + items[b], scale[b]);
    };
    each_place<V>(count, [&](std::size_t r) {
      scale[r] = scale_of<numbers>(list.first() + items[r]);
      norm[r] = math::sqrt(product(r, r));
    });
    if (count < 2) {
      return {0, false};
    }
    std::size_t const pairs = count * (count - 1) / 2;
    double sum = 0;
    std::size_t b = 1;
    std::size_t before = 0; // pairs of earlier b
    each_place<V>(pairs, [&](std::size_t p) {
      for (; p - before >= b; ++b) {
        before += b;
      }
      std::size_t const a = p - before;
      double const norms = norm[a] * norm[b];
      sum += 1 - (norms == 0 ? 0 : product(a, b) / norms);
    });
    return {sum_of_threads<V>(sum) / static_cast<double>(pairs), true};
  }
  template <class T>
  RANKWISE_FN static defined_if<T> without_items() {
    return {T(0), false};
  }

private:
  RANKWISE_FN auto row(std::size_t item) const {
    using T = std::remove_reference_t<decltype(vectors(0, 0))>;
    if constexpr (Matrix::order == layout::row_major) {
      return column<T, Matrix::where>{vectors.address(item, 0), vectors.columns};
    } else {
      return strided_column<T, Matrix::where>{vectors.address(item, 0), vectors.columns, vectors.column_stride};
    }
  }

  struct larger { // not NaN, which makes the products NaN later
    template <class W>
    RANKWISE_FN W operator()(W a, W b) const {
      return math::select(b > a, b, a);
    }
  };
  /// The largest number of a vector, where its squares would leave the range of double; otherwise 1.
  template <class W>
  RANKWISE_FN double scale_of(std::size_t item) const {
    auto const x = row(item);
    double const most = math::reduce_max(combine_packs<W>(
        vectors.columns, W(0), [&](auto k) { return math::abs(W(load(x, k))); }, larger{}));
    return most > 0 && (most < 1e-100 || most > 1e100) ? most : 1;
  }
  template <class W>
  RANKWISE_FN double dot(std::size_t a, double by_a, std::size_t b, double by_b) const {
    auto const x = row(a);
    auto const y = row(b);
    auto const sum = [&](auto product) {
      return math::reduce_add(combine_packs<W>(vectors.columns, W(0), product, plus{}));
    };
    if (by_a == 1 && by_b == 1) { // divisions cost several products
      return sum([&](auto k) { return W(load(x, k)) * W(load(y, k)); });
    }
    return sum([&](auto k) { return W(load(x, k)) / W(by_a) * (W(load(y, k)) / W(by_b)); });
  }
};

/// A list with other labels than its data, and what a metric prepares of those.
template <class List, class Constants>
struct relabelled_list : List {
  using scalar = typename List::scalar;

  double const* labels;
  Constants prepared;

  template <class Index>
  RANKWISE_FN auto label(Index i) const {
    return load(labels, i);
  }
  RANKWISE_FN scalar label_of(std::size_t item) const { return static_cast<scalar>(labels[item]); }
  RANKWISE_FN relabelled_list whole() const { return {List::whole(), labels, prepared}; }
  RANKWISE_FN Constants const& constants() const { return prepared; }
  RANKWISE_FN bool constants_hold() const { return true; } // they were made for this list
};

/// Says what its metric says of lists that have found nothing.
template <class Metric>
struct sees_as {};
template <class Metric>
  requires requires {
    Metric::sees_unretrieved;
  }
struct sees_as<Metric> {
  static constexpr bool sees_unretrieved = true;
};

/// A metric with one column of the matrix after the other as labels.
template <class Metric, class Matrix>
struct intents_formula : sees_as<Metric> {
private:
  using of_metric = typename prepared_items_of<Metric>::type;

public:
  using scratch = typename scratch_of<Metric>::type;
  using prepared_items = scratch_columns<static_cast<int>(of_metric::values) + 1, static_cast<int>(of_metric::indices)>;
  static constexpr bool in_groups = works_in_groups<Metric>;

  Metric metric;
  Matrix judged;
  double const* shares; ///< one per column
  bool intended;        ///< a share is more than 0

  constexpr char const* fault() const { return fault_of(metric); }

  template <class List>
  RANKWISE_FN defined_if<double> operator()(List const& list) const {
    using V = typename List::vector;
    double* const labels = list.template prepared_values<of_metric::values>();
    double sum = 0;
    double mass = 0;
    for (std::size_t s = 0; s < judged.columns; ++s) {
      double flaw = 0; // NaN where a judgment is not finite
      each_place<V>(list.size(), [&](std::size_t i) {
        double const y = list.counts(i) && list.judged(i) ? static_cast<double>(judged(list.first() + i, s)) : 0.0;
        flaw += y - y;
        labels[i] = y;
      });
      flaw = sum_of_threads<V>(flaw);
      if (flaw != 0) {
        return {flaw, true};
      }
      defined_if<double> const v = value_of_labels(list, labels);
      if (v.defined) {
        sum += shares[s] * v.value;
        mass += shares[s];
      }
    }
    return {mass > 0 ? sum / mass : 0, mass > 0};
  }
  template <class T>
  RANKWISE_FN defined_if<T> without_items() const {
    if constexpr (requires { metric.template without_items<T>(); }) {
      defined_if<double> const v = as_defined(metric.template without_items<T>());
      return {static_cast<T>(v.value), v.defined && intended};
    } else {
      return {T(0), intended};
    }
  }

private:
  template <class T>
  RANKWISE_FN static defined_if<double> as_defined(T value) {
    return {static_cast<double>(value), true};
  }
  template <class T>
  RANKWISE_FN static defined_if<double> as_defined(defined_if<T> v) {
    return {static_cast<double>(v.value), v.defined};
  }

  template <class List>
  RANKWISE_FN defined_if<double> value_of_labels(List const& list, double const* labels) const {
    relabelled_list<List, no_constants> const labelled{list, labels, {}};
    if constexpr (requires { metric.prepare_list(labelled); }) {
      auto const prepared = metric.prepare_list(labelled);
      return value_of_list(relabelled_list<List, std::remove_const_t<decltype(prepared)>>{list, labels, prepared});
    } else {
      return value_of_list(labelled);
    }
  }
  /// By the shorter way of exec/pass.hpp, where there is one.
  template <class List>
  RANKWISE_FN defined_if<double> value_of_list(List const& list) const {
    if constexpr (requires(typename List::scalar & value) { metric.at_once(list, value); }) {
      typename List::scalar value(0);
      if (!list.has_masked() && metric.at_once(list, value)) {
        return {static_cast<double>(value), true};
      }
    }
    return as_defined(metric(list));
  }
};

/// Calls f with numbers of the host where the executor reads them.
template <class Executor, class F>
void with_numbers(Executor executor, storage<double> const& numbers, workspace& memory, F const& f) {
  if constexpr (Executor::where == memory::host) {
    f(address(numbers));
  } else {
    executor.with_memory(
        numbers.size() * sizeof(double), &memory,
        [&](std::byte* at) {
          auto* const there = reinterpret_cast<double*>(at);
          executor.send(address(numbers), numbers.size(), there);
          f(static_cast<double const*>(there));
        },
        1);
  }
}

template <class Executor, class Metric, class Scores, class Subtopics, class Offset, class Intents>
double intent_aware_on(Executor executor, Metric const& metric, Scores const& scores, Subtopics const& subtopics,
                       lists<Offset> const& groups, Intents const& intents, workspace& memory, options const& opts) {
  static_assert(has_calls<Metric>, "[rankwise] intent_aware takes a metric of lists: rw::metric::ndcg<10>{}");
  auto const j = as_matrix(subtopics);
  auto const p = as_column(intents);
  static_assert(decltype(p)::where == memory::host,
                "[rankwise] the probabilities of intents are in host memory, whatever the executor");
  double value = math::ops<double>::quiet_nan;
  if (!check_rows<Executor>(j, groups.items(), opts.errors) ||
      !check_size(p, "the probabilities of intents", j.columns, opts.errors)) {
    return value;
  }
  double most = 0; // by which they are divided: their sum may overflow
  for (std::size_t s = 0; s < p.size(); ++s) {
    double const x = static_cast<double>(p[s]);
    if (!passed(weight_parameter(x)
                    ? status{}
                    : status{errc::out_of_range, "a probability of intents (0 or more)", s, 0, status::nowhere},
                opts.errors)) {
      return value;
    }
    most = x > most ? x : most;
  }
  storage<double> shares;
  shares.resize(p.size());
  for (std::size_t s = 0; s < p.size(); ++s) {
    shares[s] = static_cast<double>(p[s]) / (most > 1e300 ? most : 1);
  }
  with_numbers(executor, shares, memory, [&](double const* there) {
    using formula = intents_formula<Metric, std::remove_const_t<decltype(j)>>;
    value = mean_of_lists(executor, formula{{}, metric, j, there, most > 0}, scores, groups, memory, opts);
  });
  return value;
}

} // namespace detail

// The calls of a metric with a matrix in the place of labels. It has
//   formula(matrix)   the formula of a list
#define RANKWISE_MATRIX_METRIC_CALLS                                                                                   \
  template <class RwScores, class RwRows, class RwOffset, class RwIsa = ::rankwise::arch::native>                      \
  double operator()(RwScores const& rw_scores, RwRows const& rw_rows, ::rankwise::lists<RwOffset> const& rw_lists,     \
                    ::rankwise::options const& rw_opts = {}) const {                                                   \
    ::rankwise::workspace rw_own;                                                                                      \
    return (*this)(rw_scores, rw_rows, rw_lists, rw_own, rw_opts);                                                     \
  }                                                                                                                    \
  template <class RwScores, class RwRows, class RwOffset, class RwIsa = ::rankwise::arch::native>                      \
  double operator()(RwScores const& rw_scores, RwRows const& rw_rows, ::rankwise::lists<RwOffset> const& rw_lists,     \
                    ::rankwise::workspace& rw_memory, ::rankwise::options const& rw_opts = {}) const {                 \
    return ::rankwise::detail::matrix_metric(::rankwise::executor_for<RwScores const>{}, *this, rw_scores, rw_rows,    \
                                             rw_lists, rw_memory, rw_opts);                                            \
  }                                                                                                                    \
  template <::rankwise::executor RwExecutor, class RwScores, class RwRows, class RwOffset>                             \
  double operator()(RwExecutor rw_executor, RwScores const& rw_scores, RwRows const& rw_rows,                          \
                    ::rankwise::lists<RwOffset> const& rw_lists, ::rankwise::options const& rw_opts = {}) const {      \
    ::rankwise::workspace rw_own;                                                                                      \
    return ::rankwise::detail::matrix_metric(rw_executor, *this, rw_scores, rw_rows, rw_lists, rw_own, rw_opts);       \
  }                                                                                                                    \
  template <::rankwise::executor RwExecutor, class RwScores, class RwRows, class RwOffset>                             \
  double operator()(RwExecutor rw_executor, RwScores const& rw_scores, RwRows const& rw_rows,                          \
                    ::rankwise::lists<RwOffset> const& rw_lists, ::rankwise::workspace& rw_memory,                     \
                    ::rankwise::options const& rw_opts = {}) const {                                                   \
    return ::rankwise::detail::matrix_metric(rw_executor, *this, rw_scores, rw_rows, rw_lists, rw_memory, rw_opts);    \
  }

namespace metric {

/// alpha-nDCG at `Cutoff` (Clarke et al. 2008): an item that repeats a subtopic is worth less each time,
///   DCG = sum over r < Cutoff of 1/log2(r + 2) sum over subtopics s of J(r, s) (1 - alpha)^(items with s before r)
/// over the DCG of the order that takes the best next item each time: the best order itself is out of reach (NP-hard),
/// and the official tools do the same. J(item, subtopic) is a matrix; more than 0 is relevant. The order divided by is
/// of all items that could have been found, retrieved or not, and of equal items takes the first of the list: it is the
/// same for every ranker.
template <std::size_t Cutoff, class Empty = empty::zero>
struct alpha_ndcg {
  static_assert(Cutoff > 0, "[rankwise] alpha_ndcg<0>: the cutoff is at least 1");

  double alpha = 0.5;

  constexpr char const* fault() const { return rankwise::detail::fault_of_alpha(alpha); }

  template <class Matrix>
  RANKWISE_HOST_FN rankwise::detail::alpha_ndcg_formula<Cutoff, Empty, Matrix> formula(Matrix const& judged) const {
    return {judged, alpha};
  }

  RANKWISE_MATRIX_METRIC_CALLS
};

/// The mean of any metric over intents (Agrawal et al. 2009): IA-M = sum over subtopics s of p(s) M with column s of
/// the matrix as labels. `intents` has one probability per subtopic, on the host; they are divided by their sum. What a
/// list without a relevant item for s counts is the metric's empty policy; with empty::skip the others share its
/// probability. `.per_list` receives the means of lists.
///
///   intent_aware([executor,] metric, scores, matrix, lists, intents [, workspace], options)
template <class Metric, class Scores, class Subtopics, class Offset, class Intents, class Isa = arch::native>
double intent_aware(Metric const& metric, Scores const& scores, Subtopics const& subtopics, lists<Offset> const& groups,
                    Intents const& intents, workspace& memory, options const& opts = {}) {
  return rankwise::detail::intent_aware_on(executor_for<Scores const>{}, metric, scores, subtopics, groups, intents,
                                           memory, opts);
}
template <class Metric, class Scores, class Subtopics, class Offset, class Intents, class Isa = arch::native>
double intent_aware(Metric const& metric, Scores const& scores, Subtopics const& subtopics, lists<Offset> const& groups,
                    Intents const& intents, options const& opts = {}) {
  workspace own;
  return rankwise::detail::intent_aware_on(executor_for<Scores const>{}, metric, scores, subtopics, groups, intents,
                                           own, opts);
}
template <executor Executor, class Metric, class Scores, class Subtopics, class Offset, class Intents>
double intent_aware(Executor where, Metric const& metric, Scores const& scores, Subtopics const& subtopics,
                    lists<Offset> const& groups, Intents const& intents, workspace& memory, options const& opts = {}) {
  return rankwise::detail::intent_aware_on(where, metric, scores, subtopics, groups, intents, memory, opts);
}
template <executor Executor, class Metric, class Scores, class Subtopics, class Offset, class Intents>
double intent_aware(Executor where, Metric const& metric, Scores const& scores, Subtopics const& subtopics,
                    lists<Offset> const& groups, Intents const& intents, options const& opts = {}) {
  workspace own;
  return rankwise::detail::intent_aware_on(where, metric, scores, subtopics, groups, intents, own, opts);
}

/// Intra-list diversity at `Cutoff` (Smyth and McClave 2001): the mean of 1 - cosine over the pairs of the first items.
/// Rows of the matrix are the items' vectors; a vector of zeros has the cosine 0 with every other. Lists with fewer
/// than two items have no value.
template <std::size_t Cutoff>
struct intra_list_diversity {
  static_assert(Cutoff > 1, "[rankwise] intra_list_diversity<K>: pairs need a cutoff of at least 2");

  template <class Matrix>
  RANKWISE_HOST_FN rankwise::detail::intra_list_formula<Cutoff, Matrix> formula(Matrix const& vectors) const {
    return {vectors};
  }

  RANKWISE_MATRIX_METRIC_CALLS
};

} // namespace metric
} // namespace rankwise::inline RANKWISE_ABI

#endif
