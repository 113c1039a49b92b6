#include <doctest/doctest.h>

#include <rankwise/engine/catboost.hpp>
#include <rankwise/head/binary.hpp>
#include <rankwise/head/softmax.hpp>

#include <cmath>
#include <vector>

namespace rw = rankwise;

namespace {

constexpr auto click = rw::head::binary<"click">{};
constexpr auto grades = rw::head::softmax<"relevance", 3>{};

} // namespace

TEST_CASE("calc_ders_range: CatBoost's own derivatives of its cross-entropy") {
  // CatBoost 1.2.10, CrossEntropy: every item alone in a leaf of a tree's first Newton step, with l2_leaf_reg 1 and 3,
  // whose two values give both derivatives.
  std::vector<double> const approxes{-2.5, -1.0, -0.3, 0.0, 0.4, 0.9, 1.7, 3.0};
  std::vector<float> const targets{.9f, 0, .2f, 1, .6f, .3f, 1, 0};
  std::vector<float> const weights{1, 2, .5f, 1, .25f, 3, 1, 1.5f};
  std::vector<double> const der1{0.8241417961, -0.5378828427, -0.1127787386, 0.5,
                                 0.0003280906, -1.2328484574, 0.1544652589,  -1.4288611902};
  std::vector<double> const der2{-0.0701037165, -0.3932238665, -0.1222291556, -0.25,
                                 -0.0600651864, -0.6165009282, -0.1306057427, -0.0677649896};
  std::vector<double> first(8), second(8);
  REQUIRE(rw::catboost::calc_ders_range(click, approxes, targets, weights, first, second));
  for (std::size_t i = 0; i < 8; ++i) {
    CAPTURE(i);
    CHECK(std::fabs(first[i] - der1[i]) < 1e-7);
    CHECK(std::fabs(second[i] - der2[i]) < 1e-7);
  }
  // By the formula, without weights.
  REQUIRE(rw::catboost::calc_ders_range(click, approxes, targets, std::span<float const>(), first, second));
  for (std::size_t i = 0; i < 8; ++i) {
    CAPTURE(i);
    double const p = 1 / (1 + std::exp(-approxes[i]));
    CHECK(std::fabs(first[i] - (static_cast<double>(targets[i]) - p)) < 1e-12);
    CHECK(std::fabs(second[i] + p * (1 - p)) < 1e-12);
  }
}

TEST_CASE("calc_ders_multi: two rounds of CatBoost's under a custom objective with this diagonal") {
  // CatBoost 1.2.10: targets 0, 1, 2, 1; the first item in one leaf, the others in another; learning rate 1.
  struct {
    double l2;
    double of_first[3];
    double of_others[3];
  } const runs[] = {{1, {0.92077276, -0.47145603, -0.47145603}, {-0.94666795, 0.81683001, 0.06767608}},
                    {3, {0.39033923, -0.1960888, -0.1960888}, {-0.48143696, 0.46512455, 0.00665332}}};
  int const targets[] = {0, 1, 2, 1};
  for (auto const& run : runs) {
    CAPTURE(run.l2);
    double leaf[2][3] = {};
    for (int round = 0; round < 2; ++round) {
      double sum1[2][3] = {}, sum2[2][3] = {};
      for (std::size_t i = 0; i < 4; ++i) {
        std::size_t const l = i == 0 ? 0 : 1;
        std::vector<double> der1(3), der2(9, 7.0);
        REQUIRE(rw::catboost::calc_ders_multi(grades, leaf[l], targets[i], 1.0, der1, der2));
        for (std::size_t k = 0; k < 3; ++k) {
          sum1[l][k] += der1[k];
          sum2[l][k] += der2[4 * k];
          CHECK(der2[3 * k + (k + 1) % 3] == 0);
        }
      }
      for (std::size_t l = 0; l < 2; ++l) {
        for (std::size_t k = 0; k < 3; ++k) {
          leaf[l][k] += sum1[l][k] / (run.l2 - sum2[l][k]);
        }
      }
    }
    for (std::size_t k = 0; k < 3; ++k) {
      CAPTURE(k);
      CHECK(std::fabs(leaf[0][k] - run.of_first[k]) < 1e-7);
      CHECK(std::fabs(leaf[1][k] - run.of_others[k]) < 1e-7);
    }
  }
}

TEST_CASE("items that are no numbers count for nothing, and the others point uphill all the same") {
  double const nan = std::nan("");
  std::vector<double> const approxes{0.5, nan, -1};
  std::vector<float> const targets{1, 1, 0};
  std::vector<double> der1(3), der2(3);
  rw::status s;
  CHECK(rw::catboost::calc_ders_range(click, approxes, targets, std::span<float const>(), der1, der2, s));
  CHECK_FALSE(s.ok());
  CHECK(der1[0] > 0);
  CHECK(der1[1] == 0);
  CHECK(der1[2] < 0);
  CHECK(der2[0] < 0);
  std::vector<double> again(3);
  CHECK_THROWS_AS(rw::catboost::calc_ders_range(click, approxes, targets, std::span<float const>(), again, der2),
                  rw::error);
  CHECK(again == der1); // written before it is told
  std::vector<double> const three{0.5, 0.1, -1};
  std::vector<double> square(9);
  CHECK_THROWS_AS(rw::catboost::calc_ders_multi(grades, three, 1, nan, der1, square), rw::error); // the weight
  CHECK(rw::catboost::calc_ders_multi(grades, three, 1, nan, der1, square, s));
  CHECK_FALSE(s.ok());
  CHECK(der1 == std::vector<double>(3));
}

TEST_CASE("weights multiply; sizes are checked; nothing is no error") {
  std::vector<double> const approx{0.2, -0.4, 1.0};
  std::vector<double> one(3), two(3), h1(9), h2(9);
  REQUIRE(rw::catboost::calc_ders_multi(grades, approx, 2, 1.0, one, h1));
  REQUIRE(rw::catboost::calc_ders_multi(grades, approx, 2, 2.5, two, h2));
  CHECK(two[2] == doctest::Approx(2.5 * one[2]));
  CHECK(h2[8] == doctest::Approx(2.5 * h1[8]));

  rw::status status;
  std::vector<double> out(2), long_enough(3);
  std::vector<float> const targets(3);
  CHECK_FALSE(rw::catboost::calc_ders_range(click, approx, targets, targets, long_enough, out, status));
  CHECK(status.code == rw::errc::size_mismatch);
  CHECK(long_enough[0] == 0);
  CHECK_FALSE(rw::catboost::calc_ders_multi(grades, approx, 2, 1.0, one, std::span(h1).first(3), status));
  CHECK(status.code == rw::errc::size_mismatch);
  CHECK(rw::catboost::calc_ders_range(click, {}, std::vector<float>(), std::span<float const>(), {}, {}));
}
