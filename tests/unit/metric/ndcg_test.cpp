#include <rankwise/metric/ndcg.hpp>

#include <doctest/doctest.h>

#include "support/problem.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

namespace rw = rankwise;

namespace {

using column = std::vector<double>;
using groups = rw::lists<int>;

// Few types: each is a second of compiling.
using at_ten = rw::metric::ndcg<10, rw::empty::skip>;
using linear_gain = rw::metric::ndcg<40, rw::gain::linear, rw::empty::skip>;
using at_two = rw::metric::ndcg<2>;
using full = rw::metric::ndcg<rw::metric::all, rw::empty::one>;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

double gain_of(double y, bool linear) {
  return linear ? y : std::exp2(y) - 1;
}

// DCG of the first `cutoff` items in the order of `key`, equal keys in the order of the list.
template <class Key>
double dcg(std::vector<std::size_t> items, Key const& key, column const& gains, std::size_t cutoff) {
  std::stable_sort(items.begin(), items.end(), [&](auto a, auto b) { return key(a) > key(b); });
  double sum = 0;
  for (std::size_t r = 0; r < std::min(cutoff, items.size()); ++r) {
    sum += gains[items[r]] / std::log2(static_cast<double>(r) + 2);
  }
  return sum;
}

// Per list, NaN where there is no ideal.
column reference(support::problem<double> const& p, unsigned options, std::size_t cutoff, bool linear) {
  column out;
  column gains(p.items());
  for (std::size_t i = 0; i < p.items(); ++i) {
    gains[i] = gain_of(p.labels[i], linear) * ((options & 1u) != 0 ? p.item_weights[i] : 1);
  }
  for (std::size_t l = 0; l < p.size(); ++l) {
    std::vector<std::size_t> items;
    for (std::size_t i = p.begin_of(l); i < p.end_of(l); ++i) {
      if ((options & 4u) == 0 || p.mask[i] != 0) {
        items.push_back(i);
      }
    }
    double const ideal = dcg(
        items, [&](auto i) { return gains[i]; }, gains, cutoff);
    out.push_back(ideal > 0 ? dcg(
                                  items, [&](auto i) { return p.scores[i]; }, gains, cutoff) /
                                  ideal
                            : nan);
  }
  return out;
}

template <class Metric>
void agrees(Metric metric, std::size_t cutoff, bool linear, std::size_t longest) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    support::problem<double> p(seed, 70, longest);
    p.labels[0] = 0.5;
    for (unsigned which = 0; which < p.combinations; ++which) {
      CAPTURE(seed);
      CAPTURE(which);
      CAPTURE(cutoff);
      column const expected = reference(p, which, cutoff, linear);
      column per_list(p.size());
      auto o = p.options(which);
      o.per_list = per_list;
      double const value = metric(p.scores, p.labels, p.lists(), o);
      double sum = 0;
      double weight = 0;
      for (std::size_t l = 0; l < p.size(); ++l) {
        CAPTURE(l);
        double const q = (which & 2u) != 0 ? p.list_weights[l] : 1;
        if (std::isnan(expected[l])) {
          CHECK(std::isnan(per_list[l]));
        } else {
          CHECK(per_list[l] == doctest::Approx(expected[l]).epsilon(1e-12));
          sum += q * expected[l];
          weight += q;
        }
      }
      CHECK(value == doctest::Approx(sum / weight).epsilon(1e-12));
    }
  }
}

} // namespace

TEST_CASE("agrees with a stable sort of everything") {
  agrees(at_ten{}, 10, false, 40);
  agrees(linear_gain{}, 40, true, 300);
}

TEST_CASE("values of other libraries") {
  // TensorFlow Ranking, keras/metrics.py; Rax, metrics_test.py has the DCG 1.1309297 of the same order
  CHECK(full{}(column{3, 1, 2}, column{0, 1, 1}, groups::single(3)) ==
        doctest::Approx(0.6934264036172708).epsilon(1e-12));
  // scikit-learn, ndcg_score: gain linear
  column const y{10, 0, 0, 1, 5};
  CHECK(linear_gain{}(column{0.1, 0.2, 0.3, 4, 70}, y, groups::single(5)) ==
        doctest::Approx(0.6956940443813074).epsilon(1e-12));
  CHECK(linear_gain{}(column{0.05, 1.1, 1.0, 0.5, 0.0}, y, groups::single(5)) == doctest::Approx(0.49).epsilon(0.01));
  // scikit-learn, test_ndcg_toy_examples
  for (std::size_t i = 0; i < 5; ++i) {
    column one(7);
    one[i] = 3;
    CHECK(linear_gain{}(column{6, 5, 4, 3, 2, 1, 0}, one, groups::single(7)) ==
          doctest::Approx(1 / std::log2(static_cast<double>(i) + 2)).epsilon(1e-12));
  }
  // XGBoost, test_rank_metric: {.1, .9, .1, .9} on {0, 0, 1, 1}; equal scores keep their order
  column const s{0.1, 0.9, 0.1, 0.9};
  column const z{0, 0, 1, 1};
  CHECK(full{}(s, z, groups::single(4)) == doctest::Approx(0.6509209298071326).epsilon(1e-12));
  CHECK(at_two{}(s, z, groups::single(4)) == doctest::Approx(0.38685280723454163).epsilon(1e-12));
}

TEST_CASE("no permutation beats the ideal, and the ideal is 1") {
  column const y{3, 0, 1, 2, 0, 1};
  column order(6);
  std::iota(order.begin(), order.end(), 0.0);
  double best = 0;
  do {
    double const v = at_ten{}(order, y, groups::single(6));
    CHECK((v >= 0 && v <= 1 + 1e-15));
    best = std::max(best, v);
  } while (std::next_permutation(order.begin(), order.end()));
  CHECK(best == 1);
}

TEST_CASE("lists in which nothing is relevant") {
  column const s{1, 2, 3, 6, 5, 4};
  column const y{0, 0, 0, 0, 1, 0};
  std::vector<int> const offsets{0, 3, 3, 6};
  groups const g(offsets);
  column per_list(3);
  double const third = full{}(column{6, 5, 4}, column{0, 1, 0}, groups::single(3));
  CHECK(at_two{}(s, y, g, {.per_list = per_list}) == doctest::Approx(third / 3));
  CHECK(per_list == column{0, 0, third});
  CHECK(full{}(s, y, g, {.per_list = per_list}) == doctest::Approx((third + 2) / 3));
  CHECK(per_list == column{1, 1, third});
  CHECK(at_ten{}(s, y, g, {.per_list = per_list}) == third);
  CHECK(std::isnan(per_list[0]));
  CHECK(std::isnan(per_list[1]));
  CHECK(per_list[2] == third);
  CHECK(at_ten{}(column{1}, column{0}, groups::single(1)) == 0);
  CHECK(full{}(column{}, column{}, groups{}) == 0);
  CHECK(full{}(column{1, 2}, column{1, 2}, groups::single(2), {.mask = column{0, 0}}) == 1);
}

TEST_CASE("labels below 0 cost; a list whose ideal is not positive counts as empty") {
  column const s{3, 2, 1};
  double const d1 = 1;
  double const d2 = 1 / std::log2(3.0);
  double const d3 = 0.5;
  CHECK(linear_gain{}(s, column{-1, 2, 0}, groups::single(3)) == doctest::Approx((-d1 + 2 * d2) / (2 * d1 - d3)));
  CHECK(linear_gain{}(s, column{-1, -2, 0}, groups::single(3)) == 0);
}

TEST_CASE("an item with a score of minus infinity is out of its list, as a masked one is") {
  column const s{1, -infinity, 2, 0.5};
  column const y{1, 3, 0, 2};
  CHECK(full{}(s, y, groups::single(4)) == full{}(s, y, groups::single(4), {.mask = std::vector<int>{1, 0, 1, 1}}));
  CHECK(full{}(column{-infinity, -infinity}, column{1, 0}, groups::single(2)) == 1);
}

TEST_CASE("gains that overflow flag the list") {
  std::vector<float> const s{1, 2, 3, 1, 2, 3};
  std::vector<float> const y{200, 0, 1, 1, 0, 0};
  std::vector<float> const w{1, 1, 1, 0, 1, 1};
  column per_list(2);
  rw::status status;
  double const v = full{}(s, y, groups::uniform(2, 3), {.per_list = per_list, .errors = status});
  CHECK(status.code == rw::errc::not_finite);
  CHECK(status.where == 0);
  CHECK(std::isnan(per_list[0]));
  CHECK(v == per_list[1]);
  // 0 times an infinite gain
  std::vector<float> const z{200, 0, 1};
  std::vector<float> const none{0, 1, 1};
  full{}(column{1, 2, 3}, z, groups::single(3)); // runs in double, where 2^200 fits
  full{}(std::vector<float>{1, 2, 3}, z, groups::single(3), {.item_weights = none, .errors = status});
  CHECK(status.code == rw::errc::not_finite);
}

TEST_CASE("executors agree, and data may be of another type than the scores") {
  support::problem<double> const p(9, 40, 320);
  std::vector<float> const sf(p.scores.begin(), p.scores.end());
  at_ten const metric;
  auto const data = metric.prepare(p.labels, p.lists());
  double const expected = metric(p.scores, data);
  CHECK(metric(rw::exec::scalar{}, p.scores, data) == doctest::Approx(expected).epsilon(1e-13));
  CHECK(metric(sf, data) == doctest::Approx(expected).epsilon(1e-6));
}

namespace {

// Long and short lists whose first few are found without an order: T says how many registers the cutoff takes.
template <class T, class Metric>
void first_few(Metric metric, std::size_t cutoff, bool linear) {
  support::random r{23};
  std::vector<std::size_t> const sizes{33, 47, 64, 65, 120, 129, 255, 511, 512, 513, 700, 1024, 2000, 2077};
  std::vector<std::size_t> offsets{0};
  std::vector<T> scores;
  std::vector<T> labels;
  column expected;
  for (int kind = 0; kind < 6; ++kind) {
    for (std::size_t n : sizes) {
      std::vector<T> s = kind == 1 ? r.grades<T>(n, 3) : kind == 2 ? r.grades<T>(n, 40) : r.uniforms<T>(n, -1, 1);
      if (kind == 3) {
        std::sort(s.begin(), s.end());
      } else if (kind == 4) {
        std::fill(s.begin(), s.end(), T(0.25));
      } else if (kind == 5) { // their sum is not finite
        for (T& x : s) {
          x *= std::numeric_limits<T>::max();
        }
      }
      std::vector<T> const y = r.grades<T>(n, 5);
      std::vector<std::size_t> items(n);
      std::iota(items.begin(), items.end(), std::size_t{0});
      column gains;
      for (T const label : y) {
        gains.push_back(gain_of(static_cast<double>(label), linear));
      }
      double const ideal = dcg(
          items, [&](auto i) { return gains[i]; }, gains, cutoff);
      expected.push_back(dcg(
                             items, [&](auto i) { return s[i]; }, gains, cutoff) /
                         ideal);
      scores.insert(scores.end(), s.begin(), s.end());
      labels.insert(labels.end(), y.begin(), y.end());
      offsets.push_back(scores.size());
    }
  }
  rw::lists const lists(offsets);
  auto const data = metric.prepare(labels, lists);
  column per_list(lists.size());
  metric(scores, data, {.per_list = per_list});
  for (std::size_t l = 0; l < lists.size(); ++l) {
    CAPTURE(l);
    CHECK(per_list[l] == doctest::Approx(expected[l]).epsilon(sizeof(T) == 4 ? 2e-6 : 1e-13));
  }
  // One score that is no number anywhere: its list is flagged, the others keep their values.
  for (std::size_t l = 0; l < sizes.size(); ++l) {
    for (std::size_t i : {std::size_t{0}, sizes[l] / 2, sizes[l] - 17, sizes[l] - 1}) {
      for (double bad : {nan, infinity}) {
        CAPTURE(l);
        CAPTURE(i);
        T& x = scores[offsets[l] + i];
        T const kept = x;
        x = static_cast<T>(bad);
        column with_bad(lists.size());
        rw::status status;
        metric(scores, data, {.per_list = with_bad, .errors = status});
        CHECK(status.code == rw::errc::not_finite);
        CHECK(status.where == l);
        CHECK(std::isnan(with_bad[l]));
        with_bad[l] = per_list[l];
        CHECK(with_bad == per_list);
        x = kept;
      }
    }
  }
}

} // namespace

TEST_CASE("the first few of lists of any length, many equal scores, scores whose sum overflows") {
  first_few<float>(at_ten{}, 10, false);
  first_few<double>(at_ten{}, 10, false);
  first_few<float>(linear_gain{}, 40, true);
}
