#include <rankwise/label/polarise.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace rw = rankwise;

namespace {

template <class T, class Policy>
std::vector<T> applied(Policy const& policy, std::vector<T> const& x) {
  std::vector<T> out(x.size());
  rw::apply(policy, x, out);
  return out;
}

template <class T>
void near(std::vector<T> const& computed, std::vector<double> const& expected, double tolerance) {
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CAPTURE(i);
    CHECK(std::fabs(static_cast<double>(computed[i]) - expected[i]) < tolerance);
  }
}

} // namespace

TEST_CASE_TEMPLATE("values for steepness 10 and centre 1/2", T, float, double) {
  double const tolerance = sizeof(T) == 8 ? 1e-10 : 1e-6;
  std::vector<T> const c{0, T(0.25), T(0.5), T(0.75), 1};
  near(applied(rw::label::polarise{}, c), {.0066928509243, .0758581800212, .5, .9241418199788, .9933071490757},
       tolerance);
  near(applied(rw::label::polarise_normalised{}, c), {0, .0701037165, .5, .9298962835, 1}, tolerance);
}

TEST_CASE("parameters") {
  double const x = 0.3;
  double const expected = 1 / (1 + std::exp(-6 * (x - 0.2)));
  CHECK(applied(rw::label::polarise{.steepness = 6, .centre = 0.2}, std::vector<double>{x})[0] ==
        doctest::Approx(expected).epsilon(1e-14));
  auto const ends = applied(rw::label::polarise_normalised{.steepness = 6, .centre = 0.2}, std::vector<double>{0, 1});
  CHECK(ends[0] == doctest::Approx(0).epsilon(1e-15));
  CHECK(ends[1] == doctest::Approx(1).epsilon(1e-15));
}

TEST_CASE_TEMPLATE("it saturates, keeps the order, and passes NaN on", T, float, double) {
  T const inf = std::numeric_limits<T>::infinity();
  auto const y = applied(rw::label::polarise{}, std::vector<T>{-inf, T(-1e30), -100, 0, 1, 100, T(1e30), inf,
                                                               std::numeric_limits<T>::quiet_NaN()});
  CHECK(y[0] == 0);
  CHECK(y[1] == 0);
  for (std::size_t i = 1; i < 8; ++i) {
    CHECK(y[i] >= y[i - 1]);
  }
  CHECK(y[6] == 1);
  CHECK(y[7] == 1);
  CHECK(std::isnan(y[8]));
}

TEST_CASE_TEMPLATE("normalised: the definition for every steepness, without the digits that a difference loses", T,
                   float, double) {
  // (sigma(c) - sigma(0)) / (sigma(1) - sigma(0)) for c = -0.5, 0.25, 0.75, from mpmath with 60 digits.
  struct row {
    double steepness, centre, expected[3];
  };
  T const tolerance = sizeof(T) == 8 ? T(1e-12) : T(2e-6);
  for (row const& r : {row{1e-09, 0.5, {-0.5, 0.25, 0.75}},
                       row{0.01, 0.5, {-0.4999937500651035, 0.2499996093754069, 0.7500003906245931}},
                       row{0.5, 0.2, {-0.49842292125088909, 0.25252412094819298, 0.75443963175529595}},
                       row{3, 0.9, {-0.094237009896366562, 0.12039827003364166, 0.63813702767964238}},
                       row{40, 0.1, {-0.018315638850291395, 0.99748208917052062, 0.99999999999479757}},
                       row{25, 1.5, {-1.3887943864964021e-11, 7.180271844843074e-9, 0.0019304613026115587}},
                       row{8, -1, {-52.651791084459555, 0.86491570702487431, 0.99785527376499604}}}) {
    CAPTURE(r.steepness);
    CAPTURE(r.centre);
    for (double const sign : {1.0, -1.0}) {
      auto const y = applied(rw::label::polarise_normalised{.steepness = sign * r.steepness, .centre = r.centre},
                             std::vector<T>{T(-0.5), 0, T(0.25), T(0.75), 1});
      CHECK(std::abs(y[0] - T(r.expected[0])) <= tolerance * (1 + std::abs(y[0])));
      CHECK(std::abs(y[1]) <= tolerance);
      CHECK(std::abs(y[2] - T(r.expected[1])) <= tolerance);
      CHECK(std::abs(y[3] - T(r.expected[2])) <= tolerance);
      CHECK(std::abs(y[4] - 1) <= tolerance);
    }
  }
}

TEST_CASE_TEMPLATE("a steepness beyond the numbers of the type is a step", T, float, double) {
  std::vector<T> const c{0, T(0.5), 1};
  for (double const steepness : {1e39, 1e300, std::numeric_limits<double>::max()}) {
    CHECK(applied(rw::label::polarise{.steepness = steepness}, c) == std::vector<T>{0, T(0.5), 1});
    CHECK(applied(rw::fast(rw::label::polarise{.steepness = steepness}), c) == std::vector<T>{0, T(0.5), 1});
    CHECK(applied(rw::label::polarise_normalised{.steepness = steepness}, c) == std::vector<T>{0, T(0.5), 1});
  }
}
