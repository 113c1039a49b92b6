#ifndef RANKWISE_METRIC_EVALUATE_HPP
#define RANKWISE_METRIC_EVALUATE_HPP

#include <rankwise/core/policy.hpp>
#include <rankwise/core/storage.hpp>
#include <rankwise/metric/evaluation.hpp>
#include <rankwise/metric/metric_set.hpp>
#include <rankwise/metric/title.hpp>
#include <rankwise/stat/exact_sums.hpp>

#include <cstddef>
#include <span>
#include <type_traits>

/// Any number of metrics of a ranking at once: every list is ordered once for each tie policy that they name.
///
///   auto const measures = rw::metrics(rw::metric::ndcg<10>{}, rw::metric::map<>{}, rw::metric::mrr<10>{});
///   auto const result = rw::evaluate(measures, scores, labels, lists, {.list_weights = w});
///   result.value(0);  result.per_list(1)[q];  result.to_table();
namespace rankwise::inline RANKWISE_ABI {

namespace detail {

/// On a device: the metrics of a list in one go, then exact sums there. The values go to `to`, or to the evaluation. An
/// executor that leaves its result gets two numbers for every metric, the sum and the weight, and nobody waits.
template <class Executor, class Scores, class Data, class... Ms>
evaluation evaluate_there(Executor executor, metric_set<Ms...> set, Scores const& scores, Data const& data, double* to,
                          workspace& memory, options opts) {
  constexpr std::size_t metrics = sizeof...(Ms);
  std::size_t const lists = data.ready ? data.groups().size() : 0;
  bool const leaves = executor.result != nullptr;
  bool const keeps = !leaves && to == nullptr;
  evaluation result = evaluation::access::empty_of<Ms...>(keeps ? lists : 0);
  std::size_t const value_bytes = to == nullptr ? round_up(metrics * lists * sizeof(double), workspace::alignment) : 0;
  std::size_t const sum_bytes = 2 * metrics * stat::detail::sum_parts(lists) * sizeof(stat::exact_sum);
  on_error const errors = opts.errors;
  status told; // delivered at the end, when the result stands
  opts.errors = told;
  opts.per_list = {};
  executor.with_memory(
      value_bytes + sum_bytes + 2 * sizeof(double), &memory,
      [&](std::byte* there) {
        set.values = to == nullptr ? reinterpret_cast<double*>(there) : to;
        set.lists = lists;
        auto* const sums = reinterpret_cast<stat::exact_sum*>(there + value_bytes);
        // The sum of the pass itself is nobody's; leaving it somewhere keeps the pass from waiting.
        auto const pass =
            leaves ? executor.leaving(reinterpret_cast<double*>(there + value_bytes + sum_bytes)) : executor;
        pass_total const total = run(pass, set, data, scores, no_output{}, no_output{}, &memory, opts);
        if (!total.ran) {
          evaluation::access::failed(result);
          return;
        }
        stat::detail::sum_columns(executor, set.values, address(data.list_weights), metrics, lists, sums);
        if (leaves) {
          executor.template for_each_item<double>(2 * metrics,
                                                  stat::detail::round_sums{sums, metrics, executor.result});
          return;
        }
        if (keeps) {
          executor.fetch(set.values, metrics * lists, evaluation::access::values(result));
        }
        executor.fetch(sums, metrics, evaluation::access::sums(result));
        executor.fetch(sums + metrics, metrics, evaluation::access::weights(result));
        evaluation::access::set_flagged(result, total.flagged);
        evaluation::access::check_sums(result, told);
      },
      1);
  passed(told, errors);
  return result;
}

template <class Executor, class Scores, class Data, class... Ms>
evaluation evaluate_here(Executor executor, metric_set<Ms...> set, Scores const& scores, Data const& data,
                         workspace& memory, options opts) {
  std::size_t const lists = data.ready ? data.groups().size() : 0;
  evaluation result = evaluation::access::empty_of<Ms...>(lists);
  set.values = evaluation::access::values(result);
  set.lists = lists;
  using T = compute_type<value_of<Scores const>>;
  storage<T> places;
  set.template know_places<typename Executor::template vector<T>>(data.ready ? data.groups().longest() : 0, places);
  storage<double> seen;
  seen.resize(lists);
  opts.per_list = std::span<double>(seen.data(), lists);
  on_error const errors = opts.errors;
  status told; // delivered at the end, when the result stands
  opts.errors = told;
  pass_total const total = run(executor, set, data, scores, no_output{}, no_output{}, &memory, opts);
  if (total.ran) {
    evaluation::access::add_up(result, seen.data(), address(data.list_weights));
    evaluation::access::check_sums(result, told);
  } else {
    evaluation::access::failed(result);
  }
  passed(told, errors);
  return result;
}

template <class Executor, class Scores, class Data, class... Ms>
evaluation evaluate_prepared(Executor executor, metric_set<Ms...> const& set, Scores const& scores, Data const& data,
                             workspace& memory, options const& opts) {
  static_assert(std::is_same_v<typename Data::formula_type, metric_set<Ms...>>,
                "[rankwise] this data was prepared by other metrics");
  if constexpr (!std::is_same_v<typename Data::formula_type, metric_set<Ms...>>) {
    return {}; // the line above is enough
  } else if constexpr (Executor::where == memory::host) {
    return evaluate_here(executor, set, scores, data, memory, opts);
  } else {
    return evaluate_there(executor, set, scores, data, nullptr, memory, opts);
  }
}

template <class Executor, class Scores, class Data, class Values, class... Ms>
evaluation evaluate_to(Executor executor, metric_set<Ms...> const& set, Scores const& scores, Data const& data,
                       Values& values, workspace& memory, options const& opts) {
  static_assert(std::is_same_v<typename Data::formula_type, metric_set<Ms...>>,
                "[rankwise] this data was prepared by other metrics");
  auto const v = as_column(values);
  static_assert(std::is_same_v<decltype(v), column<double, Executor::where> const>,
                "[rankwise] evaluate_into writes a contiguous column of double in the memory of the executor");
  std::size_t const numbers = sizeof...(Ms) * (data.ready ? data.groups().size() : 0);
  if (!check_size(v, "the values", numbers, opts.errors) ||
      !check_apart(v, as_column(scores), "the values", opts.errors)) {
    evaluation result = evaluation::access::empty_of<Ms...>(0);
    evaluation::access::failed(result);
    return result;
  }
  if constexpr (Executor::where == memory::host) {
    evaluation result = evaluate_here(executor, set, scores, data, memory, opts);
    for (std::size_t i = 0; result.ok() && i < numbers; ++i) {
      v[i] = evaluation::access::values(result)[i];
    }
    evaluation::access::drop_lists(result);
    return result;
  } else {
    return evaluate_there(executor, set, scores, data, v.first, memory, opts);
  }
}

template <class Executor, class Scores, class Labels, class Groups, class... Ms>
evaluation evaluate_once(Executor executor, metric_set<Ms...> const& set, Scores const& scores, Labels const& labels,
                         Groups const& groups, options const& opts) {
  static_assert(list_groups<Groups>, "[rankwise] expected evaluate(metrics, scores, labels, lists, ...): make lists "
                                     "with rw::lists(offsets) or rw::lists_of_sizes(sizes)");
  workspace own;
  auto const data = prepare<compute_type<value_of<Scores const>>>(executor, set, labels, view_of(groups), opts, &own);
  if (!data.ready) {
    evaluation result = evaluation::access::empty_of<Ms...>(0);
    evaluation::access::failed(result);
    return result;
  }
  return evaluate_prepared(executor, set, scores, data, own, without_data(opts));
}

} // namespace detail

/// evaluate([executor,] metrics, scores, labels, lists, options), or with data = metrics.prepare(labels, lists,
/// options) evaluate([executor,] metrics, scores, data [, workspace], options)
template <class... Ms, class Scores, class Labels, class Groups, class Isa = arch::native>
  requires(!prepared_data<Labels>)
evaluation evaluate(metric_set<Ms...> const& set, Scores const& scores, Labels const& labels, Groups const& groups,
                    options const& opts = {}) {
  return detail::evaluate_once(executor_for<Scores const>{}, set, scores, labels, groups, opts);
}
template <executor Executor, class... Ms, class Scores, class Labels, class Groups>
  requires(!prepared_data<Labels>)
evaluation evaluate(Executor where, metric_set<Ms...> const& set, Scores const& scores, Labels const& labels,
                    Groups const& groups, options const& opts = {}) {
  return detail::evaluate_once(where, set, scores, labels, groups, opts);
}
template <class... Ms, class Scores, prepared_data Data, class Isa = arch::native>
evaluation evaluate(metric_set<Ms...> const& set, Scores const& scores, Data const& data, options const& opts = {}) {
  workspace own;
  return detail::evaluate_prepared(executor_for<Scores const>{}, set, scores, data, own, opts);
}
template <class... Ms, class Scores, prepared_data Data, class Isa = arch::native>
evaluation evaluate(metric_set<Ms...> const& set, Scores const& scores, Data const& data, workspace& memory,
                    options const& opts = {}) {
  return detail::evaluate_prepared(executor_for<Scores const>{}, set, scores, data, memory, opts);
}
template <executor Executor, class... Ms, class Scores, prepared_data Data>
evaluation evaluate(Executor where, metric_set<Ms...> const& set, Scores const& scores, Data const& data,
                    workspace& memory, options const& opts = {}) {
  return detail::evaluate_prepared(where, set, scores, data, memory, opts);
}

/// A metric alone: one readable line.
template <class Metric, class Scores, class Labels, class Groups>
  requires(!executor<Metric> && requires { Metric::cutoff; })
evaluation evaluate(Metric const&, Scores const&, Labels const&, Groups const&, options const& = {}) {
  static_assert(!std::is_same_v<Metric, Metric>, "[rankwise] evaluate takes a set, rw::metrics(metric, ...); a metric "
                                                 "alone is called: metric(scores, labels, lists)");
  return {};
}

/// The same with the values of lists in a column of double in the executor's memory, metric after metric; the result
/// has sums alone, `lists()` is 0. On a device nothing but those comes to the host, and with
/// `executor.leaving(numbers)` not even they: nobody waits, and numbers[2 m] and numbers[2 m + 1], there, are the sum
/// and the weight of metric m.
template <class... Ms, class Scores, prepared_data Data, class Values, class Isa = arch::native>
evaluation evaluate_into(metric_set<Ms...> const& set, Scores const& scores, Data const& data, Values&& values,
                         workspace& memory, options const& opts = {}) {
  return detail::evaluate_to(executor_for<Scores const>{}, set, scores, data, values, memory, opts);
}
template <executor Executor, class... Ms, class Scores, prepared_data Data, class Values>
evaluation evaluate_into(Executor where, metric_set<Ms...> const& set, Scores const& scores, Data const& data,
                         Values&& values, workspace& memory, options const& opts = {}) {
  return detail::evaluate_to(where, set, scores, data, values, memory, opts);
}

} // namespace rankwise::inline RANKWISE_ABI

#endif
