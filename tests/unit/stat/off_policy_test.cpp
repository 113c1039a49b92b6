#include <rankwise/stat/off_policy.hpp>

#include <doctest/doctest.h>

#include "support/allocations.hpp"
#include "support/random.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace rw = rankwise;
namespace stat = rankwise::stat;

namespace {

auto about(double x) {
  return doctest::Approx(x).epsilon(1e-12);
}

std::vector<double> const r{1, 0, 0, 2, 1, 0};
std::vector<double> const p{.5, .2, .9, .25, .1, .4};
std::vector<double> const t{.4, .4, .1, .5, .3, 0};
std::vector<double> const q{.7, .3, .2, 1.5, .6, .1};
std::vector<double> const v{.6, .4, .3, 1.2, .8, .2};

} // namespace

// The formulas in numpy 2.4.6, intervals by scipy 1.17.1.
TEST_CASE("values of a small log") {
  stat::off_policy log;
  log.add(r, p, t, q, v);
  CHECK(log.ipw().value == about(1.3));
  CHECK(log.ipw().standard_error == about(0.7187952884282608));
  CHECK(log.ipw(0.9).low == about(-0.14840727670680942));
  CHECK(log.ipw(0.9).high == about(2.748407276706808));
  CHECK(log.snips().value == about(0.9859550561797751));
  CHECK(log.direct().value == about(0.5833333333333334));
  CHECK(log.doubly_robust().value == about(0.8862962962962965));
  CHECK(log.doubly_robust().standard_error == about(0.40782487029181075));
  CHECK(log.self_normalised_doubly_robust().value == about(0.8131086142322097));
  CHECK(log.self_normalised_doubly_robust().standard_error == about(0.29693992857339196));
  CHECK(log.effective_size() == about(3.545459631846921));
  CHECK(log.largest_weight() == about(3));
  CHECK(log.clipped() == 0);
  stat::off_policy clipped(1.5);
  clipped.add(r, p, t, q, v);
  CHECK(clipped.ipw().value == about(0.8833333333333333));
  CHECK(clipped.snips().value == about(0.9794661190965092));
  CHECK(clipped.doubly_robust().value == about(0.7696296296296298));
  CHECK(clipped.effective_size() == about(3.9555196050634605));
  CHECK(clipped.clipped() == 3);
  CHECK(clipped.largest_weight() == about(3));
}

// mpmath 1.3 with 40 digits: hardly anything is left of the squares.
TEST_CASE("large rewards that are much alike") {
  std::vector<double> large{.25, -.5, 1, .75, -1.25, .5};
  for (double& x : large) {
    x += 1e8;
  }
  std::vector<double> const some{.4, .4, .1, .5, .3, .2};
  stat::off_policy log;
  log.add(large, p, some);
  CHECK(log.snips().value == about(99999999.680317040951));
  CHECK(log.snips().standard_error == doctest::Approx(0.46765235267588804).epsilon(1e-7));
  stat::off_policy same;
  same.add(large, p, p);
  CHECK(same.ipw().standard_error == about(0.34610932762158647));
  CHECK(same.snips().standard_error == about(0.34610932762158647));
  stat::off_policy equal;
  equal.add(std::vector<double>(6, 0.1), p, some);
  CHECK(equal.snips().standard_error < 1e-15);
  // Squares overflow: the value is known, the interval is not.
  stat::off_policy huge;
  huge.add(std::vector{1e200, 2e200, 3e200}, std::vector{.5, .5, .5}, std::vector{.5, .5, .5});
  CHECK(huge.ipw().value == doctest::Approx(2e200));
  CHECK(std::isnan(huge.ipw().low));
  CHECK(std::isnan(huge.snips().low));
}

// Uniform over 34 items, valued from the log of Thompson sampling: numpy 2.4.6 on the published sample.
TEST_CASE("a uniform policy on the Open Bandit data") {
  std::vector<int> const coded{
#include "data/open_bandit/bts.inc"
  };
  REQUIRE(coded.size() == 10000);
  std::vector<float> click;
  std::vector<double> propensity;
  for (int const k : coded) {
    click.push_back(k < 0 ? 1.0f : 0.0f);
    propensity.push_back(k == 0 ? 1.0 / 34 : std::abs(k) / 200000.0);
  }
  std::vector<double> const uniform(coded.size(), 1.0 / 34);
  stat::off_policy log;
  CHECK(support::allocations_of([&] { log.add(click, propensity, uniform); }) == 0);
  CHECK(log.ipw().value == doctest::Approx(0.003008626327256482).epsilon(1e-9));
  CHECK(log.ipw().standard_error == doctest::Approx(0.0007739354628865025).epsilon(1e-9));
  CHECK(log.snips().value == doctest::Approx(0.003189423162277403).epsilon(1e-9));
  CHECK(log.snips().standard_error == doctest::Approx(0.0008278645084519992).epsilon(1e-9));
  CHECK(log.effective_size() == doctest::Approx(655.7098495873269).epsilon(1e-9));
  CHECK(log.largest_weight() == doctest::Approx(178.25311942959001).epsilon(1e-9));
  CHECK(log.mean_weight() == doctest::Approx(0.9433136257492332).epsilon(1e-9));
  stat::off_policy clipped(10);
  clipped.add(click, propensity, uniform);
  CHECK(clipped.clipped() == 145);
  CHECK(clipped.snips().value == doctest::Approx(0.0038310784413778873).epsilon(1e-9));
  CHECK(clipped.effective_size() == doctest::Approx(1844.0053847326603).epsilon(1e-9));
  // A model that predicts the click rate of the log for every item.
  stat::off_policy with_model;
  std::vector<double> const rate(coded.size(), 0.0069);
  with_model.add(click, propensity, uniform, rate, rate);
  CHECK(with_model.doubly_robust().value == doctest::Approx(0.003399762309586772).epsilon(1e-9));
  CHECK(with_model.doubly_robust().standard_error == doctest::Approx(0.0008093170131537775).epsilon(1e-9));
  CHECK(with_model.direct().value == doctest::Approx(0.0069).epsilon(1e-12));
  // The day's first and second half, merged in the other order.
  stat::off_policy morning, evening;
  auto const half = [](auto const& c, std::size_t k) { return std::span(c).subspan(k * 5000, 5000); };
  morning.add(half(click, 0), half(propensity, 0), half(uniform, 0));
  evening.add(half(click, 1), half(propensity, 1), half(uniform, 1));
  evening.merge(morning);
  CHECK(evening.ipw().value == log.ipw().value);
  CHECK(evening.snips().standard_error == log.snips().standard_error);
  CHECK(evening.effective_size() == log.effective_size());
  stat::off_policy parts[2];
  for (std::size_t k = 0; k < 2; ++k) {
    parts[k].add(half(click, k), half(propensity, k), half(uniform, k), half(rate, k), half(rate, k));
  }
  parts[1].merge(parts[0]);
  CHECK(parts[1].self_normalised_doubly_robust().low == with_model.self_normalised_doubly_robust().low);
  // v and q are the same number: nothing but SNIPS of the rest
  CHECK(parts[1].self_normalised_doubly_robust().value == doctest::Approx(log.snips().value).epsilon(1e-12));
}

TEST_CASE("the logging policy itself; unbiased where the truth is known") {
  stat::off_policy same;
  same.add(r, p, p);
  CHECK(same.ipw().value == about(4.0 / 6));
  CHECK(same.snips().value == about(4.0 / 6));
  CHECK(same.effective_size() == about(6));
  CHECK(same.mean_weight() == 1);
  // Three actions that earn .2, .5 and .8; the log prefers the worst, the policy the best.
  double const earns[] = {0.2, 0.5, 0.8};
  double const logged[] = {0.6, 0.3, 0.1};
  double const wanted[] = {0.1, 0.2, 0.7};
  support::random draw(6);
  std::vector<double> reward, propensity, target, predicted, expected;
  for (int i = 0; i < 20000; ++i) {
    double const where = draw.uniform();
    std::size_t const action = where < 0.6 ? 0 : where < 0.9 ? 1 : 2;
    reward.push_back(draw.uniform() < earns[action] ? 1 : 0);
    propensity.push_back(logged[action]);
    target.push_back(wanted[action]);
    predicted.push_back(earns[action] + 0.1); // a model that is wrong by .1 everywhere
    expected.push_back(0.68 + 0.1);
  }
  stat::off_policy log;
  log.add(reward, propensity, target, predicted, expected);
  for (stat::estimate const& e : {log.ipw(), log.snips(), log.doubly_robust(), log.self_normalised_doubly_robust()}) {
    CHECK(std::abs(e.value - 0.68) < 4 * e.standard_error);
  }
  CHECK(log.direct().value == about(0.78));
  CHECK(log.doubly_robust().standard_error < log.ipw().standard_error);
}

TEST_CASE("no rows, propensities of 0, and what else cannot be used") {
  stat::off_policy none;
  CHECK(std::isnan(none.ipw().value));
  CHECK(std::isnan(none.snips().value));
  CHECK(std::isnan(none.doubly_robust().value));
  CHECK(std::isnan(none.self_normalised_doubly_robust().value));
  CHECK(none.effective_size() == 0);
  rw::status s;
  double const nan = std::numeric_limits<double>::quiet_NaN();
  stat::off_policy log;
  log.add(std::vector<double>{1.0, 1, 1, nan, 1, 1, 1}, std::vector<double>{0, .5, 1.5, .5, -.1, .5, 1e-310},
          std::vector<double>{.5, .5, .5, .5, .5, 1.5, .5}, {.errors = s});
  CHECK(s.code == rw::errc::unusable_item);
  CHECK(s.where == 0);
  CHECK(s.found == 6); // a weight that overflows is none, either
  CHECK(log.count() == 1);
  CHECK(log.left_out() == 6);
  CHECK(log.ipw().value == 1);
  CHECK(std::isnan(log.ipw().low)); // of one row
  CHECK_THROWS_AS(log.add(std::vector{1.0}, std::vector{0.0}, std::vector{.5}), rw::error);
  log.add(r, p, std::vector{.5}, {.errors = s});
  CHECK(s.code == rw::errc::size_mismatch);
  log.add(r, p, t, q, std::vector{.5}, {.errors = s});
  CHECK(s.code == rw::errc::size_mismatch);
  log.add(r, p, t, {.item_weights = p, .errors = s});
  CHECK(s.code == rw::errc::unused_option);
  CHECK(log.count() == 1);
  stat::off_policy negative(-1);
  negative.add(r, p, t, {.errors = s});
  CHECK(s.code == rw::errc::out_of_range);
  // Nothing in common with the log: no weight.
  stat::off_policy apart;
  apart.add(r, p, std::vector<double>(6, 0));
  CHECK(apart.ipw().value == 0);
  CHECK(std::isnan(apart.snips().value));
}

TEST_CASE("rewards that overflow with their weight cannot be used") {
  rw::status s;
  stat::off_policy a;
  std::vector<double> const large{1e308, 1}, half{0.01, 0.5}, sure{1, 1};
  a.add(large, half, sure, {.errors = s});
  CHECK(s.code == rw::errc::unusable_item);
  CHECK(s.where == 0);
  CHECK(a.left_out() == 1);
  CHECK(a.ipw().value == 2);
  stat::off_policy b;
  std::vector<double> const lower{-1e308, 0};
  b.add(std::vector<double>{1e308, 1}, std::vector<double>{1, 0.5}, sure, lower, lower, {.errors = s});
  CHECK(s.where == 0);
  CHECK(b.doubly_robust().value == 2);
}
