// Measures that need no ranking: probabilities, areas under curves, calibration, grades.
#include "claim.hpp"

#include <rankwise/metric/auc.hpp>
#include <rankwise/metric/class_probability.hpp>
#include <rankwise/metric/good_same_bad.hpp>
#include <rankwise/metric/group_auc.hpp>
#include <rankwise/metric/list_auc.hpp>
#include <rankwise/metric/probability.hpp>
#include <rankwise/metric/regression.hpp>
#include <rankwise/metric/reliability.hpp>
#include <rankwise/metric/xauc.hpp>

#include <vector>

namespace rw = rankwise;

//{ own
/// Share of the predictions that are within `most` of the label.
struct within {
  double most = 0.5;

  static constexpr std::size_t sums = 1;
  template <rw::math::value V>
  RANKWISE_FN rw::item_sums<V, 1> operator()(V p, V y) const {
    return {{rw::math::select(rw::math::abs(p - y) <= rw::as<V>(most), V(1), V(0))}};
  }
  RANKWISE_HOST_FN static double finish(double const (&sum)[1], double weight) { return sum[0] / weight; }

  RANKWISE_ITEM_METRIC_CALLS
};
//} own

namespace {

void items() {
  //{ probability
  std::vector<float> const predicted{0.1f, 0.9f, 0.6f, 0.3f};
  std::vector<int> const clicked{0, 1, 1, 0};
  double const loss = rw::metric::log_loss{}(predicted, clicked);
  double const brier = rw::metric::brier{}(predicted, clicked);
  double const entropy = rw::metric::normalised_entropy{}(predicted, clicked);
  double const ratio = rw::metric::calibration_ratio{}(predicted, clicked);
  //} probability
  claim(near(loss, 0.2696, 1e-4) && near(brier, 0.0675) && near(entropy, 0.3889, 1e-4) && near(ratio, 0.95),
        "four measures");
  //{ itemwise
  auto monday = rw::metric::log_loss{}.accumulator();
  auto tuesday = rw::metric::log_loss{}.accumulator();
  monday.add(std::vector{0.1, 0.9}, std::vector{0, 1});
  tuesday.add(std::vector{0.6, 0.3}, std::vector{1, 0});
  monday.merge(tuesday);
  double const both = monday.value();
  //} itemwise
  claim(near(both, loss, 1e-6), "in parts as in one go");
  //{ regression
  std::vector<double> const watched{12, 40, 3}, guess{10, 44, 3};
  double const mae = rw::metric::mean_absolute_error{}(guess, watched);
  double const rmse = rw::metric::root_mean_squared_error{}(guess, watched);
  double const bias = rw::metric::bias{}(guess, watched);
  //} regression
  claim(mae == 2 && near(rmse, 2.581989) && near(bias, 0.666667), "three distances");
  claim(near(within{.most = 2}(guess, watched), 2.0 / 3), "a measure of one's own");
}

void curves() {
  //{ auc
  std::vector<float> const score{0.9f, 0.8f, 0.7f, 0.7f, 0.2f};
  std::vector<int> const label{1, 0, 1, 0, 0};
  double const auc = rw::metric::auc{}(score, label);
  double const start = rw::metric::auc{.max_false_positive_rate = 0.4}(score, label);
  auto state = rw::metric::auc{}.accumulator(); // in parts
  state.add(score, label);
  double const same = state.value();
  //} auc
  claim(near(auc, 0.75) && same == auc && start > 0.5, "4.5 of 6 pairs");
  //{ group_auc
  std::vector<int> const user{1, 1, 2, 2, 2};
  double const by_id = rw::metric::group_auc<>{}(score, label, user);
  auto const lists = rw::lists_of_sizes(std::vector{2, 3});
  double const by_list = rw::metric::group_auc<rw::metric::weigh::equally>{}(score, label, lists);
  //} group_auc
  claim(near(by_id, (2 * 1 + 3 * 0.75) / 5) && near(by_list, 0.875), "two users");
  //{ list_auc
  double const mean = rw::metric::list_auc<>{}(score, label, lists);
  double const first_two = rw::metric::list_auc<2>{}(score, label, lists);
  //} list_auc
  claim(near(mean, 0.875) && near(first_two, 0.75), "per list, and among the first two");
  //{ xauc
  std::vector<double> const seconds{31, 4, 12, 12, 0};
  double const xauc = rw::metric::xauc{}(score, seconds);
  double const index = rw::metric::concordance{}(score, seconds);
  //} xauc
  claim(near(xauc, 0.7) && near(index, 7.0 / 9), "7 of 10 pairs; one of them has no order");
}

void calibration() {
  //{ reliability
  std::vector<double> const predicted{0.12, 0.18, 0.64, 0.66, 0.91};
  std::vector<int> const happened{0, 1, 1, 0, 1};
  double const ece = rw::metric::expected_calibration_error{.bins = 5}(predicted, happened);
  rw::metric::reliability state(5);
  state.add(predicted, happened);
  auto const curve = state.curve();
  double const parts = curve.reliability() - curve.resolution() + curve.uncertainty() + curve.within_bins();
  //} reliability
  claim(near(ece, 0.218) && near(parts, curve.brier()), "Brier's score and its parts");
  claim(near(curve.bins()[3].prediction, 0.65) && curve.bins()[3].label == 0.5, "65 % promised, half of it kept");
  //{ classes
  std::vector<float> const probability{0.2f, 0.5f, 0.3f, 0.7f, 0.2f, 0.1f}; // two items, three grades
  std::vector<int> const grade{1, 2};
  double const rps = rw::metric::ranked_probability_score{}(rw::row_major(probability, 3), grade);
  double const loss = rw::metric::class_log_loss{}(rw::row_major(probability, 3), grade);
  //} classes
  //{ good_same_bad
  std::vector<int> const ours{3, 2, 2, 3, 1}, theirs{2, 2, 1, 1, 2}; // grades of the same five queries
  rw::metric::good_same_bad side_by_side;
  side_by_side.add(ours, theirs);
  double const net = side_by_side.net();
  double const chance = side_by_side.p_value();
  //} good_same_bad
  claim(near(net, 0.4) && near(chance, 0.625), "3 good, 1 same, 1 bad: could well be chance");
  claim(near(rps, 0.715, 1e-6) && near(loss, 1.497866, 1e-5), "the second item is far off");
}

} // namespace

int main() {
  items();
  curves();
  calibration();
  return broken_claims;
}
