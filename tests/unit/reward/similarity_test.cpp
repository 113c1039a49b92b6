#include <rankwise/rank/top_k.hpp>
#include <rankwise/reward/similarity.hpp>

#include <doctest/doctest.h>

#include "support/executors.hpp"
#include "support/problem.hpp"

#include <cmath>
#include <limits>
#include <vector>

namespace rw = rankwise;

TEST_CASE("dot and cosine of every pair, on every executor, for widths around a register's") {
  support::random r(9);
  for (std::size_t width : {1u, 3u, 8u, 17u, 64u}) {
    CAPTURE(width);
    auto const q = r.uniforms<double>(3 * width, -1, 1);
    auto const d = r.uniforms<double>(70 * width, -1, 1); // more than one block
    support::for_each_executor([&](auto executor) {
      std::vector<double> dots(210), cosines(210);
      rw::reward::similarities(executor, rw::reward::dot{}, rw::row_major(q, width), rw::row_major(d, width),
                               rw::row_major(dots, 70));
      rw::reward::similarities(executor, rw::reward::cosine{}, rw::row_major(q, width), rw::row_major(d, width),
                               rw::row_major(cosines, 70));
      for (std::size_t i = 0; i < 3; ++i) {
        for (std::size_t j = 0; j < 70; ++j) {
          double ab = 0;
          double aa = 0;
          double bb = 0;
          for (std::size_t k = 0; k < width; ++k) {
            ab += q[i * width + k] * d[j * width + k];
            aa += q[i * width + k] * q[i * width + k];
            bb += d[j * width + k] * d[j * width + k];
          }
          CHECK(support::near(dots[i * 70 + j], ab, 1e-13));
          CHECK(support::near(cosines[i * 70 + j], ab / std::sqrt(aa * bb), 1e-13));
        }
      }
    });
  }
}

TEST_CASE("rows without a number are zero vectors") {
  // No reference is bound to what is not there, which the sanitizers see.
  std::vector<float> s(6, 7);
  rw::matrix<float const> const two{nullptr, 2, 0, 0, 1}, three{nullptr, 3, 0, 0, 1};
  support::for_each_executor([&](auto executor) {
    s.assign(6, 7);
    rw::reward::similarities(executor, rw::reward::cosine{}, two, three, rw::row_major(s, 3));
    CHECK(s == std::vector<float>(6, 0));
  });
  rw::reward::similarities(rw::reward::dot{}, two, three, rw::row_major(s, 3));
  CHECK(s == std::vector<float>(6, 0));
}

TEST_CASE("zero vectors, NaN, and top-k by similarity") {
  float const nan = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> const q{1, 0};
  std::vector<float> const d{0, 0, /**/ 1, 1, /**/ nan, 1, /**/ 5, 0};
  std::vector<float> s(4);
  rw::reward::similarities(rw::reward::cosine{}, rw::row_major(q, 2), rw::row_major(d, 2), rw::row_major(s, 4));
  CHECK(s[0] == 0);
  CHECK(s[1] == doctest::Approx(std::sqrt(0.5)));
  CHECK(std::isnan(s[2]));
  CHECK(s[3] == doctest::Approx(1));
  std::vector<int> const mask{1, 1, 0, 1};
  auto const best = rw::top_k<2>(s, rw::lists<>::single(4), {.mask = mask});
  CHECK(best[0][0] == 3);
  CHECK(best[0][1] == 1);
}

TEST_CASE("shapes are checked before anything is written") {
  std::vector<float> const q(4), d(9);
  std::vector<float> s(3, 9.0f);
  rw::status status;
  rw::reward::similarities(rw::reward::dot{}, rw::row_major(q, 2), rw::row_major(d, 3), rw::row_major(s, 3), status);
  CHECK(status.code == rw::errc::wrong_shape);
  rw::reward::similarities(rw::reward::dot{}, rw::row_major(q, 2), rw::row_major(q, 2), rw::row_major(s, 3), status);
  CHECK(status.code == rw::errc::wrong_shape);
  CHECK(s == std::vector<float>(3, 9.0f));
}

TEST_CASE("the cosine of vectors whose squares are no numbers of their type") {
  for (float const scale : {1e-30f, 1e-23f, 1e-20f, 1e15f, 1e20f, 1e37f}) {
    CAPTURE(scale);
    std::vector<float> const q{3 * scale, 4 * scale}, d{4 * scale, 3 * scale, /**/ 4, 3, /**/ 0, 0, /**/ -3, -4};
    support::for_each_executor([&](auto executor) {
      std::vector<float> s(4);
      rw::reward::similarities(executor, rw::reward::cosine{}, rw::row_major(q, 2), rw::row_major(d, 2),
                               rw::row_major(s, 4));
      CHECK(s[0] == doctest::Approx(0.96).epsilon(1e-5));
      CHECK(s[1] == doctest::Approx(0.96).epsilon(1e-5));
      CHECK(s[2] == 0);
      CHECK(s[3] == doctest::Approx(-1).epsilon(1e-5));
    });
  }
}
