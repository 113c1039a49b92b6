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

TEST_CASE("bound: with a cutoff, too, the metric is never below") {
  auto const of = [](auto metric, std::vector<double> const& s, std::vector<double> const& y) {
    return -bound<decltype(metric)>{metric}.value(s, y, rw::lists<>::single(s.size()));
  };
  CHECK(of(rw::metric::precision<1>{}, {0, 0.5}, {1, 0}) == 0);                     // rank 1.5
  CHECK(of(rw::metric::precision<2>{}, {0, 0.5}, {1, 0}) == doctest::Approx(0.25)); // half of it is there
  CHECK(of(rw::metric::recall<2>{}, {0, 0.5}, {1, 0}) == doctest::Approx(0.5));
  CHECK(of(rw::metric::mrr<2>{}, {0, 0.5}, {1, 0}) == doctest::Approx(0.5 / 2.5));
  support::random draw(5);
  for (int round = 0; round < 200; ++round) {
    CAPTURE(round);
    std::vector<double> s(9);
    std::vector<double> y(9);
    for (std::size_t i = 0; i < 9; ++i) {
      s[i] = draw.uniform(-3, 3);
      y[i] = std::floor(draw.uniform(0, 3));
    }
    auto const bounds = [&](auto metric) {
      double const low = of(metric, s, y);
      CHECK(low <= metric(s, y, rw::lists<>::single(9)) + 1e-12);
      CHECK(low >= 0);
    };
    bounds(rw::metric::ndcg<3>{});
    bounds(rw::metric::dcg<4>{});
    bounds(rw::metric::precision<2>{});
    bounds(rw::metric::recall<4>{});
    bounds(rw::metric::mrr<3>{});
    bounds(rw::metric::hit_rate<2>{});
    bounds(rw::metric::rbp<5>{.p = 0.7});
  }
  // Equal steps between scores make whole ranks, where a cutoff has its kinks: these are drawn.
  auto const s = draw.uniforms<double>(9, -1, 1);
  auto const y = draw.grades<double>(9, 3);
  auto const slopes = [&](auto loss) {
    std::vector<double> g(9);
    loss.gradient(s, y, rw::lists<>::single(9), g);
    for (std::size_t i = 0; i < 9; ++i) {
      CAPTURE(i);
      auto const at = [&](double step) {
        auto moved = s;
        moved[i] += step;
        return loss.value(moved, y, rw::lists<>::single(9));
      };
      CHECK(g[i] == doctest::Approx((at(1e-6) - at(-1e-6)) / 2e-6).epsilon(1e-6));
    }
  };
  slopes(bound<rw::metric::ndcg<3>>{});
  slopes(bound<rw::metric::mrr<4>>{});
  slopes(bound<rw::metric::rbp<5>>{.metric = {.p = 0.7}});
  support::check_masks<false>(bound<rw::metric::mrr<3>>{});
}

TEST_CASE("bound: the metric says the type") {
  constexpr bound loss{rw::metric::rbp<>{.p = 0.5}};
  static_assert(std::is_same_v<decltype(loss), bound<rw::metric::rbp<>> const>);
  static_assert(loss.metric.p == 0.5);
}
