#include "support.hpp"

#include <rankwise/head/chain.hpp>
#include <rankwise/head/downsampled.hpp>
#include <rankwise/head/focal.hpp>
#include <rankwise/head/ziln.hpp>

#include <type_traits>

using namespace value_test;

TEST_CASE("value/quantity: probability, expected grade, logit, feature") {
  check_value(probability(click), [](item x) { return x.click; });
  check_value(expected_grade(relevance), [](item x) { return x.grade; });
  check_value(0.3 * logit(click), [](item x) { return 0.3 * std::log(x.click / (1 - x.click)); });
  check_value(2 * feature(price) * probability(click), [](item x) { return 2 * x.price * x.click; });
}

TEST_CASE("value/quantity: units") {
  using rw::value::unit_of;
  static_assert(std::is_same_v<unit_of<decltype(probability(click))>, rw::unit::probability>);
  static_assert(std::is_same_v<unit_of<decltype(expected_grade(relevance))>, rw::unit::grade>);
  static_assert(std::is_same_v<unit_of<decltype(logit(click))>, rw::unit::logit>);
  static_assert(std::is_same_v<unit_of<decltype(feature(price))>, rw::unit::number>);
  static_assert(std::is_same_v<unit_of<decltype(probability(click) * probability(purchase))>, rw::unit::probability>);
  static_assert(std::is_same_v<unit_of<decltype(probability(click) * expected_grade(relevance))>, rw::unit::score>);
  static_assert(std::is_same_v<unit_of<decltype(logit(click) + logit(purchase))>, rw::unit::logit>);
  static_assert(std::is_same_v<unit_of<decltype(0.5 * probability(click) + 1)>, rw::unit::score>);
}

TEST_CASE("value/quantity: the grade of equal logits has a one-sided derivative, and only once") {
  // p_1 = p_2 = p_3: all three count for the first logit.
  std::vector<double> const z{0.4, 0.4, 0.4, 0, 0, 0};
  std::vector<double> g(6);
  std::vector<double> const seed{1};
  auto const ranker = rw::ranker{heads, expected_grade(relevance)};
  ranker.gradient(rw::row_major(z, columns), seed, rw::row_major(g, columns), ranker.weights());
  double const slope = sigmoid(0.4) * sigmoid(-0.4);
  CHECK(g[0] + g[1] + g[2] == doctest::Approx(3 * slope));
}

TEST_CASE("value/quantity: expected utility and single levels of an ordinal head") {
  check_value(expected_utility(relevance, {0, 1, 3, 7}) * probability(click),
              [](item x) { return x.utility() * x.click; });
  check_value(rw::at_least<2>(relevance), [](item x) { return x.p2; });
}

TEST_CASE("value/quantity: chains and amounts") {
  constexpr auto path = rw::head::chain<"click", "cart", "purchase">{};
  constexpr auto revenue = rw::head::ziln<"revenue">{};
  constexpr auto ranker = rw::ranker{rw::heads(path, revenue), rw::weight<"a">(2) * probability(path) +
                                                                   rw::weight<"b">(0.1) * rw::expected_value(revenue)};
  std::vector<double> const z{0.3, -0.2, -1, 0.4, 0.2, -0.5};
  std::vector<double> s(1);
  ranker.score(rw::row_major(z, 6), s);
  double const p = sigmoid(0.3) * sigmoid(-0.2) * sigmoid(-1);
  auto const logit = [&z](int k) { return z[static_cast<std::size_t>(3 + k)]; };
  CHECK(s[0] == doctest::Approx(2 * p + 0.1 * revenue.expected_value(logit)).epsilon(1e-12));
}

TEST_CASE("value/quantity: the logarithm of a probability") {
  check_value(rw::weight<"a">(0.7) * log(probability(click)), [](item x) { return 0.7 * std::log(x.click); });
  check_value(rw::weight<"a">(0.7) * log_probability(click), [](item x) { return 0.7 * std::log(x.click); });
  using rw::value::unit_of;
  static_assert(std::is_same_v<unit_of<decltype(log(probability(click)))>, rw::unit::score>);
  static_assert(std::is_same_v<unit_of<decltype(rw::log_probability(click))>, rw::unit::score>);
}

TEST_CASE("value/quantity: the logarithm of a probability that is 0, or 1, by a rounding") {
  auto const ranker = rw::ranker(rw::heads(click, purchase), rw::weight<"a">(1) * log(probability(click)));
  std::vector<float> const z{-105, 0, -110, 0, -1000, 0, 200, 0, 20, 0, -1, 0};
  std::vector<float> s(6), by(12), seeds(6, 1.0f);
  ranker.score(rw::row_major(z, 2), s);
  auto const w = ranker.gradient(rw::row_major(z, 2), seeds, rw::row_major(by, 2), ranker.weights());
  CHECK(s[0] == -105);
  CHECK(s[1] == -110);
  CHECK(s[2] == -1000);
  CHECK(s[3] == 0);
  CHECK(s[4] == doctest::Approx(-std::exp(-20.0f)));
  CHECK(by[2] == 1);
  CHECK(by[4] == 1);
  CHECK(by[6] == 0);
  CHECK(w.get<"a">() == doctest::Approx(-1216.3133));
  auto const page = ranker.top_k<6>(rw::row_major(z, 2), rw::lists<>::single(6));
  REQUIRE(page[0].size() == 6); // none is lost to minus infinity
  CHECK(page[0][5] == 2);
  std::vector<float> quick(6);
  fast(ranker).score(rw::row_major(z, 2), quick);
  CHECK(quick[2] == doctest::Approx(-1000));
}

TEST_CASE("value/quantity: logarithms of the probabilities of chains, revenue, and sampled heads") {
  constexpr auto path = rw::head::chain<"click", "cart">{};
  constexpr auto revenue = rw::head::ziln<"revenue">{};
  constexpr auto focal = rw::head::focal<"focal">{};
  constexpr auto sampled = rw::head::downsampled{rw::head::binary<"sampled">{}, 0.1};
  constexpr auto ranker = rw::ranker{rw::heads(path, revenue, focal, sampled),
                                     log(probability(path)) + 2 * log_probability(revenue) +
                                         3 * log_probability(focal) + 4 * log(probability(sampled))};
  std::vector<double> z{-800, 0.5, -900, 0.1, 0.2, -1000, -1100};
  std::vector<double> const seed{1};
  std::vector<double> s(1), by(7);
  ranker.score(rw::row_major(z, 7), s);
  CHECK(s[0] == doctest::Approx(-800 + std::log(sigmoid(0.5)) - 1800 - 3000 + 4 * (-1100 + std::log(0.1))));
  ranker.gradient(rw::row_major(z, 7), seed, rw::row_major(by, 7), ranker.weights());
  std::vector<double> const expected{1, sigmoid(-0.5), 2, 0, 0, 3, 4};
  for (std::size_t k = 0; k < 7; ++k) {
    CHECK(by[k] == doctest::Approx(expected[k]));
  }
}
