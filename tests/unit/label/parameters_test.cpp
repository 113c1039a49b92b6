#include <rankwise/calibrate/affine.hpp>
#include <rankwise/calibrate/beta.hpp>
#include <rankwise/calibrate/platt.hpp>
#include <rankwise/calibrate/temperature.hpp>
#include <rankwise/exec/scalar.hpp>
#include <rankwise/label/binarise.hpp>
#include <rankwise/label/clip.hpp>
#include <rankwise/label/combine.hpp>
#include <rankwise/label/cut.hpp>
#include <rankwise/label/expected.hpp>
#include <rankwise/label/gain.hpp>
#include <rankwise/label/log.hpp>
#include <rankwise/label/polarise.hpp>
#include <rankwise/label/smooth.hpp>
#include <rankwise/label/table.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <vector>

// Parameters outside of their range are reported by the call, which writes nothing.
namespace rw = rankwise;
namespace l = rankwise::label;
namespace c = rankwise::calibrate;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double inf = std::numeric_limits<double>::infinity();

// The message of a good policy is empty.
template <class Policy>
std::string fault(Policy const& policy) {
  char const* const text = rw::fault_of(policy);
  return text == nullptr ? "" : text;
}

constexpr bool good(char const* text) {
  return text == nullptr;
}

static_assert(good(rw::fault_of(l::polarise{})) && !good(rw::fault_of(l::polarise{.steepness = inf})));

} // namespace

TEST_CASE("every parameter of a transform has a range") {
  CHECK(fault(l::polarise{.steepness = not_a_number}) == "the steepness of polarise (a finite number)");
  CHECK(fault(l::polarise{.centre = -inf}) == "the centre of polarise (a finite number)");
  CHECK(fault(l::polarise{.steepness = 0}).empty()); // 1/2 for everything
  CHECK(fault(l::polarise_normalised{.steepness = 0}) == "the steepness of polarise_normalised (not 0)");
  CHECK(fault(l::polarise_normalised{.centre = not_a_number}) == "the centre of polarise (a finite number)");
  CHECK(fault(l::cut<3>{0.35, 0.65}).empty());
  CHECK(fault(l::cut<3>{0.5, 0.5}).empty());
  CHECK(fault(l::cut<3>{0.5, inf}).empty()); // a grade that nothing reaches
  CHECK(fault(l::cut<3>{0.65, 0.35}) == "a threshold of cut (they ascend)");
  CHECK(fault(l::cut<2>{not_a_number}) == "a threshold of cut (they ascend)");
  CHECK(fault(l::cut<4>{0.1, not_a_number, 0.3}) == "a threshold of cut (they ascend)");
  CHECK(fault(l::clip{.low = 1, .high = 0}) == "low of clip (at most high)");
  CHECK(fault(l::clip{.low = 1, .high = 1}).empty());
  CHECK(fault(l::clip{.low = -inf, .high = inf}).empty());
  CHECK(fault(l::clip{.high = not_a_number}) == "low of clip (at most high)");
  CHECK(fault(l::binarise{.threshold = not_a_number}) == "the threshold of binarise (a number)");
  CHECK(fault(l::smooth{.epsilon = -0.1}) == "epsilon of smooth (from 0 to 1)");
  CHECK(fault(l::smooth{.classes = 0}) == "the classes of smooth (at least 1)");
  CHECK(fault(l::soft{.epsilon = 1.1}) == "epsilon of soft (from 0 to 1)");
  CHECK(fault(l::soft_ordinal{.epsilon = not_a_number}) == "epsilon of soft_ordinal (from 0 to 1)");
  CHECK(fault(l::gain{.base = 0}) == "the base of gain (more than 0, finite)");
  CHECK(fault(l::linear{.slope = inf}) == "slope or offset of linear (finite numbers)");
  CHECK(fault(l::log{.base = 1}) == "the base of log (more than 0, finite, not 1)");
  CHECK(fault(l::log{.base = -2}) == "the base of log (more than 0, finite, not 1)");
  CHECK(fault(l::weighted_sum{.engagement = not_a_number}) == "a weight of weighted_sum (a finite number)");
  CHECK(fault(l::banded{l::cut<2>{0.5}, -1}) == "the share of banded (0 or more)");
  CHECK(fault(l::banded{l::cut<3>{0.5, 0.1}}) == "a threshold of cut (they ascend)");
  CHECK(fault(l::expected_gain{l::gain{.base = -1}}) == "the base of gain (more than 0, finite)");
  CHECK(fault(l::product{}).empty());
  CHECK(fault(l::table<>({0, 1, 1, 2}, {0, 1, 2, 3})).empty());
  CHECK(fault(l::table<>({0, 2, 1}, {0, 1, 2})) == "an x of a table (they ascend)");
  CHECK(fault(l::table<>({not_a_number}, {0})) == "an x of a table (they ascend)");
  CHECK(fault(l::table<>({0, 1, 2}, {0, 1})) == "the y of a table (one for each x)");
  CHECK(fault(l::table<>({0, 1}, {0, 1, 2})) == "the y of a table (one for each x)");
  CHECK(fault(l::table<>()).empty());
  std::vector<float> const points{0, 1, 2};
  CHECK(fault(l::table_view<float>{rw::as_column(points), rw::as_column(points)}).empty());
  CHECK(fault(l::table_view<float>{rw::as_column(points), {points.data(), 2}}) == "the y of a table (one for each x)");
  constexpr std::size_t many = (std::size_t{1} << 24) + 1;
  CHECK(fault(l::table_view<float>{{points.data(), many}, {points.data(), many}}) ==
        "the points of a table (at most 2^24)");
  CHECK(fault(c::platt{.slope = not_a_number}) == "slope or intercept of platt (finite numbers)");
  CHECK(fault(c::affine{.intercept = inf}) == "slope or intercept of affine (finite numbers)");
  CHECK(fault(c::beta{.c = not_a_number}) == "a, b or c of beta (finite numbers)");
  CHECK(fault(c::temperature{0}) == "a temperature (more than 0)");
  CHECK(fault(c::temperature{inf}).empty()); // what a fit makes of logits that know nothing
  CHECK(fault(c::softmax_temperature{-1}) == "a temperature (more than 0)");
}

TEST_CASE("chains and accuracies pass on the first fault of their parts") {
  CHECK(fault(l::polarise{} | l::cut<2>{0.5}).empty());
  CHECK(fault(l::polarise{} | l::cut<3>{0.7, 0.3} | l::gain{.base = -1}) == "a threshold of cut (they ascend)");
  CHECK(fault(rw::fast(l::polarise{.steepness = not_a_number})) == "the steepness of polarise (a finite number)");
}

TEST_CASE("apply reports them and writes nothing; it takes no options but errors") {
  std::vector<float> const x{0.1f, 0.6f, 0.9f};
  std::vector<float> out{7, 7, 7};
  rw::status s;
  rw::apply(l::polarise{.steepness = not_a_number}, x, out, {.errors = s});
  CHECK(s.code == rw::errc::out_of_range);
  CHECK(out == std::vector<float>{7, 7, 7});
  rw::apply(rw::exec::scalar{}, l::polarise{} | l::cut<3>{0.7, 0.3}, x, out, {.errors = s});
  CHECK(s.code == rw::errc::out_of_range);
  rw::apply(l::weighted_sum{.content = inf}, x, x, out, {.errors = s});
  CHECK(s.code == rw::errc::out_of_range);
  std::vector<float> rows{7, 7, 7, 7, 7, 7};
  rw::apply(c::softmax_temperature{0}, rw::row_major(rows, 2), rw::row_major(rows, 2), {.errors = s});
  CHECK(s.code == rw::errc::out_of_range);
  CHECK(rows == std::vector<float>{7, 7, 7, 7, 7, 7});
  CHECK(out == std::vector<float>{7, 7, 7});
  CHECK_THROWS_WITH(rw::apply(l::cut<3>{0.7, 0.3}, x, out),
                    "rankwise: a threshold of cut (they ascend) is out of range");

  rw::apply(l::polarise{}, x, out, {.item_weights = x, .errors = s});
  CHECK(s.code == rw::errc::unused_option);
  rw::apply(l::product{}, x, x, out, {.mask = x, .errors = s});
  CHECK(s.code == rw::errc::unused_option);
  CHECK(out == std::vector<float>{7, 7, 7});
  CHECK_THROWS_WITH(rw::apply(l::polarise{}, x, out, {.item_weights = x}),
                    "rankwise: item_weights means nothing to this call");
  rw::apply(l::polarise{}, x, out, {.errors = s});
  CHECK(s.ok());
}
