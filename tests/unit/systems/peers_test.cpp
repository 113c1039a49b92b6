#include <rankwise/exec/apply.hpp>
#include <rankwise/head/binary.hpp>
#include <rankwise/head/class_weights.hpp>
#include <rankwise/head/corn.hpp>
#include <rankwise/head/ordinal.hpp>
#include <rankwise/head/softmax.hpp>
#include <rankwise/loss/pairwise.hpp>
#include <rankwise/value/ranker.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

// Numbers that stand in the tests or papers of other programs, and in no other test here.
namespace rw = rankwise;

namespace {

std::vector<double> logits_of(std::vector<double> p) {
  for (double& x : p) {
    x = std::log(x / (1 - x));
  }
  return p;
}

} // namespace

TEST_CASE("cumulative thresholds: allRank's ordinal loss of three documents") {
  auto const z = logits_of({0.8, 0.7, 0.4, 0.3, 0.2, 0.1});
  double const sum = rw::head::ordinal<"r", 3>{}.value(rw::row_major(z, 2), std::vector{2, 1, 0});
  CHECK(sum / 3 == doctest::Approx(0.7270960793459552).epsilon(1e-12));
}

TEST_CASE("CORN: dlordinal's reference in double") {
  std::vector<double> const z{-2.4079, -2.5133, -2.6187, -2.0652, -3.7299, -2.4079, -2.1725, -2.1459,
                              -3.3318, -3.9624, -2.4079, -1.7924, -2.0101, -4.103,  -3.3445};
  std::vector<int> const y{2, 2, 1};
  constexpr rw::head::corn<"r", 6> corn;
  double const mean = corn.value(rw::row_major(z, 5), y) / static_cast<double>(corn.tasks(y));
  CHECK(mean == doctest::Approx(1.5861034240026752).epsilon(1e-12));
}

TEST_CASE("class weights: spacecutter's mean of two") {
  std::vector<double> z{0.25, 0.5, 0.25, 0.1, 0.6, 0.3};
  for (double& x : z) {
    x = std::log(x);
  }
  std::vector<int> const y{1, 2};
  std::vector<double> w(2);
  rw::apply(rw::head::class_weights<3>{{5, 10, 20}}, y, w);
  double const sum = rw::head::softmax<"r", 3>{}.value(rw::row_major(z, 3), y, {.item_weights = w});
  CHECK(sum / 2 == doctest::Approx(15.505463946059088).epsilon(1e-12));
}

TEST_CASE("a value model of ten engagements: the weights of Twitter's published ranker") {
  constexpr rw::head::binary<"fav"> fav;
  constexpr rw::head::binary<"retweet"> retweet;
  constexpr rw::head::binary<"reply"> reply;
  constexpr rw::head::binary<"profile"> profile;
  constexpr rw::head::binary<"video"> video;
  constexpr rw::head::binary<"reply_engaged"> engaged;
  constexpr rw::head::binary<"good_click"> click;
  constexpr rw::head::binary<"good_click_2"> click2;
  constexpr rw::head::binary<"negative"> negative;
  constexpr rw::head::binary<"report"> report;
  constexpr auto ranker = rw::ranker{
      rw::heads(fav, retweet, reply, profile, video, engaged, click, click2, negative, report),
      0.5 * probability(fav) + 1.0 * probability(retweet) + 13.5 * probability(reply) + 12.0 * probability(profile) +
          0.005 * probability(video) + 75.0 * probability(engaged) + 11.0 * probability(click) +
          10.0 * probability(click2) + -74.0 * probability(negative) + -369.0 * probability(report)};
  auto const z = logits_of({0.1, 0.02, 0.01, 0.005, 0.3, 0.002, 0.03, 0.02, 0.001, 0.0001});
  std::vector<double> score(1);
  ranker.score(rw::row_major(z, 10), score);
  CHECK(score[0] == doctest::Approx(0.8356).epsilon(1e-12));
}

TEST_CASE("pairs with one of the first 32 of 128: XGBoost's count") {
  std::vector<double> s(128), y(128);
  for (std::size_t i = 0; i < 128; ++i) {
    s[i] = -1e-9 * static_cast<double>(i); // an order, but hardly a difference: every pair's loss is log 2
    y[i] = static_cast<double>(i * 37 % 128);
  }
  double const value =
      rw::loss::pairwise<rw::pair::logistic, rw::pairs::either_in_top<32>>{}.value(s, y, rw::lists<>::single(128));
  CHECK(std::lround(value / std::log(2.0)) == 3568); // n k - k (k + 1) / 2
}
