#include <rankwise/train/tune.hpp>

#include <rankwise/head/input.hpp>
#include <rankwise/loss/softmax.hpp>
#include <rankwise/metric/ndcg.hpp>
#include <rankwise/train/sweep.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace tune_test {

namespace rw = rankwise;
namespace train = rw::train;

namespace {

// Six items per query: a relevance with noise, and an affinity that sells but runs against it.
constexpr auto relevance = rw::head::input<"relevance">{};
constexpr auto affinity = rw::head::input<"affinity">{};
constexpr auto ranker = rw::ranker{rw::heads(relevance, affinity), rw::weight<"relevance">(0.0) * feature(relevance) +
                                                                       rw::weight<"affinity">(1.0) * feature(affinity)};
constexpr auto ndcg = rw::metric::ndcg<>{};
constexpr auto softmax = rw::loss::softmax{.temperature = 8}; // content where the metric is, not before

struct world {
  std::vector<float> rows, grades, bought;
  rw::lists<> queries = rw::lists<>::uniform(100, 6);

  world() {
    for (std::size_t i = 0; i < 600; ++i) {
      auto const noise = [i](std::uint64_t stream) { return static_cast<float>(rw::random_uniform(1, i, stream)); };
      grades.push_back(static_cast<float>(i % 3));
      rows.push_back(grades[i] + noise(1));
      rows.push_back(2 * noise(2) - 0.5f * grades[i]);
      bought.push_back(rows[2 * i + 1] + 0.4f * noise(3) > 1 ? 1.f : 0.f);
    }
  }
  auto table() const { return rw::row_major(rows, 2); }
  std::pair<double, double> at(double weight) const { // relevance, conversion
    auto weights = ranker.weights();
    weights.set<"relevance">(weight);
    std::vector<float> scores(600);
    ranker.score(table(), scores, weights);
    return {ndcg(scores, grades, queries), ndcg(scores, bought, queries)};
  }
};

} // namespace

TEST_CASE("tune finds what a grid finds, and keeps the floor exactly") {
  world const w;
  std::vector<std::pair<double, double>> grid; // relevance and conversion
  for (double x = 0; x < 4; x += 0.04) {
    grid.push_back(w.at(x));
  }
  for (double const floor : {0.8, 0.9, 0.6}) {
    INFO("floor " << floor);
    double best = 0; // relevance under a floor of conversion
    for (auto const& [r, c] : grid) {
      best = c >= floor && r > best ? r : best;
    }
    auto const found =
        train::tune<"relevance">(ranker, w.table(), w.queries, ranker.weights(), train::aim(ndcg, softmax, w.grades),
                                 train::aim(ndcg, softmax, w.bought, floor));
    CHECK(found.feasible);
    CHECK(found.kept[0] >= floor);
    CHECK(found.goal > best - 0.003);
    CHECK(found.weights.get<"affinity">() == 1);
    auto const [r, c] = w.at(found.weights.get<"relevance">());
    CHECK(r == found.goal);
    CHECK(c == found.kept[0]);
  }
}

TEST_CASE("all weights move if none is named, and a floor that cannot be held is told") {
  world const w;
  auto const both = train::tune(ranker, w.table(), w.queries, ranker.weights(), train::aim(ndcg, softmax, w.bought),
                                train::aim(ndcg, softmax, w.grades, 0.9));
  CHECK(both.feasible);
  CHECK(both.weights.get<"affinity">() != 1);
  CHECK(both.worst_violation > 0); // it began outside
  auto const never =
      train::tune<"relevance">(ranker, w.table(), w.queries, ranker.weights(), {.rounds = 50},
                               train::aim(ndcg, softmax, w.grades), train::aim(ndcg, softmax, w.bought, 1.1));
  CHECK_FALSE(never.feasible);
  CHECK(never.weights == ranker.weights());
  CHECK(never.worst_violation > 0.1);
  rw::status s;
  train::tune<"relevance">(ranker, w.table(), rw::lists<>::single(5), ranker.weights(), {.errors = s},
                           train::aim(ndcg, softmax, w.grades), train::aim(ndcg, softmax, w.bought, 0));
  CHECK(s.code == rw::errc::size_mismatch);
  train::tune<"relevance">(ranker, w.table(), w.queries, ranker.weights(), {.step = 0, .errors = s},
                           train::aim(ndcg, softmax, w.grades), train::aim(ndcg, softmax, w.bought, 0));
  CHECK(s.code == rw::errc::out_of_range);
}

TEST_CASE("sweep scores with every value of one weight; the Pareto front keeps what nothing beats") {
  world const w;
  std::vector<double> const values{0, 0.5, 2};
  std::vector<double> seen, reached;
  train::sweep<"relevance">(ranker, w.table(), ranker.weights(), values, [&](double value, auto const& scores) {
    seen.push_back(value);
    reached.push_back(ndcg(scores, w.grades, w.queries));
  });
  CHECK(seen == values);
  for (std::size_t k = 0; k < 3; ++k) {
    CHECK(reached[k] == w.at(values[k]).first);
  }
  double const no = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> const x{1, 2, 3, 2, no, 3, 0}, y{5, 4, 1, 3, 9, 1, 5};
  CHECK(train::pareto_front(x, y) == std::vector<std::size_t>{2, 1, 0});
  CHECK(train::pareto_front(std::vector<double>{}, std::vector<double>{}).empty());
  rw::status s;
  CHECK(train::pareto_front(x, std::vector<double>(2), s).empty());
  CHECK(s.code == rw::errc::size_mismatch);
}

TEST_CASE("logits of another width: nothing is measured, and the weights stay") {
  world const w;
  auto const wide = rw::row_major(w.rows, 3);
  auto const groups = rw::lists<>::uniform(200, 4);
  std::vector<float> const grades(800, 1.f);
  rw::status s;
  std::vector<double> const values{0, 1};
  std::size_t calls = 0;
  train::sweep<"relevance">(
      ranker, wide, ranker.weights(), values, [&](double, auto const&) { ++calls; }, s);
  CHECK(s.code == rw::errc::wrong_shape);
  CHECK(calls == 0);
  CHECK_THROWS_AS(
      train::sweep<"relevance">(ranker, wide, ranker.weights(), values, [&](double, auto const&) { ++calls; }),
      rw::error);
  s = {};
  auto const found = train::tune(ranker, wide, groups, ranker.weights(), {.errors = s},
                                 train::aim(ndcg, softmax, grades), train::aim(ndcg, softmax, grades, 0.5));
  CHECK(s.code == rw::errc::wrong_shape);
  CHECK_FALSE(found.feasible);
  CHECK(found.weights[1] == ranker.weights()[1]);
}

TEST_CASE("a logit that is not finite: the error policy hears of it, in gradients as well") {
  std::vector<float> const rows{1, 2, 0, 1, 3, 1, std::numeric_limits<float>::quiet_NaN(), 2, 1, 1, 0, 3};
  std::vector<float> const grades{1, 0, 2, 1, 0, 2};
  rw::status s;
  auto const aim = train::aim(ndcg, softmax, grades);
  auto const kept = train::aim(ndcg, softmax, grades, 0.1);
  auto const groups = rw::lists<>::uniform(2, 3);
  CHECK_NOTHROW(
      train::tune(ranker, rw::row_major(rows, 2), groups, ranker.weights(), {.rounds = 5, .errors = s}, aim, kept));
  CHECK(s.code == rw::errc::not_finite);
  CHECK_THROWS_AS(train::tune(ranker, rw::row_major(rows, 2), groups, ranker.weights(), aim, kept), rw::error);
}

TEST_CASE("labels that are not finite: what one metric tells is not forgotten over the others") {
  world const w;
  std::vector<float> holes = w.grades;
  holes[8] = std::numeric_limits<float>::quiet_NaN();
  auto const kept = train::aim(ndcg, softmax, w.bought, 0.5);
  rw::status s;
  auto const found = train::tune<"relevance">(ranker, w.table(), w.queries, ranker.weights(),
                                              {.rounds = 20, .errors = s}, train::aim(ndcg, softmax, holes), kept);
  CHECK(s.code == rw::errc::not_finite);
  CHECK(s.where == 1); // the query
  CHECK(found.feasible);
  CHECK(found.goal > 0);
  s = {};
  auto const first = train::aim(ndcg, softmax, holes, 0.5);
  train::tune<"relevance">(ranker, w.table(), w.queries, ranker.weights(), {.rounds = 3, .errors = s},
                           train::aim(ndcg, softmax, w.grades), first, kept);
  CHECK(s.code == rw::errc::not_finite);
  CHECK_THROWS_AS(
      train::tune<"relevance">(ranker, w.table(), w.queries, ranker.weights(), train::aim(ndcg, softmax, holes), kept),
      rw::error);
  double const nan = std::numeric_limits<double>::quiet_NaN();
  train::tune<"relevance">(ranker, w.table(), w.queries, ranker.weights(), {.errors = s},
                           train::aim(ndcg, softmax, w.grades), train::aim(ndcg, softmax, w.bought, nan));
  CHECK(s.code == rw::errc::out_of_range); // the floor
  train::tune<"relevance">(ranker, w.table(), w.queries, ranker.weights(), {.rounds = 3, .errors = s},
                           train::aim(ndcg, softmax, w.grades), kept);
  CHECK(s.ok());
}

} // namespace tune_test
