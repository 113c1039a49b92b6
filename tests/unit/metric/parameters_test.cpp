#include <rankwise/exec/scalar.hpp>
#include <rankwise/loss/approx.hpp>
#include <rankwise/metric/auc.hpp>
#include <rankwise/metric/bpref.hpp>
#include <rankwise/metric/class_probability.hpp>
#include <rankwise/metric/diversity.hpp>
#include <rankwise/metric/engagement.hpp>
#include <rankwise/metric/err.hpp>
#include <rankwise/metric/evaluate.hpp>
#include <rankwise/metric/group_auc.hpp>
#include <rankwise/metric/list_auc.hpp>
#include <rankwise/metric/map.hpp>
#include <rankwise/metric/mrr.hpp>
#include <rankwise/metric/ndcg.hpp>
#include <rankwise/metric/precision.hpp>
#include <rankwise/metric/probability.hpp>
#include <rankwise/metric/purchases.hpp>
#include <rankwise/metric/q_measure.hpp>
#include <rankwise/metric/rbp.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace parameters_test {

namespace rw = rankwise;
namespace m = rankwise::metric;

namespace {

using column = std::vector<double>;
constexpr rw::exec::scalar one_by_one{}; // compiles fastest
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

column const scores{5, 4, 3, 2};
column const labels{0, 2, 1, 0};
constexpr auto one_list = rw::lists<int>::single(4);

} // namespace

TEST_CASE("metric: a threshold that is not a number is a fault of every metric that has one") {
  auto const check = [](auto metric) {
    CAPTURE(std::string(decltype(metric)::text));
    CHECK(metric.fault() == nullptr);
    for (double const fine : {-infinity, -1.0, 0.0, infinity}) {
      metric.threshold = fine;
      CHECK(metric.fault() == nullptr);
    }
    metric.threshold = not_a_number;
    REQUIRE(metric.fault() != nullptr);
    CHECK(std::string(metric.fault()) == "threshold of a metric (not NaN)");
  };
  check(m::precision<>{});
  check(m::recall<>{});
  check(m::hit_rate<>{});
  check(m::r_precision<>{});
  check(m::map<>{});
  check(m::mrr<>{});
  check(m::q_measure<>{});
  check(m::bpref<>{});
  check(m::inf_ap<>{});
  check(m::list_auc<>{});
  check(m::query_goodrate<>{});
  CHECK(rw::metrics(m::ndcg<>{}, m::map<>{.threshold = not_a_number}).fault() != nullptr);
  CHECK(rw::loss::approx<m::map<>>{.metric = {.threshold = not_a_number}}.fault() != nullptr);
}

TEST_CASE("metric: a fault is reported, and nothing is written") {
  rw::status told;
  column per_list{7};
  rw::options o{.per_list = per_list};
  o.errors = told;
  CHECK(std::isnan(m::q_measure<>{.threshold = not_a_number}(one_by_one, scores, labels, one_list, o)));
  CHECK(told.code == rw::errc::out_of_range);
  CHECK(per_list[0] == 7);
  // Infinities mean nobody and everybody.
  CHECK(m::q_measure<>{.threshold = infinity}(one_by_one, scores, labels, one_list) == 0);
  CHECK(m::q_measure<>{.threshold = -infinity, .beta = 0}(one_by_one, scores, labels, one_list) == 1);
}

TEST_CASE("metric: negative item weights are costs; without anything above 0 to divide by, a list counts as empty") {
  column const mixed{1, 2, -0.5, 1};
  column const costs{-1, -2, -0.5, -1};
  auto const of = [&](auto metric, column const& weights) {
    return metric(one_by_one, scores, labels, one_list, {.item_weights = weights});
  };
  double const second = 1 / std::log2(3.0);
  CHECK(of(m::ndcg<>{}, mixed) == doctest::Approx((2 * 3 * second - 0.5 * 1 / 2) / (2 * 3 - 0.5 * 1 / std::log2(5.0))));
  CHECK(of(m::recall<2>{}, mixed) == doctest::Approx(2 / 1.5));
  CHECK(of(m::q_measure<>{.beta = 0}, mixed) == doctest::Approx((2 * 1 / 2.0 - 0.5 * 2 / 3.0) / 1.5));
  CHECK(of(m::ndcg<m::all, rw::empty::one>{}, costs) == 1);
  CHECK(of(m::recall<2, rw::empty::one>{}, costs) == 1);
  CHECK(of(m::q_measure<m::all, rw::empty::one>{}, costs) == 1);
}

TEST_CASE("metric: parameters of measures over all items are checked, and so are those of measures without a list") {
  column const twos{1, 0, 1, 0}, p{0.9, 0.2, 0.6, 0.4}, pairs{0.9, 0.1, 0.2, 0.8};
  auto const refused = [&](char const* text, auto call) {
    CAPTURE(std::string(text));
    rw::status told;
    rw::options o;
    o.errors = told;
    CHECK(std::isnan(call(o)));
    CHECK(told.code == rw::errc::out_of_range);
    CHECK(std::string(told.argument).find(text) == 0);
  };
  for (double const x : {not_a_number, infinity, -1.0}) {
    CAPTURE(x);
    if (!(x == x)) { // a threshold may be any number
      refused("threshold", [&](rw::options const& o) { return m::auc{.threshold = x}(p, twos, o); });
      refused("threshold", [&](rw::options const& o) { return m::group_auc<>{.threshold = x}(p, twos, one_list, o); });
      refused("threshold", [&](rw::options const& o) {
        return m::group_auc<>{.threshold = x}(p, twos, std::vector{1, 1, 2, 2}, o);
      });
      refused("threshold", [&](rw::options const& o) {
        return m::rewriting{.threshold = x}(p, twos, twos, twos, o.errors).relevance;
      });
    }
    if (x != infinity) { // from 1 on: the whole curve
      refused("max_false_positive_rate",
              [&](rw::options const& o) { return m::auc{.max_false_positive_rate = x}(p, twos, o); });
    }
    refused("clip", [&](rw::options const& o) { return m::log_loss{.clip = x}(p, twos, o); });
    refused("clip", [&](rw::options const& o) { return m::normalised_entropy{.clip = x}(p, twos, o); });
    refused("clip", [&](rw::options const& o) {
      return m::class_log_loss{.clip = x}(rw::row_major(pairs, 2), column{0, 1}, o);
    });
    refused("alpha", [&](rw::options const& o) {
      return m::alpha_ndcg<3>{.alpha = x}(scores, rw::row_major(labels, 1), one_list, o);
    });
    refused("p of rbp",
            [&](rw::options const& o) { return m::rbp<>{.p = x}(one_by_one, scores, labels, one_list, o); });
    refused("max_grade",
            [&](rw::options const& o) { return m::err<>{.max_grade = x}(one_by_one, scores, labels, one_list, o); });
    refused("share", [&](rw::options const& o) {
      return m::query_goodrate<>{.share = x}(one_by_one, scores, labels, one_list, o);
    });
  }
  CHECK(std::isnan(m::auc{.threshold = infinity}(p, twos))); // nobody is positive
  auto state = m::auc{.threshold = not_a_number}.accumulator();
  CHECK_THROWS_AS(state.add(p, twos), rw::error);
  CHECK(state.positives() + state.negatives() == 0);
}

TEST_CASE("metric: judgments and weights of lists that are not finite are reported where lists are read one by one") {
  rw::status told;
  column per_list(2, 7);
  rw::options o{.per_list = per_list};
  o.errors = told;
  column const s{2, 1, 2, 1};
  auto const two = rw::lists<>::uniform(2, 2);
  using hits = m::purchase_hitrate<1>;
  CHECK(hits{}(s, column{1, 0, not_a_number, 1}, column{}, two, o) == 1);
  CHECK(told.code == rw::errc::not_finite);
  CHECK(told.where == 1);
  CHECK(per_list[0] == 1);
  CHECK(std::isnan(per_list[1]));
  CHECK(hits{}(s, column{1, 0, 0, 1}, column{not_a_number, 0}, two, o) == 0);
  CHECK(told.where == 0);
  column const judged{1, 1, not_a_number, 1};
  CHECK(m::alpha_ndcg<2>{}(s, rw::row_major(judged, 1), two, o) == 1);
  CHECK(told.where == 1);
  column const weights{infinity, 1};
  o.list_weights = weights;
  CHECK(hits{}(s, column{1, 0, 0, 1}, column{}, two, o) == 0);
  CHECK(told.code == rw::errc::not_finite);
  CHECK(told.where == 0);
}

} // namespace parameters_test
