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
