#ifndef RANKWISE_TRAIN_FIT_HPP
#define RANKWISE_TRAIN_FIT_HPP

#include <rankwise/core/lists.hpp>
#include <rankwise/core/random.hpp>
#include <rankwise/core/size.hpp>
#include <rankwise/train/descent.hpp>
#include <rankwise/train/objective.hpp>
#include <rankwise/train/trunk.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

/// Trains a trunk under any objective, by batches of whole lists.
///
///   auto const found = train::fit(net, features, lists, train::adam{}, [&](train::batch const& b) {
///     return train::joint(train::objective(relevance, b.of(grades)), train::objective(click, b.of(clicks)));
///   });
namespace rankwise::inline RANKWISE_ABI::train {

/// Some of the lists: whose items they are, and what of a column belongs to them.
class batch {
public:
  template <class Isa = arch::native, class Offset>
  batch(rankwise::lists<Offset> const& groups, storage<std::size_t> const& order, std::size_t first,
        std::size_t count) {
    std::size_t items = 0;
    for (std::size_t k = first; k < first + count; ++k) {
      items += groups.size_of(order[k]);
    }
    items_.resize(items);
    offsets_.resize(count + 1);
    std::size_t at = 0;
    for (std::size_t k = 0; k < count; ++k) {
      for (std::size_t i = groups.begin_of(order[first + k]); i < groups.end_of(order[first + k]); ++i) {
        items_[at++] = i;
      }
      offsets_[k + 1] = at;
    }
    whole_ = groups.items();
  }

  RANKWISE_HOST_FN rankwise::lists<std::size_t> lists() const { return rankwise::lists(offsets_); }
  /// Numbers of the items in the whole.
  RANKWISE_HOST_FN storage<std::size_t> const& items() const { return items_; }
  /// The entries of a column over all items that belong to this batch; none if it has another length.
  template <class Column, class Isa = arch::native>
  auto of(Column const& column, on_error errors = {}) const {
    auto const from = as_column(column);
    storage<std::remove_cvref_t<decltype(from[0])>> some;
    if (!rankwise::detail::check_size(from, "a column of all items", whole_, errors)) {
      return some;
    }
    some.resize(items_.size());
    for (std::size_t i = 0; i < some.size(); ++i) {
      some[i] = from[items_[i]];
    }
    return some;
  }

private:
  storage<std::size_t> items_, offsets_;
  std::size_t whole_ = 0; // items of all lists
};

struct fit_options {
  std::size_t epochs = 30;
  std::size_t lists_per_batch = 32;
  std::uint64_t seed = 1;   ///< of the order of lists, which is another one in every epoch
  std::size_t patience = 0; ///< epochs without a better judgment, after which it ends; 0: all epochs
  on_error errors{};
};

/// What came out. The trunk itself holds the best weights.
template <class Objective>
struct fitted_trunk {
  Objective objective;        ///< over all items, with what is shared by them as it was learnt: cut-points
  std::size_t epochs = 0;     ///< that ran
  std::size_t best_epoch = 0; ///< from 1; the last one if nobody judges
  double best = 0;            ///< the judgment of that epoch
  double loss = 0;            ///< per list, mean over the batches of the last epoch
  bool finite = true;         ///< false: logits, a loss or a derivative were not, and training ended
};

/// Nobody judges: all epochs count, the last one is kept.
struct no_judge {};

namespace detail {

/// Logits beyond this come from a trunk that diverges; the square of those within it is a float.
template <class Isa, class Logits>
bool usable(Logits const& z) {
  bool all = true;
  for (std::size_t k = 0; k < z.rows * z.columns; ++k) {
    all = all && z.first[k] > -1e15 && z.first[k] < 1e15;
  }
  return all;
}

} // namespace detail

/// `make(batch)` gives the objective of a batch. `judge(net, objective)` is called after every epoch, larger is better;
/// the weights of the best epoch are kept. Results are a function of data, options and seed.
template <class T, class Activation, class Isa, class Rows, class Offset, class Rule, class Make,
          class Judge = no_judge>
auto fit(trunk<T, Activation, Isa>& net, Rows const& rows, lists<Offset> const& groups, Rule const& rule, Make make,
         fit_options const& opts = {}, Judge judge = {}) {
  storage<std::size_t> order;
  order.resize(groups.size());
  for (std::size_t l = 0; l < order.size(); ++l) {
    order[l] = l;
  }
  batch const everything(groups, order, 0, order.size());
  using Objective = decltype(make(everything));
  fitted_trunk<Objective> found{make(everything)};
  auto const x = rankwise::detail::as_rows(rows);
  on_error const& errors = opts.errors;
  char const* const few = opts.lists_per_batch == 0 ? "lists_per_batch of fit (at least 1)" : rule.fault();
  if (!rankwise::detail::check_parameters(few, errors) ||
      !rankwise::detail::check_rows(x, "the features", groups.items(), net.inputs(), errors) ||
      !rankwise::detail::passed(
          Objective::outputs == net.outputs()
              ? status{}
              : status{errc::wrong_shape, "the trunk (outputs)", status::nowhere, Objective::outputs, net.outputs()},
          errors)) {
    return found;
  }
  auto const save = [](auto& objective, storage<double>& to) {
    std::size_t n = 0;
    objective.for_each_state([&](double&) { ++n; });
    to.resize(n);
    n = 0;
    objective.for_each_state([&](double& s) { to[n++] = s; });
  };
  auto const restore = [](auto& objective, storage<double> const& from) {
    std::size_t n = 0;
    objective.for_each_state([&](double& s) { s = from[n++]; });
  };

  auto const parameters = net.parameters();
  descent<Rule, T, Isa> steps(rule);
  tape<T> memory;
  storage<T> slope, bend, by_parameters, best_parameters;
  storage<double> shared, best_shared;
  by_parameters.resize(parameters.size());
  save(found.objective, shared);
  std::size_t waited = 0;
  status skipped; // what counted for nothing
  for (std::size_t epoch = 0; epoch < opts.epochs && found.finite; ++epoch) {
    for (std::size_t l = order.size(); l > 1; --l) { // Fisher and Yates
      std::size_t const other = rankwise::detail::as_size(random_bits(opts.seed, l, epoch) % l);
      std::size_t const kept = order[l - 1];
      order[l - 1] = order[other];
      order[other] = kept;
    }
    double sum = 0;
    for (std::size_t first = 0; first < order.size() && found.finite; first += opts.lists_per_batch) {
      std::size_t const left = order.size() - first;
      std::size_t const count = left < opts.lists_per_batch ? left : opts.lists_per_batch;
      batch const part(groups, order, first, count);
      if (part.items().empty()) {
        continue;
      }
      Objective objective = make(part);
      restore(objective, shared);
      auto const z = net.forward_items(memory, x, part.items(), errors);
      found.finite = detail::usable<Isa>(z);
      if (!found.finite) { // objectives would throw
        break;
      }
      slope.resize(z.rows * z.columns);
      bend.resize(z.rows * z.columns);
      auto const g = row_major(slope.data(), z.rows, z.columns);
      status outcome;
      double const value = detail::derive(objective, z, g, row_major(bend.data(), z.rows, z.columns), 0, outcome);
      if (!outcome.ok()) {
        skipped = outcome;
        if (errors.destination() == nullptr) {
          rankwise::detail::deliver(outcome, errors);
        }
      }
      T const share = T(1) / static_cast<T>(count); // a step does not depend on the size of the batch
      for (T& s : slope) {
        s *= share;
      }
      found.finite = value - value == 0 && net.backward(memory, g, by_parameters, errors) &&
                     steps.step(parameters, by_parameters, errors);
      sum += value;
    }
    if (!found.finite) {
      rankwise::detail::deliver(
          detail::derived(skipped) ? status{errc::unusable_item, "the loss of an epoch", epoch, 0, 1} : skipped,
          errors);
      break;
    }
    ++found.epochs;
    found.loss = order.empty() ? 0 : sum / static_cast<double>(order.size());
    if (!shared.empty()) {
      auto const z = net.forward(memory, x, errors);
      if (detail::usable<Isa>(z)) {
        status outcome;
        detail::learn(found.objective, z, 0, head::alone{}, outcome); // what is wrong is known from the batches
        save(found.objective, shared);
      }
    }
    if constexpr (!std::is_same_v<Judge, no_judge>) {
      auto const verdict = static_cast<double>(judge(net, found.objective));
      ++waited;
      if (verdict == verdict && (found.best_epoch == 0 || verdict > found.best)) { // NaN is never the best
        found.best = verdict;
        found.best_epoch = found.epochs;
        waited = 0;
        best_parameters.resize(parameters.size());
        for (std::size_t k = 0; k < parameters.size(); ++k) {
          best_parameters[k] = parameters[k];
        }
        best_shared = shared;
      }
      if (opts.patience != 0 && waited >= opts.patience) {
        break;
      }
    } else {
      found.best_epoch = found.epochs;
    }
  }
  for (std::size_t k = 0; k < best_parameters.size(); ++k) {
    parameters[k] = best_parameters[k];
  }
  if (!best_parameters.empty()) {
    restore(found.objective, best_shared);
  }
  if (found.finite && !skipped.ok() && errors.destination() != nullptr) {
    rankwise::detail::deliver(skipped, errors);
  }
  return found;
}

} // namespace rankwise::inline RANKWISE_ABI::train

#endif
