// Prioritised multi-task learning by Lagrangian differential multipliers (Taobao, arXiv 2412.12092), and the same
// machine on the weights of a value model: as much conversion as possible while relevance NDCG stays above a floor.
#include "golden.hpp"

#include <rankwise/core/random.hpp>
#include <rankwise/head/input.hpp>
#include <rankwise/loss/softmax.hpp>
#include <rankwise/metric/ndcg.hpp>
#include <rankwise/train/priority.hpp>
#include <rankwise/value/ranker.hpp>

#include <cstdint>
#include <vector>

namespace rw = rankwise;
namespace train = rw::train;

namespace {

// L1 = (x-1)^2 <= 0.01 comes before L2 = (x+1)^2 + (y-2)^2.
template <class T, class Machine>
void descend(Machine machine, double worst, double tolerance) {
  T x = 1;
  T y = 2;
  numbers<T> d(2), first{0};
  machine.observe(first);
  for (int step = 0; step < 20000; ++step) {
    numbers<T> const objective{2 * (x + 1), 2 * (y - 2)}, constraint{2 * (x - 1), 0};
    machine.direction(objective, rw::row_major(constraint, 2), d);
    x -= T(0.05) * d[0];
    y -= T(0.05) * d[1];
    first[0] = (x - 1) * (x - 1);
    machine.update(first);
  }
  golden("x", x, 0.9, tolerance);
  golden("y", y, 2, tolerance);
  golden("lambda", machine.lambda(0), 19, std::max(200 * tolerance, 19 * golden_tolerance));
  golden("worst violation on the way", machine.worst_violation(), worst, 5e-4);
}

void value_model() {
  // Queries of six items: a grade, an affinity that sells, and noise on both.
  constexpr std::size_t items = 1200;
  constexpr auto relevance = rw::head::input<"relevance">{};
  constexpr auto affinity = rw::head::input<"affinity">{};
  constexpr auto ranker =
      rw::ranker{rw::heads(relevance, affinity),
                 rw::weight<"relevance">(0.0) * feature(relevance) + rw::weight<"affinity">(1.0) * feature(affinity)};
  std::vector<double> rows(2 * items), grades(items), bought(items), scores(items), seeds(items);
  for (std::size_t i = 0; i < items; ++i) {
    auto const noise = [i](std::uint64_t stream) { return rw::random_uniform(1, i, stream); };
    grades[i] = static_cast<double>(i % 3);
    rows[2 * i] = grades[i] + noise(1);
    rows[2 * i + 1] = 2 * noise(2) - 0.5 * grades[i]; // what sells is seldom what was asked for
    bought[i] = rows[2 * i + 1] + 0.4 * noise(3) > 1 ? 1 : 0;
  }
  auto const queries = rw::lists<>::uniform(items / 6, 6);
  auto const table = rw::row_major(rows, 2);
  auto weights = ranker.weights();
  constexpr double floor = 0.9;
  train::priority<> machine({train::at_least(floor)}, 1, {.strength = 10});
  std::vector<double> objective(2), constraint(2), direction(2);
  auto const derivatives = [&](std::vector<double> const& labels, std::vector<double>& to) {
    rw::loss::softmax{}.gradient(scores, labels, queries, seeds); // NDCG has no slope: a smooth loss lends its own
    auto const by = ranker.gradient(table, seeds, weights);
    to = {by.get<"relevance">() / items, by.get<"affinity">() / items};
  };
  double ndcg = 0;
  for (int round = 0; round < 1000; ++round) {
    ranker.score(table, scores, weights);
    ndcg = rw::metric::ndcg<>{}(scores, grades, queries);
    std::vector<double> const values{train::at_least(ndcg)};
    machine.update(values);
    derivatives(bought, objective);
    derivatives(grades, constraint);
    machine.direction(objective, rw::row_major(constraint, 2), direction);
    weights.set<"relevance">(weights.get<"relevance">() - 0.5 * direction[0]);
    weights.set<"affinity">(weights.get<"affinity">() - 0.5 * direction[1]);
  }
  std::printf("  weights %.3f and %.3f: relevance NDCG %.4f, conversion NDCG %.4f\n", weights.get<"relevance">(),
              weights.get<"affinity">(), ndcg, rw::metric::ndcg<>{}(scores, bought, queries));
  claim(near(ndcg, floor, 0.002), "relevance NDCG ends at its floor");
  claim(machine.worst_violation() > 0.01, "where it did not start");
}

} // namespace

template <class T>
void worked() {
  descend<T>(train::priority<train::damped, train::rescaled>({0.01}, 5, {.strength = 100}), 0.0544, 1e-9);
  descend<T>(train::priority<train::undamped, train::not_rescaled>({0.01}, 0.5), 0.739, 2e-6);
}

int main() {
  value_model();
  return in_double_and_float([](auto t) { worked<decltype(t)>(); });
}
