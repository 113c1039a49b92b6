#include <rankwise/loss/approx.hpp>
#include <rankwise/loss/bound.hpp>
#include <rankwise/loss/lambda.hpp>
#include <rankwise/loss/neural_sort.hpp>
#include <rankwise/loss/soft_rank.hpp>

#include "unit/loss/derivatives.hpp"
#include "unit/loss/golden.hpp"

#include <cmath>
#include <vector>

namespace rw = rankwise;
using rw::loss::approx;

namespace {

template <bool WithFloat = false, class Loss>
void check_all(Loss const& loss, unsigned kind = support::no_kink) {
  support::check_derivatives(loss, kind);
  support::check_masks<WithFloat>(loss);
  support::check_hostile(loss);
}

} // namespace

TEST_CASE("approx: values of other libraries") {
  using ndcg = approx<rw::metric::ndcg<>>;
  using mrr = approx<rw::metric::mrr<>>;
  support::check_golden(ndcg{}, support::tfr_lists(), {-0.6309297535714575, -0.9229164167912088});
  support::check_golden(mrr{}, support::tfr_lists(), {-0.5, -0.8934930210807992});
  support::check_golden(ndcg{}, {{{2.2, -1.3, 5.4}, {1, 0, 0}}}, {-0.6328248100508678});      // Rax
  support::check_golden(ndcg{}, {{{0.5, 0.3, 0.5}, {0.5, 0.3, 0.5}}}, {-0.8499219807680657}); // allRank
  auto const n = support::values_of<double>(ndcg{.temperature = 0.1}, support::tfr_documented());
  CHECK(n[0] == doctest::Approx(-0.6551070660788993).epsilon(1e-9));
  CHECK((n[0] + n[1]) / 2 == doctest::Approx(-0.8053687395786617).epsilon(1e-9));
  auto const m = support::values_of<double>(mrr{.temperature = 0.1}, support::tfr_documented());
  CHECK(m[0] == doctest::Approx(-0.5316894691665187).epsilon(1e-9));
  CHECK((m[0] + m[1]) / 2 == doctest::Approx(-0.7351467144580812).epsilon(1e-9));
}

TEST_CASE("approx: a cold temperature gives the metric itself") {
  support::problem<double> const p = support::without_ties(support::problem<double>(4, 10, 30));
  // Metrics that no other case compiles take one item at a time.
  constexpr rw::exec::scalar one;
  auto const near_metric = [&](auto metric, double tolerance, auto const&... executor) {
    std::vector<double> soft(p.size());
    std::vector<double> hard(p.size());
    support::loss_run<approx<decltype(metric)>> run{{.temperature = 1e-4, .metric = metric}, {}, {}};
    if constexpr (sizeof...(executor) == 0) {
      run(p.scores, run.loss.prepare(p.labels, p.lists()), {.per_list = soft});
    } else {
      run.loss.value(executor..., p.scores, run.loss.prepare(executor..., p.labels, p.lists()), {.per_list = soft});
    }
    metric(one, p.scores, p.labels, p.lists(), {.per_list = hard});
    for (std::size_t l = 0; l < p.size(); ++l) {
      CAPTURE(l);
      CHECK(std::fabs(soft[l]) == doctest::Approx(hard[l]).epsilon(tolerance));
    }
  };
  near_metric(rw::metric::ndcg<>{}, 1e-9);
  near_metric(rw::metric::dcg<rw::metric::all, rw::gain::linear, rw::discount::reciprocal>{}, 1e-9, one);
  near_metric(rw::metric::mrr<>{.threshold = 2}, 1e-9);
  near_metric(rw::metric::arp<>{}, 1e-9, one);
  near_metric(rw::metric::rbp<>{}, 1e-9, one);
  // Of a step nothing is left but a number.
  rw::status told;
  approx<rw::metric::rbp<>> const step{.metric = {.p = 0}};
  double const at_the_top = step.value(one, p.scores, step.prepare(one, p.labels, p.lists()), {.errors = told});
  CHECK(told.ok());
  CHECK(at_the_top <= 0);
  near_metric(rw::metric::map<>{.threshold = 2}, 1e-9);
  near_metric(rw::metric::err<>{.max_grade = 5}, 1e-9);
}

TEST_CASE("approx: scores too far apart for odds") {
  // The same ranks on both ways: temperatures on either side of the limit.
  std::vector<double> const s{0, 10, 20, 599.9};
  std::vector<double> const t{0, 10, 20, 600.1};
  std::vector<double> const y{1, 0, 2, 1};
  std::vector<int> const offsets{0, 4};
  support::loss_run<approx<rw::metric::ndcg<>>> near{{}, {}, {}};
  support::loss_run<approx<rw::metric::ndcg<>>> wide{{}, {}, {}};
  auto const data = near.loss.prepare(y, rw::lists(offsets));
  CHECK(near(s, data) == doctest::Approx(wide(t, data)).epsilon(1e-13));
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(near.gradient[i] == doctest::Approx(wide.gradient[i]).epsilon(1e-10));
    CHECK(near.hessian[i] == doctest::Approx(wide.hessian[i]).epsilon(1e-10));
  }
}

TEST_CASE("approx: the hessian is never negative") {
  support::problem<double> const p(21, 20, 40);
  support::loss_run<approx<rw::metric::ndcg<3>>> run{{}, {}, {}};
  run(p.scores, run.loss.prepare(p.labels, p.lists(), p.options(7)));
  for (double const x : run.hessian) {
    CHECK(x >= 0);
  }
}

TEST_CASE("approx<ndcg>: derivatives, masks, hostile lists") {
  check_all<true>(approx<rw::metric::ndcg<>>{});
}
TEST_CASE("approx<ndcg<3>>: derivatives, masks, hostile lists") {
  check_all(approx<rw::metric::ndcg<3>>{.temperature = 0.5});
}
TEST_CASE("approx<mrr>: derivatives, masks, hostile lists") {
  check_all(approx<rw::metric::mrr<>>{}, support::distinct_scores);
}
TEST_CASE("approx<precision<3>>: derivatives, masks, hostile lists") {
  check_all(approx<rw::metric::precision<3>>{});
}
TEST_CASE("approx<map>: Smooth-AP as it is defined; derivatives, masks, hostile lists") {
  std::vector<double> const s{0.4, -0.2, 1.1, 0.3};
  std::vector<double> const y{1, 0, 0, 2};
  auto const before = [&](std::size_t i, auto counts) {
    double sum = 0;
    for (std::size_t j = 0; j < 4; ++j) {
      sum += j != i && counts(j) ? 1 / (1 + std::exp(s[i] - s[j])) : 0;
    }
    return sum;
  };
  double expected = 0;
  for (std::size_t const i : {0u, 3u}) {
    expected -= (1 + before(i, [&](std::size_t j) { return y[j] >= 1; })) /
                (1 + before(i, [](std::size_t) { return true; })) / 2;
  }
  CHECK(support::value_of(approx<rw::metric::map<>>{}, s, y) == doctest::Approx(expected).epsilon(1e-13));
  check_all(approx<rw::metric::map<>>{.temperature = 0.7, .metric = {.threshold = 2}});
}
TEST_CASE("approx<err>: derivatives, masks, hostile lists") {
  check_all(approx<rw::metric::err<>>{.temperature = 0.8, .metric = {.max_grade = 6}});
}

namespace {

// The value in float, in double, and item by item in float.
template <class Loss>
void check_threshold(Loss const& loss) {
  std::vector<float> const s{3, 2, 1};
  std::vector<double> const s2(s.begin(), s.end());
  auto const one = rw::lists<>::single(3);
  // 0.7f is less than 0.7: the second label is no relevant one.
  for (std::vector<float> const& y :
       {std::vector<float>{0, 0.7f, 0.2f}, std::vector<float>{0, 0.7f, 0.8f}, std::vector<float>{0.71f, 0.7f, 0.8f}}) {
    std::vector<double> const y2(y.begin(), y.end());
    double const expected = loss.value(s2, y2, one);
    CHECK(loss.value(s, y, one) == doctest::Approx(expected).epsilon(1e-5));
    CHECK(loss.value(rw::exec::scalar{}, s, y, one) == doctest::Approx(expected).epsilon(1e-5));
  }
}

template <class Metric>
void check_threshold_of() {
  Metric const metric{.threshold = 0.7};
  check_threshold(approx<Metric>{.metric = metric});
  check_threshold(rw::loss::bound<Metric>{.metric = metric});
  check_threshold(rw::loss::soft_rank<Metric>{.metric = metric});
}

} // namespace

TEST_CASE("losses made of metrics compare labels with a threshold as the metrics do") {
  check_threshold_of<rw::metric::precision<2>>();
  check_threshold_of<rw::metric::recall<2>>();
  check_threshold_of<rw::metric::mrr<>>();
  check_threshold_of<rw::metric::hit_rate<2>>();
  check_threshold(approx<rw::metric::map<>>{.metric = {.threshold = 0.7}});
  check_threshold(rw::loss::neural_sort<rw::metric::precision<2>>{.metric = {.threshold = 0.7}});
  check_threshold(rw::loss::neural_sort<rw::metric::recall<2>>{.metric = {.threshold = 0.7}});
  check_threshold(rw::loss::lambda<rw::metric::precision<2>>{.metric = {.threshold = 0.7}});
  check_threshold(rw::loss::lambda<rw::metric::map<>>{.metric = {.threshold = 0.7}});
  check_threshold(rw::loss::lambda<rw::metric::mrr<>>{.metric = {.threshold = 0.7}});
  std::vector<float> const s{3, 2, 1};
  std::vector<float> const y{0, 0.7f, 0.2f};
  CHECK(approx<rw::metric::precision<2>>{.metric = {.threshold = 0.7}}.value(s, y, rw::lists<>::single(3)) == 0);
}
