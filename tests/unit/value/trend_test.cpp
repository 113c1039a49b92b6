#include "support.hpp"

#include <rankwise/head/downsampled.hpp>
#include <rankwise/value/trend.hpp>

namespace trend_test {

using namespace value_test;

namespace {

constexpr auto p = probability(click);
constexpr auto q = probability(purchase);
constexpr auto g = expected_grade(relevance);
using rw::trend;

template <class Value, class Head>
constexpr trend way(Value const& value, Head const& head) {
  return rw::trend_of(rw::ranker(heads, value), head);
}

} // namespace

TEST_CASE("value/trend: every form, at compile time") {
  static_assert(way(2 * p, click) == trend::increasing);
  static_assert(way(-2 * p, click) == trend::decreasing);
  static_assert(way(2 * p, purchase) == trend::constant);
  static_assert(way(2 * p - 3 * q, purchase) == trend::decreasing);
  static_assert(way(2 * p * q - 3 * q * g, purchase) == trend::unknown);
  static_assert(way(2 * p * q, click) == trend::increasing); // a probability is not negative
  static_assert(way(p * logit(purchase), click) == trend::unknown);
  static_assert(way(p * (1 - 2 * q), click) == trend::unknown);
  static_assert(way(p * (3 - 2 * q), click) == trend::increasing);
  static_assert(way(p / (1 + 1 * q), click) == trend::increasing);
  static_assert(way(p / (1 + 1 * q), purchase) == trend::decreasing);
  static_assert(way(p / feature(price), click) == trend::unknown);
  static_assert(way(min(2 * p, 0.3), click) == trend::increasing);
  static_assert(way(max(g, 1.1) * -1, relevance) == trend::decreasing);
  static_assert(way(clamp(2 * p, 0.3, 1.1), click) == trend::increasing);
  static_assert(way(2 * p * clamp(1 * q - 0.5, 0.0, 1.0), click) == trend::increasing); // its range is known
  static_assert(way(log(p), click) == trend::unknown);
  static_assert(way(log(p), purchase) == trend::constant);
  static_assert(way(gate(g, 1.5, 1 + 1 * p), relevance) == trend::increasing);
  static_assert(way(gate(g, 1.5, -1 - 1 * p), relevance) == trend::decreasing);
  static_assert(way(gate(g, 1.5, p, q), relevance) == trend::unknown);
  static_assert(way(gate(g, 1.5, p, q), click) == trend::increasing);
  static_assert(way(bands(g, {0.7, 1.4}, 2 * p), relevance) == trend::increasing);
  static_assert(way(bands(g, {0.7, 1.4}, 2 * p), click) == trend::unknown);
  static_assert(way(rw::weighted_sum(2, p, -1, q), purchase) == trend::decreasing);
  static_assert(way(remap_negative(3 * p - 4 * q, {.negative = 4, .total = 7, .offset = 0.01}), purchase) ==
                trend::decreasing);
  static_assert(way(0.5 * logit(click), click) == trend::increasing);
  // The same logits as another head sees them: of that nothing is proven.
  constexpr auto true_click = rw::head::downsampled<rw::head::binary<"click">>{.rate = 0.1};
  static_assert(way(-2 * probability(true_click), click) == trend::unknown);
  static_assert(way(-2 * probability(true_click), purchase) == trend::constant);
  // Functions that may be off by a rounding prove nothing.
  static_assert(way(pow(p, 0.5) * 1, click) == trend::unknown);
  static_assert(way(pow(p, 0.5) * 1, purchase) == trend::constant);
  static_assert(way(rw::log_linear(1, p, 2, q), click) == trend::unknown);
  static_assert(way(soft_gate(g, 1.2, 4, 2 * p), click) == trend::unknown);
  static_assert(way(expected_utility(relevance, {3, 2, 1, 0}), relevance) == trend::unknown);
  // Adjusters that keep the order of their operand.
  static_assert(way(z_score(2 * p), click) == trend::increasing);
  static_assert(way(rank_score(-2 * p), click) == trend::decreasing);
  static_assert(way(rrf(p, q), click) == trend::unknown);
  CHECK(way(g * 1, relevance) == trend::increasing);
}

TEST_CASE("value/trend: the sign of a weight counts, for the weights of a call") {
  constexpr auto ranker = rw::ranker{heads, rw::weight<"a">(1) * p + rw::weight<"b">(-2) * q};
  static_assert(rw::trend_of(ranker, purchase) == trend::decreasing);
  auto w = ranker.weights();
  w.set<"b">(0.5);
  CHECK(rw::trend_of(ranker, purchase, w) == trend::increasing);
  w.set<"b">(0);
  CHECK(rw::trend_of(ranker, click, w) == trend::increasing);
}

TEST_CASE("value/trend: what is proven holds for the scores") {
  // Every logit raised in turn, in float: no score may move against the trend.
  auto const value = rw::weight<"a">(1.5) * g * p - rw::weight<"b">(2) * q + gate(g, 1.2, p, 0) * 0.25;
  auto const ranker = rw::ranker(heads, value);
  auto const drawn = random_logits(400, 17);
  std::vector<float> z(drawn.begin(), drawn.end());
  std::vector<float> before(400), after(400);
  ranker.score(rw::row_major(z, columns), before);
  for (std::size_t c = 0; c < 5; ++c) {
    CAPTURE(c);
    auto raised = z;
    for (std::size_t i = 0; i < 400; ++i) {
      raised[i * columns + c] = std::numeric_limits<float>::infinity();
    }
    ranker.score(rw::row_major(raised, columns), after);
    trend const t = c < 3    ? rw::trend_of(ranker, relevance)
                    : c == 3 ? rw::trend_of(ranker, click)
                             : rw::trend_of(ranker, purchase);
    REQUIRE(t == (c == 4 ? trend::decreasing : trend::increasing));
    for (std::size_t i = 0; i < 400; ++i) {
      CHECK((t == trend::increasing ? after[i] >= before[i] : after[i] <= before[i]));
    }
  }
}

} // namespace trend_test
