#include <rankwise/stat/distribution.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

namespace stat = rankwise::stat;

namespace {

double off(double found, double right) {
  return std::abs(found - right) / right;
}

} // namespace

// mpmath 1.3 with 40 digits; the two of a = b from scipy 1.17.1.
TEST_CASE("the incomplete beta function") {
  struct {
    double a, b, x, right;
  } const cases[] = {{0.5, 0.5, 0.25, 0.33333333333333333333},       {2, 3, 0.5, 0.6875},
                     {10, 0.5, 0.9, 0.15164090963470996856},         {0.5, 50, 0.001, 0.24763098003462321468},
                     {100, 200, 0.3, 0.10884306564490975751},        {1000, 1000, 0.49, 0.18555265943151144994},
                     {5, 10000.0, 0.0001, 0.0036636803676854238376}, {1e5, 1e5, 0.499, 0.18554674455755774},
                     {1e6, 1e6, 0.4995, 0.07864957758091215},        {1e6, 0.5, 0.99999, 7.7438316926187044552e-6},
                     {1.5, 2.5, 0.75, 0.94233111437756269142},       {30, 0.5, 0.1, 1.0793411337245563544e-31},
                     {0.5, 1e6, 1e-07, 0.3452791216945797531},       {200, 3, 0.6, 1.407242762908244079e-41}};
  for (auto const& c : cases) {
    CAPTURE(c.a);
    CAPTURE(c.b);
    CAPTURE(c.x);
    CHECK(off(stat::incomplete_beta(c.a, c.b, c.x), c.right) < 1e-13);
  }
  // Far out, with large parameters.
  CHECK(off(stat::incomplete_beta(1000, 800, 0.45), 1.4520715795851394179e-19) < 1e-13);
  CHECK(off(stat::incomplete_beta(957428, 952154, 0.4956), 9.1948774818170576008e-58) < 3e-12);
  CHECK(off(stat::incomplete_beta(634447.5, 596361, 0.5065), 1.6172663280729768776e-88) < 3e-12);
  CHECK(stat::incomplete_beta(2, 3, 0) == 0);
  CHECK(stat::incomplete_beta(2, 3, 1) == 1);
  CHECK(std::isnan(stat::incomplete_beta(2, 3, 1.5)));
  CHECK(std::isnan(stat::incomplete_beta(2, 3, -0.5)));
  CHECK(std::isnan(stat::incomplete_beta(0, 3, 0.5)));
  CHECK(std::isnan(stat::incomplete_beta(2, std::numeric_limits<double>::quiet_NaN(), 0.5)));
  // I_x(a, b) + I_(1-x)(b, a) = 1 on both sides of the switch of the continued fraction.
  for (double x = 0.01; x < 1; x += 0.07) {
    CHECK(stat::incomplete_beta(3, 7, x) + stat::incomplete_beta(7, 3, 1 - x) == doctest::Approx(1).epsilon(1e-14));
  }
}

TEST_CASE("tails of Student's distribution") {
  struct {
    double t, degrees, right;
  } const cases[] = {{0.1, 1, 0.46827448256944642874},     {1, 1, 0.25},
                     {2.5, 1, 0.12111894159084339872},     {1000.0, 1, 0.00031830978008055893887},
                     {0.5, 2.5, 0.32884895993485734467},   {1.96, 10, 0.039218120123849856466},
                     {5, 10, 0.00026866680137822630854},   {40, 10, 1.1404288715428773225e-12},
                     {1e-08, 7, 0.49999999615008549168},   {2, 100, 0.0241060893655668398},
                     {1.96, 1e6, 0.024998033792634895343}, {6, 1e5, 9.899647278008812792e-10},
                     {3, 0.5, 0.1836540779929717241},      {12, 30, 2.7900927075996280315e-13}};
  for (auto const& c : cases) {
    CAPTURE(c.t);
    CAPTURE(c.degrees);
    CHECK(off(stat::student_tail(c.t, c.degrees), c.right) < 1e-13);
    CHECK(stat::student_tail(-c.t, c.degrees) + c.right == doctest::Approx(1).epsilon(1e-14));
  }
  for (double t = -9; t < 9; t += 0.25) { // two degrees have a closed form
    CHECK(stat::student_tail(t, 2) == doctest::Approx(0.5 - t / 2 / std::sqrt(2 + t * t)).epsilon(1e-13));
  }
  double const infinity = std::numeric_limits<double>::infinity();
  CHECK(stat::student_tail(0, 3) == 0.5);
  CHECK(stat::student_tail(infinity, 3) == 0);
  CHECK(stat::student_tail(-infinity, 3) == 1);
  // Where t^2 overflows or its inverse underflows; mpmath 1.3 with 40 digits.
  CHECK(off(stat::student_tail(1e160, 1), 3.1830988618379067e-161) < 1e-13);
  CHECK(off(stat::student_tail(1e300, 1), 3.1830988618379065e-301) < 1e-13);
  CHECK(off(stat::student_tail(1e160, 0.5), 3.207009754142229e-81) < 1e-13);
  CHECK(off(stat::student_tail(1e100, 2.5), 7.1933971908317221e-251) < 1e-13);
  CHECK(stat::student_tail(-1e200, 1) == 1);
  CHECK(stat::student_tail(1e200, 1000) == 0);
  CHECK(std::isnan(stat::student_tail(1, 0)));
  CHECK(std::isnan(stat::student_tail(std::numeric_limits<double>::quiet_NaN(), 3)));
}

TEST_CASE("tails fall, everywhere") {
  for (double degrees = 0.5; degrees < 1e5; degrees *= degrees < 8 ? 2 : 1.37) {
    double before = 0.5;
    for (double t = 0.125; t < 1e4; t += t < 8 ? 0.125 : t / 4) { // many of them make a denominator of the fraction 0
      double const tail = stat::student_tail(t, degrees);
      CAPTURE(t);
      CAPTURE(degrees);
      CHECK_UNARY(tail < before || tail == 0);
      before = tail;
    }
  }
}

TEST_CASE("quantiles of Student's distribution") {
  struct {
    double tail, degrees, right;
  } const cases[] = {
      {0.025, 1, 12.706204736174703938},   {0.025, 2, 4.3026527297494637234}, {0.025, 9, 2.2621571627982055086},
      {0.005, 30, 2.7499956535672253238},  {0.1, 2.5, 1.7302509288071765287}, {1e-10, 5, 156.82559270889431634},
      {0.025, 1e6, 1.9599663568141070115}, {0.3, 4, 0.56864906304970548011},  {0.4999, 12, 0.00025593362884942320668}};
  for (auto const& c : cases) {
    CAPTURE(c.tail);
    CAPTURE(c.degrees);
    CHECK(off(stat::student_upper_quantile(c.tail, c.degrees), c.right) < 1e-12);
    CHECK(stat::student_upper_quantile(1 - c.tail, c.degrees) == doctest::Approx(-c.right).epsilon(1e-6));
  }
  CHECK(off(stat::student_upper_quantile(1e-200, 1), 3.1830988618379067e199) < 1e-12); // 1 / (pi tail)
  CHECK(stat::student_upper_quantile(1e-300, 0.5) == std::numeric_limits<double>::infinity());
  CHECK(stat::student_upper_quantile(0.5, 3) == 0);
  CHECK(std::isnan(stat::student_upper_quantile(0, 3)));
  CHECK(std::isnan(stat::student_upper_quantile(1, 3)));
  CHECK(std::isnan(stat::student_upper_quantile(0.1, -1)));
}

TEST_CASE("binomial tails") {
  CHECK(stat::binomial_tail(7, 10, 0.5) == doctest::Approx(176.0 / 1024).epsilon(1e-14));
  CHECK(stat::binomial_tail(300, 1000, 0.28) == doctest::Approx(0.08549509295132153).epsilon(1e-12)); // scipy 1.17.1
  CHECK(stat::binomial_tail(0, 10, 0.5) == 1);
  CHECK(stat::binomial_tail(11, 10, 0.5) == 0);
  CHECK(stat::binomial_tail(10, 10, 0.5) == doctest::Approx(1.0 / 1024).epsilon(1e-14));
}
