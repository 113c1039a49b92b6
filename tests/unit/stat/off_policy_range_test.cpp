#include <rankwise/stat/off_policy.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace off_policy_range_test {

namespace rw = rankwise;
namespace stat = rankwise::stat;

TEST_CASE("values of rewards that add up beyond the largest double") {
  stat::off_policy log;
  std::vector<double> const one(3, 1.0);
  log.add(std::vector{1e308, 1.5e308, 1e308}, one, one);
  CHECK(log.ipw().value == doctest::Approx(3.5 / 3 * 1e308).epsilon(1e-15));
  CHECK(log.snips().value == doctest::Approx(3.5 / 3 * 1e308).epsilon(1e-15));
}

TEST_CASE("a confidence that is none has no interval") {
  stat::off_policy log;
  std::vector<double> const half(4, 0.5), q{.5, .25, .75, .5};
  log.add(std::vector{1.0, 0.0, 1.0, 0.5}, half, q, q, half);
  stat::moments sums;
  sums.add(q);
  double const nan = std::numeric_limits<double>::quiet_NaN();
  for (double const confidence : {-0.5, 0.0, 1.0, 1.5, nan}) {
    CAPTURE(confidence);
    for (stat::estimate const& e :
         {log.ipw(confidence), log.snips(confidence), log.direct(confidence), log.doubly_robust(confidence),
          log.self_normalised_doubly_robust(confidence), stat::t_interval{confidence}.of(sums)}) {
      CHECK(std::isfinite(e.value));
      CHECK(std::isfinite(e.standard_error));
      CHECK(std::isnan(e.low));
      CHECK(std::isnan(e.high));
    }
  }
  CHECK(log.ipw(0.9).low < log.ipw(0.9).high);
}

} // namespace off_policy_range_test
