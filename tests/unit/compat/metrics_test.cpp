#include <rankwise/compat/metrics.hpp>
#include <rankwise/exec/scalar.hpp>
#include <rankwise/metric/evaluate.hpp>

#include <doctest/doctest.h>

#include "support/data.hpp"

#include <cmath>
#include <cstddef>
#include <limits>
#include <map>
#include <sstream>
#include <string>
#include <type_traits>
#include <vector>

// Values of other libraries: what they say of tests/data/peers, list by list, and what their own tests and pages
// publish. Every preset stands in one of two sets, so that it is compiled once.
namespace rw = rankwise;
namespace compat = rankwise::compat;

namespace {

using column = std::vector<double>;

/// Several names of one preset.
template <class First, class... Rest>
constexpr First named(First const& first, Rest const&...) {
  static_assert((std::is_same_v<First, Rest> && ...));
  return first;
}

constexpr auto whole = rw::metrics(
    named(compat::sklearn::ndcg<>, compat::torchmetrics::ndcg<>), compat::sklearn::dcg<>,
    compat::sklearn::ndcg_ignoring_ties<>, compat::sklearn::roc_auc, compat::xgboost::ndcg<>, compat::lightgbm::ndcg<>,
    compat::xgboost::ndcg_minus<>, compat::xgboost::map_minus<>, compat::catboost::ndcg<>, compat::catboost::ndcg_exp<>,
    compat::catboost::ndcg_old<>, compat::catboost::err<>,
    named(compat::rax::ndcg<>, compat::tf_ranking::ndcg<>, compat::ranx::ndcg_burges<>),
    named(compat::rax::dcg<>, compat::tf_ranking::dcg<>, compat::ranx::dcg_burges<>),
    named(compat::rax::ap<>, compat::tf_ranking::map<>, compat::ranx::map<>), compat::torchmetrics::map<>,
    compat::tf_ranking::arp, compat::tf_ranking::opa, compat::ranx::dcg<>,
    named(compat::ranx::r_precision, compat::torchmetrics::r_precision), compat::ranx::bpref, compat::ranx::rbp);
std::vector<std::vector<char const*>> const names_of_whole{{"sklearn ndcg", "torchmetrics ndcg"},
                                                           {"sklearn dcg"},
                                                           {"sklearn ndcg_ignoring_ties"},
                                                           {"sklearn roc_auc"},
                                                           {"xgboost ndcg"},
                                                           {"lightgbm ndcg"},
                                                           {"xgboost ndcg_minus"},
                                                           {"xgboost map_minus"},
                                                           {"catboost ndcg"},
                                                           {"catboost ndcg_exp"},
                                                           {"ndcg_old"},
                                                           {"catboost err"},
                                                           {"rax ndcg", "tf_ranking ndcg", "ranx ndcg_burges"},
                                                           {"rax dcg", "tf_ranking dcg", "ranx dcg_burges"},
                                                           {"rax ap", "tf_ranking map", "ranx map"},
                                                           {"torchmetrics map"},
                                                           {"tf_ranking arp"},
                                                           {"tf_ranking opa"},
                                                           {"ranx dcg"},
                                                           {"ranx r_precision", "torchmetrics r_precision"},
                                                           {"ranx bpref"},
                                                           {"ranx rbp"}};

constexpr auto at_3 = rw::metrics(
    named(compat::sklearn::ndcg<3>, compat::torchmetrics::ndcg<3>), compat::xgboost::map<3>, compat::lightgbm::map<3>,
    compat::xgboost::pre<3>, compat::catboost::dcg<3>, compat::catboost::mrr<3>, compat::catboost::map<3>,
    compat::catboost::precision<3>, compat::catboost::recall<3>,
    named(compat::rax::ap<3>, compat::tf_ranking::map<3>, compat::ranx::map<3>), compat::torchmetrics::map<3>,
    named(compat::rax::mrr<3>, compat::tf_ranking::mrr<3>, compat::ranx::mrr<3>, compat::torchmetrics::mrr<3>),
    named(compat::rax::precision<3>, compat::tf_ranking::precision<3>),
    named(compat::rax::recall<3>, compat::tf_ranking::recall<3>, compat::ranx::recall<3>,
          compat::torchmetrics::recall<3>),
    named(compat::tf_ranking::hits<3>, compat::ranx::hit_rate<3>, compat::torchmetrics::hit_rate<3>),
    compat::ranx::ndcg<3>, named(compat::ranx::precision<3>, compat::torchmetrics::precision<3>));
std::vector<std::vector<char const*>> const names_at_3{
    {"sklearn ndcg@3", "torchmetrics ndcg@3"},
    {"xgboost map@3"},
    {"lightgbm map@3"},
    {"xgboost pre@3"},
    {"catboost dcg@3"},
    {"catboost mrr@3"},
    {"catboost map@3"},
    {"catboost precision@3"},
    {"catboost recall@3"},
    {"rax ap@3", "tf_ranking map@3", "ranx map@3"},
    {"torchmetrics map@3"},
    {"rax mrr@3", "tf_ranking mrr@3", "ranx mrr@3", "torchmetrics mrr@3"},
    {"rax precision@3", "tf_ranking precision@3"},
    {"rax recall@3", "tf_ranking recall@3", "ranx recall@3", "torchmetrics recall@3"},
    {"tf_ranking hits@3", "ranx hit_rate@3", "torchmetrics hit_rate@3"},
    {"ranx ndcg@3"},
    {"ranx precision@3", "torchmetrics precision@3"}};

struct problem {
  column scores, labels;
  std::vector<int> offsets{0};
  std::map<std::string, column> values; ///< by library and metric, a number for every list; NaN: not asked

  void add(column const& s, column const& y) {
    scores.insert(scores.end(), s.begin(), s.end());
    labels.insert(labels.end(), y.begin(), y.end());
    offsets.push_back(static_cast<int>(scores.size()));
  }
  // Another list, for which somebody published a value of `metric`.
  void add(column const& s, column const& y, std::string const& metric, double value) {
    add(s, y);
    values[metric].resize(offsets.size() - 1, std::numeric_limits<double>::quiet_NaN());
    values[metric].back() = value;
  }
};

problem from_files() {
  problem p;
  std::istringstream lists(support::contents(support::data("peers/lists.tsv")));
  std::string line;
  std::getline(lists, line);
  std::size_t last = 0;
  for (std::size_t list = 0; lists >> list;) {
    if (list != last) {
      p.offsets.push_back(static_cast<int>(p.scores.size()));
      last = list;
    }
    double score = 0;
    double label = 0;
    lists >> score >> label;
    p.scores.push_back(score);
    p.labels.push_back(label);
  }
  p.offsets.push_back(static_cast<int>(p.scores.size()));
  std::istringstream rows(support::contents(support::data("peers/values.tsv")));
  std::getline(rows, line);
  while (std::getline(rows, line)) {
    std::istringstream fields(line);
    std::string library, metric, number;
    fields >> library >> metric;
    column& v = p.values[library + ' ' + metric];
    while (fields >> number) {
      v.push_back(std::stod(number)); // "nan", too
    }
  }
  return p;
}

// Returns how many values were compared.
template <class Set>
std::size_t compare(problem const& p, column const& labels, Set const& set,
                    std::vector<std::vector<char const*>> const& names) {
  auto const result = rw::evaluate(rw::exec::scalar{}, set, p.scores, labels, rw::lists(p.offsets));
  REQUIRE(result.size() == names.size());
  std::size_t count = 0;
  for (std::size_t k = 0; k < result.size(); ++k) {
    for (std::string const name : names[k]) {
      auto const found = p.values.find(name);
      if (found == p.values.end()) {
        continue;
      }
      column const& v = found->second;
      for (std::size_t l = 0; l < v.size(); ++l) {
        if (!std::isnan(v[l])) {
          CAPTURE(name);
          CAPTURE(l);
          CHECK(result.per_list(k)[l] == doctest::Approx(v[l]).epsilon(1e-6).scale(1));
          ++count;
        }
      }
    }
  }
  return count;
}

} // namespace

TEST_CASE("the libraries themselves, list by list: many equal scores, nothing relevant, long lists") {
  problem p = from_files();
  REQUIRE(p.offsets.size() == 65);
  // CatBoost's ERR takes labels for probabilities to stop.
  column const err = p.values.extract("catboost err").mapped();
  std::size_t count = compare(p, p.labels, whole, names_of_whole);
  count += compare(p, p.labels, at_3, names_at_3);
  CHECK(count > 2500);
  column quarters = p.labels;
  for (double& y : quarters) {
    y /= 4;
  }
  p.values = {{"catboost err", err}};
  CHECK(compare(p, quarters, whole, names_of_whole) == 64);
}

TEST_CASE("values that libraries publish") {
  problem p;
  // Rax: metrics_test.py
  p.add({0, 3, 1, 2}, {0, 0, 1, 1}, "rax dcg", 1.1309297535714575);
  p.add({0, 3, 1, 2}, {0, 0, 1, 1}, "rax ap", 0.5833333333333333);
  // TensorFlow Ranking: keras/metrics.py
  p.add({3, 1, 2}, {0, 1, 1}, "tf_ranking arp", 2.5);
  p.add({3, 1, 2}, {0, 1, 1}, "tf_ranking ndcg", 0.6934264036172708);
  p.add({3, 1, 2}, {0, 1, 1}, "tf_ranking dcg", 1.1309297535714575);
  p.add({1, 1, 0}, {1, 0, 0}, "tf_ranking opa", 0.5); // equal scores are wrong
  // XGBoost: test_rank_metric
  p.add({0.1, 0.9, 0.1, 0.9}, {0, 0, 1, 1}, "xgboost ndcg", 0.6509209298071326);
  p.add({0.1, 0.9, 0.1, 0.9}, {0, 0, 0, 0}, "xgboost ndcg", 1);
  p.add({0.1, 0.9, 0.1, 0.9}, {0, 0, 0, 0}, "xgboost ndcg_minus", 0);
  p.add({4, 3, 2, 1}, {1, 1, 1, 1}, "xgboost map@3", 1); // at most the cutoff
  // scikit-learn: ndcg_score and test_ranking.py; scholar has the same
  column const grades{10, 0, 0, 1, 5};
  p.add({1, 1, 1, 1, 1}, grades, "sklearn dcg", 9.435069180414056);
  p.add({1, 1, 1, 1, 1}, grades, "sklearn ndcg", 0.6909785334518438);
  p.add({1, 1, 1, 0.5, 0.5}, grades, "sklearn ndcg", 0.699812015449946);
  p.add({0.1, 0.2, 0.3, 4, 70}, grades, "sklearn ndcg", 0.6956940443813074);
  auto const d = [](double rank) { return 1 / std::log2(rank + 1); };
  p.add({0, 0, 0, 0, 0}, {0, 1, 2, 3, 4}, "sklearn dcg", 2 * (d(1) + d(2) + d(3) + d(4) + d(5)));
  p.add({0, 0, 0, 1, 1}, {0, 1, 2, 3, 4}, "sklearn dcg", (d(1) + d(2)) * 3.5 + (d(3) + d(4) + d(5)) * 1);
  for (std::size_t i = 0; i < 5; ++i) {
    column one(7);
    one[i] = 3;
    p.add({6, 5, 4, 3, 2, 1, 0}, one, "sklearn dcg", 3 * d(static_cast<double>(i) + 1));
    p.add({6, 5, 4, 3, 2, 1, 0}, one, "sklearn ndcg", d(static_cast<double>(i) + 1));
  }
  p.add({1, 2}, {0, 0}, "sklearn ndcg", 0);
  // Costs so high that the best DCG is negative: old versions gave 396.03, newer ones refuse. Here the list is empty.
  p.add({0.07, 0.31, 0.75, 0.33, 0.27}, {-0.89, -0.53, -0.47, 0.39, 0.56}, "sklearn ndcg", 0);
  // CatBoost: dcg_ut, err_ut, mrr_ut
  p.add({1, 1, 2}, {1, 0, 2}, "catboost ndcg", 0.9502344167898356);
  p.add({1, 1, 2}, {1, 0, 2}, "catboost ndcg_exp", 0.9639404333166532);
  p.add({1, 1, 2}, {1, 0, 2}, "ndcg_old", 0.9751172083949178);
  p.add({1, 0, -2, 5}, {0, 0, 0.4, 0.8}, "catboost err", 0.82);
  p.add({1, 1, 1, 1}, {0, 1, 1, 0}, "catboost mrr@3", 1.0 / 3);
  p.add({1, 0, -2, 5}, {0, 0, 1, 0}, "catboost mrr@3", 0); // at 4
  p.add({2, 1}, {0.5, 0.6}, "catboost mrr@3", 0.5);        // more than the border
  // What tells ranx, Rax, torchmetrics and LightGBM apart.
  p.add({3, 2}, {1, 0}, "ranx precision@3", 1.0 / 3);
  p.add({3, 2}, {1, 0}, "rax precision@3", 1.0 / 2);
  p.add({4, 3, 2, 1}, {1, 0, 0, 1}, "torchmetrics map@3", 1);
  p.add({4, 3, 2, 1}, {1, 0, 0, 1}, "ranx map@3", 0.5);
  p.add({4, 3, 2, 1}, {1, 0, 0, 1}, "lightgbm map@3", 0.5);
  p.add({4, 3, 2, 1}, {0, 0, 0, 0}, "lightgbm map@3", 1);
  std::size_t const lists = p.offsets.size() - 1;
  CHECK(compare(p, p.labels, whole, names_of_whole) + compare(p, p.labels, at_3, names_at_3) == lists);

  // Four weighted lists of err_ut.
  column const s{1, 0, -2, 2, 1, 1, 2, 5, -1, 0, -2, 0, 0.5, 0.5, 0.5};
  column const t{0.8, 0.3, 0.3, 0, 0.2, 0.2, 0.2, 0, 1, 1, 1, 1, 1, 0, 0.5};
  std::vector const offsets{0, 3, 8, 12, 15};
  auto const err =
      rw::evaluate(rw::exec::scalar{}, whole, s, t, rw::lists(offsets), {.list_weights = column{1, 2, 3, 4}});
  CHECK(err.value(11) == doctest::Approx(0.57752).epsilon(1e-12));
}

TEST_CASE("a border between two floats") {
  CHECK(compat::catboost::mrr<3>(rw::exec::scalar{}, std::vector<float>{2, 1}, std::vector<float>{0.5f, 0.6f},
                                 rw::lists<int>::single(2)) == 0.5);
}

// The tools themselves, of documents d0 ... d5: trec_eval 10 and gdeval.pl 1.2a.
TEST_CASE("negative grades are no costs to trec_eval and gdeval") {
  column const s{6, 5, 4, 3, 2, 1};
  column const y{-2, 2, 0, 1, -1, 3};
  auto const one = rw::lists<int>::single(6);
  rw::exec::scalar const scalar;
  CHECK(compat::trec_eval::ndcg<>(scalar, s, y, one) == doctest::Approx(0.5798).epsilon(1e-4));
  CHECK(compat::trec_eval::ndcg<3>(scalar, s, y, one) == doctest::Approx(0.2650).epsilon(1e-4));
  CHECK(compat::gdeval::ndcg<>(scalar, s, y, one) == doctest::Approx(0.51283).epsilon(1e-5));
  CHECK(compat::gdeval::err<>(scalar, s, y, one) == doctest::Approx(0.16199).epsilon(1e-5));
}

// gdeval.pl 1.3 of two topics: the one above, and documents judged 0 and -1. It prints one topic, and its mean.
TEST_CASE("gdeval leaves topics without a grade above 0 out of its mean") {
  column const s{6, 5, 4, 3, 2, 1, 2, 1};
  column const y{-2, 2, 0, 1, -1, 3, 0, -1};
  std::vector const offsets{0, 6, 8};
  rw::lists const two(offsets);
  std::vector<double> ndcg(2);
  CHECK(compat::gdeval::ndcg<>(rw::exec::scalar{}, s, y, two, {.per_list = ndcg}) ==
        doctest::Approx(0.51283).epsilon(1e-5));
  CHECK(compat::gdeval::err<>(rw::exec::scalar{}, s, y, two) == doctest::Approx(0.16199).epsilon(1e-5));
  CHECK(ndcg[1] != ndcg[1]);
  // Grade 2 at rank 20: 3 / 16 / 20 lies between two printed numbers, and gdeval prints the lower one.
  column last(20);
  column down(20);
  last[19] = 2;
  for (std::size_t i = 0; i < 20; ++i) {
    down[i] = -static_cast<double>(i);
  }
  CHECK(compat::gdeval::err<>(rw::exec::scalar{}, down, last, rw::lists<int>::single(20)) == 3.0 / 16 / 20);
}

TEST_CASE("other names of the same libraries") {
  column const s{3, 2, 1};
  column const y{0, 2, 1};
  auto const one = rw::lists<>::single(3);
  rw::exec::scalar const scalar;
  CHECK(compat::tfr::ndcg<2>(scalar, s, y, one) == compat::tf_ranking::ndcg<2>(scalar, s, y, one));
  CHECK(compat::xgboost_v3::ndcg<2>(scalar, s, y, one) == compat::xgboost::ndcg<2>(scalar, s, y, one));
}
