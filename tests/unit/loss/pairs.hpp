#ifndef RANKWISE_TESTS_UNIT_LOSS_PAIRS_HPP
#define RANKWISE_TESTS_UNIT_LOSS_PAIRS_HPP

#include "support/problem.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <vector>

// Losses over pairs written down as they are defined: two loops over a list, in double.
namespace naive {

using column = std::vector<double>;

struct term {
  double value, slope, curvature; // by d = s_better - s_worse
};

struct result {
  double value = 0;
  column gradient, hessian;
  double pairs = 0;
  double slopes = 0;
};

/// One list. `function(d, t)` is the term of a pair, `weight(i, j)` everything it is multiplied by, i the better item;
/// it is 0 for a pair that does not count.
template <class Function, class Weight>
result of_list(column const& s, column const& y, Function function, Weight weight) {
  std::size_t const n = s.size();
  result r{0, column(n), column(n), 0, 0};
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      double const w = y[i] > y[j] ? weight(i, j) : 0;
      if (w == 0) {
        continue;
      }
      term const t = function(s[i] - s[j], y[i] - y[j]);
      r.value += w * t.value;
      r.gradient[i] += w * t.slope;
      r.gradient[j] -= w * t.slope;
      r.hessian[i] += w * t.curvature;
      r.hessian[j] += w * t.curvature;
      r.pairs += 1;
      r.slopes += std::fabs(w * t.slope);
    }
  }
  return r;
}

inline term logistic(double d, double) {
  double const p = 1 / (1 + std::exp(d));
  return {d > 0 ? std::log1p(std::exp(-d)) : std::log1p(std::exp(d)) - d, -p, p * (1 - p)};
}

/// Ranks from 0, the greatest score first, equal scores in the order of the list.
inline std::vector<std::size_t> ranks(column const& s) {
  std::vector<std::size_t> order(s.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return s[a] > s[b]; });
  std::vector<std::size_t> rank(s.size());
  for (std::size_t r = 0; r < order.size(); ++r) {
    rank[order[r]] = r;
  }
  return rank;
}

inline double gain(double y) {
  return std::exp2(y) - 1;
}
inline double discount(std::size_t rank) {
  return 1 / std::log2(static_cast<double>(rank) + 2);
}

inline double ideal(column y, std::size_t cutoff) {
  std::sort(y.begin(), y.end(), std::greater<>());
  double sum = 0;
  for (std::size_t r = 0; r < y.size() && r < cutoff; ++r) {
    sum += gain(y[r]) * discount(r);
  }
  return sum;
}

/// The items of one list of a problem that take part, and where they stand.
struct live_list {
  column scores, labels, weights;
  std::vector<std::size_t> item;
};

inline live_list live(support::problem<double> const& p, std::size_t list, bool weighted, bool masked) {
  live_list l;
  for (std::size_t i = p.begin_of(list); i < p.end_of(list); ++i) {
    if (!masked || p.mask[i] != 0) {
      l.scores.push_back(p.scores[i]);
      l.labels.push_back(p.labels[i]);
      l.weights.push_back(weighted ? p.item_weights[i] : 1.0);
      l.item.push_back(i);
    }
  }
  return l;
}

/// All lists: `each(live_list)` gives a result for one.
template <class F>
result of_problem(support::problem<double> const& p, unsigned which, F each) {
  result total{0, column(p.items()), column(p.items()), 0, 0};
  for (std::size_t l = 0; l < p.size(); ++l) {
    live_list const items = live(p, l, (which & 1u) != 0, (which & 4u) != 0);
    result const r = each(items);
    double const q = (which & 2u) != 0 ? p.list_weights[l] : 1;
    total.value += q * r.value;
    for (std::size_t k = 0; k < items.item.size(); ++k) {
      total.gradient[items.item[k]] = q * r.gradient[k];
      total.hessian[items.item[k]] = q * r.hessian[k];
    }
  }
  return total;
}

/// The largest difference, relative to the largest number, or to `least`.
template <class A, class B>
double distance(A const& a, B const& b, double least = 1e-300) {
  double difference = 0;
  double largest = least;
  for (std::size_t i = 0; i < b.size(); ++i) {
    double const d = std::fabs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
    difference = std::isnan(d) ? std::numeric_limits<double>::infinity() : std::max(difference, d);
    largest = std::max(largest, std::fabs(static_cast<double>(b[i])));
  }
  return difference / largest;
}

} // namespace naive

#endif
