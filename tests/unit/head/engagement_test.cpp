#include <rankwise/head/amount.hpp>
#include <rankwise/head/binary.hpp>
#include <rankwise/head/chain.hpp>
#include <rankwise/head/downsampled.hpp>
#include <rankwise/head/focal.hpp>
#include <rankwise/head/regression.hpp>
#include <rankwise/head/with_position.hpp>
#include <rankwise/head/ziln.hpp>

#include <rankwise/exec/apply.hpp>
#include <rankwise/exec/scalar.hpp>
#include <rankwise/exec/simd.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

namespace rw = rankwise;

namespace {

bool close(double a, double b, double bound = 1e-14) {
  return std::fabs(a - b) <= bound * std::fmax(1, std::fabs(b));
}

auto at(std::vector<double> const& z) {
  return [&z](int k) { return z[static_cast<std::size_t>(k)]; };
}

double sigma(double z) {
  return 1 / (1 + std::exp(-z));
}

constexpr rw::head::chain<"click", "cart", "purchase"> funnel;
static_assert(funnel.label == rw::name("purchase") && funnel.columns == 3);

} // namespace

TEST_CASE("chain: the probability of the whole, and of its beginnings") {
  std::vector<double> const z{-2, -1, 0.5};
  CHECK(close(funnel.probability(at(z)), sigma(-2) * sigma(-1) * sigma(0.5)));
  CHECK(close(funnel.probability(at(z), 2), sigma(-2) * sigma(-1)));
  CHECK(close(funnel.log_probability(at(z)), std::log(sigma(-2) * sigma(-1) * sigma(0.5))));
  std::vector<double> events(3);
  funnel.decode(rw::row_major(z, 3), rw::row_major(events, 3), rw::decode::events{});
  CHECK(close(events[0], sigma(-2)));
  CHECK(close(events[2], funnel.probability(at(z))));
}

TEST_CASE("chain: the loss of the whole chain keeps its precision at both ends") {
  constexpr auto whole = rw::head::chain<"a", "b", "c">{.weights = {0, 0, 1}};
  rw::exec::scalar const scalar;
  // P = 1e-36 or so: -log P, and -log(1 - P) = P
  std::vector<double> const rare{-30, -25, -28};
  CHECK(close(whole.value(scalar, rw::row_major(rare, 3), std::vector<int>{3}), 83 + std::exp(-25), 1e-12));
  double const p = sigma(-30) * sigma(-25) * sigma(-28);
  CHECK(std::fabs(whole.value(scalar, rw::row_major(rare, 3), std::vector<int>{0}) / p - 1) < 1e-12);
  // 1 - P = 2.06e-9 + ...: -log P = 1 - P to first order
  std::vector<double> const certain{20, 25, 22};
  double const miss = std::exp(-20) + std::exp(-25) + std::exp(-22); // 1 - P up to 5e-18
  CHECK(std::fabs(whole.value(scalar, rw::row_major(certain, 3), std::vector<int>{3}) / miss - 1) < 1e-8);
  CHECK(close(whole.value(scalar, rw::row_major(certain, 3), std::vector<int>{0}), -std::log(miss), 1e-9));
  // the sum of the losses of the events, each over all items
  std::vector<double> const z{0.3, -0.7, 1.1};
  double const p1 = sigma(0.3), p2 = p1 * sigma(-0.7), p3 = p2 * sigma(1.1);
  CHECK(close(funnel.value(scalar, rw::row_major(z, 3), std::vector<int>{1}),
              -std::log(p1) - std::log(1 - p2) - std::log(1 - p3)));
}

TEST_CASE("focal loss: both classes, with the digits of both tails") {
  double const gamma = 1.5;
  for (double const z : {-200.0, -40.0, -3.0, -0.1, 0.0, 0.4, 5.0, 40.0, 200.0}) {
    for (double const y : {0.0, 0.25, 1.0}) {
      CAPTURE(z);
      CAPTURE(y);
      double expected[3] = {};
      for (double const sign : {1.0, -1.0}) {
        double const s = sign * z;
        double const p = 1 / (1 + std::exp(-s));
        double const q = 1 / (1 + std::exp(s));
        double const entropy = s > 0 ? std::log1p(std::exp(-s)) : std::log1p(std::exp(s)) - s;
        double const w = sign > 0 ? 0.3 * y : 0.7 * (1 - y);
        double const scale = w * std::pow(q, gamma);
        expected[0] += scale * entropy;
        expected[1] -= sign * scale * (gamma * p * entropy + q);
        expected[2] += scale * (gamma * p * entropy * (gamma * p - q) + (2 * gamma + 1) * p * q);
      }
      std::vector<double> g(1);
      std::vector<double> h(1);
      double const value = rw::head::focal<"c">{.gamma = gamma, .alpha = 0.3}.gradient(std::vector<double>{z},
                                                                                       std::vector<double>{y}, g, h);
      CHECK(value == doctest::Approx(expected[0]).epsilon(1e-12).scale(0));
      CHECK(g[0] == doctest::Approx(expected[1]).epsilon(1e-12).scale(0));
      CHECK(h[0] == doctest::Approx(expected[2]).epsilon(1e-12).scale(0));
    }
  }
}

TEST_CASE("focal loss") {
  // gamma 0 and alpha 1/2: half the cross-entropy
  std::vector<double> const z{0.3, -1.4, 2.2};
  std::vector<double> const y{1, 0, 0};
  CHECK(close(rw::head::focal<"c">{.gamma = 0, .alpha = 0.5}.value(z, y), rw::head::binary<"c">{}.value(z, y) / 2));
  // alpha (1 - p)^gamma (-log p)
  double const p = sigma(0.3);
  CHECK(close(rw::head::focal<"c">{}.value(std::vector<double>{0.3}, std::vector<int>{1}),
              -0.25 * (1 - p) * (1 - p) * std::log(p)));
}

TEST_CASE("down-sampling of negatives") {
  constexpr auto click = rw::head::downsampled<rw::head::binary<"click">>{.rate = 0.1};
  std::vector<double> const z{0.4};
  double const q = sigma(0.4);
  double const p = q / (q + (1 - q) / 0.1);
  CHECK(close(click.probability(at(z)), p));
  CHECK(close(click.probability(at(z)), sigma(0.4 + std::log(0.1))));
  std::vector<double> out(1);
  rw::apply(rw::head::undo_sampling{.rate = 0.1}, std::vector<double>{q}, out);
  CHECK(close(out[0], p));
  CHECK(click.value(z, std::vector<int>{1}) == rw::head::binary<"click">{}.value(z, std::vector<int>{1}));
}

TEST_CASE("position bias is there in training and gone at serving") {
  constexpr rw::head::with_position<rw::head::binary<"click">> training;
  std::vector<double> const z{0.5, -1.0, 0.5, 0.25};
  std::vector<int> const y{1, 0};
  std::vector<double> g(4), plain(2);
  rw::head::binary<"click"> const head = training.served;
  CHECK(training.gradient(rw::row_major(z, 2), y, rw::row_major(g, 2)) ==
        head.gradient(std::vector<double>{-0.5, 0.75}, y, plain));
  CHECK(g == std::vector<double>{plain[0], plain[0], plain[1], plain[1]});
  CHECK(training.served.probability(at(z)) == sigma(0.5));
}

TEST_CASE("several heads over the same rows, each with its mask") {
  std::vector<float> const logits{0.1f, 0.2f, 0.3f, -0.4f, 0.5f, -0.6f}; // click and purchase of three items
  std::vector<int> const clicked{1, 0, 1}, bought{1, 0, 0};
  std::vector<float> gradient(6, 9);
  // strided columns of one matrix: each head reads and writes its own
  auto const column = [](auto& v, std::size_t k) { return rw::strided(v.data() + k, 3, 2); };
  rw::head::binary<"click"> const click;
  rw::head::binary<"purchase"> const purchase;
  double const loss = click.gradient(column(logits, 0), clicked, column(gradient, 0)) +
                      purchase.gradient(column(logits, 1), bought, column(gradient, 1), {.mask = clicked});
  CHECK(loss > 0);
  CHECK(gradient[3] == 0); // not clicked: no purchase to learn from
  CHECK(gradient[1] == doctest::Approx(sigma(0.2) - 1).epsilon(1e-6));
  CHECK(gradient[2] == doctest::Approx(sigma(0.3)).epsilon(1e-6));
}

TEST_CASE("amounts") {
  using namespace rw::head;
  std::vector<double> const z{0.7};
  std::vector<double> const y{2.5};
  CHECK(close(amount<"dwell">{}.value(z, y), std::pow(0.7 - std::log(2.5), 2)));
  CHECK(close(amount<"dwell">{.law = {.spread = 0.5}}.expected_value(at(z)), std::exp(0.7 + 0.125)));
  CHECK(close(amount<"n", law::poisson>{}.value(z, y), std::exp(0.7) - 2.5 * 0.7));
  CHECK(close(amount<"n", law::tweedie>{}.value(z, y), 2 * std::exp(0.35) + 2.5 * 2 * std::exp(-0.35)));
  CHECK(close(regression<"r">{}.value(z, y), 1.8 * 1.8));
  CHECK(close(regression<"r", error::quantile>{.error = {.level = 0.9}}.value(z, y), 0.9 * 1.8));
  rw::status s;
  amount<"dwell">{}.value(z, std::vector<double>{0}, {.errors = s});
  CHECK(s.code == rw::errc::not_finite);
}

TEST_CASE("zero-inflated log-normal") {
  constexpr rw::head::ziln<"revenue"> head;
  std::vector<double> const z{-0.3, 1.2, 0.4};
  double const p = sigma(-0.3), d = std::log1p(std::exp(0.4));
  CHECK(close(head.expected_value(at(z)), p * std::exp(1.2 + d * d / 2)));
  CHECK(close(head.value(rw::row_major(z, 3), std::vector<int>{0}), -std::log(1 - p)));
  double const y = 3, e = (std::log(y) - 1.2) / d;
  double const density = std::exp(-e * e / 2) / (y * d * std::sqrt(2 * std::acos(-1.0)));
  CHECK(close(head.value(rw::row_major(z, 3), std::vector<double>{y}), -std::log(p * density)));
}
