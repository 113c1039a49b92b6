#include <rankwise/calibrate/affine.hpp>
#include <rankwise/calibrate/beta.hpp>
#include <rankwise/calibrate/isotonic.hpp>
#include <rankwise/calibrate/isotonic_layer.hpp>
#include <rankwise/calibrate/platt.hpp>
#include <rankwise/calibrate/temperature.hpp>
#include <rankwise/label/clip.hpp>
#include <rankwise/rankwise.hpp>
#include <rankwise/value/calibrated.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

namespace rw = rankwise;
namespace c = rankwise::calibrate;

namespace {

template <class Policy>
void check_derivative(Policy const& policy) {
  auto const f = rw::bound<double>(policy);
  double const h = 1e-6;
  for (double const x : {0.03, 0.11, 0.26, 0.44, 0.52, 0.68, 0.83, 0.97}) {
    CAPTURE(x);
    CHECK(f.derivative(x) == doctest::Approx((f(x + h) - f(x - h)) / (2 * h)).epsilon(1e-7));
  }
}

std::vector<double> const x{0.1, 0.2, 0.3, 0.5, 0.6, 0.9};
std::vector<double> const y{0, 0.3, 0.2, 0.4, 0.9, 0.8};

} // namespace

TEST_CASE("derivatives of calibrators are finite differences") {
  check_derivative(c::platt{.slope = 1.7, .intercept = -0.4});
  check_derivative(c::temperature{.value = 0.6});
  check_derivative(c::affine{.slope = 3, .intercept = 1});
  check_derivative(c::beta{.a = 0.7, .b = 1.9, .c = -0.3});
  check_derivative(c::logit{});
  check_derivative(c::sigmoid{});
  check_derivative(rw::label::clip{.low = 0.2, .high = 0.8});
  check_derivative(c::fit_isotonic(x, y));
  check_derivative(c::fit_isotonic<rw::between::block>(x, y));
  check_derivative(c::isotonic_layer({0, 0.3, 0.9}));
  check_derivative(c::logit{} | c::platt{.slope = 2} | c::fit_isotonic(x, y) | c::affine{.slope = -2});
  check_derivative(rw::fast(c::platt{}));
}

TEST_CASE("calibrated heads in a value model") {
  constexpr auto click = rw::head::binary<"click">{};
  constexpr auto buy = rw::head::binary<"buy">{};
  constexpr c::platt platt{.slope = 0.8, .intercept = -0.2};
  constexpr auto model = rw::weight<"w">(2.0) * rw::calibrated(rw::logit(click), platt) *
                         rw::calibrated(rw::probability(buy), c::beta{.a = 0.5, .b = 1.5});
  constexpr auto ranker = rw::ranker{rw::heads(click, buy), model};
  std::vector<double> const logits{0.3, -1, 2, 0.5, -4, 1};
  std::vector<double> scores(3);
  ranker.score(rw::row_major(logits, 2), scores);
  auto const sigma = [](double z) { return 1 / (1 + std::exp(-z)); };
  for (std::size_t i = 0; i < 3; ++i) {
    double const p = sigma(logits[2 * i + 1]);
    double const expected = 2 * sigma(0.8 * logits[2 * i] - 0.2) * sigma(0.5 * std::log(p) - 1.5 * std::log(1 - p));
    CHECK(scores[i] == doctest::Approx(expected).epsilon(1e-13));
  }
  // Fitted, and by a table.
  auto const isotonic = c::fit_isotonic(x, y);
  auto const other =
      rw::ranker{rw::heads(click, buy),
                 rw::calibrated<rw::unit::probability>(rw::probability(click), isotonic) * rw::probability(buy)};
  other.score(rw::row_major(logits, 2), scores);
  std::vector<double> p{sigma(0.3), sigma(2), sigma(-4)};
  rw::apply(isotonic, p, p);
  CHECK(scores[1] == doctest::Approx(p[1] * sigma(0.5)).epsilon(1e-13));
  std::vector<float> const f(logits.begin(), logits.end());
  std::vector<float> g(3), h(3);
  other.score(rw::row_major(f, 2), g);
  rw::fast(other).score(rw::row_major(f, 2), h);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(static_cast<double>(g[i]) == doctest::Approx(scores[i]).epsilon(1e-6));
    CHECK(static_cast<double>(h[i]) == doctest::Approx(scores[i]).epsilon(2e-6));
  }
}
