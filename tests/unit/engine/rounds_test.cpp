// The rounds against an engine whose trees are one step along the gradient: everything can be worked out by hand.
#include <doctest/doctest.h>

#include <rankwise/engine/measure.hpp>
#include <rankwise/engine/rounds.hpp>
#include <rankwise/head/binary.hpp>
#include <rankwise/head/heads.hpp>
#include <rankwise/head/proportional_odds.hpp>
#include <rankwise/loss/softmax.hpp>
#include <rankwise/metric/ndcg.hpp>
#include <rankwise/value/ranker.hpp>

#include <cmath>
#include <string>
#include <vector>

namespace rw = rankwise;

namespace {

using options = rw::engine::train_options<std::vector<float>>;

/// Says that there are two workers, of whom the other one always has the same numbers, and sometimes an own wish.
struct twins {
  double* wish = nullptr; ///< added to the second number of a sum of one
  bool two = false;

  bool several() const { return two; }
  bool sum(double* numbers, std::size_t count) const {
    for (std::size_t k = 0; two && k < count; ++k) {
      numbers[k] *= 2;
    }
    if (two && count == 1 && wish != nullptr) {
      numbers[0] += *wish;
    }
    return true;
  }
};

template <rw::layout Order>
struct descent {
  static constexpr rw::layout order = Order;
  std::size_t outputs = 1;
  std::vector<float> z;
  double rate = 0.1;
  std::vector<double> rates{};
  std::size_t fails_at = 0;
  twins together{};
  bool fails_elsewhere = false;
  bool alive = true;

  bool ready() const { return alive; }
  void learning_rate(double x) { rate = x; }
  auto logits() {
    return rw::engine::detail::ordered_matrix(std::as_const(z).data(), z.size() / outputs, outputs,
                                              [] { return Order; });
  }
  rw::engine::logits logits(std::vector<float> const& held_out) {
    alive = alive && !fails_elsewhere;
    return rw::row_major(held_out.empty() ? std::as_const(z).data() : held_out.data(), z.size() / outputs, outputs);
  }
  bool grow(float const* gradient, float const*, std::size_t count) {
    rates.push_back(rate);
    alive = rates.size() != fails_at;
    for (std::size_t i = 0; i < count; ++i) {
      z[i] -= static_cast<float>(rate) * gradient[i];
    }
    return true;
  }
  bool grow_by_its_own(std::size_t) {
    rates.push_back(rate);
    return rates.size() < 5;
  }
};

struct square { // L = sum z^2 / 2
  static constexpr std::size_t outputs = 2;
  std::size_t count = 3;
  double shared = 0;
  std::size_t items() const { return count; }
  double derive(auto const& z, auto const& g, auto const& h) {
    double loss = 0;
    for (std::size_t i = 0; i < z.rows; ++i) {
      for (std::size_t k = 0; k < 2; ++k) {
        g(i, k) = z(i, k);
        h(i, k) = 1;
        loss += 0.5 * std::pow(static_cast<double>(z(i, k)), 2);
      }
    }
    return loss;
  }
  void learn(auto const&) { shared += 1; }
  void for_each_state(auto f) { f(shared); }
};

struct three {
  double x[3] = {0.1, -1e-300, 12345.678901234567};
  void for_each_state(auto f) {
    for (double& v : x) {
      f(v);
    }
  }
};

} // namespace

TEST_CASE("rates, callbacks and layouts: z shrinks as the rates say") {
  square objective;
  std::vector<double> losses;
  options const o{.rounds = 3,
                  .learning_rate_at = [](std::size_t round) { return 0.5 / static_cast<double>(round); },
                  .on_round =
                      [&](rw::engine::progress const& p) {
                        losses.push_back(p.loss);
                        CHECK(p.rounds == 3);
                        CHECK(p.values->empty());
                        return true;
                      }};
  auto const check = [&](auto engine) {
    losses.clear();
    objective.shared = 0;
    CHECK(rw::engine::run_rounds(engine, objective, o) == 0);
    CHECK(engine.rates == std::vector<double>{0.5, 0.25, 0.5 / 3});
    for (std::size_t i = 0; i < 6; ++i) {
      CHECK(engine.z[i] == doctest::Approx(static_cast<double>(i + 1) * 0.5 * 0.75 * (1 - 0.5 / 3)));
    }
    CHECK(losses[0] == 45.5);
    CHECK(losses[1] == doctest::Approx(45.5 / 4));
    CHECK(objective.shared == 3);
  };
  check(descent<rw::layout::row_major>{2, {1, 2, 3, 4, 5, 6}});
  check(descent<rw::layout::column_major>{2, {1, 2, 3, 4, 5, 6}});
}

TEST_CASE("early stopping: the best round, its direction, and NaN that is never best") {
  std::vector<float> const held_out{};
  for (bool const smaller : {false, true}) {
    CAPTURE(smaller);
    std::vector<double> const values{0.1, 0.5, 0.3, 0.4, 0.45, 0.9};
    std::size_t call = 0;
    options const o{.rounds = 6,
                    .evaluations = {{"m", &held_out,
                                     [&](rw::engine::logits) { return smaller ? -values[call++] : values[call++]; }}},
                    .patience = 3,
                    .smaller_is_better = smaller};
    descent<rw::layout::row_major> engine{2, {1, 1, 1, 1, 1, 1}};
    square objective;
    CHECK(rw::engine::run_rounds(engine, objective, o) == 2);
    CHECK(call == 5);
  }
}

TEST_CASE("a measure that is NaN is never the best, though it be the first") {
  std::vector<float> const held_out{};
  double const nan = std::nan("");
  auto const best_of = [&](std::vector<double> const& values, std::size_t expected_calls) {
    std::size_t call = 0;
    options const o{.rounds = values.size(),
                    .evaluations = {{"m", &held_out, [&](rw::engine::logits) { return values[call++]; }}},
                    .patience = 3};
    descent<rw::layout::row_major> engine{2, {1, 1, 1, 1, 1, 1}};
    square objective;
    std::size_t const best = rw::engine::run_rounds(engine, objective, o);
    CHECK(call == expected_calls);
    return best;
  };
  CHECK(best_of({nan, 0.1, 0.5, nan, 0.4, 0.45, 0.9}, 6) == 3);
  CHECK(best_of({nan, nan, nan, nan, nan}, 3) == 0); // none is: all rounds count
}

TEST_CASE("the shared parameters that are left are those of the best round") {
  std::vector<float> const held_out{};
  auto const left = [&](std::vector<double> const& values, std::size_t patience) {
    std::size_t call = 0;
    options const o{.rounds = values.size(),
                    .evaluations = {{"m", &held_out, [&](rw::engine::logits) { return values[call++]; }}},
                    .patience = patience};
    descent<rw::layout::row_major> engine{2, {1, 1, 1, 1, 1, 1}};
    square objective; // counts its rounds
    rw::engine::run_rounds(engine, objective, o);
    return objective.shared;
  };
  CHECK(left({0.1, 0.5, 0.3, 0.4, 0.45, 0.9}, 3) == 2);
  CHECK(left({0.1, 0.5, 0.3, 0.6}, 3) == 4);
  CHECK(left({0.1, 0.5, 0.3, 0.4}, 0) == 4); // nobody chooses: all rounds count
  double const nan = std::nan("");
  CHECK(left({nan, nan, nan}, 3) == 3);
}

TEST_CASE("who wants to end, ends; an engine that fails ends at once") {
  square objective;
  descent<rw::layout::row_major> engine{2, std::vector<float>(6, 1.0f)};
  engine.fails_at = 2;
  CHECK(rw::engine::run_rounds(engine, objective, options{.rounds = 9}) == 0);
  CHECK(engine.rates.size() == 2);
  std::vector<float> const held_out{};
  options const measured{.rounds = 9, .evaluations = {{"m", &held_out, [](rw::engine::logits) -> double {
                                                         FAIL("there is nothing to measure");
                                                         return 0;
                                                       }}}};
  descent<rw::layout::row_major> blind{2, std::vector<float>(6, 1.0f)};
  blind.fails_elsewhere = true;
  CHECK(rw::engine::run_rounds(blind, objective, measured) == 0);
  CHECK(blind.rates.size() == 1);
  descent<rw::layout::row_major> stopped{2, std::vector<float>(6, 1.0f)};
  rw::engine::run_rounds(stopped, objective,
                         options{.rounds = 9, .on_round = [](rw::engine::progress const& p) { return p.round < 4; }});
  CHECK(stopped.rates.size() == 4);
  descent<rw::layout::row_major> own{2, std::vector<float>(6, 1.0f)};
  rw::engine::run_rounds(own, options{.rounds = 9});
  CHECK(own.rates.size() == 5);
}

TEST_CASE("an engine with other outputs than the objective's: told before anything is read or grown") {
  std::vector<int> const grades{2, 0, 1, 0, 1, 0, 2, 1};
  auto const lists = rw::lists_of_sizes(std::vector{5, 3});
  constexpr auto click = rw::head::binary<"click">{};
  auto both =
      rw::train::joint(rw::train::objective(rw::loss::softmax{}, grades, lists), rw::train::objective(click, grades));
  auto const refused = [&](auto& objective, auto engine, rw::errc code, std::size_t needed, std::size_t found) {
    auto const before = engine.z;
    rw::status told;
    CHECK(rw::engine::run_rounds(engine, objective, options{.rounds = 3, .errors = told}) == 0);
    CHECK(told.code == code);
    CHECK(told.expected == needed);
    CHECK(told.found == found);
    CHECK(engine.rates.empty());
    CHECK(engine.z == before);
    CHECK_THROWS_AS(rw::engine::run_rounds(engine, objective, options{.rounds = 3}), rw::error);
  };
  using table = descent<rw::layout::row_major>;
  refused(both, table{1, std::vector<float>(8)}, rw::errc::wrong_shape, 2, 1);
  refused(both, descent<rw::layout::column_major>{1, std::vector<float>(8)}, rw::errc::wrong_shape, 2, 1);
  refused(both, table{3, std::vector<float>(24)}, rw::errc::wrong_shape, 2, 3); // it would read derivatives for three
  refused(both, table{2, std::vector<float>(8)}, rw::errc::size_mismatch, 4, 8);
  square own; // any struct with the members of an objective
  refused(own, table{1, std::vector<float>(3)}, rw::errc::wrong_shape, 2, 1);
  refused(own, table{2, std::vector<float>(4)}, rw::errc::size_mismatch, 2, 3);
  table engine{1, std::vector<float>(8)};
  CHECK_THROWS_WITH_AS(rw::engine::run_rounds(engine, both, options{}),
                       "rankwise: the outputs (columns) of the engine has the wrong shape (1 where 2 is needed)",
                       rw::error);
}

TEST_CASE("several workers: losses add up, values are averaged, and one who ends ends all") {
  std::vector<float> const held_out{};
  square objective;
  descent<rw::layout::row_major> engine{2, {1, 2, 3, 4, 5, 6}};
  double wish = 0;
  engine.together = {&wish, true};
  double value = 0;
  options const o{.rounds = 9,
                  .evaluations = {{"m", &held_out, [](rw::engine::logits) { return 0.25; }, 7}},
                  .on_round = [&](rw::engine::progress const& p) {
                    if (p.round == 1) {
                      CHECK(p.loss == 91);
                    }
                    value = (*p.values)[0];
                    wish = p.round == 3 ? 1 : 0;
                    return true;
                  }};
  rw::engine::run_rounds(engine, objective, o);
  CHECK(value == 0.25);
  CHECK(engine.rates.size() == 3);
}

TEST_CASE("shared parameters as text") {
  three a, b;
  b.x[0] = b.x[1] = b.x[2] = 0;
  std::string const text = rw::engine::detail::state_text(a);
  CHECK(rw::engine::detail::read_state(text, b));
  for (std::size_t k = 0; k < 3; ++k) {
    CHECK(a.x[k] == b.x[k]);
  }
  for (char const* bad : {"", "1 2", "1 2 3 4", "1 two 3", "1 2 3 x"}) {
    CAPTURE(bad);
    CHECK_FALSE(rw::engine::detail::read_state(bad, b));
    CHECK(b.x[0] == 0.1);
  }
}

TEST_CASE("measures: a metric of one output, a ranker's, a loss, and several heads with what they have learnt") {
  std::vector<int> const grades{2, 0, 1, 0, 1};
  std::vector<int> const clicked{1, 0, 0, 0, 1};
  auto const lists = rw::lists_of_sizes(std::vector{3, 2});
  std::vector<float> const z{0.3f, 2, 0.5f, 1, -0.2f, 0, 1.5f, -1, 0.4f, 0.1f};
  std::vector<float> const column0{0.3f, 0.5f, -0.2f, 1.5f, 0.4f};
  std::vector<float> const column1{2, 1, 0, -1, 0.1f};
  auto const logits = rw::row_major(z.data(), 5, 2);
  using rw::engine::measure;
  CHECK(measure(rw::metric::ndcg<10>{}, grades, lists)(logits) == rw::metric::ndcg<10>{}(column0, grades, lists));
  CHECK(measure(rw::metric::ndcg<2>{}, grades, lists, {}, 1)(logits) == rw::metric::ndcg<2>{}(column1, grades, lists));
  CHECK(measure(rw::loss::softmax{}, grades, lists)(logits) ==
        doctest::Approx(rw::loss::softmax{}.value(column0, grades, lists)));

  auto relevance = rw::head::proportional_odds<"relevance", 3>{.cuts = rw::head::cuts<2>::at(-0.5, 1.0)};
  constexpr auto click = rw::head::binary<"click">{};
  auto const ranker = rw::ranker{rw::heads(relevance, click), rw::weight<"relevance">(1) * expected_grade(relevance) +
                                                                  rw::weight<"click">(0.5) * probability(click)};
  std::vector<float> scores(5);
  ranker.score(logits, scores);
  CHECK(measure(ranker, rw::metric::ndcg<10>{}, grades, lists)(logits) ==
        rw::metric::ndcg<10>{}(scores, grades, lists));

  auto learning = rw::train::joint(rw::train::objective(relevance, grades), rw::train::objective(click, clicked));
  relevance.cuts = rw::head::cuts<2>::at(3, 4);
  auto held_out = rw::train::joint(rw::train::objective(relevance, grades), rw::train::objective(click, clicked));
  std::vector<float> g(10), h(10);
  double const loss = learning.derive(logits, rw::row_major(g.data(), 5, 2), rw::row_major(h.data(), 5, 2));
  CHECK(rw::engine::measure_loss(held_out, learning)(logits) == loss);
  CHECK_THROWS_WITH_AS(measure(rw::metric::ndcg<2>{}, grades, lists, {}, 2)(logits),
                       "rankwise: the outputs (columns) of a measure has the wrong shape (2 where 3 is needed)",
                       rw::error);
}
