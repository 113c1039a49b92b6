#ifndef RANKWISE_TESTS_UNIT_LOSS_POSITION_BIAS_HPP
#define RANKWISE_TESTS_UNIT_LOSS_POSITION_BIAS_HPP

#include "unit/loss/pairs.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace naive {

/// Where items were shown: in the order of their lists, but for a few that nobody knows (-1) and one far below.
inline std::vector<int> places_of(std::vector<int> const& offsets) {
  std::vector<int> shown(static_cast<std::size_t>(offsets.back()));
  for (std::size_t l = 0; l + 1 < offsets.size(); ++l) {
    for (int i = offsets[l]; i < offsets[l + 1]; ++i) {
      shown[static_cast<std::size_t>(i)] = i % 11 == 5 ? -1 : i - offsets[l];
    }
  }
  if (!shown.empty()) {
    shown.back() = std::numeric_limits<int>::max();
  }
  return shown;
}

/// Unbiased LambdaMART for NDCG as it is defined, round by round: two loops over every list, in double.
struct unbiased {
  std::size_t cutoff; ///< of NDCG
  double steepness;
  double p;
  column plus, minus;

  unbiased(std::size_t places, std::size_t cutoff_, double steepness_, double p_)
      : cutoff(cutoff_), steepness(steepness_), p(p_), plus(places, 1), minus(places, 1) {}

  /// A problem has columns by these names, of which those of weights and the mask may be empty. Lists with a number
  /// that is not finite count for nothing.
  template <class Problem>
  result round(Problem const& problem, std::vector<int> const& shown) {
    result total{0, column(shown.size()), column(shown.size()), 0, 0};
    column next_plus(plus.size());
    column next_minus(minus.size());
    for (std::size_t l = 0; l + 1 < problem.offsets.size(); ++l) {
      std::vector<std::size_t> item, place;
      column s, y, weight;
      bool finite = true;
      for (auto i = static_cast<std::size_t>(problem.offsets[l]); i < static_cast<std::size_t>(problem.offsets[l + 1]);
           ++i) {
        auto const score = static_cast<double>(problem.scores[i]);
        auto const label = static_cast<double>(problem.labels[i]);
        if (!problem.mask.empty() && problem.mask[i] == 0) {
          continue;
        }
        bool const left_out = score == -std::numeric_limits<double>::infinity();
        finite = finite && std::isfinite(label) && (left_out || std::isfinite(score));
        if (!left_out) {
          auto const at = static_cast<std::size_t>(shown[i]);
          item.push_back(i);
          place.push_back(at < plus.size() ? at : plus.size() - 1);
          s.push_back(score);
          y.push_back(label);
          weight.push_back(problem.weights.empty() ? 1 : static_cast<double>(problem.weights[i]));
        }
      }
      if (!finite || item.empty()) {
        continue;
      }
      double const of_list_weight = problem.list_weights.empty() ? 1 : problem.list_weights[l];
      double const best = ideal(y, cutoff);
      column gains, discounts;
      for (std::size_t const r : ranks(s)) {
        discounts.push_back(r < cutoff ? discount(r) : 0);
      }
      for (double const label : y) {
        gains.push_back(gain(label));
      }
      result const one = of_list(
          s, y,
          [this](double d, double t) {
            term const x = logistic(steepness * d, t);
            return term{x.value, steepness * x.slope, steepness * steepness * x.curvature};
          },
          [&](std::size_t i, std::size_t j) {
            double const change = std::fabs((gains[i] - gains[j]) * (discounts[i] - discounts[j]));
            if (best == 0 || change == 0) {
              return 0.0;
            }
            double const w = of_list_weight * weight[i] * change / best;
            double const cost = w * logistic(steepness * (s[i] - s[j]), 1).value;
            next_plus[place[i]] += cost / minus[place[j]];
            next_minus[place[j]] += cost / plus[place[i]];
            return w / (plus[place[i]] * minus[place[j]]);
          });
      total.value += one.value;
      for (std::size_t k = 0; k < item.size(); ++k) {
        total.gradient[item[k]] = one.gradient[k];
        total.hessian[item[k]] = one.hessian[k];
      }
    }
    settle(next_plus, plus);
    settle(next_minus, minus);
    return total;
  }

private:
  void settle(column const& costs, column& to) const {
    for (std::size_t k = 0; k < to.size(); ++k) {
      if (costs[k] > 0 && costs[0] > 0) {
        to[k] = std::pow(costs[k] / costs[0], 1 / (1 + p));
      }
    }
  }
};

} // namespace naive

#endif
