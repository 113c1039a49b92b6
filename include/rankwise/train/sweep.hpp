#ifndef RANKWISE_TRAIN_SWEEP_HPP
#define RANKWISE_TRAIN_SWEEP_HPP

#include <rankwise/core/storage.hpp>
#include <rankwise/exec/item_run.hpp>
#include <rankwise/value/ranker.hpp>

#include <cstddef>
#include <vector>

/// The trade-off curve of a value model: one of its weights takes several values, and what the scores are worth is
/// measured at each (after arXiv 2605.27704).
namespace rankwise::inline RANKWISE_ABI::train {

/// Scores the rows with every value of weight `Name`, the others as they are, and calls measure(value, scores). The
/// scores are floats in memory that the next value overwrites.
template <name Name, class Ranker, class Logits, class Weights, class Values, class Measure, class Isa = arch::native>
void sweep(Ranker const& ranker, Logits const& logits, Weights weights, Values const& values, Measure measure,
           on_error errors = {}) {
  auto const z = rankwise::detail::as_rows(logits);
  auto const at = as_column(values);
  storage<float> scores;
  scores.resize(z.rows);
  for (std::size_t k = 0; k < at.size(); ++k) {
    weights.template set<Name>(static_cast<double>(at[k]));
    status s;
    ranker.score(z, scores, weights, {.errors = s});
    if (!s.ok()) {
      rankwise::detail::deliver(s, errors);
      if (s.code != errc::not_finite && s.code != errc::unusable_item) {
        return; // there are no scores to measure
      }
    }
    measure(static_cast<double>(at[k]), scores);
  }
}

/// Which points no other one beats: larger is better in both columns, and of equal points the first one counts. In the
/// order of falling `first`. A point with a NaN is none.
template <class A, class B, class Isa = arch::native>
std::vector<std::size_t> pareto_front(A const& first, B const& second, on_error errors = {}) {
  auto const x = as_column(first);
  auto const y = as_column(second);
  std::vector<std::size_t> front;
  if (!rankwise::detail::check_size(y, "the second column", x.size(), errors)) {
    return front;
  }
  for (std::size_t i = 0; i < x.size(); ++i) {
    bool beaten = !(x[i] == x[i] && y[i] == y[i]);
    for (std::size_t j = 0; j < x.size() && !beaten; ++j) {
      bool const as_good = x[j] >= x[i] && y[j] >= y[i];
      beaten = as_good && (x[j] > x[i] || y[j] > y[i] || j < i);
    }
    if (!beaten) {
      std::size_t at = front.size();
      front.push_back(i);
      for (; at > 0 && x[front[at - 1]] < x[i]; --at) {
        front[at] = front[at - 1];
      }
      front[at] = i;
    }
  }
  return front;
}

} // namespace rankwise::inline RANKWISE_ABI::train

#endif
