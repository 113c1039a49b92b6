#ifndef RANKWISE_TESTS_UNIT_LOSS_DERIVATIVES_HPP
#define RANKWISE_TESTS_UNIT_LOSS_DERIVATIVES_HPP

#include <doctest/doctest.h>

#include <rankwise/core/lists.hpp>
#include <rankwise/core/workspace.hpp>

#include "support/problem.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

// What every loss of a list is asked, with one call form and two number types, so that a loss costs little to compile.
namespace support {

enum derivative_kind : unsigned {
  no_kink = 0,
  true_hessian = 1,   ///< the hessian is the second difference
  distinct_scores = 2 ///< the loss has kinks where scores are equal
};

/// Scores at least 0.005 apart, further than a difference steps.
inline problem<double> without_ties(problem<double> p) {
  for (std::size_t i = 0; i < p.items(); ++i) {
    p.scores[i] = 0.5 * std::floor(2 * p.scores[i]) + 0.5 / 97 * static_cast<double>(i % 97);
  }
  return p;
}

template <class Loss>
struct loss_run {
  Loss loss;
  std::vector<double> gradient;
  std::vector<double> hessian;
  rankwise::workspace memory{};

  template <class Data>
  double operator()(std::vector<double> const& scores, Data const& data, rankwise::options const& o = {}) {
    gradient.assign(scores.size(), 7);
    hessian.assign(scores.size(), 7);
    return loss.gradient(scores, data, gradient, hessian, memory, o);
  }
};

/// The value of lists of `size` items, and the gradient in `g`: with the types of the checks below, so that nothing is
/// compiled twice.
template <class Loss>
double value_of(Loss const& loss, std::vector<double> const& scores, std::vector<double> const& labels,
                std::size_t size, std::vector<double>& g, rankwise::options const& data_options = {},
                rankwise::options const& o = {}) {
  std::vector<int> offsets{0};
  while (static_cast<std::size_t>(offsets.back()) < scores.size()) {
    offsets.push_back(offsets.back() + static_cast<int>(size));
  }
  std::vector<double> h(scores.size());
  rankwise::workspace memory;
  return loss.gradient(scores, loss.prepare(labels, rankwise::lists(offsets), data_options), g, h, memory, o);
}
/// The value of one list.
template <class Loss>
double value_of(Loss const& loss, std::vector<double> const& scores, std::vector<double> const& labels) {
  std::vector<double> g(scores.size());
  return value_of(loss, scores, labels, scores.size(), g);
}

/// Gradients are differences of the value and hessians those of gradients, over random shapes with ties, masks and
/// weights; masked items and items without a score are as if left out.
template <class Loss>
void check_derivatives(Loss const& loss, unsigned kind, double tolerance = 1e-7, double step = 1e-3) {
  loss_run<Loss> run{loss, {}, {}};
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    problem<double> const p = (kind & distinct_scores) != 0 ? without_ties(problem<double>(seed, 5, seed == 3 ? 21 : 8))
                                                            : problem<double>(seed, 5, seed == 3 ? 21 : 8);
    for (unsigned which = 0; which < p.combinations; which += seed == 3 ? 7 : 1) {
      CAPTURE(seed);
      CAPTURE(which);
      auto const data = loss.prepare(p.labels, p.lists(), p.options(which));
      run(p.scores, data);
      auto const g = run.gradient;
      auto const h = run.hessian;
      for (std::size_t i = 0; i < p.items(); ++i) {
        CAPTURE(i);
        CHECK(near(g[i], difference([&](auto const& s) { return run(s, data); }, p.scores, i, step), tolerance));
        auto const slope = [&](auto const& s) {
          run(s, data);
          return run.gradient[i];
        };
        if ((kind & true_hessian) != 0) {
          CHECK(near(h[i], difference(slope, p.scores, i, step), tolerance));
        } else {
          CHECK(std::isfinite(h[i]));
        }
      }
    }
  }
}

/// Masked items and items without a score are as if left out; float agrees with double, if asked.
template <bool WithFloat = true, class Loss>
void check_masks(Loss const& loss, double tolerance = 1e-11, double in_float = 2e-4) {
  problem<double> const p = without_ties(problem<double>(32, 12, 70));
  loss_run<Loss> run{loss, {}, {}};
  auto const data = loss.prepare(p.labels, p.lists(), p.options(7));
  double const value = run(p.scores, data);
  auto const g = run.gradient;
  auto const h = run.hessian;
  if constexpr (WithFloat) {
    std::vector<float> const s(p.scores.begin(), p.scores.end());
    std::vector<float> const y(p.labels.begin(), p.labels.end());
    std::vector<float> gf(p.items());
    std::vector<float> hf(p.items());
    auto const in_floats = loss.prepare(y, p.lists(), p.options(7));
    CHECK(near(loss.gradient(s, in_floats, gf, hf, run.memory), value, in_float));
    for (std::size_t i = 0; i < p.items(); ++i) {
      CAPTURE(i);
      CHECK(near(static_cast<double>(gf[i]), g[i], in_float));
      CHECK(near(static_cast<double>(hf[i]), h[i], 10 * in_float));
    }
  }
  auto scores = p.scores;
  problem<double> q = p;
  q.scores.clear();
  q.labels.clear();
  q.item_weights.clear();
  q.offsets = {0};
  std::vector<std::size_t> kept;
  for (std::size_t l = 0; l < p.size(); ++l) {
    for (std::size_t i = p.begin_of(l); i < p.end_of(l); ++i) {
      if (p.mask[i] == 0) {
        scores[i] = -std::numeric_limits<double>::infinity();
        CHECK(g[i] == 0);
        CHECK(h[i] == 0);
      } else {
        kept.push_back(i);
        q.scores.push_back(p.scores[i]);
        q.labels.push_back(p.labels[i]);
        q.item_weights.push_back(p.item_weights[i]);
      }
    }
    q.offsets.push_back(static_cast<int>(kept.size()));
  }
  CHECK(near(run(scores, loss.prepare(p.labels, p.lists(), p.options(3))), value, tolerance));
  for (std::size_t i = 0; i < p.items(); ++i) {
    CAPTURE(i);
    CHECK(near(run.gradient[i], g[i], tolerance));
    CHECK(near(run.hessian[i], h[i], tolerance));
  }
  CHECK(near(run(q.scores, loss.prepare(q.labels, q.lists(), q.options(3))), value, tolerance));
  for (std::size_t k = 0; k < kept.size(); ++k) {
    CAPTURE(k);
    CHECK(near(run.gradient[k], g[kept[k]], tolerance));
    CHECK(near(run.hessian[k], h[kept[k]], tolerance));
  }
}

/// Empty lists, single items, equal scores, no gain, huge scores, NaN and infinities: all defined.
template <class Loss>
void check_hostile(Loss const& loss) {
  constexpr double inf = std::numeric_limits<double>::infinity();
  std::vector<int> const offsets{0, 3, 3, 4, 8, 11, 14, 17, 20, 22, 25};
  std::vector<double> const scores{1, 2, 3,    5,    1,    1,      1,       1, 1e30, -1e30, 0, inf, 1, 2, std::nan(""),
                                   1, 2, -inf, -inf, -inf, 1e-310, -1e-310, 7, 1e30, -1e30};
  std::vector<double> const labels{1, 0, 2, 1, 2, 1, 0, 0, 1, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 0, 0, 0};
  auto const lists = rankwise::lists(offsets);
  std::vector<double> per_list(10);
  rankwise::status s;
  loss_run<Loss> run{loss, {}, {}};
  auto const data = loss.prepare(labels, lists);
  double const value = run(scores, data, {.per_list = per_list, .errors = s});
  CHECK(s.code == rankwise::errc::not_finite);
  CHECK(s.where == 5);
  CHECK(s.found == 2);
  CHECK(std::isfinite(value));
  for (std::size_t l = 0; l < 10; ++l) {
    CAPTURE(l);
    CHECK(std::isfinite(per_list[l]) == (l != 5 && l != 6));
    for (std::size_t i = static_cast<std::size_t>(offsets[l]); i < static_cast<std::size_t>(offsets[l + 1]); ++i) {
      CHECK(std::isfinite(run.gradient[i]));
      CHECK(std::isfinite(run.hessian[i]));
      if (l == 5 || l == 6 || l == 7) {
        CHECK(run.gradient[i] == 0);
        CHECK(run.hessian[i] == 0);
      }
    }
  }
}

} // namespace support

#endif
