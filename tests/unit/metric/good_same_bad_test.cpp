#include <rankwise/metric/good_same_bad.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace rw = rankwise;
namespace m = rankwise::metric;

TEST_CASE("good, same, bad") {
  std::vector<int> const ours{3, 2, 2, 3, 1, 0, 3, 2, 3, 3};
  std::vector<int> const theirs{2, 2, 1, 1, 1, 1, 2, 1, 2, 1};
  m::good_same_bad g;
  g.add(ours, theirs);
  CHECK(g.good() == 7);
  CHECK(g.same() == 2);
  CHECK(g.bad() == 1);
  CHECK(g.net() == doctest::Approx(0.6).epsilon(1e-15));
  CHECK(g.p_value() == doctest::Approx(2 * 9.0 / 256).epsilon(1e-13)); // 7 or 8 of 8 heads
  m::good_same_bad verdicts, half;
  verdicts.add(std::vector{1, 0, 1, 2, 0});
  half.add(std::vector{-0.5, 1.0, 1.0, 1.0, 1.0});
  verdicts.merge(half);
  CHECK(verdicts.net() == g.net());
  CHECK(verdicts.p_value() == g.p_value());
  m::good_same_bad weighted;
  weighted.add(std::vector{1, 0, -1}, {.item_weights = std::vector{0.5, 1.5, 2.0}});
  CHECK(weighted.net() == -1.5 / 4);
  m::good_same_bad turned;
  turned.add(theirs, ours);
  CHECK(turned.net() == -g.net());
  CHECK(turned.p_value() == g.p_value());
}

TEST_CASE("no verdicts, only equal ones, and what cannot be used") {
  m::good_same_bad none;
  CHECK(std::isnan(none.net()));
  CHECK(none.p_value() == 1);
  m::good_same_bad equal;
  equal.add(std::vector{0, 0});
  CHECK(equal.net() == 0);
  CHECK(equal.p_value() == 1);
  rw::status s;
  m::good_same_bad g;
  g.add(std::vector{1.0, std::numeric_limits<double>::quiet_NaN(), -1.0},
        {.item_weights = std::vector{1.0, 1.0, -1.0}, .errors = s});
  CHECK(s.code == rw::errc::unusable_item);
  CHECK(s.where == 1);
  CHECK(s.found == 2);
  CHECK(g.net() == 1);
  g.add(std::vector{1, 2}, std::vector{1}, {.errors = s});
  CHECK(s.code == rw::errc::size_mismatch);
  CHECK(g.good() == 1);
}
