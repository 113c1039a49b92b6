#include <rankwise/train/priority.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace rw = rankwise;
namespace train = rw::train;

namespace {

// L1 = (x-1)^2 <= 0.01 comes before L2 = (x+1)^2 + (y-2)^2.
struct worked {
  double x = 1;
  double y = 2;

  std::vector<double> first() const { return {(x - 1) * (x - 1)}; }

  template <class Machine>
  void step(Machine& machine, double eta) {
    std::vector<double> const objective{2 * (x + 1), 2 * (y - 2)};
    std::vector<double> const constraint{2 * (x - 1), 0};
    std::vector<double> d(2);
    CHECK(machine.direction(objective, rw::row_major(constraint, 2), d));
    x -= eta * d[0];
    y -= eta * d[1];
    machine.update(first());
  }
};

template <class Machine>
worked train_on(Machine& machine) {
  worked w;
  machine.observe(w.first());
  for (int t = 0; t < 20000; ++t) {
    w.step(machine, 0.05);
  }
  return w;
}

} // namespace

TEST_CASE("the worked optimum, and how far training leaves the allowed region on its way") {
  train::priority<> calm({0.01}, 5);
  worked const w = train_on(calm);
  CHECK(w.x == doctest::Approx(0.9).epsilon(1e-9));
  CHECK(w.y == doctest::Approx(2).epsilon(1e-9));
  CHECK(calm.lambda(0) == doctest::Approx(19).epsilon(1e-8));
  CHECK(calm.worst_violation() == doctest::Approx(0.0544).epsilon(1e-3));
  CHECK(calm.feasible(1e-9));
  train::priority<train::undamped, train::not_rescaled> wild({0.01}, 0.5);
  worked const v = train_on(wild);
  CHECK(v.x == doctest::Approx(0.9).epsilon(1e-4));
  CHECK(wild.lambda(0) == doctest::Approx(19).epsilon(1e-3));
  CHECK(wild.worst_violation() == doctest::Approx(0.739).epsilon(1e-3));
}

TEST_CASE("a limit that holds costs nothing; without limits it is plain descent") {
  train::priority<> loose({10.0}, 5);
  worked const w = train_on(loose);
  CHECK(w.x == doctest::Approx(-1));
  CHECK(loose.lambda(0) == 0);
  CHECK(loose.worst_violation() == 0);
  train::priority<> none(std::vector<double>{});
  std::vector<float> const g{1, -2};
  std::vector<float> out(2);
  CHECK(none.direction(g, rw::row_major(g.data(), 0, 2), out));
  CHECK(out == g);
}

TEST_CASE("direction: the formula for two tasks, in place") {
  train::priority<train::damped, train::rescaled> machine({1.0, 2.0}, 0.5, {.strength = 2});
  machine.update(std::vector<double>{3, 1}); // violations 2, -1; lambda 1, 0
  CHECK(machine.lambda(0) == 1);
  CHECK(machine.lambda(1) == 0);
  CHECK(machine.multiplier(0) == 1 + 2 * 2);
  CHECK(machine.multiplier(1) == 0);
  machine.update(std::vector<double>{1.5, 2.5}); // violations 0.5, 0.5; lambda 1.25, 0.25
  CHECK(machine.multiplier(0) == 2.25);
  CHECK(machine.multiplier(1) == 1.25);
  std::vector<double> g{1, 10};
  std::vector<double> const c{100, 1000, -1, -2};
  CHECK(machine.direction(g, rw::row_major(c, 2), g));
  CHECK(g[0] == doctest::Approx((1 + 2.25 * 100 - 1.25) / 4.5));
  CHECK(g[1] == doctest::Approx((10 + 2.25 * 1000 - 2.5) / 4.5));
  CHECK(machine.worst_violation() == 2);
  CHECK(!machine.feasible());
  CHECK(machine.feasible(0.5));
}

TEST_CASE("floors are limits of the negative") {
  train::priority<> machine({train::at_least(0.8)}, 1);
  machine.update(std::vector<double>{train::at_least(0.7)});
  CHECK(machine.lambda(0) == doctest::Approx(0.1));
  machine.update(std::vector<double>{train::at_least(0.95)});
  CHECK(machine.lambda(0) == 0);
}

TEST_CASE("values that are not finite leave their multiplier alone; shapes are checked") {
  train::priority<> machine({0.0, 0.0}, 1);
  machine.update(std::vector<double>{1, 1});
  rw::status s;
  CHECK(!machine.update(std::vector<double>{1, std::numeric_limits<double>::quiet_NaN()}, s));
  CHECK(s.code == rw::errc::not_finite);
  CHECK(s.where == 1);
  CHECK(machine.lambda(0) == 2);
  CHECK(machine.lambda(1) == 1);
  CHECK(!machine.update(std::vector<double>{1}, s));
  CHECK(s.code == rw::errc::size_mismatch);
  std::vector<double> g{1, 2}, c(2);
  CHECK(!machine.direction(g, rw::row_major(c, 2), g, s));
  CHECK(s.code == rw::errc::wrong_shape);
  CHECK(g == std::vector<double>{1, 2});
}

TEST_CASE("rates, strengths and limits are checked") {
  rw::status s;
  CHECK(train::priority<>({1.0}, 0, {}, s).size() == 0);
  CHECK(s.code == rw::errc::out_of_range);
  CHECK(train::priority<>({1.0}, 1, {.strength = -1}, s).size() == 0);
  CHECK(s.code == rw::errc::out_of_range);
  CHECK(train::priority<>({std::numeric_limits<double>::quiet_NaN()}, 1, {}, s).size() == 0);
  CHECK(s.code == rw::errc::out_of_range);
}
