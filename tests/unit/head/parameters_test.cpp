#include <rankwise/exec/scalar.hpp>
#include <rankwise/head/amount.hpp>
#include <rankwise/head/cascade.hpp>
#include <rankwise/head/chain.hpp>
#include <rankwise/head/class_weights.hpp>
#include <rankwise/head/coral.hpp>
#include <rankwise/head/corn.hpp>
#include <rankwise/head/downsampled.hpp>
#include <rankwise/head/emd.hpp>
#include <rankwise/head/focal.hpp>
#include <rankwise/head/ordinal.hpp>
#include <rankwise/head/proportional_odds.hpp>
#include <rankwise/head/regression.hpp>
#include <rankwise/head/softmax.hpp>
#include <rankwise/head/threshold.hpp>
#include <rankwise/head/with_position.hpp>
#include <rankwise/head/ziln.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

// Parameters of heads outside of their range are reported by training and decoding, which write nothing.
namespace rw = rankwise;
namespace h = rankwise::head;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

template <class Policy>
std::string fault(Policy const& policy) {
  char const* const text = rw::fault_of(policy);
  return text == nullptr ? "" : text;
}

} // namespace

TEST_CASE("every parameter of a head has a range") {
  CHECK(fault(h::ordinal<"r", 3>{}).empty());
  CHECK(fault(h::ordinal<"r", 3>{.weights = {1, -1}}) == "a weight of ordinal (0 or more)");
  CHECK(fault(h::cascade<"r", 3>{.weights = {not_a_number, 1}}) == "a weight of cascade (0 or more)");
  CHECK(fault(h::corn<"r", 3>{.weights = {0, 0}}).empty());
  CHECK(fault(h::corn<"r", 3>{.weights = {0, -0.5}}) == "a weight of corn (0 or more)");
  CHECK(fault(h::chain<"a", "b">{.weights = {1, -1}}) == "a weight of chain (0 or more)");
  CHECK(fault(h::coral<"r", 3>{.biases = {0.5, not_a_number}}) == "a bias of coral (a finite number)");
  CHECK(fault(h::coral<"r", 3>{.weights = {1, -1}}) == "a weight of coral (0 or more)");
  CHECK(fault(h::class_weights<3>{{1, -2, 4}}) == "a weight of class_weights (0 or more)");
  CHECK(fault(h::proportional_odds<"r", 3>{.cuts = h::cuts<2>::at(-0.5, 1.0)}).empty());
  CHECK(fault(h::proportional_odds<"r", 3>{.cuts = h::cuts<2>::at(1.0, -0.5)}) ==
        "a cut-point of a head (they ascend and are finite)");
  CHECK(fault(h::proportional_odds<"r", 3>{.cuts = h::cuts<2>::at(1.0, 1.0)}) ==
        "a cut-point of a head (they ascend and are finite)");
  CHECK(fault(h::all_threshold<"r", 2>{.cuts = h::cuts<1>::at(not_a_number)}) ==
        "a cut-point of a head (they ascend and are finite)");
  CHECK(fault(h::focal<"c">{.gamma = -1}) == "gamma of focal (0 or more)");
  CHECK(fault(h::focal<"c">{.alpha = 2}) == "alpha of focal (from 0 to 1)");
  CHECK(fault(h::downsampled{h::focal<"c">{}, 0}) == "the rate of downsampled (more than 0, at most 1)");
  CHECK(fault(h::downsampled{h::focal<"c">{.gamma = not_a_number}, 0.5}) == "gamma of focal (0 or more)");
  CHECK(fault(h::undo_sampling{.rate = 1.5}) == "the rate of undo_sampling (more than 0, at most 1)");
  CHECK(fault(h::with_position{h::focal<"c">{.alpha = not_a_number}}) == "alpha of focal (from 0 to 1)");
  CHECK(fault(h::softmax<"r", 3, h::target::smooth>{.target = {.rate = 2}}) ==
        "the rate of smooth targets (from 0 to 1)");
  CHECK(fault(h::emd<"r", 3, h::target::sord<>>{.target = {.scale = -1}}) == "the scale of sord (0 or more)");
  CHECK(fault(h::amount<"d", h::law::tweedie>{.law = {.power = 2}}) == "the power of tweedie (between 1 and 2)");
  CHECK(fault(h::amount<"d">{.law = {.spread = -1}}) == "the spread of log_normal (0 or more)");
  CHECK(fault(h::regression<"p", h::error::quantile>{.error = {.level = 1}}).empty());
  CHECK(fault(h::regression<"p", h::error::quantile>{.error = {.level = 1.5}}) ==
        "the level of quantile (from 0 to 1)");
  CHECK(fault(h::regression<"p", h::error::huber>{.error = {.width = 0}}) == "the width of huber (more than 0)");
  CHECK(fault(h::ziln<"p">{.floor = 0}) == "the floor of ziln (more than 0)");
  CHECK(fault(rw::decode::decision{.beta = 0}) == "beta of a decision (between 0 and 1)");
  CHECK(fault(rw::decode::tiers<1>{.beta = 1}) == "beta of tiers (between 0 and 1)");
  CHECK(fault(rw::decode::expected_utility<3>{{-1, 0, 3}}).empty());
  CHECK(fault(rw::decode::expected_utility<3>{{0, not_a_number, 3}}) == "a gain of expected_utility (a finite number)");
}

TEST_CASE("value, gradient, prepare and decode report them and write nothing") {
  constexpr auto bad = h::focal<"c">{.gamma = -1};
  constexpr rw::exec::scalar one_at_a_time;
  std::vector<float> const z{0.5f, -1};
  std::vector<float> const y{1, 0};
  std::vector<float> out{7, 7};
  rw::status s;
  CHECK(std::isnan(bad.value(one_at_a_time, z, y, {.errors = s})));
  CHECK(s.code == rw::errc::out_of_range);
  CHECK(std::isnan(bad.gradient(one_at_a_time, z, y, out, {.errors = s})));
  CHECK(s.code == rw::errc::out_of_range);
  bad.prepare(one_at_a_time, y, {.errors = s});
  CHECK(s.code == rw::errc::out_of_range);
  bad.decode(one_at_a_time, z, out, rw::decode::probability{}, {.errors = s});
  CHECK(s.code == rw::errc::out_of_range);
  std::vector<float> const two{0.5f, -1};
  std::vector<float> level{7};
  h::ordinal<"r", 3>{}.decode(one_at_a_time, rw::row_major(two, 2), level, rw::decode::decision{.beta = 1.5},
                              {.errors = s});
  CHECK(s.code == rw::errc::out_of_range);
  CHECK(out == std::vector<float>{7, 7});
  CHECK(level[0] == 7);
  CHECK_THROWS_WITH(bad.value(one_at_a_time, z, y), "rankwise: gamma of focal (0 or more) is out of range");
}
