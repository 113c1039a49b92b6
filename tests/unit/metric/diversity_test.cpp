#include <rankwise/metric/diversity.hpp>
#include <rankwise/metric/err.hpp>
#include <rankwise/metric/list_auc.hpp>
#include <rankwise/metric/map.hpp>
#include <rankwise/metric/ndcg.hpp>
#include <rankwise/metric/pairs.hpp>
#include <rankwise/metric/precision.hpp>

#include <doctest/doctest.h>

#include "support/executors.hpp"
#include "support/in_groups.hpp"
#include "support/random.hpp"

#if __has_include(<tbb/parallel_for.h>)
#include <rankwise/backend/parallel.hpp>
#endif

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <vector>

namespace diversity_test {

namespace rw = rankwise;

namespace {

using column = std::vector<double>;
auto const one = [](std::size_t n) { return rw::lists<int>::single(n); };

double alpha_dcg(std::vector<std::size_t> const& order, column const& j, std::size_t subtopics, double alpha,
                 std::size_t k) {
  column seen(subtopics);
  double sum = 0;
  for (std::size_t r = 0; r < std::min(k, order.size()); ++r) {
    for (std::size_t s = 0; s < subtopics; ++s) {
      if (j[order[r] * subtopics + s] > 0) {
        sum += std::pow(1 - alpha, seen[s]++) / std::log2(static_cast<double>(r) + 2);
      }
    }
  }
  return sum;
}

} // namespace

TEST_CASE("alpha-nDCG: repeated subtopics are worth less") {
  // Items: 0 has subtopics a and b, 1 has a, 2 has c.
  column const j{1, 1, 0, 1, 0, 0, 0, 0, 1};
  rw::metric::alpha_ndcg<3> const metric{.alpha = 0.5};
  double const d2 = 1 / std::log2(3.0);
  double const d3 = 0.5;
  double const best = 2 + 1 * d2 + 0.5 * d3; // 0, 2, 1
  CHECK(metric(column{3, 1, 2}, rw::row_major(j, 3), one(3)) == doctest::Approx(1));
  CHECK(metric(column{3, 2, 1}, rw::row_major(j, 3), one(3)) == doctest::Approx((2 + 0.5 * d2 + d3) / best));
  CHECK(rw::metric::alpha_ndcg<1>{}(column{1, 3, 2}, rw::row_major(j, 3), one(3)) == doctest::Approx(0.5));
  // alpha = 0 is nDCG with the number of subtopics as gain.
  CHECK(rw::metric::alpha_ndcg<3>{.alpha = 0}(column{1, 2, 3}, rw::row_major(j, 3), one(3)) ==
        doctest::Approx(rw::metric::ndcg<3, rw::gain::linear>{}(column{1, 2, 3}, column{2, 1, 1}, one(3))));
  column const zeros(4);
  CHECK(metric(column{1, 2}, rw::row_major(zeros, 2), one(2)) == 0);
  column per_list(2);
  using skipping = rw::metric::alpha_ndcg<3, rw::empty::skip>;
  skipping{}(column{1, 2}, rw::row_major(zeros, 2), rw::lists_of_sizes(std::vector{2, 0}), {.per_list = per_list});
  CHECK(std::isnan(per_list[0]));
  CHECK(std::isnan(per_list[1]));
}

TEST_CASE("alpha-nDCG of random lists") {
  support::random r{4};
  for (int round = 0; round < 30; ++round) {
    CAPTURE(round);
    std::size_t const n = 1 + r.below(7);
    column const s = r.uniforms<double>(n, 0, 1);
    column const j = r.grades<double>(n * 4, 2);
    std::vector<std::size_t> order(n);
    std::iota(order.begin(), order.end(), 0u);
    std::sort(order.begin(), order.end(), [&](auto a, auto b) { return s[a] > s[b]; });
    double const dcg = alpha_dcg(order, j, 4, 0.3, 5);
    std::vector<std::size_t> greedy;
    while (greedy.size() < n) {
      std::size_t best = n;
      double most = -1;
      for (std::size_t i = 0; i < n; ++i) { // of equal gains the first of the list
        if (std::count(greedy.begin(), greedy.end(), i) == 0) {
          greedy.push_back(i);
          double const v = alpha_dcg(greedy, j, 4, 0.3, n);
          greedy.pop_back();
          if (v > most + 1e-12) {
            most = v;
            best = i;
          }
        }
      }
      greedy.push_back(best);
    }
    double const ideal = alpha_dcg(greedy, j, 4, 0.3, 5);
    double const found = rw::metric::alpha_ndcg<5>{.alpha = 0.3}(s, rw::row_major(j, 4), one(n));
    CHECK(found == doctest::Approx(ideal > 0 ? dcg / ideal : 0).epsilon(1e-12));
  }
}

// pyndeval 0.0.8, whose documents are named so that its order of equal gains is that of the list.
TEST_CASE("alpha-nDCG and intent-aware metrics of ndeval") {
  column const s{1, 4, 2, 5, 3, 0};
  column const j{1, 0, 0, 1, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 1, 0, 1, 1, 0, 0, 0, 0, 0};
  auto const judged = rw::row_major(j, 4);
  rw::metric::alpha_ndcg<5> const alpha;
  CHECK(alpha(s, judged, one(6)) == doctest::Approx(0.9821375467708586).epsilon(1e-12));
  // The best item is not retrieved: it remains part of the ideal.
  column const retrieved{1, 1, 1, 0, 1, 1};
  rw::options const opts{.retrieved = retrieved};
  CHECK(alpha(s, judged, one(6), opts) == doctest::Approx(0.9215207471170139).epsilon(1e-12));
  column const even(4, 1);
  CHECK(rw::metric::intent_aware(rw::metric::map<>{}, s, judged, one(6), even, opts) ==
        doctest::Approx(0.5208333333333333).epsilon(1e-12));
  // ERR-IA: ERR of grades 0 and 1, over that of a page on which every item is relevant for everything.
  double best = 0;
  for (int r = 0; r < 20; ++r) {
    best += std::ldexp(0.5, -r) / (r + 1);
  }
  CHECK(rw::metric::intent_aware(rw::metric::err<20>{.max_grade = 1}, s, judged, one(6), even, opts) / best ==
        doctest::Approx(0.6161510457221897).epsilon(1e-12));
  // Masked and minus infinity are the same: the item is out of the ideal, too.
  column without = s;
  without[3] = -std::numeric_limits<double>::infinity();
  CHECK(alpha(s, judged, one(6), {.mask = retrieved}) == alpha(without, judged, one(6)));
  CHECK(alpha(s, judged, one(6), {.mask = retrieved}) > alpha(s, judged, one(6), opts));
  column const all_out(6);
  rw::metric::alpha_ndcg<5, rw::empty::skip> const skipping;
  column per_list(1);
  skipping(s, judged, one(6), {.retrieved = all_out, .per_list = per_list});
  CHECK(per_list[0] == 0); // something could have been found
}

TEST_CASE("intent-aware metrics are weighted means over subtopics") {
  column const s{3, 2, 1, 1, 2};
  column const j{1, 0, 0, 1, 0, 1, 1, 0, 0, 0};
  auto const lists = rw::lists_of_sizes(std::vector{3, 2});
  rw::metric::ndcg<3> const metric;
  column a(2), b(2), mean(2);
  metric(s, column{1, 0, 0, 1, 0}, lists, {.per_list = a});
  metric(s, column{0, 1, 1, 0, 0}, lists, {.per_list = b});
  CHECK(rw::metric::intent_aware(metric, s, rw::row_major(j, 2), lists, column{1e308, 1e308}) ==
        rw::metric::intent_aware(metric, s, rw::row_major(j, 2), lists, column{1, 1}));
  double const value = rw::metric::intent_aware(metric, s, rw::row_major(j, 2), lists, column{3, 1},
                                                {.list_weights = column{1, 3}, .per_list = mean});
  CHECK(mean[0] == doctest::Approx(0.75 * a[0] + 0.25 * b[0]));
  CHECK(mean[1] == doctest::Approx(0.75 * a[1]));
  CHECK(value == doctest::Approx((mean[0] + 3 * mean[1]) / 4));
  // empty::skip: who has nothing relevant is left out.
  rw::metric::ndcg<3, rw::empty::skip> const skipping;
  rw::metric::intent_aware(skipping, s, rw::row_major(j, 2), lists, column{3, 1}, {.per_list = mean});
  CHECK(mean[1] == doctest::Approx(a[1]));
}

TEST_CASE("intra-list diversity") {
  column const x{1, 0, 0, 2, -1, 0, 0, 0};
  rw::metric::intra_list_diversity<3> const metric;
  CHECK(metric(column{4, 3, 2, 1}, rw::row_major(x, 2), one(4)) == doctest::Approx((1 + 2 + 1) / 3.0));
  CHECK(rw::metric::intra_list_diversity<2>{}(column{1, 2, 3, 4}, rw::row_major(x, 2), one(4)) == 1); // zeros: cosine 0
  column per_list(1);
  column const vector{1, 2};
  CHECK(metric(column{4}, rw::row_major(vector, 2), one(1), {.per_list = per_list}) == 0);
  CHECK(std::isnan(per_list[0]));
  // Vectors whose squares leave the range of double; items that are not retrieved are not shown.
  column const wide{1e200, 0, 3e200, 4e200, 0, 1e-200, 0, 0};
  CHECK(metric(column{4, 3, 2, 1}, rw::row_major(wide, 2), one(4)) == doctest::Approx((0.4 + 1 + 0.2) / 3));
  CHECK(rw::metric::intra_list_diversity<2>{}(column{4, 3, 2, 1}, rw::row_major(wide, 2), one(4),
                                              {.retrieved = column{1, 0, 1, 1}}) == doctest::Approx(1));
  rw::status told;
  column const broken{1, 0, std::numeric_limits<double>::quiet_NaN(), 1, 1, 1, 0, 1};
  column two(2);
  CHECK(metric(column{2, 1, 2, 1}, rw::row_major(broken, 2), rw::lists<int>::uniform(2, 2),
               {.per_list = two, .errors = told}) == doctest::Approx(1 - std::sqrt(0.5)));
  CHECK(told.code == rw::errc::not_finite);
  CHECK(told.where == 0);
  CHECK(std::isnan(two[0]));
}

TEST_CASE("intra-list diversity: vectors of any width and size, by rows and by columns") {
  support::random draw(31);
  constexpr std::size_t items = 5;
  column const scores{5, 4, 3, 2, 1};
  for (std::size_t const width : {1u, 2u, 7u, 8u, 9u, 15u, 16u, 17u, 33u, 100u}) {
    CAPTURE(width);
    auto const x = draw.uniforms<double>(items * width, -1, 2);
    double right = 0;
    for (std::size_t a = 0; a < items; ++a) {
      for (std::size_t b = a + 1; b < items; ++b) {
        double ab = 0, aa = 0, bb = 0;
        for (std::size_t k = 0; k < width; ++k) {
          ab += x[a * width + k] * x[b * width + k];
          aa += x[a * width + k] * x[a * width + k];
          bb += x[b * width + k] * x[b * width + k];
        }
        right += 1 - ab / std::sqrt(aa * bb);
      }
    }
    right /= items * (items - 1) / 2;
    column sized(x.size()), padded(items * (width + 2), 99), turned(x.size());
    for (double const size : {1.0, 1e-200, 1e150}) { // one vector among others of size 1
      CAPTURE(size);
      for (std::size_t i = 0; i < items; ++i) {
        for (std::size_t k = 0; k < width; ++k) {
          double const number = x[i * width + k] * (i == 2 ? size : 1);
          sized[i * width + k] = padded[i * (width + 2) + k] = turned[k * items + i] = number;
        }
      }
      support::for_each_executor([&](auto executor) {
        rw::metric::intra_list_diversity<items> const metric;
        double const found = metric(executor, scores, rw::row_major(sized, width), one(items));
        CHECK(found == doctest::Approx(right).epsilon(1e-12));
        CHECK(metric(executor, scores,
                     rw::row_major(padded.data(), items, width, static_cast<std::ptrdiff_t>(width + 2)),
                     one(items)) == found);
        CHECK(metric(executor, scores, rw::column_major(turned, width), one(items)) == found);
      });
    }
  }
}

TEST_CASE("diversity: hostile input") {
  column const j{1, 1, 0, 1};
  rw::status told;
  rw::metric::alpha_ndcg<3> const metric;
  CHECK(std::isnan(metric(column{1, 2, 3}, rw::row_major(j, 2), one(3), {.errors = told})));
  CHECK(told.code == rw::errc::size_mismatch);
  CHECK_THROWS(rw::metric::alpha_ndcg<3>{.alpha = 2}(column{1, 2}, rw::row_major(j, 2), one(2)));
  column per_list(2);
  column const s{1, std::numeric_limits<double>::quiet_NaN(), 1, 2};
  column const j4{1, 1, 0, 1, 1, 1, 0, 1};
  told = {};
  metric(s, rw::row_major(j4, 2), rw::lists<int>::uniform(2, 2), {.per_list = per_list, .errors = told});
  CHECK(told.code == rw::errc::not_finite);
  CHECK(std::isnan(per_list[0]));
  CHECK(per_list[1] > 0);
  // A label that is none, of the first subtopic only.
  column const first_broken{std::numeric_limits<double>::quiet_NaN(), 1, 0, 1};
  rw::metric::intent_aware(rw::metric::ndcg<3>{}, column{1, 2}, rw::row_major(first_broken, 2), one(2), column{1, 1},
                           {.errors = told});
  CHECK(told.code == rw::errc::not_finite);
  told = {};
  CHECK(std::isnan(rw::metric::intent_aware(rw::metric::ndcg<3>{}, column{1, 2, 3}, rw::row_major(j, 2), one(2),
                                            column{1, 1}, {.errors = told})));
  CHECK(told.code == rw::errc::size_mismatch);
  CHECK_THROWS(
      rw::metric::intent_aware(rw::metric::ndcg<3>{}, column{1, 2}, rw::row_major(j, 2), one(2), column{1, -1}));
  CHECK_THROWS(rw::metric::intent_aware(rw::metric::ndcg<3>{}, column{1, 2}, rw::row_major(j, 2), one(2), column{1}));
}

namespace {

/// Lists of all sizes, a page of few items retrieved in each, and a row of numbers for every item.
struct judged_problem : support::grouped_problem {
  std::size_t columns;
  bool everything;
  column rows;
  std::vector<std::uint8_t> retrieved;

  judged_problem(std::size_t topics, bool all, int longest, bool vectors = false)
      : support::grouped_problem(all, longest), columns(topics), everything(all) {
    support::random r(31);
    std::size_t const numbers = scores.size() * topics;
    rows = vectors ? r.uniforms<double>(numbers, -1, 1) : r.grades<double>(numbers, 3);
    for (double& x : rows) {
      x -= vectors ? 0 : 1; // judgments below 0 are as good as 0
    }
    retrieved.resize(scores.size());
    for (auto& found : retrieved) {
      found = r.below(5) != 0;
    }
    if (everything) {
      double const not_a_number = std::numeric_limits<double>::quiet_NaN();
      std::size_t const best = static_cast<std::size_t>(offsets[8]); // of its list, whose last number is none
      mask[best] = retrieved[best] = 1;
      scores[best] = 9;
      rows[(best + 1) * topics - 1] = not_a_number;
      std::size_t const masked = static_cast<std::size_t>(offsets[6]);
      mask[masked] = 0; // nobody sees its numbers
      std::fill_n(rows.begin() + static_cast<std::ptrdiff_t>(masked * topics), topics, not_a_number);
    }
  }

  rw::lists<int> lists() const { return rw::lists(offsets); }
  auto matrix() const { return rw::row_major(rows, columns); }
  double row(std::size_t item, std::size_t k) const { return rows[item * columns + k]; }
  rw::options options() const {
    rw::options given;
    if (everything) {
      given.list_weights = list_weights;
      given.mask = mask;
      given.retrieved = retrieved;
    }
    return given;
  }
  bool shown(std::size_t i) const {
    double const lowest = -std::numeric_limits<double>::infinity();
    return scores[i] != lowest && (!everything || (mask[i] != 0 && retrieved[i] != 0));
  }
  /// What could have been found.
  bool counts(std::size_t i) const { return shown(i) || (everything && mask[i] != 0 && retrieved[i] == 0); }
  /// The items of a list that take part, best first; `finite`: all of their scores are.
  std::vector<std::size_t> order(std::size_t list, bool& finite) const {
    std::vector<std::size_t> items;
    finite = true;
    for (std::size_t i = lists().begin_of(list); i < lists().end_of(list); ++i) {
      if (shown(i)) {
        items.push_back(i);
        finite = finite && std::isfinite(scores[i]);
      }
    }
    if (finite) {
      std::stable_sort(items.begin(), items.end(), [&](auto a, auto b) { return scores[a] > scores[b]; });
    }
    return items;
  }
  double weight(std::size_t list) const { return everything ? list_weights[list] : 1; }
};

/// By the definition, list by list; NaN: no value.
column alpha_of_lists(judged_problem const& p, double alpha, std::size_t k, double empty) {
  column values;
  for (std::size_t l = 0; l < p.lists().size(); ++l) {
    bool finite = true;
    auto const items = p.order(l, finite);
    column left;
    auto const worth = [&](std::size_t item) {
      double sum = 0;
      for (std::size_t s = 0; s < p.columns; ++s) {
        sum += p.row(item, s) > 0 ? left[s] : 0;
      }
      return sum;
    };
    auto const show = [&](std::size_t item, std::size_t r) {
      double const gain = worth(item) / std::log2(static_cast<double>(r) + 2);
      for (std::size_t s = 0; s < p.columns; ++s) {
        left[s] *= p.row(item, s) > 0 ? 1 - alpha : 1;
      }
      return gain;
    };
    left.assign(p.columns, 1);
    double dcg = 0;
    for (std::size_t r = 0; r < std::min(k, items.size()); ++r) {
      dcg += show(items[r], r);
    }
    std::vector<std::size_t> others;
    for (std::size_t i = p.lists().begin_of(l); i < p.lists().end_of(l); ++i) {
      if (p.counts(i)) {
        others.push_back(i);
        for (std::size_t s = 0; s < p.columns; ++s) {
          finite = finite && !std::isnan(p.row(i, s));
        }
      }
    }
    left.assign(p.columns, 1);
    double ideal = 0;
    for (std::size_t r = 0; r < k && !others.empty(); ++r) {
      auto const best =
          std::max_element(others.begin(), others.end(), [&](auto a, auto b) { return worth(a) < worth(b); });
      ideal += show(*best, r);
      others.erase(best);
    }
    values.push_back(!finite ? std::nan("") : ideal > 0 ? dcg / ideal : empty);
  }
  return values;
}

column diversity_of_lists(judged_problem const& p, std::size_t k) {
  column values;
  for (std::size_t l = 0; l < p.lists().size(); ++l) {
    bool finite = true;
    auto const items = p.order(l, finite);
    double sum = 0;
    double pairs = 0;
    for (std::size_t b = 0; b < std::min(k, items.size()); ++b) {
      for (std::size_t a = 0; a < b; ++a) {
        double product = 0, own = 0, other = 0;
        for (std::size_t c = 0; c < p.columns; ++c) {
          product += p.row(items[a], c) * p.row(items[b], c);
          own += p.row(items[a], c) * p.row(items[a], c);
          other += p.row(items[b], c) * p.row(items[b], c);
        }
        sum += 1 - product / std::sqrt(own * other);
        pairs += 1;
      }
    }
    values.push_back(finite && pairs > 0 ? sum / pairs : std::nan(""));
  }
  return values;
}

/// Subtopic by subtopic; NaN of one is NaN of the list.
template <class Metric>
column aware_of_lists(Metric const& metric, judged_problem const& p, column const& intents) {
  column sum(p.lists().size()), mass(p.lists().size());
  for (std::size_t s = 0; s < p.columns; ++s) {
    column labels;
    for (std::size_t i = 0; i < p.scores.size(); ++i) {
      labels.push_back(p.row(i, s));
    }
    column values(sum.size());
    rw::status told;
    rw::options given = p.options();
    given.per_list = values;
    given.errors = told;
    metric(rw::exec::scalar{}, p.scores, labels, p.lists(), given);
    for (std::size_t l = 0; l < sum.size(); ++l) {
      bool finite = true;
      p.order(l, finite);
      for (std::size_t i = p.lists().begin_of(l); i < p.lists().end_of(l); ++i) {
        finite = finite && (std::isfinite(labels[i]) || !p.counts(i));
      }
      sum[l] += !finite ? std::nan("") : std::isnan(values[l]) ? 0 : intents[s] * values[l];
      mass[l] += std::isnan(values[l]) && finite ? 0 : intents[s];
    }
  }
  for (std::size_t l = 0; l < sum.size(); ++l) {
    sum[l] = mass[l] > 0 ? sum[l] / mass[l] : std::nan("");
  }
  return sum;
}

double mean_of(judged_problem const& p, column const& values) {
  double sum = 0, weight = 0;
  for (std::size_t l = 0; l < values.size(); ++l) {
    sum += std::isnan(values[l]) ? 0 : p.weight(l) * values[l];
    weight += std::isnan(values[l]) ? 0 : p.weight(l);
  }
  return weight == 0 ? 0 : sum / weight;
}

/// call(executor, workspace, options) against the values of lists, on executors with and without threads.
template <class Call>
void check_everywhere(judged_problem const& p, column const& expected, Call const& call) {
  auto const values_on = [&](auto executor) {
    column values(expected.size(), 7);
    rw::status told;
    rw::options given = p.options();
    given.per_list = values;
    given.errors = told;
    rw::workspace memory;
    double const mean = call(executor, memory, given);
    CHECK(told.code == (p.everything ? rw::errc::not_finite : rw::errc::ok));
    CHECK(mean == doctest::Approx(mean_of(p, expected)).epsilon(1e-12));
    CHECK(support::agree(values, expected, 1e-12));
    values.push_back(mean);
    return values;
  };
  support::for_each_executor(values_on);
#if __has_include(<tbb/parallel_for.h>)
  CHECK(support::agree(values_on(rw::exec::parallel{.threads = 3}), values_on(rw::exec::simd{}), 0));
#endif
  values_on(rw::exec::emulated<4>{});
  column const in_group = values_on(rw::exec::emulated<32>{});
  for (rw::lane_order const order : {rw::lane_order::backwards, rw::lane_order::scattered}) {
    CHECK(support::agree(values_on(rw::exec::emulated<32>{order}), in_group, 0));
  }
}

} // namespace

TEST_CASE("alpha-nDCG on every executor is its definition, with fewer and more subtopics than items") {
  struct shape {
    std::size_t topics;
    int longest;
  };
  for (shape const of : {shape{5, 3000}, shape{1, 120}, shape{300, 40}}) {
    for (bool const everything : {false, true}) {
      CAPTURE(of.topics);
      CAPTURE(everything);
      judged_problem const p(of.topics, everything, of.longest);
      rw::metric::alpha_ndcg<10> const metric{.alpha = 0.3};
      check_everywhere(p, alpha_of_lists(p, 0.3, 10, 0), [&](auto executor, rw::workspace& memory, auto const& given) {
        return metric(executor, p.scores, p.matrix(), p.lists(), memory, given);
      });
    }
  }
  judged_problem const p(3, true, 120); // all places, and nothing left of a subtopic that was shown
  rw::metric::alpha_ndcg<rw::metric::all, rw::empty::one> const metric{.alpha = 1};
  check_everywhere(p, alpha_of_lists(p, 1, rw::metric::all, 1),
                   [&](auto executor, rw::workspace& memory, auto const& given) {
                     return metric(executor, p.scores, p.matrix(), p.lists(), memory, given);
                   });
}

TEST_CASE("intra-list diversity on every executor is its definition") {
  for (bool const everything : {false, true}) {
    CAPTURE(everything);
    judged_problem const p(7, everything, 700, true);
    check_everywhere(p, diversity_of_lists(p, 12), [&](auto executor, rw::workspace& memory, auto const& given) {
      return rw::metric::intra_list_diversity<12>{}(executor, p.scores, p.matrix(), p.lists(), memory, given);
    });
    check_everywhere(p, diversity_of_lists(p, 200), [&](auto executor, rw::workspace& memory, auto const& given) {
      return rw::metric::intra_list_diversity<200>{}(executor, p.scores, p.matrix(), p.lists(), memory, given);
    });
  }
}

namespace {

template <class Metric>
void check_intents(char const* name, Metric const& metric, std::size_t topics, int longest) {
  for (bool const everything : {false, true}) {
    INFO(name << (everything ? ", weights, mask, NaN" : ""));
    judged_problem const p(topics, everything, longest);
    column intents = support::random(5).uniforms<double>(topics, 0, 1);
    intents[topics / 2] = 0;
    check_everywhere(
        p, aware_of_lists(metric, p, intents), [&](auto executor, rw::workspace& memory, auto const& given) {
          return rw::metric::intent_aware(executor, metric, p.scores, p.matrix(), p.lists(), intents, memory, given);
        });
  }
}

} // namespace

TEST_CASE("intent-aware metrics on every executor are means over subtopics") {
  check_intents("nDCG@10", rw::metric::ndcg<10>{}, 4, 700);
  check_intents("MAP, a share for others", rw::metric::map<rw::metric::all, rw::empty::skip>{}, 5, 120);
  check_intents("ERR, expected ties", rw::metric::err<20, rw::ties::expected>{.max_grade = 1}, 2, 120);
  check_intents("AUC of lists", rw::metric::list_auc<>{}, 40, 33);
  check_intents("ordered pairs", rw::metric::ordered_pairs<>{}, 3, 40);
}

TEST_CASE("intent-aware metrics: item weights and judgments that are missing reach the metric") {
  column const s{4, 3, 2, 1};
  column const j{1, 0, 1, 1, 0, 1, std::numeric_limits<double>::quiet_NaN(), 1};
  column const weights{2, 1, 3, 1};
  std::vector<int> const judged{1, 1, 1, 0};
  rw::metric::ndcg<3, rw::unjudged::condensed> const metric;
  rw::options const given{.item_weights = weights, .judged = judged};
  column const a{1, 1, 0, std::numeric_limits<double>::quiet_NaN()}, b{0, 1, 1, 1};
  double const expected = 0.75 * metric(s, a, one(4), given) + 0.25 * metric(s, b, one(4), given);
  support::for_each_executor([&](auto executor) {
    CHECK(rw::metric::intent_aware(executor, metric, s, rw::row_major(j, 2), one(4), column{3, 1}, given) ==
          doctest::Approx(expected).epsilon(1e-14));
  });
}

TEST_CASE("diversity: matrices of any layout and number type, scores of float") {
  judged_problem const p(5, false, 120);
  std::vector<float> const scores(p.scores.begin(), p.scores.end());
  std::vector<std::int8_t> by_column(p.rows.size());
  for (std::size_t i = 0; i < p.scores.size(); ++i) {
    for (std::size_t s = 0; s < p.columns; ++s) {
      by_column[s * p.scores.size() + i] = static_cast<std::int8_t>(p.row(i, s));
    }
  }
  auto const columns = rw::column_major(by_column, p.columns);
  rw::workspace memory;
  CHECK(rw::metric::alpha_ndcg<10>{}(scores, columns, p.lists(), memory) ==
        rw::metric::alpha_ndcg<10>{}(scores, p.matrix(), p.lists()));
  CHECK(rw::metric::intra_list_diversity<10>{}(scores, columns, p.lists(), memory) ==
        rw::metric::intra_list_diversity<10>{}(scores, p.matrix(), p.lists()));
  column const intents(p.columns, 1);
  CHECK(rw::metric::intent_aware(rw::metric::map<>{}, scores, columns, p.lists(), intents, memory) ==
        rw::metric::intent_aware(rw::metric::map<>{}, scores, p.matrix(), p.lists(), intents));
}

TEST_CASE("diversity: no columns, no items, list weights of any size or none") {
  support::for_each_executor([](auto executor) {
    column const s{2, 1};
    rw::matrix<double const> const no_columns{s.data(), 2, 0, 0, 1};
    column per_list(1, 7);
    rw::status told;
    rw::options const given{.per_list = per_list, .errors = told};
    CHECK(rw::metric::alpha_ndcg<3, rw::empty::one>{}(executor, s, no_columns, one(2), given) == 1);
    CHECK(rw::metric::intra_list_diversity<3>{}(executor, s, no_columns, one(2), given) == 1); // cosine 0
    CHECK(rw::metric::intent_aware(executor, rw::metric::ndcg<3>{}, s, no_columns, one(2), column{}, given) == 0);
    CHECK(told.ok());
    CHECK(std::isnan(per_list[0]));

    column const none;
    auto const nothing = rw::row_major(none, 2);
    column two(2, 7);
    rw::options const of_two{.per_list = two, .errors = told};
    auto const empty = rw::lists<int>::uniform(2, 0);
    using skipping = rw::metric::ndcg<3, rw::empty::skip>;
    CHECK(rw::metric::alpha_ndcg<3>{}(executor, none, nothing, empty, of_two) == 0);
    CHECK(two == column{0, 0});
    CHECK(rw::metric::intent_aware(executor, skipping{}, none, nothing, empty, column{1, 1}, of_two) == 0);
    CHECK(std::isnan(two[1]));
    CHECK(rw::metric::intra_list_diversity<3>{}(executor, none, nothing, rw::lists<int>{}) == 0);

    column const four{4, 3, 2, 1}, j{1, 0, 0, 1};
    auto const lists = rw::lists<int>::uniform(2, 2);
    double const most = std::numeric_limits<double>::max();
    CHECK(rw::metric::alpha_ndcg<1>{}(executor, four, rw::row_major(j, 1), lists,
                                      {.list_weights = column{most, most}}) == 0.5);
    rw::metric::alpha_ndcg<1>{}(
        executor, four, rw::row_major(j, 1), lists,
        {.list_weights = column{std::numeric_limits<double>::infinity(), 1}, .per_list = two, .errors = told});
    CHECK(told.code == rw::errc::not_finite);
    CHECK(std::isnan(two[0]));
    CHECK(two[1] == 0);
  });
}

TEST_CASE("diversity: what does not fit is told on every executor, and nothing is written") {
  support::for_each_executor([](auto executor) {
    column const s{1, 2}, j{1, 1, 0, 1, 1, 0};
    column per_list(1, 7);
    rw::status told;
    rw::options const given{.per_list = per_list, .errors = told};
    auto const rows = rw::row_major(j, 2); // three
    auto const refused = [&](double value) {
      CHECK(std::isnan(value));
      CHECK(told.code == rw::errc::size_mismatch);
      CHECK(per_list[0] == 7);
      told = {};
    };
    rw::metric::alpha_ndcg<3> const alpha;
    rw::metric::intra_list_diversity<3> const spread;
    rw::metric::ndcg<3> const ndcg;
    refused(alpha(executor, s, rows, one(2), given));
    refused(alpha(executor, s, rows, one(3), given));
    refused(spread(executor, s, rows, one(2), given));
    refused(rw::metric::intent_aware(executor, ndcg, s, rows, one(2), column{1, 1}, given));
    refused(rw::metric::intent_aware(executor, ndcg, column{1, 2, 3}, rows, one(3), column{1}, given));
    std::vector<int> const mask{1};
    refused(alpha(executor, column{1, 2, 3}, rows, one(3), {.mask = mask, .per_list = per_list, .errors = told}));
    column few;
    refused(alpha(executor, column{1, 2, 3}, rows, one(3), {.per_list = few, .errors = told}));
    rw::metric::alpha_ndcg<3>{.alpha = -1}(executor, column{1, 2, 3}, rows, one(3), given);
    CHECK(told.code == rw::errc::out_of_range);
    rw::metric::intent_aware(executor, ndcg, column{1, 2, 3}, rows, one(3), column{-1, 1}, given);
    CHECK(told.code == rw::errc::out_of_range);
    CHECK(per_list[0] == 7);
  });
}

} // namespace diversity_test
