#include <doctest/doctest.h>

#include <rankwise/metric/arp.hpp>
#include <rankwise/metric/bpref.hpp>
#include <rankwise/metric/dcg.hpp>
#include <rankwise/metric/err.hpp>
#include <rankwise/metric/list_auc.hpp>
#include <rankwise/metric/map.hpp>
#include <rankwise/metric/mrr.hpp>
#include <rankwise/metric/ndcg.hpp>
#include <rankwise/metric/pairs.hpp>
#include <rankwise/metric/precision.hpp>
#include <rankwise/metric/q_measure.hpp>
#include <rankwise/metric/rbp.hpp>

#include "every/law.hpp"
#include "support/allocations.hpp"
#include "support/problem.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

// The laws of a metric of lists. Labels are grades from 0 to 4.
namespace rw = rankwise;

namespace every {

RANKWISE_EVERY(ndcg, within_1 | perfect_is_1, rw::metric::ndcg<>{});
RANKWISE_EVERY(ndcg_at_5, within_1 | perfect_is_1, rw::metric::ndcg<5, rw::gain::linear, rw::empty::skip>{});
RANKWISE_EVERY(dcg_at_5, always, rw::metric::dcg<5>{});
RANKWISE_EVERY(map_at_5, within_1 | perfect_is_1, rw::metric::map<5, rw::denominator::capped>{});
RANKWISE_EVERY(precision_at_5, within_1_unweighted, rw::metric::precision<5>{});
RANKWISE_EVERY(recall_at_3, within_1 | perfect_is_1, rw::metric::recall<3, rw::ties::expected, rw::empty::skip>{});
RANKWISE_EVERY(r_precision, within_1 | perfect_is_1, rw::metric::r_precision<>{});
RANKWISE_EVERY(success_at_5, within_1_unweighted | perfect_is_1, rw::metric::success<5>{});
RANKWISE_EVERY(mrr, within_1_unweighted | perfect_is_1, rw::metric::mrr<>{});
RANKWISE_EVERY(err, within_1_unweighted, rw::metric::err<>{});
RANKWISE_EVERY(rbp, within_1_unweighted, rw::metric::rbp<>{});
RANKWISE_EVERY(arp, always, rw::metric::arp<>{});
RANKWISE_EVERY(bpref, within_1 | perfect_is_1, rw::metric::bpref<>{});
RANKWISE_EVERY(q_measure, within_1 | perfect_is_1, rw::metric::q_measure<>{});
RANKWISE_EVERY(ordered_pairs, within_1 | perfect_is_1, rw::metric::ordered_pairs<rw::ties::pessimistic>{});
RANKWISE_EVERY(kendall_tau, always, rw::metric::kendall_tau<>{});
RANKWISE_EVERY(list_auc_at_4, within_1 | perfect_is_1, rw::metric::list_auc<4>{});
#define RANKWISE_EVERY_METRIC                                                                                          \
  every::ndcg, every::ndcg_at_5, every::dcg_at_5, every::map_at_5, every::precision_at_5, every::recall_at_3,          \
      every::r_precision, every::success_at_5, every::mrr, every::err, every::rbp, every::arp, every::bpref,           \
      every::q_measure, every::ordered_pairs, every::kendall_tau, every::list_auc_at_4

} // namespace every

namespace {

using column = std::vector<double>;
using problem = support::problem<double>;

template <class Metric>
column values(Metric const& metric, problem const& p, column const& scores, rw::options o = {}) {
  column out(p.size(), 7);
  o.per_list = out;
  metric(scores, p.labels, p.lists(), o);
  return out;
}

bool same(column const& a, column const& b, double tolerance = 1e-13) {
  return std::equal(a.begin(), a.end(), b.begin(), [&](double x, double y) {
    return (std::isnan(x) && std::isnan(y)) || std::fabs(x - y) <= tolerance;
  });
}

} // namespace

TEST_CASE_TEMPLATE("values lie between 0 and 1; the mean is theirs", Metric, RANKWISE_EVERY_METRIC) {
  auto const metric = Metric::policy();
  for (unsigned which = 0; which < problem::combinations; ++which) {
    CAPTURE(which);
    problem const p(41, 80, 90);
    bool const limited = (Metric::laws & every::within_1) != 0 ||
                         ((Metric::laws & every::within_1_unweighted) != 0 && (which & 1u) == 0);
    column const v = values(metric, p, p.scores, p.options(which));
    double sum = 0;
    double weight = 0;
    for (std::size_t l = 0; l < p.size(); ++l) {
      if (!std::isnan(v[l])) {
        if (limited) {
          CHECK(v[l] >= 0);
          CHECK(v[l] <= 1 + 1e-12);
        }
        double const q = (which & 2u) != 0 ? p.list_weights[l] : 1;
        sum += q * v[l];
        weight += q;
      }
    }
    CHECK(metric(p.scores, p.labels, p.lists(), p.options(which)) == doctest::Approx(sum / weight).epsilon(1e-12));
  }
}

TEST_CASE_TEMPLATE("only the order of the scores counts", Metric, RANKWISE_EVERY_METRIC) {
  auto const metric = Metric::policy();
  problem const p(42, 60, 90);
  column scores = p.scores;
  for (double& s : scores) {
    s = std::exp2(2 * s) + 5;
  }
  CHECK(same(values(metric, p, p.scores), values(metric, p, scores)));
}

TEST_CASE_TEMPLATE("masked items, items without a score and items left out are the same", Metric,
                   RANKWISE_EVERY_METRIC) {
  auto const metric = Metric::policy();
  problem const p(43, 60, 90);
  column scores = p.scores;
  problem q = p;
  q.scores.clear();
  q.labels.clear();
  q.item_weights.clear();
  q.offsets = {0};
  for (std::size_t l = 0; l < p.size(); ++l) {
    for (std::size_t i = p.begin_of(l); i < p.end_of(l); ++i) {
      if (p.mask[i] == 0) {
        scores[i] = -std::numeric_limits<double>::infinity();
      } else {
        q.scores.push_back(p.scores[i]);
        q.labels.push_back(p.labels[i]);
        q.item_weights.push_back(p.item_weights[i]);
      }
    }
    q.offsets.push_back(static_cast<int>(q.scores.size()));
  }
  column const masked = values(metric, p, p.scores, p.options(7));
  CHECK(same(masked, values(metric, p, scores, p.options(3))));
  CHECK(same(masked, values(metric, q, q.scores, q.options(3))));
}

TEST_CASE_TEMPLATE("without equal scores, items may change places", Metric, RANKWISE_EVERY_METRIC) {
  auto const metric = Metric::policy();
  problem p(44, 60, 90);
  for (std::size_t i = 0; i < p.items(); ++i) {
    p.scores[i] += 1e-3 * static_cast<double>(i % 101);
  }
  problem q = p;
  for (std::size_t l = 0; l < p.size(); ++l) {
    auto const flip = [&](auto& v) { std::reverse(v.begin() + p.offsets[l], v.begin() + p.offsets[l + 1]); };
    flip(q.scores);
    flip(q.labels);
    flip(q.item_weights);
    flip(q.mask);
  }
  CHECK(same(values(metric, p, p.scores, p.options(7)), values(metric, q, q.scores, q.options(7))));
}

TEST_CASE_TEMPLATE("lists that are not finite have no value, and are reported", Metric, RANKWISE_EVERY_METRIC) {
  auto const metric = Metric::policy();
  problem p(45, 1, 0);
  p.offsets = {0, 3, 6, 6, 9};
  p.scores = {1, 2, 3, 1, std::nan(""), 3, 1, 2, std::numeric_limits<double>::infinity()};
  p.labels = {0, 0, 1, 1, 1, 1, 1, 1, 1};
  rw::status s;
  column const v = values(metric, p, p.scores, {.errors = s});
  CHECK(s.code == rw::errc::not_finite);
  CHECK(s.where == 1);
  CHECK(s.found == 2);
  CHECK(std::isfinite(v[0]));
  if ((Metric::laws & every::perfect_is_1) != 0) {
    CHECK(v[0] == 1);
  }
  CHECK(std::isnan(v[1]));
  CHECK(std::isnan(v[3]));
  p.labels[0] = std::nan("");
  values(metric, p, p.scores, {.errors = s});
  CHECK(s.where == 0);
}

TEST_CASE_TEMPLATE("prepared or not, the same bits and no allocation", Metric, RANKWISE_EVERY_METRIC) {
  auto const metric = Metric::policy();
  problem const p(46, 150, 90);
  auto const data = metric.prepare(p.labels, p.lists(), p.options(7));
  rw::workspace w(metric.workspace_bytes(data));
  double const once = metric(p.scores, p.labels, p.lists(), p.options(7));
  double again = 0;
  CHECK(support::allocations_of([&] { again = metric(p.scores, data, w); }) == 0);
  CHECK(again == once);
}
