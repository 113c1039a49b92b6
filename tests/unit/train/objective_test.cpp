#include <doctest/doctest.h>

#include <rankwise/head/coral.hpp>
#include <rankwise/head/proportional_odds.hpp>
#include <rankwise/head/softmax.hpp>
#include <rankwise/loss/softmax.hpp>
#include <rankwise/train/objective.hpp>

#include "support/random.hpp"

#include <cmath>
#include <vector>

namespace rw = rankwise;

namespace {

constexpr std::size_t items = 60;

struct sample {
  std::vector<float> z = std::vector<float>(items * 2);
  std::vector<int> grades = std::vector<int>(items);
  std::vector<float> weights = std::vector<float>(items);

  explicit sample(std::uint64_t seed) {
    support::random r(seed);
    for (std::size_t i = 0; i < items; ++i) {
      z[2 * i] = static_cast<float>(r.uniform(-2, 2));
      z[2 * i + 1] = static_cast<float>(r.uniform(-2, 2));
      double const eta = static_cast<double>(z[2 * i]) + r.uniform(-2, 2);
      grades[i] = eta < -0.6 ? 0 : eta < 1.1 ? 1 : 2;
      weights[i] = static_cast<float>(r.uniform(0, 2));
    }
  }
};

} // namespace

TEST_CASE("side by side: every part writes its own columns, and losses add up") {
  sample const s(1);
  auto const lists = rw::lists<>::uniform(6, 10);
  constexpr auto head = rw::head::proportional_odds<"relevance", 3>{.cuts = rw::head::cuts<2>::at(-0.5, 1.0)};
  auto both = rw::train::joint(rw::train::objective(head, s.grades, {.item_weights = s.weights}, {.weight = 3}),
                               rw::train::objective(rw::loss::softmax{}, s.grades, lists));
  static_assert(decltype(both)::outputs == 2);
  CHECK(both.items() == items);
  std::vector<float> g(2 * items, -7), h(2 * items, -7);
  double const loss =
      both.derive(rw::row_major(s.z, 2), rw::row_major(g.data(), items, 2), rw::row_major(h.data(), items, 2));

  std::vector<float> a(items), b(items), ga(items), ha(items), gb(items), hb(items);
  for (std::size_t i = 0; i < items; ++i) {
    a[i] = s.z[2 * i];
    b[i] = s.z[2 * i + 1];
  }
  double const first = head.gradient(a, s.grades, ga, ha, {.item_weights = s.weights});
  double const second = rw::loss::softmax{}.gradient(b, s.grades, lists, gb, hb);
  CHECK(loss == doctest::Approx(3 * first + second).epsilon(1e-12));
  for (std::size_t i = 0; i < items; ++i) {
    CAPTURE(i);
    CHECK(g[2 * i] == 3 * ga[i]);
    CHECK(h[2 * i] == std::max(3 * ha[i], 1e-16f));
    CHECK(g[2 * i + 1] == gb[i]);
    CHECK(h[2 * i + 1] == std::max(hb[i], 1e-16f));
  }
}

TEST_CASE("second derivatives have a floor, of the caller's choice") {
  std::vector<float> const z{90, -90};
  std::vector<int> const grades{2, 0};
  auto objective = rw::train::objective(rw::head::proportional_odds<"r", 3>{}, grades, {}, {.hessian_floor = 0.01});
  std::vector<float> g(2), h(2);
  objective.derive(rw::row_major(z, 1), rw::row_major(g.data(), 2, 1), rw::row_major(h.data(), 2, 1));
  CHECK(h[0] == 0.01f);
  CHECK(h[1] == 0.01f);
}

TEST_CASE("shared parameters go to their optimum while the logits stay") {
  sample const s(2);
  std::vector<float> eta(items);
  for (std::size_t i = 0; i < items; ++i) {
    eta[i] = s.z[2 * i];
  }
  auto const optimum = [&](auto head) {
    auto objective = rw::train::objective(head, s.grades);
    auto const before = head.value(eta, s.grades);
    double last = before;
    for (int round = 0; round < 25; ++round) {
      objective.learn(rw::row_major(eta, 1));
      double const now = objective.head().value(eta, s.grades);
      CHECK(now <= last + 1e-4); // float logits
      last = now;
    }
    std::vector<float> g(items);
    std::vector<double> slope(2);
    objective.head().gradient(eta, s.grades, g, {.parameters = slope});
    CHECK(std::fabs(slope[0]) < 1e-2);
    CHECK(std::fabs(slope[1]) < 1e-2);
    CHECK(last < before - 1);
    std::size_t count = 0;
    objective.for_each_state([&count](double const&) { ++count; });
    CHECK(count == 2);
  };
  optimum(rw::head::proportional_odds<"relevance", 3>{.cuts = rw::head::cuts<2>::at(-4, 5)});
  optimum(rw::head::coral<"relevance", 3>{.biases = {4, -5}});
}

TEST_CASE("parts of different numbers of items, and outputs of another number: said before anything is read") {
  sample const s(3);
  constexpr auto head = rw::head::proportional_odds<"relevance", 3>{.cuts = rw::head::cuts<2>::at(-0.5, 1.0)};
  auto const lists = rw::lists<>::uniform(5, 10);
  std::vector<int> const fewer(50, 1), more(70, 1);
  std::vector<float> const z(2 * 70);
  std::vector<float> g(2 * 70, -7), h(2 * 70, -7);
  auto const refused = [&](auto both, std::size_t rows, std::size_t found) {
    CAPTURE(rows);
    rw::status const told = both.check(rows);
    CHECK(told.code == rw::errc::size_mismatch);
    CHECK(told.expected == rows);
    CHECK(told.found == found);
    auto const table = [rows](auto& numbers) { return rw::row_major(numbers.data(), rows, 2); };
    rw::status derived;
    CHECK(std::isnan(both.derive(table(z), table(g), table(h), 0, derived)));
    CHECK(derived.code == rw::errc::size_mismatch);
    CHECK_THROWS_AS(both.derive(table(z), table(g), table(h)), rw::error);
  };
  refused(
      rw::train::joint(rw::train::objective(head, s.grades), rw::train::objective(rw::loss::softmax{}, fewer, lists)),
      60, 50);
  refused(rw::train::joint(rw::train::objective(head, more), rw::train::objective(head, s.grades)), 60, 70);
  refused(rw::train::joint(rw::train::objective(head, s.grades), rw::train::objective(head, more)), 70, 60);
}

TEST_CASE("matrices without the columns that an objective reads or writes: said before anything is read") {
  sample const s(3);
  constexpr auto head = rw::head::softmax<"grade", 3>{};
  auto const lists = rw::lists<>::uniform(6, 10);
  std::vector<float> const z(4 * items);
  auto const table = [](auto& numbers, std::size_t columns) { return rw::row_major(numbers.data(), items, columns); };
  auto const refused = [&](auto objective, std::size_t z_columns, std::size_t g_columns, std::size_t h_columns,
                           std::size_t first, std::size_t needed) {
    CAPTURE(first);
    std::vector<float> g(4 * items, -7), h(4 * items, -7);
    auto const to = table(g, g_columns);
    auto const bend = table(h, h_columns);
    rw::status told;
    CHECK(std::isnan(objective.derive(table(z, z_columns), to, bend, first, told)));
    CHECK(told.code == rw::errc::wrong_shape);
    CHECK(told.expected == needed);
    CHECK(g == std::vector<float>(4 * items, -7));
    CHECK(h == g);
    CHECK_THROWS_AS(objective.derive(table(z, z_columns), to, bend, first), rw::error);
  };
  auto const of_head = [&] { return rw::train::objective(head, s.grades); };
  auto const of_lists = [&] { return rw::train::objective(rw::loss::softmax{}, s.grades, lists); };
  refused(of_head(), 2, 3, 3, 0, 3);
  refused(of_head(), 3, 2, 3, 0, 3);
  refused(of_head(), 3, 3, 2, 0, 3);
  refused(of_head(), 3, 4, 4, 1, 4);
  refused(of_lists(), 1, 4, 4, 1, 2);
  refused(of_lists(), 0, 1, 1, 0, 1);
  refused(rw::train::joint(of_lists(), of_head()), 3, 4, 4, 0, 4); // nor does the first part write
  refused(rw::train::joint(of_head(), of_lists()), 4, 3, 4, 0, 4);

  std::vector<float> g(3 * items), h(3 * items);
  auto one = of_head();
  CHECK_THROWS_WITH_AS(one.derive(table(z, 2), table(g, 3), table(h, 3)),
                       "rankwise: the outputs (columns) of an objective has the wrong shape (2 where 3 is needed)",
                       rw::error);
  rw::status told;
  one.derive(table(z, 3), rw::row_major(g.data(), items + 1, 3), table(h, 3), 0, told);
  CHECK(told.code == rw::errc::size_mismatch);
  one.derive(table(z, 4), table(g, 3), table(h, 3), 0, told = {}); // more than it reads
  CHECK(told.ok());

  constexpr auto odds = rw::head::proportional_odds<"relevance", 3>{.cuts = rw::head::cuts<2>::at(-0.5, 1.0)};
  auto learning = rw::train::joint(of_lists(), rw::train::objective(odds, s.grades));
  double const before = learning.get<1>().head().cuts.first;
  learning.learn(table(z, 1), 0, rw::head::alone{}, told);
  CHECK(told.code == rw::errc::wrong_shape);
  told = {};
  rw::train::objective(odds, s.grades).learn(table(z, 1), 1, rw::head::alone{}, told);
  CHECK(told.code == rw::errc::wrong_shape);
  CHECK(learning.get<1>().head().cuts.first == before);
}

TEST_CASE("items and lists that count for nothing: the first part's are not forgotten over the second") {
  sample const s(4);
  std::vector<float> grades(s.grades.begin(), s.grades.end());
  grades[7] = std::nanf("");
  constexpr auto head = rw::head::proportional_odds<"relevance", 3>{.cuts = rw::head::cuts<2>::at(-0.5, 1.0)};
  auto const lists = rw::lists<>::uniform(6, 10);
  auto both =
      rw::train::joint(rw::train::objective(head, grades), rw::train::objective(rw::loss::softmax{}, s.grades, lists));
  std::vector<float> g(2 * items), h(2 * items);
  auto const table = [](auto& numbers) { return rw::row_major(numbers.data(), items, 2); };
  rw::status told;
  double const loss = both.derive(table(s.z), table(g), table(h), 0, told);
  CHECK(told.code == rw::errc::not_finite);
  CHECK(told.where == 7);
  CHECK(std::isfinite(loss));
  CHECK(g[2 * 7] == 0);
  CHECK(g[2 * 8] != 0);
  CHECK(g[2 * 7 + 1] != 0); // of the list-wise part
  CHECK_THROWS_AS(both.derive(table(s.z), table(g), table(h)), rw::error);
  double const before = both.get<0>().head().cuts.first;
  both.learn(table(s.z), 0, rw::head::alone{}, told);
  CHECK(both.get<0>().head().cuts.first != before);
}
