#include <rankwise/exec/scalar.hpp>
#include <rankwise/loss/approx.hpp>
#include <rankwise/metric/bpref.hpp>
#include <rankwise/metric/engagement.hpp>
#include <rankwise/metric/evaluate.hpp>
#include <rankwise/metric/list_auc.hpp>
#include <rankwise/metric/map.hpp>
#include <rankwise/metric/mrr.hpp>
#include <rankwise/metric/ndcg.hpp>
#include <rankwise/metric/precision.hpp>
#include <rankwise/metric/q_measure.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

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
