#include <rankwise/backend/emulated.hpp>
#if __has_include(<tbb/parallel_for.h>)
#include <rankwise/backend/parallel.hpp>
#endif
#include <rankwise/loss/position_bias.hpp>

#include <doctest/doctest.h>

#include "support/allocations.hpp"
#include "support/executors.hpp"
#include "support/in_groups.hpp"
#include "support/problem.hpp"
#include "support/ragged.hpp"
#include "unit/loss/position_bias.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace position_bias_test {

namespace rw = rankwise;

using column = std::vector<double>;

namespace {

/// What a round leaves.
struct round_result {
  double value = 0;
  column per_list, gradient, hessian, clicked, not_clicked;
  rw::status status;

  bool operator==(round_result const& o) const {
    auto const same = [](column const& a, column const& b) { return support::agree(a, b, 0); };
    return value == o.value && same(per_list, o.per_list) && gradient == o.gradient && hessian == o.hessian &&
           clicked == o.clicked && not_clicked == o.not_clicked && status.code == o.status.code &&
           status.where == o.status.where && status.found == o.status.found;
  }
};

/// Three rounds; the scores move in between.
template <class Loss, class Executor, class Problem>
std::vector<round_result> rounds(Executor executor, Loss const& loss, Problem p, std::size_t places) {
  rw::lists const lists(p.offsets);
  std::vector<int> const shown = naive::places_of(p.offsets);
  rw::options given;
  if (!p.weights.empty()) {
    given.item_weights = p.weights;
    given.list_weights = p.list_weights;
  }
  if (!p.mask.empty()) {
    given.mask = p.mask;
  }
  auto const data = loss.prepare(executor, p.labels, lists, given);
  std::vector<std::byte> bytes(rw::loss::position_bias::workspace_bytes(executor, data) + rw::workspace::alignment);
  rw::workspace memory{std::span<std::byte>(bytes)};
  rw::loss::position_bias bias(places, 0.5);
  std::vector<round_result> all(3);
  for (round_result& r : all) {
    r.per_list.resize(lists.size());
    r.gradient.resize(p.scores.size(), 7);
    r.hessian.resize(p.scores.size(), 7);
    r.value = bias.gradient(executor, loss, p.scores, data, shown, r.gradient, r.hessian, memory,
                            {.per_list = r.per_list, .errors = r.status});
    for (std::size_t k = 0; k < places; ++k) {
      r.clicked.push_back(bias.clicked(k));
      r.not_clicked.push_back(bias.not_clicked(k));
    }
    for (auto& s : p.scores) {
      s = -s / 2;
    }
  }
  return all;
}

constexpr rw::loss::lambda<rw::metric::ndcg<>> by_ndcg{.steepness = 1.5};
constexpr rw::loss::lambda<rw::metric::ndcg<5>> of_the_top{.steepness = 1.5};

bool agree(round_result const& a, round_result const& b, double bound) {
  auto const near = [bound](column const& x, column const& y) { return support::agree(x, y, bound); };
  return near({a.value}, {b.value}) && near(a.per_list, b.per_list) && near(a.gradient, b.gradient) &&
         near(a.hessian, b.hessian) && near(a.clicked, b.clicked) && near(a.not_clicked, b.not_clicked) &&
         a.status.code == b.status.code && a.status.where == b.status.where && a.status.found == b.status.found;
}

} // namespace

TEST_CASE("loss/position_bias: rounds against two loops") {
  auto const check = [](auto const& loss, auto const& p, std::size_t cutoff, std::size_t places, bool not_finite) {
    CAPTURE(cutoff);
    CAPTURE(places);
    CAPTURE(not_finite);
    std::vector<int> const shown = naive::places_of(p.offsets);
    std::vector<round_result> const found[] = {rounds(rw::exec::scalar{}, loss, p, places),
                                               rounds(rw::exec::simd{}, loss, p, places)};
    naive::unbiased loops(places, cutoff, loss.steepness, 0.5);
    auto moved = p;
    for (std::size_t round = 0; round < found[0].size(); ++round) {
      CAPTURE(round);
      naive::result const expected = loops.round(moved, shown);
      for (auto const& rounds_found : found) {
        round_result const& one = rounds_found[round];
        CHECK((one.status.code == rw::errc::not_finite) == not_finite);
        CHECK(support::near(one.value, expected.value, 1e-11));
        CHECK(naive::distance(one.gradient, expected.gradient) < 1e-11);
        CHECK(naive::distance(one.hessian, expected.hessian) < 1e-11);
        CHECK(naive::distance(one.clicked, loops.plus) < 1e-11);
        CHECK(naive::distance(one.not_clicked, loops.minus) < 1e-11);
      }
      for (auto& s : moved.scores) {
        s = -s / 2;
      }
    }
  };
  for (bool const not_finite : {false, true}) {
    check(by_ndcg, support::grouped_problem(not_finite, 150), 1000, 40, not_finite);
    check(of_the_top, support::grouped_problem(not_finite), 5, 1, not_finite);
    check(of_the_top, support::ragged<double>(29, not_finite, 100), 5, 70, not_finite);
  }
}

TEST_CASE("loss/position_bias: groups of threads") {
  using formula = rw::detail::biased<true, rw::loss::lambda<rw::metric::ndcg<>>, rw::column<int const>>;
  static_assert(rw::works_in_groups<formula>);
  auto const check = [](auto executor, auto const& loss, auto const& p) {
    auto const expected = rounds(rw::exec::scalar{}, loss, p, 9);
    auto const found = rounds(executor, loss, p, 9);
    for (std::size_t round = 0; round < expected.size(); ++round) {
      CAPTURE(round);
      CHECK(agree(found[round], expected[round], 1e-12));
    }
    for (rw::lane_order const order : {rw::lane_order::backwards, rw::lane_order::scattered}) {
      executor.order = order;
      CHECK(rounds(executor, loss, p, 9) == found);
    }
  };
  for (bool const not_finite : {false, true}) {
    CAPTURE(not_finite);
    check(rw::exec::emulated<8>{}, by_ndcg, support::grouped_problem(not_finite, 40));
    check(rw::exec::emulated<32>{}, of_the_top, support::grouped_problem(not_finite, 700));
  }
}

#if __has_include(<tbb/parallel_for.h>)
TEST_CASE("loss/position_bias: any number of threads gives the bits of exec::simd") {
  for (bool const everything : {false, true}) {
    support::ragged<float> const p(31, everything, 6000);
    auto const expected = rounds(rw::exec::simd{}, of_the_top, p, 40);
    for (int const threads : {1, 2, 8}) {
      CAPTURE(threads);
      CHECK(rounds(rw::exec::parallel{.threads = threads}, of_the_top, p, 40) == expected);
    }
  }
}
#endif

TEST_CASE("loss/position_bias: places are checked before anything is written") {
  rw::loss::position_bias bias(3);
  column const s{1, 2};
  column const y{0, 1};
  column g{7, 7};
  column h{7, 7};
  rw::status told;
  double const value = bias.gradient(rw::loss::lambda<rw::metric::ndcg<>>{}, s, y, rw::lists<>::single(2),
                                     std::vector<int>{0}, g, h, {.errors = told});
  CHECK(std::isnan(value));
  CHECK(told.code == rw::errc::size_mismatch);
  CHECK(g == column{7, 7});
  CHECK(bias.clicked(2) == 1);
  for (double const p : {-1.0, std::nan("")}) { // 1 / (1 + p)
    rw::loss::position_bias odd(3, p);
    CHECK(std::isnan(odd.gradient(rw::loss::lambda<rw::metric::ndcg<>>{}, s, y, rw::lists<>::single(2),
                                  std::vector<int>{0, 1}, g, h, {.errors = told})));
    CHECK(told.code == rw::errc::out_of_range);
    CHECK(g == column{7, 7});
  }
}

TEST_CASE("loss/position_bias: prepared data, a workspace and executors change nothing") {
  support::problem<float> const p(8, 30, 12);
  auto const lists = p.lists();
  std::vector<int> shown(p.items());
  for (std::size_t l = 0; l < p.size(); ++l) {
    for (std::size_t i = p.begin_of(l); i < p.end_of(l); ++i) {
      shown[i] = static_cast<int>(i - p.begin_of(l));
    }
  }
  constexpr auto loss = rw::loss::lambda<rw::metric::ndcg<5>>{.steepness = 1.5};
  auto const options = p.options(7);
  auto const data = loss.prepare(p.labels, lists, options);
  rw::loss::position_bias once(8);
  rw::loss::position_bias prepared(8);
  rw::loss::position_bias scalar(8);
  rw::workspace memory(rw::loss::position_bias::workspace_bytes(data));
  std::vector<float> g(p.items());
  std::vector<float> h(p.items());
  std::vector<float> g2(p.items());
  std::vector<float> h2(p.items());
  INFO("seed 8");
  for (int round = 0; round < 3; ++round) {
    double const value = once.gradient(loss, p.scores, p.labels, lists, shown, g, h, options);
    double same = 0;
    auto const count =
        support::allocations_of([&] { same = prepared.gradient(loss, p.scores, data, shown, g2, h2, memory); });
    CHECK((round == 0 || count == 0));
    CHECK(same == value);
    CHECK(g2 == g);
    CHECK(h2 == h);
    scalar.gradient(rw::exec::scalar{}, loss, p.scores, data, shown, g2, h2, memory);
    for (std::size_t i = 0; i < g.size(); ++i) {
      CHECK(support::near(static_cast<double>(g2[i]), static_cast<double>(g[i]), 1e-5));
    }
    for (std::size_t k = 0; k < 8; ++k) {
      CHECK(prepared.clicked(k) == once.clicked(k));
      CHECK(prepared.not_clicked(k) == once.not_clicked(k));
      CHECK(support::near(scalar.clicked(k), once.clicked(k), 1e-12));
    }
  }
  CHECK(once.clicked(7) != 1); // it has learnt something
}

TEST_CASE("loss/position_bias: outputs may not overlap the places") {
  rw::loss::position_bias bias(3);
  column const s{1, 2};
  column const y{0, 1};
  column other{7, 7};
  alignas(double) std::int64_t shown[2] = {0, 1};
  rw::column<double> const over_places{reinterpret_cast<double*>(shown), 2};
  rw::column<std::int64_t const> const places{shown, 2};
  rw::status told;
  rw::loss::lambda<rw::metric::ndcg<>> const loss{};
  auto const lists = rw::lists<>::single(2);
  CHECK(std::isnan(bias.gradient(loss, s, y, lists, places, over_places, other, {.errors = told})));
  CHECK(told.code == rw::errc::aliasing);
  told = {};
  CHECK(std::isnan(bias.gradient(loss, s, y, lists, places, other, over_places, {.errors = told})));
  CHECK(told.code == rw::errc::aliasing);
  CHECK(shown[1] == 1);
  CHECK(other == column{7, 7});
}

TEST_CASE("loss/position_bias: places that nobody knows count as the last one") {
  column const s{0.3, -0.2, 0.9, 0.1};
  column const y{1, 0, 2, 0};
  rw::loss::lambda<rw::metric::ndcg<>> const loss{};
  auto const estimates = [&](auto const& shown) {
    column g(4);
    column h(4);
    rw::loss::position_bias bias(3);
    for (int round = 0; round < 2; ++round) {
      bias.gradient(loss, s, y, rw::lists<>::single(4), shown, g, h);
    }
    g.insert(g.end(), {bias.clicked(0), bias.clicked(1), bias.clicked(2), bias.not_clicked(1), bias.not_clicked(2)});
    return g;
  };
  column const expected = estimates(std::vector<int>{0, 1, 2, 2});
  CHECK(estimates(std::vector<std::int64_t>{0, 1, std::numeric_limits<std::int64_t>::max(), -1}) == expected);
  CHECK(estimates(std::vector<std::int8_t>{0, 1, -128, 127}) == expected);
  CHECK(estimates(std::vector<std::uint64_t>{0, 1, 3, std::numeric_limits<std::uint64_t>::max()}) == expected);
}

TEST_CASE("loss/position_bias: costs that are too large leave the estimates alone") {
  constexpr std::size_t lists = 64;
  column const s(2 * lists, 0.5);
  column y(2 * lists);
  std::vector<int> shown(2 * lists);
  for (std::size_t l = 0; l < lists; ++l) {
    y[2 * l] = 1;
    shown[2 * l + 1] = 1;
  }
  column const heavy(lists, 1e308); // every list is finite, their sum is not
  column g(2 * lists);
  column h(2 * lists);
  rw::loss::lambda<rw::metric::ndcg<>> const loss{};
  auto const data = loss.prepare(y, rw::lists<>::uniform(lists, 2), {.list_weights = heavy});
  for (bool const value : {true, false}) {
    rw::loss::position_bias bias(2);
    rw::status told;
    bias.gradient(loss, s, data, shown, g, h, {.value = value, .errors = told});
    CHECK((told.code == rw::errc::not_finite) == value);
    CHECK(bias.clicked(0) == 1);
    CHECK(bias.clicked(1) == 1);
    CHECK(bias.not_clicked(1) == 1);
  }
}

} // namespace position_bias_test
