#include "support.hpp"

#include <string>

using namespace value_test;

TEST_CASE("value/weights: names in the order of their first use") {
  constexpr auto ranker =
      rw::ranker{heads, rw::weight<"b">(2) * probability(click) + rw::weight<"a">(0.5) * expected_grade(relevance) +
                            rw::weight<"b">(2) * probability(purchase)};
  constexpr auto w = ranker.weights();
  static_assert(w.size() == 2);
  static_assert(w.get<"a">() == 0.5 && w.get<"b">() == 2);
  CHECK(std::string(w.name_of(0)) == "b");
  CHECK(std::string(w.name_of(1)) == "a");
}

TEST_CASE("value/weights: run-time values reach every place of a name") {
  constexpr auto ranker =
      rw::ranker{heads, rw::weight<"w">(2) * probability(click) + rw::weight<"w">(2) * probability(purchase)};
  std::vector<double> const z{0, 0, 0, 1, -1, 0};
  std::vector<double> s(1);
  auto w = ranker.weights();
  ranker.score(rw::row_major(z, columns), s, w);
  double const before = s[0];
  w.set<"w">(3);
  CHECK(w != ranker.weights());
  ranker.score(rw::row_major(z, columns), s, w);
  CHECK(s[0] == doctest::Approx(1.5 * before));
  w[0] = 4;
  ranker.score(rw::row_major(z, columns), s, w);
  CHECK(s[0] == doctest::Approx(2 * before));
}

TEST_CASE("value/weights: a model without weights") {
  constexpr auto ranker = rw::ranker{heads, probability(click)};
  static_assert(ranker.weights().size() == 0);
  std::vector<double> const z{0, 0, 0, 0, 0, 0};
  std::vector<double> s(1);
  ranker.score(rw::row_major(z, columns), s, ranker.weights());
  CHECK(s[0] == 0.5);
}
