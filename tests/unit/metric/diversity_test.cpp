#include <rankwise/metric/diversity.hpp>
#include <rankwise/metric/err.hpp>
#include <rankwise/metric/map.hpp>
#include <rankwise/metric/ndcg.hpp>
#include <rankwise/metric/precision.hpp>

#include <doctest/doctest.h>

#include "support/random.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

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
