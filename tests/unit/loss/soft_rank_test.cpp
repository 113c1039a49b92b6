#include <rankwise/loss/soft_rank.hpp>

#include "unit/loss/derivatives.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace rw = rankwise;
using rw::loss::soft_rank;

TEST_CASE("soft_rank: derivatives, masks, hostile lists") {
  soft_rank<rw::metric::ndcg<>> const loss{.strength = 0.3};
  support::check_derivatives(loss, support::distinct_scores);
  support::check_masks(loss);
  support::check_hostile(loss);
}

namespace {

std::vector<double> ranks(std::vector<double> const& s, double strength) {
  std::vector<double> r(s.size());
  for (std::size_t i = 0; i < s.size(); ++i) {
    std::vector<double> y(s.size());
    y[i] = 1; // the average relevance position of one item is its rank
    r[i] = soft_rank<rw::metric::arp<>>{.strength = strength}.value(s, y, rw::lists<>::single(s.size()));
  }
  return r;
}

} // namespace

TEST_CASE("soft_rank: weak strength gives ranks, great strength their mean, and they always add up") {
  std::vector<double> const s{0.3, -1, 2, 0.5, 0.45};
  CHECK(ranks(s, 1e-6) == std::vector<double>{4, 5, 1, 2, 3});
  for (double const x : ranks(s, 1e6)) {
    CHECK(x == doctest::Approx(3).epsilon(1e-5));
  }
  for (double strength : {0.01, 0.1, 0.5, 2.0}) {
    CAPTURE(strength);
    auto const r = ranks(s, strength);
    CHECK(std::accumulate(r.begin(), r.end(), 0.0) == doctest::Approx(15).epsilon(1e-12));
    CHECK(*std::min_element(r.begin(), r.end()) >= 1 - 1e-12);
    CHECK(*std::max_element(r.begin(), r.end()) <= 5 + 1e-12);
  }
}

TEST_CASE("soft_rank: the nearest point among all mixtures of orders") {
  // Two items: ranks (1, 2) and (2, 1) span a line; the projection of -s / strength onto it, clipped at its ends.
  for (double gap : {0.1, 0.4, 0.9, 1.5}) {
    auto const r = ranks({gap, 0.0}, 1.0);
    double const apart = std::min(gap, 1.0);
    CHECK(r[0] == doctest::Approx(1.5 - apart / 2).epsilon(1e-12));
    CHECK(r[1] == doctest::Approx(1.5 + apart / 2).epsilon(1e-12));
  }
}

TEST_CASE("soft_rank: equal scores share their places, however large they are") {
  CHECK(ranks({1e30, 1e30, -1e30, -1e30}, 1) == std::vector<double>{1.5, 1.5, 3.5, 3.5});
  CHECK(ranks({7, 7, 7}, 1e-9) == std::vector<double>{2, 2, 2});
}
