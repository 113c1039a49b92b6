// How sure may one be? Exact sums, intervals, tests, experiments and values from logs.
#include "claim.hpp"

#include <rankwise/stat/distribution.hpp>
#include <rankwise/stat/exact_sum.hpp>
#include <rankwise/stat/experiment.hpp>
#include <rankwise/stat/interval.hpp>
#include <rankwise/stat/moments.hpp>
#include <rankwise/stat/multiple.hpp>
#include <rankwise/stat/off_policy.hpp>
#include <rankwise/stat/paired.hpp>
#include <rankwise/stat/quantile.hpp>
#include <rankwise/stat/readout.hpp>

#include <array>
#include <cstdio>
#include <string>
#include <vector>

namespace rw = rankwise;

namespace {

void sums() {
  //{ exact_sum
  rw::stat::exact_sum morning, evening;
  morning.add(std::vector<double>{1e100, 1, 0.1});
  evening.add(-1e100);
  morning.merge(evening);
  double const total = morning.value(); // 1.1, in whatever order they came

  std::array<unsigned char, rw::stat::exact_sum::bytes> bytes{};
  morning.write(bytes); // to another machine
  rw::stat::exact_sum there;
  bool const read = there.read(bytes);
  //} exact_sum
  claim(total == 1.1 && read && there == morning, "nothing is lost, anywhere");
  //{ moments
  std::vector<double> const value{3.5, -1, 2, 8, 2};
  std::vector<double> const weight{1, 2, 0.5, 3, 1.5};
  rw::stat::moments sums;
  sums.add(value, {.item_weights = weight});
  double const mean = sums.mean();
  double const error = sums.standard_error();
  //} moments
  claim(near(mean, 3.6875) && near(error, 2.14, 1e-3), "a weighted mean and its standard error");
  //{ quantiles
  rw::stat::quantiles q;
  q.add(value);
  double const median = q(0.5);
  //} quantiles
  claim(median == 2, "the one in the middle");
  //{ distribution
  double const p = 2 * rw::stat::student_tail(2.571, 5);
  double const t = rw::stat::student_upper_quantile(0.025, 5);
  double const seven_of_ten = rw::stat::binomial_tail(7, 10, 0.5); // 7 heads or more
  //} distribution
  claim(near(p, 0.05, 1e-4) && near(t, 2.5706, 1e-4) && near(seven_of_ten, 0.171875), "what tables say");
}

void tests() {
  //{ interval
  std::vector<double> const ndcg{.62, .71, .55, .80, .43, .90, .66, .38, .77, .51, .69, .84};
  auto const student = rw::stat::t_interval{}(ndcg);
  auto const resampled = rw::stat::bootstrap{.replicates = 2000, .seed = 7}(ndcg);
  //} interval
  claim(near(student.value, 0.655) && student.low < student.value && near(resampled.low, student.low, 0.02),
        "two intervals that agree");
  //{ paired
  std::vector<double> const before{.58, .70, .57, .74, .40, .82, .67, .35, .70, .52, .61, .80}; // the same queries
  auto const t = rw::stat::paired_t{}(ndcg, before);
  auto const signs = rw::stat::sign_test{}(ndcg, before);
  auto const ranks = rw::stat::wilcoxon{}(ndcg, before);
  auto const turned = rw::stat::permutation{}(ndcg, before);
  auto const drawn = rw::stat::paired_bootstrap{}(ndcg, before);
  //} paired
  claim(near(t.p_value, 0.0074, 1e-4) && near(signs.p_value, 0.146, 1e-4) && ranks.exact && turned.exact,
        "two small samples");
  claim(ranks.p_value < 0.02 && turned.p_value < 0.02 && drawn.p_value < 0.02, "better by all but the weakest");
  //{ multiple
  std::vector<double> const p{.01, .04, .03, .005};
  std::vector<double> adjusted(4);
  rw::stat::holm(p, adjusted);
  //} multiple
  claim(near(adjusted[0], 0.03) && near(adjusted[3], 0.02), "3 and 4 times what they were");
}

void experiments() {
  //{ experiment
  // Users of two groups: what they bought in the month before, and in the month of the experiment.
  std::vector<double> const before_a{10, 4, 7, 1, 9, 3}, after_a{12, 5, 9, 2, 10, 5};
  std::vector<double> const before_b{8, 5, 6, 2, 11, 3}, after_b{8, 6, 6, 1, 12, 3};
  auto const welch = rw::stat::welch{}(after_a, after_b);
  rw::stat::co_moments a, b;
  a.add(before_a, after_a);
  b.add(before_b, after_b);
  auto const cuped = rw::stat::cuped{}(a, b);
  //} experiment
  claim(welch.p_value > 0.5 && cuped.adjusted.p_value < 0.01 && cuped.variance_ratio < 0.05,
        "the month before explains nearly all of the difference between users");
  //{ readout
  rw::stat::readout table;
  table.add("orders, less those expected", a, b); // with the covariate: CUPED
  table.add("a against b, in pairs", after_a, after_b);
  std::string const text = table.to_table();
  //} readout
  claim(table.rows()[0].adjusted < 0.02 && text.find(" *") != std::string::npos, "what an experiment says, in a table");
  std::fputs(text.c_str(), stdout);
  //{ off_policy
  std::vector<double> const reward{1, 0, 0, 1};
  std::vector<double> const propensity{.5, .2, .1, .25}; // of what was shown, under the policy that logged
  std::vector<double> const target{.4, .4, 0, .5};       // under the policy to be valued
  rw::stat::off_policy log(10);                          // weights are cut at 10
  log.add(reward, propensity, target);
  double const ipw = log.ipw().value;
  double const snips = log.snips().value;
  double const rows = log.effective_size(); // of four
  //} off_policy
  claim(near(ipw, 0.7) && near(snips, 0.5833333) && near(rows, 2.666667), "a value, and how little it rests on");
}

} // namespace

int main() {
  sums();
  tests();
  experiments();
  return broken_claims;
}
