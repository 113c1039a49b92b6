#include <rankwise/loss/softmax_variants.hpp>
#include <rankwise/loss/unique_softmax.hpp>

#include "support/executors.hpp"
#include "unit/loss/derivatives.hpp"
#include "unit/loss/golden.hpp"

#include <cmath>
#include <vector>

namespace rw = rankwise;

TEST_CASE("unique_softmax: values of TensorFlow Ranking") {
  auto const v = support::values_of<double>(rw::loss::unique_softmax{}, support::tfr_documented());
  CHECK(v[0] == doctest::Approx(0.798138869381592).epsilon(1e-9));
  CHECK((v[0] + v[1]) / 2 == doctest::Approx(0.8391189076110988).epsilon(1e-9));
}

TEST_CASE("unique_softmax: with labels 0 and 1 it is multi_positive") {
  support::problem<double> p(9, 8, 30);
  for (double& y : p.labels) {
    y = y > 2 ? 1 : 0;
  }
  CHECK(rw::loss::unique_softmax{.temperature = 0.7}.value(p.scores, p.labels, p.lists(), p.options(7)) ==
        doctest::Approx(rw::loss::multi_positive{.temperature = 0.7}.value(p.scores, p.labels, p.lists(), p.options(7)))
            .epsilon(1e-12));
}

TEST_CASE("unique_softmax: derivatives, masks, hostile lists") {
  rw::loss::basic_unique_softmax<rw::gain::linear> const loss{.temperature = 0.7};
  support::check_derivatives(loss, support::true_hessian);
  support::check_masks(loss);
  support::check_hostile(loss);
}

namespace {

template <class T>
void check_far_ahead(double ahead) {
  CAPTURE(ahead);
  std::vector<T> const s{static_cast<T>(ahead), T(0.3), 0};
  std::vector<int> const y{2, 1, 0};
  auto const one = rw::lists<>::single(3);
  double const value = std::log1p(std::exp(-0.3)); // of the other two: labels 1 and 0
  double const slope = 1 / (1 + std::exp(0.3));
  double const tolerance = sizeof(T) == 4 ? 1e-6 : 1e-14;
  rw::loss::unique_softmax const loss{};
  support::for_each_executor([&](auto executor) {
    std::vector<T> g(3), h(3);
    CHECK(loss.gradient(executor, s, y, one, g, h) == doctest::Approx(value).epsilon(tolerance));
    CHECK(g[0] == 0);
    CHECK(g[1] == doctest::Approx(-slope).epsilon(tolerance));
    CHECK(g[2] == doctest::Approx(slope).epsilon(tolerance));
    CHECK(g[0] + g[1] + g[2] == doctest::Approx(0).epsilon(tolerance));
    CHECK(h[1] == doctest::Approx(slope * (1 - slope)).epsilon(tolerance));
    CHECK(loss.value(executor, s, y, one) == loss.gradient(executor, s, y, one, g));
  });
}

} // namespace

TEST_CASE("unique_softmax: what an item far ahead competes with keeps its digits") {
  for (double const ahead : {1e4, 1e6, 1e9}) {
    check_far_ahead<float>(ahead);
  }
  check_far_ahead<double>(1e15);
  check_far_ahead<double>(1e300);
  // Behind: the greatest label is last of all, and its loss the distance.
  std::vector<float> const s{0, 0.3f, 1e6f};
  std::vector<float> g(3);
  rw::loss::unique_softmax const loss{};
  double const value = loss.gradient(s, std::vector<int>{2, 1, 0}, rw::lists<>::single(3), g);
  CHECK(value == doctest::Approx(4e6).epsilon(1e-6)); // gains 3 and 1
  CHECK(g == std::vector<float>{-3, -1, 4});
}
