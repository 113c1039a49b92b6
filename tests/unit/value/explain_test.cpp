#include "support.hpp"

#include <rankwise/value/explain.hpp>

#include <cmath>
#include <limits>
#include <numeric>
#include <string>

using namespace value_test;

namespace {

double sum_of(std::vector<rw::explanation::share> const& shares) {
  return std::accumulate(shares.begin(), shares.end(), 0.0, [](double s, auto const& x) { return s + x.contribution; });
}

/// Both views add up to the score; every leaf whose change alone changes the score is listed.
template <class Value>
void check_adds_up(Value const& value, std::size_t leaves) {
  auto const ranker = rw::ranker(heads, value);
  constexpr std::size_t items = 50;
  auto const z = random_logits(items, 21);
  std::vector<double> scores(items);
  ranker.score(rw::row_major(z, columns), scores);
  std::vector<double> const baseline{0.3, -0.2, -0.5, 0.1, -1, 0.7};
  for (std::size_t i = 0; i < items; ++i) {
    CAPTURE(i);
    auto const why = ranker.explain(rw::row_major(z, columns), i, baseline);
    CHECK(why.score == doctest::Approx(scores[i]).epsilon(1e-12));
    CHECK(sum_of(why.terms) == doctest::Approx(scores[i]).epsilon(1e-10));
    CHECK(why.baseline + sum_of(why.leaves) == doctest::Approx(scores[i]).epsilon(1e-9));
    CHECK(why.leaves.size() == leaves);
  }
  auto const same = ranker.explain(rw::row_major(baseline, columns), 0, baseline);
  CHECK(same.score == same.baseline);
  CHECK(sum_of(same.leaves) == 0);
}

} // namespace

TEST_CASE("value/explain: every form adds up to the score") {
  constexpr auto p = probability(click);
  constexpr auto q = probability(purchase);
  constexpr auto g = expected_grade(relevance);
  check_adds_up(rw::weight<"a">(0.6) * g + rw::weight<"b">(2) * p * q, 3);
  check_adds_up(rw::weight<"a">(-3) * p * q * g - 2 * q, 4);
  check_adds_up(p / (1 + feature(price)) + 0.1 * g, 3);
  check_adds_up(rw::weighted_sum(0.4, p, rw::weight<"n">(-2), q, 1, g), 3);
  check_adds_up(rw::log_linear(rw::weight<"a">(0.5), p, 2, q, rw::weight<"z">(0), g), 3);
  check_adds_up(pow(p, 0.3) * max(g, 1.1), 2);
  check_adds_up(gate(g, 1.2, p * q, 0.01), 3);
  check_adds_up(soft_gate(g, 1.2, 4, 2 * p), 2);
  check_adds_up(bands(g, {0.9, 1.8}, 3 * p + 2 * q), 3);
  check_adds_up(rw::power_mean(-1, 1, p, 2, q), 2);
  check_adds_up(remap_negative(3 * p - 4 * q, {.negative = 4, .total = 7, .offset = 0.01}), 2);
  check_adds_up(log(1 + feature(price)) * min(p, q), 3);
}

TEST_CASE("value/explain: terms and leaves by their names") {
  constexpr auto value = rw::weight<"relevance">(0.6) * expected_grade(relevance) -
                         rw::weight<"dear">(0.1) * feature(price) + 2 * probability(click);
  auto const ranker = rw::ranker(heads, value);
  std::vector<float> const z{0, 0, 0, 2, 0, 3};
  auto const why = ranker.explain(rw::row_major(z, columns), 0);
  REQUIRE(why.terms.size() == 3);
  CHECK(why.terms[0].what == "relevance * expected_grade(relevance)");
  CHECK(why.terms[0].value == doctest::Approx(0.9));
  CHECK(why.terms[1].what == "-dear * price");
  CHECK(why.terms[1].value == doctest::Approx(-0.3));
  REQUIRE(why.leaves.size() == 3);
  CHECK(why.leaves[0].contribution == 0); // like the baseline's
  CHECK(why.leaves[1].what == "price");
  CHECK(why.leaves[1].contribution == doctest::Approx(-0.3));
  CHECK(why.leaves[2].contribution == doctest::Approx(2 * (sigmoid(2) - 0.5)));
  CHECK(rw::to_text(why).find("-dear * price") != std::string::npos);
}

TEST_CASE("value/explain: a product shares in log space") {
  // 0.8 x 0.8 against 0.5 x 0.5: equal shares; a factor that did not change has none.
  auto const ranker = rw::ranker(heads, probability(click) * probability(purchase) * 3);
  double const z = std::log(4.0);
  std::vector<double> const rows{0, 0, 0, z, z, 0, 0, 0, 0, z, 0, 0};
  auto const both = ranker.explain(rw::row_major(rows, columns), 0);
  CHECK(both.leaves[0].contribution == doctest::Approx(both.leaves[1].contribution));
  auto const one = ranker.explain(rw::row_major(rows, columns), 1);
  CHECK(one.leaves[0].contribution == doctest::Approx(3 * (0.8 * 0.5 - 0.25)));
  CHECK(one.leaves[1].contribution == 0);
}

TEST_CASE("value/explain: factors that cancel out are both listed") {
  auto const ranker = rw::ranker(heads, probability(click) * probability(purchase));
  // 0.8 x 0.3125 = 0.25, the baseline's score.
  std::vector<double> const rows{0, 0, 0, std::log(4.0), std::log(0.3125 / 0.6875), 0};
  auto const why = ranker.explain(rw::row_major(rows, columns), 0);
  CHECK(why.score == doctest::Approx(0.25));
  CHECK(why.leaves[0].contribution == doctest::Approx(0.25 * std::log(1.6)));
  CHECK(why.leaves[1].contribution == doctest::Approx(-0.25 * std::log(1.6)));
}

TEST_CASE("value/explain: what does not fit is an error") {
  auto const ranker = rw::ranker(heads, 2 * probability(click));
  std::vector<double> const z(6);
  CHECK_THROWS_AS(ranker.explain(rw::row_major(z, columns), 1), rw::error);
  try {
    (void)ranker.explain(rw::row_major(z, columns), 7);
    CHECK(false);
  } catch (rw::error const& e) {
    CHECK(std::string(e.what()) == "rankwise: the item of explain is out of range at 7 (7, there are 1)");
    CHECK(e.reason().where == 7);
  }
  CHECK_THROWS_AS(ranker.explain(rw::row_major(z, columns), rw::status::nowhere), rw::error);
  CHECK_THROWS_AS(ranker.explain(rw::row_major(z, 3), 0), rw::error);
  std::vector<double> const short_baseline(2);
  CHECK_THROWS_AS(ranker.explain(rw::row_major(z, columns), 0, short_baseline), rw::error);
}

namespace {

/// The same over lists: contributions add up, whatever the adjusters do to the other items.
template <class Value>
void check_adds_up_over_lists(Value const& value) {
  auto const ranker = rw::ranker(heads, value);
  constexpr std::size_t items = 24;
  auto const z = random_logits(items, 22);
  std::vector<int> author(items);
  for (std::size_t i = 0; i < items; ++i) {
    author[i] = static_cast<int>(i * i % 5);
  }
  auto const ids = rw::columns(rw::named<"author">(author));
  auto const lists = rw::lists_of_sizes(std::vector{1, 0, 10, 13});
  std::vector<double> scores(items);
  ranker.score(rw::row_major(z, columns), ids, lists, scores);
  std::vector<double> const baseline{0.3, -0.2, -0.5, 0.1, -1, 0.7};
  for (std::size_t i = 0; i < items; ++i) {
    CAPTURE(i);
    auto const why = ranker.explain(rw::row_major(z, columns), ids, lists, i, baseline);
    CHECK(why.score == doctest::Approx(scores[i]).epsilon(1e-12));
    CHECK(sum_of(why.terms) == doctest::Approx(scores[i]).epsilon(1e-10));
    CHECK(std::abs(why.baseline + sum_of(why.leaves) - scores[i]) <= 1e-9);
    // The baseline's score is that of the list with the baseline item in this place.
    auto changed = z;
    std::copy(baseline.begin(), baseline.end(), changed.begin() + static_cast<std::ptrdiff_t>(i * columns));
    std::vector<double> other(items);
    ranker.score(rw::row_major(changed, columns), ids, lists, other);
    CHECK(why.baseline == doctest::Approx(other[i]).epsilon(1e-12));
  }
  CHECK_THROWS_AS(ranker.explain(rw::row_major(z, columns), ids, lists, items), rw::error);
}

} // namespace

TEST_CASE("value/explain: list adjusters add up, beside and inside each other") {
  constexpr auto p = probability(click);
  constexpr auto q = probability(purchase);
  constexpr auto g = expected_grade(relevance);
  constexpr auto author = rw::ids<"author">{};
  check_adds_up_over_lists(rw::weight<"w">(2) * z_score(g * 1 + 1 * p * q) - 0.5 * min_max(feature(price)));
  check_adds_up_over_lists(diversity(rrf(p, q, g), author, {.decay = 0.5, .floor = 0.1}) * 3 + 1 * p);
  check_adds_up_over_lists(z_score(comb_mnz(p, q) + borda(g) * 0.2) * max(g, 1));
}

TEST_CASE("value/explain: a baseline without a finite score is reported") {
  auto const says = [](auto const& value, std::vector<double> const& baseline = {}) -> std::string {
    std::vector<double> const row{0, 0, 0, 0.5, 0, 20};
    try {
      auto const why = rw::ranker(heads, value).explain(rw::row_major(row, columns), 0, baseline);
      CHECK(why.baseline + sum_of(why.leaves) == doctest::Approx(why.score));
      return "";
    } catch (rw::error const& e) {
      CHECK(e.reason().code == rw::errc::not_finite);
      return e.what();
    }
  };
  char const* const told =
      "rankwise: the score of the baseline item of explain (give a baseline where it is finite) is "
      "NaN or infinite";
  CHECK(says(probability(click) / feature(price)) == told);
  CHECK(says(-0.3 * log(feature(price))) == told);
  CHECK(says(-0.3 * log(feature(price)), {0, 0, 0, 0, 0, 10}).empty());
  CHECK(says(min(1, 1 / feature(price)) * probability(click)).find("a contribution of explain") != std::string::npos);
}

TEST_CASE("value/explain: the logarithm of a probability, far below 0") {
  auto const ranker = rw::ranker(heads, 2 * log(probability(click)) + log_probability(purchase));
  std::vector<float> const row{0, 0, 0, -1000, -110, 0};
  auto const why = ranker.explain(rw::row_major(row, columns), 0);
  CHECK(why.score == -2110);
  REQUIRE(why.leaves.size() == 2);
  CHECK(why.leaves[0].what == "log(probability(click))");
  CHECK(why.leaves[0].contribution == doctest::Approx(-2000 + 2 * std::log(2)));
  CHECK(why.leaves[1].what == "log_probability(purchase)");
}

TEST_CASE("value/explain: a factor of weight 0 contributes nothing, whatever it is") {
  auto const ranker =
      rw::ranker(heads, rw::log_linear(rw::weight<"none">(0), 1 * log(feature(price)) + 1 * probability(click), 1,
                                       probability(purchase)));
  for (double const x : {0.0, -1.0, 20.0, std::numeric_limits<double>::infinity(), std::nan("")}) {
    CAPTURE(x);
    std::vector<double> const row{0, 0, 0, -2000, 1, x};
    auto const why = ranker.explain(rw::row_major(row, columns), 0);
    CHECK(why.score == doctest::Approx(sigmoid(1)));
    REQUIRE(why.leaves.size() == 3);
    CHECK(why.leaves[0].contribution == 0);
    CHECK(why.leaves[1].contribution == 0);
    CHECK(why.leaves[2].contribution == doctest::Approx(sigmoid(1) - 0.5));
  }
}
