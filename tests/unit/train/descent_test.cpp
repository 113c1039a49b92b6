#include <rankwise/core/bytes.hpp>
#include <rankwise/train/descent.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace rw = rankwise;
namespace train = rw::train;

namespace {

// Three steps on x^2 + sin(y) from (1, -2).
template <class T, class Rule>
std::vector<T> three_steps(Rule const& rule) {
  train::descent<Rule, T> steps(rule);
  std::vector<T> x{1, -2};
  for (int t = 0; t < 3; ++t) {
    std::vector<T> const g{2 * x[0], std::cos(x[1])};
    CHECK(steps.step(x, g));
  }
  CHECK(steps.steps() == 3);
  return x;
}

} // namespace

TEST_CASE("three steps against a program in another language, in double and float") {
  // The formulas of the two papers in twenty lines of Python.
  auto const a = three_steps<double>(train::adam{.rate = 0.1, .b2 = 0.99, .decay = 0.05});
  CHECK(a[0] == doctest::Approx(0.688176434291838).epsilon(1e-13));
  CHECK(a[1] == doctest::Approx(-1.6787363843561716).epsilon(1e-13));
  auto const m = three_steps<double>(train::sgd{});
  CHECK(m[0] == doctest::Approx(0.486).epsilon(1e-13));
  CHECK(m[1] == doctest::Approx(-1.8878119424536919).epsilon(1e-13));
  auto const f = three_steps<float>(train::adam{.rate = 0.1, .b2 = 0.99, .decay = 0.05});
  CHECK(static_cast<double>(f[0]) == doctest::Approx(0.688176434291838).epsilon(1e-5));
  CHECK(static_cast<double>(f[1]) == doctest::Approx(-1.6787363843561716).epsilon(1e-5));
}

TEST_CASE("the first step of Adam is as long as its rate, whatever the gradient's size") {
  std::vector<double> x(37), g(37);
  for (std::size_t i = 0; i < g.size(); ++i) {
    g[i] = std::pow(10.0, static_cast<double>(i % 7) - 3) * (i % 2 == 0 ? 1 : -1);
  }
  train::descent<train::adam, double> steps(train::adam{.rate = 0.01});
  CHECK(steps.step(x, g));
  for (std::size_t i = 0; i < g.size(); ++i) {
    CHECK(x[i] == doctest::Approx(g[i] > 0 ? -0.01 : 0.01).epsilon(1e-4));
  }
}

TEST_CASE("a gradient that is not finite moves nothing, and neither do wrong sizes and parameters") {
  rw::status s;
  std::vector<float> x{1, 2, 3};
  std::vector<float> const before = x;
  train::descent<> steps;
  std::vector<float> g{1, std::numeric_limits<float>::quiet_NaN(), 1};
  CHECK_FALSE(steps.step(x, g, s));
  CHECK(s.code == rw::errc::unusable_item);
  CHECK(s.where == 1);
  g[1] = std::numeric_limits<float>::infinity();
  CHECK_FALSE(steps.step(x, g, s));
  CHECK_FALSE(steps.step(x, std::vector<float>(2), s));
  CHECK(s.code == rw::errc::size_mismatch);
  CHECK_FALSE(steps.step(x, x, s));
  CHECK(s.code == rw::errc::aliasing);
  CHECK(steps.steps() == 0);
  for (train::adam const& wrong : {train::adam{.rate = -1}, train::adam{.b1 = 1}, train::adam{.b2 = -0.1},
                                   train::adam{.epsilon = 0}, train::adam{.decay = std::nan("")}}) {
    CHECK_FALSE(train::descent<>(wrong).step(x, std::vector<float>(3, 1.f), s));
    CHECK(s.code == rw::errc::out_of_range);
  }
  CHECK_FALSE((train::descent<train::sgd>({.momentum = 1}).step(x, std::vector<float>(3, 1.f), s)));
  CHECK(s.code == rw::errc::out_of_range);
  CHECK(x == before);
  CHECK(steps.step(x, std::vector<float>(3, 1.f)));
  std::vector<float> longer(4);
  CHECK_FALSE(steps.step(longer, std::vector<float>(4, 1.f), s)); // its memory is of three
  CHECK(s.code == rw::errc::size_mismatch);
}

TEST_CASE("interrupted, written, read: the same bits as without a break; another rule or type is refused") {
  auto const gradient_at = [](std::vector<float> const& x) {
    std::vector<float> g(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
      g[i] = std::sin(3 * x[i]) + 0.1f * static_cast<float>(i);
    }
    return g;
  };
  auto const check = [&](auto rule) {
    using Rule = decltype(rule);
    std::vector<float> x(37, 0.3f);
    train::descent<Rule> steps(rule);
    for (int t = 0; t < 7; ++t) {
      steps.step(x, gradient_at(x));
    }
    auto const bytes = rw::to_bytes(steps);
    std::vector<float> later = x;
    train::descent<Rule> resumed(rule);
    REQUIRE(rw::from_bytes(bytes, resumed));
    CHECK(resumed.steps() == 7);
    for (int t = 0; t < 5; ++t) {
      steps.step(x, gradient_at(x));
      resumed.step(later, gradient_at(later));
    }
    CHECK(x == later);
    rw::status s;
    train::descent<Rule, double> wide(rule);
    CHECK_FALSE(rw::from_bytes(bytes, wide, s));
    CHECK(s.code == rw::errc::bad_format);
    return bytes;
  };
  auto const of_adam = check(train::adam{.rate = 0.05, .decay = 0.01});
  check(train::sgd{.rate = 0.05});
  rw::status s;
  train::descent<train::sgd> other;
  CHECK_FALSE(rw::from_bytes(of_adam, other, s));
  CHECK(s.code == rw::errc::bad_format);
  train::descent<> fresh;
  train::descent<> as_fresh;
  CHECK(rw::from_bytes(rw::to_bytes(fresh), as_fresh)); // before the first step, too
}
