#include <rankwise/stat/readout.hpp>

#include <doctest/doctest.h>

#include "support/random.hpp"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace rw = rankwise;
namespace stat = rankwise::stat;

TEST_CASE("a read-out has the numbers of its tests, adjusted for their number") {
  support::random draw(1);
  std::vector<double> before[2], after[2];
  stat::moments plain[2];
  stat::co_moments both[2];
  for (std::size_t g = 0; g < 2; ++g) {
    for (int i = 0; i < 500; ++i) {
      before[g].push_back(draw.uniform(0, 4));
      after[g].push_back(before[g].back() + draw.uniform(-1, 1) + (g == 0 ? 0.2 : 0));
    }
    plain[g].add(after[g]);
    both[g].add(before[g], after[g]);
  }
  stat::readout table;
  table.add("orders", plain[0], plain[1]);
  table.add("orders, adjusted for the month before", both[0], both[1]);
  table.add("pairs", after[0], before[0]);
  auto const& rows = table.rows();
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].p_value == stat::welch{}(plain[0], plain[1]).p_value);
  CHECK(rows[0].a == plain[0].mean());
  auto const cuped = stat::cuped{}(both[0], both[1]);
  CHECK(rows[1].difference == cuped.adjusted.difference);
  CHECK(rows[1].low == cuped.adjusted.low);
  auto const t = stat::paired_t{}(after[0], before[0]);
  CHECK(rows[2].p_value == t.p_value);
  CHECK(rows[2].high == t.high);
  CHECK(rows[2].a - rows[2].b == doctest::Approx(rows[2].difference).epsilon(1e-12));
  std::vector<double> p{rows[0].p_value, rows[1].p_value, rows[2].p_value};
  stat::holm(p, p);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(rows[i].adjusted == p[i]);
  }
  CHECK(rows[1].adjusted < 0.05);
  std::string const text = table.to_table();
  CHECK(text.find("orders, adjusted for the month before ") != std::string::npos);
  CHECK(text.find(" *\n") != std::string::npos);
  std::size_t const first = text.find('\n');
  CHECK(text.find(" adjusted\n") == first - 9);
}

TEST_CASE("a read-out of nothing") {
  stat::readout table;
  CHECK(table.to_table() ==
        "measure            A            B     A - B                  interval         p  adjusted\n");
  table.add("none", stat::moments{}, stat::moments{});
  CHECK(table.rows()[0].p_value == 1);
  rw::status s;
  double const nan = std::numeric_limits<double>::quiet_NaN();
  table.add("broken", std::vector{1.0, nan, 3.0}, std::vector{0.0, 1.0, 1.0}, {.errors = s});
  CHECK(s.code == rw::errc::unusable_item);
  CHECK(table.rows()[1].a == 2);
  CHECK(table.rows()[1].adjusted <= 1);
  CHECK_THROWS_AS(table.add("broken", std::vector{nan}, std::vector{0.0}), rw::error);
  CHECK(table.rows().size() == 2);
}

TEST_CASE("means of a read-out are those of the pairs that its test used") {
  stat::readout table;
  rw::status s;
  std::vector<double> const a{1e308, 1, 2, 3, 7}, b{-1e308, 0, 0, 1, 7};
  table.add("overflow", a, b, {.mask = std::vector{1, 1, 1, 1, 0}, .errors = s});
  CHECK(s.code == rw::errc::unusable_item);
  auto const& row = table.rows()[0];
  CHECK(row.a == 2);
  CHECK(row.b == doctest::Approx(1.0 / 3).epsilon(1e-15));
  CHECK(row.difference == doctest::Approx(5.0 / 3).epsilon(1e-15));
  table.add("sizes", a, std::vector{1.0}, {.errors = s});
  CHECK(s.code == rw::errc::size_mismatch);
  CHECK(std::isnan(table.rows()[1].a));
}
