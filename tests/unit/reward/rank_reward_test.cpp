#include <rankwise/reward/rank_reward.hpp>

#include <doctest/doctest.h>

#include "support/problem.hpp"

#include <cmath>
#include <limits>
#include <vector>

namespace rw = rankwise;

TEST_CASE("LREM's example: rank 2 of 5, and the tie does not count") {
  std::vector<double> const s{.31, .77, .52, .49, .52};
  std::vector<int> const target{0, 0, 1, 0, 0};
  CHECK(rw::reward::rank_reward<>{}(s, target, rw::lists<>::single(5)) == doctest::Approx(.5693234419).epsilon(1e-9));
  std::vector<float> const f(s.begin(), s.end());
  CHECK(rw::reward::rank_reward<>{}(f, target, rw::lists<>::single(5)) == doctest::Approx(.5693234419).epsilon(1e-5));
}

TEST_CASE("the definition over random lists with ties and masks, one item at a time and a register at a time") {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    CAPTURE(seed);
    support::problem<double> const p(seed);
    for (unsigned which : {0u, 4u}) {
      CAPTURE(which);
      std::vector<double> expected(p.size(), -1);
      auto const in = [&](std::size_t i) { return which == 0 || p.mask[i] != 0; };
      for (std::size_t l = 0; l < p.size(); ++l) {
        double n = 0;
        double sum = 0;
        double targets = 0;
        for (std::size_t i = p.begin_of(l); i < p.end_of(l); ++i) {
          n += in(i) ? 1 : 0;
        }
        for (std::size_t t = p.begin_of(l); t < p.end_of(l); ++t) {
          if (in(t) && p.labels[t] > 0) {
            double rank = 1;
            for (std::size_t j = p.begin_of(l); j < p.end_of(l); ++j) {
              rank += in(j) && p.scores[j] > p.scores[t] ? 1 : 0;
            }
            sum += n == 1 ? 1 : 1 - std::log(rank) / std::log(n);
            targets += 1;
          }
        }
        expected[l] = targets == 0 ? -1 : sum / targets;
      }
      auto const check = [&](auto executor) {
        std::vector<double> each(p.size());
        auto opts = p.options(which);
        opts.per_list = each;
        rw::reward::rank_reward<>{}(executor, p.scores, p.labels, p.lists(), opts);
        for (std::size_t l = 0; l < p.size(); ++l) {
          CAPTURE(l);
          CHECK((expected[l] < 0 ? std::isnan(each[l]) : support::near(each[l], expected[l], 1e-12)));
        }
      };
      check(rw::exec::scalar{});
      check(rw::exec::simd{});
    }
  }
}

TEST_CASE("one item earns 1; no target by policy; NaN is reported") {
  std::vector<double> const s{3, 1, 2, std::numeric_limits<double>::quiet_NaN()};
  std::vector<int> const target{1, 0, 0, 1};
  std::vector<int> const offsets{0, 1, 3, 4};
  std::vector<double> each(3);
  rw::status status;
  rw::reward::rank_reward<rw::empty::zero>{}(s, target, rw::lists(offsets), {.per_list = each, .errors = status});
  CHECK(each[0] == 1);
  CHECK(each[1] == 0);
  CHECK(std::isnan(each[2]));
  CHECK(status.code == rw::errc::not_finite);
  CHECK(status.where == 2);
}
