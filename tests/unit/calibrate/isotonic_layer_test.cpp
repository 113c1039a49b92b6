#include <rankwise/calibrate/isotonic_layer.hpp>

#include <doctest/doctest.h>

#include "support/executors.hpp"
#include "support/random.hpp"

#include <cmath>
#include <limits>
#include <span>
#include <vector>

namespace isotonic_layer_test {

namespace rw = rankwise;
namespace c = rankwise::calibrate;

namespace {

std::vector<double> const edges{-1, -0.25, 0.5, 0.75, 2};

c::isotonic_layer trained(std::uint64_t seed, std::size_t contexts) {
  c::isotonic_layer layer(edges, contexts);
  layer.set(support::random(seed).uniforms<double>(contexts * edges.size(), -2, 2));
  return layer;
}

std::vector<double> const x{-3, -0.99, -0.3, -0.1, 0.2, 0.6, 0.8, 1.9, 5};
std::vector<int> const context{0, 1, 2, 0, 1, 2, 0, 1, 2};

double value(c::isotonic_layer const& layer, std::vector<double> const& at, std::vector<double> const& up) {
  std::vector<double> out(at.size());
  rw::apply(layer, at, context, out);
  double sum = 0;
  for (std::size_t i = 0; i < at.size(); ++i) {
    sum += up[i] * out[i];
  }
  return sum;
}

} // namespace

TEST_CASE("an isotonic layer begins as the identity and never falls") {
  c::isotonic_layer const fresh(edges);
  std::vector<double> out(x.size());
  rw::apply(fresh, x, out);
  for (std::size_t i = 0; i < x.size(); ++i) {
    CHECK(out[i] == doctest::Approx(std::min(2.0, std::max(-1.0, x[i]))).epsilon(1e-14));
  }
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    auto const layer = trained(seed, 1);
    support::for_each_executor([&](auto executor) {
      std::vector<float> sweep(10001), f(10001);
      for (std::size_t i = 0; i < sweep.size(); ++i) {
        sweep[i] = static_cast<float>(i) / 10000 * 4 - 1.5f;
      }
      rw::apply(executor, layer, sweep, f);
      int falls = 0;
      for (std::size_t i = 1; i < f.size(); ++i) {
        falls += f[i] < f[i - 1];
      }
      CHECK(falls == 0);
    });
  }
}

TEST_CASE("its gradients by the input and by the parameters are finite differences") {
  auto const layer = trained(4, 3);
  auto const up = support::random(5).uniforms<double>(x.size(), -1, 1);
  std::vector<double> dx(x.size()), dp(layer.parameters().size());
  layer.backward(x, context, up, dx, dp);
  double const h = 1e-6;
  for (std::size_t i = 0; i < x.size(); ++i) {
    auto a = x, b = x;
    a[i] += h;
    b[i] -= h;
    CHECK(dx[i] == doctest::Approx((value(layer, a, up) - value(layer, b, up)) / (2 * h)).epsilon(1e-7));
  }
  for (std::size_t k = 0; k < dp.size(); ++k) {
    CAPTURE(k);
    auto a = layer.parameters(), b = layer.parameters();
    a[k] += h;
    b[k] -= h;
    auto left = layer, right = layer;
    left.set(b);
    right.set(a);
    CHECK(dp[k] == doctest::Approx((value(right, x, up) - value(left, x, up)) / (2 * h)).epsilon(1e-7));
  }
  // They are added to what is there; weights scale, a mask leaves out.
  auto twice = dp;
  layer.backward(x, context, up, dx, twice);
  CHECK(twice[1] == doctest::Approx(2 * dp[1]));
  std::vector<int> mask(x.size(), 0);
  std::vector<double> zero(dp.size());
  layer.backward(x, context, up, dx, zero, {.mask = mask});
  CHECK(zero == std::vector<double>(dp.size()));
  CHECK(dx == std::vector<double>(x.size()));
}

TEST_CASE("trained by plain gradient descent it fits a step") {
  c::isotonic_layer layer(std::vector<double>{0, 0.25, 0.5, 0.75, 1});
  auto const at = support::random(6).uniforms<double>(400, 0, 1);
  std::vector<double> y(400), up(400), dx(400);
  double first = 0, last = 0;
  for (int round = 0; round < 3000; ++round) {
    rw::apply(layer, at, y);
    double loss = 0;
    for (std::size_t i = 0; i < at.size(); ++i) {
      up[i] = (y[i] - (at[i] > 0.5 ? 1.0 : 0.0)) / 400;
      loss += 400 * up[i] * up[i] / 2;
    }
    (round == 0 ? first : last) = loss;
    std::vector<double> gradient(5);
    layer.backward(at, up, dx, gradient);
    auto p = layer.parameters();
    for (std::size_t k = 0; k < 5; ++k) {
      p[k] -= 0.5 * gradient[k];
    }
    layer.set(p);
  }
  CHECK(last < first / 2);
}

TEST_CASE("contexts, NaN and wrong shapes") {
  auto const layer = trained(7, 2);
  std::vector<double> const three{0.1, 0.1, 0.1, 0.1, std::nan("")};
  std::vector<double> const which{0, 1, 2, std::nan(""), 0};
  std::vector<double> out(5), one(5);
  rw::apply(layer, three, which, out);
  rw::apply(layer, three, one);
  CHECK(out[0] == one[1]);
  CHECK(out[1] != out[0]);
  for (std::size_t i = 2; i < 5; ++i) {
    CHECK(std::isnan(out[i]));
  }
  // Half a context is none, not a mixture of two rows; neither forth nor back.
  std::vector<double> const half{0, 0.5, 1, 1.5, -0.25};
  std::vector<double> const up(5, 1);
  std::vector<double> input(5), sums(10), twice(10);
  rw::apply(layer, std::vector<double>(5, 0.3), half, out);
  layer.backward(std::vector<double>(5, 0.3), half, up, input, sums);
  std::vector<float> const narrow(half.begin(), half.end());
  std::vector<float> of_floats(5);
  rw::apply(layer, std::vector<float>(5, 0.3f), narrow, of_floats);
  for (std::size_t i = 0; i < 5; ++i) {
    CAPTURE(i);
    bool const known = i == 0 || i == 2;
    CHECK(std::isnan(out[i]) == !known);
    CHECK(std::isnan(of_floats[i]) == !known);
    CHECK(std::isnan(input[i]) == !known);
  }
  layer.backward(std::vector<double>(2, 0.3), std::vector<double>{0, 1}, std::vector<double>(2, 1.0),
                 std::span(input).first(2), twice);
  CHECK(sums == twice);
  std::vector<double> three_out(5);
  rw::status s;
  double const inf = std::numeric_limits<double>::infinity();
  c::isotonic_layer const endless({0, 1, inf}, 1, s);
  CHECK(s.code == rw::errc::wrong_shape);
  c::isotonic_layer const crowd({0, 0.5, 1}, std::size_t{1} << 23, s); // float could not tell their rows apart
  CHECK(s.code == rw::errc::list_too_long);
  CHECK(crowd.contexts() == 1);
  c::isotonic_layer const wrong(std::vector<double>{1, 1}, 1, s);
  CHECK(s.code == rw::errc::wrong_shape);
  c::isotonic_layer const nothing({0, 1}, 0, s);
  CHECK(s.code == rw::errc::wrong_shape);
  rw::apply(nothing, three, three_out);
  auto copy = layer;
  copy.set(std::vector<double>(3), s);
  CHECK(s.code == rw::errc::size_mismatch);
  std::vector<double> dx(5), dp(9);
  layer.backward(three, three, dx, dp, {.errors = s});
  CHECK(s.code == rw::errc::size_mismatch);
  CHECK_THROWS_AS(c::isotonic_layer(std::vector<double>{3}), rw::error);
}

} // namespace isotonic_layer_test
