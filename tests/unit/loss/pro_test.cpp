#include <rankwise/loss/list_mle.hpp>
#include <rankwise/loss/pro.hpp>

#include "unit/loss/derivatives.hpp"
#include "unit/loss/golden.hpp"

#include <vector>

namespace rw = rankwise;

TEST_CASE("pro: BEQUE's example") {
  support::check_golden(rw::loss::pro{}, {{{-0.5, -0.9, -1.4}, {2, 1, 0.5}}}, {1.32733109204});
  // In any order, and with a repeated reward, of which the first item counts.
  support::check_golden(rw::loss::pro{}, {{{-1.4, -0.5, 7, -0.9}, {0.5, 2, 2, 1}}}, {1.32733109204});
}

TEST_CASE("pro: two items whose rewards differ by 1 are ListMLE") {
  std::vector<double> const s{0.3, 1.1};
  std::vector<double> const y{1, 0};
  CHECK(rw::loss::pro{}.value(s, y, rw::lists<>::single(2)) ==
        doctest::Approx(rw::loss::list_mle{}.value(s, y, rw::lists<>::single(2))).epsilon(1e-13));
}

TEST_CASE("pro: derivatives, masks, hostile lists") {
  support::check_derivatives(rw::loss::pro{}, support::true_hessian);
  support::check_masks(rw::loss::pro{});
  support::check_hostile(rw::loss::pro{});
}
