#include <rankwise/label/agreement.hpp>
#include <rankwise/label/closure.hpp>
#include <rankwise/label/conflict.hpp>
#include <rankwise/label/histogram.hpp>
#include <rankwise/label/reweight.hpp>
#include <rankwise/label/strata.hpp>

#include <doctest/doctest.h>

#include "support/random.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

// Tools over whole columns.
namespace rw = rankwise;
namespace l = rankwise::label;

TEST_CASE("closure: purchase => click => exposure") {
  std::vector<int> const purchase{1, 0, 0, 1, 0};
  std::vector<float> click{0, 1, 0, 1, std::nanf("")};
  std::vector<std::uint8_t> exposure{0, 0, 0, 1, 1};
  auto const repairs = l::closure(purchase, click, exposure);
  CHECK(repairs.clicks == 1);
  CHECK(repairs.exposures == 2);
  CHECK(click[0] == 1);
  CHECK(std::isnan(click[4])); // not implied, not touched
  CHECK(exposure == std::vector<std::uint8_t>{1, 1, 0, 1, 1});
  auto const again = l::closure(purchase, click, exposure);
  CHECK(again.clicks + again.exposures == 0);
  rw::status s;
  std::vector<float> few(4);
  l::closure(purchase, few, exposure, {.errors = s});
  CHECK(s.code == rw::errc::size_mismatch);
  CHECK(few == std::vector<float>(4));
}

TEST_CASE("the mix of grades") {
  std::vector<float> const y{0, 0, 0, 0, 1, 1, 2, 2, 0.5f, -1, 3, std::nanf("")};
  l::label_mix mix(3);
  CHECK(mix.coefficient_of_variation() == 0);
  mix.add(y);
  CHECK(mix.weight(0) == 4);
  CHECK(mix.outside() == 4);
  CHECK(mix.share(1) == 0.25);
  CHECK(mix.coefficient_of_variation() == doctest::Approx(std::sqrt(8.0 / 9) / (8.0 / 3))); // numpy: std / mean
  CHECK(mix.distance(std::vector<double>{2, 1, 1}) == doctest::Approx(0));
  CHECK(mix.distance(std::vector<double>{0, 0, 7}) == doctest::Approx(0.75));
  CHECK(mix.distance(std::vector<double>{1}) == doctest::Approx(0.5));
  CHECK(mix.distance(std::vector<double>{2, 1, 1, 4}) == doctest::Approx(0.5)); // half is wanted of a fourth grade
  // Parts, merged.
  l::label_mix left(3), right(3);
  left.add(std::vector<float>(y.begin(), y.begin() + 5));
  right.add(std::vector<float>(y.begin() + 5, y.end()));
  left.merge(right);
  for (std::size_t k = 0; k < 3; ++k) {
    CHECK(left.weight(k) == mix.weight(k));
  }
  l::label_mix four(4); // counts other labels as outside
  four.add(y);
  rw::status s;
  left.merge(four, s);
  CHECK(s.code == rw::errc::bad_format);
  CHECK(left.grades() == 3);
  CHECK(left.total() == mix.total());
}

TEST_CASE("histogram: bounds and bins that cannot be") {
  rw::status s;
  std::vector<double> const x{0.5};
  auto const refused = [&](double low, double high, std::size_t bins) {
    l::histogram h(low, high, bins);
    h.add(x, {.errors = s});
    return s.code == rw::errc::out_of_range && h.above() == 0 && h.total() == 0;
  };
  CHECK(refused(std::nan(""), 1, 4));
  CHECK(refused(0, INFINITY, 4));
  CHECK(refused(-1e308, 1e308, 4)); // all would fall into the first bin
  CHECK(refused(1, 0, 4));
  CHECK(refused(0, 1, 0));
  CHECK(!refused(0.5, 0.5, 1));
  CHECK(s.ok());
}

TEST_CASE("histogram: an edge belongs to the bin that it begins") {
  for (int k = 1; k <= 40; ++k) {
    double const low = 0.1 * k;
    l::histogram h(low, low + 1.3, 10);
    for (std::size_t b = 0; b < 10; ++b) {
      CAPTURE(b);
      CAPTURE(low);
      double const before = h.weight(b);
      h.add(std::vector<double>{h.lower_edge(b)});
      CHECK(h.weight(b) == before + 1);
    }
  }
}

TEST_CASE("histogram: edges decide far from 0, in tiny and in huge ranges and among many bins, too") {
  struct range {
    double low, high;
    std::size_t bins;
  };
  for (range const& r : {range{0, 1, 20}, range{1e9, 1e9 + 1e-5, 7}, range{-1e300, 1e8, 9}, range{0, 5e-323, 15},
                         range{-8e307, 8e307, 3}, range{0.1, 0.7, 1000}, range{-3, 3, 100000}}) {
    CAPTURE(r.low);
    CAPTURE(r.bins);
    l::histogram h(r.low, r.high, r.bins);
    std::vector<double> right(r.bins), x;
    std::size_t const step = r.bins < 500 ? 1 : r.bins / 500;
    for (std::size_t b = 0; b < r.bins; b += step) {
      double const edge = h.lower_edge(b);
      for (double const near : {std::nextafter(edge, r.low), edge, std::nextafter(edge, r.high),
                                edge / 2 + h.lower_edge(b + 1) / 2, edge * 0.3 + h.lower_edge(b + 1) * 0.7}) {
        if (near >= r.low && near <= r.high) {
          x.push_back(near);
        }
      }
    }
    for (double const v : x) {
      double const at = (v - r.low) / (r.high - r.low) * static_cast<double>(r.bins);
      std::size_t bin = std::min(static_cast<std::size_t>(at), r.bins - 1);
      bin -= bin > 0 && v < h.lower_edge(bin) ? 1 : 0;
      bin += bin + 1 < r.bins && v >= h.lower_edge(bin + 1) ? 1 : 0;
      right[bin] += 1;
    }
    h.add(x);
    std::size_t wrong = 0;
    for (std::size_t b = 0; b < r.bins; ++b) {
      wrong += h.weight(b) != right[b] ? 1 : 0;
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("histogram") {
  std::vector<double> const x{-1, 0, 0.1, 0.25, 0.5, 0.99, 1, 1.5, std::nan(""), INFINITY};
  l::histogram h(0, 1, 4);
  h.add(x);
  CHECK(h.weight(0) == 2);
  CHECK(h.weight(1) == 1);
  CHECK(h.weight(2) == 1);
  CHECK(h.weight(3) == 2);
  CHECK(h.below() == 1);
  CHECK(h.above() == 1);
  CHECK(h.not_finite() == 2);
  CHECK(h.lower_edge(1) == 0.25);
  double mean = 0, squares = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    mean += x[i] / 8;
  }
  for (std::size_t i = 0; i < 8; ++i) {
    squares += (x[i] - mean) * (x[i] - mean) / 8;
  }
  CHECK(h.mean() == doctest::Approx(mean).epsilon(1e-14));
  CHECK(h.standard_deviation() == doctest::Approx(std::sqrt(squares)).epsilon(1e-14));
  CHECK(h.coefficient_of_variation() == doctest::Approx(std::sqrt(squares) / mean).epsilon(1e-14));
  l::histogram a(0, 1, 4), b(0, 1, 4);
  a.add(std::vector<double>(x.begin(), x.begin() + 3));
  b.add(std::vector<double>(x.begin() + 3, x.end()));
  a.merge(b);
  CHECK(a.mean() == doctest::Approx(mean).epsilon(1e-14));
  CHECK(a.standard_deviation() == doctest::Approx(std::sqrt(squares)).epsilon(1e-14));
}

TEST_CASE("re-weighting reaches the target mix and keeps the total") {
  std::vector<int> const y{0, 0, 0, 0, 1, 1, 2, 2, 2, 7};
  std::vector<double> const target{1, 1, 2};
  std::vector<float> w(10, -1);
  CHECK(l::reweight(y, target, w) == 0);
  l::label_mix mix(3);
  mix.add(y, {.item_weights = w});
  CHECK(mix.distance(target) == doctest::Approx(0).epsilon(1e-6));
  CHECK(mix.total() == doctest::Approx(9));
  CHECK(w[9] == 0);
  // Masked items weigh nothing; a grade without items is reported, the others fill in.
  std::vector<int> const mask{1, 1, 1, 1, 1, 1, 0, 0, 0, 1};
  CHECK(l::reweight(y, target, w, {.mask = mask}) == doctest::Approx(0.5));
  CHECK(w[6] == 0);
  CHECK(w[0] == doctest::Approx(0.75));
  CHECK(w[4] == doctest::Approx(1.5));
}

TEST_CASE("re-sampling: the target mix, without repetition, the same for the same seed") {
  support::random r(81);
  auto const y = r.grades<int>(1000, 4);
  std::vector<double> const even{1, 1, 1, 1};
  auto const items = l::resample(y, even, {.seed = 5});
  CHECK(std::is_sorted(items.begin(), items.end()));
  CHECK(std::adjacent_find(items.begin(), items.end()) == items.end());
  std::vector<int> drawn;
  for (std::size_t const i : items) {
    drawn.push_back(y[i]);
  }
  l::label_mix mix(4), all(4);
  mix.add(drawn);
  all.add(y);
  CHECK(mix.coefficient_of_variation() == 0);
  CHECK(mix.weight(0) == std::min({all.weight(0), all.weight(1), all.weight(2), all.weight(3)}));
  CHECK(l::resample(y, even, {.seed = 5}) == items);
  CHECK(l::resample(y, even, {.seed = 6}) != items);
  // What is drawn of a grade does not depend on the labels of the others.
  auto const only = l::resample(y, std::vector<double>{0, 0, 1, 0});
  CHECK(only.size() == static_cast<std::size_t>(all.weight(2)));
  CHECK(l::resample(y, std::vector<double>{1, 1, 1, 1, 1}).empty()); // nothing of grade 4
  CHECK(l::resample(y, std::vector<double>{1e308, 1e308, 1e308, 1e308}, {.seed = 5}) ==
        l::resample(y, std::vector<double>{1, 1, 1, 1}, {.seed = 5}));
  CHECK(l::resample(std::vector<int>{}, even).empty());
  // A target is a parameter: shares that cannot be are told before anything is written.
  rw::status s;
  for (double const wrong : {-1.0, std::nan(""), std::numeric_limits<double>::infinity()}) {
    std::vector<double> const shares{1, wrong};
    std::vector<double> w(y.size(), 7);
    CHECK(l::resample(y, shares, {.errors = s}).empty());
    CHECK(s.code == rw::errc::out_of_range);
    l::reweight(y, shares, w, {.errors = s});
    CHECK(s.code == rw::errc::out_of_range);
    CHECK(w == std::vector<double>(y.size(), 7));
  }
}

TEST_CASE("strata: all exposures, some candidates of every list") {
  std::vector<int> stage, offsets{0};
  support::random r(82);
  for (int list = 0; list < 20; ++list) {
    for (std::size_t i = 0; i < 30 + r.below(100); ++i) {
      stage.push_back(static_cast<int>(r.below(4))); // 3: of no stratum
    }
    offsets.push_back(static_cast<int>(stage.size()));
  }
  rw::lists<int> const lists(offsets);
  std::vector<int> const take{1000, 10, 4};
  auto const s = l::sample_lists(stage, lists, take, {.seed = 9});
  REQUIRE(s.offsets.size() == 21);
  for (std::size_t q = 0; q < 20; ++q) {
    int there[4] = {}, kept[4] = {};
    for (std::size_t i = lists.begin_of(q); i < lists.begin_of(q) + lists.size_of(q); ++i) {
      ++there[stage[i]];
    }
    for (std::size_t j = s.offsets[q]; j < s.offsets[q + 1]; ++j) {
      CHECK(s.items[j] >= lists.begin_of(q));
      CHECK(s.items[j] < lists.begin_of(q) + lists.size_of(q));
      CHECK((j == s.offsets[q] || s.items[j - 1] < s.items[j]));
      ++kept[stage[s.items[j]]];
    }
    CHECK(kept[0] == there[0]);
    CHECK(kept[1] == std::min(there[1], 10));
    CHECK(kept[2] == std::min(there[2], 4));
    CHECK(kept[3] == 0);
  }
  CHECK(l::sample_lists(stage, lists, take, {.seed = 9}).items == s.items);
  std::vector<double> const odd{-3, std::nan(""), 1e300};
  for (std::size_t const i : l::sample_lists(stage, lists, odd).items) {
    CHECK(stage[i] == 2);
  }
}

TEST_CASE("conflicts: much conversion, graded irrelevant") {
  std::vector<float> const conversion{0.5f, 0.01f, 0.2f, 0.1f, std::nanf(""), 0.9f};
  std::vector<int> const grade{0, 0, 2, 0, 0, 1};
  rw::status told;
  CHECK(l::find_conflicts(conversion, grade, {.grade_below = std::nan(""), .errors = told}).audited == 0);
  CHECK(told.code == rw::errc::out_of_range);
  auto const c = l::find_conflicts(conversion, grade, {.conversion_from = 0.1f, .grade_below = 1});
  CHECK(c.items == std::vector<std::size_t>{0, 3});
  CHECK(c.high_conversion == 4);
  CHECK(c.irrelevant == 3);
  CHECK(c.audited == 5);
}

TEST_CASE("agreement with people") {
  // scikit-learn 1.9.1: accuracy_score, cohen_kappa_score, f1_score, precision_recall_fscore_support
  std::vector<int> const p{0, 0, 1, 0, 1, 2, 2, 1, 2, 0, 2, 1};
  std::vector<float> const h{0, 0, 0, 0, 1, 1, 2, 2, 2, 2, 0, 1};
  std::vector<double> const w{1, 2, 1, .5, 1, 1, 3, 1, 1, .25, 1, 2};
  l::agreement a(3), b(3);
  a.add(p, h);
  CHECK(a.accuracy() == doctest::Approx(0.5833333333333334).epsilon(1e-14));
  CHECK(a.kappa() == doctest::Approx(0.3529411764705882).epsilon(1e-14));
  CHECK(a.kappa<l::disagreement::linear>() == doctest::Approx(0.36363636363636365).epsilon(1e-14));
  CHECK(a.kappa<l::disagreement::nominal>() == doctest::Approx(0.375).epsilon(1e-14));
  CHECK(a.macro_f1() == doctest::Approx(0.5793650793650794).epsilon(1e-14));
  CHECK(a.weighted_f1() == doctest::Approx(0.5873015873015873).epsilon(1e-14));
  CHECK(a.precision(0) == doctest::Approx(0.75));
  CHECK(a.recall(0) == doctest::Approx(0.6));
  CHECK(a.f1(1) == doctest::Approx(0.57142857142857).epsilon(1e-12));
  CHECK(a.within(1) == doctest::Approx(10.0 / 12));
  CHECK(a.within(2) == 1);
  b.add(p, h, {.item_weights = w});
  CHECK(b.accuracy() == doctest::Approx(0.711864406779661).epsilon(1e-14));
  CHECK(b.kappa() == doctest::Approx(0.6112026359143328).epsilon(1e-14));
  CHECK(b.kappa<l::disagreement::linear>() == doctest::Approx(0.5905362776025236).epsilon(1e-14));
  CHECK(b.kappa<l::disagreement::nominal>() == doctest::Approx(0.568972926514826).epsilon(1e-14));
  CHECK(b.macro_f1() == doctest::Approx(0.7115115115115116).epsilon(1e-14));
  CHECK(b.weighted_f1() == doctest::Approx(0.716078790655062).epsilon(1e-14));
  // Defined where there is nothing to divide by.
  l::agreement none(3), one(3);
  CHECK(none.accuracy() == 0);
  CHECK(none.kappa() == 0);
  one.add(std::vector<int>{1, 1}, std::vector<int>{1, 1});
  CHECK(one.kappa() == 1);
  CHECK(one.macro_f1() == 1);
  one.add(std::vector<float>{std::nanf(""), 5}, std::vector<int>{1, 1});
  CHECK(one.outside() == 2);
  one.merge(a);
  CHECK(one.total() == 14);
  rw::status s;
  one.add(p, std::vector<int>(3), {.errors = s});
  CHECK(s.code == rw::errc::size_mismatch);
}
