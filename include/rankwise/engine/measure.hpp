#ifndef RANKWISE_ENGINE_MEASURE_HPP
#define RANKWISE_ENGINE_MEASURE_HPP

#include <rankwise/core/lists.hpp>
#include <rankwise/core/options.hpp>
#include <rankwise/core/workspace.hpp>
#include <rankwise/engine/rounds.hpp>
#include <rankwise/train/held_out.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

/// What an engine's `.evaluations` measure, from metrics, losses, rankers and objectives:
///
///   engine::measure(metric::ndcg<10>{}, grades, lists [, options [, output]])   of one output, here the score
///   engine::measure(ranker, metric::ndcg<10>{}, grades, lists [, options])      of a value model over all outputs
///   engine::measure_loss(objective_of_held_out_items, objective)                with the parameters learnt so far
///
/// Labels and weights are copied once; what a measure refers to otherwise has to outlive the training.
namespace rankwise::inline RANKWISE_ABI::engine {

/// Of one column of the outputs: any metric or list-wise loss.
template <class Metric, class Labels, class Offset>
std::function<double(logits)> measure(Metric const& metric, Labels const& labels, lists<Offset> const& groups,
                                      options const& opts = {}, std::size_t output = 0) {
  auto data = metric.template prepare<float>(labels, groups, opts);
  struct state {
    Metric metric;
    decltype(data) prepared;
    std::vector<float> scores;
  };
  // Shared, because std::function copies.
  auto kept = std::make_shared<state>(state{metric, std::move(data), {}});
  return [kept, output](logits const& z) {
    if (output >= z.columns) {
      rankwise::detail::deliver(
          {errc::wrong_shape, "the outputs (columns) of a measure", status::nowhere, output + 1, z.columns}, {});
      return math::ops<double>::quiet_nan;
    }
    kept->scores.resize(z.rows);
    for (std::size_t i = 0; i < z.rows; ++i) {
      kept->scores[i] = z(i, output);
    }
    if constexpr (requires { kept->metric(kept->scores, kept->prepared); }) {
      return static_cast<double>(kept->metric(kept->scores, kept->prepared));
    } else {
      return static_cast<double>(kept->metric.value(kept->scores, kept->prepared));
    }
  };
}

/// Of a ranker's scores.
template <class Ranker, class Metric, class Labels, class Offset>
  requires requires(Ranker const& r, logits z, std::vector<float>& s) {
    r.score(z, s);
  }
std::function<double(logits)> measure(Ranker const& ranker, Metric const& metric, Labels const& labels,
                                      lists<Offset> const& groups, options const& opts = {}) {
  auto of_scores = measure(metric, labels, groups, opts);
  auto kept = std::make_shared<std::vector<float>>();
  return [ranker, of_scores = std::move(of_scores), kept](logits const& z) {
    kept->resize(z.rows);
    ranker.score(z, *kept);
    return of_scores(row_major(static_cast<float const*>(kept->data()), z.rows, 1));
  };
}

/// The loss of an objective over held-out items, such as that of several heads, with the shared parameters that
/// `learning` has reached. Both outlive the training.
template <class HeldOut, class Objective>
std::function<double(logits)> measure_loss(HeldOut& held_out, Objective& learning) {
  struct memory {
    storage<double> parameters;
    storage<float> derivatives;
  };
  return [&held_out, &learning, kept = std::make_shared<memory>()](logits const& z) {
    return train::detail::loss_as_learnt<arch::native>(held_out, learning, z, kept->parameters, kept->derivatives);
  };
}

} // namespace rankwise::inline RANKWISE_ABI::engine

#endif
