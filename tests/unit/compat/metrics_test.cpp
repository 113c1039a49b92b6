#include <rankwise/compat/metrics.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

// Values from the tests and documentation of other libraries, each recomputed in double.
namespace rw = rankwise;

namespace {

using column = std::vector<double>;

doctest::Approx near(double x, double tolerance = 1e-6) {
  return doctest::Approx(x).epsilon(tolerance);
}

template <class Metric>
double of(Metric const& metric, column const& scores, column const& labels) {
  return metric(rw::exec::scalar{}, scores, labels, rw::lists<int>::single(scores.size())); // compiles fastest
}

} // namespace

TEST_CASE("Rax: metrics_test.py") {
  CHECK(of(rw::compat::rax::dcg<>, {0, 3, 1, 2}, {0, 0, 1, 1}) == near(1.1309297535714575, 1e-12));
  CHECK(of(rw::compat::rax::ap<>, {0, 3, 1, 2}, {0, 0, 1, 1}) == near(0.5833333333333333, 1e-12));
}

TEST_CASE("TensorFlow Ranking: keras/metrics.py") {
  column const s{3, 1, 2};
  column const y{0, 1, 1};
  CHECK(of(rw::compat::tf_ranking::mrr<>, s, y) == 0.5);
  CHECK(of(rw::compat::tf_ranking::arp, s, y) == 2.5);
  CHECK(of(rw::compat::tf_ranking::ndcg<>, s, y) == near(0.6934264036172708, 1e-12));
  CHECK(of(rw::compat::tf_ranking::dcg<>, s, y) == near(1.1309297535714575, 1e-12));
  CHECK(of(rw::compat::tf_ranking::opa, {1, 1, 0}, {1, 0, 0}) == 0.5); // equal scores are wrong
}

TEST_CASE("XGBoost: test_rank_metric") {
  column const s{0.1, 0.9, 0.1, 0.9};
  column const y{0, 0, 1, 1};
  CHECK(of(rw::compat::xgboost::ndcg<>, s, y) == near(0.6509209298071326, 1e-12));
  CHECK(of(rw::compat::xgboost::ndcg<2>, s, y) == near(0.38685280723454163, 1e-12));
  column const none{0, 0, 0, 0};
  CHECK(of(rw::compat::xgboost::ndcg<>, s, none) == 1);
  CHECK(of(rw::compat::xgboost::ndcg_minus<>, s, none) == 0);
  CHECK(of(rw::compat::xgboost::map<>, s, none) == 1);
  CHECK(of(rw::compat::xgboost::map<2>, {4, 3, 2, 1}, {1, 1, 1, 1}) == 1); // at most the cutoff
}

TEST_CASE("scikit-learn: docstring of ndcg_score, test_ranking.py, and scholar's examples") {
  namespace sk = rw::compat::sklearn;
  column const y{10, 0, 0, 1, 5};
  CHECK(of(sk::dcg<>, {1, 1, 1, 1, 1}, y) == near(9.435069180414056, 1e-12));
  CHECK(of(sk::ndcg<>, {1, 1, 1, 1, 1}, y) == near(0.6909785334518438, 1e-12));
  CHECK(of(sk::ndcg<>, {1, 1, 1, 0.5, 0.5}, y) == near(0.699812015449946, 1e-12));
  CHECK(of(sk::ndcg<>, {0.1, 0.2, 0.3, 4, 70}, y) == near(0.6956940443813074, 1e-12));
  // Two decimals are printed there and the rest is left out.
  auto const printed = [](double value, double two) { return std::floor(value * 100) / 100 == doctest::Approx(two); };
  CHECK(printed(of(sk::ndcg<>, {0.1, 0.2, 0.3, 4, 70}, y), 0.69));
  CHECK(printed(of(sk::ndcg<>, {0.05, 1.1, 1.0, 0.5, 0.0}, y), 0.49));
  CHECK(printed(of(sk::ndcg<4>, {0.05, 1.1, 1.0, 0.5, 0.0}, y), 0.35));
  CHECK(printed(of(sk::ndcg<1>, {1, 0, 0, 0, 1}, y), 0.75));
  CHECK(printed(of(sk::ndcg_ignoring_ties<1>, {1, 0, 0, 0, 1}, y), 0.5));
  auto const d = [](double rank) { return 1 / std::log2(rank + 1); };
  CHECK(of(sk::dcg<>, {0, 0, 0, 0, 0}, {0, 1, 2, 3, 4}) == near(2 * (d(1) + d(2) + d(3) + d(4) + d(5)), 1e-12));
  CHECK(of(sk::dcg<>, {0, 0, 0, 1, 1}, {0, 1, 2, 3, 4}) == near((d(1) + d(2)) * 3.5 + (d(3) + d(4) + d(5)) * 1, 1e-12));
  for (std::size_t i = 0; i < 5; ++i) {
    column one(7);
    one[i] = 3;
    CHECK(of(sk::dcg<>, {6, 5, 4, 3, 2, 1, 0}, one) == near(3 * d(static_cast<double>(i) + 1), 1e-12));
    CHECK(of(sk::ndcg<>, {6, 5, 4, 3, 2, 1, 0}, one) == near(d(static_cast<double>(i) + 1), 1e-12));
  }
  CHECK(of(sk::ndcg<>, {1, 2}, {0, 0}) == 0);
  // Costs so high that the best DCG is negative: old versions gave 396.03, newer ones refuse. Here the list is empty.
  CHECK(of(sk::ndcg<>, {0.07, 0.31, 0.75, 0.33, 0.27}, {-0.89, -0.53, -0.47, 0.39, 0.56}) == 0);
}

TEST_CASE("CatBoost: dcg_ut, err_ut, mrr_ut") {
  namespace cb = rw::compat::catboost;
  CHECK(of(cb::ndcg_old<>, {1, 1, 2}, {1, 0, 2}) == near(0.9751172083949178, 1e-12));
  CHECK(of(cb::err<>, {1, 0, -2, 5}, {0, 0, 0.4, 0.8}) == near(0.82, 1e-12));
  column const s{1, 0, -2, 2, 1, 1, 2, 5, -1, 0, -2, 0, 0.5, 0.5, 0.5};
  column const t{0.8, 0.3, 0.3, 0, 0.2, 0.2, 0.2, 0, 1, 1, 1, 1, 1, 0, 0.5};
  CHECK(cb::err<>(s, t, rw::lists_of_sizes(std::vector{3, 5, 4, 3}), {.list_weights = column{1, 2, 3, 4}}) ==
        near(0.57752, 1e-12));
  CHECK(of(cb::mrr<>, {1, 1, 1, 1}, {0, 1, 1, 0}) == near(1.0 / 3, 1e-12));
  CHECK(of(cb::mrr<10>, {1, 0, -2, 5}, {0, 0, 1, 0}) == 0.25);
  CHECK(of(cb::mrr<>, {2, 1}, {0.5, 0.6}) == 0.5); // more than the border
  CHECK(cb::mrr<>(std::vector<float>{2, 1}, std::vector<float>{0.5f, 0.6f}, rw::lists<int>::single(2)) == 0.5);
}

TEST_CASE("what XGBoost 3.2.0, LightGBM 4.7.0 and CatBoost 1.2.10 say of eight lists with many equal scores") {
  // Computed once through their Python packages: scores as base_margin, init_score and approx. Three of the lists have
  // no relevant item.
  column const s{0.5,  0.5,  0.3, 0.5,  -1.7, 0.5,  -1.2, 0.5,  0.5, -0.3, -1.0, -0.2, 0.5, 0.0,
                 -0.0, -0.3, 0.0, -2.0, -0.2, -0.3, 0.5,  -1.2, 0.5, -1.1, -0.3, -0.8, 1.4, 0.5,
                 0.5,  -1.3, 1.0, -1.3, 0.6,  -1.2, -0.3, -0.0, 0.5, -0.5, 0.5,  -0.5, 0.2};
  column const y{0, 0, 0, 2, 1, 2, 0, 2, 2, 0, 0, 0, 0, 2, 1, 1, 0, 1, 0, 2, 2,
                 1, 0, 2, 0, 1, 0, 2, 0, 0, 0, 1, 2, 2, 0, 0, 2, 1, 2, 0, 2};
  column relevant, stops;
  for (double label : y) {
    relevant.push_back(label > 0 ? 1 : 0);
    stops.push_back(label > 0 ? 0.7 : 0);
  }
  auto const lists = rw::lists_of_sizes(std::vector{1, 2, 5, 8, 12, 3, 6, 4});
  auto const is = [&](auto const& metric, column const& labels, double expected) {
    CHECK(metric(rw::exec::scalar{}, s, labels, lists) ==
          near(expected, 1e-7)); // theirs are sums in float, some of them
  };
  namespace xgb = rw::compat::xgboost;
  is(xgb::ndcg<>, y, 0.93881562754520631);
  is(xgb::ndcg<3>, y, 0.86198626719839333);
  is(xgb::ndcg_minus<>, y, 0.56381562754520631);
  is(xgb::map<>, relevant, 0.87674351937744788);
  is(xgb::map<3>, relevant, 0.79861111111111105);
  is(xgb::map_minus<3>, relevant, 0.4236111111111111);
  is(xgb::pre<3>, relevant, 0.45833333333333331);
  is(xgb::pre<10>, relevant, 0.40208333333333335);
  namespace lgb = rw::compat::lightgbm;
  is(lgb::ndcg<3>, y, 0.8619862671983933);
  is(lgb::ndcg<>, y, 0.9388156275452063);
  is(lgb::map<3>, relevant, 0.798611111111111);
  is(lgb::map<>, relevant, 0.8767435193774479);
  namespace cb = rw::compat::catboost;
  is(cb::ndcg<>, y, 0.9057163114707647);
  is(cb::ndcg<3>, y, 0.7919293804283138);
  is(cb::ndcg_exp<3>, y, 0.793873151007936);
  is(cb::dcg<>, y, 2.4512737828791584);
  is(cb::mrr<>, relevant, 0.47916666666666663);
  is(cb::mrr<10>, relevant, 0.47916666666666663);
  is(cb::err<>, stops, 0.4007878081009366);
  is(cb::map<>, relevant, 0.4717690295815296);
  is(cb::map<3>, relevant, 0.35416666666666663);
  is(cb::precision<3>, relevant, 0.41666666666666663);
  is(cb::precision<10>, relevant, 0.40208333333333335);
  is(cb::recall<3>, relevant, 0.6949404761904762);
}

TEST_CASE("ranx, torchmetrics, LightGBM: what tells them apart") {
  column const s{3, 2, 1};
  CHECK(of(rw::compat::ranx::precision<10>, s, {1, 0, 1}) == near(0.2));
  CHECK(of(rw::compat::rax::precision<10>, s, {1, 0, 1}) == near(2.0 / 3));
  CHECK(of(rw::compat::torchmetrics::map<2>, s, {1, 0, 1}) == 1);
  CHECK(of(rw::compat::ranx::map<2>, s, {1, 0, 1}) == 0.5);
  CHECK(of(rw::compat::lightgbm::map<2>, s, {1, 0, 1}) == 0.5);
  CHECK(of(rw::compat::lightgbm::map<2>, s, {0, 0, 0}) == 1);
}
