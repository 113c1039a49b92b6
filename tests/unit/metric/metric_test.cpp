#include <rankwise/exec/scalar.hpp>
#include <rankwise/metric/dcg.hpp>
#include <rankwise/metric/diversity.hpp>
#include <rankwise/metric/evaluate.hpp>
#include <rankwise/metric/mrr.hpp>
#include <rankwise/metric/ndcg.hpp>

#include <doctest/doctest.h>

#include "support/allocations.hpp"

#include <cmath>
#include <limits>
#include <vector>

namespace metric_test {

namespace rw = rankwise;
namespace m = rankwise::metric;

namespace {

using column = std::vector<double>;
constexpr rw::exec::scalar one_by_one{}; // compiles fastest

} // namespace

TEST_CASE("list weights whose sum is beyond the largest number: the right mean, or an error") {
  // Reciprocal ranks 1, 1/2 and 0.
  column const scores{3, 2, 3, 2, 3, 2}, labels{1, 0, 0, 1, 0, 0};
  auto const lists = rw::lists<>::uniform(3, 2);
  double const most = std::numeric_limits<double>::max();
  for (double const unit : {1.0, most / 4, most / 2, most}) {
    CAPTURE(unit);
    column const weights{0.25 * unit, unit, 0.75 * unit};
    double const right = 0.375; // (0.25 + 0.5) / 2
    rw::status told;
    double const alone = m::mrr<>{}(one_by_one, scores, labels, lists, {.list_weights = weights, .errors = told});
    if (unit <= most / 2) {
      CHECK(told.ok());
      CHECK(alone == doctest::Approx(right).epsilon(1e-15));
    } else {
      CHECK(told.code == rw::errc::not_finite);
      CHECK(told.where == rw::status::nowhere);
      CHECK(std::isnan(alone));
      CHECK_THROWS_AS(m::mrr<>{}(one_by_one, scores, labels, lists, {.list_weights = weights}), rw::error);
    }
    // Sums of an evaluation are exact, also past the largest number, and so with those of its parts.
    auto const reciprocal = rw::metrics(m::mrr<>{});
    auto result = rw::evaluate(one_by_one, reciprocal, scores, labels, lists, {.list_weights = weights});
    CHECK(result.value(0) == doctest::Approx(right).epsilon(1e-15));
    result.merge(rw::evaluate(one_by_one, reciprocal, scores, labels, lists, {.list_weights = weights}));
    CHECK(result.value(0) == doctest::Approx(right).epsilon(1e-15));
    // The first list alone has a subtopic; the other two count as 0.
    column const subtopics{1, 0, 0, 0, 0, 0};
    CHECK(m::alpha_ndcg<10>{}(scores, rw::row_major(subtopics, 1), lists, {.list_weights = weights}) ==
          doctest::Approx(0.125).epsilon(1e-15));
    CHECK(m::intent_aware(m::mrr<>{}, scores, rw::row_major(labels, 1), lists, column{1}, {.list_weights = weights}) ==
          doctest::Approx(right).epsilon(1e-15));
  }
}

TEST_CASE("a value times its list weight that overflows is reported") {
  column const scores{3, 2, 3, 2}, labels{4, 0, 1, 0};
  auto const lists = rw::lists<>::uniform(2, 2);
  column const weights{1e308, 1}; // the DCG of the first list is 15
  rw::status told;
  auto const result = rw::evaluate(one_by_one, rw::metrics(m::dcg<10>{}), scores, labels, lists,
                                   {.list_weights = weights, .errors = told});
  CHECK(told.code == rw::errc::not_finite);
  m::dcg<10>{}(one_by_one, scores, labels, lists, {.list_weights = weights, .errors = told});
  CHECK(told.code == rw::errc::not_finite);
  CHECK(told.where == 0);
}

TEST_CASE("a call with labels takes memory to work in once, for the labels and the scores") {
  m::ndcg<10> const metric;
  column const scores(300, 1), labels(300, 2);
  auto const lists = rw::lists<>::uniform(3, 100);
  auto const prepared = support::allocations_of([&] { (void)metric.prepare(one_by_one, labels, lists); });
  auto const called = support::allocations_of([&] { (void)metric(one_by_one, scores, labels, lists); });
  CHECK(prepared > 0);
  CHECK(called == prepared);
}

} // namespace metric_test
