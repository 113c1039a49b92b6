#include <rankwise/loss/bound.hpp>

#include "unit/loss/derivatives.hpp"

#include <vector>

namespace rw = rankwise;
using rw::loss::bound;

TEST_CASE("bound: Rax's ranks by hinges") {
  // With one relevant item, the average relevance position is that item's rank.
  std::vector<double> const s{2, -1.5, 0.9};
  double const expected[]{1, 8.9, 3.1};
  for (std::size_t i = 0; i < 3; ++i) {
    std::vector<double> y(3);
    y[i] = 1;
    CHECK(bound<rw::metric::arp<>>{}.value(rw::exec::scalar{}, s, y, rw::lists<>::single(3)) ==
          doctest::Approx(expected[i]).epsilon(1e-12));
  }
}

TEST_CASE("bound<ndcg>: derivatives, masks, hostile lists") {
  constexpr auto loss = bound<rw::metric::ndcg<>>{};
  support::check_derivatives(loss, support::distinct_scores);
  support::check_masks<false>(loss);
  support::check_hostile(loss);
}

TEST_CASE("bound: the metric says the type") {
  constexpr bound loss{rw::metric::rbp<>{.p = 0.5}};
  static_assert(std::is_same_v<decltype(loss), bound<rw::metric::rbp<>> const>);
  static_assert(loss.metric.p == 0.5);
}
