#ifndef RANKWISE_TRAIN_TUNE_HPP
#define RANKWISE_TRAIN_TUNE_HPP

#include <rankwise/core/lists.hpp>
#include <rankwise/core/storage.hpp>
#include <rankwise/exec/item_run.hpp>
#include <rankwise/train/priority.hpp>
#include <rankwise/value/ranker.hpp>

#include <cstddef>
#include <type_traits>
#include <vector>

/// Weights of a value model under floors: maximise one metric while others keep a value, by the multipliers of
/// `priority`. A metric has no slope, so each comes with a loss whose gradient is followed in its place. The floors are
/// those of the metrics themselves, and what is returned is the best point on the way at which all of them held.
namespace rankwise::inline RANKWISE_ABI::train {

/// A metric of lists, the loss that is followed for it, and what both read. The labels stay the caller's.
template <class Metric, class Loss, class Labels>
struct aim_of {
  Metric metric;
  Loss loss;
  Labels const* labels;
  double floor;
};

/// aim(metric, loss, labels): to be maximised; aim(metric, loss, labels, floor): to be kept.
template <class Metric, class Loss, class Labels>
constexpr aim_of<Metric, Loss, Labels> aim(Metric const& metric, Loss const& loss, Labels const& labels,
                                           double floor = 0) {
  return {metric, loss, &labels, floor};
}

struct tune_options {
  std::size_t rounds = 300;
  double step = 0.1;      ///< the first step's length in the space of weights; the last one's is 0
  double damping = 1000;  ///< multiplier per violation: at 1 / damping below the floor, goal and floor weigh the same
  double rate = 10;       ///< of the multipliers
  double tolerance = 0;   ///< how far below its floor a metric may be
  bool at_least_0 = true; ///< no weight becomes negative
  on_error errors{};
};

template <class Weights>
struct tuned {
  Weights weights;
  double goal = 0;            ///< the metric that was maximised, at these weights
  std::vector<double> kept;   ///< the metrics that have floors, at these weights
  bool feasible = false;      ///< some point had all floors; if not, these are the weights it began with
  double worst_violation = 0; ///< how far below a floor the way went
};

/// tune<"relevance">(ranker, logits, lists, weights, goal, kept...): moves the named weights, all of them if none is
/// named. The start counts as a point of the way.
template <name... Names, class Ranker, class Logits, class Offset, class Weights, class Metric, class Loss,
          class Labels, class... Kept>
tuned<Weights> tune(Ranker const& ranker, Logits const& logits, lists<Offset> const& groups, Weights const& start,
                    tune_options const& opts, aim_of<Metric, Loss, Labels> const& goal, Kept const&... kept) {
  constexpr std::size_t floors = sizeof...(Kept);
  static_assert(floors > 0, "[rankwise] tune needs a floor: aim(metric, loss, labels, floor)");
  constexpr std::size_t moved = sizeof...(Names) == 0 ? Weights::size() : sizeof...(Names);
  std::size_t slot[moved];
  if constexpr (sizeof...(Names) == 0) {
    for (std::size_t k = 0; k < moved; ++k) {
      slot[k] = k;
    }
  } else {
    std::size_t const named[] = {Weights::template slot<Names>()...};
    for (std::size_t k = 0; k < moved; ++k) {
      slot[k] = named[k];
    }
  }
  auto const z = rankwise::detail::as_rows(logits);
  on_error const& errors = opts.errors;
  tuned<Weights> found{start, 0, std::vector<double>(floors), false, 0};
  bool const steps = opts.step > 0 && rankwise::detail::finite_parameter(opts.step);
  if (!rankwise::detail::check_parameters(steps ? nullptr : "step of tune (positive)", errors) ||
      !rankwise::detail::check_rows(z, "logits", groups.items(), static_cast<std::size_t>(Ranker::columns), errors)) {
    return found;
  }
  double const limits[] = {at_least(kept.floor - opts.tolerance)...};
  status told;
  priority<> machine(column<double const>{limits, floors}, opts.rate, {.strength = opts.damping}, told);
  if (!rankwise::detail::passed(told, errors)) {
    return found;
  }
  // A fault is not forgotten over the steps behind it.
  auto const keep = [&told](status const& s) { told = told.ok() ? s : told; };

  storage<float> scores, seeds;
  scores.resize(z.rows);
  seeds.resize(z.rows);
  Weights at = start;
  storage<double> by_goal, by_kept, direction;
  by_goal.resize(moved);
  by_kept.resize(floors * moved);
  direction.resize(moved);
  double values[floors];
  // A loss's gradient by the weights that move, of unit length: its scale says nothing about the metric's.
  auto const follow = [&](auto const& one, double* to) {
    status said[2];
    one.loss.gradient(scores, *one.labels, groups, seeds, {.errors = said[0]});
    auto const by = ranker.gradient(z, seeds, at, {.errors = said[1]});
    keep(said[0]);
    keep(said[1]);
    double length = 0;
    for (std::size_t k = 0; k < moved; ++k) {
      to[k] = by[slot[k]];
      length += to[k] * to[k];
    }
    for (std::size_t k = 0; k < moved && length > 0; ++k) {
      to[k] /= math::sqrt(length);
    }
  };
  auto const measure = [&](auto const& one) {
    status said;
    double const value = one.metric(scores, *one.labels, groups, {.errors = said});
    keep(said);
    return value;
  };
  for (std::size_t round = 0; round <= opts.rounds; ++round) {
    status said;
    ranker.score(z, scores, at, {.errors = said});
    keep(said);
    double const reached = measure(goal);
    std::size_t k = 0;
    bool holds = true;
    ((values[k] = at_least(measure(kept)), holds = holds && values[k] <= limits[k], ++k), ...);
    if (holds && (!found.feasible || reached > found.goal)) {
      found.feasible = true;
      found.goal = reached;
      found.weights = at;
      for (std::size_t i = 0; i < floors; ++i) {
        found.kept[i] = -values[i];
      }
    }
    if (round == 0 && !found.feasible) {
      found.goal = reached;
      for (std::size_t i = 0; i < floors; ++i) {
        found.kept[i] = -values[i];
      }
    }
    bool const goes_on = round != opts.rounds && machine.update(column<double const>{values, floors}, said);
    keep(said);
    if (!goes_on || (!told.ok() && errors.destination() == nullptr)) { // whoever looks at no status hears of it now
      break;
    }
    follow(goal, by_goal.data());
    k = 0;
    ((follow(kept, by_kept.data() + moved * k++)), ...);
    machine.direction(by_goal, row_major(by_kept.data(), floors, moved), direction, said);
    keep(said);
    double const left = 1 - static_cast<double>(round) / static_cast<double>(opts.rounds);
    for (k = 0; k < moved; ++k) {
      double const x = at[slot[k]] - opts.step * left * direction[k];
      at[slot[k]] = opts.at_least_0 && x < 0 ? 0 : x;
    }
  }
  found.worst_violation = machine.worst_violation();
  rankwise::detail::passed(told, errors);
  return found;
}
template <name... Names, class Ranker, class Logits, class Offset, class Weights, class Metric, class Loss,
          class Labels, class... Kept>
tuned<Weights> tune(Ranker const& ranker, Logits const& logits, lists<Offset> const& groups, Weights const& start,
                    aim_of<Metric, Loss, Labels> const& goal, Kept const&... kept) {
  return tune<Names...>(ranker, logits, groups, start, tune_options{}, goal, kept...);
}

} // namespace rankwise::inline RANKWISE_ABI::train

#endif
