#include <rankwise/loss/softmax_variants.hpp>
#include <rankwise/loss/unique_softmax.hpp>

#include "unit/loss/derivatives.hpp"
#include "unit/loss/golden.hpp"

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
