#include <rankwise/exec/scalar.hpp>
#include <rankwise/metric/err.hpp>
#include <rankwise/metric/evaluate.hpp>
#include <rankwise/metric/map.hpp>
#include <rankwise/metric/mrr.hpp>
#include <rankwise/metric/ndcg.hpp>
#include <rankwise/metric/rbp.hpp>

#include <doctest/doctest.h>

#include "support/problem.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

namespace evaluate_test {

namespace rw = rankwise;
namespace m = rankwise::metric;

namespace {

using column = std::vector<double>;
constexpr rw::exec::scalar one_by_one{}; // compiles fastest
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

constexpr auto three =
    rw::metrics(m::ndcg<10>{}, m::map<m::all, rw::empty::skip>{}, m::mrr<5, rw::ties::pessimistic>{});

/// A gain of the caller's, without a name.
struct root_gain {
  using slot = rw::slots::gain;
  template <class V>
  RANKWISE_FN V operator()(V label) const {
    return rw::math::sqrt(label);
  }
};

} // namespace

TEST_CASE("evaluate agrees with the metrics alone") {
  support::problem<double> const p(3, 90, 70);
  for (unsigned which = 0; which < p.combinations; ++which) {
    CAPTURE(which);
    auto const all = rw::evaluate(three, p.scores, p.labels, p.lists(), p.options(which));
    auto const alone = [&](std::size_t k, auto const& metric) {
      column per_list(p.size());
      auto o = p.options(which);
      o.per_list = per_list;
      double const value = metric(one_by_one, p.scores, p.labels, p.lists(), o);
      CHECK(all.value(k) == doctest::Approx(value).epsilon(1e-13));
      for (std::size_t l = 0; l < p.size(); ++l) {
        CHECK(all.defined(k, l) == !std::isnan(per_list[l]));
        if (all.defined(k, l)) {
          CHECK(all.per_list(k)[l] == doctest::Approx(per_list[l]).epsilon(1e-14));
        }
      }
    };
    alone(0, m::ndcg<10>{});
    alone(1, m::map<m::all, rw::empty::skip>{});
    alone(2, m::mrr<5, rw::ties::pessimistic>{});
  }
}

TEST_CASE("what metrics of one order share changes no bit of their values") {
  // Cutoffs within and behind the first register; two of one place with other parameters.
  auto const together = rw::metrics(m::ndcg<3>{}, m::err<21>{}, m::rbp<18>{.p = 0.6}, m::rbp<>{});
  support::problem<float> const p(11, 60, 75);
  for (unsigned which = 0; which < p.combinations; ++which) {
    CAPTURE(which);
    auto const all = rw::evaluate(together, p.scores, p.labels, p.lists(), p.options(which));
    auto const alone = [&](std::size_t k, auto const& metric) {
      CAPTURE(k);
      auto const one = rw::evaluate(rw::metrics(metric), p.scores, p.labels, p.lists(), p.options(which));
      for (std::size_t l = 0; l < p.size(); ++l) {
        CHECK((all.per_list(k)[l] == one.per_list(0)[l] || !one.defined(0, l)));
        CHECK(all.defined(k, l) == one.defined(0, l));
      }
    };
    alone(0, m::ndcg<3>{});
    alone(1, m::err<21>{});
    alone(2, m::rbp<18>{.p = 0.6});
  }
}

TEST_CASE("titles name the pieces that were given") {
  CHECK(std::string(rw::title_of<m::ndcg<>>().text) == "ndcg");
  CHECK(std::string(rw::title_of<m::ndcg<10, rw::gain::linear, rw::ties::expected>>().text) ==
        "ndcg@10(gain=linear, ties=expected)");
  CHECK(std::string(rw::title_of<m::map<5, rw::denominator::capped, rw::empty::one, rw::unjudged::condensed>>().text) ==
        "map@5(denominator=capped, empty=one, unjudged=condensed)");
  CHECK(std::string(rw::title_of<m::ndcg<1, root_gain>>().text) == "ndcg@1(gain=own)");
  auto const mine = rw::titled<"clicks \"first\"">(m::mrr<>{.threshold = 2});
  auto const result =
      rw::evaluate(one_by_one, rw::metrics(mine), column{1, 2}, column{2, 1}, rw::lists<int>::single(2));
  CHECK(std::string(result.title(0)) == "clicks \"first\"");
  CHECK(result.value(0) == 0.5); // the threshold came along
  CHECK(result.to_json() ==
        "{\"lists\": 1, \"metrics\": [{\"title\": \"clicks \\\"first\\\"\", \"mean\": 0.5, \"weight\": 1}]}");
}

TEST_CASE("tables, TSV and JSON") {
  column const s{2, 1, 2, 1};
  column const y{0, 1, 0, 0};
  auto const r = rw::evaluate(three, s, y, rw::lists<int>::uniform(2, 2));
  CHECK(r.to_table() == "metric                       mean     lists\n"
                        "ndcg@10                  0.315465         2\n"
                        "map(empty=skip)          0.500000         1\n"
                        "mrr@5(ties=pessimistic)  0.250000         2\n");
  CHECK(r.to_tsv().rfind("list\tndcg@10\tmap(empty=skip)\tmrr@5(ties=pessimistic)\nall\t0.315464876785728", 0) == 0);
  CHECK(r.to_tsv().substr(r.to_tsv().size() - 10) == "\t0.5\t0.25\n");
  CHECK(r.to_tsv(true).find("\n1\t0\tnan\t0\n") != std::string::npos);
  CHECK(r.to_json(true).find("\"per_list\": [0.5, null]") != std::string::npos);
}

TEST_CASE("shards in any order give the bits of one run") {
  support::problem<double> const p(8, 200, 30);
  auto const whole = rw::evaluate(three, p.scores, p.labels, p.lists(), {.list_weights = p.list_weights});
  for (std::size_t shards : {2u, 7u, 200u}) {
    CAPTURE(shards);
    std::vector<std::size_t> order(shards);
    std::iota(order.begin(), order.end(), 0u);
    support::random{shards}.shuffle(order);
    rw::evaluation total;
    for (std::size_t shard : order) {
      std::size_t const begin = shard * p.size() / shards;
      std::size_t const end = (shard + 1) * p.size() / shards;
      std::vector<int> offsets;
      for (std::size_t l = begin; l <= end; ++l) {
        offsets.push_back(p.offsets[l] - p.offsets[begin]);
      }
      auto const part = [&](column const& v) {
        return column(v.begin() + p.offsets[begin], v.begin() + p.offsets[end]);
      };
      column const w(p.list_weights.begin() + static_cast<std::ptrdiff_t>(begin),
                     p.list_weights.begin() + static_cast<std::ptrdiff_t>(end));
      total.merge(rw::evaluate(three, part(p.scores), part(p.labels), rw::lists(offsets), {.list_weights = w}));
    }
    CHECK(total.lists() == whole.lists());
    for (std::size_t k = 0; k < whole.size(); ++k) {
      CHECK(total.value(k) == whole.value(k));
      CHECK(total.weight(k) == whole.weight(k));
    }
  }
  rw::evaluation other = rw::evaluate(one_by_one, rw::metrics(m::mrr<>{}), p.scores, p.labels, p.lists());
  CHECK_THROWS(other.merge(whole));
}

TEST_CASE("evaluate: hostile input") {
  column s{2, 1, not_a_number, 1, 3, 4};
  column const y{0, 1, 0, 1, 1, 0};
  auto const lists = rw::lists<int>::uniform(3, 2);
  rw::status told;
  auto const r = rw::evaluate(three, s, y, lists, {.errors = told});
  CHECK(told.code == rw::errc::not_finite);
  CHECK(told.where == 1);
  CHECK(r.ok());
  CHECK(r.flagged() == 1);
  CHECK(!r.defined(0, 1));
  CHECK(r.defined(0, 0));
  CHECK(r.value(2) == 0.5);
  CHECK_THROWS(rw::evaluate(three, s, y, lists));
  auto const wrong = rw::evaluate(three, column(5), y, lists, {.errors = told});
  CHECK(told.code == rw::errc::size_mismatch);
  CHECK(!wrong.ok());
  CHECK(wrong.lists() == 0);
  CHECK(wrong.per_list(0).empty());
  CHECK(std::isnan(wrong.value(0)));
  auto const known = three.prepare(y, lists);
  rw::workspace memory;
  column values(3 * known.groups().size(), 7);
  CHECK(!rw::evaluate_into(three, column(5), known, values, memory, {.errors = told}).ok());
  CHECK(values == column(values.size(), 7)); // a call that fails writes nothing
  auto const no_labels = rw::evaluate(three, s, column(5), lists, {.errors = told});
  CHECK(told.code == rw::errc::offsets_overrun);
  CHECK(!no_labels.ok());
  // No lists at all, and lists of nobody.
  auto const none = rw::evaluate(three, column{}, column{}, rw::lists<int>{});
  CHECK(none.lists() == 0);
  CHECK(none.value(0) == 0);
  auto const nobody =
      rw::evaluate(three, column{1, 2}, column{1, 1}, rw::lists<int>::single(2), {.mask = column{0, 0}});
  CHECK(nobody.value(0) == 0);
  CHECK(nobody.defined(0, 0));
  CHECK(!nobody.defined(1, 0));
  CHECK_THROWS_WITH(rw::evaluate(one_by_one, rw::metrics(m::mrr<>{}, m::rbp<>{.p = 1}), s, y, lists),
                    doctest::Contains("p of rbp"));
  CHECK_THROWS_WITH((m::err<3>{.max_grade = 0})(one_by_one, s, y, lists), doctest::Contains("max_grade"));
}

TEST_CASE("relations between metrics") {
  support::random r{21};
  for (int round = 0; round < 60; ++round) {
    CAPTURE(round);
    std::size_t const n = 1 + r.below(30);
    column const s = r.uniforms<double>(n, 0, 1);
    auto const one = rw::lists<int>::single(n);
    // One relevant item with gain one: MRR, ERR and MAP are the same.
    column single(n);
    single[r.below(n)] = 1;
    double const rr = m::mrr<>{}(one_by_one, s, single, one);
    CHECK((m::err<m::all, rw::gain::linear>{.max_grade = 1})(one_by_one, s, single, one) ==
          doctest::Approx(rr).epsilon(1e-14));
    CHECK(m::map<m::all, rw::empty::skip>{}(one_by_one, s, single, one) == doctest::Approx(rr).epsilon(1e-14));
    // The order of the labels has NDCG 1.
    column const y = r.grades<double>(n, 5);
    double const best = m::ndcg<10>{}(one_by_one, y, y, one);
    CHECK(best == doctest::Approx(std::any_of(y.begin(), y.end(), [](double g) { return g > 0; }) ? 1 : 0));
    // Bringing two items into the right order makes nothing worse.
    std::size_t const i = r.below(n);
    std::size_t const j = r.below(n);
    column t = s;
    if ((s[i] < s[j]) == (y[i] > y[j]) && y[i] != y[j]) {
      std::swap(t[i], t[j]);
      auto const before = rw::evaluate(three, s, y, one);
      auto const after = rw::evaluate(three, t, y, one);
      for (std::size_t k = 0; k < before.size(); ++k) {
        CHECK(after.value(k) >= before.value(k) - 1e-15);
      }
    }
  }
}

TEST_CASE("evaluate_into: values over the scores are refused") {
  std::vector<double> scores{3, 2, 1, 4};
  std::vector<int> const labels{1, 0, 0, 1};
  rw::status s;
  rw::workspace memory;
  auto const set = rw::metrics(rw::metric::ndcg<>{}, rw::metric::map<>{});
  rw::evaluate_into(set, scores, set.prepare(labels, rw::lists<>::uniform(2, 2)), scores, memory, {.errors = s});
  CHECK(s.code == rw::errc::aliasing);
  CHECK(scores == std::vector<double>{3, 2, 1, 4});
}

} // namespace evaluate_test
