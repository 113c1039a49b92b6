#include <rankwise/head/binary.hpp>
#include <rankwise/loss/bound.hpp> // has a loss called bound, which pointwise.hpp must not take for the function
#include <rankwise/loss/pointwise.hpp>

#include "unit/loss/derivatives.hpp"
#include "unit/loss/golden.hpp"

#include <cmath>
#include <limits>
#include <vector>

namespace rw = rankwise;

TEST_CASE("pointwise: values of TensorFlow Ranking") {
  using mean = rw::loss::basic_bce<rw::reduction::weighted_mean>;
  support::check_golden(mean{}, support::tfr_lists(), {1.4962590167116456, -0.8190754804540176});
  support::check_golden(mean{}, {{{1, 3, 2}, {0, 0, 1}, {2, 3, 4}}, {{1, 3}, {0, 2}, {1, 1}}},
                        {1.3644441637699514, -0.8190754804540176});
  auto const mse = rw::loss::basic_mse<rw::reduction::mean_items>{};
  auto const v = support::values_of<double>(mse, support::tfr_documented());
  CHECK(v[0] == doctest::Approx(0.4).epsilon(1e-12));
  // The mean over a batch that is padded to 2 x 3 items.
  auto const sums = support::values_of<double>(rw::loss::mse{}, support::tfr_documented());
  CHECK((sums[0] + sums[1]) / 6 == doctest::Approx(0.2083333333333334).epsilon(1e-12));
}

TEST_CASE("bce: labels outside of [0, 1] are taken as they are, or held (Rax)") {
  std::vector<double> const s{1, 3};
  std::vector<double> const y{0, 2};
  double const a = std::log1p(std::exp(1.0));
  double const b = std::log1p(std::exp(3.0));
  auto const one = rw::lists<>::single(2);
  CHECK(rw::loss::bce{}.value(s, y, one) == doctest::Approx(a + b - 6).epsilon(1e-13));
  CHECK(rw::loss::basic_bce<rw::label_range::clipped>{}.value(s, y, one) == doctest::Approx(a + b - 3).epsilon(1e-13));
}

TEST_CASE("pointwise: a head's loss over lists") {
  support::problem<double> const p(3);
  auto y = p.labels;
  for (double& x : y) {
    x /= 4;
  }
  using head = rw::head::binary_head<rw::head::nameless>;
  CHECK(rw::loss::pointwise<head>{}.value(p.scores, y, p.lists()) ==
        doctest::Approx(head{}.value(p.scores, y)).epsilon(1e-12));
  CHECK(rw::loss::bce{}.value(p.scores, y, p.lists()) == doctest::Approx(head{}.value(p.scores, y)).epsilon(1e-12));
}

TEST_CASE("poisson: e^s - y s, and a mean that overflows is reported") {
  std::vector<double> const s{0.5, -1};
  std::vector<int> const y{2, 0};
  CHECK(rw::loss::poisson{}.value(s, y, rw::lists<>::single(2)) ==
        doctest::Approx(std::exp(0.5) - 1 + std::exp(-1)).epsilon(1e-13));
  rw::status told;
  std::vector<double> g(2, 9);
  rw::loss::poisson{}.gradient(std::vector<double>{1e30, 0}, y, rw::lists<>::single(2), g, {.errors = told});
  CHECK(told.code == rw::errc::not_finite);
  CHECK(g == std::vector<double>{0, 0});
}

TEST_CASE("pointwise: derivatives") {
  support::check_derivatives(rw::loss::mse{}, support::true_hessian);
  support::check_derivatives(rw::loss::basic_bce<rw::reduction::weighted_mean>{}, support::true_hessian);
  support::check_derivatives(rw::loss::basic_focal<rw::reduction::mean_items>{.gamma = 1.5}, support::true_hessian);
  support::check_derivatives(rw::loss::poisson{}, support::true_hessian);
  support::check_derivatives(rw::loss::quantile{.level = 0.3}, support::distinct_scores);
  support::check_derivatives(rw::loss::huber{.width = 0.7}, support::no_kink);
}

TEST_CASE("pointwise: masks and hostile lists") {
  support::check_masks(rw::loss::basic_bce<rw::reduction::weighted_mean>{});
  support::check_hostile(rw::loss::mse{});
  support::check_hostile(rw::loss::bce{});
}

TEST_CASE("pointwise: parameters have the ranges of the heads that they are of") {
  double const inf = std::numeric_limits<double>::infinity();
  double const nan = std::numeric_limits<double>::quiet_NaN();
  for (double const x : {-0.1, 0.0, 0.3, 1.0, 1.1, inf, nan}) {
    CAPTURE(x);
    auto const same = [](auto const& loss, auto const& item) {
      char const* const a = rw::fault_of(loss);
      char const* const b = rw::fault_of(item);
      return (a == nullptr) == (b == nullptr);
    };
    CHECK(same(rw::loss::quantile{.level = x}, rw::head::error::quantile{x}));
    CHECK(same(rw::loss::huber{.width = x}, rw::head::error::huber{x}));
    CHECK(same(rw::loss::focal{.gamma = x}, rw::head::focal<"c">{.gamma = x}));
    CHECK(same(rw::loss::focal{.alpha = x}, rw::head::focal<"c">{.alpha = x}));
    CHECK((rw::fault_of(rw::loss::quantile{.level = x}) == nullptr) == (x >= 0 && x <= 1));
    CHECK((rw::fault_of(rw::loss::huber{.width = x}) == nullptr) == (x > 0));
  }
  CHECK(rw::fault_of(rw::loss::quantile{.floor = -1}) != nullptr);
  // Without an edge Huber's loss is half the squared error.
  std::vector<double> const s{0.5, -3, 40}, y{1, 2, 0};
  auto const one = rw::lists<>::single(3);
  CHECK(rw::loss::huber{.width = inf}.value(s, y, one) == doctest::Approx(rw::loss::mse{}.value(s, y, one) / 2));
}

TEST_CASE("focal: derivatives of the greatest scores are numbers") {
  constexpr float most = std::numeric_limits<float>::max();
  std::vector<float> const scores{most, -most, most, -most};
  std::vector<float> const labels{1, 1, 0, 0};
  std::vector<float> gradient(4), hessian(4);
  rw::loss::focal{.gamma = 3}.gradient(scores, labels, rw::lists<>::uniform(4, 1), gradient, hessian);
  CHECK(hessian == std::vector<float>(4, 0.0f));
  CHECK(gradient == std::vector<float>{0, -0.25f, 0.75f, 0});
}
